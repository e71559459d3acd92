/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole clusters in virtual time: seeds that have found something, what a user is
 * promised, one story each, then random histories by seed. After every event the
 * invariants of election and queue are checked; at the end everything heals, and
 * every job must be answered, and nothing held any more, within a stated bound.
 *
 *	test_sim_cluster [--unfit] [--seeds N] [--seed N [--trace]] [--stories]
 *
 * --unfit: workers become unfit and fit again, beside everything else.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster_corpus.h"
#include "cluster_stories.h"
#include "faults.h"
#include "history.h"

#ifdef JSL_SANITIZED
#define DEFAULT_SEEDS 150
#else
#define DEFAULT_SEEDS 1500
#endif

/* After the faults. */
#define BOUND_US MS(20000)

static struct world world;
static bool unfit;

static struct {
	uint64_t events, jobs, runs, again, hash;
} total;

static void add_to_total(const struct world *w)
{
	total.events += w->events;
	total.jobs += w->n_jobs;
	total.runs += w->n_runs;
	for (size_t i = 0; i < w->n_runs; i++)
		total.again += w->runs[i].before != WORLD_NONE;
	total.hash = total.hash * 31 + w->hash;
}

static bool run_seed(uint64_t seed, bool trace)
{
	struct world *w = &world;
	struct jsl_rng rng;
	int voters, workers, gateways; /* each drawn in its turn, in any build */
	bool good;

	jsl_rng_init(&rng, seed);
	voters = 3 + 2 * (int)jsl_rng_below(&rng, 3);
	workers = (int)jsl_rng_below(&rng, 2);
	gateways = 1 + (int)jsl_rng_below(&rng, 3);
	world_init(w, seed, voters, workers, gateways);
	w->trace = trace;
	w->turns_unfit = unfit;
	faults_draw(w);
	faults_start_all(w);
	(void)world_run(w, FAULTS_END_US, NULL);
	faults_end(w);
	if (!world_run(w, w->now + BOUND_US, history_is_over))
		world_violated(w, "%s 20 s after the faults",
			       history_all_answered(w) ? "something is held for nobody"
						       : "jobs are unanswered");
	good = w->violation[0] == '\0';
	if (!good || trace)
		printf("seed %" PRIu64 ": %s; replay with %s--seed %" PRIu64 " --trace\n",
		       seed, good ? "ok" : w->violation, unfit ? "--unfit " : "", seed);
	if (!good)
		world_dump(w);
	add_to_total(w);
	world_deinit(w);
	return good;
}

static int run_seeds(uint64_t first, uint64_t count, bool trace)
{
	int failed = 0;

	memset(&total, 0, sizeof(total));
	for (uint64_t seed = first; seed < first + count; seed++)
		failed += !run_seed(seed, trace);
	printf("%" PRIu64 " seeds, %d failed: %" PRIu64 " events, %" PRIu64
	       " jobs, %" PRIu64 " runs, %" PRIu64 " of them again, hash %016" PRIx64
	       "\n",
	       count, failed, total.events, total.jobs, total.runs, total.again,
	       total.hash);
	return failed;
}

static int run_corpus(void)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(cluster_corpus) / sizeof(cluster_corpus[0]); i++)
		failed += !run_seed(cluster_corpus[i], false);
	return failed;
}

static int run_all(void)
{
	int failed = run_corpus() + cluster_stories(&world) +
		     run_seeds(1, DEFAULT_SEEDS, false);

	unfit = true;
	return failed + run_seeds(1, DEFAULT_SEEDS / 5, false);
}

int main(int argc, char **argv)
{
	uint64_t seeds = 0, seed = 0;
	bool trace = false, stories = false;
	int failed;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0)
			trace = true;
		else if (strcmp(argv[i], "--unfit") == 0)
			unfit = true;
		else if (strcmp(argv[i], "--stories") == 0)
			stories = true;
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
			seeds = strtoull(argv[++i], NULL, 10);
		else
			return EXIT_FAILURE;
	}
	if (stories)
		failed = cluster_stories(&world);
	else if (seed != 0 || seeds != 0)
		failed = run_seeds(seed != 0 ? seed : 1, seeds != 0 ? seeds : 1, trace);
	else
		failed = run_all();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
