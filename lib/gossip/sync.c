/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anti-entropy (SWIM has none; cf. Demers et al., PODC 1987). Every few periods a
 * node sends the digest of its table to a random member. Equal digests end it;
 * else the other answers with its own digest (seq 0: this one is not answered
 * again) and each sends its table to the other, a few messages at a time. While
 * tables differ, the next sync comes sooner.
 */

#include <stddef.h>

#include "gossip/gossip_int.h"

#define SYNC_PERIODS 5

/* Between two parts of one transfer. */
#define TRANSFER_GAP_US 5000

void jsl_gossip__sync(struct jsl_gossip *g, const struct jsl_gossip__member *m, bool open)
{
	struct jsl_gossip_message *msg =
		jsl_gossip__begin(g, JSL_GOSSIP_SYNC, &m->row.addr);

	msg->seq = open ? jsl_rng_next(&g->rng) | 1 : 0;
	msg->digest = jsl_gossip__digest(g);
	jsl_gossip__say(g, &g->self->row);
	if (m->row.state != JSL_GOSSIP_ALIVE)
		jsl_gossip__say(g, &m->row);
	jsl_gossip__piggyback(g);
}

/* One at a time to an address; without a free place the next sync tries again. */
static void transfer_to(struct jsl_gossip *g, const struct jsl_addr *addr)
{
	struct jsl_gossip__transfer *free_one = NULL;

	for (size_t i = 0; i < JSL_GOSSIP__TRANSFERS_MAX; i++) {
		struct jsl_gossip__transfer *t = &g->transfers[i];

		if (t->addr.port == 0)
			free_one = t;
		else if (jsl_addr_equal(&t->addr, addr))
			return;
	}
	if (free_one != NULL)
		*free_one = (struct jsl_gossip__transfer){.addr = *addr,
							  .next_us = g->now_us};
}

void jsl_gossip__sync_answer(struct jsl_gossip *g, struct jsl_gossip__member *m,
			     const struct jsl_gossip_message *msg)
{
	if (msg->digest == jsl_gossip__digest(g))
		return;
	if (msg->seq != 0)
		jsl_gossip__sync(g, m, false);
	transfer_to(g, &m->row.addr);
	g->sync_us = jsl_gossip__min(g->sync_us,
				     jsl_gossip__jitter(g, g->opts.probe_interval_us));
}

/* The member to sync with: any that lives, at random. */
static struct jsl_gossip__member *choose(struct jsl_gossip *g)
{
	size_t first = jsl_rng_below(&g->rng, g->n_order);

	for (size_t i = 0; i < g->n_order; i++) {
		struct jsl_gossip__member *m = g->order[(first + i) % g->n_order];

		if (jsl_gossip__is_live(m))
			return m;
	}
	return NULL;
}

/* As many rows as one message takes. Returns whether there may be more. */
static bool transfer_message(struct jsl_gossip *g, struct jsl_gossip__transfer *t)
{
	struct jsl_gossip_message *msg = jsl_gossip__begin(g, JSL_GOSSIP_NEWS, &t->addr);
	struct jsl_gossip__member *m = jsl_gossip__after(g, t->after);

	while (m != NULL && jsl_gossip__say(g, &m->row)) {
		t->after = m->row.id;
		m = jsl_gossip__after(g, t->after);
	}
	if (msg->n_news == 0)
		g->n_messages--;
	return m != NULL;
}

static void transfer_run(struct jsl_gossip *g, struct jsl_gossip__transfer *t)
{
	bool more = true;

	for (int i = 0; more && i < JSL_GOSSIP__TRANSFER_BURST; i++)
		more = transfer_message(g, t);
	t->next_us = g->now_us + TRANSFER_GAP_US;
	if (!more)
		t->addr.port = 0;
}

void jsl_gossip__sync_run(struct jsl_gossip *g)
{
	if (g->sync_us <= g->now_us && !jsl_gossip__is_full(g)) {
		struct jsl_gossip__member *m = g->n_order > 0 ? choose(g) : NULL;

		if (m != NULL)
			jsl_gossip__sync(g, m, true);
		g->sync_us =
			jsl_gossip__jitter(g, SYNC_PERIODS * g->opts.probe_interval_us);
	}
	for (size_t i = 0; i < JSL_GOSSIP__TRANSFERS_MAX; i++)
		if (g->transfers[i].addr.port != 0 &&
		    g->transfers[i].next_us <= g->now_us && !jsl_gossip__is_full(g))
			transfer_run(g, &g->transfers[i]);
}

uint64_t jsl_gossip__sync_deadline(const struct jsl_gossip *g)
{
	uint64_t at = g->n_order > 0 ? g->sync_us : JSL_GOSSIP__NEVER;

	for (size_t i = 0; i < JSL_GOSSIP__TRANSFERS_MAX; i++)
		if (g->transfers[i].addr.port != 0)
			at = jsl_gossip__min(at, g->transfers[i].next_us);
	return at;
}
