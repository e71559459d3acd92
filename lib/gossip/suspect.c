/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Suspicion, as in Lifeguard (LHA-Suspicion, arXiv 1707.00788, 3.2): it lasts
 * long on one node's word and shrinks with each independent one. With
 * B = mult x probe timeout x max(1, log10 n) and k confirmations that may be
 * expected, c of which have come, it lasts
 *
 *	2 B - (2 B - B / 2) x log(c + 1) / log(k + 1)
 *
 * Whatever the time, nobody is declared failed on one node's word alone while a
 * third member lives (G5).
 */

#include <assert.h>
#include <stddef.h>

#include "gossip/gossip_int.h"

/* log10(n) in 1/64, rounded up a little; exact in 1, 2, 5, 10, 20 … */
static uint64_t log10_64(uint64_t n)
{
	uint64_t whole = 0;

	while (n >= 10) {
		n = (n + 5) / 10;
		whole += 64;
	}
	return whole + (const uint8_t[]){0, 0, 20, 31, 39, 45, 50, 55, 58, 62}[n];
}

/* B */
static uint64_t suspicion_us(const struct jsl_gossip *g)
{
	uint64_t scale = log10_64(jsl_gossip__n_live(g));

	return g->opts.suspicion_mult * g->opts.probe_timeout_us *
	       (scale > 64 ? scale : 64) / 64;
}

/* Words that will do: mult - 2 confirmations, or as many as there may be. */
static uint32_t confirmations_wanted(const struct jsl_gossip *g)
{
	size_t n = jsl_gossip__n_live(g);
	uint32_t others = n > 2 ? (uint32_t)(n - 2) : 0;
	uint32_t k = g->opts.suspicion_mult > 3 ? g->opts.suspicion_mult - 2 : 1;

	if (k >= JSL_GOSSIP__ACCUSERS_MAX)
		k = JSL_GOSSIP__ACCUSERS_MAX - 1;
	return k < others ? k : others;
}

static uint64_t duration_us(const struct jsl_gossip *g,
			    const struct jsl_gossip__suspicion *s)
{
	uint64_t b = suspicion_us(g);
	uint32_t k = confirmations_wanted(g), c = s->n_accusers - 1;

	if (k == 0)
		return b;
	if (c >= k)
		return b / 2;
	return 2 * b - (2 * b - b / 2) * log10_64(c + 1) / log10_64(k + 1);
}

void jsl_gossip__suspect_rearm(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	struct jsl_gossip__suspicion *s = &m->suspicion;
	uint64_t until = s->since_us + duration_us(g, s);

	assert(m->row.state == JSL_GOSSIP_SUSPECT);
	if (s->refused_us != 0)
		until = jsl_gossip__min(until, s->refused_us + g->opts.probe_timeout_us);
	if (s->told)
		until = jsl_gossip__min(until, s->since_us + g->opts.probe_timeout_us);
	s->until_us = until > g->now_us ? until : g->now_us;
}

static bool has_accused(const struct jsl_gossip__suspicion *s, uint64_t accuser)
{
	for (uint32_t i = 0; i < s->n_accusers; i++)
		if (s->accusers[i] == accuser)
			return true;
	return false;
}

/* The first word. */
static void begin(struct jsl_gossip *g, struct jsl_gossip__member *m, uint64_t accuser)
{
	bool was_suspect = m->row.state == JSL_GOSSIP_SUSPECT;

	jsl_gossip__set_state(g, m, JSL_GOSSIP_SUSPECT);
	m->row.accuser = accuser;
	m->suspicion = (struct jsl_gossip__suspicion){
		.accusers = {accuser}, .n_accusers = 1, .since_us = g->now_us};
	jsl_gossip__suspect_rearm(g, m);
	if (!was_suspect)
		jsl_gossip__changed(g, JSL_GOSSIP_SUSPECTED, m);
	jsl_gossip__spread(g, m, JSL_GOSSIP__CLASS_FAULT);
}

