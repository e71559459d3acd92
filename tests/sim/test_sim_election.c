/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The election under every fault that a seed can draw, and stories of single ones
 * (doc/proofs.md), in virtual time.
 *
 *	test_sim_election                      both
 *	test_sim_election --seeds N            the seeds 1..N
 *	test_sim_election --seed N [--trace]   one of them
 *	test_sim_election --stories
 *	test_sim_election --story NAME [--trace]
 *
 * A failure prints the seed that repeats it. The hash is one number for all that
 * happened: any build of the same source prints the same.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "election_corpus.h"
#include "election_stories.h"
#include "election_world.h"

#if defined(JSL_SANITIZED)
#define SEEDS 500
#else
#define SEEDS 10000
#endif

#define FAULTS_US (12000 * MS)

struct totals {
	uint64_t events, epochs, raises, refused, transfers;
	uint64_t heal_max_us, heal_seed, limited, hash;
};

static void sum_up(struct totals *t, const struct world *w)
{
	t->events += w->n_events;
	t->raises += w->n_raises;
	t->refused += w->n_refused;
	t->transfers += w->n_transfers;
	t->hash = t->hash * 31 + w->hash;
	for (size_t i = 0; i < WORLD_EPOCHS_MAX; i++)
		t->epochs += w->established[i] != 0;
}

/* The bound grows with each candidate that fails. */
static bool run_to_leader_in_bound(struct world *w, uint64_t healed)
{
	uint64_t until;

	do {
		until = healed + world_heal_bound_us(w);
		if (world_run_to_leader(w, until))
			return true;
	} while (w->failure[0] == '\0' && until < healed + world_heal_bound_us(w));
	return false;
}

/* A leader within the bound, and within another lease's time nobody is left out. */
static bool recover(struct world *w, struct totals *t)
{
	uint64_t healed = w->now;

	world_heal(w);
	if (!world_may_have_leader(w)) {
		t->limited++;
		return true;
	}
	if (!run_to_leader_in_bound(w, healed))
		return world_fail(w, "no leader after healing", 0, 0);
	if (w->now - healed > t->heal_max_us) {
		t->heal_max_us = w->now - healed;
		t->heal_seed = w->seed;
	}
	if (!world_run(w, w->now + world_heal_bound_us(w)))
		return false;
	return world_is_settled(w) ||
	       world_fail(w, "somebody follows nobody after healing", 0, 0);
}

static bool run_seed(uint64_t seed, bool trace, struct totals *t)
{
	struct world *w = calloc(1, sizeof(*w));
	bool ok;

	world_init(w, seed, 1 + seed % WORLD_VOTERS_MAX, seed / 7 % 3);
	w->trace = trace;
	world_draw(w);
	ok = world_run(w, w->now + FAULTS_US) && recover(w, t);
	if (!ok)
		printf("seed %" PRIu64 ": %s\n", seed, w->failure);
	sum_up(t, w);
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
	double from = seconds(), took;

	for (uint64_t seed = 1; seed <= n; seed++)
		if (!run_seed(seed, false, &t))
			return false;
	took = seconds() - from;
	printf("%" PRIu64 " seeds in %.1f s (%.0f seeds/s), %" PRIu64
	       " events (%.2g events/s)\n",
	       n, took, (double)n / took, t.events, (double)t.events / took);
	printf("%" PRIu64 " without a leader by R12, %" PRIu64 " leaders, %" PRIu64
	       " raises, %" PRIu64 " transfers, %" PRIu64
	       " refusals; slowest recovery %" PRIu64 " ms (seed %" PRIu64 ")\n",
	       t.limited, t.epochs, t.raises, t.transfers, t.refused,
	       t.heal_max_us / 1000, t.heal_seed);
	printf("hash %016" PRIx64 "\n", t.hash);
	return true;
}

static bool run_corpus(void)
{
	struct totals t = {0};

	for (size_t i = 0; i < sizeof(election_corpus) / sizeof(election_corpus[0]); i++)
		if (!run_seed(election_corpus[i], false, &t))
			return false;
	return true;
}

/* One seed, to look at, or for its hash. */
static int replay(uint64_t seed, bool trace)
{
	struct totals t = {0};
	bool ok = run_seed(seed, trace, &t);

	printf("hash %016" PRIx64 "\n", t.hash);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	uint64_t seeds = 0, seed = 0;
	const char *story = NULL;
	bool trace = false, stories = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
			seeds = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--story") == 0 && i + 1 < argc)
			story = argv[++i];
		else if (strcmp(argv[i], "--stories") == 0)
			stories = true;
		else if (strcmp(argv[i], "--trace") == 0)
			trace = true;
		else
			return 2;
	}
	if (seed != 0)
		return replay(seed, trace);
	if (story != NULL || stories)
		return election_stories(story, trace) ? EXIT_SUCCESS : EXIT_FAILURE;
	if (seeds != 0)
		return run_seeds(seeds) ? EXIT_SUCCESS : EXIT_FAILURE;
	return election_stories(NULL, false) && run_corpus() && run_seeds(SEEDS)
		       ? EXIT_SUCCESS
		       : EXIT_FAILURE;
}
