/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The election under every fault that a seed can draw, and the stories that the
 * README tells, in virtual time.
 *
 *	test_sim_election [--seeds N] [--seed N | --story NAME] [--trace]
 *
 * A failure prints the seed that repeats it.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "election_stories.h"
#include "election_world.h"

#if defined(__SANITIZE_ADDRESS__)
#define SEEDS 300
#else
#define SEEDS 2000
#endif

#define FAULTS_US (12000 * MS)

struct totals {
	uint64_t events, epochs, heal_max_us, heal_seed;
};

static void fault_link(struct world *w)
{
	size_t a = jsl_rng_below(&w->rng, w->n_nodes);
	size_t b = jsl_rng_below(&w->rng, w->n_nodes);
	bool cut = jsl_rng_below(&w->rng, 2) == 0;

	w->cut[a][b] = cut;
	if (jsl_rng_below(&w->rng, 2) == 0)
		w->cut[b][a] = cut;
}

static void fault_isolate(struct world *w)
{
	size_t a = jsl_rng_below(&w->rng, w->n_nodes);
	bool cut = jsl_rng_below(&w->rng, 3) != 0;

	for (size_t b = 0; b < w->n_nodes; b++)
		w->cut[a][b] = w->cut[b][a] = cut;
}

/* R12: a minority may lose its records, but not before everybody has promised. */
static bool may_lose(const struct world *w, size_t i)
{
	for (size_t j = 0; j < w->n_voters; j++)
		if (w->nodes[j].record.promised_epoch == 0)
			return false;
	return (w->losers & (UINT32_C(1) << i)) != 0;
}

static void fault_disk(struct world *w)
{
	size_t i = jsl_rng_below(&w->rng, w->n_voters);

	if (!may_lose(w, i))
		return;
	world_lose_record(w, i);
	world_start_at(w, i, w->now + world_between(w, 0, 300 * MS));
}

static void fault_process(struct world *w)
{
	size_t i = jsl_rng_below(&w->rng, w->n_nodes);
	struct world_node *n = &w->nodes[i];

	switch (jsl_rng_below(&w->rng, 6)) {
	case 0:
		world_crash(w, i);
		world_start_at(w, i, w->now + world_between(w, MS, 1500 * MS));
		break;
	case 1: /* the leader, most of all, and back at once */
		i = world_leader(w);
		if (i == w->n_nodes)
			break;
		world_crash(w, i);
		world_start_at(w, i, w->now + world_between(w, MS, 50 * MS));
		break;
	case 2: n->paused_until = w->now + world_between(w, MS, 1200 * MS); break;
	case 3:
		i = world_leader(w);
		if (i < w->n_nodes)
			w->nodes[i].paused_until =
				w->now + world_between(w, 300 * MS, 700 * MS);
		break;
	case 4: fault_disk(w); break;
	default:
		world_give(w, i,
			   jsl_rng_below(&w->rng, 2) ? JSL_ELECTION_EV_VOTER_DOWN
						     : JSL_ELECTION_EV_VOTER_UP,
			   w->voters[jsl_rng_below(&w->rng, w->n_voters)]);
		break;
	}
}

/* What R5 and R12b are there for: first the leader keeps a bare quorum, so that the
 * others look for another; then just those that had granted it a lease are cut off
 * and restart, and may have lost their records. */
static void fault_betray(struct world *w)
{
	size_t keep = w->n_voters / 2, leader = w->victim;

	if (leader == w->n_nodes) {
		w->victim = leader = world_leader(w);
		for (size_t i = 0; leader < w->n_nodes && i < w->n_voters; i++) {
			bool kept = i != leader && keep > 0;

			w->cut[leader][i] = w->cut[i][leader] = !kept;
			keep -= kept;
		}
		return;
	}
	for (size_t i = 0; i < w->n_voters; i++) {
		bool restart = i != leader && !w->cut[leader][i];

		w->cut[leader][i] = w->cut[i][leader] = true;
		if (!restart)
			continue;
		if (may_lose(w, i) && jsl_rng_below(&w->rng, 2) == 0)
			world_lose_record(w, i);
		else
			world_crash(w, i);
		world_start_at(w, i, w->now + world_between(w, 0, 30 * MS));
	}
	w->victim = w->n_nodes;
}

static void fault(struct world *w)
{
	if (w->victim < w->n_nodes) {
		fault_betray(w);
		world_fault_at(w, w->now + world_between(w, MS, 700 * MS));
		return;
	}
	switch (jsl_rng_below(&w->rng, 7)) {
	case 0:
	case 1: fault_link(w); break;
	case 2: fault_isolate(w); break;
	case 3: memset(w->cut, 0, sizeof(w->cut)); break;
	case 4:
		fault_betray(w);
		world_fault_at(w,
			       w->now + w->opts.lease_us + world_between(w, 0, 99 * MS));
		return;
	default: fault_process(w); break;
	}
	world_fault_at(w, w->now + world_between(w, MS, 400 * MS));
}

static void no_fault(struct world *w)
{
	(void)w;
}

