/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbose log of what other nodes say, every heartbeat heard, every table
 * merged, with its source, and of the own lease, so that whoever has the logs of
 * all nodes can see that no two led at once (I4). Nothing is formatted unless somebody
 * wants it.
 */

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "node/node_int.h"

static const char *const election_kinds[] = {
	[JSL_ELECTION_LOOK] = "notification",	[JSL_ELECTION_PREPARE] = "prepare",
	[JSL_ELECTION_PROMISE] = "promise",	[JSL_ELECTION_NACK] = "refusal",
	[JSL_ELECTION_HEARTBEAT] = "heartbeat", [JSL_ELECTION_ACK] = "ack",
	[JSL_ELECTION_RELEASE] = "release",	[JSL_ELECTION_ADMIT] = "admission",
};

_Static_assert(sizeof(election_kinds) / sizeof(election_kinds[0]) ==
		       JSL_ELECTION_ADMIT + 1,
	       "every kind has a name");

static const char *const gossip_kinds[] = {
	[JSL_GOSSIP_PING] = "ping", [JSL_GOSSIP_PING_REQ] = "ping request",
	[JSL_GOSSIP_ACK] = "ack",   [JSL_GOSSIP_NACK] = "nack",
	[JSL_GOSSIP_SYNC] = "sync", [JSL_GOSSIP_NEWS] = "table",
};

_Static_assert(sizeof(gossip_kinds) / sizeof(gossip_kinds[0]) == JSL_GOSSIP_NEWS + 1,
	       "every kind has a name");

static void log_election(struct jsl_node *n, const struct jsl_election_message *m,
			 const char *from)
{
	jsl_log_write(&n->log, JSL_LOG_VERBOSE, "election",
		      "%s from %" PRIu64 " at %s: %s, epoch %" PRIu64 ", seq %" PRIu64
		      ", vote %" PRIu64 ", leader %" PRIu64,
		      election_kinds[m->kind], m->from, from,
		      jsl_election_role_str(m->role), m->epoch, m->seq, m->vote.id,
		      m->leader.id);
}

static void log_gossip(struct jsl_node *n, const struct jsl_gossip_message *m,
		       const char *from)
{
	char text[JSL_LOG_LINE_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < m->n_news && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s %" PRIu64 " %s incarnation %" PRIu64,
					i == 0 ? ":" : ",", m->news[i].id,
					jsl_gossip_state_str(m->news[i].state),
					m->news[i].incarnation);
	jsl_log_write(&n->log, JSL_LOG_VERBOSE, "gossip", "%s from %" PRIu64 " at %s%s",
		      gossip_kinds[m->kind], m->from, from, text);
}

void jsl_node__log_heard(struct jsl_node *n, const struct jsl_wire_datagram *d,
			 const struct jsl_addr *from)
{
	char addr[JSL_ADDR_STR_MAX];

	if (!jsl_log_wants(&n->log, JSL_LOG_VERBOSE))
		return;
	jsl_addr_str(from, addr);
	if (d->body == JSL_WIRE_ELECTION)
		log_election(n, &d->election, addr);
	else
		log_gossip(n, &d->gossip, addr);
}

void jsl_node__log_lease(struct jsl_node *n, uint64_t now_us)
{
	uint64_t end_us = jsl_cluster_lease_end(n->cluster);

	if (end_us == n->lease_end_us)
		return;
	n->lease_end_us = end_us;
	if (end_us != 0)
		jsl_log_write(
			&n->log, JSL_LOG_VERBOSE, "election",
			"leads epoch %" PRIu64 " from %" PRIu64 " until %" PRIu64 " us",
			jsl_cluster_leader(n->cluster, now_us).epoch, now_us, end_us);
	else
		jsl_log_write(&n->log, JSL_LOG_VERBOSE, "election",
			      "leads no more from %" PRIu64 " us", now_us);
}
