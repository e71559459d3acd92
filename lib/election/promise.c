/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Phase 2, promise: at most one candidate of an epoch can collect a quorum of
 * promises, since a voter promises an epoch once and durably (R1, I1). The
 * candidate is its own first voter, under the same rule; its promise counts from
 * the step after the one that saved it.
 */

#include <assert.h>
#include <string.h>

#include "base/rule.h"
#include "election/election_int.h"

bool jsl_election__is_fresh(const struct jsl_election *e)
{
	return e->record.promised_epoch == 0;
}

bool jsl_election__may_vote(const struct jsl_election *e)
{
	return jsl_election__is_voter(e) && !e->no_storage &&
	       e->phase != JSL_ELECTION__WATCH && e->now_us >= e->silent_until_us &&
	       !jsl_election__lease_lives(e) &&
	       (!jsl_election__is_fresh(e) ||
		(jsl_election__fresh_quorum(e) &&
		 jsl_election__may_begin(e, e->max_epoch + 1, e->id)));
}

/* R1: an epoch is promised once. */
static bool is_free(const struct jsl_election_record *r, uint64_t epoch, uint64_t to)
{
	return epoch > r->promised_epoch ||
	       (epoch == r->promised_epoch && (to == r->promised_to || !JSL_RULE(R1)));
}

bool jsl_election__may_promise(const struct jsl_election *e, uint64_t epoch, uint64_t to,
			       bool all_fresh)
{
	if (!jsl_election__is_voter(e) || e->no_storage ||
	    e->phase == JSL_ELECTION__WATCH)
		return false;
	if (e->now_us < e->silent_until_us) /* R5 */
		return false;
	if (jsl_election__lease_lives(e) && e->lease_to.id != to && JSL_RULE(R6))
		return false;
	if (jsl_election__is_fresh(e) && JSL_RULE(R12) &&
	    !(all_fresh && jsl_election__may_begin(e, epoch, to)))
		return false;
	return jsl_election__index(e, to) < e->n_voters && is_free(&e->record, epoch, to);
}

void jsl_election__promise(struct jsl_election *e, uint64_t epoch, uint64_t to)
{
	struct jsl_election_record *r = &e->record;

	assert(epoch > 0 && is_free(r, epoch, to));
	if (epoch == r->promised_epoch && to == r->promised_to)
		return;
	r->promised_epoch = epoch;
	r->promised_to = to;
	/* The lease that follows a promise: saved now, not at its first ack (R5). */
	if (r->lease_max_us < e->lease_us)
		r->lease_max_us = e->lease_us;
	jsl_election__save(e);
	e->lease_seq = 0;
	if (epoch > e->floor.epoch)
		e->floor = (struct jsl_election_leader){.epoch = epoch, .id = to};
}

void jsl_election__nack(struct jsl_election *e, uint64_t to)
{
	struct jsl_election_message *m = jsl_election__message(e, JSL_ELECTION_NACK, to);

	/* What could be followed is above both. */
	m->epoch = e->record.promised_epoch > e->done_epoch ? e->record.promised_epoch
							    : e->done_epoch;
	m->leader = jsl_election_leader(e, e->now_us);
}

void jsl_election__prepare_receive(struct jsl_election *e,
				   const struct jsl_election_message *m)
{
	struct jsl_election__voter *v = &e->voters[jsl_election__index(e, m->from)];
	bool repeated = m->epoch == e->record.promised_epoch;
	bool all_fresh = m->all_fresh && jsl_election__knows_us(e, m);
	struct jsl_election_message *promise;

	if (m->epoch == 0)
		return;
	if (!jsl_election__may_promise(e, m->epoch, m->from, all_fresh)) {
		jsl_election__nack(e, m->from);
		return;
	}
	jsl_election__promise(e, m->epoch, m->from);
	promise = jsl_election__message(e, JSL_ELECTION_PROMISE, m->from);
	promise->epoch = m->epoch;
	jsl_election__known_fill(e, promise->known);
	v->gone = false;
	/* One that asks on and on may be deaf: its promise was waited for once. */
	if (e->phase == JSL_ELECTION__FOLLOW || m->epoch <= e->done_epoch || repeated)
		return;
	v->excluded_until_us = 0;
	e->phase = JSL_ELECTION__PROMISE;
	e->vote = (struct jsl_election_vote){.id = m->from};
	e->promise_round = e->round;
	e->promise_until_us = e->now_us + e->prepare_us;
}

/* Ask those that have not promised yet; a refusal may have been for the moment. */
void jsl_election__attempt_ask(struct jsl_election *e)
{
	for (size_t i = 0; i < e->n_voters; i++) {
		struct jsl_election_message *m;

		if (i == e->self || (e->attempt.promises & jsl_election__bit(i)) != 0)
			continue;
		m = jsl_election__message(e, JSL_ELECTION_PREPARE, e->voters[i].id);
		m->epoch = e->attempt.epoch;
		m->all_fresh = e->attempt.all_fresh;
		memcpy(m->known[i], e->attempt.asked_id[i], sizeof(m->known[i]));
	}
	e->attempt.again_us = e->now_us + JSL_ELECTION_PREPARE_AGAIN_US;
}

