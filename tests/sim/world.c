/* SPDX-License-Identifier: BSD-2-Clause */
/* The nodes of a simulated cluster, their clocks and their fates; see world.h. */

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

/* A node looks at its clock at least so often. */
#define FAR_US MS(1000000)
/* What a starved node does at a time, when it may. */
#define TURN_US MS(5)

static struct world
	*the_world; /* the cores know nothing of it; io finds it from a node */

struct world *net_world(struct world_node *n)
{
	(void)n;
	return the_world;
}

/* ---- clocks and timers ---- */

uint64_t world_clock_at(const struct world *w, int node, uint64_t at)
{
	const struct world_node *n = &w->nodes[node];
	int64_t drift = (int64_t)at * n->rate_ppm / 1000000;

	return n->clock_offset + at + (uint64_t)drift;
}

uint64_t world_clock(const struct world *w, int node)
{
	return world_clock_at(w, node, w->now);
}

/* The world's time at which the node's clock has reached @local. */
static uint64_t world_time(const struct world *w, int node, uint64_t local)
{
	const struct world_node *n = &w->nodes[node];
	uint64_t at, here = world_clock(w, node);

	if (local <= here)
		return w->now;
	if (local - here > FAR_US)
		return w->now + FAR_US;
	at = (local - n->clock_offset) * 1000000 / (uint64_t)(1000000 + n->rate_ppm);
	while (world_clock_at(w, node, at) < local)
		at++;
	return at;
}

static void arm(struct world *w, int node)
{
	struct world_node *n = &w->nodes[node];
	uint64_t deadline;

	if (n->cluster == NULL)
		return;
	deadline = jsl_cluster_deadline(n->cluster);
	if (deadline == UINT64_MAX)
		return;
	deadline = world_time(w, node, deadline);
	if (deadline > w->now && w->timer_late_us > 0)
		deadline += jsl_rng_below(&w->rng, w->timer_late_us);
	if (n->wake_at <= deadline && n->wake_at > w->now)
		return;
	n->wake_at = deadline > w->now ? deadline : w->now + 1;
	world_push(w, (struct world_event){.at = n->wake_at,
					   .what = WORLD_WAKE,
					   .node = node,
					   .life = n->life});
}

/* A slow node takes its time for each event; a starved one has a turn now and then. */
static void tire(struct world *w, struct world_node *n)
{
	uint64_t until = w->now;

	if (w->now >= n->weary_until)
		return;
	if (n->slow_us > 0)
		until += jsl_rng_below(&w->rng, n->slow_us + 1);
	if (n->starved_us > 0 && w->now >= n->turn_until) {
		until += jsl_rng_below(&w->rng, n->starved_us);
		n->turn_until = until + TURN_US;
	}
	if (until > n->paused_until)
		n->paused_until = until;
}

int world_step(struct world *w, int node, struct jsl_cluster_event ev)
{
	struct world_node *n = &w->nodes[node];
	int r;

	if (n->cluster == NULL || n->dying)
		return -1;
	ev.now_us = world_clock(w, node);
	r = jsl_cluster_step(n->cluster, &ev);
	if (!n->dying)
		rules_of_node(w, node);
	arm(w, node);
	tire(w, n);
	return r;
}

bool world_is_up(const struct world *w, int node)
{
	const struct world_node *n = &w->nodes[node];

	return n->cluster != NULL && !n->dying && n->paused_until <= w->now;
}

/* ---- the life of a node ---- */

