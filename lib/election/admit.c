/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * R12, a voter without a promise in a cluster that has begun: a late joiner, or
 * one that lost its record and with it what it had promised. A majority of the
 * others stores its new record id and answers with what they have promised; any
 * quorum that its lost promise may have been part of has a member among them. It
 * promises the highest of that, and keeps silent for the longest lease that it
 * or they ever granted, in which a lost one runs out.
 *
 * A candidate may still hold the lost promise itself. Since whoever promises now
 * also says which record ids it stores, the candidate sees that one is newer than
 * that of the old promise, and counts it no more. Newer is well defined: a record
 * id begins with the boot that made it.
 */

#include <assert.h>
#include <string.h>

#include "base/rule.h"
#include "election/election_int.h"

static const uint8_t none[16];

uint64_t jsl_election__lost_lease_end(const struct jsl_election *e)
{
	uint64_t longest = e->record.lease_max_us; /* as those say who admit */

	return e->start_us + (longest > e->lease_us ? longest : e->lease_us);
}

/*
 * R12a, as narrow as it can be without costing an election: a fresh voter that has
 * heard of another promise than the one it is asked for goes above that, and not
 * before a lease that it may have granted in an earlier life is over. What stays
 * assumed is in jsl/election.h.
 */
bool jsl_election__may_begin(const struct jsl_election *e, uint64_t epoch, uint64_t to)
{
	for (size_t i = 0; i < e->n_voters; i++) {
		struct jsl_election_leader p = e->voters[i].promised;

		if (p.epoch == 0 || i == e->self || (p.epoch == epoch && p.id == to))
			continue;
		if (p.epoch >= epoch || e->now_us < jsl_election__lost_lease_end(e))
			return false;
	}
	return true;
}

void jsl_election__record_id_fill(uint8_t *id, uint64_t boot, const uint8_t *random)
{
	for (size_t i = 0; i < 8; i++)
		id[i] = (uint8_t)(boot >> (8 * (7 - i)));
	memcpy(id + 8, random + 8, 8);
}

void jsl_election__name_record(const struct jsl_election *e,
			       struct jsl_election_message *m)
{
	size_t i = jsl_election__index(e, m->to);

	if (i < e->n_voters)
		memcpy(m->known[i], e->voters[i].record_id, sizeof(m->known[i]));
}

bool jsl_election__knows_us(const struct jsl_election *e,
			    const struct jsl_election_message *m)
{
	return memcmp(m->known[e->self], e->record.record_id,
		      sizeof(e->record.record_id)) == 0;
}

static bool is_newer(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, 16) > 0;
}

/* Where voter @id is, or would be, among the stored record ids. */
static uint32_t slot(const struct jsl_election_record *r, uint64_t id)
{
	uint32_t i = 0;

	while (i < r->n_known && r->known[i].id != id)
		i++;
	return i;
}

/* Keep the newest. False if that is another one, or there is no room: the record
 * names voters of another list, which its config hash rules out. */
static bool store(struct jsl_election *e, uint64_t id, const uint8_t *record_id)
{
	struct jsl_election_record *r = &e->record;
	uint32_t i = slot(r, id);

	if (i == JSL_ELECTION_VOTERS_MAX)
		return false;
	if (i < r->n_known && !is_newer(record_id, r->known[i].record_id))
		return memcmp(r->known[i].record_id, record_id, 16) == 0;
	r->known[i].id = id;
	memcpy(r->known[i].record_id, record_id, 16);
	if (i == r->n_known)
		r->n_known++;
	jsl_election__save(e);
	return true;
}

void jsl_election__known_fill(const struct jsl_election *e, uint8_t (*known)[16])
{
	const struct jsl_election_record *r = &e->record;

	for (uint32_t i = 0; i < r->n_known; i++) {
		size_t voter = jsl_election__index(e, r->known[i].id);

		if (voter < e->n_voters)
			memcpy(known[voter], r->known[i].record_id, 16);
	}
}

void jsl_election__admit(struct jsl_election *e, const struct jsl_election_message *m,
			 size_t from)
{
	struct jsl_election_message *answer;

	/* In phase 2 the fresh one most likely is about to be asked itself (R12a). */
	if (!m->fresh || jsl_election__is_fresh(e) || e->phase == JSL_ELECTION__PREPARE ||
	    e->phase == JSL_ELECTION__PROMISE ||
	    memcmp(m->record_id, none, sizeof(none)) == 0 ||
	    !store(e, e->voters[from].id, m->record_id))
		return;
	answer = jsl_election__message(e, JSL_ELECTION_ADMIT, m->from);
	answer->epoch = e->record.promised_epoch;
	answer->lease_us = e->record.lease_max_us;
	answer->leader.epoch = e->record.promised_epoch;
	answer->leader.id = e->record.promised_to;
	jsl_election__known_fill(e, answer->known);
}

/* The highest promise among those that admit; of nobody if they differ about whom:
 * then it is unknown to whom this voter gave it. */
static bool find_highest(const struct jsl_election *e, struct jsl_election_leader *ret)
{
	struct jsl_election_leader best = {0};
	size_t n = 0;

	for (size_t i = 0; i < e->n_voters; i++) {
		const struct jsl_election__voter *v = &e->voters[i];

		if (!v->admits)
			continue;
		n++;
		if (v->admit.epoch > best.epoch)
			best = v->admit;
		else if (v->admit.epoch == best.epoch && v->admit.id != best.id)
			best.id = 0;
	}
	if (n < (e->n_voters - 1) / 2 + 1)
		return false;
	*ret = best;
	return true;
}

void jsl_election__admit_receive(struct jsl_election *e,
				 const struct jsl_election_message *m, size_t from)
{
	struct jsl_election__voter *v = &e->voters[from];
	struct jsl_election_leader promise;

	if (!jsl_election__is_fresh(e) || m->leader.epoch == 0 ||
	    memcmp(m->known[e->self], e->record.record_id, 16) != 0)
		return;
	if (m->lease_us > e->record.lease_max_us)
		e->record.lease_max_us = m->lease_us;
	v->admits = true;
	v->admit = m->leader;
	if (jsl_election__index(e, v->admit.id) == e->n_voters)
		v->admit.id = 0;
	if (!find_highest(e, &promise))
		return;
	e->record.promised_epoch = promise.epoch;
	e->record.promised_to = promise.id;
	if (e->record.lease_max_us < e->lease_us)
		e->record.lease_max_us = e->lease_us;
	e->silent_until_us = e->now_us + e->record.lease_max_us;
	if (promise.epoch > e->floor.epoch)
		e->floor = promise;
	jsl_election__save(e);
}

uint32_t jsl_election__credible(const struct jsl_election *e)
{
	const struct jsl_election__attempt *a = &e->attempt;
	uint32_t credible = a->promises;

	for (size_t i = 0; i < e->n_voters; i++)
		for (size_t j = 0; j < e->n_voters; j++)
			if ((a->promises & jsl_election__bit(j)) != 0 &&
			    is_newer(a->known[j][i], a->record_id[i]) &&
			    JSL_RULE(R12_CONTRADICTED))
				credible &= ~jsl_election__bit(i);
	return credible;
}
