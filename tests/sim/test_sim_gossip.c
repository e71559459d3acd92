/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole clusters of gossip cores under random faults: loss up to 30 %,
 * duplication, delay, one-way cuts, partitions, crashes, restarts, leaves, true
 * and false hints, processes that stand still. The invariants hold after every event
 *(gossip_sim.c); when the faults stop, all tables become equal within a stated time.
 *
 *	--seed N --seeds N   which runs; --trace prints every change
 *	--report[=N,...]     figures, of N nodes; see gossip_compare.c; without N of
 *	                     8,64,256,1000 (some minutes), and of gossip_report.c
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gossip_sim.h"

/* In make check; also what the sanitizer build affords. */
#define SEEDS_DEFAULT 40

#define NODES_MAX 100

/* After the last fault: a look at the dead, a sync or two, and clean-up. */
#define CONVERGE_US (90 * SIM_SECOND)

static size_t pick(struct sim *sim)
{
	return jsl_rng_below(&sim->net.rng, sim->n);
}

static void start(struct sim *sim, size_t i)
{
	if (sim->nodes[i].g == NULL)
		sim_start(sim, i, 0, pick(sim));
}

static void set_meta(struct sim *sim, size_t i)
{
	char meta[JSL_GOSSIP_META_MAX];
	size_t len = jsl_rng_below(&sim->net.rng, sizeof(meta) + 1);

	memset(meta, (int)jsl_rng_below(&sim->net.rng, 256), sizeof(meta));
	sim_give(sim, i,
		 (struct jsl_gossip_event){
			 .type = JSL_GOSSIP_EV_META, .meta = meta, .meta_len = len});
}

static void partition(struct sim *sim)
{
	bool side[NODES_MAX];

	for (size_t i = 0; i < sim->n; i++)
		side[i] = jsl_rng_below(&sim->net.rng, 2) == 0;
	sim_trace(sim, "partition");
	net_partition(&sim->net, side, true);
}

static void mend(struct sim *sim)
{
	sim_trace(sim, "all links mended");
	net_mend(&sim->net);
}

static void leave(struct sim *sim, size_t i)
{
	if (sim->nodes[i].g == NULL)
		return;
	sim_trace(sim, "%llu: leaves", (unsigned long long)sim->nodes[i].id);
	sim_give(sim, i, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_LEAVE});
	sim_run(sim, sim->net.now_us + SIM_SECOND);
	sim_crash(sim, i);
}

static void fault(struct sim *sim)
{
	size_t i = pick(sim), j = pick(sim);

	switch (jsl_rng_below(&sim->net.rng, 11)) {
	case 0:
	case 1:
		if (sim->nodes[i].g != NULL)
			sim_crash(sim, i);
		break;
	case 2: start(sim, i); break;
	case 3:
		if (sim->nodes[i].g != NULL)
			sim_crash(sim, i);
		start(sim, i);
		break;
	case 4:
		sim_trace(sim, "cut %zu -> %zu", (i + 1) * 10, (j + 1) * 10);
		net_cut(&sim->net, i, j);
		break;
	case 5: partition(sim); break;
	case 6:
	case 7: mend(sim); break;
	case 8:
		if (jsl_rng_below(&sim->net.rng, 3) == 0)
			leave(sim, i);
		else
			set_meta(sim, i);
		break;
	case 9:
		sim_give(sim, i,
			 (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_REFUSED,
						   .id = sim->nodes[j].id});
		break;
	case 10: sim_pause(sim, i, jsl_rng_below(&sim->net.rng, 10 * SIM_SECOND)); break;
	}
}

/* The size, quality of the links and length of a run, mostly small. */
static struct sim *shape(uint64_t seed)
{
	struct jsl_rng rng;
	struct sim *sim;
	size_t n;

	jsl_rng_init(&rng, seed * 2 + 1);
	n = seed % 20 == 19 ? NODES_MAX : 3 + jsl_rng_below(&rng, 16);
	sim = sim_new(n, seed);
	sim->net.loss_pm = (uint32_t)jsl_rng_below(&rng, 4) * 100;
	sim->net.dup_pm = (uint32_t)jsl_rng_below(&rng, 100);
	sim->net.delay_max_us = 1000 + jsl_rng_below(&rng, 50000);
	/* In one of four, a node with a link that is much worse. */
	if (jsl_rng_below(&rng, 4) == 0)
		sim->net.nodes[jsl_rng_below(&rng, n)].loss_pm = 800;
	return sim;
}

static uint64_t run_seed(uint64_t seed, bool trace, uint64_t *ret_steps)
{
	struct sim *sim = shape(seed);
	uint64_t end, hash;

	sim->trace = trace;
	for (size_t i = 0; i < sim->n; i++) {
		start(sim, i);
		sim_run(sim, sim->net.now_us + jsl_rng_below(&sim->net.rng, SIM_SECOND));
	}
	end = sim->net.now_us + (20 + jsl_rng_below(&sim->net.rng, 60)) * SIM_SECOND;
	while (sim->net.now_us < end) {
		sim_run(sim,
			sim->net.now_us + jsl_rng_below(&sim->net.rng, 6 * SIM_SECOND));
		fault(sim);
	}
	mend(sim);
	sim->net.loss_pm = sim->net.dup_pm = 0;
	for (size_t i = 0; i < sim->n; i++)
		sim->net.nodes[i].loss_pm = 0;
	start(sim, 0);
	end = sim->net.now_us + CONVERGE_US;
	while (!sim_converged(sim)) {
		if (sim->net.now_us >= end)
			sim_violation(sim, 0, "the tables do not converge");
		sim_run(sim, sim->net.now_us + SIM_SECOND);
	}
	sim_trace(sim, "converged %.0f s after the last fault",
		  (double)(sim->net.now_us + CONVERGE_US - end) / 1e6);
	*ret_steps += sim->net.n_steps;
	hash = sim->net.hash;
	sim_free(sim);
	return hash;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"seed", required_argument, NULL, 's'},
						{"seeds", required_argument, NULL, 'n'},
						{"trace", no_argument, NULL, 't'},
						{"report", optional_argument, NULL, 'r'},
						{0}};
	uint64_t first = 1, n = 0, steps = 0, hash = 0;
	bool trace = false, one = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			first = strtoull(optarg, NULL, 10);
			one = true;
			break;
		case 'n': n = strtoull(optarg, NULL, 10); break;
		case 't': trace = true; break;
		case 'r':
			if (optarg == NULL)
				sim_report();
			sim_compare(optarg != NULL ? optarg : "8,64,256,1000");
			return EXIT_SUCCESS;
		default: return 2;
		}
	}
	if (n == 0)
		n = one ? 1 : SEEDS_DEFAULT;
	for (uint64_t seed = first; seed < first + n; seed++)
		hash = hash * 31 + run_seed(seed, trace, &steps);
	sim_stories(first);
	if (run_seed(first, false, &steps) != run_seed(first, false, &steps)) {
		printf("seed %llu: two runs differ\n", (unsigned long long)first);
		return EXIT_FAILURE;
	}
	printf("%llu seeds, %llu steps, hash %016llx\n", (unsigned long long)n,
	       (unsigned long long)steps, (unsigned long long)hash);
	return EXIT_SUCCESS;
}
