/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a seed ends: every fault is mended, or just a quorum is left that hears each
 * other well, and the others are dead, cut off, or only heard or hearing. Then a
 * leader is due, within a bound.
 */

#include <string.h>

#include "election/election_int.h"
#include "election_world.h"

static void no_fault(struct world *w)
{
	(void)w;
}

static bool is_rest(const struct world *w, size_t node)
{
	return (w->rest >> node & 1) != 0;
}

/* By its own numbers, so that the faults of a seed do not depend on its end. */
void world_draw_rest(struct world *w)
{
	size_t quorum = w->n_voters / 2 + 1, n;
	struct jsl_rng rng;

	jsl_rng_init(&rng, ~w->seed);
	if (jsl_rng_below(&rng, 3) != 0)
		return;
	for (n = jsl_rng_below(&rng, 2) ? w->n_voters - quorum
					: jsl_rng_below(&rng, w->n_voters - quorum + 1);
	     n > 0; n -= 1) {
		size_t i = jsl_rng_below(&rng, w->n_voters);

		while (is_rest(w, i))
			i = (i + 1) % w->n_voters;
		w->rest |= UINT32_C(1) << i;
	}
	if (jsl_rng_below(&rng, 4) == 0)
		w->absent = w->rest; /* from the first start on */
}

/* @node is none of the quorum that is left. */
static void part(struct world *w, size_t node)
{
	uint64_t how = jsl_rng_below(&w->rng, 4);

	if (how == 0)
		w->absent |= UINT32_C(1) << node;
	for (size_t i = 0; i < w->n_nodes; i++) {
		if (is_rest(w, i))
			continue;
		w->cut[node][i] = how != 1;
		w->cut[i][node] = how != 2;
	}
}

static void mend_node(struct world *w, size_t i, bool restart)
{
	w->nodes[i].paused_until = 0;
	w->nodes[i].slow_us = 0;
	if (is_rest(w, i))
		part(w, i);
	if (restart || (w->absent >> i & 1) != 0 || !world_has_vote(w, i))
		world_crash(w, i);
	world_start(w, i);
}

/* All faults end: links, disks, processes. What is in flight still arrives. Half of
 * the seeds restart everything; in the others only what is down or has no vote does,
 * and what the faults left behind in the others must undo itself. */
void world_heal(struct world *w)
{
	bool restart = jsl_rng_below(&w->rng, 2) == 0;

	w->on_fault = no_fault;
	w->hurts = false;
	memset(w->cut, 0, sizeof(w->cut));
	memset(w->links, 0, sizeof(w->links));
	w->weather = (struct world_weather){
		.delay_min_us = 50, .delay_max_us = 2 * MS, .sync_us = 5 * MS};
	w->n_asked = 0;
	for (size_t i = 0; i < w->n_nodes; i++)
		mend_node(w, i, restart);
}

/* R12a: it has asked for the promises of a first start, and lives. */
static bool asked_first(const struct world_node *n)
{
	const struct jsl_election *e = n->e;

	return e != NULL && e->attempt.all_fresh &&
	       e->attempt.epoch == n->record.promised_epoch &&
	       n->record.promised_to == n->id;
}

/* R12a, R12b: a bare quorum of a first start whose candidate was killed may not. */
bool world_may_have_leader(const struct world *w)
{
	size_t fresh = 0, begun = 0;

	for (size_t i = 0; i < w->n_voters; i++) {
		const struct world_node *n = &w->nodes[i];

		if (is_rest(w, i))
			continue;
		if (asked_first(n))
			return true;
		fresh += n->record.promised_epoch == 0;
		begun += n->record.promised_epoch != 0;
	}
	return fresh > w->n_voters / 2 || begun > (w->n_voters - 1) / 2;
}

/* All of them lead, follow or observe. */
bool world_is_settled(const struct world *w)
{
	for (size_t i = 0; i < w->n_nodes; i++) {
		const struct world_node *n = &w->nodes[i];

		if (!is_rest(w, i) && n->e != NULL &&
		    jsl_election_leader(n->e, world_clock(n, w->now)).id == 0)
			return false;
	}
	return true;
}

/* After the last fault: what was granted runs out while all are silent (D), then
 * settling, one choice and one failed candidate; the rest is for round trips, disks
 * and what was still in flight. */
uint64_t world_heal_bound_us(const struct world *w)
{
	uint64_t lease_us = w->opts.lease_us;

	for (size_t i = 0; i < w->n_voters; i++)
		if (w->nodes[i].lease_us > lease_us)
			lease_us = w->nodes[i].lease_us;
	return lease_us + w->opts.settle_us + w->opts.finalize_us +
	       w->opts.prepare_us * (1 + w->n_asked) + 500 * MS;
}
