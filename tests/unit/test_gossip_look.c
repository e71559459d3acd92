/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How others are found at first, and how the lost are found again (G2).
 */

#include "gossip/gossip_int.h"
#include "gossip_one.h"
#include "../lib/suite.h"

#define HOUR_S 3600

static bool all_but_2(uint64_t id)
{
	return id != 2;
}

static bool anybody(uint64_t id)
{
	(void)id;
	return true;
}

static struct jsl_gossip_event seed_event(uint64_t id)
{
	return (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_SEED,
					 .addr = one_addr(id)};
}

/* As one_run(), keeping only what the last minute brought. */
static void run_long(struct one *o, uint64_t seconds)
{
	for (uint64_t s = 0; s < seconds; s += 60) {
		o->n_messages = o->n_changes = 0;
		one_run(o, 60);
	}
}

START_TEST(a_seed_is_asked_until_somebody_is_there)
{
	const struct jsl_gossip_message *ping;
	struct one o;

	one_init(&o);
	one_give(&o, seed_event(2));
	ping = one_last(&o, JSL_GOSSIP_PING, 2);
	ck_assert_uint_eq(ping->target, 0);
	ck_assert_uint_eq(ping->n_news, 1);
	ck_assert_uint_eq(ping->news[0].id, ONE_ID);
	one_run(&o, 60);
	ck_assert_uint_ge(one_sent(&o, JSL_GOSSIP_PING, 2), 10);
	ck_assert_uint_le(one_sent(&o, JSL_GOSSIP_PING, 2), 30);
	/* Itself is no company. */
	one_give(&o, seed_event(ONE_ID));
	one_run(&o, 10);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, ONE_ID), 0);
	one_deinit(&o);
}
END_TEST

START_TEST(a_seed_where_a_member_lives_is_left_alone)
{
	struct one o;

	one_init(&o);
	one_give(&o, seed_event(3));
	one_joins(&o, 3);
	o.answers = all_but_2;
	one_run(&o, 100);
	for (size_t i = 0; i < o.n_messages; i++)
		ck_assert(o.messages[i].kind != JSL_GOSSIP_PING ||
			  o.messages[i].target == 3);
	one_deinit(&o);
}
END_TEST

/* Pings to seeds in a minute, while nobody is at any of @n. */
static size_t pings_to_silent_seeds(uint64_t n)
{
	size_t pings;
	struct one o;

	one_init(&o);
	for (uint64_t id = 2; id < 2 + n; id++)
		one_give(&o, seed_event(id));
	o.n_messages = 0;
	one_run(&o, 60);
	pings = o.n_messages;
	for (uint64_t id = 2; id < 2 + n; id++)
		ck_assert_uint_ge(one_sent(&o, JSL_GOSSIP_PING, id), 1);
	one_deinit(&o);
	return pings;
}

/* Many are passed in the time that few are pinged often in. */
START_TEST(the_load_does_not_grow_with_the_silent_seeds)
{
	ck_assert_uint_ge(pings_to_silent_seeds(8), 8 * 12);
	ck_assert_uint_le(pings_to_silent_seeds(240), 240 * 3);
}
END_TEST

/* Steps that send nothing in 20 s, in a cluster whose members are @n seeds. */
static size_t idle_steps(uint64_t n)
{
	size_t idle = 0;
	struct one o;

	one_init(&o);
	o.answers = anybody;
	for (uint64_t id = 2; id < 2 + n; id++) {
		one_give(&o, seed_event(id));
		one_joins(&o, id);
	}
	for (int s = 0; s < 60; s++) {
		o.n_messages = o.n_changes = 0;
		one_run(&o, 1);
	}
	for (uint64_t end = o.now_us + 20000000; jsl_gossip_deadline(o.g) < end;) {
		o.now_us = jsl_gossip_deadline(o.g);
		one_give(&o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_TIMER});
		idle += o.n_messages == 0;
		one_answer(&o, 0);
	}
	one_deinit(&o);
	return idle;
}

START_TEST(met_seeds_share_one_timer)
{
	ck_assert_uint_le(idle_steps(200), 25);
}
END_TEST

