/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Without a vote: an observer, or a voter that gave its vote up. It believes
 * heartbeats, for their lease's time, and nothing else; what it asks is answered
 * by voters and never tallied. It promises and grants nothing.
 */

#include "election/election_int.h"

static bool is_watching(const struct jsl_election *e)
{
	return e->now_us < e->watched_until_us;
}

/* Spread: observers are many, and all lose the leader at the same time. */
static void ask_after(struct jsl_election *e, uint64_t at_us)
{
	e->resend_us = JSL_ELECTION_RESEND_US;
	e->resend_at_us = at_us + jsl_rng_below(&e->rng, e->resend_us);
}

void jsl_election__watch_start(struct jsl_election *e)
{
	e->phase = JSL_ELECTION__WATCH;
	e->vote = (struct jsl_election_vote){0};
	e->resend_us = JSL_ELECTION_RESEND_US;
	e->resend_at_us = e->now_us;
}

static void heartbeat(struct jsl_election *e, const struct jsl_election_message *m)
{
	uint64_t until = e->now_us + m->lease_us;

	if (m->epoch < e->seen.epoch || !jsl_election__see(e, m->epoch, m->from) ||
	    m->epoch <= e->done_epoch)
		return;
	if (m->epoch == e->watched.epoch && m->seq <= e->watched_seq)
		return;
	e->watched = (struct jsl_election_leader){m->epoch, m->from, m->since};
	e->watched_seq = m->seq;
	jsl_election__heard_leader(e);
	if (until > e->watched_until_us)
		e->watched_until_us = until;
	ask_after(e, e->watched_until_us);
}

static void release(struct jsl_election *e, const struct jsl_election_message *m)
{
	if (m->epoch < e->watched.epoch || m->from != e->watched.id)
		return;
	if (e->watched.epoch > e->done_epoch)
		e->done_epoch = e->watched.epoch;
	jsl_election__watch_lost(e);
}

void jsl_election__watch_lost(struct jsl_election *e)
{
	e->watched_until_us = e->now_us;
	ask_after(e, e->now_us);
}

void jsl_election__watch_receive(struct jsl_election *e,
				 const struct jsl_election_message *m)
{
	if (m->kind == JSL_ELECTION_HEARTBEAT)
		heartbeat(e, m);
	else if (m->kind == JSL_ELECTION_RELEASE)
		release(e, m);
}

void jsl_election__watch_advance(struct jsl_election *e)
{
	if (is_watching(e) || e->now_us < e->resend_at_us)
		return;
	for (size_t i = 0; i < e->n_voters; i++)
		if (i != e->self)
			jsl_election__message(e, JSL_ELECTION_LOOK, e->voters[i].id);
	e->resend_us *= 2;
	if (e->resend_us > JSL_ELECTION_ASK_MAX_US)
		e->resend_us = JSL_ELECTION_ASK_MAX_US;
	e->resend_at_us =
		e->now_us + e->resend_us + jsl_rng_below(&e->rng, e->resend_us / 4);
}

uint64_t jsl_election__watch_deadline(const struct jsl_election *e)
{
	uint64_t overdue = jsl_election__evidence_deadline(e);

	if (!is_watching(e))
		return e->resend_at_us;
	return overdue < e->watched_until_us ? overdue : e->watched_until_us;
}
