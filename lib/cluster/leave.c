/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving cleanly (Q12, R9): a leader releases its lease at once; a submitter waits
 * for what it holds; a worker takes nothing new, finishes what it runs or hands
 * it back when the drain is over, and gives its results away. Then the node says
 * goodbye, and is gone.
 */

#include "cluster/cluster_int.h"

void jsl_cluster__leave(struct jsl_cluster *c)
{
	struct jsl_election_event release = {.type = JSL_ELECTION_EV_RELEASE};

	if (c->leaving)
		return;
	c->leaving = true;
	c->leave_by_us = c->now_us + c->drain_us;
	if (c->leading)
		jsl_cluster__elect(c, &release);
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
	struct jsl_election_event release = {.type = JSL_ELECTION_EV_RELEASE};
	struct jsl_gossip_event leave = {.type = JSL_GOSSIP_EV_LEAVE};

	if (!c->leaving || c->left || !drained(c))
		return;
	c->left = true;
	jsl_cluster__uplink_down(c, true);
	if (c->role != JSL_ELECTION_LEADING)
		jsl_cluster__elect(c, &release);
	jsl_cluster__gossip(c, &leave);
	c->io->left(c->arg);
}

uint64_t jsl_cluster__leave_deadline(const struct jsl_cluster *c)
{
	if (!c->leaving || c->left)
		return UINT64_MAX;
	return c->results_by_us != 0 ? c->results_by_us : c->leave_by_us;
}