START_TEST(who_comes_to_a_seed_is_met)
{
	struct jsl_gossip_entry row = one_entry(2, 1, 1, JSL_GOSSIP_ALIVE);
	struct jsl_gossip_message msg = one_message(2, JSL_GOSSIP_PING);
	struct one o;

	one_init(&o);
	one_joins(&o, 3);
	msg.news = &row;
	msg.n_news = 1;
	one_receive(&o, &msg);
	ck_assert(one_changed(&o, JSL_GOSSIP_JOINED, 2));
	ck_assert_ptr_nonnull(one_said(&o, 2, ONE_ID));
	msg = one_message(2, JSL_GOSSIP_ACK);
	msg.seq = one_last(&o, JSL_GOSSIP_PING, 2)->seq;
	one_receive(&o, &msg);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_SYNC, 2), 1);
	one_deinit(&o);
}
END_TEST

START_TEST(heals_after_long_partition)
{
	struct jsl_gossip_message ping;
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	o.answers = all_but_2;
	one_fails(&o, 2);
	run_long(&o, 12 * HOUR_S);
	ck_assert_ptr_null(jsl_gossip_member(o.g, 2));
	ck_assert_uint_ge(one_sent(&o, JSL_GOSSIP_PING, 2), 1);
	ck_assert_uint_le(one_sent(&o, JSL_GOSSIP_PING, 2), 2);
	/* It hears that it was declared failed, and says that it lives. */
	ping = *one_last(&o, JSL_GOSSIP_PING, 2);
	ck_assert_uint_eq(ping.target, 2);
	ck_assert_uint_eq(ping.news[0].id, 2);
	ck_assert_int_eq(ping.news[0].state, JSL_GOSSIP_FAILED);
	one_says(&o, 2, one_entry(2, 1, 2, JSL_GOSSIP_ALIVE));
	ck_assert(one_changed(&o, JSL_GOSSIP_RECOVERED, 2));
	/* And its half of the table comes with it. */
	ping = one_message(2, JSL_GOSSIP_ACK);
	ping.seq = one_last(&o, JSL_GOSSIP_PING, 2)->seq;
	one_receive(&o, &ping);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_SYNC, 2), 1);
	one_deinit(&o);
}
END_TEST

/* The other half's table says that 2 and 4 live: stale, or a partition has healed. */
START_TEST(the_dead_that_are_said_to_live_are_looked_for_at_once)
{
	for (int cleaned = 0; cleaned < 2; cleaned++) {
		struct one o;

		one_init(&o);
		for (uint64_t id = 2; id < 40; id++)
			one_joins(&o, id);
		o.answers = all_but_2;
		one_fails(&o, 4);
		one_fails(&o, 2);
		one_run(&o, cleaned ? 40 : 20);
		for (int again = 0; again < 2; again++) {
			one_says(&o, 3, one_entry(4, 1, 1, JSL_GOSSIP_ALIVE));
			one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_ALIVE));
			one_run_ms(&o, 100);
			/* But not for each rumour. */
			ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 2), !again);
			ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 4), !again);
		}
		one_deinit(&o);
	}
}
END_TEST

/* It comes back by itself: it hears the verdict in the answer, even to a SYNC. */
START_TEST(one_that_was_cleaned_up_hears_that_it_failed)
{
	struct jsl_gossip_entry news[2] = {one_entry(2, 1, 1, JSL_GOSSIP_ALIVE),
					   one_entry(3, 1, 1, JSL_GOSSIP_ALIVE)};

	for (size_t i = 0; i < 3; i++) {
		struct jsl_gossip_message msg =
			one_message(2, i < 2 ? JSL_GOSSIP_PING : JSL_GOSSIP_SYNC);
		struct one o;

		one_init(&o);
		one_joins(&o, 2);
		one_joins(&o, 3);
		o.answers = all_but_2;
		one_fails(&o, 2);
		one_run(&o, 40);
		msg.target = i < 2 ? ONE_ID : 0;
		msg.news = news;
		msg.n_news = i == 0 ? 1 : 2;
		one_receive(&o, &msg);
		ck_assert_ptr_nonnull(one_said(&o, 2, 2));
		ck_assert_int_eq(one_said(&o, 2, 2)->state, JSL_GOSSIP_FAILED);
		one_deinit(&o);
	}
}
END_TEST

