/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stories; see election_stories.h. Times are from the fault to the moment
 * that a new leader acts and a quorum follows it.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "election_stories.h"
#include "election_world.h"

#define D (500 * MS)

static bool demand(struct world *w, bool holds, const char *what)
{
	return holds || world_fail(w, what, 0, 0);
}

static bool has_role(const struct world *w, size_t i, enum jsl_election_role role)
{
	return w->nodes[i].e != NULL && w->nodes[i].role == role;
}

/* @leader leads, every other voter that runs follows, observers observe. */
static bool all_follow(const struct world *w, size_t leader)
{
	for (size_t i = 0; i < w->n_nodes; i++) {
		enum jsl_election_role role =
			i < w->n_voters ? JSL_ELECTION_FOLLOWING : JSL_ELECTION_OBSERVING;

		if (w->nodes[i].e != NULL &&
		    !has_role(w, i, i == leader ? JSL_ELECTION_LEADING : role))
			return false;
	}
	return leader < w->n_nodes && world_leader(w) == leader;
}

/* All voters but @late start within 300 ms. */
static bool elect(struct world *w, size_t late)
{
	size_t best = late == w->n_voters - 1 ? late - 1 : w->n_voters - 1;

	for (size_t i = 0; i < w->n_nodes; i++)
		if (i != late)
			world_start_at(w, i, w->now + world_between(w, 0, 300 * MS));
	return demand(w, world_run(w, w->now + 1300 * MS) && all_follow(w, best),
		      "the highest of those that started leads");
}

static bool highest_id_wins(struct world *w)
{
	uint64_t from = w->now;

	for (size_t i = 0; i < w->n_nodes; i++)
		world_start(w, i);
	return demand(w, world_run_to_leader(w, from + 5 * MS), "all heard: at once") &&
	       demand(w, world_run(w, from + 200 * MS), "safe") &&
	       demand(w, all_follow(w, w->n_voters - 1), "the highest id leads") &&
	       demand(w, w->established[1] == w->n_voters, "in the first epoch");
}

static bool highest_id_wins_when_started_by_hand(struct world *w)
{
	for (size_t i = 0; i < w->n_nodes; i++)
		world_start_at(w, i, w->now + i * 700 * MS / w->n_nodes);
	return demand(w, world_run(w, w->now + 1600 * MS), "safe") &&
	       demand(w, all_follow(w, w->n_voters - 1), "the highest id leads") &&
	       demand(w, w->established[1] == w->n_voters, "in the first epoch");
}

/* Even the highest id, and even without a record (R12b). */
static bool late_joiner_follows(struct world *w)
{
	size_t top = w->n_voters - 1;

	if (!elect(w, top))
		return false;
	world_start(w, top);
	if (!world_run(w, w->now + 150 * MS) ||
	    !demand(w, all_follow(w, top - 1), "the late joiner follows") ||
	    !demand(w, w->nodes[top - 1].changes == 1, "without an election"))
		return false;
	world_run(w, w->now + D);
	world_crash(w, top - 1); /* and its vote counts: */
	return demand(w, world_run_to_leader(w, w->now + D + 5 * MS),
		      "it makes a quorum") &&
	       demand(w, world_leader(w) == top, "and leads");
}

static bool rejoiner_follows(struct world *w)
{
	size_t top = w->n_voters - 1;

	if (!elect(w, w->n_nodes))
		return false;
	world_crash(w, 0);
	world_start_at(w, 0, w->now + 20 * MS);
	return world_run(w, w->now + 150 * MS) &&
	       demand(w, all_follow(w, top), "the rejoiner follows") &&
	       demand(w, w->nodes[top].changes == 1, "without an election");
}

static bool next_highest_leads_after_a_crash(struct world *w)
{
	size_t top = w->n_voters - 1;
	uint64_t from;

	if (!elect(w, w->n_nodes))
		return false;
	world_crash(w, top);
	from = w->now;
	if (!demand(w, world_run_to_leader(w, from + D + 5 * MS),
		    "D and three round trips after a crash"))
		return false;
	printf("%zu voters, leader crashed: next acts after %" PRIu64 " us\n",
	       w->n_voters, w->now - from);
	world_run(w, w->now + 200 * MS);
	if (!demand(w, all_follow(w, top - 1), "the next highest leads"))
		return false;
	world_start(w, top);
	return world_run(w, w->now + 1000 * MS) &&
	       demand(w, all_follow(w, top - 1), "a higher id that rejoins follows");
}

