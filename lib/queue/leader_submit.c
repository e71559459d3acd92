/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What submitters say (Q1, Q8). Only a first submission may be refused; one
 * that comes again is held until it is known whether the job runs (Q2).
 */

#include <errno.h>

#include "queue/leader_int.h"

#define RATE_WINDOW_US UINT64_C(1000000)
#define RETRY_MIN_MS   100
#define RETRY_MAX_MS   60000
#define RETRY_GUESS_MS 1000 /* before a rate was measured */

void jsl_queue__drained(struct jsl_queue_leader *l)
{
	uint64_t span = l->now_us - l->window_us;

	l->window_done++;
	if (span < RATE_WINDOW_US)
		return;
	/* Half of the old rate, half of this window's; in jobs per 1000 s. */
	l->rate_millihz =
		(l->rate_millihz + l->window_done * UINT64_C(1000) * 1000000 / span) / 2;
	l->window_us = l->now_us;
	l->window_done = 0;
}

/* When the queue will have drained to half: a retry of everybody then fits. */
static uint64_t retry_after_ms(const struct jsl_queue_leader *l)
{
	uint64_t excess = l->entries.count - l->opts.max_jobs / 2;
	uint64_t ms;

	if (l->rate_millihz == 0)
		return RETRY_GUESS_MS;
	if (l->entries.count <= l->opts.max_jobs / 2) /* the bytes are the limit */
		excess = l->entries.count / 2 + 1;
	ms = excess * 1000000 / l->rate_millihz;
	if (ms < RETRY_MIN_MS)
		return RETRY_MIN_MS;
	return jsl_queue__min(ms, RETRY_MAX_MS);
}

static void refuse(struct jsl_queue_leader *l, const struct jsl_queue_peer *p,
		   const struct jsl_queue_message *m, enum jsl_queue_reason reason)
{
	struct jsl_queue_message *out =
		jsl_queue__send(l, JSL_QUEUE_REFUSED, p->slink, m->job);

	out->reason = reason;
	if (reason == JSL_QUEUE_FULL)
		out->retry_after_ms = retry_after_ms(l);
	jsl_queue__out_note(&l->out, &(struct jsl_queue_note){
					     .type = JSL_QUEUE_NOTE_REFUSED,
					     .job = m->job,
					     .node = p->node,
					     .epoch = l->leader.epoch,
				     });
}

static bool is_full(const struct jsl_queue_leader *l, const struct jsl_queue_message *m)
{
	return l->entries.count >= l->opts.max_jobs || l->bytes >= l->opts.max_bytes ||
	       jsl_blob_len(m->payload) > l->opts.max_bytes - l->bytes;
}

static void set_deadline(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			 uint64_t remaining_ms)
{
	e->expire_us = UINT64_MAX;
	if (remaining_ms > 0 && remaining_ms < UINT64_MAX / 1000)
		e->expire_us = jsl_queue__after(l->now_us, remaining_ms * 1000);
}

/* What rides along: how often it ran, whom it took down, who had it last. */
static void take_history(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			 const struct jsl_queue_message *m)
{
	if (m->attempt > e->attempt && m->attempt <= JSL_QUEUE_ATTEMPT_MAX)
		e->attempt = m->attempt;
	if (m->deaths > e->deaths)
		e->deaths =
			m->deaths < l->opts.max_deaths ? m->deaths : l->opts.max_deaths;
	for (uint32_t i = 0; e->n_tries == 0 && i < m->n_tried; i++)
		e->tries[i].node.id = m->tried[i];
	if (e->n_tries == 0)
		e->n_tries = m->n_tried;
}

/* What a submission that comes again tells of a run that is not at work. */
static void learn(struct jsl_queue_leader *l, struct jsl_queue_entry *run,
		  const struct jsl_queue_message *m)
{
	bool more = m->attempt > run->attempt || m->deaths > run->deaths;

	if (m->attempt > run->attempt && run->named.id == 0)
		run->named = m->node;
	take_history(l, run, m);
	if (run->state == JSL_QUEUE_WAITING &&
	    (more || l->n_silent > 0 || !jsl_queue__has_spoken(l, m->node)))
		jsl_queue__recover(l, run); /* it may run somewhere after all */
}

/* @e waits for its run as it is now, or the run for it. */
static void attend(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		   const struct jsl_queue_message *m)
{
	struct jsl_queue_entry *run = jsl_queue__run_of(e);

	jsl_queue__entry_limit(l, e, m->limit_ms);
	jsl_queue__entry_limit(l, run, m->limit_ms);
	switch (run->state) {
	case JSL_QUEUE_HELD:
	case JSL_QUEUE_WAITING:
		if (run->attempt == 0)
			set_deadline(l, e, m->remaining_ms);
		if (e != run && m->first_epoch != 0)
			learn(l, run, m);
		return;
	case JSL_QUEUE_AT_WORK:
		if (m->deaths > run->deaths) {
			run->deaths = m->deaths;
			jsl_queue__entry_reconsider(l, run);
		}
		if (run->state == JSL_QUEUE_AT_WORK)
			jsl_queue__send_started(l, e);
		return;
	default: jsl_queue__entry_offer(l, e); return;
	}
}