static void fill_opts(struct world *w, int node, struct jsl_cluster_opts *opts)
{
	struct world_node *n = &w->nodes[node];
	size_t n_voters = 0;

	*opts = (struct jsl_cluster_opts){
		.io = &world_io,
		.arg = n,
		.self = {.id = n->id, .boot = n->life},
		.addr = {.port = (uint16_t)(node + 1)},
		.peers = w->peers,
		.n_peers = (size_t)w->n_peers,
		.slots = n->slots,
		.drain_us = MS(2000),
		.trust_refused = w->trust,
		.seed = jsl_rng_next(&w->rng),
		.election = JSL_ELECTION_OPTS_INIT,
		.gossip = JSL_GOSSIP_OPTS_INIT,
		.submitter = JSL_QUEUE_SUBMITTER_OPTS_INIT,
		.leader = JSL_QUEUE_LEADER_OPTS_INIT,
		.worker = JSL_QUEUE_WORKER_OPTS_INIT,
	};
	for (int i = 0; i < w->n_voters; i++)
		w->voters[n_voters++] = w->peers[i].id;
	opts->election.voters = w->voters;
	opts->election.n_voters = n_voters;
	opts->election.record = n->has_record ? &n->record : NULL;
	memcpy(opts->election.record_id, &n->id, sizeof(n->id));
	opts->election.record_id[15] = (uint8_t)n->life;
	opts->election.cluster_id[0] = opts->election.config_hash[0] = 7;
	opts->leader.max_deaths = 100; /* the scenario's kills are not the jobs' fault */
	opts->leader.resume_us = WORLD_RESUME_US;
	opts->leader.silence_us = w->silence_us;
}

void world_start(struct world *w, int node)
{
	struct world_node *n = &w->nodes[node];
	struct jsl_cluster_opts opts;

	assert(n->cluster == NULL);
	n->life++;
	n->started_at = world_clock(w, node);
	n->wake_at = 0;
	n->paused_until = 0;
	if (!n->voter)
		n->last_epoch = 0;
	n->stopping = n->left = n->disk_full = n->dying = false;
	memset(n->away_since, 0, sizeof(n->away_since));
	fill_opts(w, node, &opts);
	world_note(w, "start %" PRIu64 " life %" PRIu64, n->id, n->life);
	if (jsl_cluster_new(&n->cluster, &opts) != 0)
		abort();
	(void)world_step(w, node,
			 (struct jsl_cluster_event){.type = JSL_CLUSTER_EV_START});
}

void world_crash(struct world *w, int node)
{
	struct world_node *n = &w->nodes[node];

	if (n->cluster == NULL)
		return;
	world_note(w, "crash %" PRIu64, n->id);
	n->excused_at = w->now;
	jsl_cluster_free(n->cluster);
	n->cluster = NULL;
	conn_crashed(w, node);
}

void world_lose_record(struct world *w, int node)
{
	struct world_node *n = &w->nodes[node];

	world_crash(w, node);
	world_note(w, "%" PRIu64 " loses its record", n->id);
	n->has_record = false;
	n->record = (struct jsl_election_record){0};
}

void world_pause(struct world *w, int node, uint64_t us)
{
	world_note(w, "pause %" PRIu64 " for %" PRIu64 " us", w->nodes[node].id, us);
	w->nodes[node].paused_until = w->now + us;
}

void world_leave(struct world *w, int node)
{
	world_note(w, "leave %" PRIu64, w->nodes[node].id);
	w->nodes[node].stopping = true;
	w->nodes[node].excused_at = w->now;
	(void)world_step(w, node,
			 (struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LEAVE});
}

void world_at(struct world *w, uint64_t at, world_fn fn)
{
	world_push(w, (struct world_event){
			      .at = at, .what = WORLD_CALL, .node = -1, .fn = fn});
}

int world_leader(struct world *w)
{
	for (int i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].cluster != NULL &&
		    jsl_cluster_is_leader(w->nodes[i].cluster, world_clock(w, i), NULL))
			return i;
	return -1;
}

/* ---- the run ---- */

static bool is_void(const struct world *w, const struct world_event *ev)
{
	if (ev->node < 0)
		return false;
	if (w->nodes[ev->node].cluster == NULL)
		return true;
	return ev->life != 0 && w->nodes[ev->node].life != ev->life;
}

static void handle(struct world *w, struct world_event *ev)
{
	switch (ev->what) {
	case WORLD_WAKE:
		if (w->nodes[ev->node].wake_at != ev->at)
			break; /* set anew since, and earlier */
		w->nodes[ev->node].wake_at = 0;
		(void)world_step(
			w, ev->node,
			(struct jsl_cluster_event){.type = JSL_CLUSTER_EV_TIMER});
		break;
	case WORLD_DONE: history_run_over(w, ev->index); break;
	case WORLD_WORD: history_run_speaks(w, ev->index); break;
	case WORLD_CALL: ev->fn(w); break;
	case WORLD_DATAGRAM: net_datagram(w, ev); break;
	default: conn_event(w, ev);
	}
}

