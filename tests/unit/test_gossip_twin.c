/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two processes under one id: the members keep the one that lives, and the later one
 * learns that it has to go.
 */

#include "gossip_one.h"
#include "../lib/suite.h"

#define ELSEWHERE 500 /* one_addr() of it: where another process is */

static bool all(uint64_t id)
{
	return id != ONE_ID && id != ELSEWHERE;
}

static bool all_but_2(uint64_t id)
{
	return id != 2 && all(id);
}

/* A process at ELSEWHERE pings with the id 2 and @boot. */
static void claim(struct one *o, uint64_t boot)
{
	struct jsl_gossip_entry row = one_entry(2, boot, 1, JSL_GOSSIP_ALIVE);
	struct jsl_gossip_message msg = one_message(2, JSL_GOSSIP_PING);

	row.addr = msg.from_addr = one_addr(ELSEWHERE);
	msg.boot = boot;
	msg.news = &row;
	msg.n_news = 1;
	one_receive(o, &msg);
}

static void setup(struct one *o, bool (*answers)(uint64_t))
{
	one_init(o);
	for (uint64_t id = 2; id <= 5; id++)
		one_joins(o, id);
	o->answers = all;
	one_run(o, 2);
	o->answers = answers;
	o->n_changes = 0;
}

START_TEST(who_lives_keeps_its_id)
{
	const struct jsl_gossip_entry *said;
	struct one o;

	setup(&o, all);
	for (int i = 0; i < 10; i++) {
		claim(&o, 9);
		said = one_said(&o, ELSEWHERE, 2);
		ck_assert_ptr_nonnull(said);
		ck_assert(jsl_addr_equal(&said->addr, &(struct jsl_addr){0}) == false);
		ck_assert_uint_eq(said->addr.port, one_addr(2).port);
		one_run(&o, 1);
	}
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->boot, 1);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	ck_assert(!one_changed(&o, JSL_GOSSIP_JOINED, 2));
	one_deinit(&o);
}
END_TEST

START_TEST(a_restart_elsewhere_is_believed_when_the_old_life_is_silent)
{
	struct one o;

	setup(&o, all_but_2);
	for (int i = 0; i < 4; i++) {
		claim(&o, 9);
		one_run(&o, 1);
	}
	claim(&o, 9);
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->boot, 9);
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->addr.port, one_addr(ELSEWHERE).port);
	one_deinit(&o);
}
END_TEST

/* The later one's side: told of another, it asks there, and an answer is the proof. */
START_TEST(the_later_process_hears_that_it_must_go)
{
	struct jsl_gossip_entry twin =
		one_entry(ONE_ID, ONE_BOOT - 1, 7, JSL_GOSSIP_ALIVE);
	struct jsl_gossip_message ack = one_message(ONE_ID, JSL_GOSSIP_ACK);
	struct one o;

	setup(&o, all);
	twin.addr = one_addr(ELSEWHERE);
	one_says(&o, 3, twin);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, ELSEWHERE), 1);
	ack.boot = ONE_BOOT - 1;
	ack.from_addr = one_addr(ELSEWHERE);
	ack.seq = one_last(&o, JSL_GOSSIP_PING, ELSEWHERE)->seq + 1;
	one_receive(&o, &ack);
	ck_assert(!one_changed(&o, JSL_GOSSIP_CONFLICT, ONE_ID));
	ack.seq--;
	one_receive(&o, &ack);
	ck_assert(one_changed(&o, JSL_GOSSIP_CONFLICT, ONE_ID));
	ck_assert_uint_eq(o.changes[0].entry.addr.port, one_addr(ELSEWHERE).port);
	/* Not for each rumour a ping. */
	for (int i = 0; i < 10; i++)
		one_says(&o, 3, twin);
	ck_assert_uint_le(one_sent(&o, JSL_GOSSIP_PING, ELSEWHERE), 1);
	one_deinit(&o);
}
END_TEST

START_TEST(the_earlier_process_answers_and_stays)
{
	struct jsl_gossip_message ping = one_message(ONE_ID, JSL_GOSSIP_PING);
	struct one o;

	setup(&o, all);
	ping.from_addr = one_addr(ELSEWHERE);
	ping.boot = ONE_BOOT + 1;
	ping.target = ONE_ID;
	ping.seq = 77;
	one_receive(&o, &ping);
	ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_ACK, ELSEWHERE)->seq, 77);
	ck_assert_uint_eq(o.n_changes, 0);
	/* Itself, as a reflection, is nobody. */
	ping.boot = ONE_BOOT;
	one_receive(&o, &ping);
	ck_assert_uint_eq(o.n_messages, 0);
	one_deinit(&o);
}
END_TEST

SUITE_MAIN("gossip_twin", who_lives_keeps_its_id,
	   a_restart_elsewhere_is_believed_when_the_old_life_is_silent,
	   the_later_process_hears_that_it_must_go, the_earlier_process_answers_and_stays)
