/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gossip refuses: options, misuse, malformed and absurd words, more than its
 * tables hold, and to be an amplifier (G7).
 */

#include <errno.h>
#include <string.h>

#include <jsl/err.h>

#include "gossip/gossip_int.h"
#include "gossip_one.h"
#include "../lib/suite.h"

START_TEST(options_out_of_range_are_refused)
{
	struct jsl_gossip_opts good = one_opts(), bad;
	struct jsl_gossip *g = NULL;

#define REFUSES(field, value)                                        \
	do {                                                         \
		bad = good;                                          \
		bad.field = (value);                                 \
		ck_assert_int_eq(jsl_gossip_new(&g, &bad), -EINVAL); \
		ck_assert_ptr_null(g);                               \
	} while (0)
	REFUSES(size, 8);
	REFUSES(id, 0);
	REFUSES(boot, 0);
	REFUSES(addr.port, 0);
	REFUSES(meta_len, JSL_GOSSIP_META_MAX + 1);
	REFUSES(probe_timeout_us, good.probe_interval_us);
	REFUSES(probe_timeout_us, 0);
	REFUSES(suspicion_mult, 0);
	REFUSES(cleanup_us, 0);
#undef REFUSES
	ck_assert_int_eq(jsl_gossip_new(&g, NULL), -EINVAL);
	jsl_gossip_free(NULL);
}
END_TEST

START_TEST(misuse_is_refused)
{
	struct jsl_gossip_opts opts = one_opts();
	struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_TIMER, .now_us = 5};
	struct jsl_gossip_update up;
	struct jsl_gossip *g;

	ck_assert_int_eq(jsl_gossip_new(&g, &opts), 0);
	ck_assert_int_eq(jsl_gossip_step(g, &ev, &up), -EINVAL);
	ck_assert_uint_eq(jsl_gossip_deadline(g), UINT64_MAX);
	ev.type = JSL_GOSSIP_EV_START;
	ck_assert_int_eq(jsl_gossip_step(g, &ev, &up), 0);
	ck_assert_int_eq(jsl_gossip_step(g, &ev, &up), -EINVAL);
	ev.type = JSL_GOSSIP_EV_TIMER;
	ev.now_us = 4;
	ck_assert_int_eq(jsl_gossip_step(g, &ev, &up), -EINVAL);
	ev.now_us = 6;
	ev.type = JSL_GOSSIP_EV_RECEIVE;
	ck_assert_int_eq(jsl_gossip_step(g, &ev, &up), -EINVAL);
	ev.type = JSL_GOSSIP_EV_SEED;
	ck_assert_int_eq(jsl_gossip_step(g, &ev, &up), -EINVAL);
	ev.type = JSL_GOSSIP_EV_META;
	ev.meta_len = JSL_GOSSIP_META_MAX + 1;
	ck_assert_int_eq(jsl_gossip_step(g, &ev, &up), -EINVAL);
	ev.type = 99;
	ck_assert_int_eq(jsl_gossip_step(g, &ev, &up), -EINVAL);
	jsl_gossip_free(g);
}
END_TEST

START_TEST(an_absurd_jump_is_the_owners_right_only)
{
	uint64_t far = 2 + JSL_GOSSIP__INCARNATION_JUMP;
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_says(&o, 3, one_entry(2, 1, far, JSL_GOSSIP_FAILED));
	ck_assert_int_eq(o.refused, JSL_E_LIMIT);
	one_says(&o, 3, one_entry(2, 1, far, JSL_GOSSIP_ALIVE));
	ck_assert_int_eq(o.refused, JSL_E_LIMIT);
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->incarnation, 1);
	one_says(&o, 3, one_entry(ONE_ID, ONE_BOOT, far, JSL_GOSSIP_SUSPECT));
	ck_assert_int_eq(o.refused, JSL_E_LIMIT);
	ck_assert_uint_eq(jsl_gossip_member(o.g, ONE_ID)->incarnation, 1);
	/* Who says so hears that it is wrong. */
	ck_assert_ptr_nonnull(one_said(&o, 3, ONE_ID));
	one_says(&o, 2, one_entry(2, 1, far, JSL_GOSSIP_ALIVE));
	ck_assert_int_eq(o.refused, 0);
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->incarnation, far);
	one_deinit(&o);
}
END_TEST

