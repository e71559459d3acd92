/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking for those that are not there any more (G2): members that failed, for a
 * day, whether their rows are cleaned up or not. One
 * that lives after all hears that it was declared failed, raises its incarnation,
 * and the two tables are synced: a partition heals by itself.
 *
 * A node looks for one dead member at a time, in turn. The gap grows with the
 * number of the living, so that the whole cluster looks at the same rate whatever
 * its size: often enough to heal within seconds, without a storm of pings at
 * addresses where nobody is. One that is dead for long is looked for less often.
 * Only who is said to live is looked for at once.
 */

#include <assert.h>
#include <stddef.h>

#include "base/rule.h"
#include "gossip/gossip_int.h"

#define LOOK_PERIODS	 5  /* between two looks of a node in a small cluster */
#define LOOK_SHARE	 8  /* members that look at that rate; more look less often */
#define LOOK_DECAY	 16 /* the gap is that part of the time since the death, */
#define LOOK_PERIODS_MAX 60 /* up to so many periods */
#define SOON_SHARE	 50 /* part of a period between looks at who is said to live */

/* In looked_us: before all others. */
#define SOON 0

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

/* When one that died then and was looked for last then is to be looked for again. */
static uint64_t due_us(const struct jsl_gossip *g, uint64_t dead_us, uint64_t looked_us)
{
	uint64_t period = g->opts.probe_interval_us;
	uint64_t gap = (g->now_us - dead_us) / LOOK_DECAY;

	if (looked_us == SOON)
		return 0;
	if (gap < LOOK_PERIODS * period)
		gap = LOOK_PERIODS * period;
	return looked_us + jsl_gossip__min(gap, LOOK_PERIODS_MAX * period);
}

/* Whose turn it is among the dead that are looked for. */
struct turn {
	struct jsl_gossip__member *m; /* one of the two, or neither */
	struct jsl_gossip__tomb *t;
	uint64_t due_us; /* NEVER: nobody's */
};

static struct turn find_turn(const struct jsl_gossip *g)
{
	struct turn turn = {.due_us = JSL_GOSSIP__NEVER};

	for (size_t i = 0; g->n_state[JSL_GOSSIP_FAILED] > 0 && i < g->n_rows; i++) {
		struct jsl_gossip__member *m = g->rows[i];

		if (m->row.state != JSL_GOSSIP_FAILED || m->forgotten ||
		    g->now_us - m->dead_us >= JSL_GOSSIP__DEAD_US)
			continue;
		if (due_us(g, m->dead_us, m->looked_us) < turn.due_us)
			turn = (struct turn){
				.m = m, .due_us = due_us(g, m->dead_us, m->looked_us)};
	}
	for (size_t i = 0; i < g->n_tombs; i++) {
		struct jsl_gossip__tomb *t = &g->tombs[i];

		if (t->look && due_us(g, t->dead_us, t->looked_us) < turn.due_us)
			turn = (struct turn){
				.t = t, .due_us = due_us(g, t->dead_us, t->looked_us)};
	}
	return turn;
}

/* Returns whether anybody was due. */
static bool look(struct jsl_gossip *g)
{
	struct turn turn = find_turn(g);
	struct jsl_gossip_entry e;

	if (turn.due_us > g->now_us)
		return false;
	if (turn.m != NULL) {
		turn.m->looked_us = g->now_us;
		look_ping(g, &turn.m->row);
	} else {
		assert(turn.t != NULL); /* or nobody was due */
		turn.t->looked_us = g->now_us;
		jsl_gossip__tomb_entry(g, turn.t, &e);
		look_ping(g, &e);
	}
	return true;
}

void jsl_gossip__look_soon(struct jsl_gossip *g, uint64_t *looked_us)
{
	if (g->now_us - *looked_us < g->opts.probe_interval_us)
		return;
	*looked_us = SOON;
	g->look_us = jsl_gossip__min(g->look_us,
				     g->now_us + g->opts.probe_interval_us / SOON_SHARE);
}

void jsl_gossip__look_later(struct jsl_gossip *g)
{
	uint64_t period = g->opts.probe_interval_us;
	uint64_t at = g->now_us + LOOK_PERIODS * period + jsl_rng_below(&g->rng, period);

	g->look_us = jsl_gossip__min(g->look_us, at);
}

/* The next look: not before anybody is due, nor, after one, before the gap is over. */
static uint64_t next_look(struct jsl_gossip *g, bool looked)
{
	uint64_t gap = LOOK_PERIODS * g->opts.probe_interval_us;
	uint64_t due = find_turn(g).due_us;
	size_t live = jsl_gossip__n_live(g);

	if (due == SOON)
		return g->now_us + g->opts.probe_interval_us / SOON_SHARE;
	if (live > LOOK_SHARE)
		gap = gap * live / LOOK_SHARE;
	gap = jsl_gossip__jitter(g, gap);
	return looked && due < gap ? gap : due;
}

/* ---- those that are back ---- */

void jsl_gossip__back(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	if (g->n_healed++ == 0)
		g->healed_id = m->row.id;
	g->healed_us = g->now_us + g->opts.probe_interval_us;
}

/* Once for all that came back together. */
static void tell_healed(struct jsl_gossip *g)
{
	struct jsl_gossip__member *m = jsl_gossip__find(g, g->healed_id);

	if (m != NULL) {
		jsl_gossip__changed(g, JSL_GOSSIP_HEALED, m);
		g->changes[g->n_changes - 1].n_healed = g->n_healed;
	}
	g->n_healed = 0;
	g->healed_us = JSL_GOSSIP__NEVER;
}

static bool has_dead(const struct jsl_gossip *g)
{
	return JSL_RULE(G2) && (g->n_state[JSL_GOSSIP_FAILED] > 0 || g->n_tombs > 0);
}

void jsl_gossip__look_run(struct jsl_gossip *g)
{
	if (g->healed_us <= g->now_us && !jsl_gossip__is_full(g))
		tell_healed(g);
	if (has_dead(g) && g->look_us <= g->now_us && !jsl_gossip__is_full(g)) {
		jsl_gossip__tomb_expire(g);
		g->look_us = next_look(g, look(g));
	}
}

uint64_t jsl_gossip__look_deadline(const struct jsl_gossip *g)
{
	uint64_t at = g->healed_us;

	if (has_dead(g))
		at = jsl_gossip__min(at, g->look_us);
	return at;
}
