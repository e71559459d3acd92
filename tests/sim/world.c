/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nodes of a simulated cluster, their clocks and their fates; see world.h.
 * Events are kept in a heap by (time, order of creation), so that ties are
 * always broken the same way.
 */

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

static struct world
	*the_world; /* the cores know nothing of it; io finds it from a node */

struct world *net_world(struct world_node *n)
{
	(void)n;
	return the_world;
}

/* ---- trace ---- */

static void mix(struct world *w, const char *line)
{
	for (; *line != '\0'; line++)
		w->hash = (w->hash ^ (uint8_t)*line) * UINT64_C(0x100000001b3);
}

void world_note(struct world *w, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	mix(w, line);
	w->hash ^= w->now;
	if (w->trace)
		printf("[%10.6f] %s\n", (double)w->now / 1e6, line);
}

void world_violated(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->violation[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(w->violation, sizeof(w->violation), fmt, ap);
	va_end(ap);
	world_note(w, "VIOLATED: %s", w->violation);
}

/* ---- the heap ---- */

static bool before(const struct world_event *a, const struct world_event *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

void world_push(struct world *w, struct world_event ev)
{
	size_t i = w->heap_len++;

	if (w->heap_len > w->heap_size) {
		w->heap_size = w->heap_size == 0 ? 1024 : w->heap_size * 2;
		w->heap = realloc(w->heap, w->heap_size * sizeof(*w->heap));
		assert(w->heap != NULL);
	}
	ev.seq = w->seq++;
	assert(ev.at >= w->now);
	for (; i > 0 && before(&ev, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = ev;
}

static struct world_event pop(struct world *w)
{
	struct world_event top = w->heap[0], last = w->heap[--w->heap_len];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= w->heap_len)
			break;
		if (child + 1 < w->heap_len &&
		    before(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!before(&w->heap[child], &last))
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = last;
	return top;
}

/* ---- clocks and timers ---- */

uint64_t world_clock(const struct world *w, int node)
{
	const struct world_node *n = &w->nodes[node];

	int64_t drift = (int64_t)w->now * n->rate_ppm / 1000000;

	return n->clock_offset + w->now + (uint64_t)drift;
}

/* The world's time at which the node's clock has reached @local. */
static uint64_t world_time(const struct world *w, int node, uint64_t local)
{
	uint64_t here = world_clock(w, node);
	uint64_t wait = local > here ? local - here : 0;

	return w->now + wait + wait / 500; /* a clock is off by less than 2000 ppm */
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
	if (n->wake_at <= deadline && n->wake_at > w->now)
		return;
	n->wake_at = deadline > w->now ? deadline : w->now + 1;
	world_push(w, (struct world_event){.at = n->wake_at,
					   .what = WORLD_WAKE,
					   .node = node,
					   .life = n->life});
}

int world_step(struct world *w, int node, struct jsl_cluster_event ev)
{
	struct world_node *n = &w->nodes[node];
	int r;

	if (n->cluster == NULL)
		return -1;
	ev.now_us = world_clock(w, node);
	r = jsl_cluster_step(n->cluster, &ev);
	arm(w, node);
	return r;
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
		.trust_refused = JSL_NODE_TRUST_YES,
		.seed = jsl_rng_next(&w->rng),
		.election = JSL_ELECTION_OPTS_INIT,
		.gossip = JSL_GOSSIP_OPTS_INIT,
		.submitter = JSL_QUEUE_SUBMITTER_OPTS_INIT,
		.leader = JSL_QUEUE_LEADER_OPTS_INIT,
		.worker = JSL_QUEUE_WORKER_OPTS_INIT,
	};
	for (int i = 0; i < w->n_peers; i++)
		w->voters[n_voters++] = w->peers[i].id;
	opts->election.voters = w->voters;
	opts->election.n_voters = n_voters;
	opts->election.record = n->has_record ? &n->record : NULL;
	memcpy(opts->election.record_id, &n->id, sizeof(n->id));
	opts->election.record_id[15] = (uint8_t)n->life;
	opts->election.cluster_id[0] = opts->election.config_hash[0] = 7;
	opts->leader.max_deaths = 100; /* the scenario's kills are not the jobs' fault */
}

void world_start(struct world *w, int node)
{
	struct world_node *n = &w->nodes[node];
	struct jsl_cluster_opts opts;

	assert(n->cluster == NULL);
	n->life++;
	n->wake_at = 0;
	n->paused_until = 0;
	if (!n->voter)
		n->last_epoch = 0;
	n->stopping = n->left = n->disk_full = false;
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
	n->troubled_at = w->now;
	jsl_cluster_free(n->cluster);
	n->cluster = NULL;
	conn_crashed(w, node);
}

void world_pause(struct world *w, int node, uint64_t us)
{
	world_note(w, "pause %" PRIu64 " for %" PRIu64 " us", w->nodes[node].id, us);
	w->nodes[node].troubled_at = w->now + us;
	w->nodes[node].paused_until = w->now + us;
}

void world_leave(struct world *w, int node)
{
	world_note(w, "leave %" PRIu64, w->nodes[node].id);
	w->nodes[node].stopping = true;
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
	case WORLD_CALL: ev->fn(w); break;
	case WORLD_DATAGRAM: net_datagram(w, ev); break;
	default: conn_event(w, ev);
	}
}

/* A node that left cleanly exits. */
static void bury(struct world *w)
{
	for (int i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].left && w->nodes[i].cluster != NULL)
			world_crash(w, i);
}

bool world_run(struct world *w, uint64_t until, bool (*done)(struct world *w))
{
	while (w->heap_len > 0 && w->heap[0].at <= until && w->violation[0] == '\0') {
		struct world_event ev = pop(w);

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
		history_check_leaders(w);
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

void world_init(struct world *w, uint64_t seed, int n_peers, int n_gateways)
{
	memset(w, 0, sizeof(*w));
	the_world = w;
	jsl_rng_init(&w->rng, seed);
	w->hash = seed;
	w->n_peers = n_peers;
	w->n_nodes = n_peers + n_gateways;
	assert(w->n_nodes <= WORLD_NODES_MAX);
	w->delay_min = 50;
	w->delay_max = 2000;
	w->run_min = MS(5);
	w->run_max = MS(300);
	for (int i = 0; i < w->n_nodes; i++) {
		struct world_node *n = &w->nodes[i];

		n->voter = i < n_peers;
		n->id = n->voter ? (uint64_t)i + 1 : (uint64_t)(100 + i - n_peers);
		n->slots = n->voter ? 2 : 0;
		n->rate_ppm = (int32_t)jsl_rng_below(&w->rng, 1801) - 900;
		n->clock_offset = MS(10000) + jsl_rng_below(&w->rng, MS(1000000));
		if (n->voter)
			w->peers[i] = (struct jsl_node_peer){
				.id = n->id,
				.vote = true,
				.addr = {.port = (uint16_t)(i + 1)}};
	}
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
