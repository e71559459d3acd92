/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Without memory: no object is made, or a member is ignored until it is heard of
 * again. After the start only the table allocates.
 */

#include <errno.h>

#include "gossip/gossip_int.h"
#include "gossip_one.h"
#include "../lib/suite.h"
#include "../lib/wrap_malloc.h"

#define MEMBERS 40

START_TEST(new_fails_clean)
{
	struct jsl_gossip_opts opts = one_opts();
	struct jsl_gossip *g = NULL;
	uint64_t k = 0;
	int r;

	do {
		allocs_watch(++k);
		r = jsl_gossip_new(&g, &opts);
		allocs_stop();
		ck_assert(r == 0 || (r == -ENOMEM && g == NULL));
	} while (r < 0);
	ck_assert_uint_gt(k, 3);
	jsl_gossip_free(g);
}
END_TEST

/* Without ck_assert, which allocates too. */
static void hear(struct jsl_gossip *g, struct jsl_gossip_entry e)
{
	struct jsl_gossip_message msg = one_message(3, JSL_GOSSIP_NEWS);
	struct jsl_gossip_event ev = {
		.type = JSL_GOSSIP_EV_RECEIVE, .now_us = 2000000, .message = &msg};
	struct jsl_gossip_update up;

	msg.news = &e;
	msg.n_news = 1;
	if (jsl_gossip_step(g, &ev, &up) < 0)
		abort();
}

START_TEST(a_member_without_memory_is_heard_of_again)
{
	uint64_t k = 0, count;

	do {
		struct one o;

		one_init(&o);
		allocs_watch(++k);
		for (uint64_t id = 2; id < MEMBERS; id++) {
			hear(o.g, one_entry(id, 1, 1, JSL_GOSSIP_ALIVE));
			hear(o.g, one_entry(id + 1000, 1, 1, JSL_GOSSIP_LEFT));
		}
		count = allocs.count;
		allocs_stop();
		ck_assert_ptr_null(jsl_gossip__check(o.g));
		for (uint64_t id = 2; id < MEMBERS; id++) {
			hear(o.g, one_entry(id, 1, 1, JSL_GOSSIP_ALIVE));
			ck_assert_ptr_nonnull(jsl_gossip_member(o.g, id));
		}
		ck_assert_uint_eq(jsl_gossip_view(o.g), MEMBERS - 2);
		one_deinit(&o);
	} while (k <= count);
	ck_assert_uint_gt(k, MEMBERS);
}
END_TEST

SUITE_MAIN("gossip_memory", new_fails_clean, a_member_without_memory_is_heard_of_again)