/* Adopted, and now its submitter has come with what it is. */
static void complete(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		     const struct jsl_queue_message *m)
{
	jsl_queue__entry_payload(l, e, m->payload);
	if (!e->keyed) {
		e->key = m->key;
		e->keyed = !jsl_queue__is_zero(m->key);
	}
	jsl_queue__key_content(l, e);
	jsl_queue__key_claim(l, e);
}

/* A job that is held here comes again: join the two (Q1). */
static void resubmitted(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			const struct jsl_queue_message *m)
{
	if (e->headless) { /* its submitter is back */
		e->headless = false;
		jsl_list_push_back(&e->owner->owned, &e->of_owner);
	}
	jsl_queue__entry_note(l, JSL_QUEUE_NOTE_RESUBMITTED, e, e->submitter);
	if (e->payload == NULL)
		complete(l, e, m);
	if (e->state == JSL_QUEUE_HELD && !e->recovering) {
		jsl_queue__entry_limit(l, e, m->limit_ms);
		if (jsl_queue__key_rejoin(l, e))
			return;
		take_history(l, e, m);
		jsl_queue__recover(l, e);
		return;
	}
	if (e->state == JSL_QUEUE_JOINED)
		e->named = m->node;
	attend(l, e, m);
}

/* Into the queue, or to the run of its key. */
static void accept(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		   struct jsl_queue_entry *p, const struct jsl_queue_message *m)
{
	bool old = m->first_epoch != 0;

	jsl_queue__entry_note(l,
			      old ? JSL_QUEUE_NOTE_RESUBMITTED : JSL_QUEUE_NOTE_ACCEPTED,
			      e, e->submitter);
	e->named = m->node;
	if (p != NULL) {
		e->again = e->old = old;
		jsl_queue__entry_join(l, e, p);
		if (p->state == JSL_QUEUE_HELD && !p->recovering) {
			jsl_queue__borrow_payload(l, p);
			jsl_queue__entry_limit(l, p, m->limit_ms);
			take_history(l, p, m);
			jsl_queue__recover(l, p);
			return;
		}
		attend(l, e, m);
	} else if (old) {
		take_history(l, e, m);
		jsl_queue__recover(l, e);
	} else {
		jsl_queue__entry_wait(l, e, false);
	}
}

static int submit_new(struct jsl_queue_leader *l, struct jsl_queue_peer *p,
		      const struct jsl_queue_message *m)
{
	struct jsl_queue_entry *e, *run = jsl_queue__key_get(l, m->key);
	bool keyed = !jsl_queue__is_zero(m->key);
	uint64_t tag = keyed ? jsl_queue__tag(m->payload) : 0;
	enum jsl_queue_match match = JSL_QUEUE_MATCH_UNKNOWN;

	if (run != NULL)
		match = jsl_queue__match(run, m->payload, tag);
	if (match == JSL_QUEUE_MATCH_OTHER) {
		refuse(l, p, m, JSL_QUEUE_CONFLICT);
		return 0;
	}
	if (m->first_epoch == 0 && is_full(l, m)) {
		refuse(l, p, m, JSL_QUEUE_FULL);
		return 0;
	}
	e = jsl_queue__entry_new(l, m->job, p, p->node);
	if (e == NULL)
		return -ENOMEM;
	e->key = m->key;
	e->keyed = keyed;
	e->tag = tag;
	if (keyed && run == NULL && jsl_queue__key_map(l, e) < 0) {
		jsl_queue__entry_free(l, e);
		return -ENOMEM;
	}
	jsl_queue__entry_payload(l, e, m->payload);
	set_deadline(l, e, m->remaining_ms);
	jsl_queue__entry_limit(l, e, m->limit_ms);
	accept(l, e, match == JSL_QUEUE_MATCH_SAME ? run : NULL, m);
	return 0;
}

int jsl_queue__leader_submit(struct jsl_queue_leader *l, struct jsl_queue_peer *p,
			     const struct jsl_queue_message *m)
{
	struct jsl_queue_entry *e = jsl_queue__entry_get(l, m->job);

	if (m->payload == NULL || m->n_tried > JSL_QUEUE_TRIED_MAX)
		return -EPROTO;
	if (e == NULL)
		return submit_new(l, p, m);
	if (!jsl_queue__same_node(e->submitter, p->node) ||
	    (e->payload != NULL && !jsl_queue__same_content(e->payload, m->payload)))
		refuse(l, p, m, JSL_QUEUE_CONFLICT);
	else
		resubmitted(l, e, m);
	return 0;
}

/* CANCEL, and DELIVERED: in both cases nobody waits for the job any more. */
void jsl_queue__leader_dropped(struct jsl_queue_leader *l, struct jsl_queue_peer *p,
			       const struct jsl_queue_message *m)
{
	struct jsl_queue_entry *e = jsl_queue__entry_get(l, m->job);

	if (e == NULL || e->headless || !jsl_queue__same_node(e->submitter, p->node))
		return;
	if (m->kind == JSL_QUEUE_CANCEL)
		jsl_queue__entry_note(l, JSL_QUEUE_NOTE_CANCELLED, e, p->node);
	jsl_queue__entry_discard(l, e);
}
