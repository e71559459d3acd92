/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_GOSSIP_ONE_H
#define JSL_TESTS_GOSSIP_ONE_H

/*
 * One gossip core, and a test that plays all the others: it says things, looks
 * at what the core sent and which changes it reported since the last thing said,
 * and lets time pass. Those for whom answers() is true answer pings themselves.
 */

#include <check.h>
#include <stdlib.h>

#include "gossip/gossip_int.h"

#define ONE_ID	 1
#define ONE_BOOT 100
#define ONE_KEPT 4096

struct one {
	struct jsl_gossip *g;
	uint64_t now_us;
	uint64_t boot; /* of who speaks; 1 unless set */
	bool (*answers)(uint64_t id);
	struct jsl_gossip_message *messages; /* since the last event given */
	struct jsl_gossip_entry (*news)[JSL_GOSSIP_NEWS_MAX];
	size_t n_messages;
	struct jsl_gossip_change *changes;
	size_t n_changes;
	int refused; /* in the last step */
};

static inline struct jsl_addr one_addr(uint64_t id)
{
	return (struct jsl_addr){.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1},
				 .port = (uint16_t)(1000 + id)};
}

static inline struct jsl_gossip_opts one_opts(void)
{
	struct jsl_gossip_opts opts = JSL_GOSSIP_OPTS_INIT;

	opts.id = ONE_ID;
	opts.boot = ONE_BOOT;
	opts.seed = 42;
	opts.addr = one_addr(ONE_ID);
	return opts;
}

static inline struct jsl_gossip_entry
one_entry(uint64_t id, uint64_t boot, uint64_t incarnation, enum jsl_gossip_state state)
{
	bool accused = state == JSL_GOSSIP_FAILED || state == JSL_GOSSIP_SUSPECT;

	return (struct jsl_gossip_entry){.id = id,
					 .boot = boot,
					 .incarnation = incarnation,
					 .state = state,
					 .accuser = accused ? 3 : 0,
					 .addr = one_addr(id)};
}

static inline struct jsl_gossip_message one_message(uint64_t from,
						    enum jsl_gossip_kind kind)
{
	return (struct jsl_gossip_message){
		.kind = kind, .from = from, .boot = 1, .from_addr = one_addr(from)};
}

/* One step, its output added to what is kept. */
static inline void one_step(struct one *o, struct jsl_gossip_event ev)
{
	struct jsl_gossip_update up;

	ev.now_us = o->now_us;
	ck_assert_int_eq(jsl_gossip_step(o->g, &ev, &up), 0);
	ck_assert_ptr_null(jsl_gossip__check(o->g));
	o->refused = up.refused;
	for (size_t i = 0; i < up.n_messages; i++) {
		size_t n = o->n_messages++;

		ck_assert_uint_lt(n, ONE_KEPT);
		o->messages[n] = up.messages[i];
		o->messages[n].news = o->news[n];
		for (size_t k = 0; k < up.messages[i].n_news; k++)
			o->news[n][k] = up.messages[i].news[k];
	}
	for (size_t i = 0; i < up.n_changes; i++) {
		ck_assert_uint_lt(o->n_changes, ONE_KEPT);
		o->changes[o->n_changes++] = up.changes[i];
	}
}

/** Give an event; what was sent and reported before is forgotten. */
static inline void one_give(struct one *o, struct jsl_gossip_event ev)
{
	o->n_messages = o->n_changes = 0;
	one_step(o, ev);
}

static inline void one_receive(struct one *o, const struct jsl_gossip_message *msg)
{
	one_give(o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_RECEIVE,
					      .message = msg});
}

/** @from says @e, in a message that wants no answer. */
static inline void one_says(struct one *o, uint64_t from, struct jsl_gossip_entry e)
{
	struct jsl_gossip_message msg = one_message(from, JSL_GOSSIP_NEWS);

	msg.boot = from == e.id ? e.boot : o->boot;
	msg.news = &e;
	msg.n_news = 1;
	one_receive(o, &msg);
}

/* The ACKs to the pings from number @from on. */
static inline void one_answer(struct one *o, size_t from)
{
	for (size_t i = from; i < o->n_messages; i++) {
		uint64_t id = o->messages[i].to.port - 1000u;
		struct jsl_gossip_message ack = one_message(id, JSL_GOSSIP_ACK);

		if (o->messages[i].kind != JSL_GOSSIP_PING || !o->answers(id))
			continue;
		ack.seq = o->messages[i].seq;
		one_step(o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_RECEIVE,
						      .message = &ack});
	}
}

