/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Phase 3, lease. A voter's ack grants the leader the D of that heartbeat, and
 * until it has run out the voter promises nobody else. The leader counts from
 * the moment it *sent* the heartbeat that a quorum has acknowledged, and only
 * D_L < D from there: it always stops before any voter of that quorum may turn
 * to another (R3, I4). Gray & Cheriton, "Leases", SOSP 1989.
 */

#include <assert.h>

#include "election/election_int.h"

bool jsl_election__lease_lives(const struct jsl_election *e)
{
	return e->lease_to.epoch != 0 && e->now_us < e->lease_until_us;
}

static void grant(struct jsl_election *e, uint64_t epoch, uint64_t id, uint64_t lease_us)
{
	uint64_t until = e->now_us + lease_us;

	assert(epoch == e->record.promised_epoch && id == e->record.promised_to);
	assert(!jsl_election__lease_lives(e) || e->lease_to.id == id);
	if (until > e->lease_until_us)
		e->lease_until_us = until;
	e->lease_to = (struct jsl_election_leader){.epoch = epoch, .id = id};
}

/* The lease of @epoch is free, and is never granted again. */
static void free_lease(struct jsl_election *e, uint64_t epoch)
{
	if (epoch > e->done_epoch)
		e->done_epoch = epoch;
	if (e->lease_to.epoch == epoch)
		e->lease_until_us = e->now_us;
}

uint64_t jsl_election__lead_end(const struct jsl_election *e)
{
	const struct jsl_election__lead *l = &e->lead;

	/* Before the first quorum of acks: as long as one could still matter. */
	return l->lease_end_us != 0 ? l->lease_end_us : l->since_us + e->lead_lease_us;
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
		.since_us = e->now_us,
		.next_us = e->now_us,
	};
	(void)jsl_election__see(e, epoch, e->id);
}

static void to_all(struct jsl_election *e, enum jsl_election_kind kind)
{
	for (size_t i = 0; i <= e->n_voters; i++) {
		struct jsl_election_message *m;

		if (i == e->self)
			continue;
		m = jsl_election__message(e, kind,
					  i == e->n_voters ? JSL_ELECTION_TO_OBSERVERS
							   : e->voters[i].id);
		m->epoch = e->lead.epoch;
		if (kind == JSL_ELECTION_HEARTBEAT) {
			m->seq = e->lead.seq;
			m->lease_us = e->lease_us;
		}
	}
}

void jsl_election__step_down(struct jsl_election *e)
{
	assert(e->phase == JSL_ELECTION__LEAD);
	to_all(e, JSL_ELECTION_RELEASE);
	free_lease(e, e->lead.epoch);
	e->lead.lease_end_us = 0;
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
	to_all(e, JSL_ELECTION_HEARTBEAT);
	/* R2: sending one is the leader's own ack. */
	grant(e, l->epoch, e->id, e->lease_us);
	e->voters[e->self].acked_seq = l->seq;
	e->voters[e->self].acked_sent_us = e->now_us;
	renew(e);
}

void jsl_election__lead_advance(struct jsl_election *e)
{
	if (e->now_us >= e->lead.next_us)
		beat(e);
}

uint64_t jsl_election__lead_deadline(const struct jsl_election *e)
{
	uint64_t end = jsl_election__lead_end(e);

	return end < e->lead.next_us ? end : e->lead.next_us;
}

/* The newest heartbeat again, for one that just asked: it joins at once. Its send
 * time stays that of the first copy, which can only shorten what it is worth. */
void jsl_election__heartbeat_to(struct jsl_election *e, uint64_t to)
{
	struct jsl_election_message *m;

	assert(e->phase == JSL_ELECTION__LEAD);
	m = jsl_election__message(e, JSL_ELECTION_HEARTBEAT, to);
	m->epoch = e->lead.epoch;
	m->seq = e->lead.seq;
	m->lease_us = e->lease_us;
}

static void follow(struct jsl_election *e, const struct jsl_election_message *m)
{
	struct jsl_election_message *ack;

	e->lease_seq = m->seq;
	if (m->lease_us > e->record.lease_max_us) {
		e->record.lease_max_us = m->lease_us;
		jsl_election__save(e);
	}
	grant(e, m->epoch, m->from, m->lease_us);
	ack = jsl_election__message(e, JSL_ELECTION_ACK, m->from);
	ack->epoch = m->epoch;
	ack->seq = m->seq;
	e->phase = JSL_ELECTION__FOLLOW;
	e->vote = (struct jsl_election_vote){.id = m->from};
	e->stalls = 0;
	e->backoff_us = e->prepare_us / 4 + 1;
}

void jsl_election__heartbeat_receive(struct jsl_election *e,
				     const struct jsl_election_message *m)
{
	const struct jsl_election_record *r = &e->record;

	if (m->epoch == 0 || m->seq == 0 || m->lease_us == 0 ||
	    !jsl_election__see(e, m->epoch, m->from) || m->epoch <= e->done_epoch)
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
	if (m->epoch != r->promised_epoch || m->from != r->promised_to)
		jsl_election__nack(e, m->from);
	else if (m->seq > e->lease_seq)
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
	v->acked_sent_us = l->sent_us[m->seq % JSL_ELECTION_SENT_MAX];
	renew(e);
}

void jsl_election__release_receive(struct jsl_election *e,
				   const struct jsl_election_message *m)
{
	const struct jsl_election_record *r = &e->record;

	if (m->epoch != r->promised_epoch || m->from != r->promised_to)
		return;
	free_lease(e, m->epoch);
	if (e->phase != JSL_ELECTION__FOLLOW && e->phase != JSL_ELECTION__PROMISE)
		return;
	if (jsl_election__lease_lives(e))
		return; /* a lease of a lower epoch of the same leader */
	e->voters[jsl_election__index(e, m->from)].gone = true;
	jsl_election__new_round(e);
}
