/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of a result from the worker to the submitter (Q3, Q7). The leader
 * keeps no result: one that did not arrive is fetched again from the worker,
 * which has it until the submitter acknowledged it.
 */

#include <assert.h>
#include <errno.h>

#include "base/rule.h"
#include "queue/leader_int.h"

bool jsl_queue__owner_linked(const struct jsl_queue_entry *e)
{
	return !e->headless && e->owner->slink != NULL &&
	       e->owner->node.boot == e->submitter.boot;
}

struct jsl_queue_message *jsl_queue__send(struct jsl_queue_leader *l,
					  enum jsl_queue_kind kind,
					  const struct jsl_queue_link *to,
					  struct jsl_queue_id job)
{
	if (!l->acting) /* R4 */
		return NULL;
	return jsl_queue__out_message(&l->out, kind, to->link, job);
}

/* Best effort: what was not cancelled is listed in the worker's next inventory. */
void jsl_queue__send_cancel(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			    struct jsl_queue_id job)
{
	struct jsl_queue_message *m;

	if (!w->ready)
		return;
	m = jsl_queue__send(l, JSL_QUEUE_CANCEL, w->wlink, job);
	if (m != NULL)
		m->leader = l->leader;
}

void jsl_queue__send_started(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	const struct jsl_queue_entry *run = jsl_queue__run_of(e);
	struct jsl_queue_message *m;

	e->expire_us = UINT64_MAX; /* Q8: it is started */
	if (!jsl_queue__owner_linked(e))
		return;
	m = jsl_queue__send(l, JSL_QUEUE_STARTED, e->owner->slink, e->id);
	if (m == NULL)
		return;
	m->node = run->worker->node;
	m->attempt = run->attempt;
	m->deaths = run->deaths;
}

static void fill_verdict(struct jsl_queue_message *m, const struct jsl_queue_entry *e,
			 const struct jsl_queue_entry *run)
{
	m->attempt = run->attempt;
	m->deaths = run->deaths;
	m->submitter = e->submitter;
	m->queued_us = e->queued_us;
	m->n_tried = run->n_tries;
	for (uint32_t i = 0; i < run->n_tries; i++)
		m->tried[i] = run->tries[i].node.id;
	if (run->n_tries > 0)
		m->node = run->tries[run->n_tries - 1].node;
}

void jsl_queue__entry_offer(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	const struct jsl_queue_entry *run = jsl_queue__run_of(e);

	if (e->delivery != JSL_QUEUE_IDLE || !jsl_queue__owner_linked(e))
		return;
	if (run->state == JSL_QUEUE_FINISHED &&
	    (run->worker == NULL || !run->worker->ready))
		return;
	if (run->state != JSL_QUEUE_FINISHED && run->state != JSL_QUEUE_CONDEMNED)
		return;
	e->delivery = JSL_QUEUE_DUE;
	jsl_list_push_back(&l->due, &e->queue);
}

void jsl_queue__entry_unoffer(struct jsl_queue_entry *e)
{
	if (e->state != JSL_QUEUE_FINISHED && e->state != JSL_QUEUE_CONDEMNED &&
	    e->state != JSL_QUEUE_JOINED)
		return;
	jsl_list_remove(&e->queue);
	e->delivery = JSL_QUEUE_IDLE;
}

static void deliver(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_entry *run = jsl_queue__run_of(e);
	struct jsl_queue_message *m;

	assert(e->delivery == JSL_QUEUE_DUE && jsl_queue__owner_linked(e));
	jsl_list_remove(&e->queue);
	if (run->state == JSL_QUEUE_FINISHED) {
		assert(run->worker->ready);
		if (!run->fetching) /* one answer serves all that wait for it */
			jsl_queue__send(l, JSL_QUEUE_FETCH, run->worker->wlink, run->id);
		run->fetching = true;
		e->delivery = JSL_QUEUE_FETCHING;
		return;
	}
	m = jsl_queue__send(l, JSL_QUEUE_RESULT, e->owner->slink, e->id);
	fill_verdict(m, e, run);
	m->outcome = JSL_QUEUE_QUARANTINED;
	e->delivery = JSL_QUEUE_FORWARDED;
}

void jsl_queue__deliver_due(struct jsl_queue_leader *l)
{
	struct jsl_list *it;

	while ((it = jsl_list_first(&l->due)) != NULL && jsl_queue__out_room(&l->out))
		deliver(l, jsl_container_of(it, struct jsl_queue_entry, queue));
}

