/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anti-entropy (SWIM has none; cf. Demers et al., PODC 1987). Every few periods a
 * node sends the digest of its table to a random member. Equal digests end it. Else
 * the other answers with a digest of each of 64 parts; where these differ, both send
 * their rows (G4): what travels grows with the difference, not with the table. While
 * tables differ, the next sync comes sooner. Transfers wait while the budget is spent.
 */

#include <stddef.h>

#include "gossip/gossip_int.h"

#define SYNC_PERIODS 5

/* Between two parts of one transfer. */
#define TRANSFER_GAP_US 5000

static struct jsl_gossip_message *begin(struct jsl_gossip *g,
					const struct jsl_gossip__member *m)
{
	struct jsl_gossip_message *msg =
		jsl_gossip__begin(g, JSL_GOSSIP_SYNC, &m->row.addr);

	msg->digest = jsl_gossip__digest(g, NULL);
	return msg;
}

void jsl_gossip__sync(struct jsl_gossip *g, const struct jsl_gossip__member *m)
{
	begin(g, m)->seq = jsl_rng_next(&g->rng) | 1;
	jsl_gossip__say(g, &g->self->row);
	if (m->row.state != JSL_GOSSIP_ALIVE)
		jsl_gossip__say(g, &m->row);
	jsl_gossip__piggyback(g);
}

static void send_buckets(struct jsl_gossip *g, const struct jsl_gossip__member *m)
{
	struct jsl_gossip_message *msg = begin(g, m);

	msg->has_buckets = true;
	g->bytes += JSL_GOSSIP__BYTES_BUCKETS;
	msg->digest = jsl_gossip__digest(g, msg->buckets);
	jsl_gossip__say(g, &g->self->row);
}

/* One at a time to an address; without a free place the next sync tries again. */
static void transfer_to(struct jsl_gossip *g, const struct jsl_addr *addr,
			uint64_t wanted)
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
		*free_one = (struct jsl_gossip__transfer){
			.addr = *addr, .wanted = wanted, .next_us = g->now_us};
}

/* The other's parts are known: ask for those that differ, and send ours. */
static void exchange(struct jsl_gossip *g, const struct jsl_gossip__member *m,
		     const struct jsl_gossip_message *msg)
{
	uint32_t buckets[JSL_GOSSIP_BUCKETS];
	uint64_t differ = 0;

	jsl_gossip__digest(g, buckets);
	for (unsigned i = 0; i < JSL_GOSSIP_BUCKETS; i++)
		if (buckets[i] != msg->buckets[i])
			differ |= UINT64_C(1) << i;
	if (differ == 0)
		return;
	begin(g, m)->wanted = differ;
	jsl_gossip__say(g, &g->self->row);
	transfer_to(g, &m->row.addr, differ);
}

/*
 * Whether a comparison can lead to anything now. When many join at one node, answering
 * all of them would leave no bytes for the rows themselves.
 */
static bool has_room(const struct jsl_gossip *g)
{
	for (size_t i = 0; i < JSL_GOSSIP__TRANSFERS_MAX; i++)
		if (g->transfers[i].addr.port == 0)
			return !jsl_gossip__is_spent(g);
	return false;
}

void jsl_gossip__sync_answer(struct jsl_gossip *g, struct jsl_gossip__member *m,
			     const struct jsl_gossip_message *msg)
{
	if (!has_room(g))
		return; /* it asks again */
	if (msg->wanted != 0)
		transfer_to(g, &m->row.addr, msg->wanted);
	if (msg->digest == jsl_gossip__digest(g, NULL))
		return;
	if (msg->has_buckets)
		exchange(g, m, msg);
	else if (msg->seq != 0)
		send_buckets(g, m);
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

static bool is_wanted(const struct jsl_gossip__transfer *t,
		      const struct jsl_gossip__member *m)
{
	return (t->wanted >> jsl_gossip__bucket(m->row.id) & 1) != 0;
}

/* As many rows as one message takes. Returns whether there may be more. */
static bool transfer_message(struct jsl_gossip *g, struct jsl_gossip__transfer *t)
{
	struct jsl_gossip_message *msg = jsl_gossip__begin(g, JSL_GOSSIP_NEWS, &t->addr);
	struct jsl_gossip__member *m = jsl_gossip__after(g, t->after);

	while (m != NULL && (!is_wanted(t, m) || jsl_gossip__say(g, &m->row))) {
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

	if (jsl_gossip__is_spent(g)) {
		t->next_us = jsl_gossip__unspent_us(g);
		return;
	}
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
			jsl_gossip__sync(g, m);
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
