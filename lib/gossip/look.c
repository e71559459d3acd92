/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking for those that are not there (G2): seeds where nobody was met yet, and
 * members that failed, for a day, whether their rows are cleaned up or not. One
 * that lives after all hears that it was declared failed, raises its incarnation,
 * and the two tables are synced: a partition heals by itself.
 *
 * A node looks for one dead member at a time, in turn. The gap grows with the
 * number of the living, so that the whole cluster looks at the same rate whatever
 * its size: often enough to heal within seconds, without a storm of pings at
 * addresses where nobody is. Only who is said to live is looked for at once.
 */

#include <stddef.h>

#include "gossip/gossip_int.h"

#define LOOK_PERIODS   5  /* between two looks of a node in a small cluster */
#define LOOK_SHARE     8  /* members that look at that rate; more look less often */
#define SOON_SHARE     50 /* part of a period between looks at who is said to live */
#define SEED_PERIODS   10 /* between two pings to a silent seed, at most */
#define SEED_ALONE_MAX 5  /* the same while no other member is known */
#define SEED_WATCH     2  /* between two looks at whether a met one is still alive */

/* In looked_us: before all others. */
#define SOON 0

static bool is_known_at(const struct jsl_gossip *g, const struct jsl_addr *addr)
{
	for (size_t i = 0; i < g->n_rows; i++)
		if (jsl_gossip__is_live(g->rows[i]) &&
		    jsl_addr_equal(&g->rows[i]->row.addr, addr))
			return true;
	return false;
}

void jsl_gossip__seed(struct jsl_gossip *g, const struct jsl_addr *addr)
{
	for (size_t i = 0; i < g->n_seeds; i++)
		if (jsl_addr_equal(&g->seeds[i].addr, addr))
			return;
	if (g->n_seeds == JSL_GOSSIP__SEEDS_MAX || jsl_addr_equal(addr, &g->opts.addr))
		return;
	g->seeds[g->n_seeds++] =
		(struct jsl_gossip__seed){.addr = *addr,
					  .next_us = g->now_us,
					  .gap_us = g->opts.probe_interval_us / 4};
}

/* Target 0: whoever is there. Our row goes along; see on_ping(). */
static void seed_ping(struct jsl_gossip *g, struct jsl_gossip__seed *seed)
{
	uint64_t period = g->opts.probe_interval_us;
	bool alone = jsl_gossip__n_live(g) == 1;
	uint64_t gap_max = period * (alone ? SEED_ALONE_MAX : SEED_PERIODS);
	struct jsl_gossip_message *msg;

	seed->gap_us = jsl_gossip__min(seed->gap_us * 2, gap_max);
	seed->next_us = jsl_gossip__jitter(g, seed->gap_us);
	if (is_known_at(g, &seed->addr)) {
		seed->gap_us = period / 4;
		seed->next_us = jsl_gossip__jitter(g, SEED_WATCH * period);
		return;
	}
	msg = jsl_gossip__begin(g, JSL_GOSSIP_PING, &seed->addr);
	msg->seq = jsl_rng_next(&g->rng) | 1;
	jsl_gossip__say(g, &g->self->row);
}

void jsl_gossip__forget(struct jsl_gossip *g, uint64_t id)
{
	struct jsl_gossip__member *m = jsl_gossip__find(g, id);
	struct jsl_gossip__tomb *t = jsl_gossip__tomb_find(g, id);

	if (m != NULL && m != g->self && !jsl_gossip__is_live(m))
		m->forgotten = true;
	if (t != NULL)
		t->look = false;
}

void jsl_gossip__tomb_entry(const struct jsl_gossip *g, const struct jsl_gossip__tomb *t,
			    struct jsl_gossip_entry *ret_e)
{
	*ret_e = (struct jsl_gossip_entry){.id = t->id,
					   .boot = t->boot,
					   .incarnation = t->incarnation,
					   .state = JSL_GOSSIP_FAILED,
					   .accuser = g->opts.id,
					   .addr = t->addr};
}

