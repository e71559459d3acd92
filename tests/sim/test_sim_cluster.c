/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole clusters in virtual time: first what a user is promised, one scenario
 * each, then random ones by seed. After every event the invariants of election
 * and queue are checked; at the end everything heals and every job must be
 * answered within a stated bound.
 *
 *	test_sim_cluster [--seeds N] [--seed N [--trace]]
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#ifdef __SANITIZE_ADDRESS__
#define DEFAULT_SEEDS 200
#else
#define DEFAULT_SEEDS 2000
#endif

/* Random scenarios: faults and jobs until then, and all must be well by then. */
#define FAULTS_END_US MS(12000)
#define BOUND_US      MS(20000)

static struct world world;

static void start_all(struct world *w)
{
	for (int i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].cluster == NULL)
			world_start(w, i);
}

static int first_gateway(const struct world *w)
{
	return w->n_peers;
}

static bool has_leader(struct world *w)
{
	return world_leader(w) >= 0;
}

static bool some_job_runs(struct world *w)
{
	return w->n_runs > 0;
}

static void expect(struct world *w, bool good, const char *what)
{
	if (!good)
		world_violated(w, "%s", what);
}

/* ---- scenarios ---- */

static void highest_id_leads(struct world *w)
{
	start_all(w);
	expect(w, world_run(w, MS(3000), has_leader), "no leader in 3 s");
	expect(w, world_leader(w) == w->n_peers - 1, "not the highest id leads");
}

static void rejoiner_follows(struct world *w)
{
	int highest = w->n_peers - 1;

	highest_id_leads(w);
	world_crash(w, highest);
	(void)world_run(w, w->now + MS(3000), NULL);
	expect(w, world_leader(w) == highest - 1, "not the next highest id leads");
	world_start(w, highest);
	(void)world_run(w, w->now + MS(3000), NULL);
	expect(w, world_leader(w) == highest - 1, "the rejoiner caused an election");
	expect(w, jsl_cluster_role(w->nodes[highest].cluster) == JSL_ELECTION_FOLLOWING,
	       "the rejoiner does not follow");
}

static void no_leader_without_a_quorum(struct world *w)
{
	int survivors = w->n_peers / 2;

	highest_id_leads(w);
	for (int i = survivors; i < w->n_peers; i++)
		world_crash(w, i);
	(void)world_run(w, w->now + MS(1000), NULL);
	expect(w, !world_run(w, w->now + MS(5000), has_leader) && world_leader(w) < 0,
	       "a minority has a leader");
}

static void submit_three(struct world *w)
{
	w->run_min = w->run_max = MS(4000);
	for (int i = 0; i < 3; i++)
		history_submit(w, first_gateway(w));
}

static void leaders_death_reruns_nothing(struct world *w)
{
	highest_id_leads(w);
	submit_three(w);
	(void)world_run(w, w->now + MS(1000), NULL);
	expect(w, w->n_runs == 3, "not all three run");
	world_crash(w, world_leader(w));
	expect(w, world_run(w, w->now + MS(8000), history_all_answered), "not answered");
	for (int i = 0; i < 3; i++)
		expect(w, w->jobs[i].attempt == 1 && w->jobs[i].runs == 1, "ran again");
}

static void workers_death_reruns_elsewhere(struct world *w)
{
	highest_id_leads(w);
	submit_three(w);
	expect(w, world_run(w, w->now + MS(1000), some_job_runs), "nothing runs");
	(void)world_run(w, w->now + MS(100), NULL);
	world_crash(w, w->runs[0].node);
	expect(w, world_run(w, w->now + MS(15000), history_all_answered), "not answered");
	expect(w, w->jobs[w->runs[0].job].attempt == 2, "not the second attempt");
}

static void early_request_waits_for_the_leader(struct world *w)
{
	world_start(w, first_gateway(w));
	history_submit(w, first_gateway(w));
	(void)world_run(w, MS(2000), NULL);
	start_all(w);
	expect(w, world_run(w, w->now + MS(5000), history_all_answered), "not answered");
}

static void clean_stop_hands_over_at_once(struct world *w)
{
	int old = w->n_peers - 1;
	uint64_t at;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(1000), NULL);
	at = w->now;
	world_leave(w, old);
	(void)world_run(w, w->now + MS(1), NULL);
	expect(w, world_run(w, w->now + MS(1000), has_leader), "no leader in 1 s");
	expect(w, world_leader(w) == old - 1, "not the next highest id leads");
	expect(w, w->now - at < MS(30), "the lease was waited for");
}

