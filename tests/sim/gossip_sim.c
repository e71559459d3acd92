/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual-time engine for gossip cores; see gossip_sim.h.
 */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gossip/gossip_int.h"
#include "gossip_sim.h"

struct sim_packet {
	struct jsl_gossip_message msg;
	struct jsl_gossip_entry news[];
};

static void *must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

size_t sim_index(uint64_t id)
{
	return (size_t)(id / 10 - 1);
}

void sim_trace(struct sim *sim, const char *fmt, ...)
{
	va_list ap;

	if (!sim->trace)
		return;
	printf("[%10.3f] ", (double)sim->now_us / 1000);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

_Noreturn void sim_violation(const struct sim *sim, size_t node, const char *what)
{
	printf("seed %llu, %.3f ms, node %llu: %s\n", (unsigned long long)sim->seed,
	       (double)sim->now_us / 1000, (unsigned long long)sim->nodes[node].id, what);
	fflush(stdout);
	abort();
}

/* ---- the heap ---- */

static bool before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void swap(struct sim_event *a, struct sim_event *b)
{
	struct sim_event tmp = *a;

	*a = *b;
	*b = tmp;
}

static void push(struct sim *sim, uint64_t at_us, size_t node, struct sim_packet *packet)
{
	size_t i = sim->n_heap++;

	if (sim->n_heap > sim->cap_heap) {
		sim->cap_heap = sim->cap_heap == 0 ? 256 : sim->cap_heap * 2;
		sim->heap =
			must(realloc(sim->heap, sim->cap_heap * sizeof(sim->heap[0])));
	}
	sim->heap[i] = (struct sim_event){
		.at_us = at_us, .order = sim->n_events++, .node = node, .packet = packet};
	for (; i > 0 && before(&sim->heap[i], &sim->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&sim->heap[i], &sim->heap[(i - 1) / 2]);
}

static struct sim_event pop(struct sim *sim)
{
	struct sim_event top = sim->heap[0];
	size_t i = 0;

	sim->heap[0] = sim->heap[--sim->n_heap];
	for (;;) {
		size_t least = i;

		for (size_t kid = 2 * i + 1; kid <= 2 * i + 2; kid++)
			if (kid < sim->n_heap &&
			    before(&sim->heap[kid], &sim->heap[least]))
				least = kid;
		if (least == i)
			return top;
		swap(&sim->heap[i], &sim->heap[least]);
		i = least;
	}
}

/* ---- links ---- */

static size_t node_at(const struct jsl_addr *addr)
{
	return (size_t)(addr->port - 10000);
}

static void deliver_later(struct sim *sim, size_t from, size_t to,
			  const struct jsl_gossip_message *msg)
{
	uint64_t spread = sim->delay_max_us - sim->delay_min_us;
	struct sim_packet *p =
		must(malloc(sizeof(*p) + msg->n_news * sizeof(p->news[0])));

	p->msg = *msg;
	p->msg.from_addr = sim->nodes[from].addr;
	p->msg.news = p->news;
	if (msg->n_news > 0)
		memcpy(p->news, msg->news, msg->n_news * sizeof(p->news[0]));
	push(sim, sim->now_us + sim->delay_min_us + jsl_rng_below(&sim->rng, spread + 1),
	     to, p);
}

static void send_one(struct sim *sim, size_t from, const struct jsl_gossip_message *msg)
{
	size_t to = node_at(&msg->to);

	sim->nodes[from].sent++;
	sim->nodes[from].bytes += jsl_gossip__message_bytes(msg);
	assert(to < sim->n);
	if (sim->cut[from][to] || jsl_rng_below(&sim->rng, 1000) < sim->loss_pm)
		return;
	deliver_later(sim, from, to, msg);
	if (jsl_rng_below(&sim->rng, 1000) < sim->dup_pm)
		deliver_later(sim, from, to, msg);
}

/* ---- nodes ---- */

static void hash(struct sim *sim, uint64_t x)
{
	sim->hash = (sim->hash ^ x) * UINT64_C(0x100000001b3);
}

/* G1 and G3, seen from outside. */
static void check_change(struct sim *sim, size_t i, const struct jsl_gossip_change *c)
{
	struct sim_node *node = &sim->nodes[i];
	size_t about = sim_index(c->entry.id);
	bool lives = c->entry.state == JSL_GOSSIP_ALIVE ||
		     c->entry.state == JSL_GOSSIP_SUSPECT;
	const struct sim_node *owner = &sim->nodes[about];
	const struct jsl_gossip_entry *own =
		owner->g != NULL ? jsl_gossip_member(owner->g, owner->id) : NULL;

	if (c->view != ++node->view)
		sim_violation(sim, i, "a gap in the numbers of changes");
	if (c->entry.boot > owner->boot)
		sim_violation(sim, i, "a boot that its owner has not reached");
	if (own != NULL && own->boot == c->entry.boot &&
	    own->incarnation < c->entry.incarnation)
		sim_violation(sim, i, "an incarnation that its owner did not make");
	if (c->type == JSL_GOSSIP_FAILURE) {
		node->failed[about].boot = c->entry.boot;
		node->failed[about].incarnation = c->entry.incarnation;
	} else if (lives && c->entry.boot == node->failed[about].boot &&
		   c->entry.incarnation <= node->failed[about].incarnation) {
		sim_violation(sim, i, "a failed triple lives again");
	}
}

static void changed(struct sim *sim, size_t i, const struct jsl_gossip_change *c)
{
	static const char *const names[] = {"",	       "joined",    "suspected",
					    "failure", "recovered", "gone",
					    "updated", "cleaned"};

	sim_trace(sim, "%llu: %s %llu boot %llu incarnation %llu accuser %llu",
		  (unsigned long long)sim->nodes[i].id, names[c->type],
		  (unsigned long long)c->entry.id, (unsigned long long)c->entry.boot,
		  (unsigned long long)c->entry.incarnation,
		  (unsigned long long)c->entry.accuser);
	hash(sim, sim->now_us);
	hash(sim, (c->entry.id << 32) ^ (c->entry.incarnation << 8) ^ c->type);
	check_change(sim, i, c);
	if (sim->on_change != NULL)
		sim->on_change(sim, i, c);
}

void sim_give(struct sim *sim, size_t i, struct jsl_gossip_event ev)
{
	struct sim_node *node = &sim->nodes[i];
	struct jsl_gossip_update up;
	const char *broken;
	uint64_t wake;

	if (node->g == NULL || node->paused_us > sim->now_us)
		return;
	ev.now_us = sim->now_us;
	sim->n_steps++;
	if (jsl_gossip_step(node->g, &ev, &up) < 0)
		sim_violation(sim, i, "a step was refused");
	broken = jsl_gossip__check(node->g);
	if (broken != NULL)
		sim_violation(sim, i, broken);
	for (size_t m = 0; m < up.n_messages; m++)
		send_one(sim, i, &up.messages[m]);
	for (size_t c = 0; c < up.n_changes; c++)
		changed(sim, i, &up.changes[c]);
	wake = jsl_gossip_deadline(node->g);
	if (wake < sim->now_us)
		wake = sim->now_us;
	if (wake != node->wake_us && wake != UINT64_MAX)
		push(sim, wake, i, NULL);
	node->wake_us = wake;
}

void sim_start(struct sim *sim, size_t i, size_t a, size_t b)
{
	struct sim_node *node = &sim->nodes[i];
	struct jsl_gossip_opts opts = JSL_GOSSIP_OPTS_INIT;
	struct jsl_gossip_event seed = {.type = JSL_GOSSIP_EV_SEED};

	assert(node->g == NULL);
	node->boot += 1 + jsl_rng_below(&sim->rng, 1000);
	memset(node->failed, 0, sizeof(node->failed));
	node->view = 0;
	node->paused_us = 0;
	node->wake_us = UINT64_MAX;
	opts.id = node->id;
	opts.boot = node->boot;
	opts.seed = jsl_rng_next(&sim->rng);
	opts.addr = node->addr;
	opts.meta = "some metadata of a member, as long as it may well be";
	opts.meta_len = strlen(opts.meta);
	if (jsl_gossip_new(&node->g, &opts) < 0)
		sim_violation(sim, i, "no gossip object");
	sim_trace(sim, "%llu: starts, boot %llu", (unsigned long long)node->id,
		  (unsigned long long)node->boot);
	sim_give(sim, i, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_START});
	seed.addr = sim->nodes[a].addr;
	sim_give(sim, i, seed);
	seed.addr = sim->nodes[b].addr;
	sim_give(sim, i, seed);
}

void sim_crash(struct sim *sim, size_t i)
{
	sim_trace(sim, "%llu: crashes", (unsigned long long)sim->nodes[i].id);
	jsl_gossip_free(sim->nodes[i].g);
	sim->nodes[i].g = NULL;
}

void sim_pause(struct sim *sim, size_t i, uint64_t us)
{
	sim_trace(sim, "%llu: stands still for %llu ms",
		  (unsigned long long)sim->nodes[i].id, (unsigned long long)us / 1000);
	sim->nodes[i].paused_us = sim->now_us + us;
}

/* Whether @e has to wait for a node that stands still. */
static bool is_held_up(struct sim *sim, const struct sim_event *e)
{
	struct sim_node *node = &sim->nodes[e->node];

	if (node->g == NULL || node->paused_us <= e->at_us)
		return false;
	if (e->packet == NULL) {
		if (node->wake_us != e->at_us)
			return true;
		node->wake_us = node->paused_us;
	}
	push(sim, node->paused_us, e->node, e->packet);
	return true;
}

static void check_storm(struct sim *sim)
{
	if (sim->now_us - sim->second_us >= SIM_SECOND) {
		sim->second_us = sim->now_us;
		sim->second_steps = sim->n_steps;
	}
	if (sim->n_steps - sim->second_steps > SIM_STORM * sim->n)
		sim_violation(sim, 0, "a storm of messages or timers");
}

static void take(struct sim *sim, const struct sim_event *e)
{
	struct sim_node *node = &sim->nodes[e->node];

	sim->now_us = e->at_us;
	check_storm(sim);
	if (is_held_up(sim, e))
		return;
	if (e->packet != NULL) {
		struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_RECEIVE,
					      .message = &e->packet->msg};

		hash(sim, e->at_us ^ ((uint64_t)e->packet->msg.kind << 56));
		sim_give(sim, e->node, ev);
		free(e->packet);
	} else if (node->g != NULL && node->wake_us == e->at_us) {
		struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_TIMER};

		node->wake_us = UINT64_MAX;
		sim_give(sim, e->node, ev);
	}
}