void jsl_gossip__suspect(struct jsl_gossip *g, struct jsl_gossip__member *m,
			 uint64_t accuser)
{
	struct jsl_gossip__suspicion *s = &m->suspicion;

	assert(jsl_gossip__is_live(m) && m != g->self);
	if (m->row.state == JSL_GOSSIP_ALIVE) {
		begin(g, m, accuser);
		/* A few check for themselves: theirs are the words that count. */
		if (accuser != g->opts.id &&
		    jsl_rng_below(&g->rng, jsl_gossip__n_live(g)) <
			    JSL_GOSSIP__CONFIRMERS)
			jsl_gossip__probe(g, m);
		return;
	}
	if (has_accused(s, accuser) || s->n_accusers > confirmations_wanted(g) ||
	    s->n_accusers == JSL_GOSSIP__ACCUSERS_MAX)
		return;
	s->accusers[s->n_accusers++] = accuser;
	jsl_gossip__suspect_rearm(g, m);
	jsl_gossip__spread(g, m, JSL_GOSSIP__CLASS_FAULT);
}

void jsl_gossip__told_failed(struct jsl_gossip *g, struct jsl_gossip__member *m,
			     uint64_t accuser)
{
	begin(g, m, accuser);
	m->suspicion.told = true;
	jsl_gossip__suspect_rearm(g, m);
	jsl_gossip__probe(g, m);
}

void jsl_gossip__bury(struct jsl_gossip *g, struct jsl_gossip__member *m,
		      enum jsl_gossip_state state, uint64_t accuser)
{
	bool failed = state == JSL_GOSSIP_FAILED;

	assert(m != g->self && (failed || state == JSL_GOSSIP_LEFT));
	m->probe.phase = JSL_GOSSIP__PHASE_IDLE;
	m->suspicion = (struct jsl_gossip__suspicion){0};
	m->row.accuser = failed ? accuser : 0;
	m->dead_us = m->looked_us = g->now_us;
	m->heard_us = 0;
	m->contact = false;
	if (failed)
		m->failed_inc = m->row.incarnation;
	jsl_gossip__set_state(g, m, state);
	jsl_gossip__changed(g, failed ? JSL_GOSSIP_FAILURE : JSL_GOSSIP_GONE, m);
	if (failed)
		jsl_gossip__look_later(g);
	jsl_gossip__spread(g, m,
			   failed ? JSL_GOSSIP__CLASS_FAULT : JSL_GOSSIP__CLASS_REFUTE);
}

/* Whether a second node has no answer either, or there is nobody to ask (G5). */
static bool is_enough(const struct jsl_gossip *g, const struct jsl_gossip__suspicion *s)
{
	bool third = g->n_state[JSL_GOSSIP_ALIVE] > 1; /* this node is one */

	return s->n_accusers > 1 || s->seconded || s->told || !third;
}

/* Whether it answered elsewhere so lately that it cannot be dead. */
static bool was_heard(const struct jsl_gossip *g, const struct jsl_gossip__member *m)
{
	return m->heard_us != 0 && g->now_us - m->heard_us < g->opts.probe_timeout_us;
}

void jsl_gossip__suspect_expire(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	struct jsl_gossip__suspicion *s = &m->suspicion;

	if (is_enough(g, s) && !was_heard(g, m)) {
		jsl_gossip__bury(g, m, JSL_GOSSIP_FAILED,
				 s->told ? s->accusers[0] : g->opts.id);
		return;
	}
	s->until_us = g->now_us + g->opts.probe_timeout_us;
	if (m->probe.phase == JSL_GOSSIP__PHASE_IDLE)
		jsl_gossip__probe_indirect(g, m);
}

void jsl_gossip__refused(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	if (m == g->self || !jsl_gossip__is_live(m))
		return;
	jsl_gossip__suspect(g, m, g->opts.id);
	if (m->suspicion.refused_us == 0)
		m->suspicion.refused_us = g->now_us;
	jsl_gossip__suspect_rearm(g, m);
	jsl_gossip__probe_indirect(g, m);
}