/* R13: the connections it had are reset, its port refuses. */
static void killed_leader_is_not_waited_for(struct world *w)
{
	int old = w->n_peers - 1, gateway = first_gateway(w);
	uint64_t at;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(1000), NULL);
	at = w->now;
	world_crash(w, old);
	expect(w, world_run(w, w->now + MS(1000), has_leader), "no leader in 1 s");
	expect(w, world_leader(w) == old - 1, "not the next highest id leads");
	expect(w, w->now - at < MS(60), "the lease was waited for");
	(void)world_run(w, w->now + MS(10), NULL);
	expect(w,
	       jsl_cluster_leader(w->nodes[gateway].cluster, world_clock(w, gateway))
			       .id == w->nodes[old - 1].id,
	       "the gateway does not know");
}

static void leader_hands_over_to_whom_it_names(struct world *w)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_TRANSFER,
				       .id = w->nodes[0].id};
	int old = w->n_peers - 1;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(500), NULL);
	expect(w, world_step(w, 0, ev) < 0, "one that does not lead hands over");
	expect(w, world_step(w, old, ev) == 0, "refused");
	expect(w, world_run(w, w->now + MS(60), has_leader), "no leader in 60 ms");
	expect(w, world_leader(w) == 0, "not the named one leads");
}

/* R10: no resubmission, no inventory, no emptied cache, and jobs run on. */
static void raised_epoch_is_no_change_of_leader(struct world *w)
{
	int leader = w->n_peers - 1, gateway = first_gateway(w);
	struct jsl_election_leader was, is;
	unsigned connects;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(500), NULL);
	submit_three(w);
	world_crash(w, 0);
	(void)world_run(w, w->now + MS(100), NULL);
	was = jsl_cluster_leader(w->nodes[gateway].cluster, world_clock(w, gateway));
	w->nodes[gateway].leaders = 0;
	connects = w->connects;
	w->nodes[0].record.promised_epoch = was.epoch + 6;
	w->nodes[0].record.promised_to = 2;
	world_start(w, 0);
	(void)world_run(w, w->now + MS(1000), NULL);
	is = jsl_cluster_leader(w->nodes[gateway].cluster, world_clock(w, gateway));
	expect(w, world_leader(w) == leader, "another leader");
	expect(w, is.epoch == was.epoch + 7 && is.since == was.since, "not raised");
	expect(w, w->nodes[gateway].leaders == 0, "the owner was told");
	expect(w, w->connects <= connects + 1, "the links were made anew");
	expect(w, world_run(w, w->now + MS(20000), history_all_answered), "not answered");
	for (int i = 0; i < 3; i++)
		if (w->runs[w->jobs[i].last_run].node != 0)
			expect(w, w->jobs[i].runs == 1, "ran again");
}

/* I3: a leader raises its epoch (R10) without a voter that hears of it by its orders
 * first. history.c checks that it obeys none before its disk says so. */
static void raised_epoch_is_promised_before_it_is_obeyed(struct world *w)
{
	int leader = w->n_peers - 1;
	struct jsl_election_leader was, is;

	highest_id_leads(w);
	(void)world_run(w, w->now + MS(500), NULL);
	world_crash(w, 0);
	(void)world_run(w, w->now + MS(100), NULL);
	was = jsl_cluster_leader(w->nodes[leader].cluster, world_clock(w, leader));
	w->nodes[0].record.promised_epoch = was.epoch + 6;
	w->nodes[0].record.promised_to = 2;
	w->nodes[0].record.lease_max_us = 1; /* it may promise at once (R5) */
	w->nodes[1].deaf = true;
	world_start(w, 0);
	(void)world_run(w, w->now + MS(250), NULL);
	is = jsl_cluster_leader(w->nodes[leader].cluster, world_clock(w, leader));
	expect(w, is.epoch > was.epoch && w->nodes[1].record.promised_epoch == was.epoch,
	       "not raised without it");
	submit_three(w);
	(void)world_run(w, w->now + MS(150), NULL);
	w->nodes[1].deaf = false;
	expect(w, world_run(w, w->now + MS(20000), history_all_answered), "not answered");
	for (int i = 0; i < 3; i++)
		expect(w, w->jobs[i].attempt == 1 && w->jobs[i].runs == 1, "ran again");
}

static const struct {
	const char *name;
	void (*run)(struct world *w);
} scenarios[] = {
	{"highest id leads", highest_id_leads},
	{"rejoiner follows", rejoiner_follows},
	{"no leader without a quorum", no_leader_without_a_quorum},
	{"leader's death reruns nothing", leaders_death_reruns_nothing},
	{"worker's death reruns elsewhere", workers_death_reruns_elsewhere},
	{"early request waits for the leader", early_request_waits_for_the_leader},
	{"clean stop hands over at once", clean_stop_hands_over_at_once},
	{"killed leader is not waited for", killed_leader_is_not_waited_for},
	{"leader hands over to whom it names", leader_hands_over_to_whom_it_names},
	{"raised epoch is no change of leader", raised_epoch_is_no_change_of_leader},
	{"raised epoch is promised before it is obeyed",
	 raised_epoch_is_promised_before_it_is_obeyed},
};

