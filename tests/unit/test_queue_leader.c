/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The leader in calm weather: accepts, assigns, delivers. What it does when nodes
 * come and go is in test_queue_recover.c and test_queue_deaths.c.
 */

#include "test_queue_leader.h"

START_TEST(a_job_goes_from_submitter_to_worker_and_back)
{
	const struct jsl_queue_message *m;

	make();
	worker(5, 1);
	submitter();
	now += 10;
	submit(1);
	m = assigned(5, 1);
	ck_assert(is_text(m->payload, "program"));
	ck_assert(m->leader.epoch == 4 && m->leader.id == 1 && m->attempt == 1);
	ck_assert(m->submitter.id == S && m->submitter.boot == 1);
	m = find_message(&up, JSL_QUEUE_STARTED, S, 1);
	ck_assert(m->node.id == 5 && m->node.boot == 1 && m->attempt == 1);
	ck_assert_uint_eq(stats().running, 1);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	m = find_message(&up, JSL_QUEUE_RESULT, S, 1);
	ck_assert(m->outcome == JSL_QUEUE_DONE && m->node.id == 5 && m->n_tried == 1);
	ck_assert_uint_eq(m->tried[0], 5);
	ck_assert_ptr_null(find_message(&up, JSL_QUEUE_FORGET, 5, 1)); /* Q3 */
	ck_assert_uint_eq(stats().finished, 1);
	ck_assert_int_eq(say(JSL_QUEUE_DELIVERED, S, 1), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 1));
	ck_assert_uint_eq(stats().finished, 0);
	ck_assert_uint_eq(stats().bytes, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q9_round_robin_over_free_workers)
{
	static const uint64_t order[] = {5, 6, 7, 5, 7, 5};

	make();
	worker(5, 3);
	worker(6, 1);
	worker(7, 3);
	submitter();
	for (uint8_t n = 1; n <= 6; n++) {
		submit(n);
		ck_assert_ptr_nonnull(assigned(order[n - 1], n));
	}
	submit(7);
	ck_assert_ptr_nonnull(assigned(7, 7));
	submit(8);
	ck_assert_uint_eq(up.n_messages, 0); /* no slot is free */
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 2), 0);
	ck_assert_ptr_nonnull(assigned(6, 8));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q9_least_loaded_by_share_of_slots)
{
	struct jsl_queue_leader_opts opts = JSL_QUEUE_LEADER_OPTS_INIT;

	opts.policy = JSL_QUEUE_LEAST_LOADED;
	make_with(opts);
	worker(5, 2);
	worker(6, 4);
	submitter();
	submit(1);
	ck_assert_ptr_nonnull(assigned(5, 1));
	submit(2);
	ck_assert_ptr_nonnull(assigned(6, 2));
	submit(3); /* 1/2 against 1/4 */
	ck_assert_ptr_nonnull(assigned(6, 3));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_assigns_to_nobody_who_has_not_reported)
{
	struct jsl_queue_message part = {
		.kind = JSL_QUEUE_INVENTORY, .link = 5, .slots = 1, .more = true};

	make();
	submitter();
	submit(1);
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_int_eq(hear(part), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(stats().workers, 0);
	part.more = false;
	ck_assert_int_eq(hear(part), 0);
	ck_assert_ptr_nonnull(assigned(5, 1));
	ck_assert_int_eq(hear(part), -EPROTO); /* once for each link */
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q1_same_id_with_other_content_is_refused)
{
	const struct jsl_queue_message *m;

	make();
	submitter();
	ck_assert_int_eq(link_node(101, 101, 1, false), 0);
	submit(1);
	ck_assert_int_eq(
		submit_message((struct jsl_queue_message){.job = job_id(1)}, "other"), 0);
	m = find_message(&up, JSL_QUEUE_REFUSED, S, 1);
	ck_assert_int_eq(m->reason, JSL_QUEUE_CONFLICT);
	ck_assert_int_eq(
		submit_message((struct jsl_queue_message){.link = 101, .job = job_id(1)},
			       "program"),
		0);
	m = find_message(&up, JSL_QUEUE_REFUSED, 101, 1);
	ck_assert_int_eq(m->reason, JSL_QUEUE_CONFLICT);
	ck_assert_uint_eq(stats().waiting, 1);
	submit(1); /* the same again joins it */
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(stats().waiting, 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q7_first_result_wins)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_DUPLICATE), 1);
	ck_assert_int_eq(say(JSL_QUEUE_DELIVERED, S, 1), 0);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q7_late_first_attempt_beats_the_second)
{
	make();
	worker(5, 1);
	worker(6, 1);
	submitter();
	submit(1);
	down(5, false);
	timer(RESUME);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2);
	ck_assert_int_eq(link_node(55, 5, 1, true), 0);
	ck_assert_int_eq(report(55, 1, (struct jsl_queue_item[]){item(1, 1, true)}, 1),
			 0);
	/* What is finished is delivered, what runs twice is stopped. */
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 6, 1));
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 55, 1));
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 1), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 0);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 55, 1), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, S, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q7_results_of_liars_are_dropped)
{
	make();
	worker(5, 1);
	worker(6, 1);
	submitter();
	submit(1);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 1), 0); /* never had it */
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_DUPLICATE), 1);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 99), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 0);
	ck_assert_int_eq(say(JSL_QUEUE_HANDBACK, 6, 1), 0);
	ck_assert_uint_eq(stats().running, 1);
	ck_assert_int_eq(say(JSL_QUEUE_DELIVERED, 6, 1), -EPROTO);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, S, 1), -EPROTO);
	ck_assert_int_eq(hear((struct jsl_queue_message){.kind = JSL_QUEUE_RESULT,
							 .link = 5,
							 .job = job_id(1),
							 .outcome = JSL_QUEUE_CANCELLED}),
			 -EPROTO);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, S, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q11_all_messages_of_a_step_in_one_update)
{
	make();
	submitter();
	for (uint8_t n = 1; n <= 50; n++)
		submit(n);
	worker(5, 50);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 50);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_STARTED), 50);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(a_large_step_goes_on_in_the_next)
{
	const unsigned n = 2 * JSL_QUEUE_BATCH;
	struct jsl_blob *b = text("x");
	size_t given;

	make();
	submitter();
	for (unsigned i = 0; i < n; i++) {
		struct jsl_queue_message m = {
			.kind = JSL_QUEUE_SUBMIT, .link = S, .payload = b};
		struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MESSAGE,
					     .now_us = now,
					     .act_until_us = act_until,
					     .message = &m};

		memcpy(m.job.bytes, &i, sizeof(i));
		ck_assert_int_eq(jsl_queue_leader_step(l, &ev, &up), 0);
	}
	jsl_blob_unref(b);
	worker(5, n);
	for (given = 0; up.n_messages > 0; timer(0)) {
		ck_assert_uint_le(up.n_messages, JSL_QUEUE_BATCH);
		given += count_kind(&up, JSL_QUEUE_ASSIGN);
		ck_assert(given == n || jsl_queue_leader_deadline(l) == now);
	}
	ck_assert_uint_eq(given, n);
	jsl_queue_leader_free(l);
}
END_TEST

SUITE_MAIN("queue leader", a_job_goes_from_submitter_to_worker_and_back,
	   q9_round_robin_over_free_workers, q9_least_loaded_by_share_of_slots,
	   q2_assigns_to_nobody_who_has_not_reported,
	   q1_same_id_with_other_content_is_refused, q7_first_result_wins,
	   q7_late_first_attempt_beats_the_second, q7_results_of_liars_are_dropped,
	   q11_all_messages_of_a_step_in_one_update, a_large_step_goes_on_in_the_next)
