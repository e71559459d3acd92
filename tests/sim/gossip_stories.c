/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults with a stated end: partitions that must heal in time (G2), nodes that are
 * starved (Lifeguard's case), a few links that are much worse than the others, a
 * large cluster.
 */

#include <stdlib.h>

#include "gossip_sim.h"

#define SETTLE_S_MAX 120

/* Declared failed while they ran. */
struct wrong {
	const struct sim *sim;
	size_t sick; /* the nodes before this one are known to be in trouble */
	uint64_t of_well, of_sick, healed;
};

static void count_wrong(void *arg, size_t node, const struct jsl_gossip_change *c)
{
	struct wrong *w = arg;
	size_t about = sim_index(c->entry.id);

	w->healed += c->type == JSL_GOSSIP_HEALED;
	if (c->type != JSL_GOSSIP_FAILURE || w->sim->nodes[about].g == NULL ||
	    node < w->sick)
		return;
	if (about < w->sick)
		w->of_sick++;
	else
		w->of_well++;
}

static void watch(struct sim *sim, struct wrong *w, size_t sick)
{
	*w = (struct wrong){.sim = sim, .sick = sick};
	sim->on_change = count_wrong;
	sim->arg = w;
}

struct sim *sim_settled(size_t n, uint64_t seed, bool unchecked)
{
	struct sim *sim = sim_new(n, seed);

	sim->unchecked = unchecked;
	for (size_t i = 0; i < n; i++)
		sim_start(sim, i, 0, 1);
	for (int s = 0; !sim_converged(sim); s++) {
		if (s == SETTLE_S_MAX)
			sim_violation(sim, 0, "not all met in two minutes");
		sim_run(sim, sim->net.now_us + SIM_SECOND);
	}
	sim_run(sim, sim->net.now_us + 10 * SIM_SECOND);
	return sim;
}

/* How long until all tables are equal; a violation if longer than @max_us. */
static uint64_t run_to_agreement(struct sim *sim, uint64_t max_us, const char *what)
{
	uint64_t from = sim->net.now_us;

	while (!sim_converged(sim)) {
		sim_run(sim, sim->net.now_us + SIM_SECOND / 20);
		if (sim->net.now_us - from > max_us)
			sim_violation(sim, 0, what);
	}
	return sim->net.now_us - from;
}

/* Halves, cut for @cut_s seconds: all know all again in time, and are told so. */
uint64_t sim_heal(size_t n, uint64_t cut_s, uint64_t seed)
{
	struct sim *sim = sim_settled(n, seed, false);
	bool *side = net_must(calloc(n, sizeof(*side)));
	struct wrong w;
	uint64_t took;

	watch(sim, &w, 0);
	for (size_t i = 0; i < n; i++)
		side[i] = i < n / 2;
	net_partition(&sim->net, side, true);
	sim_run(sim, sim->net.now_us + cut_s * SIM_SECOND);
	if (sim_converged(sim))
		sim_violation(sim, 0, "a partition was not noticed");
	net_partition(&sim->net, side, false);
	took = run_to_agreement(sim, SIM_HEAL_MAX, "a partition does not heal");
	sim_run(sim, sim->net.now_us + 3 * SIM_SECOND);
	if (w.healed < n)
		sim_violation(sim, 0, "a partition healed, and not all were told");
	free(side);
	sim_free(sim);
	return took;
}

/* Some stand still most of the time: nobody well may be declared failed for it. */
struct wrong_counts sim_starve(size_t n, size_t starved, uint64_t seconds, uint64_t seed)
{
	struct sim *sim = sim_settled(n, seed, false);
	struct wrong w;

	watch(sim, &w, starved);
	for (uint64_t s = 0; s < seconds; s += 2) {
		for (size_t i = 0; i < starved; i++)
			sim_pause(sim, i, 500000 + jsl_rng_below(&sim->net.rng, 1500000));
		sim_run(sim, sim->net.now_us + 2 * SIM_SECOND);
	}
	if (w.of_well > 0)
		sim_violation(sim, 0, "starved nodes made others fail");
	run_to_agreement(sim, SIM_HEAL_MAX, "starved nodes do not recover");
	sim_free(sim);
	return (struct wrong_counts){w.of_well, w.of_sick};
}

/* 80 % loss at a few: they may be thought dead, the others may not. */
struct wrong_counts sim_bad_links(size_t n, size_t bad, uint64_t seconds, uint64_t seed)
{
	struct sim *sim = sim_settled(n, seed, false);
	struct wrong w;

	watch(sim, &w, bad);
	for (size_t i = 0; i < bad; i++)
		sim->net.nodes[i].loss_pm = 800;
	sim_run(sim, sim->net.now_us + seconds * SIM_SECOND);
	if (w.of_well > 0)
		sim_violation(sim, 0, "bad links made others fail");
	for (size_t i = 0; i < bad; i++)
		sim->net.nodes[i].loss_pm = 0;
	run_to_agreement(sim, SIM_HEAL_MAX, "nodes with bad links do not recover");
	sim_free(sim);
	return (struct wrong_counts){w.of_well, w.of_sick};
}

/* Many join at once, one dies, all know it. */
static void large(size_t n, uint64_t seed)
{
	struct sim *sim = sim_settled(n, seed, false);

	sim_crash(sim, n / 2);
	run_to_agreement(sim, 60 * SIM_SECOND, "a crash is not known by all");
	sim_free(sim);
}

void sim_stories(uint64_t seed)
{
	sim_heal(5, 60, seed);
	sim_heal(2, 600, seed);
	sim_heal(20, 20, seed);
	sim_starve(16, 3, 60, seed);
	sim_bad_links(100, 1, 60, seed);
	large(300, seed);
}