void sim_run(struct sim *sim, uint64_t until_us)
{
	while (sim->n_heap > 0 && sim->heap[0].at_us <= until_us) {
		struct sim_event e = pop(sim);

		take(sim, &e);
	}
	sim->now_us = until_us;
}

void sim_partition(struct sim *sim, const bool *side, bool cut)
{
	for (size_t i = 0; i < sim->n; i++)
		for (size_t j = 0; j < sim->n; j++)
			if (side[i] != side[j])
				sim->cut[i][j] = cut;
}

static bool knows_all(const struct sim *sim, const struct sim_node *node)
{
	size_t up = 0, rows = 0;

	for (size_t i = 0; i < sim->n; i++) {
		const struct sim_node *other = &sim->nodes[i];
		const struct jsl_gossip_entry *row, *own;

		if (other->g == NULL)
			continue;
		up++;
		row = jsl_gossip_member(node->g, other->id);
		own = jsl_gossip_member(other->g, other->id);
		if (row == NULL || row->state != JSL_GOSSIP_ALIVE ||
		    row->boot != own->boot || row->incarnation != own->incarnation ||
		    row->meta_version != own->meta_version ||
		    row->meta_len != own->meta_len ||
		    memcmp(row->meta, own->meta, own->meta_len) != 0)
			return false;
	}
	for (const struct jsl_gossip_entry *row = jsl_gossip_next(node->g, 0);
	     row != NULL; row = jsl_gossip_next(node->g, row->id))
		rows++;
	return rows == up;
}

bool sim_converged(const struct sim *sim)
{
	for (size_t i = 0; i < sim->n; i++)
		if (sim->nodes[i].g != NULL && !knows_all(sim, &sim->nodes[i]))
			return false;
	return true;
}

void sim_init(struct sim *sim, size_t n, uint64_t seed)
{
	assert(n <= SIM_NODES_MAX);
	memset(sim, 0, sizeof(*sim));
	sim->seed = seed;
	sim->n = n;
	sim->now_us = SIM_SECOND;
	sim->delay_min_us = 200;
	sim->delay_max_us = 2000;
	jsl_rng_init(&sim->rng, seed);
	for (size_t i = 0; i < n; i++) {
		sim->nodes[i].id = (i + 1) * 10;
		sim->nodes[i].addr = (struct jsl_addr){
			.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1},
			.port = (uint16_t)(10000 + i)};
	}
}

void sim_deinit(struct sim *sim)
{
	for (size_t i = 0; i < sim->n; i++)
		jsl_gossip_free(sim->nodes[i].g);
	for (size_t i = 0; i < sim->n_heap; i++)
		free(sim->heap[i].packet);
	free(sim->heap);
}