static bool all_others(uint64_t id)
{
	return id != ONE_ID;
}

START_TEST(one_word_removes_nobody_for_good)
{
	uint64_t far = 2 + JSL_GOSSIP__INCARNATION_JUMP, late = JSL_GOSSIP__BOOT_MAX;
	static const enum jsl_gossip_state dead[] = {JSL_GOSSIP_FAILED, JSL_GOSSIP_LEFT};
	struct one o;

	for (int i = 0; i < 2; i++) {
		one_init(&o);
		for (uint64_t id = 2; id <= 4; id++)
			one_joins(&o, id);
		/* Of a later life of one that lives, suspected or not: it is asked. */
		one_says(&o, 3, one_entry(2, late, 1, dead[i]));
		ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 2), 1);
		one_says(&o, 4, one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT));
		one_says(&o, 3, one_entry(2, late, 1, dead[i]));
		one_says(&o, 2, one_entry(2, 1, 2, JSL_GOSSIP_ALIVE));
		o.answers = all_others;
		one_run(&o, 5);
		ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
		ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->boot, 1);
		/* Of one that is not known yet. */
		one_says(&o, 3, one_entry(5, 1, far, dead[i]));
		ck_assert_int_eq(o.refused, JSL_E_LIMIT);
		one_says(&o, 3, one_entry(5, late, 1, dead[i]));
		one_joins(&o, 5);
		ck_assert_int_eq(o.refused, 0);
		ck_assert_int_eq(one_state(&o, 5), JSL_GOSSIP_ALIVE);
		one_says(&o, 3, one_entry(5, late, 1, dead[i]));
		ck_assert_int_eq(one_state(&o, 5), JSL_GOSSIP_ALIVE);
		one_deinit(&o);
	}
}
END_TEST

/* What was a member here and died is over, whatever others say of its later lives. */
START_TEST(hearsay_opens_no_way_back)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_fails(&o, 2);
	one_run(&o, 40);
	ck_assert_ptr_null(jsl_gossip_member(o.g, 2));
	one_says(&o, 3, one_entry(2, 9, 1, JSL_GOSSIP_FAILED));
	one_says(&o, 2, one_entry(2, 1, 1, JSL_GOSSIP_ALIVE));
	ck_assert_int_eq(o.refused, JSL_E_STALE);
	ck_assert_ptr_null(jsl_gossip_member(o.g, 2));
	one_says(&o, 2, one_entry(2, 8, 1, JSL_GOSSIP_ALIVE));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	one_deinit(&o);
}
END_TEST

/* Others are not believed about such an incarnation, so its owner says it itself. */
START_TEST(who_has_refuted_too_often_introduces_itself)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	o.answers = all_others;
	one_run(&o, 20); /* its joining is no news any more */
	one_give(&o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_TIMER});
	one_run(&o, 2);
	ck_assert_ptr_null(one_said(&o, 2, ONE_ID));
	one_says(&o, 3,
		 one_entry(ONE_ID, ONE_BOOT, 1 + JSL_GOSSIP__INCARNATION_JUMP,
			   JSL_GOSSIP_SUSPECT));
	one_run(&o, 20);
	one_give(&o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_TIMER});
	one_run(&o, 2);
	ck_assert_ptr_nonnull(one_said(&o, 2, ONE_ID));
	ck_assert_uint_eq(one_said(&o, 2, ONE_ID)->incarnation,
			  2 + JSL_GOSSIP__INCARNATION_JUMP);
	one_deinit(&o);
}
END_TEST

