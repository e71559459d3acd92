/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gossip cores in virtual time; see gossip_sim.h.
 */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>

#include "gossip/gossip_int.h"
#include "gossip_sim.h"

size_t sim_index(uint64_t id)
{
	return (size_t)(id / 10 - 1);
}

void sim_trace(struct sim *sim, const char *fmt, ...)
{
	va_list ap;

	if (!sim->trace)
		return;
	printf("[%10.3f] ", (double)sim->net.now_us / 1000);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

_Noreturn void sim_violation(const struct sim *sim, size_t node, const char *what)
{
	printf("seed %llu, n = %zu, %.3f ms, node %llu: %s\n",
	       (unsigned long long)sim->seed, sim->n, (double)sim->net.now_us / 1000,
	       (unsigned long long)sim->nodes[node].id, what);
	fflush(stdout);
	exit(EXIT_FAILURE);
}

static size_t node_at(const struct jsl_addr *addr)
{
	return (size_t)(addr->port - 10000);
}

/* ---- messages ---- */

/* As they are on the way: the entries follow. */
struct letter {
	struct jsl_gossip_message msg;
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX];
};

static void send_one(struct sim *sim, size_t from, const struct jsl_gossip_message *msg)
{
	struct letter letter;

	letter.msg = *msg;
	letter.msg.from_addr = sim->nodes[from].addr;
	if (msg->n_news > 0)
		memcpy(letter.news, msg->news, msg->n_news * sizeof(letter.news[0]));
	net_send(&sim->net, from, node_at(&msg->to), &letter,
		 offsetof(struct letter, news) + msg->n_news * sizeof(letter.news[0]),
		 jsl_gossip__message_bytes(msg));
}

static void receive(void *arg, size_t node, size_t from, const void *data)
{
	struct sim *sim = arg;
	const struct letter *letter = data;
	struct jsl_gossip_message msg = letter->msg;
	struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_RECEIVE, .message = &msg};

	(void)from;
	msg.news = letter->news;
	sim->nodes[node].second_came++;
	net_hash(&sim->net, msg.kind);
	sim_give(sim, node, ev);
}

static void timer(void *arg, size_t node)
{
	sim_give(arg, node, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_TIMER});
}

/* ---- nodes ---- */

static void changed(struct sim *sim, size_t i, const struct jsl_gossip_change *c)
{
	static const char *const names[] = {"",	       "joined",    "suspected",
					    "failure", "recovered", "gone",
					    "updated", "cleaned",   "healed"};

	sim_trace(sim, "%llu: %s %llu boot %llu incarnation %llu accuser %llu",
		  (unsigned long long)sim->nodes[i].id, names[c->type],
		  (unsigned long long)c->entry.id, (unsigned long long)c->entry.boot,
		  (unsigned long long)c->entry.incarnation,
		  (unsigned long long)c->entry.accuser);
	net_hash(&sim->net, sim->net.now_us);
	net_hash(&sim->net, (c->entry.id << 32) ^ (c->entry.incarnation << 8) ^ c->type);
	if (!sim->unchecked)
		sim_check_change(sim, i, c);
	if (sim->on_change != NULL)
		sim->on_change(sim->arg, i, c);
}

void sim_give(struct sim *sim, size_t i, struct jsl_gossip_event ev)
{
	struct sim_node *node = &sim->nodes[i];
	struct jsl_gossip_update up;

	if (node->g == NULL || sim->net.nodes[i].paused_us > sim->net.now_us)
		return;
	ev.now_us = sim->net.now_us;
	if (jsl_gossip_step(node->g, &ev, &up) < 0)
		sim_violation(sim, i, "a step was refused");
	if (up.refused == JSL_E_MALFORMED || up.refused == JSL_E_LIMIT)
		sim_violation(sim, i, "what an honest node says was refused");
	for (size_t m = 0; m < up.n_messages; m++)
		send_one(sim, i, &up.messages[m]);
	for (size_t c = 0; c < up.n_changes; c++)
		changed(sim, i, &up.changes[c]);
	if (!sim->unchecked)
		sim_check_step(sim, i, &up);
	net_wake(&sim->net, i, jsl_gossip_deadline(node->g));
}

