/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants of one gossip object. Run after each step in debug builds and
 * in the simulator; what it returns names the one that does not hold.
 */

#include <stddef.h>

#include "gossip/gossip_int.h"

#define CHECK(cond)                   \
	do {                          \
		if (!(cond))          \
			return #cond; \
	} while (0)

static const char *check_news(const struct jsl_gossip__member *m)
{
	bool listed = !jsl_list_empty(&m->news);

	CHECK(listed == (m->news_class != JSL_GOSSIP__CLASS_NONE));
	return NULL;
}

static const char *check_suspicion(const struct jsl_gossip__suspicion *s, bool suspect)
{
	CHECK(suspect == (s->n_accusers > 0));
	CHECK(s->n_accusers <= JSL_GOSSIP__ACCUSERS_MAX);
	CHECK(suspect || (!s->seconded && !s->told && s->refused_us == 0));
	for (uint32_t i = 0; i < s->n_accusers; i++)
		for (uint32_t j = 0; j < i; j++)
			CHECK(s->accusers[i] != s->accusers[j]);
	return NULL;
}

static const char *check_other(const struct jsl_gossip *g,
			       const struct jsl_gossip__member *m)
{
	bool idle = m->probe.phase == JSL_GOSSIP__PHASE_IDLE;
	bool live = jsl_gossip__is_live(m);

	CHECK(m->place < g->n_order && g->order[m->place] == m);
	CHECK(live || idle);
	CHECK(jsl_list_empty(&m->active) == (idle && m->row.state == JSL_GOSSIP_ALIVE));
	CHECK(!live || m->row.addr.port != 0);
	/* G1: a triple that failed does not live. */
	CHECK(!live || m->row.incarnation > m->failed_inc);
	CHECK(m->row.state != JSL_GOSSIP_FAILED || m->row.incarnation == m->failed_inc);
	return check_suspicion(&m->suspicion, m->row.state == JSL_GOSSIP_SUSPECT);
}

static const char *check_member(const struct jsl_gossip *g,
				const struct jsl_gossip__member *m)
{
	const char *broken;

	CHECK(jsl_gossip__check_entry(&m->row) == 0);
	broken = check_news(m);
	if (broken == NULL && m != g->self)
		broken = check_other(g, m);
	return broken;
}

static const char *check_table(const struct jsl_gossip *g)
{
	size_t n_state[JSL_GOSSIP_LEFT + 1] = {0};
	size_t t = 0;

	for (size_t i = 0; i < g->n_rows; i++) {
		const struct jsl_gossip__member *m = g->rows[i];
		const char *broken = check_member(g, m);

		if (broken != NULL)
			return broken;
		CHECK(i == 0 || g->rows[i - 1]->row.id < m->row.id);
		n_state[m->row.state]++;
		while (t < g->n_tombs && g->tombs[t].id < m->row.id)
			t++;
		CHECK(t == g->n_tombs || g->tombs[t].id != m->row.id);
	}
	for (int state = JSL_GOSSIP_ALIVE; state <= JSL_GOSSIP_LEFT; state++)
		CHECK(g->n_state[state] == n_state[state]);
	for (size_t i = 1; i < g->n_tombs; i++)
		CHECK(g->tombs[i - 1].id < g->tombs[i].id);
	return NULL;
}

static const char *check_self(const struct jsl_gossip *g)
{
	const struct jsl_gossip_entry *row = &g->self->row;

	CHECK(jsl_gossip__find(g, g->opts.id) == g->self);
	CHECK(row->boot == g->opts.boot);
	CHECK(row->state == (g->leave_rounds > 0 ? JSL_GOSSIP_LEFT : JSL_GOSSIP_ALIVE));
	CHECK(row->meta_version > 0);
	return NULL;
}

static const char *check_update(const struct jsl_gossip *g)
{
	CHECK(g->n_messages <= JSL_GOSSIP__MESSAGES_MAX);
	CHECK(g->n_changes <= JSL_GOSSIP__CHANGES_MAX);
	for (size_t i = 0; i < g->n_messages; i++) {
		const struct jsl_gossip_message *msg = &g->messages[i];

		CHECK(msg->n_news <= JSL_GOSSIP_NEWS_MAX && msg->to.port != 0);
		CHECK(jsl_gossip__message_bytes(msg) <= JSL_GOSSIP__BYTES_MAX);
	}
	for (size_t i = 0; i < g->n_changes; i++)
		CHECK(g->changes[i].view == g->view - g->n_changes + 1 + i);
	return NULL;
}

const char *jsl_gossip__check(const struct jsl_gossip *g)
{
	const char *broken = check_self(g);

	CHECK(g->n_rows <= JSL_GOSSIP_MEMBERS_MAX &&
	      g->n_tombs <= JSL_GOSSIP_MEMBERS_MAX);
	CHECK(g->n_order + 1 == g->n_rows);
	CHECK(g->health <= JSL_GOSSIP__HEALTH_MAX);
	if (broken == NULL)
		broken = check_table(g);
	if (broken == NULL)
		broken = check_update(g);
	return broken;
}
