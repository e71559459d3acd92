/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How news gets around: piggybacked and pushed, the urgent first (G4), synced
 * where tables differ; and how a node takes its leave.
 */

#include <string.h>

#include "gossip/gossip_int.h"
#include "gossip_one.h"
#include "../lib/suite.h"

static bool all_but_2(uint64_t id)
{
	return id != 2;
}

static size_t n_told(const struct one *o, uint64_t about)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_messages; i++)
		for (size_t k = 0; k < o->messages[i].n_news; k++)
			n += o->news[i][k].id == about;
	return n;
}

START_TEST(news_is_pushed_at_once_and_told_a_few_times)
{
	struct one o;

	one_init(&o);
	for (uint64_t id = 2; id <= 8; id++)
		one_joins(&o, id);
	o.answers = all_but_2;
	one_run(&o, 5);
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_LEFT));
	ck_assert_uint_eq(o.n_messages, JSL_GOSSIP__FANOUT);
	ck_assert_uint_eq(n_told(&o, 2), JSL_GOSSIP__FANOUT);
	one_run(&o, 5);
	ck_assert_uint_eq(n_told(&o, 2), JSL_GOSSIP__RETRANSMIT);
	one_deinit(&o);
}
END_TEST

START_TEST(the_urgent_is_told_first)
{
	struct jsl_gossip_message ping = one_message(2, JSL_GOSSIP_PING);
	const struct jsl_gossip_message *ack;
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	for (uint64_t id = 20; id < 60; id++)
		one_says(&o, 2, one_entry(id, 1, 1, JSL_GOSSIP_ALIVE));
	one_says(&o, 3, one_entry(20, 1, 1, JSL_GOSSIP_SUSPECT));
	one_says(&o, 2, one_entry(21, 1, 2, JSL_GOSSIP_LEFT));
	one_receive(&o, &ping);
	ack = one_last(&o, JSL_GOSSIP_ACK, 2);
	ck_assert_uint_gt(ack->n_news, 10);
	ck_assert_uint_eq(ack->news[0].id, 1); /* a ping without target: who are you? */
	ck_assert_uint_eq(ack->news[1].id, 21);
	ck_assert_uint_eq(ack->news[2].id, 20);
	ck_assert_int_eq(ack->news[3].state, JSL_GOSSIP_ALIVE);
	one_deinit(&o);
}
END_TEST

START_TEST(messages_stay_below_a_datagram)
{
	struct jsl_gossip_entry e = one_entry(20, 1, 1, JSL_GOSSIP_ALIVE);
	struct jsl_gossip_message ping = one_message(2, JSL_GOSSIP_PING);
	size_t full = 0;
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	e.meta_version = 1;
	e.meta_len = JSL_GOSSIP_META_MAX;
	for (; e.id < 30; e.id++)
		one_says(&o, 2, e);
	one_receive(&o, &ping);
	for (size_t i = 0; i < o.n_messages; i++)
		ck_assert_uint_le(jsl_gossip__message_bytes(&o.messages[i]),
				  JSL_GOSSIP__BYTES_MAX);
	for (size_t k = 0; k < one_last(&o, JSL_GOSSIP_ACK, 2)->n_news; k++)
		full += one_last(&o, JSL_GOSSIP_ACK, 2)->news[k].meta_len > 0;
	ck_assert_uint_eq(full, 1);
	one_deinit(&o);
}
END_TEST

/* Two unverified nodes with much metadata, each of which holds the other failed. */
START_TEST(an_accusation_is_answered_not_returned)
{
	struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_META};
	char meta[JSL_GOSSIP_META_MAX] = {0};
	struct one o;

	one_init(&o);
	one_joins(&o, 3);
	ev.meta = meta;
	ev.meta_len = sizeof(meta);
	one_give(&o, ev);
	one_says(&o, 2, one_entry(2, 1, 1, JSL_GOSSIP_ALIVE));
	one_fails(&o, 2);
	o.answers = all_but_2;
	one_run(&o, 5);
	for (size_t n = 1; n <= 2; n++) {
		struct jsl_gossip_message msg = one_message(2, JSL_GOSSIP_NEWS);
		struct jsl_gossip_entry news[2] = {
			one_entry(ONE_ID, ONE_BOOT, n, JSL_GOSSIP_FAILED),
			one_entry(3, 1, 1, JSL_GOSSIP_ALIVE)};

		msg.news = news;
		msg.n_news = n;
		one_receive(&o, &msg);
		ck_assert_uint_eq(one_said(&o, 2, ONE_ID)->incarnation, n + 1);
		ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_NEWS, 2), 1);
		ck_assert_ptr_null(one_said(&o, 2, 2));
	}
	one_deinit(&o);
}
END_TEST

START_TEST(a_leave_is_told_then_silence)
{
	struct jsl_gossip_message ping = one_message(2, JSL_GOSSIP_PING);
	const struct jsl_gossip_entry *said;
	struct one o;

	one_init(&o);
	for (uint64_t id = 2; id <= 6; id++)
		one_joins(&o, id);
	one_run(&o, 2);
	one_give(&o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_LEAVE});
	one_run(&o, 5);
	for (uint64_t id = 2; id <= 6; id++) {
		said = one_said(&o, id, ONE_ID);
		ck_assert_ptr_nonnull(said);
		ck_assert_int_eq(said->state, JSL_GOSSIP_LEFT);
		ck_assert_uint_eq(said->incarnation, 2);
		ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_NEWS, id),
				  JSL_GOSSIP__LEAVE_ROUNDS);
	}
	ck_assert_uint_eq(o.n_messages, 5 * JSL_GOSSIP__LEAVE_ROUNDS);
	ck_assert_uint_eq(jsl_gossip_deadline(o.g), UINT64_MAX);
	one_receive(&o, &ping);
	ck_assert_uint_eq(o.n_messages, 0);
	one_deinit(&o);
}
END_TEST

SUITE_MAIN("gossip_spread", news_is_pushed_at_once_and_told_a_few_times,
	   the_urgent_is_told_first, messages_stay_below_a_datagram,
	   an_accusation_is_answered_not_returned, a_leave_is_told_then_silence)
