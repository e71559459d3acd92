/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anti-entropy and the byte budget (G4): equal tables cost one message, what travels
 * is what differs, and what is not urgent waits when the bytes of a period are spent.
 */

#include <string.h>

#include "gossip_one.h"
#include "../lib/suite.h"

#define LAST 60 /* members are 2 … LAST */

static bool all(uint64_t id)
{
	return id != ONE_ID;
}

static void setup(struct one *o)
{
	one_init(o);
	for (uint64_t id = 2; id <= LAST; id++)
		one_joins(o, id);
	o->answers = all;
	one_run(o, 3);
	o->answers = NULL;
}

/* Member 2's side of it: a table that is as ours, but for its digests. */
static struct jsl_gossip_message sync_of_2(const struct one *o)
{
	struct jsl_gossip_message msg = one_message(2, JSL_GOSSIP_SYNC);

	msg.digest = jsl_gossip__digest(o->g, msg.buckets);
	return msg;
}

static size_t n_rows_to_2(const struct one *o, unsigned bucket, bool in_it)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_messages; i++) {
		const struct jsl_gossip_message *m = &o->messages[i];

		if (m->kind != JSL_GOSSIP_NEWS || m->to.port != one_addr(2).port)
			continue;
		for (size_t k = 0; k < m->n_news; k++)
			n += (jsl_gossip__bucket(m->news[k].id) == bucket) == in_it;
	}
	return n;
}

static size_t n_in_bucket(unsigned bucket)
{
	size_t n = 0;

	for (uint64_t id = 1; id <= LAST; id++)
		n += jsl_gossip__bucket(id) == bucket;
	return n;
}

START_TEST(equal_tables_need_no_more_words)
{
	struct jsl_gossip_message sync;
	struct one o;

	setup(&o);
	sync = sync_of_2(&o);
	for (int step = 0; step < 2; step++) {
		sync.seq = step == 0 ? 7 : 0;
		sync.has_buckets = step == 1;
		one_receive(&o, &sync);
		ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_SYNC, 2), 0);
		ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_NEWS, 2), 0);
	}
	one_deinit(&o);
}
END_TEST

START_TEST(another_digest_is_answered_with_those_of_the_parts)
{
	const struct jsl_gossip_message *answer;
	uint32_t buckets[JSL_GOSSIP_BUCKETS];
	struct jsl_gossip_message sync;
	struct one o;

	setup(&o);
	sync = sync_of_2(&o);
	sync.digest++;
	sync.seq = 7;
	one_receive(&o, &sync);
	answer = one_last(&o, JSL_GOSSIP_SYNC, 2);
	ck_assert(answer->has_buckets && answer->seq == 0 && answer->wanted == 0);
	(void)jsl_gossip__digest(o.g, buckets);
	ck_assert_mem_eq(answer->buckets, buckets, sizeof(buckets));
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_NEWS, 2), 0);
	/* An answer is not answered, or it would never end. */
	sync.seq = 0;
	one_receive(&o, &sync);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_SYNC, 2), 0);
	one_deinit(&o);
}
END_TEST

START_TEST(only_what_differs_travels)
{
	unsigned bucket = jsl_gossip__bucket(40);
	struct jsl_gossip_message sync;
	struct one o;

	setup(&o);
	sync = sync_of_2(&o);
	sync.digest++;
	sync.has_buckets = true;
	sync.buckets[bucket]++;
	one_receive(&o, &sync);
	ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_SYNC, 2)->wanted, UINT64_C(1)
									    << bucket);
	one_run_ms(&o, 20);
	ck_assert_uint_ge(n_rows_to_2(&o, bucket, true), n_in_bucket(bucket));
	ck_assert_uint_eq(n_rows_to_2(&o, bucket, false), 0);
	ck_assert_ptr_nonnull(one_said(&o, 2, 40));
	one_deinit(&o);
}
END_TEST

