/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dissemination. News about a member is told a bounded number of times, then it
 * rests; newer news of it starts anew. It rides on every message, the urgent
 * classes first (G4), and while any is fresh it is also pushed to a few members
 * in turn. What is told is the row as it is now: nothing is carried further than
 * it was accepted.
 */

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "gossip/gossip_int.h"

/* Entries that do not fit, until the message is taken to be full: with thousands of
 * news, all of them would be tried for each message. */
#define MISFITS_MAX 4

/* The dead need no metadata: it would only make the message long. */
static bool is_told_bare(const struct jsl_gossip_entry *e)
{
	return e->state == JSL_GOSSIP_FAILED || e->state == JSL_GOSSIP_LEFT;
}

size_t jsl_gossip__entry_bytes(const struct jsl_gossip_entry *e)
{
	return JSL_GOSSIP__BYTES_ENTRY + (is_told_bare(e) ? 0 : e->meta_len);
}

size_t jsl_gossip__message_bytes(const struct jsl_gossip_message *msg)
{
	size_t bytes = JSL_GOSSIP__BYTES_MESSAGE +
		       (msg->has_buckets ? JSL_GOSSIP__BYTES_BUCKETS : 0);

	for (size_t i = 0; i < msg->n_news; i++)
		bytes += jsl_gossip__entry_bytes(&msg->news[i]);
	return bytes;
}

struct jsl_gossip_message *jsl_gossip__begin(struct jsl_gossip *g,
					     enum jsl_gossip_kind kind,
					     const struct jsl_addr *to)
{
	struct jsl_gossip_message *msg = &g->messages[g->n_messages++];

	assert(g->n_messages <= JSL_GOSSIP__MESSAGES_MAX);
	*msg = (struct jsl_gossip_message){
		.kind = kind,
		.from = g->opts.id,
		.boot = g->opts.boot,
		.to = *to,
		.news = &g->entries[g->n_entries],
	};
	g->bytes = JSL_GOSSIP__BYTES_MESSAGE;
	g->bytes_max = JSL_GOSSIP__BYTES_MAX;
	return msg;
}

static void copy_entry(struct jsl_gossip_entry *to, const struct jsl_gossip_entry *from)
{
	memcpy(to, from, offsetof(struct jsl_gossip_entry, meta) + from->meta_len);
	if (is_told_bare(from)) {
		to->meta_version = 0;
		to->meta_len = 0;
	}
}

bool jsl_gossip__say(struct jsl_gossip *g, const struct jsl_gossip_entry *e)
{
	struct jsl_gossip_message *msg = &g->messages[g->n_messages - 1];
	size_t bytes = jsl_gossip__entry_bytes(e);

	if (msg->n_news == JSL_GOSSIP_NEWS_MAX ||
	    g->n_entries == JSL_GOSSIP__ENTRIES_MAX || g->bytes + bytes > g->bytes_max)
		return false;
	for (size_t i = 0; i < msg->n_news; i++)
		if (msg->news[i].id == e->id)
			return false;
	copy_entry(&g->entries[g->n_entries++], e);
	msg->n_news++;
	g->bytes += bytes;
	return true;
}

/*
 * Without its metadata the row fits into the answer to any message that has an
 * entry; the metadata follows when the tables are synced.
 */
void jsl_gossip__say_self(struct jsl_gossip *g)
{
	if (!jsl_gossip__say(g, &g->self->row))
		jsl_gossip__say_bare(g, &g->self->row);
}

void jsl_gossip__say_bare(struct jsl_gossip *g, const struct jsl_gossip_entry *e)
{
	struct jsl_gossip_entry bare;

	memcpy(&bare, e, offsetof(struct jsl_gossip_entry, meta));
	bare.meta_version = 0;
	bare.meta_len = 0;
	jsl_gossip__say(g, &bare);
}

/*
 * ~ log10(n + 1): after so many tellings everybody has heard it (SWIM, 4.1). What is
 * not urgent is told less often: who missed it finds it in the next sync.
 */
static uint32_t retransmit_limit(const struct jsl_gossip *g, enum jsl_gossip__class class)
{
	bool urgent = class <= JSL_GOSSIP__CLASS_FAULT;
	uint32_t digits = 1;

	for (size_t n = jsl_gossip__n_live(g); n >= 10; n /= 10)
		digits++;
	return digits * (urgent ? JSL_GOSSIP__RETRANSMIT : JSL_GOSSIP__RETRANSMIT_LESS);
}

/* Count that news about @m was told; the least told stay in front. */
static void told(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	jsl_list_remove(&m->news);
	if (++m->news_sent < retransmit_limit(g, m->news_class))
		jsl_list_push_back(&g->news[m->news_class], &m->news);
	else
		m->news_class = JSL_GOSSIP__CLASS_NONE;
}