static void draw_weather(struct world *w)
{
	struct world_weather *x = &w->weather;

	x->loss_pct = (uint32_t)jsl_rng_below(&w->rng, 4) * 10;
	x->dup_pct = (uint32_t)jsl_rng_below(&w->rng, 3) * 5;
	x->late_pct = (uint32_t)jsl_rng_below(&w->rng, 3) * 3;
	x->late_us = world_between(w, 10 * MS, 2000 * MS);
	x->delay_max_us = world_between(w, 100, 20 * MS);
	x->sync_us = world_between(w, 0, 20 * MS);
	x->disk_pm = (uint32_t)jsl_rng_below(&w->rng, 3) * 50;
	x->disk_fail_pm = jsl_rng_below(&w->rng, 4) == 0 ? 10 : 0;
	x->timer_late_us = (uint32_t)jsl_rng_below(&w->rng, 2000);
	w->clocks_in_bound = jsl_rng_below(&w->rng, 8) != 0;
	w->opts.lease_us = world_between(w, 3, 8) * w->opts.heartbeat_us;
	w->opts.settle_us = world_between(w, 0, 3) * 250 * MS;
	w->opts.finalize_us = world_between(w, 0, 1) * 50 * MS;
	w->opts.prepare_us = world_between(w, 1, 4) * 50 * MS;
	for (size_t n = (w->n_voters - 1) / 2; n > 0; n--)
		w->losers |= UINT32_C(1) << jsl_rng_below(&w->rng, w->n_voters);
	for (size_t i = 0; i < w->n_nodes; i++) {
		uint64_t bound = w->clocks_in_bound ? 1000 : 300000;

		w->nodes[i].rate_ppm =
			(int64_t)world_between(w, 0, 2 * bound) - (int64_t)bound;
	}
}

/* All faults end: links, disks, processes. What is in flight still arrives. */
static void heal(struct world *w)
{
	w->on_fault = no_fault;
	memset(w->cut, 0, sizeof(w->cut));
	w->weather = (struct world_weather){
		.delay_min_us = 50, .delay_max_us = 2 * MS, .sync_us = 5 * MS};
	for (size_t i = 0; i < w->n_nodes; i++) {
		w->nodes[i].paused_until = 0;
		world_crash(w, i); /* a lost vote (failed disk) comes back by a restart */
		world_start(w, i);
	}
}

/* After the last fault: what was granted runs out while all are silent (D), then
 * settling, one choice and one failed candidate; the rest is for round trips, disks
 * and what was still in flight. */
static uint64_t heal_bound_us(const struct world *w)
{
	return w->opts.lease_us + w->opts.settle_us + w->opts.finalize_us +
	       w->opts.prepare_us + 500 * MS;
}

static bool run_seed(uint64_t seed, bool trace, struct totals *t)
{
	struct world *w = calloc(1, sizeof(*w));
	uint64_t healed;
	bool ok;

	world_init(w, seed, 1 + seed % WORLD_VOTERS_MAX, seed / 7 % 3);
	w->trace = trace;
	w->on_fault = fault;
	draw_weather(w);
	for (size_t i = 0; i < w->n_nodes; i++)
		world_start_at(w, i, w->now + world_between(w, 0, 1500 * MS));
	world_fault_at(w, w->now + world_between(w, 0, 2000 * MS));
	ok = world_run(w, w->now + FAULTS_US);
	healed = w->now;
	if (ok) {
		heal(w);
		ok = world_run_to_leader(w, w->now + heal_bound_us(w)) ||
		     world_fail(w, "no leader after healing", 0, 0);
	}
	if (ok && w->now - healed > t->heal_max_us) {
		t->heal_max_us = w->now - healed;
		t->heal_seed = seed;
	}
	ok = ok && world_run(w, w->now + 1000 * MS);
	if (!ok)
		printf("seed %" PRIu64 ": %s\n", seed, w->failure);
	t->events += w->n_events;
	for (size_t i = 0; i < WORLD_EPOCHS_MAX; i++)
		t->epochs += w->established[i] != 0;
	world_deinit(w);
	free(w);
	return ok;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool run_seeds(uint64_t n)
{
	struct totals t = {0};
	double from = seconds();

	for (uint64_t seed = 1; seed <= n; seed++)
		if (!run_seed(seed, false, &t))
			return false;
	printf("%" PRIu64 " seeds in %.1f s (%.0f seeds/s), %" PRIu64 " events, %" PRIu64
	       " epochs; slowest recovery %" PRIu64 " ms (seed %" PRIu64 ")\n",
	       n, seconds() - from, (double)n / (seconds() - from), t.events, t.epochs,
	       t.heal_max_us / 1000, t.heal_seed);
	return true;
}

int main(int argc, char **argv)
{
	uint64_t seeds = SEEDS, seed = 0;
	struct totals t = {0};
	const char *story = NULL;
	bool trace = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
			seeds = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--story") == 0 && i + 1 < argc)
			story = argv[++i];
		else if (strcmp(argv[i], "--trace") == 0)
			trace = true;
		else
			return 2;
	}
	if (seed != 0)
		return run_seed(seed, trace, &t) ? EXIT_SUCCESS : EXIT_FAILURE;
	if (story != NULL)
		return election_stories(story, trace) ? EXIT_SUCCESS : EXIT_FAILURE;
	return election_stories(NULL, false) && run_seeds(seeds) ? EXIT_SUCCESS
								 : EXIT_FAILURE;
}
