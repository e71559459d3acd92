/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * R13, evidence of death. A connect that is refused proves that no process holds
 * the leader's port; one that began after the leader's newest heartbeat proves
 * that it has died since, for a leader opens its port before its first promise
 * and closes it after its last act. Then its lease protects nobody, and this
 * voter need not wait for its end. It is this voter's lease alone: what the
 * others granted is theirs to free.
 *
 * A middlebox may refuse in the name of a leader that lives. Where that cannot be
 * ruled out, evidence only tells whom not to wait for.
 */

#include "base/rule.h"
#include "election/election_int.h"

/* A heartbeat is overdue after one and a half of its intervals. An observer may be
 * one of many, and hear them as much more rarely as they are good for longer. */
static uint64_t overdue_at(const struct jsl_election *e)
{
	uint64_t gap = e->heartbeat_us + e->heartbeat_us / 2;

	if (e->phase == JSL_ELECTION__WATCH)
		gap = gap * (e->watched_until_us - e->heard_us) / e->lease_us;
	return e->heard_us + gap;
}

void jsl_election__heard_leader(struct jsl_election *e)
{
	e->heard_us = e->now_us;
	e->overdue_told = false;
}

static bool is_led(const struct jsl_election *e)
{
	return e->phase == JSL_ELECTION__FOLLOW ||
	       (e->phase == JSL_ELECTION__WATCH && e->now_us < e->watched_until_us);
}

void jsl_election__evidence_advance(struct jsl_election *e)
{
	if (!is_led(e) || e->overdue_told || e->now_us < overdue_at(e))
		return;
	e->overdue = e->overdue_told = true;
}

uint64_t jsl_election__evidence_deadline(const struct jsl_election *e)
{
	return is_led(e) && !e->overdue_told ? overdue_at(e) : JSL_ELECTION__NEVER;
}

/* Whether @ev speaks of whom this node follows now, and of no earlier time. */
static bool is_about(const struct jsl_election_event *ev,
		     const struct jsl_election_leader *leader, uint64_t heard_us)
{
	return ev->leader.epoch == leader->epoch && ev->leader.id == leader->id &&
	       ev->begun_us > heard_us;
}

void jsl_election__refused(struct jsl_election *e, const struct jsl_election_event *ev)
{
	bool watches = e->phase == JSL_ELECTION__WATCH;

	if (!is_led(e) ||
	    (JSL_RULE(R13) &&
	     !is_about(ev, watches ? &e->watched : &e->lease_to, e->heard_us)))
		return;
	if (watches) {
		if (ev->trusted)
			jsl_election__watch_lost(e);
		return;
	}
	e->voters[jsl_election__index(e, e->lease_to.id)].gone = true;
	if (!ev->trusted && JSL_RULE(R13) && JSL_RULE(R13_TRUST))
		return;
	jsl_election__lease_free(e);
	jsl_election__new_round(e);
}
