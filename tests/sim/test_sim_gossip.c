/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole clusters of gossip cores under random faults: loss up to 30 %,
 * duplication, delay, one-way cuts, partitions, crashes, restarts, leaves, true
 * and false hints. The invariants hold after every event (gossip_sim.c); when the
 * faults stop, all tables become equal within a stated time.
 *
 *	--seed N --seeds N   which runs; --trace prints every change
 *	--report             figures: detection, dissemination, false positives, load
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gossip_sim.h"

/* In make check; also what the sanitizer build affords. */
#define SEEDS_DEFAULT 60

/* After the last fault: a look at the dead, a sync or two, and clean-up. */
#define CONVERGE_US (90 * SIM_SECOND)

static size_t pick(struct sim *sim)
{
	return jsl_rng_below(&sim->rng, sim->n);
}

static void start(struct sim *sim, size_t i)
{
	if (sim->nodes[i].g == NULL)
		sim_start(sim, i, 0, pick(sim));
}

static void set_meta(struct sim *sim, size_t i)
{
	char meta[JSL_GOSSIP_META_MAX];
	size_t len = jsl_rng_below(&sim->rng, sizeof(meta) + 1);

	memset(meta, (int)jsl_rng_below(&sim->rng, 256), sizeof(meta));
	sim_give(sim, i,
		 (struct jsl_gossip_event){
			 .type = JSL_GOSSIP_EV_META, .meta = meta, .meta_len = len});
}

static void partition(struct sim *sim)
{
	bool side[SIM_NODES_MAX];

	for (size_t i = 0; i < sim->n; i++)
		side[i] = jsl_rng_below(&sim->rng, 2) == 0;
	sim_trace(sim, "partition");
	sim_partition(sim, side, true);
}

static void mend(struct sim *sim)
{
	sim_trace(sim, "all links mended");
	memset(sim->cut, 0, sizeof(sim->cut));
}

static void leave(struct sim *sim, size_t i)
{
	if (sim->nodes[i].g == NULL)
		return;
	sim_trace(sim, "%llu: leaves", (unsigned long long)sim->nodes[i].id);
	sim_give(sim, i, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_LEAVE});
	sim_run(sim, sim->now_us + SIM_SECOND);
	sim_crash(sim, i);
}

static void fault(struct sim *sim)
{
	size_t i = pick(sim), j = pick(sim);

	switch (jsl_rng_below(&sim->rng, 10)) {
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
		sim->cut[i][j] = true;
		break;
	case 5: partition(sim); break;
	case 6:
	case 7: mend(sim); break;
	case 8:
		if (jsl_rng_below(&sim->rng, 3) == 0)
			leave(sim, i);
		else
			set_meta(sim, i);
		break;
	case 9:
		sim_give(sim, i,
			 (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_REFUSED,
						   .id = sim->nodes[j].id});
		break;
	}
}

/* The size, quality of the links and length of a run, mostly small. */
static void shape(struct sim *sim, uint64_t seed)
{
	struct jsl_rng rng;
	size_t n;

	jsl_rng_init(&rng, seed * 2 + 1);
	n = seed % 20 == 19 ? 100 : 3 + jsl_rng_below(&rng, 16);
	sim_init(sim, n, seed);
	sim->loss_pm = (uint32_t)jsl_rng_below(&rng, 4) * 100;
	sim->dup_pm = (uint32_t)jsl_rng_below(&rng, 100);
	sim->delay_max_us = 1000 + jsl_rng_below(&rng, 50000);
}

static uint64_t run_seed(uint64_t seed, bool trace, uint64_t *ret_steps)
{
	struct sim *sim = malloc(sizeof(*sim));
	uint64_t end, hash;

	if (sim == NULL)
		abort();
	shape(sim, seed);
	sim->trace = trace;
	for (size_t i = 0; i < sim->n; i++) {
		start(sim, i);
		sim_run(sim, sim->now_us + jsl_rng_below(&sim->rng, SIM_SECOND));
	}
	end = sim->now_us + (20 + jsl_rng_below(&sim->rng, 60)) * SIM_SECOND;
	while (sim->now_us < end) {
		sim_run(sim, sim->now_us + jsl_rng_below(&sim->rng, 6 * SIM_SECOND));
		fault(sim);
	}
	mend(sim);
	sim->loss_pm = sim->dup_pm = 0;
	start(sim, 0);
	end = sim->now_us + CONVERGE_US;
	while (!sim_converged(sim)) {
		if (sim->now_us >= end)
			sim_violation(sim, 0, "the tables do not converge");
		sim_run(sim, sim->now_us + SIM_SECOND);
	}
	sim_trace(sim, "converged %.0f s after the last fault",
		  (double)(sim->now_us + CONVERGE_US - end) / 1e6);
	*ret_steps += sim->n_steps;
	hash = sim->hash;
	sim_deinit(sim);
	free(sim);
	return hash;
}

/* ---- figures ---- */

struct watch {
	size_t suspected, failed; /* nodes that have said so of it */
	uint64_t first_suspect_us, first_failed_us, all_failed_us;
	uint64_t false_suspects, false_failures;
};

static void on_change(struct sim *sim, size_t node, const struct jsl_gossip_change *c)
{
	struct watch *w = sim->arg;
	bool dead = sim->nodes[sim_index(c->entry.id)].g == NULL;

	(void)node;
	if (c->type == JSL_GOSSIP_SUSPECTED && !dead)
		w->false_suspects++;
	if (c->type == JSL_GOSSIP_FAILURE && !dead)
		w->false_failures++;
	if (!dead)
		return;
	if (c->type == JSL_GOSSIP_SUSPECTED && w->suspected++ == 0)
		w->first_suspect_us = sim->now_us;
	if (c->type == JSL_GOSSIP_FAILURE) {
		if (w->failed++ == 0)
			w->first_failed_us = sim->now_us;
		w->all_failed_us = sim->now_us;
	}
}

