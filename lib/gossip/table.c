/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table: rows by id, the shuffled order in which the others are probed and
 * told, and tombstones. An id is in one of them at most: a row while the member
 * is known, then, when it was dead and cleaned up, a tombstone for a day. Rows
 * and tombstones are bounded by JSL_GOSSIP_MEMBERS_MAX each; growing them is the
 * only allocation after jsl_gossip_new().
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gossip/gossip_int.h"

#define TABLE_MIN 16

/* The first row whose id is not below @id. */
static size_t row_place(const struct jsl_gossip *g, uint64_t id)
{
	size_t low = 0, high = g->n_rows;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (g->rows[mid]->row.id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct jsl_gossip__member *jsl_gossip__find(const struct jsl_gossip *g, uint64_t id)
{
	size_t i = row_place(g, id);

	return i < g->n_rows && g->rows[i]->row.id == id ? g->rows[i] : NULL;
}

struct jsl_gossip__member *jsl_gossip__after(const struct jsl_gossip *g, uint64_t id)
{
	size_t i = id == UINT64_MAX ? g->n_rows : row_place(g, id + 1);

	return i < g->n_rows ? g->rows[i] : NULL;
}

/* Room for one more row, in both arrays. */
static int grow_rows(struct jsl_gossip *g)
{
	size_t cap = g->cap_rows == 0 ? TABLE_MIN : g->cap_rows * 2;
	struct jsl_gossip__member **grown;

	if (g->n_rows < g->cap_rows)
		return 0;
	if (g->n_rows >= JSL_GOSSIP_MEMBERS_MAX)
		return -ENOSPC;
	grown = realloc(g->rows, cap * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	g->rows = grown;
	grown = realloc(g->order, cap * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	g->order = grown;
	g->cap_rows = cap;
	return 0;
}

/* At a random place, as SWIM does, so that joining together is not probed together. */
static void order_put(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	size_t place = jsl_rng_below(&g->rng, g->n_order + 1);

	g->order[g->n_order] = g->order[place];
	if (place < g->n_order)
		g->order[g->n_order]->place = g->n_order;
	g->order[place] = m;
	m->place = place;
	g->n_order++;
}

static void order_remove(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	struct jsl_gossip__member *last = g->order[--g->n_order];

	assert(g->order[m->place] == m);
	g->order[m->place] = last;
	last->place = m->place;
}

struct jsl_gossip__member *jsl_gossip__add(struct jsl_gossip *g,
					   const struct jsl_gossip_entry *e)
{
	size_t place = row_place(g, e->id);
	struct jsl_gossip__member *m;

	assert(jsl_gossip__find(g, e->id) == NULL);
	if (grow_rows(g) < 0)
		return NULL;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->row = *e;
	m->row.state = JSL_GOSSIP_ALIVE;
	m->row.accuser = 0;
	m->news_class = JSL_GOSSIP__CLASS_NONE;
	jsl_list_init(&m->active);
	jsl_list_init(&m->news);
	memmove(&g->rows[place + 1], &g->rows[place],
		(g->n_rows - place) * sizeof(g->rows[0]));
	g->rows[place] = m;
	g->n_rows++;
	g->n_state[JSL_GOSSIP_ALIVE]++;
	if (e->id != g->opts.id)
		order_put(g, m);
	return m;
}

void jsl_gossip__remove(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	size_t place = row_place(g, m->row.id);

	assert(g->rows[place] == m && m != g->self);
	order_remove(g, m);
	jsl_list_remove(&m->active);
	jsl_list_remove(&m->news);
	g->n_state[m->row.state]--;
	g->n_rows--;
	memmove(&g->rows[place], &g->rows[place + 1],
		(g->n_rows - place) * sizeof(g->rows[0]));
	free(m);
}

void jsl_gossip__set_state(struct jsl_gossip *g, struct jsl_gossip__member *m,
			   enum jsl_gossip_state state)
{
	g->n_state[m->row.state]--;
	m->row.state = state;
	g->n_state[state]++;
	if (state == JSL_GOSSIP_ALIVE) {
		m->row.accuser = 0;
		m->suspicion = (struct jsl_gossip__suspicion){0};
	}
	jsl_gossip__arm(g, m);
}

void jsl_gossip__arm(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	bool timed = m->probe.phase != JSL_GOSSIP__PHASE_IDLE ||
		     m->row.state != JSL_GOSSIP_ALIVE;

	if (m == g->self)
		return;
	if (!timed)
		jsl_list_remove(&m->active);
	else if (jsl_list_empty(&m->active))
		jsl_list_push_back(&g->active, &m->active);
}

/* The first tombstone whose id is not below @id. */
static size_t tomb_place(const struct jsl_gossip *g, uint64_t id)
{
	size_t low = 0, high = g->n_tombs;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (g->tombs[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct jsl_gossip__tomb *jsl_gossip__tomb_find(const struct jsl_gossip *g, uint64_t id)
{
	size_t i = tomb_place(g, id);

	return i < g->n_tombs && g->tombs[i].id == id ? &g->tombs[i] : NULL;
}

static void tomb_drop_oldest(struct jsl_gossip *g)
{
	struct jsl_gossip__tomb *oldest = &g->tombs[0];

	for (size_t i = 1; i < g->n_tombs; i++)
		if (g->tombs[i].dead_us < oldest->dead_us)
			oldest = &g->tombs[i];
	jsl_gossip__tomb_remove(g, oldest);
}

static int grow_tombs(struct jsl_gossip *g)
{
	size_t cap = g->cap_tombs == 0 ? TABLE_MIN : g->cap_tombs * 2;
	struct jsl_gossip__tomb *grown;

	if (g->n_tombs < g->cap_tombs)
		return 0;
	if (g->n_tombs >= JSL_GOSSIP_MEMBERS_MAX)
		return -ENOSPC;
	grown = realloc(g->tombs, cap * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	g->tombs = grown;
	g->cap_tombs = cap;
	return 0;
}

void jsl_gossip__tomb_put(struct jsl_gossip *g, const struct jsl_gossip__tomb *t)
{
	struct jsl_gossip__tomb *known = jsl_gossip__tomb_find(g, t->id);
	size_t place;

	if (known != NULL) {
		*known = *t;
		return;
	}
	if (grow_tombs(g) < 0) {
		if (g->n_tombs == 0)
			return;
		tomb_drop_oldest(g);
	}
	place = tomb_place(g, t->id);
	memmove(&g->tombs[place + 1], &g->tombs[place],
		(g->n_tombs - place) * sizeof(g->tombs[0]));
	g->tombs[place] = *t;
	g->n_tombs++;
}

void jsl_gossip__tomb_remove(struct jsl_gossip *g, struct jsl_gossip__tomb *t)
{
	size_t place = (size_t)(t - g->tombs);

	assert(place < g->n_tombs);
	g->n_tombs--;
	memmove(t, t + 1, (g->n_tombs - place) * sizeof(*t));
}

void jsl_gossip__tomb_expire(struct jsl_gossip *g)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n_tombs; i++)
		if (g->now_us - g->tombs[i].dead_us < JSL_GOSSIP__DEAD_US)
			g->tombs[kept++] = g->tombs[i];
	g->n_tombs = kept;
}

/* The finalizer of splitmix64. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t mix_id(uint64_t id)
{
	return mix(id + UINT64_C(0x9e3779b97f4a7c15));
}

unsigned jsl_gossip__bucket(uint64_t id)
{
	return (unsigned)(mix_id(id) % JSL_GOSSIP_BUCKETS);
}

/*
 * Only what all agree on in the end: who lives. A suspicion passes, and the dead
 * are cleaned up here sooner and there later.
 */
uint64_t jsl_gossip__digest(const struct jsl_gossip *g,
			    uint32_t buckets[JSL_GOSSIP_BUCKETS])
{
	uint64_t sum = 0;

	if (buckets != NULL)
		memset(buckets, 0, JSL_GOSSIP_BUCKETS * sizeof(buckets[0]));

	for (size_t i = 0; i < g->n_rows; i++) {
		const struct jsl_gossip_entry *e = &g->rows[i]->row;
		uint64_t h = mix_id(e->id);

		if (!jsl_gossip__is_live(g->rows[i]))
			continue;
		h = mix(h ^ e->boot);
		h = mix(h ^ e->incarnation);
		h = mix(h ^ e->meta_version);
		sum += h;
		if (buckets != NULL)
			buckets[jsl_gossip__bucket(e->id)] += (uint32_t)h;
	}
	return sum;
}

void jsl_gossip__changed(struct jsl_gossip *g, enum jsl_gossip_change_type type,
			 struct jsl_gossip__member *m)
{
	struct jsl_gossip_change *change = &g->changes[g->n_changes++];

	assert(g->n_changes <= JSL_GOSSIP__CHANGES_MAX && m != g->self);
	*change = (struct jsl_gossip_change){
		.type = type, .view = ++g->view, .was = m->told, .entry = m->row};
	m->told = m->row.state;
}