void jsl_election__attempt_start(struct jsl_election *e)
{
	bool all_fresh = jsl_election__fresh_quorum(e);
	uint64_t epoch = e->max_epoch + 1;

	assert(jsl_election__may_promise(e, epoch, e->id, all_fresh));
	e->max_epoch = epoch;
	jsl_election__promise(e, epoch, e->id);
	if (e->phase == JSL_ELECTION__LOOK)
		e->phase = JSL_ELECTION__PREPARE;
	e->attempt = (struct jsl_election__attempt){
		.epoch = epoch,
		.all_fresh = all_fresh,
		.until_us = e->now_us + e->prepare_us,
	};
	for (size_t i = 0; i < e->n_voters; i++)
		memcpy(e->attempt.asked_id[i], e->voters[i].record_id, 16);
	memcpy(e->attempt.record_id[e->self], e->record.record_id, 16);
	jsl_election__known_fill(e, e->attempt.known[e->self]);
	jsl_election__attempt_ask(e);
}

bool jsl_election__attempt_is_won(struct jsl_election *e)
{
	if (!e->persist) /* durable since the last step */
		e->attempt.promises |= jsl_election__bit(e->self);
	return jsl_election__is_quorum(e, jsl_election__credible(e)) ||
	       (!JSL_RULE(R2) && e->attempt.promises != 0);
}

/* Back off at random, so that two that disturb each other do so but once. */
static void fail(struct jsl_election *e)
{
	e->voters[e->self].excluded_until_us =
		e->now_us + 1 + jsl_rng_below(&e->rng, e->backoff_us);
	e->backoff_us *= 2;
	if (e->backoff_us > e->lease_us)
		e->backoff_us = e->lease_us;
	jsl_election__new_round(e);
}

/* R12a: who has asked for promises of a first start is fresh no more, and those that
 * still are promise in no other one without a quorum of their kind. If they never
 * got its PREPARE, that very PREPARE is all that they may promise: it is a copy, and
 * binds nobody to anything new. */
static bool is_only_chance(const struct jsl_election *e)
{
	const struct jsl_election__attempt *a = &e->attempt;

	return a->all_fresh && a->refusals == 0 && !a->doubted &&
	       e->max_epoch == a->epoch;
}

void jsl_election__attempt_advance(struct jsl_election *e)
{
	struct jsl_election__attempt *a = &e->attempt;
	uint32_t all = jsl_election__bit(e->n_voters) - 1;

	if (e->now_us >= a->until_us && is_only_chance(e))
		a->until_us = e->now_us + e->prepare_us;
	if (jsl_election__attempt_is_won(e))
		jsl_election__establish(e, a->epoch);
	else if (e->now_us >= a->until_us ||
		 !jsl_election__is_quorum(e, all & ~(a->refusals & ~a->promises)))
		fail(e);
	else if (e->now_us >= a->again_us)
		jsl_election__attempt_ask(e);
}

uint64_t jsl_election__attempt_deadline(const struct jsl_election *e)
{
	const struct jsl_election__attempt *a = &e->attempt;

	return a->again_us < a->until_us ? a->again_us : a->until_us;
}

void jsl_election__promise_receive(struct jsl_election *e,
				   const struct jsl_election_message *m, size_t from)
{
	struct jsl_election__attempt *a = &e->attempt;

	bool asks = e->phase == JSL_ELECTION__PREPARE ||
		    (e->phase == JSL_ELECTION__LEAD && e->lead.raising);

	if (!asks || m->epoch != a->epoch)
		return;
	a->promises |= jsl_election__bit(from);
	memcpy(a->record_id[from], m->record_id, sizeof(a->record_id[from]));
	memcpy(a->known[from], m->known, sizeof(a->known[from]));
}

/* A voter that promised as high, or follows a live leader, cannot promise soon. */
void jsl_election__nack_receive(struct jsl_election *e,
				const struct jsl_election_message *m, size_t from)
{
	struct jsl_election__attempt *a = &e->attempt;

	if (e->phase == JSL_ELECTION__PREPARE &&
	    (m->epoch >= a->epoch || m->leader.epoch != 0))
		a->refusals |= jsl_election__bit(from);
	/* R12a: it was asked by its name, so it has heard of another promise. */
	if (m->fresh &&
	    memcmp(m->record_id, a->asked_id[from], sizeof(m->record_id)) == 0)
		a->doubted = true;
	if (e->phase == JSL_ELECTION__LEAD)
		jsl_election__raise_wanted(e, m);
}
