/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which news is accepted. Of one id the higher boot wins, then the higher
 * incarnation, then the worse state: ALIVE < SUSPECT < FAILED < LEFT. A triple
 * (id, boot, incarnation) that failed here never lives here again; only its owner
 * makes incarnations, so only it can come back (G1).
 *
 * One softening: who holds a member alive and hears that it has failed suspects
 * it first. After a partition heals, the members of each half thus refute the
 * verdicts of the other before anybody loses them.
 *
 * Who lives is not removed by one word: that a later life of it is dead is a reason
 * to ask it, and what others say of an incarnation far above all that is known of
 * its boot is not believed. Its owner could not refute either.
 */

#include <assert.h>
#include <string.h>

#include <jsl/err.h>

#include "base/rule.h"
#include "gossip/gossip_int.h"

int jsl_gossip__check_entry(const struct jsl_gossip_entry *e)
{
	bool accused = e->state == JSL_GOSSIP_SUSPECT || e->state == JSL_GOSSIP_FAILED;

	if (e->id == 0 || e->boot == 0 || e->state < JSL_GOSSIP_ALIVE ||
	    e->state > JSL_GOSSIP_LEFT || e->meta_len > JSL_GOSSIP_META_MAX)
		return JSL_E_MALFORMED;
	if (accused && (e->accuser == 0 || e->accuser == e->id))
		return JSL_E_MALFORMED;
	if (e->boot > JSL_GOSSIP__BOOT_MAX || e->incarnation == 0 ||
	    e->incarnation > JSL_GOSSIP__INCARNATION_MAX)
		return JSL_E_LIMIT;
	return 0;
}

static bool is_live_state(enum jsl_gossip_state state)
{
	return state == JSL_GOSSIP_ALIVE || state == JSL_GOSSIP_SUSPECT;
}

/*
 * News about this node. Whoever accuses it hears at once that it lives; G1: the
 * new incarnation is above everything that was said.
 */
static void merge_self(struct jsl_gossip *g, const struct jsl_gossip_entry *e)
{
	struct jsl_gossip_entry *row = &g->self->row;
	bool accused = e->state != JSL_GOSSIP_ALIVE;

	if (e->boot > row->boot || e->incarnation >= JSL_GOSSIP__INCARNATION_MAX)
		return;
	if (e->boot < row->boot && !accused && e->addr.port != 0 &&
	    !jsl_addr_equal(&e->addr, &row->addr))
		jsl_gossip__twin_ask(g, &e->addr);
	if (e->boot < row->boot || (accused && e->incarnation < row->incarnation)) {
		g->correct = true;
		return;
	}
	if (e->incarnation < row->incarnation ||
	    (!accused && e->incarnation == row->incarnation))
		return;
	if (e->incarnation - row->incarnation > JSL_GOSSIP__INCARNATION_JUMP) {
		g->refused = JSL_E_LIMIT; /* nobody believes it, see jump() */
		g->correct = true;
		return;
	}
	row->incarnation = e->incarnation + 1;
	g->correct = true;
	jsl_gossip__health(g, 1);
	jsl_gossip__spread(g, g->self, JSL_GOSSIP__CLASS_REFUTE);
}

/* Metadata as the owner last set it. Returns whether it is news. */
static bool take_meta(struct jsl_gossip__member *m, const struct jsl_gossip_entry *e)
{
	if (e->meta_version <= m->row.meta_version)
		return false;
	m->row.meta_version = e->meta_version;
	m->row.meta_len = e->meta_len;
	memcpy(m->row.meta, e->meta, e->meta_len);
	return true;
}

/* An address moves within a boot by its owner's own word only. */
static bool take_addr(struct jsl_gossip__member *m, const struct jsl_gossip_entry *e,
		      bool owner)
{
	if (!owner || e->addr.port == 0 || jsl_addr_equal(&m->row.addr, &e->addr))
		return false;
	m->row.addr = e->addr;
	return true;
}

/* Met face to face, not by hearsay: learn what it knows, when it has answered. */
static void meet(struct jsl_gossip *g, struct jsl_gossip__member *m, bool owner)
{
	if (!owner)
		return;
	m->contact = true;
	jsl_gossip__probe(g, m);
}

/* Only members accuse: whoever sends this could name any number of others (G5). */
static bool may_accuse(const struct jsl_gossip *g, uint64_t id)
{
	const struct jsl_gossip__member *m = jsl_gossip__find(g, id);

	return id == g->from || (m != NULL && jsl_gossip__is_live(m));
}

static void accuse(struct jsl_gossip *g, struct jsl_gossip__member *m,
		   const struct jsl_gossip_entry *e)
{
	if (e->state == JSL_GOSSIP_SUSPECT && e->accuser != g->opts.id &&
	    may_accuse(g, e->accuser))
		jsl_gossip__suspect(g, m, e->accuser);
}

