/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes that find each other by gossip alone, and what may be done in the callback
 * that tells of it: anything, jsl_node_free() included (G3).
 */

#include <string.h>

#include <event2/event.h>

#include <jsl/node.h>

#include "../lib/suite.h"
#include "loop.h"

struct end {
	struct jsl_node *node;
	unsigned changes;
	enum { WATCH, CALL_ALL, FREE } then;
};

static void result(void *arg, const struct jsl_queue_message *end)
{
	(void)arg;
	(void)end;
}

static void call_all(struct jsl_node *n, uint64_t id)
{
	struct jsl_node_job_opts opts = JSL_NODE_JOB_OPTS_INIT;
	struct jsl_node_info infos[4];
	struct jsl_node_stats stats;
	struct jsl_queue_id job;

	ck_assert_uint_ge(jsl_node_infos(n, infos, 4), 1);
	jsl_node_stats(n, &stats);
	jsl_node_forget(n, id);
	(void)jsl_node_is_leader(n, NULL);
	ck_assert_int_eq(jsl_node_transfer(n, id), -EINVAL);
	ck_assert_int_eq(jsl_node_set_fit(n, false), -EINVAL); /* no worker */
	opts.payload = jsl_blob_new("x", 1);
	ck_assert_int_eq(jsl_node_submit(n, &opts, &job), -EINVAL); /* no callback */
	opts.result = result;
	ck_assert_int_eq(jsl_node_submit(n, &opts, &job), 0);
	jsl_node_cancel(n, job);
	jsl_blob_unref(opts.payload);
	jsl_node_leave(n);
}

static void member(void *arg, const struct jsl_gossip_change *change)
{
	struct end *e = arg;

	e->changes++;
	if (e->then == CALL_ALL)
		call_all(e->node, change->entry.id);
	if (e->then != FREE)
		return;
	jsl_node_free(e->node);
	e->node = NULL;
}

static void start(struct end *e, struct event_base *base, uint64_t id,
		  const struct jsl_addr *join)
{
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;

	opts.base = base;
	opts.callbacks = (struct jsl_node_callbacks){.arg = e, .member = member};
	opts.cluster = "members";
	opts.id = id;
	ck_assert_int_eq(jsl_addr_parse(&opts.addr, "127.0.0.1:0"), 0);
	opts.join = join;
	opts.n_join = join != NULL;
	ck_assert_int_eq(jsl_node_new(&e->node, &opts, NULL, 0), 0);
}

static void run(int then)
{
	struct event_base *base = event_base_new();
	struct end a = {.then = then}, b = {.then = WATCH};
	struct jsl_addr addr;

	start(&a, base, 1, NULL);
	addr = jsl_node_addr(a.node);
	start(&b, base, 2, &addr);
	RUN_UNTIL(base, a.changes > 0);
	ck_assert((a.node == NULL) == (then == FREE));
	if (then == WATCH)
		RUN_UNTIL(base, b.changes > 0);
	jsl_node_free(a.node);
	jsl_node_free(b.node);
	event_base_free(base);
}

START_TEST(two_find_each_other_without_a_configuration)
{
	run(WATCH);
}
END_TEST

START_TEST(a_callback_may_call_everything)
{
	run(CALL_ALL);
}
END_TEST

START_TEST(a_callback_may_free_the_node)
{
	run(FREE);
}
END_TEST

SUITE_MAIN("node_members", two_find_each_other_without_a_configuration,
	   a_callback_may_call_everything, a_callback_may_free_the_node)
