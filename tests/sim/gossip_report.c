/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures from virtual time, each over many seeds: how soon a crash is suspected,
 * declared and known by all, with and without a hint; suspicions and failures of
 * nodes that ran; datagrams per node; healing of partitions; starved nodes.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gossip_sim.h"

struct watch {
	size_t suspected, failed; /* nodes that have said so of it */
	uint64_t first_suspect_us, first_failed_us, all_failed_us;
	uint64_t false_suspects, false_failures, healthy_failures;
	size_t healthy_from; /* the nodes from this one on are well */
};

static void on_change(struct sim *sim, size_t node, const struct jsl_gossip_change *c)
{
	struct watch *w = sim->arg;
	bool dead = sim->nodes[sim_index(c->entry.id)].g == NULL;

	(void)node;
	if (c->type == JSL_GOSSIP_SUSPECTED && !dead)
		w->false_suspects++;
	if (c->type == JSL_GOSSIP_FAILURE && !dead) {
		w->false_failures++;
		w->healthy_failures += sim_index(c->entry.id) >= w->healthy_from;
	}
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
		sim_start(sim, i, 0, 1);
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

static void report_detection(void)
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

uint64_t sim_heal(size_t n, uint64_t cut_s, uint64_t seed)
{
	struct figures f = {0};
	struct watch w = {0};
	struct sim *sim = settle(&f, &w, n, 0, seed, 1);
	bool side[SIM_NODES_MAX];
	uint64_t mended, took;

	for (size_t i = 0; i < n; i++)
		side[i] = i < n / 2;
	sim_partition(sim, side, true);
	sim_run(sim, sim->now_us + cut_s * SIM_SECOND);
	sim_partition(sim, side, false);
	for (mended = sim->now_us; !sim_converged(sim);) {
		sim_run(sim, sim->now_us + SIM_SECOND / 20);
		if (sim->now_us - mended > SIM_HEAL_MAX)
			sim_violation(sim, 0, "a partition does not heal");
	}
	took = sim->now_us - mended;
	sim_deinit(sim);
	free(sim);
	return took;
}

static void report_healing(size_t n, uint64_t cut_s)
{
	double seconds[40];
	size_t runs = n >= 64 ? 10 : 40;

	for (size_t run = 0; run < runs; run++)
		seconds[run] = (double)sim_heal(n, cut_s, 1 + run) / 1e6;
	printf("healing, n = %zu, cut for %llu s: p50 %.2f s, max %.2f s\n", n,
	       (unsigned long long)cut_s, quantile(seconds, runs, 50),
	       quantile(seconds, runs, 100));
	fflush(stdout);
}

/* Lifeguard's case: some nodes stand still most of the time. */
static void report_starved(size_t n, size_t starved)
{
	struct figures f = {0};
	struct watch w = {0};
	struct sim *sim = settle(&f, &w, n, 0, 1, 1);
	size_t slow = 0;

	w = (struct watch){.healthy_from = starved};
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < starved; i++)
			sim_pause(sim, i, 500000 + jsl_rng_below(&sim->rng, 1500000));
		sim_run(sim, sim->now_us + 2 * SIM_SECOND);
	}
	slow = w.false_failures - w.healthy_failures;
	printf("starved, n = %zu, %zu of them stand still 60 %% of 400 s: healthy "
	       "members "
	       "declared failed %llu times, starved ones %zu times\n",
	       n, starved, (unsigned long long)w.healthy_failures, slow);
	sim_deinit(sim);
	free(sim);
}

void sim_report(void)
{
	report_healing(2, 60);
	report_healing(5, 60);
	report_healing(8, 3600);
	report_healing(64, 60);
	report_starved(8, 1);
	report_starved(16, 3);
	report_starved(64, 8);
	report_detection();
}