START_TEST(only_members_accuse)
{
	struct jsl_gossip_entry e = one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT);
	struct one o;

	one_init(&o);
	for (uint64_t id = 2; id <= 5; id++)
		one_joins(&o, id);
	for (e.accuser = 77; e.accuser < 87; e.accuser++)
		one_says(&o, 3, e);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	e.accuser = 4; /* a member, by the word of another */
	one_says(&o, 3, e);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	e.accuser = 77;
	one_says(&o, 3, e);
	ck_assert_uint_eq(jsl_gossip__find(o.g, 2)->suspicion.n_accusers, 1);
	e.accuser = 3;
	one_says(&o, 3, e);
	ck_assert_uint_eq(jsl_gossip__find(o.g, 2)->suspicion.n_accusers, 2);
	one_deinit(&o);
}
END_TEST

/* One thing out of range in @bad or @msg, and why that is refused; 0 when there is no
 * such case. */
static int spoil(int what, struct jsl_gossip_entry *bad, struct jsl_gossip_message *msg)
{
	switch (what) {
	case 0: bad->id = 0; break;
	case 1: bad->boot = 0; break;
	case 2: bad->incarnation = 0; return JSL_E_LIMIT;
	case 3: bad->incarnation = UINT64_MAX; return JSL_E_LIMIT;
	case 4: bad->state = 0; break;
	case 5: bad->state = JSL_GOSSIP_LEFT + 1; break;
	case 6: bad->meta_len = JSL_GOSSIP_META_MAX + 1; break;
	case 7: bad->state = JSL_GOSSIP_SUSPECT; break; /* accused by nobody */
	case 8: msg->n_news = JSL_GOSSIP_NEWS_MAX + 1; break;
	case 9: msg->from = 0; break;
	case 10: msg->boot = 0; break;
	case 11: msg->from = ONE_ID; return 1; /* twin.c */
	case 12: msg->kind = 99; break;
	case 13: msg->target = 77; return JSL_E_UNBOUND; /* a ping for another */
	case 14: bad->boot = JSL_GOSSIP__BOOT_MAX + 1; return JSL_E_LIMIT;
	case 15: msg->boot = JSL_GOSSIP__BOOT_MAX + 1; return JSL_E_LIMIT;
	case 16:
		bad->state = JSL_GOSSIP_SUSPECT;
		bad->accuser = bad->id;
		break;
	case 17:
		msg->kind = JSL_GOSSIP_PING_REQ;
		msg->target = 0;
		break;
	default: return 0;
	}
	return JSL_E_MALFORMED;
}

/* Beside what is out of range stands a good entry, which must not count either. */
START_TEST(malformed_changes_nothing)
{
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX + 1];
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	for (int what = 0;; what++) {
		struct jsl_gossip_entry bad = one_entry(8, 1, 1, JSL_GOSSIP_ALIVE);
		struct jsl_gossip_message msg = one_message(2, JSL_GOSSIP_PING);
		int why;

		msg.target = ONE_ID;
		msg.news = news;
		msg.n_news = 2;
		why = spoil(what, &bad, &msg);
		if (why == 0)
			break;
		for (size_t i = 0; i <= JSL_GOSSIP_NEWS_MAX; i++)
			news[i] = bad;
		news[0] = one_entry(9, 1, 1, JSL_GOSSIP_ALIVE);
		one_receive(&o, &msg);
		ck_assert_msg(o.refused == (why < 0 ? why : 0), "case %d", what);
		ck_assert_msg(jsl_gossip_member(o.g, 9) == NULL, "case %d", what);
		ck_assert_msg(one_sent(&o, JSL_GOSSIP_ACK, 2) == 0, "case %d", what);
	}
	one_deinit(&o);
}
END_TEST

START_TEST(the_table_is_bounded)
{
	struct one o;

	one_init(&o);
	for (uint64_t id = 2; id < JSL_GOSSIP_MEMBERS_MAX + 50; id++)
		one_says(&o, 2, one_entry(id, 1, 1, JSL_GOSSIP_ALIVE));
	ck_assert_uint_eq(jsl_gossip_view(o.g), JSL_GOSSIP_MEMBERS_MAX - 1);
	ck_assert_ptr_null(jsl_gossip_member(o.g, JSL_GOSSIP_MEMBERS_MAX + 1));
	for (uint64_t id = 10000; id < 10000 + JSL_GOSSIP_MEMBERS_MAX + 50; id++)
		one_says(&o, 2, one_entry(id, 1, 1, JSL_GOSSIP_FAILED));
	ck_assert_ptr_null(jsl_gossip__check(o.g));
	one_deinit(&o);
}
END_TEST

