/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving cleanly (Q12, R9): a leader releases its lease at once, unless those
 * who stay are too few to elect another: then it leads until it is drained. A submitter
 * waits for what it holds; a worker takes nothing new, finishes what it runs or hands it
 * back when the drain is over, and gives its results away. Then the node says goodbye on
 * its link and in gossip, and is gone when gossip has told it often enough for a datagram
 * to be lost.
 */

#include "cluster/cluster_int.h"

static void release(struct jsl_cluster *c)
{
	struct jsl_election_event ev = {.type = JSL_ELECTION_EV_RELEASE};

	if (c->released)
		return;
	c->released = true;
	(void)jsl_cluster__elect(c, &ev);
}

/* Whether those who stay can elect one of them, to take over what runs here. */
static bool has_successor(const struct jsl_cluster *c)
{
	size_t voters = 0, others = 0;

	for (size_t i = 0; i < c->n_peers; i++) {
		uint64_t id = c->peers[i].id;
		const struct jsl_gossip_entry *it = jsl_gossip_member(c->gossip, id);

		voters += c->peers[i].vote;
		others += c->peers[i].vote && id != c->self.id && it != NULL &&
			  jsl_cluster__is_live(it);
	}
	return others > voters / 2;
}

void jsl_cluster__leave(struct jsl_cluster *c)
{
	if (c->leaving)
		return;
	c->leaving = true;
	c->leave_by_us = c->now_us + c->drain_us;
	if (c->leading && has_successor(c))
		release(c);
}

static void hand_back(struct jsl_cluster *c)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_HANDBACK};

	(void)jsl_cluster__work(c, &ev);
}

/* Nothing runs any more: whether the results are with somebody who cares. */
static bool results_are_out(struct jsl_cluster *c)
{
	if (jsl_queue_worker_finished(c->worker) == 0)
		return true;
	if (c->results_by_us == 0)
		c->results_by_us = c->now_us + JSL_CLUSTER_LEAVE_US;
	return c->now_us >= c->results_by_us;
}

static bool drained(struct jsl_cluster *c)
{
	if (jsl_queue_submitter_count(c->submitter) > 0 && c->now_us < c->leave_by_us)
		return false;
	if (c->worker == NULL)
		return true;
	if (jsl_queue_worker_running(c->worker) > 0) {
		if (c->now_us < c->leave_by_us)
			return false;
		hand_back(c);
	}
	return results_are_out(c);
}

void jsl_cluster__settle_leave(struct jsl_cluster *c)
{
	struct jsl_gossip_event leave = {.type = JSL_GOSSIP_EV_LEAVE};

	if (!c->leaving || c->left || !drained(c))
		return;
	c->left = true;
	jsl_cluster__uplink_down(c, true);
	release(c);
	jsl_cluster__gossip(c, &leave);
}

void jsl_cluster__linger(struct jsl_cluster *c)
{
	struct jsl_gossip_event timer = {.type = JSL_GOSSIP_EV_TIMER};

	if (c->gone)
		return;
	if (jsl_gossip_deadline(c->gossip) <= c->now_us)
		jsl_cluster__gossip(c, &timer);
	if (jsl_gossip_deadline(c->gossip) != UINT64_MAX)
		return;
	c->gone = true;
	c->io->left(c->arg);
}

uint64_t jsl_cluster__leave_deadline(const struct jsl_cluster *c)
{
	if (c->gone || !c->leaving)
		return UINT64_MAX;
	if (c->left)
		return jsl_gossip_deadline(c->gossip);
	return c->results_by_us != 0 ? c->results_by_us : c->leave_by_us;
}
