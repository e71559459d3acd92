/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What workers say after their inventory. A worker can speak for the jobs that
 * it was given or listed, and for no other: whatever else it says has no effect, and
 * what no race explains costs it the link.
 */

#include <errno.h>

#include "queue/leader_int.h"

static void set_slots(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		      uint32_t slots)
{
	w->slots = slots < JSL_QUEUE_SLOTS_MAX ? slots : JSL_QUEUE_SLOTS_MAX;
	jsl_queue__peer_unblock(l, w);
}

/* R11, or a slot that the leader believed in: the job waits again, uncounted. */
static int refused(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		   struct jsl_queue_entry *e, enum jsl_queue_reason reason)
{
	if (reason != JSL_QUEUE_STALE && reason != JSL_QUEUE_NO_SLOT)
		return -EPROTO;
	jsl_queue__peer_block(l, w);
	if (e != NULL && e->state == JSL_QUEUE_AT_WORK)
		jsl_queue__entry_requeue(l, e, true);
	return 0;
}

static void handed_back(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	if (e->state == JSL_QUEUE_FINISHED)
		jsl_queue__entry_lose(l, e); /* the worker kept it as long as it could */
	else
		jsl_queue__entry_requeue(l, e, false);
}

/* Q4: it was there already. */
static int running(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		   const struct jsl_queue_message *m)
{
	if (m->attempt > JSL_QUEUE_ATTEMPT_MAX)
		return -EPROTO;
	e->word_us = l->now_us;
	if (m->attempt > e->attempt)
		e->attempt = m->attempt;
	return 0;
}

static int progress(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		    const struct jsl_queue_message *m)
{
	e->word_us = l->now_us;
	jsl_queue__leader_progress(l, e, m);
	return 0;
}

/* What crossed an order to stop, or a lie: in both cases it changes nothing. */
static int strange(struct jsl_queue_leader *l, const struct jsl_queue_peer *w,
		   const struct jsl_queue_message *m)
{
	jsl_queue__out_note(&l->out, &(struct jsl_queue_note){
					     .type = JSL_QUEUE_NOTE_STRANGE,
					     .job = m->job,
					     .node = w->node,
					     .attempt = m->attempt,
					     .epoch = l->leader.epoch,
				     });
	return 0;
}

/* Of a job that the worker should have. */
static int of_job(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		  const struct jsl_queue_message *m)
{
	struct jsl_queue_entry *e = jsl_queue__entry_get(l, m->job);
	bool has = e != NULL && e->worker == w;

	if (m->kind == JSL_QUEUE_PROGRESS &&
	    jsl_blob_len(m->payload) > JSL_QUEUE_PROGRESS_MAX)
		return -EPROTO;
	/* It would not stop what it should not run (R11, I3): its next inventory says
	 * whether it runs it still. */
	if (m->kind == JSL_QUEUE_REFUSED && m->reason == JSL_QUEUE_STALE && !has)
		return -EAGAIN;
	if (m->kind == JSL_QUEUE_REFUSED)
		return refused(l, w, has ? e : NULL, m->reason);
	if (!has || (m->kind != JSL_QUEUE_HANDBACK && e->state != JSL_QUEUE_AT_WORK))
		return strange(l, w, m);
	if (m->kind == JSL_QUEUE_RUNNING)
		return running(l, e, m);
	if (m->kind == JSL_QUEUE_PROGRESS)
		return progress(l, e, m);
	handed_back(l, e);
	return 0;
}

int jsl_queue__leader_worker_message(struct jsl_queue_leader *l, struct jsl_queue_link *k,
				     const struct jsl_queue_message *m)
{
	struct jsl_queue_peer *w = k->peer;

	if ((m->kind == JSL_QUEUE_INVENTORY) == w->ready)
		return -EPROTO; /* first the inventory, once */
	switch (m->kind) {
	case JSL_QUEUE_INVENTORY: {
		int r = jsl_queue__inventory(l, k, m);

		if (r == 0)
			set_slots(l, w, m->slots);
		return r;
	}
	case JSL_QUEUE_RESULT: return jsl_queue__leader_result(l, w, m);
	case JSL_QUEUE_SLOTS: set_slots(l, w, m->slots); return 0;
	case JSL_QUEUE_RUNNING:
	case JSL_QUEUE_HANDBACK:
	case JSL_QUEUE_PROGRESS:
	case JSL_QUEUE_REFUSED: return of_job(l, w, m);
	default: return -EPROTO;
	}
}