static void new_life(struct sim *sim, size_t i)
{
	struct sim_node *node = &sim->nodes[i];

	node->boot += 1 + jsl_rng_below(&sim->net.rng, 1000);
	node->incarnation = 1;
	node->view = 0;
	memset(node->rows, 0, sim->n * sizeof(node->rows[0]));
	sim->net.nodes[i].up = true;
	sim->net.nodes[i].paused_us = 0;
	sim->net.nodes[i].wake_us = UINT64_MAX;
}

void sim_start(struct sim *sim, size_t i, size_t a, size_t b)
{
	struct sim_node *node = &sim->nodes[i];
	struct jsl_gossip_opts opts = JSL_GOSSIP_OPTS_INIT;
	struct jsl_gossip_event seed = {.type = JSL_GOSSIP_EV_SEED};

	assert(node->g == NULL);
	new_life(sim, i);
	opts.id = node->id;
	opts.boot = node->boot;
	opts.seed = jsl_rng_next(&sim->net.rng);
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
	sim->net.nodes[i].up = false;
}

void sim_pause(struct sim *sim, size_t i, uint64_t us)
{
	sim_trace(sim, "%llu: stands still for %llu ms",
		  (unsigned long long)sim->nodes[i].id, (unsigned long long)us / 1000);
	net_pause(&sim->net, i, us);
}

void sim_run(struct sim *sim, uint64_t until_us)
{
	net_run(&sim->net, until_us);
}

static bool same_row(const struct jsl_gossip_entry *row,
		     const struct jsl_gossip_entry *own)
{
	return row != NULL && row->state == JSL_GOSSIP_ALIVE && row->boot == own->boot &&
	       row->incarnation == own->incarnation &&
	       row->meta_version == own->meta_version && row->meta_len == own->meta_len &&
	       memcmp(row->meta, own->meta, own->meta_len) == 0;
}

static bool knows_all(const struct sim *sim, const struct sim_node *node)
{
	size_t up = 0;

	for (size_t i = 0; i < sim->n; i++) {
		const struct sim_node *other = &sim->nodes[i];

		if (other->g == NULL)
			continue;
		up++;
		if (!same_row(jsl_gossip_member(node->g, other->id),
			      jsl_gossip_member(other->g, other->id)))
			return false;
	}
	return node->g->n_rows == up;
}

bool sim_converged(const struct sim *sim)
{
	for (size_t i = 0; i < sim->n; i++)
		if (sim->nodes[i].g != NULL && !knows_all(sim, &sim->nodes[i]))
			return false;
	return true;
}

struct sim *sim_new(size_t n, uint64_t seed)
{
	struct sim *sim = net_must(calloc(1, sizeof(*sim)));

	net_init(&sim->net, n, seed);
	sim->net.receive = receive;
	sim->net.timer = timer;
	sim->net.arg = sim;
	sim->seed = seed;
	sim->n = n;
	sim->nodes = net_must(calloc(n, sizeof(sim->nodes[0])));
	for (size_t i = 0; i < n; i++) {
		sim->nodes[i].id = (i + 1) * 10;
		sim->nodes[i].addr = (struct jsl_addr){
			.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1},
			.port = (uint16_t)(10000 + i)};
		sim->nodes[i].rows = net_must(calloc(n, sizeof(sim->nodes[i].rows[0])));
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	for (size_t i = 0; i < sim->n; i++) {
		jsl_gossip_free(sim->nodes[i].g);
		free(sim->nodes[i].rows);
	}
	free(sim->nodes);
	net_deinit(&sim->net);
	free(sim);
}
