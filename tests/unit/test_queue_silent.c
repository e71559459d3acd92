/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q13: a worker that lives, and says nothing of a job beyond the job's limit.
 */

#include "test_queue_leader.h"

#define LIMIT 3000000 /* of the jobs here */
#define SWEEP 1000000
#define DUE   (LIMIT + JSL_QUEUE_SILENCE_US)

static void submit_limited(uint8_t n)
{
	ck_assert_int_eq(
		submit_message((struct jsl_queue_message){.job = job_id(n),
							  .limit_ms = LIMIT / 1000},
			       "program"),
		0);
}

START_TEST(q13_silent_run_is_cancelled_there_and_goes_elsewhere)
{
	make();
	worker(5, 2);
	submitter();
	submit_limited(1);
	worker(6, 1);
	ck_assert_uint_eq(jsl_queue_leader_deadline(l), now + DUE);
	timer(DUE - 1);
	ck_assert_uint_eq(up.n_messages, 0);
	timer(SWEEP);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_SILENT), 1);
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_CANCEL, 5, 1)->leader.epoch, 4);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2);
	ck_assert_uint_eq(assigned(6, 1)->deaths, 0);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED); /* long after: it was not that job */
	say(JSL_QUEUE_RESULT, 6, 1);
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_RESULT, S, 1)->deaths, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q13_without_a_limit_a_run_may_take_for_ever)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	ck_assert_uint_eq(jsl_queue_leader_deadline(l), UINT64_MAX);
	timer(UINT64_C(1000000000000));
	ck_assert_uint_eq(up.n_messages, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q13_without_an_elsewhere_it_is_tried_there_again_at_the_front)
{
	make();
	worker(5, 1);
	submitter();
	submit_limited(1);
	submit(2);
	timer(DUE);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 5, 1));
	ck_assert_uint_eq(assigned(5, 1)->attempt, 2);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q13_any_word_of_it_counts)
{
	make();
	worker(5, 1);
	submitter();
	submit_limited(1);
	timer(DUE - 1);
	ck_assert_int_eq(say(JSL_QUEUE_RUNNING, 5, 1), 0);
	timer(DUE - 1);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_SILENT), 0);
	timer(SWEEP);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_SILENT), 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q13_limit_comes_to_a_new_leader_with_the_resubmission)
{
	const struct jsl_queue_item running = item(1, 1, false);

	make();
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	submitter();
	timer(1000);
	ck_assert_int_eq(
		submit_message((struct jsl_queue_message){.job = job_id(1),
							  .first_epoch = 3,
							  .attempt = 1,
							  .node = {5, 1},
							  .limit_ms = LIMIT / 1000},
			       "program"),
		0);
	timer(DUE - SWEEP);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_SILENT), 0);
	timer(SWEEP);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_SILENT), 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q13_one_that_is_away_is_not_silent)
{
	make();
	worker(5, 1);
	submitter();
	submit_limited(1);
	timer(DUE - 1);
	down(5, false);
	worker(6, 1);
	timer(SWEEP);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_SILENT), 0);
	timer(RESUME);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q13_result_that_comes_after_all_is_the_first)
{
	make();
	worker(5, 1);
	submitter();
	submit_limited(1);
	worker(6, 1);
	timer(DUE);
	ck_assert_ptr_nonnull(assigned(6, 1));
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, S, 1));
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 6, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q13_adopted_and_claimed_by_nobody_is_cancelled)
{
	const struct jsl_queue_item running = item(1, 1, false);

	make();
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	timer(RESUME / 2);
	submitter(); /* holds nothing: it has the result of another run */
	timer(JSL_QUEUE_SILENCE_US - 1);
	ck_assert_uint_eq(stats().running, 1);
	timer(SWEEP);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 5, 1));
	ck_assert_uint_eq(stats().running + stats().waiting, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(r4_q13_waits_for_the_lease)
{
	make();
	worker(5, 1);
	submitter();
	submit_limited(1);
	act_until = now;
	timer(DUE);
	ck_assert_uint_eq(up.n_messages + count_notes(&up, JSL_QUEUE_NOTE_SILENT), 0);
	act_until = UINT64_MAX;
	timer(1);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_SILENT), 1);
	jsl_queue_leader_free(l);
}
END_TEST

SUITE_MAIN("queue, silence", q13_silent_run_is_cancelled_there_and_goes_elsewhere,
	   q13_without_a_limit_a_run_may_take_for_ever,
	   q13_without_an_elsewhere_it_is_tried_there_again_at_the_front,
	   q13_any_word_of_it_counts,
	   q13_limit_comes_to_a_new_leader_with_the_resubmission,
	   q13_one_that_is_away_is_not_silent,
	   q13_adopted_and_claimed_by_nobody_is_cancelled,
	   q13_result_that_comes_after_all_is_the_first, r4_q13_waits_for_the_lease)