/* To those who are there; its worker keeps it for the others. */
static void forward_to(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		       const struct jsl_queue_message *result)
{
	const struct jsl_queue_entry *run = jsl_queue__run_of(e);
	struct jsl_queue_message *m;

	if (!jsl_queue__owner_linked(e) || e->delivery == JSL_QUEUE_FORWARDED)
		return;
	m = jsl_queue__send(l, JSL_QUEUE_RESULT, e->owner->slink, e->id);
	assert(m != NULL);
	fill_verdict(m, e, run);
	m->outcome = JSL_QUEUE_DONE;
	m->node = run->worker->node;
	m->epoch = result->epoch;
	if (m->queued_us == 0)
		m->queued_us = result->queued_us;
	jsl_queue__set_payload(m, result->payload);
	jsl_list_remove(&e->queue);
	e->delivery = JSL_QUEUE_FORWARDED;
}

static void forward(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		    const struct jsl_queue_message *result)
{
	e->fetching = false;
	if (!e->known) {
		e->known = true;
		jsl_queue__drained(l);
		jsl_queue__entry_note(l, JSL_QUEUE_NOTE_DONE, e, e->worker->node);
	}
	forward_to(l, e, result);
	if (e->n_joined == 0)
		return;
	jsl_list_foreach (it, &e->group)
		forward_to(l, jsl_container_of(it, struct jsl_queue_entry, group),
			   result);
}

bool jsl_queue__is_wanted(const struct jsl_queue_entry *e)
{
	if (e->delivery != JSL_QUEUE_FORWARDED && !e->headless)
		return true;
	if (e->n_joined == 0)
		return false;
	jsl_list_foreach (it, &e->group)
		if (jsl_container_of(it, struct jsl_queue_entry, group)->delivery !=
		    JSL_QUEUE_FORWARDED)
			return true;
	return false;
}

static void tell_progress(struct jsl_queue_leader *l, const struct jsl_queue_entry *e,
			  const struct jsl_queue_message *progress)
{
	struct jsl_queue_message *m;

	if (!jsl_queue__owner_linked(e))
		return;
	m = jsl_queue__send(l, JSL_QUEUE_PROGRESS, e->owner->slink, e->id);
	if (m == NULL)
		return;
	m->attempt = progress->attempt;
	m->node = progress->node;
	jsl_queue__set_payload(m, progress->payload);
}

void jsl_queue__leader_progress(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
				const struct jsl_queue_message *m)
{
	struct jsl_queue_message word = *m;

	word.node = e->worker->node;
	word.attempt = e->attempt;
	tell_progress(l, e, &word);
	if (e->n_joined == 0)
		return;
	jsl_list_foreach (it, &e->group)
		tell_progress(l, jsl_container_of(it, struct jsl_queue_entry, group),
			      &word);
}

static int duplicate(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		     const struct jsl_queue_message *m, bool forget)
{
	jsl_queue__out_note(&l->out, &(struct jsl_queue_note){
					     .type = JSL_QUEUE_NOTE_DUPLICATE,
					     .job = m->job,
					     .node = w->node,
					     .attempt = m->attempt,
					     .epoch = l->leader.epoch,
				     });
	if (forget)
		jsl_queue__send(l, JSL_QUEUE_FORGET, w->wlink, m->job);
	return 0;
}

/* Q7: the first result wins, of any attempt, but only of a worker that had the job. */
int jsl_queue__leader_result(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			     const struct jsl_queue_message *m)
{
	struct jsl_queue_entry *e = jsl_queue__entry_get(l, m->job);

	if (m->outcome != JSL_QUEUE_DONE)
		return -EPROTO;
	if (e == NULL) /* delivered or dropped before */
		return duplicate(l, w, m, true);
	if (jsl_queue__out_reserve(&l->out, e->n_joined + JSL_QUEUE_DIRECT) < 0)
		return -ENOMEM;
	/* A lie, or of a run that it went on with since the order to stop was refused
	 * (I3): nobody will ask for it. */
	if (jsl_queue__entry_tried(e, w->node) == NULL)
		return duplicate(l, w, m, true);
	if (e->state == JSL_QUEUE_CONDEMNED)
		return duplicate(l, w, m, true);
	if (e->state == JSL_QUEUE_FINISHED) {
		if (e->worker == w)
			e->fetching = false; /* though who asked may be gone */
		if (!JSL_RULE(Q7))
			e->delivery = JSL_QUEUE_IDLE;
		else if (e->worker != w || !jsl_queue__is_wanted(e))
			return duplicate(l, w, m, e->worker != w);
		forward(l, e, m);
		return 0;
	}
	if (e->state == JSL_QUEUE_AT_WORK && e->worker != w)
		jsl_queue__send_cancel(l, e->worker, e->id);
	jsl_queue__entry_place(l, e, w, true);
	forward(l, e, m);
	return 0;
}
