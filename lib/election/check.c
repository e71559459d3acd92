/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What holds after every step, whatever was received. The simulator checks the
 * invariants that span nodes (I1, I2, I4, I5); these are the ones of a single
 * node that they rest on.
 */

#include "election/election_int.h"

static bool check_record(const struct jsl_election *e)
{
	const struct jsl_election_record *r = &e->record;

	if (r->promised_epoch == 0 && r->promised_to != 0)
		return false;
	/* R5: a grant is never longer than what the record remembers. */
	if (r->promised_epoch != 0 && r->lease_max_us == 0)
		return false;
	/* R11: a voter's floor is at least its promise. */
	return e->floor.epoch >= r->promised_epoch && e->floor.epoch >= e->seen.epoch &&
	       e->max_epoch >= r->promised_epoch;
}

static bool check_lease(const struct jsl_election *e)
{
	const struct jsl_election_record *r = &e->record;

	if (!jsl_election__lease_lives(e))
		return e->phase != JSL_ELECTION__FOLLOW;
	/* R1: nobody but the holder was promised anything while the lease lives. */
	if (e->lease_to.epoch > r->promised_epoch || e->lease_to.id != r->promised_to)
		return false;
	return e->lease_until_us - e->now_us <= r->lease_max_us;
}

static bool check_lead(const struct jsl_election *e)
{
	const struct jsl_election__lead *l = &e->lead;
	uint64_t sent = l->sent_us[l->seq % JSL_ELECTION_SENT_MAX];

	/* R2, R8: established by its own promise, and gone at the end of its lease. */
	if ((l->raising ? e->attempt.epoch : l->epoch) != e->record.promised_epoch ||
	    e->id != e->record.promised_to || l->since > l->epoch ||
	    l->epoch <= e->done_epoch || e->now_us >= jsl_election__lead_end(e))
		return false;
	return l->seq > 0 && l->lease_end_us <= sent + e->lead_lease_us;
}

static bool check_candidate(const struct jsl_election *e)
{
	const struct jsl_election__attempt *a = &e->attempt;

	return a->epoch == e->record.promised_epoch && e->record.promised_to == e->id &&
	       !jsl_election__is_quorum(e, jsl_election__credible(e));
}

bool jsl_election__check(const struct jsl_election *e)
{
	if (e->n_messages > e->cap_messages || (e->persist && !e->started))
		return false;
	if (e->phase == JSL_ELECTION__WATCH)
		return jsl_election_lease_end(e) == 0;
	if (!jsl_election__is_voter(e) || e->no_storage)
		return false;
	if (!check_record(e) || !check_lease(e))
		return false;
	if (e->phase == JSL_ELECTION__LEAD)
		return check_lead(e);
	if (e->phase == JSL_ELECTION__PREPARE)
		return check_candidate(e);
	return true;
}
