/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datagrams of a node: out, sealed if there is a secret; in, past everything
 * that can be told of them before a core sees them.
 */

#include <string.h>

#include <jsl/err.h>

#include "gossip/state.h"
#include "io/clock.h"
#include "node/node_int.h"

void jsl_node__datagram_send(struct jsl_node *n, const struct jsl_addr *to,
			     struct jsl_wire_datagram *d)
{
	uint8_t clear[JSL_WIRE_DATAGRAM_MAX], sealed[JSL_WIRE_SEAL_MAX], *data = clear;
	size_t len;
	int r;

	memcpy(d->cluster, n->tag, sizeof(d->cluster));
	r = jsl_wire_datagram_encode(d, clear, sizeof(clear), &len);
	if (r < 0)
		return;
	if (n->seal != NULL) {
		r = jsl_wire_seal_close(n->seal, jsl_io_now_us(), to, clear, len, sealed,
					&len);
		data = sealed;
	}
	if (r < 0) { /* nobody can be told any more: a new life has a new key */
		jsl_node__fatal(n, r, "datagrams cannot be sealed");
		return;
	}
	n->stats.datagrams_out++;
	jsl_io_udp_send(n->udp, to, data, len);
}

static bool is_voter(const struct jsl_node *n, uint64_t id)
{
	for (size_t i = 0; i < n->n_voters; i++)
		if (n->voters[i] == id)
			return true;
	return false;
}

/* R12. Returns JSL_NODE_CAUSES when there is nothing to be said against @m. */
static enum jsl_node_cause judge_election(const struct jsl_node *n,
					  const struct jsl_election_message *m)
{
	static const uint8_t none[sizeof(m->config_hash)];

	if (memcmp(m->config_hash, none, sizeof(none)) == 0 ||
	    memcmp(n->config_hash, none, sizeof(none)) == 0)
		return JSL_NODE_CAUSES; /* one of the two only watches */
	if (memcmp(m->config_hash, n->config_hash, sizeof(none)) != 0)
		return JSL_NODE_CONFIG;
	return is_voter(n, m->from) ? JSL_NODE_CAUSES : JSL_NODE_STRANGER;
}

static enum jsl_node_cause judge_gossip(const struct jsl_gossip_message *m)
{
	if (m->boot > JSL_GOSSIP__BOOT_MAX)
		return JSL_NODE_EPOCH;
	for (size_t i = 0; i < m->n_news; i++)
		if (m->news[i].boot > JSL_GOSSIP__BOOT_MAX)
			return JSL_NODE_EPOCH;
	return JSL_NODE_CAUSES;
}

/* What a core did not take: it tells of numbers that are out of range. */
static enum jsl_node_cause cause_of(int err, bool election)
{
	if (err != JSL_E_LIMIT)
		return jsl_node__cause_of(err);
	return election ? JSL_NODE_EPOCH : JSL_NODE_INCARNATION;
}

static void deliver(struct jsl_node *n, struct jsl_wire_datagram *d,
		    const struct jsl_addr *from)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_GOSSIP,
				       .gossip = &d->gossip};
	bool election = d->body == JSL_WIRE_ELECTION;
	enum jsl_node_cause cause;
	int r;

	if ((election ? d->election.from : d->gossip.from) == n->id)
		cause = JSL_NODE_DUPLICATE;
	else
		cause = election ? judge_election(n, &d->election)
				 : judge_gossip(&d->gossip);
	if (cause != JSL_NODE_CAUSES) {
		jsl_node__refuse_datagram(n, cause, from);
		/* Gossip finds out which of the two has to go. */
		if (cause != JSL_NODE_DUPLICATE || election)
			return;
	}
	jsl_node__log_heard(n, d, from);
	if (election) {
		ev.type = JSL_CLUSTER_EV_ELECTION;
		ev.election = &d->election;
	} else {
		d->gossip.from_addr = *from;
	}
	r = jsl_node__step(n, &ev);
	if (r < 0)
		jsl_node__refuse_datagram(n, cause_of(r, election), from);
}

/* The body names its sender once more: who has the secret is still only himself. */
static int check_sender(const struct jsl_wire_datagram *d,
			const struct jsl_wire_opened *o)
{
	uint64_t id = d->body == JSL_WIRE_ELECTION ? d->election.from : d->gossip.from;
	uint64_t boot = d->body == JSL_WIRE_ELECTION ? d->election.boot : d->gossip.boot;

	return id == o->id && boot == o->boot ? 0 : JSL_E_FORGED;
}

/* Returns as the two that it calls. */
static int open_sealed(struct jsl_node *n, const struct jsl_addr *from, const void *data,
		       size_t len, struct jsl_wire_datagram *d)
{
	struct jsl_wire_opened o;
	int r = jsl_wire_seal_open(n->seal, jsl_io_now_us(), from, data, len, &o);

	if (o.reply_len > 0) {
		n->stats.datagrams_out++;
		jsl_io_udp_send(n->udp, from, o.reply, o.reply_len);
	}
	if (r == 0) {
		r = jsl_wire_datagram_decode(o.clear, o.len, n->tag, d);
		if (r == 0)
			r = check_sender(d, &o);
	}
	return r;
}

void jsl_node__datagram_came(void *arg, const struct jsl_addr *from, const void *data,
			     size_t len)
{
	struct jsl_node *n = arg;
	struct jsl_wire_datagram d;
	int r;

	n->stats.datagrams_in++;
	r = n->seal != NULL ? open_sealed(n, from, data, len, &d)
			    : jsl_wire_datagram_decode(data, len, n->tag, &d);
	if (r == 0)
		deliver(n, &d, from);
	else if (r != JSL_WIRE_HELLO_CAME)
		jsl_node__refuse_datagram(n,
					  r == JSL_WIRE_UNKNOWN ? JSL_NODE_UNKNOWN
								: jsl_node__cause_of(r),
					  from);
}