START_TEST(what_is_wanted_is_sent)
{
	struct jsl_gossip_message sync;
	struct one o;

	setup(&o);
	sync = sync_of_2(&o);
	sync.wanted = UINT64_MAX;
	one_receive(&o, &sync);
	one_run_ms(&o, 50);
	for (uint64_t id = 1; id <= LAST; id++)
		ck_assert_ptr_nonnull(one_said(&o, 2, id));
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_SYNC, 2), 0);
	one_deinit(&o);
}
END_TEST

/* No table for who has only sent a datagram: its address may be another's (G7). */
START_TEST(a_stranger_gets_a_ping_only)
{
	struct jsl_gossip_entry row = one_entry(99, 1, 1, JSL_GOSSIP_ALIVE);
	struct jsl_gossip_message sync = one_message(99, JSL_GOSSIP_SYNC);
	struct one o;

	setup(&o);
	sync.has_buckets = true;
	sync.wanted = UINT64_MAX;
	sync.news = &row;
	sync.n_news = 1;
	one_receive(&o, &sync);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 99), 1);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_SYNC, 99), 0);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_NEWS, 99), 0);
	one_deinit(&o);
}
END_TEST

static size_t n_bytes(const struct one *o)
{
	size_t bytes = 0;

	for (size_t i = 0; i < o->n_messages; i++)
		bytes += jsl_gossip__message_bytes(&o->messages[i]);
	return bytes;
}

START_TEST(a_table_is_sent_at_the_pace_of_the_budget)
{
	struct jsl_gossip_message sync;
	char meta[JSL_GOSSIP_META_MAX] = {0};
	struct one o;

	setup(&o);
	for (uint64_t id = 2; id <= LAST; id++) {
		struct jsl_gossip_entry e = one_entry(id, 1, 1, JSL_GOSSIP_ALIVE);

		e.meta_version = 2;
		e.meta_len = sizeof(meta);
		one_says(&o, id, e);
	}
	o.answers = all;
	one_run(&o, 20); /* all that is news has been told */
	o.g->opts.budget_bytes = 10000;
	one_run(&o, 1);
	sync = sync_of_2(&o);
	sync.wanted = UINT64_MAX;
	one_receive(&o, &sync);
	one_run_ms(&o, 900);
	ck_assert_uint_ge(n_bytes(&o), 8000);
	ck_assert_uint_le(n_bytes(&o), 25000);
	ck_assert_ptr_null(one_said(&o, 2, LAST));
	one_run(&o, 6);
	ck_assert_ptr_nonnull(one_said(&o, 2, LAST));
	one_deinit(&o);
}
END_TEST

START_TEST(the_urgent_does_not_wait_for_the_budget)
{
	struct jsl_gossip_message ping = one_message(2, JSL_GOSSIP_PING);
	size_t told = 0;
	struct one o;

	setup(&o);
	o.g->opts.budget_bytes = 4096;
	one_run(&o, 1);
	o.g->budget = -4096;
	one_says(&o, 3, one_entry(70, 1, 1, JSL_GOSSIP_ALIVE));
	o.g->budget = -4096;
	one_says(&o, 3, one_entry(20, 1, 1, JSL_GOSSIP_SUSPECT));
	o.g->budget = -4096;
	ping.target = ONE_ID;
	one_receive(&o, &ping);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_ACK, 2), 1);
	ck_assert_ptr_nonnull(one_said(&o, 2, 20));
	ck_assert_ptr_null(one_said(&o, 2, 70));
	/* Nor is the other forgotten. */
	o.answers = all;
	one_run(&o, 5);
	for (uint64_t id = 2; id <= LAST; id++)
		told += one_said(&o, id, 70) != NULL;
	ck_assert_uint_ge(told, 3);
	one_deinit(&o);
}
END_TEST

SUITE_MAIN("gossip_sync", equal_tables_need_no_more_words,
	   another_digest_is_answered_with_those_of_the_parts, only_what_differs_travels,
	   what_is_wanted_is_sent, a_stranger_gets_a_ping_only,
	   a_table_is_sent_at_the_pace_of_the_budget,
	   the_urgent_does_not_wait_for_the_budget)