/* By the word of others it is only told apart from what they say next: should an
 * earlier life come itself, it lives. */
static void remember_dead(struct jsl_gossip *g, const struct jsl_gossip_entry *e,
			  bool owner)
{
	const struct jsl_gossip__tomb *known = jsl_gossip__tomb_find(g, e->id);
	struct jsl_gossip__tomb t = {.id = e->id,
				     .boot = e->boot,
				     .incarnation = e->incarnation,
				     .sure = known != NULL ? known->sure : 0,
				     .addr = e->addr,
				     .dead_us = g->now_us,
				     .looked_us = g->now_us,
				     .look = e->state == JSL_GOSSIP_FAILED &&
					     e->addr.port != 0};

	if (owner)
		t.sure = e->boot;
	jsl_gossip__tomb_put(g, &t);
	jsl_gossip__look_later(g);
}

/* Of an earlier life than is known to have died, or of one that died here. */
static bool is_stale(const struct jsl_gossip__tomb *t, const struct jsl_gossip_entry *e,
		     bool owner)
{
	if (e->boot == t->boot)
		return JSL_RULE(G1) && e->incarnation <= t->incarnation;
	return e->boot < t->boot && !(owner && e->boot > t->sure);
}

/* An id without a row: a new member, one that comes back, or a stale rumour. */
static void merge_unknown(struct jsl_gossip *g, const struct jsl_gossip_entry *e,
			  bool owner)
{
	struct jsl_gossip__tomb *t = jsl_gossip__tomb_find(g, e->id);
	bool back = t != NULL && t->boot == e->boot;
	uint64_t failed_inc = back && JSL_RULE(G1) ? t->incarnation : 0;
	struct jsl_gossip__member *m;

	if (t != NULL && is_stale(t, e, owner)) {
		if (back && t->look && is_live_state(e->state))
			jsl_gossip__look_soon(g, &t->looked_us);
		return;
	}
	if (!is_live_state(e->state)) {
		remember_dead(g, e, owner);
		return;
	}
	if (e->addr.port == 0)
		return;
	m = jsl_gossip__add(g, e);
	if (m == NULL)
		return;
	if (t != NULL)
		jsl_gossip__tomb_remove(g, t);
	m->failed_inc = failed_inc;
	jsl_gossip__changed(g, back ? JSL_GOSSIP_RECOVERED : JSL_GOSSIP_JOINED, m);
	if (back)
		jsl_gossip__back(g, m);
	jsl_gossip__spread(g, m,
			   back ? JSL_GOSSIP__CLASS_REFUTE : JSL_GOSSIP__CLASS_ALIVE);
	accuse(g, m, e);
	meet(g, m, owner);
}

/* A later life of a known id: nothing of the earlier one counts any more. */
static void merge_boot(struct jsl_gossip *g, struct jsl_gossip__member *m,
		       const struct jsl_gossip_entry *e, bool owner)
{
	bool was_live = jsl_gossip__is_live(m);

	if (is_live_state(e->state) && e->addr.port == 0)
		return;
	m->row.boot = e->boot;
	m->row.incarnation = e->incarnation;
	m->row.meta_version = e->meta_version;
	m->row.meta_len = e->meta_len;
	memcpy(m->row.meta, e->meta, e->meta_len);
	if (e->addr.port != 0)
		m->row.addr = e->addr;
	m->failed_inc = m->heard_us = 0;
	m->verified = m->contact = m->forgotten = false;
	m->probe.phase = JSL_GOSSIP__PHASE_IDLE;
	if (!is_live_state(e->state)) {
		if (was_live || m->row.state != e->state)
			jsl_gossip__bury(g, m, e->state, e->accuser);
		else if (e->state == JSL_GOSSIP_FAILED)
			m->failed_inc = e->incarnation;
		return;
	}
	jsl_gossip__set_state(g, m, JSL_GOSSIP_ALIVE);
	jsl_gossip__changed(g, JSL_GOSSIP_JOINED, m);
	jsl_gossip__spread(g, m, JSL_GOSSIP__CLASS_ALIVE);
	accuse(g, m, e);
	meet(g, m, owner);
}

/* Alive, or at worst suspected, in an incarnation that was not known. */
static void merge_newer(struct jsl_gossip *g, struct jsl_gossip__member *m,
			const struct jsl_gossip_entry *e, bool owner)
{
	enum jsl_gossip_state was = m->row.state;
	bool updated = take_meta(m, e);

	updated |= take_addr(m, e, owner);
	m->row.incarnation = e->incarnation;
	m->forgotten = false;
	jsl_gossip__set_state(g, m, JSL_GOSSIP_ALIVE);
	if (was != JSL_GOSSIP_ALIVE)
		jsl_gossip__changed(g, JSL_GOSSIP_RECOVERED, m);
	else if (updated)
		jsl_gossip__changed(g, JSL_GOSSIP_UPDATED, m);
	if (was == JSL_GOSSIP_FAILED)
		jsl_gossip__back(g, m);
	jsl_gossip__spread(g, m, JSL_GOSSIP__CLASS_REFUTE);
	accuse(g, m, e);
	if (!is_live_state(was))
		meet(g, m, owner);
}

