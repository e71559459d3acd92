/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe loop: a ping, and another one in half the probe timeout, for datagrams
 * get lost; without an answer within that timeout, a third and a request to three
 * members to ping as well; without an answer to those either, or when all three
 * say that they have none (NACK), suspicion. Up
 * to 16 members everybody is probed once a period, above that one per period in
 * shuffled order, so that the load on a node stays the same.
 *
 * Lifeguard (LHA-Probe, 3.1): a node that misses the answers of others may itself
 * be the slow one, and grows patient: its intervals are multiplied by 1 + health.
 */

#include <assert.h>
#include <stddef.h>

#include "gossip/gossip_int.h"

void jsl_gossip__health(struct jsl_gossip *g, int delta)
{
	int health = (int)g->health + delta;

	if (health < 0)
		health = 0;
	if (health > JSL_GOSSIP__HEALTH_MAX)
		health = JSL_GOSSIP__HEALTH_MAX;
	g->health = (uint32_t)health;
}

static uint64_t timeout_us(const struct jsl_gossip *g)
{
	return g->opts.probe_timeout_us * (1 + g->health);
}

/* A suspect hears of the suspicion from whoever pings it ("buddy", 3.3). */
static void ping(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	struct jsl_gossip_message *msg =
		jsl_gossip__begin(g, JSL_GOSSIP_PING, &m->row.addr);

	msg->seq = m->probe.seq;
	msg->target = m->row.id;
	/* Not more than was got from one who has never answered (G7). */
	if (!m->verified)
		g->bytes_max =
			JSL_GOSSIP__BYTES_MESSAGE + jsl_gossip__entry_bytes(&m->row);
	if (m->row.state == JSL_GOSSIP_SUSPECT)
		jsl_gossip__say(g, &m->row);
	/* Who does not know it yet believes such an incarnation from us only. */
	if (g->self->row.incarnation > JSL_GOSSIP__INCARNATION_JUMP)
		jsl_gossip__say_self(g);
	if (m->verified)
		jsl_gossip__piggyback(g);
}

static void start(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	m->probe = (struct jsl_gossip__probe){.phase = JSL_GOSSIP__PHASE_FIRST,
					      .seq = jsl_rng_next(&g->rng) | 1,
					      .until_us = g->now_us + timeout_us(g) / 2};
	jsl_gossip__arm(g, m);
}

void jsl_gossip__probe(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	assert(m != g->self && jsl_gossip__is_live(m));
	if (m->probe.phase != JSL_GOSSIP__PHASE_IDLE)
		return;
	start(g, m);
	ping(g, m);
}

/* Up to three members that are well, other than @m, from a random place on. */
static void ask_others(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	size_t first = jsl_rng_below(&g->rng, g->n_order);
	struct jsl_gossip__probe *p = &m->probe;

	for (size_t i = 0; i < g->n_order && p->n_asked < JSL_GOSSIP__INDIRECT; i++) {
		struct jsl_gossip__member *other = g->order[(first + i) % g->n_order];
		struct jsl_gossip_message *msg;

		if (other == m || other->row.state != JSL_GOSSIP_ALIVE)
			continue;
		p->asked[p->n_asked++] = other->row.id;
		msg = jsl_gossip__begin(g, JSL_GOSSIP_PING_REQ, &other->row.addr);
		msg->seq = p->seq;
		msg->target = m->row.id;
		msg->target_addr = m->row.addr;
		if (m->row.state == JSL_GOSSIP_SUSPECT)
			jsl_gossip__say(g, &m->row);
		jsl_gossip__piggyback(g);
	}
}

static void go_indirect(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	m->probe.phase = JSL_GOSSIP__PHASE_INDIRECT;
	m->probe.until_us = g->now_us + timeout_us(g);
	ping(g, m);
	ask_others(g, m);
}

void jsl_gossip__probe_indirect(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	assert(m != g->self && jsl_gossip__is_live(m));
	if (m->probe.phase == JSL_GOSSIP__PHASE_INDIRECT)
		return;
	if (m->probe.phase == JSL_GOSSIP__PHASE_IDLE)
		start(g, m);
	go_indirect(g, m);
}

