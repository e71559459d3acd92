/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Phase 3, lease. A voter's ack grants the leader the D of that heartbeat, and
 * until it has run out the voter promises nobody else. The leader counts from
 * the moment it *sent* the heartbeat that a quorum has acknowledged, and only
 * D_L < D from there: it always stops before any voter of that quorum may turn
 * to another (R3, I4). Gray & Cheriton, "Leases", SOSP 1989.
 */

#include <assert.h>
#include <errno.h>

#include "base/rule.h"
#include "election/election_int.h"

bool jsl_election__lease_lives(const struct jsl_election *e)
{
	return e->lease_to.epoch != 0 && e->now_us < e->lease_until_us;
}

static void grant(struct jsl_election *e, struct jsl_election_leader to,
		  uint64_t lease_us)
{
	uint64_t until = e->now_us + lease_us;

	assert(to.epoch <= e->record.promised_epoch && to.id == e->record.promised_to);
	assert(!jsl_election__lease_lives(e) || e->lease_to.id == to.id);
	if (until > e->lease_until_us)
		e->lease_until_us = until;
	e->lease_to = to;
}

/* It is of whom was promised, maybe of an epoch below that promise (R10). */
void jsl_election__lease_free(struct jsl_election *e)
{
	if (e->record.promised_epoch > e->done_epoch)
		e->done_epoch = e->record.promised_epoch;
	e->lease_until_us = e->now_us;
}

uint64_t jsl_election__lead_end(const struct jsl_election *e)
{
	const struct jsl_election__lead *l = &e->lead;

	/* Before the first quorum of acks: as long as one could still matter. */
	return l->lease_end_us != 0 ? l->lease_end_us : l->began_us + e->lead_lease_us;
}

void jsl_election__establish(struct jsl_election *e, uint64_t epoch)
{
	assert(epoch == e->record.promised_epoch && e->record.promised_to == e->id);
	for (size_t i = 0; i < e->n_voters; i++) {
		e->voters[i].acked_seq = 0;
		e->voters[i].acked_sent_us = 0;
	}
	e->phase = JSL_ELECTION__LEAD;
	e->vote = (struct jsl_election_vote){.id = e->id};
	e->lead = (struct jsl_election__lead){
		.epoch = epoch,
		.since = epoch,
		.began_us = e->now_us,
		.next_us = e->now_us,
	};
	(void)jsl_election__see(e, epoch, e->id);
}

/* The @i-th of those that a leader speaks to: the voters, and all observers. */
static uint64_t listener(const struct jsl_election *e, size_t i)
{
	return i == e->n_voters ? JSL_ELECTION_TO_OBSERVERS : e->voters[i].id;
}

/* What it asked promises for is given up with what it leads (R10). */
static void release_to_all(struct jsl_election *e, uint64_t heir)
{
	assert(e->phase == JSL_ELECTION__LEAD);
	for (size_t i = 0; i <= e->n_voters; i++) {
		struct jsl_election_message *m;

		if (i == e->self)
			continue;
		m = jsl_election__message(e, JSL_ELECTION_RELEASE, listener(e, i));
		m->epoch = e->record.promised_epoch;
		m->vote.id = heir;
	}
	jsl_election__lease_free(e);
	if (JSL_RULE(R9))
		e->lead.lease_end_us = 0;
}

void jsl_election__step_down(struct jsl_election *e)
{
	release_to_all(e, 0);
}

int jsl_election__transfer_check(const struct jsl_election *e, uint64_t to,
				 uint64_t now_us)
{
	size_t i = jsl_election__index(e, to);

	if (i == e->n_voters || to == e->id)
		return -EINVAL;
	return now_us < jsl_election_lease_end(e) &&
			       e->voters[i].acked_sent_us + e->lead_lease_us > now_us
		       ? 0
		       : -EAGAIN;
}

static void prefer(struct jsl_election *e, uint64_t heir)
{
	e->heir = heir;
	e->heir_until_us = e->now_us + e->prepare_us;
}

void jsl_election__transfer(struct jsl_election *e, uint64_t to)
{
	if (e->phase != JSL_ELECTION__LEAD)
		return;
	release_to_all(e, to);
	prefer(e, to);
	if (JSL_RULE(R9))
		jsl_election__new_round(e);
}

/* R3: D_L after the quorum-th newest send time among the acknowledged. */
static void renew(struct jsl_election *e)
{
	uint64_t newest[JSL_ELECTION_VOTERS_MAX];
	size_t n = 0, quorum = e->n_voters / 2 + 1;
	uint64_t end;

	for (size_t i = 0; i < e->n_voters; i++) {
		uint64_t sent = e->voters[i].acked_sent_us;
		size_t at = n;

		if (e->voters[i].acked_seq == 0)
			continue;
		for (; at > 0 && newest[at - 1] < sent; at--)
			newest[at] = newest[at - 1];
		newest[at] = sent;
		n++;
	}
	if (n < quorum)
		return;
	end = newest[quorum - 1] + e->lead_lease_us;
	if (end <= e->now_us || end <= e->lead.lease_end_us)
		return; /* acknowledged too late, or by one that restarted since */
	e->lead.lease_end_us = end;
	e->stalls = 0;
	e->backoff_us = e->prepare_us / 4 + 1;
}