static bool clean_stop_hands_over_at_once(struct world *w)
{
	size_t top = w->n_voters - 1;
	uint64_t from;

	if (!elect(w, w->n_nodes))
		return false;
	from = w->now;
	world_give(w, top, JSL_ELECTION_EV_RELEASE, 0);
	world_crash(w, top);
	return demand(w, world_run_to_leader(w, from + 5 * MS),
		      "no lease is waited for") &&
	       demand(w, world_run(w, w->now + 200 * MS), "safe") &&
	       demand(w, all_follow(w, top - 1), "the next highest leads");
}

/* R13: its port refuses, so nobody waits for the end of its lease. */
static bool killed_leader_is_not_waited_for(struct world *w)
{
	size_t top = w->n_voters - 1;
	uint64_t from;

	w->trusts = true;
	if (!elect(w, w->n_nodes))
		return false;
	world_crash(w, top);
	from = w->now;
	return demand(w, world_run_to_leader(w, from + 5 * MS),
		      "no lease is waited for") &&
	       demand(w, world_run(w, w->now + 200 * MS), "safe") &&
	       demand(w, all_follow(w, top - 1), "the next highest leads");
}

static bool leader_hands_over_to_whom_it_names(struct world *w)
{
	size_t top = w->n_voters - 1;
	uint64_t from;

	if (!elect(w, w->n_nodes))
		return false;
	from = w->now;
	world_give(w, top, JSL_ELECTION_EV_TRANSFER, 1);
	return demand(w, world_leader(w) == w->n_nodes, "it acts no more") &&
	       demand(w, world_run_to_leader(w, from + 5 * MS), "at once") &&
	       demand(w, world_run(w, w->now + 200 * MS), "safe") &&
	       demand(w, all_follow(w, 0), "the named one leads");
}

/* R10: a voter that gave a higher promise, to one that came to nothing. */
static bool stuck_voter_is_fetched(struct world *w, uint64_t promised_to)
{
	size_t top = w->n_voters - 1;
	uint64_t until;

	if (!elect(w, w->n_nodes))
		return false;
	world_crash(w, 0);
	w->nodes[0].record.promised_epoch = 7;
	w->nodes[0].record.promised_to = promised_to;
	w->ever[0] = 7;
	world_start(w, 0);
	for (until = w->now + 2 * D; w->now < until;)
		if (!world_run(w, w->now + MS) ||
		    !demand(w, world_leader(w) == top, "the leader acts on"))
			return false;
	return demand(w, all_follow(w, top), "it follows") &&
	       demand(w, w->nodes[top].changes == 1, "no change of role") &&
	       demand(w, w->n_raises == 1 && w->established[8] == top + 1,
		      "the same reign goes on above it");
}

static bool stuck_voter_is_fetched_without_an_outage(struct world *w)
{
	return stuck_voter_is_fetched(w, 2);
}

/* The leader itself raised its epoch, and failed, or died and is back. */
static bool voter_stuck_on_the_leaders_promise_is_fetched(struct world *w)
{
	return stuck_voter_is_fetched(w, w->n_voters);
}

/* R12a: no PREPARE of the first start arrives for longer than a candidate is waited for.
 * It is fresh no more, and the others are no quorum of fresh ones. */
static bool first_start_survives_lost_prepares(struct world *w)
{
	size_t quorum = w->n_voters / 2 + 1, top = quorum - 1;

	for (size_t i = 0; i < quorum; i++)
		world_start(w, i);
	world_run(w, w->now + w->opts.settle_us - 5 * MS);
	for (size_t i = 0; i < quorum; i++)
		w->cut[top][i] = true;
	world_run(w, w->now + w->opts.prepare_us + 65 * MS);
	if (!demand(w, w->nodes[top].record.promised_epoch == 1, "it has asked"))
		return false;
	memset(w->cut, 0, sizeof(w->cut));
	return demand(w, world_run_to_leader(w, w->now + 30 * MS), "it asks again") &&
	       demand(w, world_leader(w) == top, "and leads");
}

/* The candidate of the first start hears nothing any more, and asks on and on. */
static bool deaf_candidate_is_passed(struct world *w)
{
	size_t top = w->n_voters - 2;

	for (size_t i = 0; i <= top; i++)
		world_start(w, i);
	world_run(w, w->now + w->opts.settle_us - 5 * MS);
	for (size_t i = 0; i < top; i++)
		w->cut[i][top] = true;
	return demand(w, world_run_to_leader(w, w->now + w->opts.prepare_us + 200 * MS),
		      "it is waited for once") &&
	       demand(w, world_leader(w) == top - 1, "the next highest leads");
}

/* R12: one voter of a bare quorum lost its record; late ones, which never had one,
 * make another quorum of fresh voters with it. */