static int run_scenarios(void)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		for (int n = 3; n <= 5; n += 2) {
			world_init(&world, 1, n, 1);
			scenarios[i].run(&world);
			if (world.violation[0] != '\0') {
				printf("FAILED: %s, %d peers: %s\n", scenarios[i].name, n,
				       world.violation);
				failed++;
			}
			world_deinit(&world);
		}
	return failed;
}

/* ---- random scenarios ---- */

static void submit_again(struct world *w)
{
	if (w->now >= FAULTS_END_US)
		return;
	history_submit(
		w, w->n_peers + (int)jsl_rng_below(&w->rng,
						   (uint64_t)(w->n_nodes - w->n_peers)));
	world_at(w, w->now + MS(20) + jsl_rng_below(&w->rng, MS(200)), submit_again);
}

static void break_something(struct world *w)
{
	int peer = (int)jsl_rng_below(&w->rng, (uint64_t)w->n_peers);
	int other = (int)jsl_rng_below(&w->rng, (uint64_t)w->n_nodes);

	if (w->now >= FAULTS_END_US)
		return;
	switch (jsl_rng_below(&w->rng, 10)) {
	case 0:
	case 1: world_crash(w, peer); break;
	case 2:
	case 3:
	case 4: start_all(w); break;
	case 5: world_pause(w, peer, jsl_rng_below(&w->rng, MS(2000))); break;
	case 6: conn_cut(w, peer, other, !w->cut[peer][other]); break;
	case 7:
		if (w->nodes[peer].cluster != NULL)
			world_leave(w, peer);
		break;
	case 8: w->nodes[peer].disk_full = true; break;
	case 9: world_crash(w, other); break; /* a gateway, perhaps */
	}
	world_at(w, w->now + MS(100) + jsl_rng_below(&w->rng, MS(1500)), break_something);
}

static void heal(struct world *w)
{
	w->loss_ppm = w->dup_ppm = 0;
	for (int i = 0; i < w->n_nodes; i++)
		for (int j = 0; j < w->n_nodes; j++)
			if (w->cut[i][j])
				conn_cut(w, i, j, false);
	for (int i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].stopping || w->nodes[i].disk_full)
			world_crash(w, i);
	start_all(w);
}

static bool run_seed(uint64_t seed, bool trace)
{
	struct world *w = &world;
	struct jsl_rng rng;
	bool good;

	jsl_rng_init(&rng, seed);
	world_init(w, seed, 3 + 2 * (int)jsl_rng_below(&rng, 3),
		   1 + (int)jsl_rng_below(&rng, 2));
	w->trace = trace;
	w->loss_ppm = (uint32_t)jsl_rng_below(&rng, 50000);
	w->dup_ppm = (uint32_t)jsl_rng_below(&rng, 20000);
	w->again_ppm = (uint32_t)jsl_rng_below(&rng, 200000);
	start_all(w);
	world_at(w, MS(500), submit_again);
	world_at(w, MS(1500), break_something);
	(void)world_run(w, FAULTS_END_US, NULL);
	heal(w);
	if (!world_run(w, w->now + BOUND_US, history_all_answered) &&
	    !history_all_answered(w))
		expect(w, false, "jobs are unanswered 20 s after the faults stopped");
	good = w->violation[0] == '\0';
	if (!good || trace)
		printf("seed %" PRIu64 ": %s; replay with --seed %" PRIu64 " --trace\n",
		       seed, good ? "ok" : w->violation, seed);
	if (!good)
		world_dump(w);
	return good;
}

static int run_seeds(uint64_t first, uint64_t count, bool trace)
{
	uint64_t events = 0, jobs = 0, runs = 0, hash = 0;
	int failed = 0;

	for (uint64_t seed = first; seed < first + count; seed++) {
		if (!run_seed(seed, trace))
			failed++;
		events += world.events;
		jobs += world.n_jobs;
		runs += world.n_runs;
		hash = hash * 31 + world.hash;
		world_deinit(&world);
	}
	printf("%" PRIu64 " seeds, %d failed: %" PRIu64 " events, %" PRIu64
	       " jobs, %" PRIu64 " runs, trace hash %016" PRIx64 "\n",
	       count, failed, events, jobs, runs, hash);
	return failed;
}

int main(int argc, char **argv)
{
	uint64_t seeds = DEFAULT_SEEDS, seed = 0;
	bool trace = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0)
			trace = true;
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
			seeds = strtoull(argv[++i], NULL, 10);
		else
			return EXIT_FAILURE;
	}
	if (seed != 0)
		return run_seeds(seed, 1, trace) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	return run_scenarios() + run_seeds(1, seeds, trace) == 0 ? EXIT_SUCCESS
								 : EXIT_FAILURE;
}