START_TEST(an_unknown_sender_gets_no_more_than_it_sent)
{
	struct jsl_gossip_entry row = one_entry(9, 1, 1, JSL_GOSSIP_ALIVE);
	struct jsl_gossip_message ping = one_message(9, JSL_GOSSIP_PING);
	char meta[JSL_GOSSIP_META_MAX] = {0};
	size_t sent = 0;
	struct one o;

	one_init(&o);
	for (uint64_t id = 2; id < 12; id++)
		if (id != 9)
			one_joins(&o, id);
	one_give(&o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_META,
					       .meta = meta,
					       .meta_len = sizeof(meta)});
	ping.news = &row;
	ping.n_news = 1;
	one_receive(&o, &ping);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_ACK, 9), 1);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 9), 1);
	for (size_t i = 0; i < o.n_messages; i++)
		if (o.messages[i].to.port == one_addr(9).port &&
		    o.messages[i].kind == JSL_GOSSIP_ACK)
			sent += jsl_gossip__message_bytes(&o.messages[i]);
	ck_assert_uint_le(sent, jsl_gossip__message_bytes(&ping));
	one_deinit(&o);
}
END_TEST

START_TEST(a_sync_of_an_unknown_sender_gets_a_ping_first)
{
	struct jsl_gossip_entry row = one_entry(9, 1, 1, JSL_GOSSIP_ALIVE);
	struct jsl_gossip_message msg = one_message(9, JSL_GOSSIP_SYNC);
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	msg.seq = 5;
	msg.news = &row;
	msg.n_news = 1;
	one_receive(&o, &msg);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 9), 1);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_SYNC, 9), 0);
	msg = one_message(9, JSL_GOSSIP_ACK);
	msg.seq = one_last(&o, JSL_GOSSIP_PING, 9)->seq;
	one_receive(&o, &msg);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_SYNC, 9), 1);
	one_deinit(&o);
}
END_TEST

/* A guessed ACK is no proof that somebody receives what is sent there. */
START_TEST(a_wrong_seq_verifies_nobody)
{
	struct jsl_gossip_message ack = one_message(9, JSL_GOSSIP_ACK);
	struct one o;

	one_init(&o);
	one_says(&o, 9, one_entry(9, 1, 1, JSL_GOSSIP_ALIVE));
	ack.seq = one_last(&o, JSL_GOSSIP_PING, 9)->seq + 2;
	one_receive(&o, &ack);
	ck_assert(!jsl_gossip__find(o.g, 9)->verified);
	ack.seq -= 2;
	one_receive(&o, &ack);
	ck_assert(jsl_gossip__find(o.g, 9)->verified);
	one_deinit(&o);
}
END_TEST

START_TEST(seeds_are_bounded)
{
	struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_SEED, .addr = one_addr(0)};
	struct one o;

	one_init(&o);
	for (unsigned i = 0; i < JSL_GOSSIP__SEEDS_MAX + 50; i++) {
		ev.addr.port = (uint16_t)(20000 + i);
		one_give(&o, ev);
	}
	ck_assert_uint_eq(o.g->n_seeds, JSL_GOSSIP__SEEDS_MAX);
	one_deinit(&o);
}
END_TEST

SUITE_MAIN("gossip_limits", options_out_of_range_are_refused, misuse_is_refused,
	   an_absurd_jump_is_the_owners_right_only, one_word_removes_nobody_for_good,
	   hearsay_opens_no_way_back, who_has_refuted_too_often_introduces_itself,
	   only_members_accuse, malformed_changes_nothing, the_table_is_bounded,
	   an_unknown_sender_gets_no_more_than_it_sent,
	   a_sync_of_an_unknown_sender_gets_a_ping_first, a_wrong_seq_verifies_nobody,
	   seeds_are_bounded)