/* A node that left cleanly exits; one that died while it wrote its record is gone. */
static void bury(struct world *w)
{
	for (int i = 0; i < w->n_nodes; i++)
		if ((w->nodes[i].left || w->nodes[i].dying) &&
		    w->nodes[i].cluster != NULL)
			world_crash(w, i);
}

bool world_run(struct world *w, uint64_t until, bool (*done)(struct world *w))
{
	while (w->heap_len > 0 && w->heap[0].at <= until && w->violation[0] == '\0') {
		struct world_event ev = world_pop(w);

		w->now = ev.at;
		if (ev.node >= 0 && w->nodes[ev.node].paused_until > w->now &&
		    !is_void(w, &ev)) {
			ev.at = w->nodes[ev.node].paused_until;
			if (ev.what == WORLD_WAKE)
				w->nodes[ev.node].wake_at = ev.at;
			world_push(w, ev);
			continue;
		}
		if (!is_void(w, &ev) || ev.what == WORLD_CONNECT)
			handle(w, &ev);
		free(ev.data);
		w->events++;
		bury(w);
		rules_of_leaders(w);
		if (done != NULL && done(w))
			return true;
	}
	if (w->now < until)
		w->now = until;
	return w->violation[0] == '\0' && done == NULL;
}

/* How every node stands, for whoever looks into a failure. */
void world_dump(struct world *w)
{
	for (int i = 0; i < w->n_nodes; i++) {
		const struct world_node *n = &w->nodes[i];
		struct jsl_election_leader l = {0};

		if (n->cluster != NULL)
			l = jsl_cluster_leader(n->cluster, world_clock(w, i));
		printf("  node %" PRIu64 " life %" PRIu64 "%s: %s, follows %" PRIu64
		       " in epoch %" PRIu64 ", promised %" PRIu64 " to %" PRIu64 "\n",
		       n->id, n->life, n->cluster != NULL ? "" : " (down)",
		       n->cluster != NULL
			       ? jsl_election_role_str(jsl_cluster_role(n->cluster))
			       : "-",
		       l.id, l.epoch, n->record.promised_epoch, n->record.promised_to);
	}
}

static void init_node(struct world *w, int i)
{
	struct world_node *n = &w->nodes[i];
	bool peer = i < w->n_peers;

	n->voter = i < w->n_voters;
	n->id = peer ? (uint64_t)i + 1 : (uint64_t)(100 + i - w->n_peers);
	n->slots = peer ? 2 : 0;
	n->rate_ppm = (int32_t)jsl_rng_below(&w->rng, 1801) - 900;
	n->clock_offset = MS(10000) + jsl_rng_below(&w->rng, MS(1000000));
	if (peer)
		w->peers[i] = (struct jsl_node_peer){.id = n->id,
						     .vote = n->voter,
						     .addr = {.port = (uint16_t)(i + 1)}};
}

void world_init(struct world *w, uint64_t seed, int n_voters, int n_workers,
		int n_gateways)
{
	memset(w, 0, sizeof(*w));
	the_world = w;
	jsl_rng_init(&w->rng, seed);
	w->hash = seed;
	w->n_voters = n_voters;
	w->n_peers = n_voters + n_workers;
	w->n_nodes = w->n_peers + n_gateways;
	assert(w->n_nodes <= WORLD_NODES_MAX);
	w->clocks_in_bound = true;
	w->trust = JSL_NODE_TRUST_YES;
	w->silence_us = JSL_QUEUE_SILENCE_US;
	w->delay_min = 50;
	w->delay_max = 2000;
	w->run_min = MS(5);
	w->run_max = MS(300);
	for (int i = 0; i < w->n_nodes; i++)
		init_node(w, i);
}

void world_deinit(struct world *w)
{
	for (int i = 0; i < w->n_nodes; i++)
		jsl_cluster_free(w->nodes[i].cluster);
	conn_deinit(w);
	for (size_t i = 0; i < w->heap_len; i++)
		free(w->heap[i].data);
	free(w->heap);
}
