/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the election answers between steps. Every answer that allows to act is
 * computed from the time given, never from what the last step said (R4).
 */

#include "base/rule.h"
#include "election/election_int.h"

enum jsl_election_role jsl_election__role(const struct jsl_election *e)
{
	switch (e->phase) {
	case JSL_ELECTION__LEAD:
		return e->now_us < e->lead.lease_end_us ? JSL_ELECTION_LEADING
							: JSL_ELECTION_LOOKING;
	case JSL_ELECTION__FOLLOW: return JSL_ELECTION_FOLLOWING;
	case JSL_ELECTION__WATCH:
		return e->now_us < e->watched_until_us ? JSL_ELECTION_OBSERVING
						       : JSL_ELECTION_LOOKING;
	case JSL_ELECTION__LOOK:
	case JSL_ELECTION__PREPARE:
	case JSL_ELECTION__PROMISE: break;
	}
	return JSL_ELECTION_LOOKING;
}

enum jsl_election_role jsl_election_role(const struct jsl_election *e)
{
	return e->told_role;
}

struct jsl_election_leader jsl_election_leader(const struct jsl_election *e,
					       uint64_t now_us)
{
	struct jsl_election_leader none = {0};

	switch (e->phase) {
	case JSL_ELECTION__LEAD:
		if (now_us < e->lead.lease_end_us)
			return jsl_election__reign(e);
		return none;
	case JSL_ELECTION__FOLLOW: return now_us < e->lease_until_us ? e->lease_to : none;
	case JSL_ELECTION__WATCH: return now_us < e->watched_until_us ? e->watched : none;
	case JSL_ELECTION__LOOK:
	case JSL_ELECTION__PREPARE:
	case JSL_ELECTION__PROMISE: break;
	}
	return none;
}

struct jsl_election_leader jsl_election__reign(const struct jsl_election *e)
{
	return (struct jsl_election_leader){e->lead.epoch, e->id, e->lead.since};
}

bool jsl_election_is_leader(const struct jsl_election *e, uint64_t now_us,
			    struct jsl_election_leader *ret_token)
{
	if (jsl_election_lease_end(e) == 0 ||
	    (now_us >= jsl_election_lease_end(e) && JSL_RULE(R4)))
		return false;
	if (ret_token != NULL)
		*ret_token = jsl_election__reign(e);
	return true;
}

uint64_t jsl_election_lease_end(const struct jsl_election *e)
{
	return e->phase == JSL_ELECTION__LEAD ? e->lead.lease_end_us : 0;
}

struct jsl_election_leader jsl_election_floor(const struct jsl_election *e)
{
	return e->floor;
}
