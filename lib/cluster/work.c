/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The work queue inside a node: steps its three cores and sends what they say
 * to the link that it is meant for.
 */

#include <errno.h>

#include "cluster/cluster_int.h"

static void send(struct jsl_cluster *c, bool to_leader, const struct jsl_queue_message *m)
{
	if (m->link == JSL_CLUSTER_LINK_LOCAL)
		jsl_cluster__local_push(c, to_leader, m);
	else
		c->io->send_queue(c->arg, m);
}

static void apply(struct jsl_cluster *c, bool to_leader,
		  const struct jsl_queue_update *up)
{
	for (size_t i = 0; i < up->n_notes; i++)
		c->io->note(c->arg, &up->notes[i]);
	for (size_t i = 0; i < up->n_messages; i++)
		send(c, to_leader, &up->messages[i]);
	for (size_t i = 0; i < up->n_stops; i++)
		c->io->stop(c->arg, up->stops[i]);
	for (size_t i = 0; i < up->n_starts; i++)
		c->io->start(c->arg, &up->starts[i]);
	for (size_t i = 0; i < up->n_probes && c->n_probes < JSL_CLUSTER_PROBES_MAX; i++)
		c->probes[c->n_probes++] = up->probes[i];
	for (size_t i = 0; i < up->n_progress; i++)
		c->io->progress(c->arg, &up->progress[i]);
	for (size_t i = 0; i < up->n_results; i++)
		c->io->result(c->arg, &up->results[i]);
}

/* Step the queue's leader; outside the lease it gives no order (R4). */
int jsl_cluster__lead(struct jsl_cluster *c, struct jsl_queue_event *ev)
{
	struct jsl_queue_update up;
	int r;

	ev->now_us = c->now_us;
	ev->act_until_us = jsl_election_lease_end(c->election);
	r = jsl_queue_leader_step(c->queue_leader, ev, &up);
	if (r < 0)
		return r;
	apply(c, false, &up);
	return 0;
}

int jsl_cluster__work(struct jsl_cluster *c, struct jsl_queue_event *ev)
{
	struct jsl_queue_update up;
	int r;

	ev->now_us = c->now_us;
	r = jsl_queue_worker_step(c->worker, ev, &up);
	if (r < 0)
		return r;
	apply(c, true, &up);
	return 0;
}

int jsl_cluster__submit(struct jsl_cluster *c, struct jsl_queue_event *ev)
{
	struct jsl_queue_update up;
	int r;

	ev->now_us = c->now_us;
	r = jsl_queue_submitter_step(c->submitter, ev, &up);
	if (r < 0)
		return r;
	apply(c, true, &up);
	return 0;
}

/* A message of the leader, to the part of this node that it is meant for. */
int jsl_cluster__from_leader(struct jsl_cluster *c, const struct jsl_queue_message *m)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MESSAGE, .message = m};

	switch (m->kind) {
	case JSL_QUEUE_STARTED:
	case JSL_QUEUE_REFUSED:
	case JSL_QUEUE_PROGRESS:
	case JSL_QUEUE_RESULT: return jsl_cluster__submit(c, &ev);
	case JSL_QUEUE_ASSIGN:
	case JSL_QUEUE_CANCEL:
	case JSL_QUEUE_FETCH:
	case JSL_QUEUE_FORGET:
		return c->worker != NULL ? jsl_cluster__work(c, &ev) : -EPROTO;
	default: return -EPROTO;
	}
}

/* Whether another live node works: any one, or one that is fit. */
static bool others_work(const struct jsl_cluster *c, bool fit)
{
	const struct jsl_gossip_entry *it;

	for (it = jsl_gossip_next(c->gossip, 0); it != NULL;
	     it = jsl_gossip_next(c->gossip, it->id)) {
		struct jsl_cluster_meta meta;

		if (it->id != c->self.id && jsl_cluster__is_live(it) &&
		    jsl_cluster_meta_decode(&meta, it->meta, it->meta_len) == 0 &&
		    meta.slots > 0 && !(fit && meta.unfit))
			return true;
	}
	return false;
}

/*
 * Q2: a leader takes new jobs only while no other live worker is known. Q12: an unfit
 * worker only while nobody is fit, so that jobs end with the reason instead of waiting.
 * What the others offer is not looked at, only what they are: two that are unfit agree.
 */
static bool leaves_to_others(const struct jsl_cluster *c)
{
	if (c->unfit || c->leading)
		return others_work(c, !(c->unfit && c->leading));
	return false;
}

void jsl_cluster__settle_work(struct jsl_cluster *c)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_SLOTS, .slots = c->slots};
	bool wanted = c->leader.epoch != 0;

	if (c->worker == NULL)
		return;
	if (c->leaving || leaves_to_others(c))
		ev.slots = 0;
	if (ev.slots != c->slots_now && jsl_cluster__work(c, &ev) == 0)
		c->slots_now = ev.slots;
	wanted = wanted && c->slots_now > 0;
	if (wanted != c->wanted) {
		c->wanted = wanted;
		c->io->wanted(c->arg, wanted);
	}
}
