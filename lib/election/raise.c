/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * R10, stuck higher epoch. A voter promised a higher epoch to a candidate that
 * came to nothing, or had the lease of this one freed by false evidence (R13): it
 * refuses a leader whom a quorum follows, and would do so for ever. So the leader
 * asks for promises above it, its own first, while its heartbeats go on, and with
 * a quorum of them it goes on in the new epoch.
 *
 * Its lease has no gap. What was granted to it in the old epoch binds each voter
 * to the same id (R1), whatever the epoch; and who has promised the new one acks
 * the old one no more (R3, I2), itself included.
 */

#include "base/rule.h"
#include "election/election_int.h"

/* Half of the lease is left: a quorum acknowledged it not long ago. */
static bool is_followed(const struct jsl_election *e)
{
	return e->lead.lease_end_us > e->now_us + e->lead_lease_us / 2;
}

void jsl_election__raise_wanted(struct jsl_election *e,
				const struct jsl_election_message *nack)
{
	struct jsl_election__lead *l = &e->lead;

	if (!JSL_RULE(R10) || l->raising || nack->leader.epoch != 0 ||
	    nack->epoch < l->epoch || e->now_us < l->raise_after_us || !is_followed(e))
		return;
	l->raising = true;
	l->raise_after_us = e->now_us + e->lease_us;
	jsl_election__attempt_start(e);
}

void jsl_election__raise_advance(struct jsl_election *e)
{
	struct jsl_election__lead *l = &e->lead;

	if (!l->raising)
		return;
	if (jsl_election__attempt_is_won(e)) {
		l->raising = false;
		l->epoch = e->attempt.epoch;
		l->next_us = e->now_us;
		(void)jsl_election__see(e, l->epoch, e->id);
	} else if (e->now_us >= e->attempt.again_us) {
		jsl_election__attempt_ask(e);
	}
}