static bool lost_record_and_late_ones_wait_for_the_lease(struct world *w)
{
	size_t quorum = w->n_voters / 2 + 1;

	for (size_t i = 0; i < quorum; i++)
		world_start(w, i);
	if (!demand(w, world_run(w, w->now + 2000 * MS) && world_leader(w) == quorum - 1,
		    "a bare quorum leads itself"))
		return false;
	world_lose_record(w, 0);
	world_start(w, 0);
	for (size_t i = quorum; i < w->n_voters; i++)
		world_start(w, i);
	return demand(w, world_run(w, w->now + 4000 * MS), "safe") &&
	       demand(w, world_leader(w) < w->n_nodes, "and one leads");
}

/* Only the link between the leader and one voter is down: that voter is left
 * without a leader, and disturbs nobody (R6). */
static bool one_cut_link_changes_nothing(struct world *w)
{
	size_t top = w->n_voters - 1;

	if (!elect(w, w->n_nodes))
		return false;
	w->cut[top][0] = w->cut[0][top] = true;
	if (!world_run(w, w->now + 5000 * MS) ||
	    !demand(w, world_leader(w) == top, "the leader stays") ||
	    !demand(w, w->nodes[top].changes == 1, "and was never anything else") ||
	    !demand(w, has_role(w, 0, JSL_ELECTION_LOOKING), "hearsay is not following"))
		return false;
	w->cut[top][0] = w->cut[0][top] = false;
	return world_run(w, w->now + 200 * MS) &&
	       demand(w, all_follow(w, top), "it comes back by itself");
}

static bool a_minority_has_no_leader(struct world *w)
{
	size_t quorum = w->n_voters / 2 + 1;

	if (!elect(w, w->n_nodes))
		return false;
	for (size_t i = quorum - 1; i < w->n_voters; i++)
		world_crash(w, i);
	world_run(w, w->now + D);
	for (uint64_t end = w->now + 10000 * MS; w->now < end;) {
		if (!world_run(w, w->now + 10 * MS) ||
		    !demand(w, world_leader(w) == w->n_nodes, "no quorum, no leader"))
			return false;
	}
	for (size_t i = 0; i < w->n_nodes; i++)
		if (i >= w->n_voters &&
		    !demand(w, has_role(w, i, JSL_ELECTION_LOOKING), "nobody observes"))
			return false;
	return true;
}

struct story {
	const char *name;
	bool (*fn)(struct world *w);
	size_t voters_min;
};

static const struct story stories[] = {
	{"highest_id_wins", highest_id_wins, 1},
	{"highest_id_wins_when_started_by_hand", highest_id_wins_when_started_by_hand, 1},
	{"late_joiner_follows", late_joiner_follows, 3},
	{"rejoiner_follows", rejoiner_follows, 3},
	{"next_highest_leads_after_a_crash", next_highest_leads_after_a_crash, 3},
	{"next_leads_when_the_leader_is_cut_off",
	 story_next_leads_when_the_leader_is_cut_off, 3},
	{"next_leads_when_the_leader_is_mute", story_next_leads_when_the_leader_is_mute,
	 3},
	{"next_leads_when_the_leader_is_deaf", story_next_leads_when_the_leader_is_deaf,
	 3},
	{"clean_stop_hands_over_at_once", clean_stop_hands_over_at_once, 3},
	{"killed_leader_is_not_waited_for", killed_leader_is_not_waited_for, 3},
	{"leader_hands_over_to_whom_it_names", leader_hands_over_to_whom_it_names, 3},
	{"stuck_voter_is_fetched_without_an_outage",
	 stuck_voter_is_fetched_without_an_outage, 3},
	{"voter_stuck_on_the_leaders_promise_is_fetched",
	 voter_stuck_on_the_leaders_promise_is_fetched, 3},
	{"first_start_survives_lost_prepares", first_start_survives_lost_prepares, 3},
	{"deaf_candidate_is_passed", deaf_candidate_is_passed, 5},
	{"lost_record_and_late_ones_wait_for_the_lease",
	 lost_record_and_late_ones_wait_for_the_lease, 3},
	{"lost_promise_is_void", story_lost_promise_is_void, 5},
	{"one_cut_link_changes_nothing", one_cut_link_changes_nothing, 3},
	{"a_minority_has_no_leader", a_minority_has_no_leader, 2},
};

bool election_stories(const char *only, bool trace)
{
	bool ok = true;

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		if (only != NULL && strcmp(only, stories[i].name) != 0)
			continue;
		for (size_t n = stories[i].voters_min; n <= WORLD_VOTERS_MAX; n++) {
			struct world *w = calloc(1, sizeof(*w));

			world_init(w, n, n, 2);
			w->trace = trace;
			if (!stories[i].fn(w)) {
				printf("%s, %zu voters: %s\n", stories[i].name, n,
				       w->failure);
				ok = false;
			}
			world_deinit(w);
			free(w);
		}
	}
	return ok;
}
