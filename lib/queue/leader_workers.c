/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What workers say after their inventory. A worker can speak for the jobs that
 * it was given or listed, and for no other.
 */

#include <errno.h>

#include "queue/leader_int.h"

/* No worker runs more at once; a larger number is a lie. */
#define SLOTS_MAX 65536

static void set_slots(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		      uint32_t slots)
{
	w->slots = slots < SLOTS_MAX ? slots : SLOTS_MAX;
	jsl_queue__peer_unblock(l, w);
}

/* R11, or a slot that the leader believed in: the job waits again, uncounted. */
static int refused(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		   struct jsl_queue_entry *e, enum jsl_queue_reason reason)
{
	if (reason != JSL_QUEUE_STALE && reason != JSL_QUEUE_NO_SLOT)
		return -EPROTO;
	jsl_queue__peer_block(l, w);
	if (e != NULL && e->worker == w && e->state == JSL_QUEUE_AT_WORK)
		jsl_queue__entry_requeue(l, e, true);
	return 0;
}

static void handed_back(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			struct jsl_queue_entry *e)
{
	if (e == NULL || e->worker != w)
		return;
	if (e->state == JSL_QUEUE_FINISHED)
		jsl_queue__entry_lose(l, e); /* the worker kept it as long as it could */
	else
		jsl_queue__entry_requeue(l, e, false);
}

int jsl_queue__leader_worker_message(struct jsl_queue_leader *l, struct jsl_queue_link *k,
				     const struct jsl_queue_message *m)
{
	struct jsl_queue_peer *w = k->peer;
	struct jsl_queue_entry *e;

	if ((m->kind == JSL_QUEUE_INVENTORY) == w->ready)
		return -EPROTO; /* first the inventory, once */
	if (m->kind == JSL_QUEUE_INVENTORY) {
		int r = jsl_queue__inventory(l, k, m);

		if (r == 0)
			set_slots(l, w, m->slots);
		return r;
	}
	e = jsl_queue__entry_get(l, m->job);
	switch (m->kind) {
	case JSL_QUEUE_RESULT: return jsl_queue__leader_result(l, w, m);
	case JSL_QUEUE_RUNNING:
		if (e == NULL || e->worker != w || e->state != JSL_QUEUE_AT_WORK)
			return 0;
		e->word_us = l->now_us;
		if (m->attempt > e->attempt && m->attempt < UINT32_MAX)
			e->attempt = m->attempt; /* Q4: it was there already */
		return 0;
	case JSL_QUEUE_PROGRESS:
		if (jsl_blob_len(m->payload) > JSL_QUEUE_PROGRESS_MAX)
			return -EPROTO;
		if (e == NULL || e->worker != w || e->state != JSL_QUEUE_AT_WORK)
			return 0;
		e->word_us = l->now_us;
		jsl_queue__leader_progress(l, e, m);
		return 0;
	case JSL_QUEUE_HANDBACK: handed_back(l, w, e); return 0;
	case JSL_QUEUE_SLOTS: set_slots(l, w, m->slots); return 0;
	case JSL_QUEUE_REFUSED: return refused(l, w, e, m->reason);
	default: return -EPROTO;
	}
}
