/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ours and memberlist's failure detection beside each other, in the same network: how
 * soon a crash is declared by one and known by all, who is declared failed while it
 * runs, and what it costs. A run watches a cluster at rest for a while, then kills a
 * node.
 */

#include <stdio.h>
#include <stdlib.h>

#include "gossip_memberlist.h"
#include "gossip_sim.h"

#define WATCH_S	 60  /* before the crash */
#define QUIET_S	 60  /* before that: of a thousand that have just met there is news */
#define KNOWN_S	 120 /* after it: who does not know by then will not */
#define RUNS_MAX 200

/* When the process is killed, a connection to it is refused after that time. */
#define HINT_US 20000

enum subject { OURS_SILENT, OURS_KILLED, MEMBERLIST };

static const char *const names[] = {"jsl, host silent", "jsl, killed", "memberlist"};

struct run {
	enum subject subject;
	struct sim *sim;
	struct ml *ml;
	struct net *net;
	size_t victim, knows; /* n: nobody has died yet */
	uint64_t first_us, all_us;
	uint64_t suspected, failed; /* of nodes that run */
};

struct figures {
	double first[RUNS_MAX], all[RUNS_MAX];
	size_t n, unknown;
	double bytes, node_hours;
	uint64_t suspected, failed;
};

static void hear(void *arg, size_t node, size_t about, bool failed)
{
	struct run *r = arg;

	(void)node;
	if (about != r->victim) {
		r->suspected += !failed;
		r->failed += failed;
		return;
	}
	if (!failed)
		return;
	if (r->knows++ == 0)
		r->first_us = r->net->now_us;
	r->all_us = r->net->now_us;
}

static void on_change(void *arg, size_t node, const struct jsl_gossip_change *c)
{
	if (c->type == JSL_GOSSIP_SUSPECTED || c->type == JSL_GOSSIP_FAILURE)
		hear(arg, node, sim_index(c->entry.id), c->type == JSL_GOSSIP_FAILURE);
}

static void begin(struct run *r, enum subject subject, size_t n, uint64_t seed)
{
	*r = (struct run){.subject = subject, .victim = n};
	if (subject == MEMBERLIST) {
		r->ml = ml_new(n, seed);
		r->net = ml_net(r->ml);
		ml_watch(r->ml, hear, r);
	} else {
		r->sim = sim_settled(n, seed, true);
		r->net = &r->sim->net;
		r->sim->on_change = on_change;
		r->sim->arg = r;
		net_run(r->net, r->net->now_us + QUIET_S * NET_SECOND);
	}
}

static void end(struct run *r)
{
	if (r->subject == MEMBERLIST)
		ml_free(r->ml);
	else
		sim_free(r->sim);
}

static void crash(struct run *r, size_t i)
{
	r->victim = i;
	if (r->subject == MEMBERLIST)
		ml_crash(r->ml, i);
	else
		sim_crash(r->sim, i);
	if (r->subject != OURS_KILLED)
		return;
	net_run(r->net, r->net->now_us + HINT_US);
	sim_give(r->sim, 0,
		 (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_REFUSED,
					   .id = r->sim->nodes[i].id});
}

/* The load and the false alarms of a cluster at rest. */
static void rest(struct run *r, struct figures *f, uint64_t runs)
{
	uint64_t bytes = 0, us = WATCH_S * NET_SECOND;

	us += jsl_rng_below(&r->net->rng, NET_SECOND);
	for (size_t i = 0; i < r->net->n; i++)
		r->net->nodes[i].bytes = 0;
	net_run(r->net, r->net->now_us + us);
	for (size_t i = 0; i < r->net->n; i++)
		bytes += r->net->nodes[i].bytes;
	f->bytes += (double)bytes / (double)r->net->n / ((double)us / 1e6) / (double)runs;
}

static void measure(struct figures *f, enum subject subject, size_t n, uint32_t loss_pm,
		    uint64_t seed, uint64_t runs)
{
	struct run r;
	uint64_t died_us, from_us;

	begin(&r, subject, n, seed);
	r.net->loss_pm = loss_pm;
	from_us = r.net->now_us;
	rest(&r, f, runs);
	died_us = r.net->now_us;
	crash(&r, 1 + jsl_rng_below(&r.net->rng, n - 1));
	while (r.knows < n - 1 && r.net->now_us < died_us + KNOWN_S * NET_SECOND)
		net_run(r.net, r.net->now_us + NET_SECOND / 10);
	f->node_hours += (double)n * (double)(r.net->now_us - from_us) / 3.6e9;
	f->suspected += r.suspected;
	f->failed += r.failed;
	if (r.knows < n - 1) {
		f->unknown++;
	} else {
		f->first[f->n] = (double)(r.first_us - died_us) / 1e6;
		f->all[f->n++] = (double)(r.all_us - died_us) / 1e6;
	}
	end(&r);
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

static void report_line(enum subject subject, size_t n, uint32_t loss_pm)
{
	struct figures *f = net_must(calloc(1, sizeof(*f)));
	uint64_t runs = n <= 8 ? RUNS_MAX : n <= 64 ? 50 : n <= 256 ? 12 : 3;

	for (uint64_t i = 0; i < runs; i++)
		measure(f, subject, n, loss_pm, 1 + i, runs);
	printf("%5zu %4u%%  %-17s %6.2f %6.2f   %6.2f %6.2f  %4zu/%-4llu %9.3f %10.1f "
	       "%8.1f "
	       "%9.0f\n",
	       n, loss_pm / 10, names[subject], quantile(f->first, f->n, 50),
	       quantile(f->first, f->n, 99), quantile(f->all, f->n, 50),
	       quantile(f->all, f->n, 99), f->unknown, (unsigned long long)runs,
	       (double)f->failed / f->node_hours, (double)f->suspected / f->node_hours,
	       f->node_hours, f->bytes);
	fflush(stdout);
	free(f);
}

void sim_compare(const char *sizes)
{
	printf("Seconds from a crash until the first declares it and until all know it,\n"
	       "p50 and p99; runs in which some did not know it after %d s; failures "
	       "and\n"
	       "suspicions of nodes that ran, per node and hour, and the hours watched;\n"
	       "bytes that a node sends in a second, at rest (payloads, estimated).\n\n"
	       "    n  loss                     declared         known by all  not all   "
	       " "
	       "  false/h  suspect/h   node-h   bytes/s\n",
	       KNOWN_S);
	for (char *end; *sizes != '\0'; sizes = *end == ',' ? end + 1 : end) {
		size_t n = strtoul(sizes, &end, 10);

		if (end == sizes || n < 3 || n > 1000) {
			fprintf(stderr, "--report: sizes from 3 to 1000, as in 8,64\n");
			exit(2);
		}
		for (uint32_t loss = 0; loss < 3; loss++)
			for (int s = OURS_SILENT; s <= MEMBERLIST; s++)
				report_line((enum subject)s, n,
					    (const uint32_t[]){0, 50, 200}[loss]);
	}
}
