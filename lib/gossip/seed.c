/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses where a node may be (G2). One where nobody is met is pinged again and
 * again, the more rarely the more of them there are: what a node sends does not
 * grow with their number (G4). One where a member lives is left alone; whether it
 * still does is looked up for all of them at once, so that a node with hundreds of
 * seeds does not wake for each.
 */

#include "base/rule.h"
#include "gossip/gossip_int.h"

#define SHARE	  8  /* seeds that are pinged at full rate; more are more rarely */
#define PERIODS	  10 /* between two pings to a silent one, at most */
#define ALONE_MAX 5  /* the same while no other member is known */
#define WATCH	  2  /* between two looks at whether a met one is still alive */

/* How often all are passed: @us for up to SHARE of them. */
static uint64_t shared(const struct jsl_gossip *g, uint64_t us)
{
	return g->n_seeds > SHARE ? us * g->n_seeds / SHARE : us;
}

static uint64_t gap_min(const struct jsl_gossip *g)
{
	return shared(g, g->opts.probe_interval_us / 2);
}

void jsl_gossip__seed(struct jsl_gossip *g, const struct jsl_addr *addr)
{
	struct jsl_gossip__seed *seed = &g->seeds[g->n_seeds];
	uint64_t within;

	for (size_t i = 0; i < g->n_seeds; i++)
		if (jsl_addr_equal(&g->seeds[i].addr, addr))
			return;
	if (g->n_seeds == JSL_GOSSIP__SEEDS_MAX || jsl_addr_equal(addr, &g->opts.addr))
		return;
	g->n_seeds++;
	/* The first few at once, the others while their answers come. */
	within = g->n_seeds > SHARE ? gap_min(g) / 8 : 0;
	*seed = (struct jsl_gossip__seed){
		.addr = *addr, .next_us = g->now_us + jsl_rng_below(&g->rng, within + 1)};
	g->seed_us = jsl_gossip__min(g->seed_us, seed->next_us);
}

static bool is_known_at(const struct jsl_gossip *g, const struct jsl_addr *addr)
{
	for (size_t i = 0; i < g->n_rows; i++)
		if (jsl_gossip__is_live(g->rows[i]) &&
		    jsl_addr_equal(&g->rows[i]->row.addr, addr))
			return true;
	return false;
}

/* The next time at which all that are met are looked up; each node has its own. */
static uint64_t next_watch_us(const struct jsl_gossip *g)
{
	uint64_t every = WATCH * g->opts.probe_interval_us;

	return g->now_us + every - (g->now_us + g->opts.seed) % every;
}

/* Target 0: whoever is there. Our row goes along; see on_ping(). */
static void ping(struct jsl_gossip *g, struct jsl_gossip__seed *seed, bool alone)
{
	uint64_t most =
		shared(g, (alone ? ALONE_MAX : PERIODS) * g->opts.probe_interval_us);
	struct jsl_gossip_message *msg =
		jsl_gossip__begin(g, JSL_GOSSIP_PING, &seed->addr);

	msg->seq = jsl_rng_next(&g->rng) | 1;
	jsl_gossip__say(g, &g->self->row);
	seed->gap_us = jsl_gossip__min(2 * seed->gap_us, most);
	if (seed->gap_us < gap_min(g))
		seed->gap_us = gap_min(g);
	seed->next_us = jsl_gossip__jitter(g, seed->gap_us);
}

static void run_one(struct jsl_gossip *g, struct jsl_gossip__seed *seed)
{
	bool alone = jsl_gossip__n_live(g) == 1;

	if (is_known_at(g, &seed->addr) || !(alone || JSL_RULE(G2))) {
		seed->gap_us = 0;
		seed->next_us = next_watch_us(g);
	} else {
		ping(g, seed, alone);
	}
}

void jsl_gossip__seed_run(struct jsl_gossip *g)
{
	uint64_t at = JSL_GOSSIP__NEVER;

	if (g->seed_us > g->now_us)
		return;
	for (size_t i = 0; i < g->n_seeds; i++) {
		if (g->seeds[i].next_us <= g->now_us && !jsl_gossip__is_full(g))
			run_one(g, &g->seeds[i]);
		at = jsl_gossip__min(at, g->seeds[i].next_us);
	}
	g->seed_us = at;
}