static void beat(struct jsl_election *e)
{
	struct jsl_election__lead *l = &e->lead;

	l->seq++;
	l->sent_us[l->seq % JSL_ELECTION_SENT_MAX] = e->now_us;
	l->next_us = e->now_us + e->heartbeat_us;
	for (size_t i = 0; i <= e->n_voters; i++)
		if (i != e->self)
			jsl_election__heartbeat_to(e, listener(e, i));
	/* R2: sending one is the leader's own ack, while it is what it promised. */
	grant(e, jsl_election__reign(e), e->lease_us);
	if (l->raising)
		return;
	e->voters[e->self].acked_seq = l->seq;
	e->voters[e->self].acked_sent_us = e->now_us;
	renew(e);
}

void jsl_election__lead_advance(struct jsl_election *e)
{
	jsl_election__raise_advance(e);
	if (e->now_us >= e->lead.next_us)
		beat(e);
}

uint64_t jsl_election__lead_deadline(const struct jsl_election *e)
{
	uint64_t at = jsl_election__lead_end(e);

	if (e->lead.next_us < at)
		at = e->lead.next_us;
	if (e->lead.raising && e->attempt.again_us < at)
		at = e->attempt.again_us;
	return at;
}

/* The newest heartbeat; again, for one that just asked: it joins at once. Its send
 * time stays that of the first copy, which can only shorten what it is worth. */
void jsl_election__heartbeat_to(struct jsl_election *e, uint64_t to)
{
	struct jsl_election_message *m;

	assert(e->phase == JSL_ELECTION__LEAD);
	m = jsl_election__message(e, JSL_ELECTION_HEARTBEAT, to);
	m->epoch = e->lead.epoch;
	m->seq = e->lead.seq;
	m->lease_us = e->lease_us;
	m->since = e->lead.since;
}

static void follow(struct jsl_election *e, const struct jsl_election_message *m)
{
	struct jsl_election_leader to = {m->epoch, m->from, m->since};
	uint64_t lease_us = JSL_RULE(R3_D) ? m->lease_us : e->lease_us;
	struct jsl_election_message *ack;

	e->lease_seq = m->seq;
	if (lease_us > e->record.lease_max_us) {
		e->record.lease_max_us = lease_us;
		jsl_election__save(e);
	}
	grant(e, to, lease_us);
	ack = jsl_election__message(e, JSL_ELECTION_ACK, m->from);
	ack->epoch = m->epoch;
	ack->seq = m->seq;
	e->phase = JSL_ELECTION__FOLLOW;
	e->vote = (struct jsl_election_vote){.id = m->from};
	e->voters[jsl_election__index(e, m->from)].gone = false;
	e->heir = 0;
	e->stalls = 0;
	e->backoff_us = e->prepare_us / 4 + 1;
}

void jsl_election__heartbeat_receive(struct jsl_election *e,
				     const struct jsl_election_message *m)
{
	const struct jsl_election_record *r = &e->record;

	if (!jsl_election__see(e, m->epoch, m->from))
		return;
	/* R12b: what this voter promised in that epoch is lost with its record, but a
	 * leader that is established without it needs no promise of it any more. */
	if (m->epoch == r->promised_epoch && r->promised_to == 0) {
		e->record.promised_to = m->from;
		jsl_election__save(e);
	}
	if (m->epoch > r->promised_epoch &&
	    jsl_election__may_promise(e, m->epoch, m->from, false))
		jsl_election__promise(e, m->epoch, m->from);
	if (m->from == r->promised_to && m->epoch < r->promised_epoch &&
	    jsl_election__lease_lives(e))
		return; /* R10: sent before it knew its quorum of promises */
	if (m->from != r->promised_to || m->epoch != r->promised_epoch ||
	    m->epoch <= e->done_epoch) {
		jsl_election__nack(e, m->from);
		return;
	}
	jsl_election__heard_leader(e);
	if (m->seq > e->lease_seq)
		follow(e, m);
}

void jsl_election__ack_receive(struct jsl_election *e,
			       const struct jsl_election_message *m, size_t from)
{
	struct jsl_election__lead *l = &e->lead;
	struct jsl_election__voter *v = &e->voters[from];

	if (e->phase != JSL_ELECTION__LEAD || m->epoch != l->epoch ||
	    m->seq <= v->acked_seq || m->seq > l->seq ||
	    l->seq - m->seq >= JSL_ELECTION_SENT_MAX)
		return;
	v->acked_seq = m->seq;
	v->acked_sent_us = JSL_RULE(R3_SENT) ? l->sent_us[m->seq % JSL_ELECTION_SENT_MAX]
					     : e->now_us;
	renew(e);
}

void jsl_election__release_receive(struct jsl_election *e,
				   const struct jsl_election_message *m)
{
	const struct jsl_election_record *r = &e->record;

	if (m->epoch < r->promised_epoch || m->from != r->promised_to)
		return;
	jsl_election__lease_free(e);
	if (m->epoch > e->done_epoch) /* it was asking for that one (R10) */
		e->done_epoch = m->epoch;
	if (m->vote.id != 0)
		prefer(e, m->vote.id);
	if (e->phase != JSL_ELECTION__FOLLOW && e->phase != JSL_ELECTION__PROMISE)
		return;
	e->voters[jsl_election__index(e, m->from)].gone = true;
	jsl_election__new_round(e);
}
