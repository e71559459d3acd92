/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q13: a worker that lives and says nothing of a job beyond the job's own limit has
 * lost it, whatever became of it there. And what was adopted, and is claimed by no
 * submitter though its own is here, is wanted no more: without that a run that hangs
 * would keep its slot for ever. Invariant: timed holds what is AT_WORK with a limit
 * or unclaimed; of those none is due before sweep_us.
 */

#include "base/rule.h"
#include "queue/leader_int.h"

/* At most so often are they looked at. */
#define SWEEP_US UINT64_C(1000000)

static bool is_unclaimed(const struct jsl_queue_entry *e)
{
	return e->payload == NULL && !e->headless;
}

bool jsl_queue__is_timed(const struct jsl_queue_entry *e)
{
	return e->state == JSL_QUEUE_AT_WORK && e->worker != NULL &&
	       (e->limit_us > 0 || is_unclaimed(e));
}

/* A submitter submits all that it holds as soon as it is linked. */
static uint64_t due_us(const struct jsl_queue_leader *l, const struct jsl_queue_entry *e)
{
	uint64_t since = e->word_us;

	if (!JSL_RULE(Q13))
		return UINT64_MAX;
	if (e->limit_us > 0)
		since = jsl_queue__after(since, e->limit_us);
	else if (!jsl_queue__owner_linked(e))
		since = l->now_us; /* it may come, or be away too long (Q3) */
	else
		since = e->accepted_us > e->owner->slink_us ? e->accepted_us
							    : e->owner->slink_us;
	return jsl_queue__after(since, l->opts.silence_us);
}

void jsl_queue__entry_limit(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			    uint64_t limit_ms)
{
	if (e->limit_us == 0 && limit_ms < UINT64_MAX / 1000)
		e->limit_us = limit_ms * 1000;
	jsl_queue__entry_time(l, e);
}

void jsl_queue__entry_time(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	jsl_list_remove(&e->timed);
	if (!jsl_queue__is_timed(e))
		return;
	jsl_list_push_back(&l->timed, &e->timed);
	l->sweep_us = jsl_queue__min(l->sweep_us, due_us(l, e));
}

/* Not by death, and the worker may have it still: it is told (R11). */
static void give_up(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_peer *w = e->worker;

	if (e->limit_us == 0) {
		jsl_queue__entry_note(l, JSL_QUEUE_NOTE_CANCELLED, e, e->submitter);
		jsl_queue__entry_discard(l, e);
		return;
	}
	jsl_queue__entry_note(l, JSL_QUEUE_NOTE_SILENT, e, w->node);
	jsl_queue__send_cancel(l, w, e->id);
	jsl_queue__entry_requeue(l, e, false);
}

void jsl_queue__sweep_silent(struct jsl_queue_leader *l)
{
	uint64_t next = UINT64_MAX;

	if (l->now_us < l->sweep_us)
		return;
	jsl_list_foreach_safe (it, &l->timed) {
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, timed);
		uint64_t due = due_us(l, e);

		if (due > l->now_us)
			next = jsl_queue__min(next, due);
		else if (e->worker->wlink == NULL || !jsl_queue__out_room(&l->out))
			next = l->now_us; /* it is away: that is another matter (Q6) */
		else
			give_up(l, e);
	}
	if (next != UINT64_MAX && next < l->now_us + SWEEP_US)
		next = l->now_us + SWEEP_US;
	l->sweep_us = next;
}
