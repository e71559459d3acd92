/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs seeds of the queue's simulator:
 *
 *	test_sim_queue [--seed N] [--seeds N] [--trace]
 *
 * --seed is the first one. Without arguments, as many as make check has time
 * for; the first is run twice, and both histories must be the same.
 */

#include "sim_queue.h"

#if defined(JSL_SANITIZED)
#define SEEDS 1000
#else
#define SEEDS 5000
#endif

static void make_nodes(struct sim *s)
{
	s->n_peers = 2 + (int)sim_rand(s, PEERS_MAX - 1);
	s->n_nodes = s->n_peers + 1 + (int)sim_rand(s, SUBMITTERS_MAX);
	for (int i = 0; i < s->n_nodes; i++) {
		struct sim_node *n = &s->nodes[i];

		n->peer = i < s->n_peers;
		n->id = n->peer ? (uint64_t)i + 1 : (uint64_t)i + 100;
		n->electable = n->peer && (i == 0 || sim_chance(s, 70));
		n->slots = 1 + (uint32_t)sim_rand(s, 3);
	}
	for (int i = 0; i < s->n_nodes; i++)
		sim_node_start(s, i);
	sim_tell_member(s, -1, 0);
}

/* Half of the jobs have a key in common with others. */
static void share(struct sim *s, int job)
{
	struct sim_job *j = &s->jobs[job];
	int of = (int)sim_rand(s, (uint64_t)job + 1);

	j->key = -1;
	j->content = job;
	if (sim_chance(s, 50))
		return;
	if (s->jobs[of].key >= 0)
		of = s->jobs[of].key;
	if (of != job && s->jobs[of].key < 0)
		return; /* that one has none */
	j->key = of;
	if (sim_chance(s, 3))
		return; /* but another content */
	j->content = of;
	j->duration = s->jobs[of].duration;
	j->poison = s->jobs[of].poison;
	j->limit = s->jobs[of].limit;
}

static void make_jobs(struct sim *s)
{
	s->n_jobs = 1 + (int)sim_rand(s, JOBS_MAX);
	for (int i = 0; i < s->n_jobs; i++) {
		struct sim_job *j = &s->jobs[i];
		uint64_t at = 1 + sim_rand(s, LOAD_UNTIL);

		j->submitter = s->n_peers +
			       (int)sim_rand(s, (uint64_t)(s->n_nodes - s->n_peers));
		j->duration = sim_rand(s, sim_chance(s, 70) ? 300 * MS : 4 * SECOND);
		j->poison = sim_chance(s, 1);
		j->limit = sim_chance(s, 40) ? 5 * SECOND : 0;
		share(s, i);
		sim_push(s, at, SIM_SUBMIT, -1)->job = i;
		if (sim_chance(s, 5))
			sim_push(s, at + sim_rand(s, 3 * SECOND), SIM_CANCEL, -1)->job =
				i;
	}
}

static void run(struct sim *s)
{
	struct sim_event *ev;

	while ((ev = sim_pop(s)) != NULL) {
		s->now = ev->time;
		if (!s->healed && s->now >= FAULTS_UNTIL)
			sim_heal(s);
		if (s->now >= FAULTS_UNTIL + FINISH_WITHIN)
			sim_check_end(s);
		sim_dispatch(s, ev);
		sim_event_free(ev);
		if (s->healed && sim_is_done(s))
			break;
	}
}

/* One history; returns its hash. */
static uint64_t simulate(uint64_t seed, bool trace, struct sim *total)
{
	struct sim *s = calloc(1, sizeof(*s));
	struct sim_event *ev;
	uint64_t hash;

	if (s == NULL)
		abort();
	s->seed = seed;
	s->trace = trace;
	s->leader = s->liar = -1;
	s->n_conns = 1;
	s->conns = calloc(CONNS_MAX, sizeof(*s->conns));
	if (s->conns == NULL)
		abort();
	jsl_rng_init(&s->rng, seed);
	make_nodes(s);
	make_jobs(s);
	if (seed % 3 == 1) { /* there is one worker that lies */
		s->liar = (int)sim_rand(s, (uint64_t)s->n_peers);
		sim_push(s, SECOND, SIM_LIE, s->liar);
	}
	sim_push(s, sim_rand(s, SECOND), SIM_ELECT, -1);
	if (seed % 10 != 0) /* every tenth is calm */
		sim_push(s, sim_rand(s, 3 * SECOND), SIM_FAULT, -1);
	run(s);
	hash = s->hash;
	total->steps += s->steps;
	total->now += s->now;
	total->n_execs_again += s->n_execs_again;
	for (size_t i = 0; i < sizeof(s->counts) / sizeof(s->counts[0]); i++)
		total->counts[i] += s->counts[i];
	for (int i = 0; i < s->n_nodes; i++)
		sim_node_stop(s, i);
	while ((ev = sim_pop(s)) != NULL)
		sim_event_free(ev);
	free(s->heap);
	free(s->conns);
	free(s);
	return hash;
}

static void report(const struct sim *total, uint64_t seeds)
{
	printf("%lu seeds, %.1f hours, %lu steps, %lu second runs\n",
	       (unsigned long)seeds, (double)total->now / (3600.0 * SECOND),
	       (unsigned long)total->steps, (unsigned long)total->n_execs_again);
	for (int i = 1; i < 32; i++)
		if (total->counts[i] > 0)
			printf("  %s %lu",
			       jsl_queue_note_str((enum jsl_queue_note_type)i),
			       (unsigned long)total->counts[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	uint64_t first = 1, seeds = 0;
	bool trace = false;
	struct sim *total = calloc(1, sizeof(*total));

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0)
			trace = true;
		else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
			first = strtoull(argv[++i], NULL, 10), seeds += seeds == 0;
		else if (i + 1 < argc && strcmp(argv[i], "--seeds") == 0)
			seeds = strtoull(argv[++i], NULL, 10);
		else
			return 2;
	}
	if (total == NULL)
		return EXIT_FAILURE;
	if (seeds == 0)
		seeds = SEEDS;
	for (uint64_t i = 0; i < seeds; i++) {
		uint64_t hash = simulate(first + i, trace, total);

		if (i == 0 && !trace && simulate(first, false, total) != hash) {
			printf("seed %lu has two histories\n", (unsigned long)first);
			return EXIT_FAILURE;
		}
	}
	report(total, seeds);
	free(total);
	return EXIT_SUCCESS;
}