/** Let time pass; whoever answers, answers. */
static inline void one_run_ms(struct one *o, uint64_t ms)
{
	uint64_t end = o->now_us + ms * 1000;

	while (jsl_gossip_deadline(o->g) <= end) {
		size_t from = o->n_messages;

		if (jsl_gossip_deadline(o->g) > o->now_us)
			o->now_us = jsl_gossip_deadline(o->g);
		one_step(o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_TIMER});
		if (o->answers != NULL)
			one_answer(o, from);
	}
	o->now_us = end;
}

static inline void one_run(struct one *o, uint64_t seconds)
{
	one_run_ms(o, seconds * 1000);
}

static inline void one_init(struct one *o)
{
	struct jsl_gossip_opts opts = one_opts();

	*o = (struct one){.now_us = 1000000, .boot = 1};
	o->messages = calloc(ONE_KEPT, sizeof(o->messages[0]));
	o->news = calloc(ONE_KEPT, sizeof(o->news[0]));
	o->changes = calloc(ONE_KEPT, sizeof(o->changes[0]));
	ck_assert(o->messages != NULL && o->news != NULL && o->changes != NULL);
	ck_assert_int_eq(jsl_gossip_new(&o->g, &opts), 0);
	one_give(o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_START});
}

static inline void one_deinit(struct one *o)
{
	jsl_gossip_free(o->g);
	free(o->messages);
	free(o->news);
	free(o->changes);
}

static inline bool one_changed(const struct one *o, enum jsl_gossip_change_type type,
			       uint64_t id)
{
	for (size_t i = 0; i < o->n_changes; i++)
		if (o->changes[i].type == type && o->changes[i].entry.id == id)
			return true;
	return false;
}

/** How many messages of @kind went to @id. */
static inline size_t one_sent(const struct one *o, enum jsl_gossip_kind kind, uint64_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_messages; i++)
		n += o->messages[i].kind == kind &&
		     o->messages[i].to.port == one_addr(id).port;
	return n;
}

/** The last message of @kind that went to @id; there must be one. */
static inline const struct jsl_gossip_message *
one_last(const struct one *o, enum jsl_gossip_kind kind, uint64_t id)
{
	for (size_t i = o->n_messages; i-- > 0;)
		if (o->messages[i].kind == kind &&
		    o->messages[i].to.port == one_addr(id).port)
			return &o->messages[i];
	ck_abort_msg("no message of kind %d to %d", (int)kind, (int)id);
	return NULL;
}

/** What @to was told last about @about, or NULL. */
static inline const struct jsl_gossip_entry *one_said(const struct one *o, uint64_t to,
						      uint64_t about)
{
	for (size_t i = o->n_messages; i-- > 0;)
		for (size_t k = 0; k < o->messages[i].n_news; k++)
			if (o->messages[i].to.port == one_addr(to).port &&
			    o->news[i][k].id == about)
				return &o->news[i][k];
	return NULL;
}

static inline enum jsl_gossip_state one_state(const struct one *o, uint64_t id)
{
	const struct jsl_gossip_entry *row = jsl_gossip_member(o->g, id);

	ck_assert_ptr_nonnull(row);
	return row->state;
}

/** @id introduces itself, and answers the ping that follows. */
static inline void one_joins(struct one *o, uint64_t id)
{
	one_says(o, id, one_entry(id, 1, 1, JSL_GOSSIP_ALIVE));
	if (one_sent(o, JSL_GOSSIP_PING, id) > 0) {
		struct jsl_gossip_message ack = one_message(id, JSL_GOSSIP_ACK);

		ack.seq = one_last(o, JSL_GOSSIP_PING, id)->seq;
		one_receive(o, &ack);
	}
}

/** Others suspect @id, then declare it failed. */
static inline void one_fails(struct one *o, uint64_t id)
{
	one_says(o, 3, one_entry(id, 1, 1, JSL_GOSSIP_SUSPECT));
	one_says(o, 3, one_entry(id, 1, 1, JSL_GOSSIP_FAILED));
	ck_assert_int_eq(one_state(o, id), JSL_GOSSIP_FAILED);
	o->n_changes = 0;
}

#endif
