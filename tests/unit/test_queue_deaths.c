/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of the jobs of a worker that is silent, stops or dies (Q5, Q6).
 */

#include "test_queue_leader.h"

START_TEST(q5_inventory_of_the_same_worker_decides)
{
	const struct jsl_queue_item items[] = {item(1, 1, false), item(9, 1, false)};

	make();
	worker(5, 3);
	submitter();
	submit(1);
	submit(2);
	down(5, false);
	submit(3);
	ck_assert_int_eq(link_node(55, 5, 1, true), 0);
	ck_assert_int_eq(report(55, 3, items, 2), 0);
	/* 1 runs, 9 is adopted, 2 did not arrive: the same attempt, before 3. */
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 1);
	ck_assert_uint_eq(assigned(55, 2)->attempt, 1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S, 9));
	timer(2 * RESUME);
	ck_assert_uint_eq(up.n_messages, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q5_replaced_link_is_not_read)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	ck_assert_int_eq(link_node(55, 5, 1, true), 0);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	down(5, false);
	ck_assert_int_eq(report(55, 1, NULL, 0), 0);
	ck_assert_uint_eq(assigned(55, 1)->attempt, 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_silent_worker_is_given_time_then_replaced)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	submit(2);
	down(5, false);
	worker(6, 1);
	ck_assert_ptr_nonnull(assigned(6, 2));
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 2), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	timer(RESUME);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2);
	ck_assert_uint_eq(assigned(6, 1)->deaths, 0); /* silence is no death … */
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 1), 0);
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_RESULT, S, 1)->deaths, 1);
	jsl_queue_leader_free(l); /* … until it turns out to be one */
}
END_TEST

START_TEST(q6_death_requeues_at_the_front_in_order_elsewhere)
{
	const struct jsl_queue_message *m;

	make();
	worker(5, 2);
	submitter();
	for (uint8_t n = 1; n <= 3; n++)
		submit(n);
	worker(6, 1);
	ck_assert_ptr_nonnull(assigned(6, 3));
	submit(4);
	ck_assert_int_eq(link_node(55, 5, 2, true), 0); /* a new process */
	ck_assert_int_eq(report(55, 2, NULL, 0), 0);
	ck_assert_ptr_null(assigned(55, 1)); /* there is an elsewhere */
	ck_assert_ptr_nonnull(assigned(55, 4));
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 3), 0);
	m = assigned(6, 1);
	ck_assert(m->attempt == 2 && m->deaths == 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_suspect_runs_alone)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	down(5, false);
	worker(6, 3);
	submit(2);
	submit(3);
	ck_assert_ptr_nonnull(assigned(6, 3));
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0); /* 6 is not idle */
	submit(4);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0); /* 6 is kept for 1 */
	say(JSL_QUEUE_RESULT, 6, 2);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	say(JSL_QUEUE_RESULT, 6, 3);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 1);
	ck_assert_uint_eq(assigned(6, 1)->deaths, 1);
	submit(5);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	say(JSL_QUEUE_RESULT, 6, 1);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_suspects_take_turns)
{
	make();
	worker(5, 1);
	worker(6, 1);
	submitter();
	submit(1);
	submit(2);
	down(5, false);
	worker(7, 2);
	submit(3);
	submit(4);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED); /* 6 is kept for job 1 … */
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	member(7, 1, JSL_QUEUE_MEMBER_FAILED); /* … until 3 and 4 come before it */
	say(JSL_QUEUE_RESULT, 6, 2);
	ck_assert_uint_eq(assigned(6, 3)->deaths, 1);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 1);
	say(JSL_QUEUE_RESULT, 6, 3);
	ck_assert_ptr_nonnull(assigned(6, 4));
	say(JSL_QUEUE_RESULT, 6, 4);
	ck_assert_ptr_nonnull(assigned(6, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_quarantined_after_max_deaths)
{
	const struct jsl_queue_message *m;

	make();
	worker(5, 1);
	submitter();
	submit(1);
	worker(6, 1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_ptr_nonnull(assigned(6, 1));
	worker(7, 1);
	member(6, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	m = find_message(&up, JSL_QUEUE_RESULT, S, 1);
	ck_assert_int_eq(m->outcome, JSL_QUEUE_QUARANTINED);
	ck_assert(m->deaths == 2 && m->attempt == 2 && m->n_tried == 2);
	ck_assert(m->tried[0] == 5 && m->tried[1] == 6);
	ck_assert_ptr_null(m->payload);
	/* The verdict is given until it has arrived. */
	ck_assert_int_eq(link_node(101, S, 1, false), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, 101, 1));
	ck_assert_int_eq(say(JSL_QUEUE_DELIVERED, 101, 1), 0);
	ck_assert_uint_eq(stats().finished, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_quarantine_that_nobody_heard_of_is_taken_back)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	worker(6, 1);
	ck_assert_uint_eq(assigned(6, 1)->deaths, 1);
	down(S, false);
	member(6, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_QUARANTINED), 1);
	member(5, 1, JSL_QUEUE_MEMBER_ALIVE);
	ck_assert_uint_eq(assigned(5, 1)->deaths, 1);
	ck_assert_uint_eq(assigned(5, 1)->attempt, 3);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_result_of_a_failed_worker_is_given_up)
{
	make();
	worker(5, 1);
	worker(6, 1);
	submitter();
	submit(1);
	submit(2);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 2), 0); /* on its way */
	down(S, false);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0); /* for nobody, yet */
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 1));
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2);
	ck_assert_uint_eq(assigned(6, 1)->deaths, 0); /* it did not run */
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_clean_stop_never_counts)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	worker(6, 1);
	down(5, true);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2);
	ck_assert_uint_eq(assigned(6, 1)->deaths, 0);
	worker(7, 1);
	member(6, 1, JSL_QUEUE_MEMBER_LEFT); /* linked: it may finish still */
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	down(6, false);
	ck_assert_uint_eq(assigned(7, 1)->deaths, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_death_that_was_none_is_taken_back)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 5, 1));
	ck_assert_uint_eq(stats().waiting, 1);
	member(5, 1, JSL_QUEUE_MEMBER_ALIVE);
	ck_assert_uint_eq(assigned(5, 1)->attempt, 2);
	ck_assert_uint_eq(assigned(5, 1)->deaths, 0);
	jsl_queue_leader_free(l);
}
END_TEST

SUITE_MAIN("queue leader, deaths", q5_inventory_of_the_same_worker_decides,
	   q5_replaced_link_is_not_read, q6_silent_worker_is_given_time_then_replaced,
	   q6_death_requeues_at_the_front_in_order_elsewhere, q6_suspect_runs_alone,
	   q6_suspects_take_turns, q6_quarantined_after_max_deaths,
	   q6_quarantine_that_nobody_heard_of_is_taken_back,
	   q6_result_of_a_failed_worker_is_given_up, q6_clean_stop_never_counts,
	   q6_death_that_was_none_is_taken_back)