static void look_ping(struct jsl_gossip *g, const struct jsl_gossip_entry *e)
{
	struct jsl_gossip_message *msg = jsl_gossip__begin(g, JSL_GOSSIP_PING, &e->addr);

	msg->seq = jsl_rng_next(&g->rng) | 1;
	msg->target = e->id;
	jsl_gossip__say(g, e);
	/* Room for the answer to tell us the same (G7). */
	jsl_gossip__say_self(g);
}

/* The dead row that was not looked for the longest, or NULL. */
static struct jsl_gossip__member *dead_row(const struct jsl_gossip *g)
{
	struct jsl_gossip__member *best = NULL;

	for (size_t i = 0; i < g->n_rows; i++) {
		struct jsl_gossip__member *m = g->rows[i];

		if (m->row.state != JSL_GOSSIP_FAILED || m->forgotten ||
		    g->now_us - m->dead_us >= JSL_GOSSIP__DEAD_US)
			continue;
		if (best == NULL || m->looked_us < best->looked_us)
			best = m;
	}
	return best;
}

/* The same among tombstones. */
static struct jsl_gossip__tomb *dead_tomb(const struct jsl_gossip *g)
{
	struct jsl_gossip__tomb *best = NULL;

	for (size_t i = 0; i < g->n_tombs; i++) {
		struct jsl_gossip__tomb *t = &g->tombs[i];

		if (t->look && (best == NULL || t->looked_us < best->looked_us))
			best = t;
	}
	return best;
}

static void look(struct jsl_gossip *g)
{
	struct jsl_gossip__member *m = dead_row(g);
	struct jsl_gossip__tomb *t = dead_tomb(g);
	struct jsl_gossip_entry e;

	if (m != NULL && (t == NULL || m->looked_us <= t->looked_us)) {
		m->looked_us = g->now_us;
		look_ping(g, &m->row);
	} else if (t != NULL) {
		t->looked_us = g->now_us;
		jsl_gossip__tomb_entry(g, t, &e);
		look_ping(g, &e);
	}
}

void jsl_gossip__look_soon(struct jsl_gossip *g, uint64_t *looked_us)
{
	if (g->now_us - *looked_us < g->opts.probe_interval_us)
		return;
	*looked_us = SOON;
	g->look_us = jsl_gossip__min(g->look_us,
				     g->now_us + g->opts.probe_interval_us / SOON_SHARE);
}

/* Until the next look. */
static uint64_t gap_us(struct jsl_gossip *g)
{
	const struct jsl_gossip__member *m = dead_row(g);
	const struct jsl_gossip__tomb *t = dead_tomb(g);
	uint64_t gap = LOOK_PERIODS * g->opts.probe_interval_us;
	size_t live = jsl_gossip__n_live(g);

	if ((m != NULL && m->looked_us == SOON) || (t != NULL && t->looked_us == SOON))
		return g->opts.probe_interval_us / SOON_SHARE;
	return live > LOOK_SHARE ? gap * live / LOOK_SHARE : gap;
}

static bool has_dead(const struct jsl_gossip *g)
{
	return g->n_state[JSL_GOSSIP_FAILED] > 0 || g->n_tombs > 0;
}

void jsl_gossip__look_run(struct jsl_gossip *g)
{
	if (has_dead(g) && g->look_us <= g->now_us && !jsl_gossip__is_full(g)) {
		jsl_gossip__tomb_expire(g);
		look(g);
		g->look_us = jsl_gossip__jitter(g, gap_us(g));
	}
	for (size_t i = 0; i < g->n_seeds; i++)
		if (g->seeds[i].next_us <= g->now_us && !jsl_gossip__is_full(g))
			seed_ping(g, &g->seeds[i]);
}

uint64_t jsl_gossip__look_deadline(const struct jsl_gossip *g)
{
	uint64_t at = has_dead(g) ? g->look_us : JSL_GOSSIP__NEVER;

	for (size_t i = 0; i < g->n_seeds; i++)
		at = jsl_gossip__min(at, g->seeds[i].next_us);
	return at;
}