/* Returns whether there was room; a few that do not fit, and the message is full. */
static bool piggyback_class(struct jsl_gossip *g, struct jsl_list *list)
{
	struct jsl_list *last = list->prev, *it = list->next;
	unsigned misfits = 0;

	for (bool more = it != list; more && misfits < MISFITS_MAX;) {
		struct jsl_gossip__member *m =
			jsl_container_of(it, struct jsl_gossip__member, news);
		uint32_t turn = m->news_sent;

		more = it != last;
		it = it->next;
		if (!jsl_gossip__say(g, &m->row)) {
			misfits++;
			continue;
		}
		/* Each accuser's word counts for the receiver, so they take turns. */
		if (m->row.state == JSL_GOSSIP_SUSPECT)
			g->entries[g->n_entries - 1].accuser =
				m->suspicion.accusers[turn % m->suspicion.n_accusers];
		told(g, m);
	}
	return misfits < MISFITS_MAX;
}

/* Those that may be told now: with the budget spent only the urgent ones. */
static int n_classes(const struct jsl_gossip *g)
{
	return jsl_gossip__is_spent(g) ? JSL_GOSSIP__CLASS_ALIVE : JSL_GOSSIP__CLASSES;
}

void jsl_gossip__piggyback(struct jsl_gossip *g)
{
	bool room = true;

	for (int class = 0; room && class < n_classes(g); class ++)
		room = piggyback_class(g, &g->news[class]);
}

/* Who can't keep up with what comes (see probe.c) must not add to it. */
static uint64_t push_interval(const struct jsl_gossip *g)
{
	return g->opts.probe_interval_us / 10 * (1 + g->health);
}

void jsl_gossip__spread(struct jsl_gossip *g, struct jsl_gossip__member *m,
			enum jsl_gossip__class class)
{
	bool urgent = class <= JSL_GOSSIP__CLASS_FAULT;
	uint64_t at = urgent ? g->pushed_us + push_interval(g) / 5
			     : g->now_us + push_interval(g) / 2;

	jsl_list_remove(&m->news);
	m->news_class = class;
	m->news_sent = 0;
	jsl_list_push_front(&g->news[class], &m->news);
	g->push_us = jsl_gossip__min(g->push_us, at);
}

static bool has_news(const struct jsl_gossip *g)
{
	for (int class = 0; class < n_classes(g); class ++)
		if (!jsl_list_empty(&g->news[class]))
			return true;
	return false;
}

/* The next live member in turn, or NULL when there is none. */
static struct jsl_gossip__member *push_turn(struct jsl_gossip *g)
{
	for (size_t i = 0; i < g->n_order; i++) {
		struct jsl_gossip__member *m;

		g->push_cursor = (g->push_cursor + 1) % g->n_order;
		m = g->order[g->push_cursor];
		if (jsl_gossip__is_live(m))
			return m;
	}
	return NULL;
}

void jsl_gossip__push(struct jsl_gossip *g)
{
	struct jsl_gossip__member *first = NULL;

	for (int i = 0; i < JSL_GOSSIP__FANOUT && has_news(g); i++) {
		struct jsl_gossip__member *m = push_turn(g);
		struct jsl_gossip_message *msg;

		if (m == NULL || m == first)
			break;
		if (first == NULL)
			first = m;
		msg = jsl_gossip__begin(g, JSL_GOSSIP_NEWS, &m->row.addr);
		if (m->row.state == JSL_GOSSIP_SUSPECT)
			jsl_gossip__say(g, &m->row);
		jsl_gossip__piggyback(g);
		if (msg->n_news == 0)
			g->n_messages--;
	}
	g->pushed_us = g->now_us;
	if (first != NULL && has_news(g))
		g->push_us = jsl_gossip__jitter(g, push_interval(g));
	else if (jsl_gossip__is_spent(g))
		g->push_us = jsl_gossip__unspent_us(g); /* what is left waits */
	else
		g->push_us = JSL_GOSSIP__NEVER;
}

uint64_t jsl_gossip__push_deadline(const struct jsl_gossip *g)
{
	return g->push_us;
}

void jsl_gossip__leave(struct jsl_gossip *g)
{
	struct jsl_gossip__member *first = NULL;

	for (int i = 0; i < JSL_GOSSIP__LEAVE_TOLD; i++) {
		struct jsl_gossip__member *m = push_turn(g);

		if (m == NULL || m == first)
			break;
		if (first == NULL)
			first = m;
		jsl_gossip__begin(g, JSL_GOSSIP_NEWS, &m->row.addr);
		jsl_gossip__say(g, &g->self->row);
	}
	g->leave_us = g->now_us + push_interval(g);
	if (++g->leave_rounds == JSL_GOSSIP__LEAVE_ROUNDS || first == NULL)
		g->left = true;
}
