/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a simulated node is connected to: datagrams that are delayed, lost,
 * doubled and overtake each other; its disk; and the history, as its owner.
 * Connections are in conn.c.
 */

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

struct world_datagram {
	bool is_election;
	struct jsl_election_message election;
	struct jsl_gossip_message gossip;
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX];
};

static int index_of(struct world_node *n)
{
	return (int)(n - net_world(n)->nodes);
}

uint64_t net_delay(struct world *w, int from, int to)
{
	return w->delay_min + jsl_rng_below(&w->rng, w->delay_max - w->delay_min + 1) +
	       w->links[from][to].delay_us;
}

static bool chance(struct world *w, uint32_t ppm)
{
	return ppm > 0 && jsl_rng_below(&w->rng, 1000000) < ppm;
}

/* ---- datagrams ---- */

static void send_datagram(struct world_node *n, const struct jsl_addr *to,
			  const struct world_datagram *d)
{
	struct world *w = net_world(n);
	int from = index_of(n), dest = (int)to->port - 1;
	int copies = 1;

	if (n->dying || dest < 0 || dest >= w->n_nodes || w->cut[from][dest] ||
	    w->nodes[dest].deaf || chance(w, w->loss_ppm) ||
	    chance(w, w->links[from][dest].loss_ppm))
		return;
	if (chance(w, w->dup_ppm))
		copies++;
	for (; copies > 0; copies--) {
		struct world_datagram *copy = malloc(sizeof(*copy));
		uint64_t delay = net_delay(w, from, dest);

		if (chance(w, w->late_ppm)) /* many overtake it */
			delay += jsl_rng_below(&w->rng, w->late_us);

		assert(copy != NULL);
		*copy = *d;
		copy->gossip.news = copy->news;
		world_push(w, (struct world_event){.at = w->now + delay,
						   .what = WORLD_DATAGRAM,
						   .node = dest, /* in whichever life */
						   .data = copy});
	}
}

static void send_election(void *arg, const struct jsl_addr *to,
			  const struct jsl_election_message *m)
{
	struct world_datagram d = {.is_election = true, .election = *m};

	send_datagram(arg, to, &d);
}

static void send_gossip(void *arg, const struct jsl_gossip_message *m)
{
	struct world_node *n = arg;
	struct world_datagram d = {.gossip = *m};

	assert(m->n_news <= JSL_GOSSIP_NEWS_MAX);
	if (m->n_news > 0)
		memcpy(d.news, m->news, m->n_news * sizeof(*m->news));
	d.gossip.from_addr = (struct jsl_addr){.port = (uint16_t)(index_of(n) + 1)};
	send_datagram(n, &m->to, &d);
}

void net_datagram(struct world *w, const struct world_event *ev)
{
	struct world_datagram *d = ev->data;

	(void)world_step(w, ev->node,
			 (struct jsl_cluster_event){
				 .type = d->is_election ? JSL_CLUSTER_EV_ELECTION
							: JSL_CLUSTER_EV_GOSSIP,
				 .election = &d->election,
				 .gossip = &d->gossip,
			 });
}

/* ---- what concerns the world beside the network ---- */

/* A write that the process does not survive is there, or not (two slots): what is
 * torn leaves the one before. */
static int persist(void *arg, const struct jsl_election_record *record)
{
	struct world_node *n = arg;
	struct world *w = net_world(n);

	if (n->dying)
		return -EIO;
	if (n->disk_full)
		return -ENOSPC;
	n->dying = chance(w, w->torn_ppm);
	if (n->dying)
		world_note(w, "%" PRIu64 " dies as it writes", n->id);
	if (!n->dying || jsl_rng_below(&w->rng, 2) == 0) {
		rules_of_record(w, index_of(n), record);
		n->record = *record;
		n->has_record = true;
	}
	return n->dying ? -EIO : 0;
}

static void start(void *arg, const struct jsl_queue_message *job)
{
	struct world_node *n = arg;

	if (!n->dying)
		history_started(net_world(n), index_of(n), job);
}

static void stop(void *arg, struct jsl_queue_id job)
{
	struct world_node *n = arg;

	if (!n->dying)
		history_stopped(net_world(n), index_of(n), job);
}

static void wanted(void *arg, bool yes)
{
	struct world_node *n = arg;

	world_note(net_world(arg), "%" PRIu64 " is %s", n->id,
		   yes ? "wanted" : "not wanted");
}

static void result(void *arg, const struct jsl_queue_message *end)
{
	history_result(net_world(arg), index_of(arg), end);
}

static void progress(void *arg, const struct jsl_queue_message *word)
{
	history_progress(net_world(arg), index_of(arg), word);
}

static void role(void *arg, enum jsl_election_role from, enum jsl_election_role to)
{
	struct world_node *n = arg;

	world_note(net_world(arg), "%" PRIu64 ": switching from %s to %s", n->id,
		   jsl_election_role_str(from), jsl_election_role_str(to));
	if (to == JSL_ELECTION_LEADING)
		reruns_reign(net_world(n), index_of(n));
}

static void leader(void *arg, struct jsl_election_leader l)
{
	struct world_node *n = arg;

	n->leaders++;
	world_note(net_world(arg), "%" PRIu64 ": leader is %" PRIu64 " epoch %" PRIu64,
		   n->id, l.id, l.epoch);
}

static void member(void *arg, const struct jsl_gossip_change *change)
{
	struct world_node *n = arg;

	world_note(net_world(arg), "%" PRIu64 ": member %" PRIu64 " change %d", n->id,
		   change->entry.id, (int)change->type);
	if (change->type == JSL_GOSSIP_FAILURE)
		reruns_failed(net_world(arg), index_of(arg), change->entry.addr.port - 1);
}

static void note(void *arg, const struct jsl_queue_note *it)
{
	struct world_node *n = arg;

	if (!n->dying)
		history_note(net_world(n), index_of(n), it);
}

static void alarm_of(void *arg, enum jsl_election_alarm alarm, uint64_t id)
{
	struct world_node *n = arg;

	if (alarm == JSL_ELECTION_ALARM_STORAGE && (n->disk_full || n->dying) &&
	    id == n->id)
		return;
	world_violated(net_world(arg), "%" PRIu64 ": alarm %d about %" PRIu64, n->id,
		       (int)alarm, id);
}

static void left(void *arg)
{
	struct world_node *n = arg;

	n->left = true;
}

const struct jsl_cluster_io world_io = {
	.persist = persist,
	.send_election = send_election,
	.send_gossip = send_gossip,
	.connect = conn_connect,
	.send_hello = conn_send_hello,
	.send_queue = conn_send_queue,
	.close = conn_close,
	.start = start,
	.stop = stop,
	.wanted = wanted,
	.result = result,
	.progress = progress,
	.role = role,
	.leader = leader,
	.member = member,
	.note = note,
	.alarm = alarm_of,
	.left = left,
};
