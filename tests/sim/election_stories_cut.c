/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a cluster is without a leader when its leader is cut off and lives on; see
 * election_stories.h. That no two lead at once (I4) is checked after every event.
 */

#include "election_stories.h"
#include "election_world.h"

/* D - D_L, which are 3 ms, and three round trips */
#define SOON (5 * MS)

static bool demand(struct world *w, bool holds, const char *what)
{
	return holds || world_fail(w, what, 0, 0);
}

/* What it sends is lost (@mute), what is sent to it (@deaf), or both. */
static void cut_off(struct world *w, size_t node, bool mute, bool deaf)
{
	for (size_t i = 0; i < w->n_nodes; i++) {
		w->cut[node][i] = mute;
		w->cut[i][node] = deaf;
	}
}

/* Until the cut-off leader leads no more. */
static bool run_out(struct world *w, size_t leader)
{
	while (world_leader(w) == leader)
		if (!world_run(w, w->now + MS / 10))
			return false;
	return true;
}

/* The next one leads @within_us after the old one has ceased to, which is at most D_L
 * after the cut; the old one comes back as its follower. */
static bool next_leads(struct world *w, bool mute, bool deaf, uint64_t within_us)
{
	size_t top = w->n_voters - 1;
	uint64_t from;

	for (size_t i = 0; i < w->n_nodes; i++)
		world_start(w, i);
	if (!world_run(w, w->now + 1300 * MS + world_between(w, 0, 100 * MS)) ||
	    !demand(w, world_leader(w) == top, "the highest id leads"))
		return false;
	cut_off(w, top, mute, deaf);
	from = w->now;
	if (!run_out(w, top) ||
	    !demand(w, world_run_to_leader(w, w->now + within_us), "in time"))
		return false;
	printf("%zu voters, leader %s: next acts after %.1f ms\n", w->n_voters,
	       !deaf   ? "mute"
	       : !mute ? "deaf"
		       : "cut off",
	       (double)(w->now - from) / MS);
	if (!world_run(w, w->now + 200 * MS) ||
	    !demand(w, world_leader(w) == top - 1, "the next highest leads"))
		return false;
	cut_off(w, top, false, false);
	return world_run(w, w->now + 1000 * MS) &&
	       demand(w, world_leader(w) == top - 1, "joined, it disturbs nobody") &&
	       demand(w, w->nodes[top].role == JSL_ELECTION_FOLLOWING, "it follows");
}

/* Its lease at the others runs out, and nothing else is waited for: that it ran out
 * tells them that the old leader is none to wait for. */
bool story_next_leads_when_the_leader_is_cut_off(struct world *w)
{
	return next_leads(w, true, true, SOON);
}

/* The old leader hears who votes for whom, and can say nothing to it. */
bool story_next_leads_when_the_leader_is_mute(struct world *w)
{
	return next_leads(w, true, false, SOON);
}

/* It goes on renewing leases until its own has run out, and then frees them all (R9).
 * It is heard looking and hears nobody, so the others wait for it, finalize-ms. */
bool story_next_leads_when_the_leader_is_deaf(struct world *w)
{
	return next_leads(w, false, true, w->opts.finalize_us + SOON);
}
