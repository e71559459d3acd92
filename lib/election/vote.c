/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom to vote for, and who agrees: pure functions of what was heard in the
 * round.
 *
 * A voter *stands* (its own bit in `heard` is set) when it hears a quorum and
 * may promise. Everybody votes for the highest that stands, is heard in this
 * round and hears the voter. Let c be the highest that stands with a quorum that
 * hears it: each of that quorum votes for c, so a connected quorum agrees.
 */

#include "election/election_int.h"

uint32_t jsl_election__others(const struct jsl_election *e)
{
	return (jsl_election__bit(e->n_voters) - 1) & ~jsl_election__bit(e->self);
}

bool jsl_election__in_round(const struct jsl_election *e, size_t i)
{
	const struct jsl_election__voter *v = &e->voters[i];

	return i == e->self || (v->looking && v->look_round == e->round);
}

uint32_t jsl_election__heard(const struct jsl_election *e)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < e->n_voters; i++)
		if (jsl_election__in_round(e, i))
			mask |= jsl_election__bit(i);
	return mask;
}

bool jsl_election__fresh_quorum(const struct jsl_election *e)
{
	uint32_t mask = 0;

	if (!jsl_election__is_fresh(e))
		return false;
	for (size_t i = 0; i < e->n_voters; i++)
		if (i == e->self || (jsl_election__in_round(e, i) && e->voters[i].fresh &&
				     e->voters[i].knows_us))
			mask |= jsl_election__bit(i);
	return jsl_election__is_quorum(e, mask);
}

/* Those whose promise this node could get (R12a). After a round without agreement
 * hearing is not enough, they must hear this node too. */
static uint32_t supporters(const struct jsl_election *e)
{
	uint32_t mask = jsl_election__bit(e->self);

	for (size_t i = 0; i < e->n_voters; i++) {
		const struct jsl_election__voter *v = &e->voters[i];

		if (i != e->self && jsl_election__in_round(e, i) &&
		    (!v->fresh || jsl_election__is_fresh(e)) &&
		    (e->stalls == 0 || (v->heard & jsl_election__bit(e->self)) != 0))
			mask |= jsl_election__bit(i);
	}
	return mask;
}

bool jsl_election__stands(const struct jsl_election *e)
{
	switch (e->phase) {
	case JSL_ELECTION__LOOK:
		return jsl_election__may_vote(e) &&
		       e->now_us >= e->voters[e->self].excluded_until_us &&
		       jsl_election__is_quorum(e, supporters(e));
	case JSL_ELECTION__PREPARE:
	case JSL_ELECTION__LEAD: return true;
	case JSL_ELECTION__PROMISE:
	case JSL_ELECTION__FOLLOW:
	case JSL_ELECTION__WATCH: break;
	}
	return false;
}

static bool is_eligible(const struct jsl_election *e, size_t i)
{
	const struct jsl_election__voter *v = &e->voters[i];
	uint32_t must = jsl_election__bit(i) | jsl_election__bit(e->self);

	if (i == e->self)
		return jsl_election__stands(e);
	return jsl_election__in_round(e, i) && (v->heard & must) == must &&
	       e->now_us >= v->excluded_until_us &&
	       (v->fresh || !jsl_election__is_fresh(e));
}

/* ZooKeeper's order: progress goes before the id (R7). */
static bool is_better(const struct jsl_election_vote *a,
		      const struct jsl_election_vote *b)
{
	if (a->log_epoch != b->log_epoch)
		return a->log_epoch > b->log_epoch;
	if (a->log_index != b->log_index)
		return a->log_index > b->log_index;
	return a->id > b->id;
}

struct jsl_election_vote jsl_election__choose(const struct jsl_election *e)
{
	struct jsl_election_vote best = {0};

	size_t heir = jsl_election__index(e, e->heir);

	if (!jsl_election__may_vote(e))
		return best;
	if (e->now_us < e->heir_until_us && heir < e->n_voters && is_eligible(e, heir))
		return (struct jsl_election_vote){.id = e->heir}; /* R9 */
	for (size_t i = 0; i < e->n_voters; i++) {
		struct jsl_election_vote vote = {.id = e->voters[i].id};

		if (is_eligible(e, i) && is_better(&vote, &best))
			best = vote;
	}
	return best;
}

uint32_t jsl_election__agreeing(const struct jsl_election *e)
{
	uint32_t mask = 0;

	if (e->vote.id == 0)
		return 0;
	for (size_t i = 0; i < e->n_voters; i++)
		if (i == e->self ||
		    (jsl_election__in_round(e, i) && e->voters[i].vote.id == e->vote.id))
			mask |= jsl_election__bit(i);
	return mask;
}

bool jsl_election__is_unanimous(const struct jsl_election *e)
{
	uint32_t mask = jsl_election__agreeing(e);

	for (size_t i = 0; i < e->n_voters; i++) {
		const struct jsl_election__voter *v = &e->voters[i];

		if ((mask & jsl_election__bit(i)) == 0 &&
		    ((!v->down && !v->gone) || jsl_election__in_round(e, i)))
			return false;
	}
	return true;
}
