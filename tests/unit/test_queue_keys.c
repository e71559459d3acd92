/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs of one key are one run: what joins what, who is told, and who takes over when
 * one of them goes.
 */

#include "test_queue_keys.h"

START_TEST(one_key_is_one_run_and_everybody_gets_its_result)
{
	const struct jsl_queue_message *m;

	make();
	submitters(3);
	submit_keyed(0, 1, "program");
	submit_keyed(1, 2, "program");
	ck_assert_uint_eq(stats().joined, 1);
	worker(5, 4);
	m = assigned(5, 1);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 1);
	ck_assert_mem_eq(&m->key, &key, sizeof(key));
	ck_assert_uint_ne(m->tag, 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S, 1));
	m = find_message(&up, JSL_QUEUE_STARTED, S + 1, 2);
	ck_assert(m->node.id == 5 && m->attempt == 1);
	submit_keyed(2, 3, "program"); /* it runs already */
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S + 2, 3));
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	result_of(5, 1, "output");
	for (int i = 0; i < 3; i++) {
		m = result_for(i, (uint8_t)(i + 1));
		ck_assert(is_text(m->payload, "output"));
		ck_assert(m->submitter.id == S + (uint64_t)i && m->attempt == 1);
	}
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 3);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(result_is_forgotten_when_the_last_has_it)
{
	make();
	worker(5, 1);
	submitters(3);
	for (int i = 0; i < 3; i++)
		submit_keyed(i, (uint8_t)(i + 1), "program");
	result_of(5, 1, "output");
	say(JSL_QUEUE_DELIVERED, S, 1);
	say(JSL_QUEUE_CANCEL, S + 1, 2);
	say(JSL_QUEUE_DELIVERED, S, 1); /* once more, of a headless one */
	ck_assert_uint_eq(up.n_messages, 0);
	say(JSL_QUEUE_DELIVERED, S + 2, 3);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 1));
	ck_assert_uint_eq(stats().finished + stats().joined, 0);
	submit_keyed(0, 4, "program"); /* and the key is free */
	ck_assert_ptr_nonnull(assigned(5, 4));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(late_submission_has_the_result_fetched_again)
{
	make();
	worker(5, 1);
	submitters(3);
	submit_keyed(0, 1, "program");
	result_of(5, 1, "output");
	submit_keyed(1, 2, "program");
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 5, 1));
	submit_keyed(2, 3, "program"); /* one answer serves both */
	ck_assert_uint_eq(up.n_messages, 0);
	say(JSL_QUEUE_DELIVERED, S, 1);
	ck_assert_uint_eq(up.n_messages, 0);
	result_of(5, 1, "output");
	ck_assert(is_text(result_for(1, 2)->payload, "output"));
	ck_assert(is_text(result_for(2, 3)->payload, "output"));
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(result_is_fetched_again_though_who_asked_for_it_has_gone)
{
	make();
	worker(5, 1);
	submitters(2);
	submit_keyed(0, 1, "program");
	result_of(5, 1, "output");
	submit_keyed(1, 2, "program");
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 5, 1));
	say(JSL_QUEUE_CANCEL, S + 1, 2);
	result_of(5, 1, "output"); /* for nobody */
	ck_assert_uint_eq(up.n_messages, 0);
	submit_keyed(1, 3, "program");
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 5, 1));
	result_of(5, 1, "output");
	ck_assert(is_text(result_for(1, 3)->payload, "output"));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(other_content_under_a_key_in_use_is_refused)
{
	const struct jsl_queue_message *m;

	make();
	submitters(2);
	submit_keyed(0, 1, "program");
	submit_keyed(1, 2, "another program");
	m = find_message(&up, JSL_QUEUE_REFUSED, S + 1, 2);
	ck_assert_int_eq(m->reason, JSL_QUEUE_CONFLICT);
	ck_assert_uint_eq(stats().waiting + stats().joined, 1);
	submit(3); /* without a key anything goes */
	ck_assert_uint_eq(stats().waiting, 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q8_a_joined_submission_counts)
{
	struct jsl_queue_leader_opts opts = JSL_QUEUE_LEADER_OPTS_INIT;

	opts.max_jobs = 2;
	make_with(opts);
	submitters(3);
	submit_keyed(0, 1, "program");
	submit_keyed(1, 2, "program");
	ck_assert_uint_eq(stats().bytes, 14);
	submit_keyed(2, 3, "program");
	ck_assert_int_eq(find_message(&up, JSL_QUEUE_REFUSED, S + 2, 3)->reason,
			 JSL_QUEUE_FULL);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(cancelled_while_it_runs_goes_on_for_the_others)
{
	make();
	worker(5, 1);
	submitters(2);
	submit_keyed(0, 1, "program");
	submit_keyed(1, 2, "program");
	say(JSL_QUEUE_CANCEL, S, 1);
	ck_assert_uint_eq(up.n_messages, 0);
	result_of(5, 1, "output");
	ck_assert_ptr_null(result_for(0, 1));
	ck_assert_ptr_nonnull(result_for(1, 2));
	say(JSL_QUEUE_DELIVERED, S + 1, 2);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(run_is_cancelled_with_the_last_that_wants_it)
{
	make();
	worker(5, 1);
	submitters(2);
	submit_keyed(0, 1, "program");
	submit_keyed(1, 2, "program");
	down(S, true);
	ck_assert_uint_eq(up.n_messages, 0);
	down(S + 1, false);
	timer(RESUME);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 5, 1));
	ck_assert_uint_eq(stats().running + stats().joined, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(oldest_joined_takes_the_place_of_one_that_waits_no_more)
{
	make();
	submitters(3);
	ck_assert_int_eq(submit_message((struct jsl_queue_message){.job = job_id(1),
								   .key = key,
								   .remaining_ms = 5},
					"program"),
			 0);
	submit_keyed(1, 2, "program");
	submit_keyed(2, 3, "program");
	timer(5000);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_EXPIRED), 1);
	ck_assert_uint_eq(stats().waiting, 1);
	ck_assert_uint_eq(stats().joined, 1);
	worker(5, 1);
	ck_assert_ptr_nonnull(assigned(5, 2));
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S + 2, 3));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q8_joined_to_a_run_is_started)
{
	make();
	worker(5, 1);
	submitters(2);
	submit_keyed(0, 1, "program");
	ck_assert_int_eq(submit_message((struct jsl_queue_message){.link = S + 1,
								   .job = job_id(2),
								   .key = key,
								   .remaining_ms = 5},
					"program"),
			 0);
	say(JSL_QUEUE_CANCEL, S, 1);
	timer(6000);
	worker(6, 1);
	down(5, true);
	ck_assert_uint_eq(assigned(6, 2)->attempt, 2); /* its submitter waits on */
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_deaths_go_with_the_run_not_with_the_id)
{
	make();
	worker(5, 1);
	submitters(2);
	submit_keyed(0, 1, "program");
	submit_keyed(1, 2, "program");
	say(JSL_QUEUE_CANCEL, S, 1);
	worker(6, 1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(assigned(6, 2)->attempt, 2); /* under an id that is wanted */
	ck_assert_uint_eq(assigned(6, 2)->deaths, 1);
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_STARTED, S + 1, 2)->deaths, 1);
	member(6, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_int_eq(result_for(1, 2)->outcome, JSL_QUEUE_QUARANTINED);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q6_verdict_goes_to_all)
{
	make();
	submitters(2);
	submit_keyed(0, 1, "program");
	submit_keyed(1, 2, "program");
	worker(5, 1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	worker(6, 1);
	member(6, 1, JSL_QUEUE_MEMBER_FAILED);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(result_for(i, (uint8_t)(i + 1))->outcome,
				 JSL_QUEUE_QUARANTINED);
	say(JSL_QUEUE_DELIVERED, S, 1);
	say(JSL_QUEUE_DELIVERED, S + 1, 2);
	ck_assert_uint_eq(stats().finished + stats().joined, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(lost_result_is_made_again_for_those_it_did_not_reach)
{
	make();
	worker(5, 1);
	worker(6, 1);
	submitters(3);
	for (int i = 0; i < 3; i++)
		submit_keyed(i, (uint8_t)(i + 1), "program");
	down(S + 1, false);
	down(S + 2, false);
	result_of(5, 1, "output"); /* to S alone */
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(assigned(6, 2)->attempt, 2);
	say(JSL_QUEUE_DELIVERED, S, 1);
	ck_assert_int_eq(link_node(201, S + 2, 1, false), 0);
	result_of(6, 2, "output");
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, 201, 3));
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(submitter_that_comes_back_has_its_job_again)
{
	make();
	worker(5, 1);
	submitters(2);
	submit_keyed(0, 1, "program");
	submit_keyed(1, 2, "program");
	down(S, false);
	timer(RESUME); /* headless */
	ck_assert_int_eq(link_node(S, S, 1, false), 0);
	resubmit_keyed(0, 1, 5, 1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S, 1));
	result_of(5, 1, "output");
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 2);
	jsl_queue_leader_free(l);
}
END_TEST

SUITE_MAIN("queue, keys", one_key_is_one_run_and_everybody_gets_its_result,
	   result_is_forgotten_when_the_last_has_it,
	   late_submission_has_the_result_fetched_again,
	   result_is_fetched_again_though_who_asked_for_it_has_gone,
	   other_content_under_a_key_in_use_is_refused, q8_a_joined_submission_counts,
	   cancelled_while_it_runs_goes_on_for_the_others,
	   run_is_cancelled_with_the_last_that_wants_it,
	   oldest_joined_takes_the_place_of_one_that_waits_no_more,
	   q8_joined_to_a_run_is_started, q6_deaths_go_with_the_run_not_with_the_id,
	   q6_verdict_goes_to_all, lost_result_is_made_again_for_those_it_did_not_reach,
	   submitter_that_comes_back_has_its_job_again)
