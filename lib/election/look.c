/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Phase 1, choose: ZooKeeper's Fast Leader Election. Notifications carry the
 * sender's whole state (level-triggered), so a lost one is made good by the
 * next. Nothing here is binding: this phase only settles who asks for promises,
 * and shows that a quorum has no live lease (R6).
 */

#include <string.h>

#include "election/election_int.h"

static bool met_everybody(const struct jsl_election *e)
{
	for (size_t i = 0; i < e->n_voters; i++)
		if (i != e->self && e->voters[i].boot == 0 && !e->voters[i].down)
			return false;
	return true;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When the chosen one, this node, may go on to phase 2. */
static uint64_t ready_at(const struct jsl_election *e)
{
	uint64_t at = e->agreed_us + (jsl_election__is_unanimous(e) ? 0 : e->finalize_us);

	return met_everybody(e) ? at : later(at, e->start_us + e->settle_us);
}

/* How long to wait for the PREPARE of another. It may itself be settling. */
static uint64_t wait_until(const struct jsl_election *e)
{
	const struct jsl_election__voter *v =
		&e->voters[jsl_election__index(e, e->vote.id)];
	uint64_t at = e->now_us + (jsl_election__is_unanimous(e) ? 0 : e->finalize_us);

	if (jsl_election__heard(e) !=
	    (jsl_election__others(e) | jsl_election__bit(e->self)))
		at = later(at, v->boot_heard_us + e->settle_us);
	return at + e->prepare_us;
}

static uint64_t give_up_at(const struct jsl_election *e)
{
	if (e->agreed_us != JSL_ELECTION__NEVER)
		return e->vote.id == e->id ? JSL_ELECTION__NEVER : e->wait_until_us;
	if (!jsl_election__is_quorum(e, jsl_election__heard(e)))
		return JSL_ELECTION__NEVER;
	return e->vote_us + (e->prepare_us << e->stalls);
}

void jsl_election__exclude(struct jsl_election *e, uint64_t id)
{
	e->voters[jsl_election__index(e, id)].excluded_until_us = e->now_us + e->lease_us;
}

static void begin_round(struct jsl_election *e, uint64_t round)
{
	e->round = round;
	e->vote_us = e->now_us;
	e->agreed_us = JSL_ELECTION__NEVER;
	e->resend_us = JSL_ELECTION_RESEND_US;
	e->resend_at_us = e->now_us + e->resend_us;
}

/* Look again. Notifications that came while this node still followed count if they
 * are recent: leases end at nearly the same time everywhere. */
void jsl_election__new_round(struct jsl_election *e)
{
	uint64_t round = e->round + 1;

	if (e->phase == JSL_ELECTION__PROMISE && e->round > e->promise_round)
		round = e->round; /* another gave up first: join it */
	for (size_t i = 0; i < e->n_voters; i++) {
		struct jsl_election__voter *v = &e->voters[i];

		if (v->looking && v->look_us + e->heartbeat_us < e->now_us)
			v->looking = false;
		if (v->looking)
			round = later(round, v->look_round);
	}
	e->phase = JSL_ELECTION__LOOK;
	e->vote = (struct jsl_election_vote){0};
	begin_round(e, round);
}

static void look_again(struct jsl_election *e)
{
	if (e->agreed_us != JSL_ELECTION__NEVER)
		jsl_election__exclude(e, e->vote.id);
	else if (e->stalls < JSL_ELECTION_STALLS_MAX)
		e->stalls++;
	jsl_election__new_round(e);
}

static void cast(struct jsl_election *e)
{
	struct jsl_election_vote vote = jsl_election__choose(e);

	if (vote.id != e->vote.id) {
		e->vote = vote;
		e->vote_us = e->now_us;
		e->agreed_us = JSL_ELECTION__NEVER;
	}
	if (!jsl_election__is_quorum(e, jsl_election__agreeing(e))) {
		e->agreed_us = JSL_ELECTION__NEVER;
	} else if (e->agreed_us == JSL_ELECTION__NEVER) {
		e->agreed_us = e->now_us;
		e->wait_until_us = wait_until(e);
	} else {
		/* Once all are heard, nothing but the PREPARE itself is due. */
		e->wait_until_us = sooner(e->wait_until_us, wait_until(e));
	}
}

void jsl_election__look_advance(struct jsl_election *e)
{
	cast(e);
	if (e->now_us >= give_up_at(e)) {
		look_again(e);
		cast(e);
	}
	if (e->agreed_us != JSL_ELECTION__NEVER && e->vote.id == e->id && !e->persist &&
	    e->now_us >= ready_at(e)) {
		jsl_election__attempt_start(e);
		return;
	}
	if (e->now_us >= e->resend_at_us) {
		e->resend_us = sooner(2 * e->resend_us, JSL_ELECTION_RESEND_MAX_US);
		e->resend_at_us = e->now_us + e->resend_us +
				  jsl_rng_below(&e->rng, e->resend_us / 4);
		e->tell = jsl_election__others(e);
	}
}

/* The next of the times at which a vote may change by itself. */
static uint64_t vote_changes_at(const struct jsl_election *e)
{
	uint64_t at = JSL_ELECTION__NEVER;

	if (e->silent_until_us > e->now_us)
		at = e->silent_until_us;
	if (e->heir != 0 && e->heir_until_us > e->now_us)
		at = sooner(at, e->heir_until_us);
	if (jsl_election__lost_lease_end(e) > e->now_us && jsl_election__is_fresh(e) &&
	    !jsl_election__may_begin(e, e->max_epoch + 1, e->id))
		at = sooner(at, jsl_election__lost_lease_end(e)); /* R12a */
	for (size_t i = 0; i < e->n_voters; i++)
		if (e->voters[i].excluded_until_us > e->now_us)
			at = sooner(at, e->voters[i].excluded_until_us);
	return at;
}

uint64_t jsl_election__look_deadline(const struct jsl_election *e)
{
	uint64_t at = sooner(e->resend_at_us, vote_changes_at(e));

	at = sooner(at, give_up_at(e));
	if (e->agreed_us != JSL_ELECTION__NEVER && e->vote.id == e->id)
		at = sooner(at, ready_at(e));
	return at;
}

static void look_to(struct jsl_election *e, uint64_t to)
{
	struct jsl_election_message *m = jsl_election__message(e, JSL_ELECTION_LOOK, to);

	m->round = e->round;
	m->vote = e->vote;
	m->heard = (jsl_election__heard(e) & jsl_election__others(e)) |
		   (jsl_election__stands(e) ? jsl_election__bit(e->self) : 0);
	m->role = jsl_election__role(e);
	m->leader = jsl_election_leader(e, e->now_us);
	m->epoch = e->record.promised_epoch;
	m->promised_to = e->record.promised_to;
	m->seq = ++e->look_seq;
	jsl_election__name_record(e, m);
}

/* A question from somebody without a vote: answered, never tallied. */
void jsl_election__look_answer(struct jsl_election *e, uint64_t to)
{
	if (e->phase == JSL_ELECTION__WATCH)
		return;
	look_to(e, to);
	if (e->phase == JSL_ELECTION__LEAD)
		jsl_election__heartbeat_to(e, to);
}

static void remember(struct jsl_election *e, struct jsl_election__voter *v,
		     const struct jsl_election_message *m)
{
	v->looking = true;
	v->gone = false;
	v->look_round = m->round;
	v->look_us = e->now_us;
	v->vote = m->vote;
	v->heard = m->heard;
	v->fresh = m->fresh;
	v->knows_us = jsl_election__knows_us(e, m);
	memcpy(v->record_id, m->record_id, sizeof(v->record_id));
}

/* Whatever was agreed without it, and however long that took. */
static void ask_newcomer(struct jsl_election *e)
{
	e->agreed_us = JSL_ELECTION__NEVER;
	e->vote_us = e->now_us;
}

void jsl_election__look_receive(struct jsl_election *e,
				const struct jsl_election_message *m, size_t from)
{
	struct jsl_election__voter *v = &e->voters[from];
	bool known = jsl_election__in_round(e, from), looked = v->looking;

	if (m->seq <= v->look_seq)
		return; /* overtaken on its way, or a copy */
	v->look_seq = m->seq;
	if (m->role != JSL_ELECTION_LOOKING) {
		v->looking = false; /* it has a leader; for this node that is hearsay */
		return;
	}
	remember(e, v, m);
	jsl_election__admit(e, m, from);
	switch (e->phase) {
	case JSL_ELECTION__LEAD: jsl_election__heartbeat_to(e, m->from); break;
	case JSL_ELECTION__FOLLOW: break; /* R6: the leader is the answer */
	case JSL_ELECTION__WATCH: return;
	case JSL_ELECTION__LOOK:
	case JSL_ELECTION__PREPARE:
	case JSL_ELECTION__PROMISE:
		if (m->round > e->round)
			begin_round(e, m->round);
		else if (!looked || (m->round == e->round && !known))
			ask_newcomer(e);
		else if (m->round == e->round && known &&
			 (m->heard & jsl_election__bit(e->self)) != 0)
			return; /* nothing that it does not know */
		break;
	}
	e->tell |= jsl_election__bit(from);
}

/* Whoever asked is answered; everybody is told at once what has changed. */
void jsl_election__look_flush(struct jsl_election *e)
{
	if (e->phase == JSL_ELECTION__LOOK || e->phase == JSL_ELECTION__PREPARE ||
	    e->phase == JSL_ELECTION__PROMISE) {
		bool now_stands = jsl_election__stands(e);

		if (e->told.round != e->round || e->told.vote != e->vote.id ||
		    e->told.stands != now_stands)
			e->tell = jsl_election__others(e);
		e->told.round = e->round;
		e->told.vote = e->vote.id;
		e->told.stands = now_stands;
	}
	for (size_t i = 0; i < e->n_voters && e->tell != 0; i++)
		if ((e->tell & jsl_election__bit(i)) != 0)
			look_to(e, e->voters[i].id);
}