/* Missing NACKs are a sign that the fault is ours (LHA-Probe). */
static void fail(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	struct jsl_gossip__probe *p = &m->probe;

	jsl_gossip__health(g, p->n_asked > 0 ? (int)(p->n_asked - p->n_nacks) : 1);
	p->phase = JSL_GOSSIP__PHASE_IDLE;
	jsl_gossip__suspect(g, m, g->opts.id);
	m->suspicion.seconded |= p->n_nacks > 0;
}

void jsl_gossip__probe_expire(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	assert(m->probe.phase != JSL_GOSSIP__PHASE_IDLE);
	switch (m->probe.phase) {
	case JSL_GOSSIP__PHASE_IDLE: break;
	case JSL_GOSSIP__PHASE_FIRST:
		m->probe.phase = JSL_GOSSIP__PHASE_AGAIN;
		m->probe.until_us = g->now_us + timeout_us(g) / 2;
		ping(g, m);
		break;
	case JSL_GOSSIP__PHASE_AGAIN: go_indirect(g, m); break;
	case JSL_GOSSIP__PHASE_INDIRECT: fail(g, m); break;
	}
}

static void shuffle(struct jsl_gossip *g)
{
	for (size_t i = g->n_order; i > 1; i--) {
		size_t j = jsl_rng_below(&g->rng, i);
		struct jsl_gossip__member *m = g->order[i - 1];

		g->order[i - 1] = g->order[j];
		g->order[j] = m;
		g->order[i - 1]->place = i - 1;
		m->place = j;
	}
}

/* Small clusters keep their order, so that a period is never stretched to two. */
static struct jsl_gossip__member *next_in_order(struct jsl_gossip *g)
{
	if (++g->probe_cursor >= g->n_order) {
		g->probe_cursor = 0;
		if (jsl_gossip__n_live(g) > JSL_GOSSIP__SMALL)
			shuffle(g);
	}
	return g->order[g->probe_cursor];
}

void jsl_gossip__probe_next(struct jsl_gossip *g)
{
	size_t live = jsl_gossip__n_live(g);
	size_t share = live > 2 && live <= JSL_GOSSIP__SMALL ? live - 1 : 1;

	for (size_t i = 0; i < g->n_order; i++) {
		struct jsl_gossip__member *m = next_in_order(g);

		if (jsl_gossip__is_live(m) && m->probe.phase == JSL_GOSSIP__PHASE_IDLE) {
			jsl_gossip__probe(g, m);
			break;
		}
	}
	g->probe_us = jsl_gossip__jitter(g, g->opts.probe_interval_us * (1 + g->health) /
						    share);
}

void jsl_gossip__heard(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	m->heard_us = g->now_us;
	if (m->probe.phase != JSL_GOSSIP__PHASE_IDLE)
		jsl_gossip__probe_ack(g, m, m->probe.seq, false);
}

bool jsl_gossip__probe_ack(struct jsl_gossip *g, struct jsl_gossip__member *m,
			   uint64_t seq, bool direct)
{
	if (m->probe.phase == JSL_GOSSIP__PHASE_IDLE || m->probe.seq != seq)
		return false;
	m->probe.phase = JSL_GOSSIP__PHASE_IDLE;
	jsl_gossip__arm(g, m);
	jsl_gossip__health(g, -1);
	m->verified |= direct;
	if (m->row.state == JSL_GOSSIP_SUSPECT && m->suspicion.refused_us != 0) {
		m->suspicion.refused_us = 0;
		jsl_gossip__suspect_rearm(g, m);
	}
	if (m->contact && m->verified) {
		m->contact = false;
		jsl_gossip__sync(g, m);
	}
	return true;
}

void jsl_gossip__probe_nack(struct jsl_gossip *g, struct jsl_gossip__member *m,
			    uint64_t seq, uint64_t from)
{
	struct jsl_gossip__probe *p = &m->probe;

	if (p->phase != JSL_GOSSIP__PHASE_INDIRECT || p->seq != seq)
		return;
	for (uint32_t i = 0; i < p->n_asked; i++) {
		if (p->asked[i] != from)
			continue;
		p->asked[i] = 0;
		p->n_nacks++;
		m->suspicion.seconded |= m->row.state == JSL_GOSSIP_SUSPECT;
		break;
	}
	if (p->n_asked > 0 && p->n_nacks == p->n_asked)
		fail(g, m);
}