START_TEST(the_dead_are_looked_for_less_and_less)
{
	size_t minute[3];
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	o.answers = all_but_2;
	one_fails(&o, 2);
	for (int i = 0; i < 3; i++) {
		run_long(&o, i == 0 ? 60 : 240);
		minute[i] = one_sent(&o, JSL_GOSSIP_PING, 2);
	}
	ck_assert_uint_ge(minute[0], 9);
	ck_assert_uint_lt(minute[1], minute[0]);
	ck_assert_uint_lt(minute[2], minute[1]);
	ck_assert_uint_ge(minute[2], 1);
	/* One that has just died is not looked for later for it. */
	one_says(&o, 4, one_entry(4, 1, 1, JSL_GOSSIP_ALIVE));
	one_fails(&o, 4);
	o.n_messages = 0;
	o.answers = NULL;
	one_run(&o, 15);
	ck_assert_uint_ge(one_sent(&o, JSL_GOSSIP_PING, 4), 1);
	one_deinit(&o);
}
END_TEST

static const struct jsl_gossip_change *find_change(const struct one *o,
						   enum jsl_gossip_change_type type)
{
	for (size_t i = 0; i < o->n_changes; i++)
		if (o->changes[i].type == type)
			return &o->changes[i];
	return NULL;
}

/* Once, after the last of them, whether they had been cleaned up or not. */
START_TEST(a_healed_partition_is_told_once)
{
	const struct jsl_gossip_change *healed;
	struct one o;

	one_init(&o);
	for (uint64_t id = 2; id <= 5; id++)
		one_joins(&o, id);
	o.answers = all_but_2;
	one_fails(&o, 4);
	one_run(&o, 40);
	one_fails(&o, 5);
	one_says(&o, 4, one_entry(4, 1, 2, JSL_GOSSIP_ALIVE));
	one_run_ms(&o, 900);
	ck_assert_ptr_null(find_change(&o, JSL_GOSSIP_HEALED));
	one_says(&o, 5, one_entry(5, 1, 2, JSL_GOSSIP_ALIVE));
	one_run(&o, 5);
	healed = find_change(&o, JSL_GOSSIP_HEALED);
	ck_assert_ptr_nonnull(healed);
	ck_assert_uint_eq(healed->n_healed, 2);
	ck_assert_uint_eq(healed->entry.id, 4);
	o.n_changes = 0;
	one_run(&o, 20);
	ck_assert_ptr_null(find_change(&o, JSL_GOSSIP_HEALED));
	/* A restart heals nothing. */
	one_fails(&o, 2);
	one_says(&o, 2, one_entry(2, 2, 1, JSL_GOSSIP_ALIVE));
	one_run(&o, 5);
	ck_assert_ptr_null(find_change(&o, JSL_GOSSIP_HEALED));
	one_deinit(&o);
}
END_TEST

START_TEST(the_dead_are_looked_for_a_day)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	o.answers = all_but_2;
	one_fails(&o, 2);
	run_long(&o, 24 * HOUR_S - 120);
	ck_assert_uint_gt(one_sent(&o, JSL_GOSSIP_PING, 2), 0);
	run_long(&o, 240);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 2), 0);
	one_deinit(&o);
}
END_TEST

START_TEST(the_forgotten_are_not_looked_for)
{
	struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_FORGET, .id = 2};

	for (int cleaned = 0; cleaned < 2; cleaned++) {
		struct one o;

		one_init(&o);
		one_joins(&o, 2);
		one_joins(&o, 3);
		o.answers = all_but_2;
		one_fails(&o, 2);
		if (cleaned)
			one_run(&o, 40);
		one_give(&o, ev);
		one_run(&o, 60);
		ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 2), 0);
		one_deinit(&o);
	}
}
END_TEST

START_TEST(pings_at_once_whom_it_is_asked_to_look_at)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_give(&o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_PROBE, .id = 2});
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 2), 1);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 3), 0);
	one_give(&o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_PROBE, .id = 9});
	one_give(&o,
		 (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_PROBE, .id = ONE_ID});
	ck_assert_uint_eq(o.n_messages, 0);
	one_deinit(&o);
}
END_TEST

SUITE_MAIN("gossip_look", pings_at_once_whom_it_is_asked_to_look_at,
	   a_seed_is_asked_until_somebody_is_there,
	   a_seed_where_a_member_lives_is_left_alone,
	   the_load_does_not_grow_with_the_silent_seeds, met_seeds_share_one_timer,
	   who_comes_to_a_seed_is_met, heals_after_long_partition,
	   the_dead_that_are_said_to_live_are_looked_for_at_once,
	   one_that_was_cleaned_up_hears_that_it_failed, the_dead_are_looked_for_a_day,
	   the_dead_are_looked_for_less_and_less, a_healed_partition_is_told_once,
	   the_forgotten_are_not_looked_for)