struct figures {
	double suspect[1000], failed[1000], all[1000];
	size_t n, unknown;
	double datagrams, bytes, node_hours;
	uint64_t false_suspects, false_failures;
};

static void count_load(struct sim *sim, struct figures *f, double seconds, size_t runs)
{
	uint64_t sent = 0, bytes = 0;

	for (size_t i = 0; i < sim->n; i++) {
		sent += sim->nodes[i].sent;
		bytes += sim->nodes[i].bytes;
		sim->nodes[i].sent = sim->nodes[i].bytes = 0;
	}
	f->datagrams += (double)sent / seconds / (double)sim->n / (double)runs;
	f->bytes += (double)bytes / seconds / (double)sim->n / (double)runs;
}

/* All started and at rest, then watched for a while on lossy links. */
static struct sim *settle(struct figures *f, struct watch *w, size_t n, uint32_t loss_pm,
			  uint64_t seed, size_t runs)
{
	struct sim *sim = malloc(sizeof(*sim));

	if (sim == NULL)
		abort();
	sim_init(sim, n, seed);
	for (size_t i = 0; i < n; i++)
		start(sim, i);
	sim_run(sim, sim->now_us + 20 * SIM_SECOND);
	sim->loss_pm = loss_pm;
	sim->arg = w;
	sim->on_change = on_change;
	for (size_t i = 0; i < n; i++)
		sim->nodes[i].sent = sim->nodes[i].bytes = 0;
	sim_run(sim,
		sim->now_us + 20 * SIM_SECOND + jsl_rng_below(&sim->rng, SIM_SECOND));
	count_load(sim, f, 20.5, runs);
	return sim;
}

static void measure(struct figures *f, size_t n, uint32_t loss_pm, bool hint,
		    uint64_t seed, size_t runs)
{
	struct watch w = {0};
	struct sim *sim = settle(f, &w, n, loss_pm, seed, runs);
	size_t victim = 1 + jsl_rng_below(&sim->rng, n - 1);
	uint64_t died = sim->now_us;

	sim_crash(sim, victim);
	if (hint) {
		sim_run(sim, died + 20000);
		sim_give(sim, 0,
			 (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_REFUSED,
						   .id = sim->nodes[victim].id});
	}
	sim_run(sim, died + 25 * SIM_SECOND);
	f->false_suspects += w.false_suspects;
	f->false_failures += w.false_failures;
	f->node_hours += (double)n * 45 / 3600;
	if (w.failed < n - 1) {
		f->unknown++;
	} else {
		f->suspect[f->n] = (double)(w.first_suspect_us - died) / 1e6;
		f->failed[f->n] = (double)(w.first_failed_us - died) / 1e6;
		f->all[f->n++] = (double)(w.all_failed_us - died) / 1e6;
	}
	sim_deinit(sim);
	free(sim);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *x, size_t n, size_t percent)
{
	qsort(x, n, sizeof(x[0]), compare);
	return n == 0 ? 0 : x[(n - 1) * percent / 100];
}

static void report_line(size_t n, uint32_t loss_pm, bool hint)
{
	static struct figures f;
	size_t runs = n >= 64 ? 40 : 200;

	memset(&f, 0, sizeof(f));
	for (size_t i = 0; i < runs; i++)
		measure(&f, n, loss_pm, hint, 1 + i, runs);
	printf("%4zu %5.0f%% %-7s %5.2f %5.2f  %5.2f %5.2f  %5.2f %5.2f %4zu %8llu %6llu "
	       "%8.1f %6.1f %7.0f\n",
	       n, loss_pm / 10.0, hint ? "refused" : "silent",
	       quantile(f.suspect, f.n, 50), quantile(f.suspect, f.n, 99),
	       quantile(f.failed, f.n, 50), quantile(f.failed, f.n, 99),
	       quantile(f.all, f.n, 50), quantile(f.all, f.n, 99), f.unknown,
	       (unsigned long long)f.false_suspects, (unsigned long long)f.false_failures,
	       f.node_hours, f.datagrams, f.bytes);
	fflush(stdout);
}

static void report(void)
{
	static const size_t sizes[] = {3, 5, 8, 16, 64, 100};

	printf("seconds from a crash, p50 p99; not all: runs in which some did not learn "
	       "it within 25 s;\nfalse: suspicions and failures of nodes that ran; per "
	       "node and second: datagrams, bytes (estimate)\n"
	       "   n   loss hint    suspected    failed       all know   not all   false "
	       "failed  node-h  dgram   bytes\n");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		report_line(sizes[i], 0, false);
		report_line(sizes[i], 50, false);
		report_line(sizes[i], 200, false);
		report_line(sizes[i], 0, true);
		report_line(sizes[i], 50, true);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"seed", required_argument, NULL, 's'},
						{"seeds", required_argument, NULL, 'n'},
						{"trace", no_argument, NULL, 't'},
						{"report", no_argument, NULL, 'r'},
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
		case 'r': report(); return EXIT_SUCCESS;
		default: return 2;
		}
	}
	if (n == 0)
		n = one ? 1 : SEEDS_DEFAULT;
	for (uint64_t seed = first; seed < first + n; seed++)
		hash = hash * 31 + run_seed(seed, trace, &steps);
	if (run_seed(first, false, &steps) != run_seed(first, false, &steps)) {
		printf("seed %llu: two runs differ\n", (unsigned long long)first);
		return EXIT_FAILURE;
	}
	printf("%llu seeds, %llu steps, hash %016llx\n", (unsigned long long)n,
	       (unsigned long long)steps, (unsigned long long)hash);
	return EXIT_SUCCESS;
}
