/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_UNIT_QUEUE_LEADER_H
#define JSL_TESTS_UNIT_QUEUE_LEADER_H

/*
 * A leader under test, and short words for what happens to it. Node 1 leads in
 * epoch 4. Worker N links as link N, submitter S as link S; boots are 1 unless
 * said. Everything steps at @now and leaves its update in @up.
 */

#include <errno.h>

#include "test_queue.h"

#define RESUME 2000000
#define WAIT   500000
#define S      100 /* a submitter */

static struct jsl_queue_leader *l;
static struct jsl_queue_update up;
static uint64_t now, act_until;

static inline int step(struct jsl_queue_event ev)
{
	int r;

	ev.now_us = now;
	ev.act_until_us = act_until;
	up = (struct jsl_queue_update){0};
	r = jsl_queue_leader_step(l, &ev, &up);
	jsl_queue_leader__check(l);
	return r;
}

static inline void make_with(struct jsl_queue_leader_opts opts)
{
	opts.self = (struct jsl_queue_node){1, 1};
	opts.resume_us = RESUME;
	opts.inventory_wait_us = WAIT;
	ck_assert_int_eq(jsl_queue_leader_new(&l, &opts), 0);
	now = 1000000;
	act_until = UINT64_MAX;
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LEAD,
						       .leader = {4, 1}}),
			 0);
}

static inline void make(void)
{
	struct jsl_queue_leader_opts opts = JSL_QUEUE_LEADER_OPTS_INIT;

	make_with(opts);
}

static inline void timer(uint64_t after)
{
	now += after;
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_TIMER}), 0);
}

static inline int hear(struct jsl_queue_message m)
{
	return step(
		(struct jsl_queue_event){.type = JSL_QUEUE_EV_MESSAGE, .message = &m});
}

static inline int link_node(uint64_t link, uint64_t id, uint64_t boot, bool worker)
{
	return step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_UP,
					     .link = link,
					     .node = {id, boot},
					     .worker = worker,
					     .submitter = !worker});
}

static inline void down(uint64_t link, bool clean)
{
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_DOWN,
						       .link = link,
						       .clean = clean}),
			 0);
}

static inline void member(uint64_t id, uint64_t boot, enum jsl_queue_member state)
{
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_MEMBER,
						       .node = {id, boot},
						       .member = state,
						       .worker = true}),
			 0);
}

static inline struct jsl_queue_item item(uint8_t n, uint32_t attempt, bool finished)
{
	return (struct jsl_queue_item){.job = job_id(n),
				       .submitter = {S, 1},
				       .attempt = attempt,
				       .epoch = 3,
				       .finished = finished};
}

static inline int report(uint64_t link, uint32_t slots,
			 const struct jsl_queue_item *items, size_t n)
{
	return hear((struct jsl_queue_message){.kind = JSL_QUEUE_INVENTORY,
					       .link = link,
					       .slots = slots,
					       .items = items,
					       .n_items = n});
}

/* Worker @id on link @id, with nothing to report. */
static inline void worker(uint64_t id, uint32_t slots)
{
	ck_assert_int_eq(link_node(id, id, 1, true), 0);
	ck_assert_int_eq(report(id, slots, NULL, 0), 0);
}

static inline void submitter(void)
{
	ck_assert_int_eq(link_node(S, S, 1, false), 0);
}

static inline int submit_message(struct jsl_queue_message m, const char *payload)
{
	struct jsl_blob *b = text(payload);
	int r;

	m.kind = JSL_QUEUE_SUBMIT;
	m.link = m.link == 0 ? S : m.link;
	m.payload = b;
	r = hear(m);
	jsl_blob_unref(b);
	return r;
}

static inline void submit(uint8_t n)
{
	ck_assert_int_eq(
		submit_message((struct jsl_queue_message){.job = job_id(n)}, "program"),
		0);
}

/* Job @n, first submitted in epoch 3, last known at (@node, boot 1). */
static inline void resubmit(uint8_t n, uint64_t node, uint32_t attempt)
{
	ck_assert_int_eq(
		submit_message((struct jsl_queue_message){.job = job_id(n),
							  .first_epoch = 3,
							  .attempt = attempt,
							  .node = {node, node > 0}},
			       "program"),
		0);
}

static inline int say(enum jsl_queue_kind kind, uint64_t link, uint8_t n)
{
	return hear((struct jsl_queue_message){
		.kind = kind,
		.link = link,
		.job = job_id(n),
		.attempt = 1,
		.outcome = kind == JSL_QUEUE_RESULT ? JSL_QUEUE_DONE : 0});
}

static inline const struct jsl_queue_message *assigned(uint64_t link, uint8_t n)
{
	return find_message(&up, JSL_QUEUE_ASSIGN, link, n);
}

static inline struct jsl_queue_leader_stats stats(void)
{
	struct jsl_queue_leader_stats st;

	jsl_queue_leader_stats(l, &st);
	return st;
}

#endif