/* The incarnation that is known, not dead here: metadata, address, suspicion. */
static void merge_same(struct jsl_gossip *g, struct jsl_gossip__member *m,
		       const struct jsl_gossip_entry *e, bool owner)
{
	bool updated = take_meta(m, e);

	updated |= take_addr(m, e, owner);
	if (updated) {
		jsl_gossip__changed(g, JSL_GOSSIP_UPDATED, m);
		if (m->row.state == JSL_GOSSIP_ALIVE)
			jsl_gossip__spread(g, m, JSL_GOSSIP__CLASS_META);
	}
	accuse(g, m, e);
}

static void merge_failed(struct jsl_gossip *g, struct jsl_gossip__member *m,
			 const struct jsl_gossip_entry *e)
{
	bool newer = e->incarnation > m->row.incarnation;

	m->row.incarnation = e->incarnation;
	if (!jsl_gossip__is_live(m)) {
		if (newer)
			m->failed_inc = e->incarnation;
		return;
	}
	if (m->row.state == JSL_GOSSIP_ALIVE || newer)
		jsl_gossip__told_failed(g, m, e->accuser);
	else if (!m->suspicion.told)
		jsl_gossip__bury(g, m, JSL_GOSSIP_FAILED, e->accuser);
}

/* How far an incarnation is above what is known here of that boot. */
static uint64_t jump(const struct jsl_gossip *g, const struct jsl_gossip__member *m,
		     const struct jsl_gossip_entry *e)
{
	const struct jsl_gossip__tomb *t = jsl_gossip__tomb_find(g, e->id);
	uint64_t known = 1; /* a life begins with it */

	if (m != NULL && m->row.boot == e->boot)
		known = m->row.incarnation;
	else if (t != NULL && t->boot == e->boot)
		known = t->incarnation;
	return e->incarnation < known ? 0 : e->incarnation - known;
}

/* G1: the word of others brings nobody back; it is a reason to look. */
static void said_to_live(struct jsl_gossip *g, struct jsl_gossip__member *m,
			 const struct jsl_gossip_entry *e, bool owner)
{
	if (JSL_RULE(G1))
		jsl_gossip__look_soon(g, &m->looked_us);
	else
		merge_newer(g, m, e, owner);
}

/* Of a later life of one that lives here, by others: it is asked first. */
static bool is_obituary(const struct jsl_gossip__member *m,
			const struct jsl_gossip_entry *e, bool owner)
{
	return !owner && e->boot > m->row.boot && jsl_gossip__is_live(m);
}

void jsl_gossip__merge(struct jsl_gossip *g, const struct jsl_gossip_entry *e,
		       uint64_t from, uint64_t boot)
{
	struct jsl_gossip__member *m = jsl_gossip__find(g, e->id);
	bool owner = from == e->id && boot == e->boot;

	assert(jsl_gossip__check_entry(e) == 0);
	if (m == g->self) {
		merge_self(g, e);
		return;
	}
	if (!owner && jump(g, m, e) > JSL_GOSSIP__INCARNATION_JUMP) {
		g->refused = JSL_E_LIMIT;
		return;
	}
	if (m == NULL)
		merge_unknown(g, e, owner);
	else if (is_live_state(e->state) ? jsl_gossip__is_claim(m, e->boot, &e->addr)
					 : is_obituary(m, e, owner))
		jsl_gossip__probe(g, m);
	else if (e->boot > m->row.boot)
		merge_boot(g, m, e, owner);
	else if (e->boot < m->row.boot || e->incarnation < m->row.incarnation)
		return;
	else if (e->state == JSL_GOSSIP_LEFT && m->row.state != JSL_GOSSIP_LEFT) {
		m->row.incarnation = e->incarnation;
		jsl_gossip__bury(g, m, JSL_GOSSIP_LEFT, 0);
	} else if (e->state == JSL_GOSSIP_FAILED)
		merge_failed(g, m, e);
	else if (e->incarnation > m->row.incarnation && e->state != JSL_GOSSIP_LEFT)
		merge_newer(g, m, e, owner);
	else if (jsl_gossip__is_live(m))
		merge_same(g, m, e, owner);
	else if (is_live_state(e->state) && m->row.state == JSL_GOSSIP_FAILED)
		said_to_live(g, m, e, owner);
}
