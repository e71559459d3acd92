/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a new leader learns (Q2), and what becomes of results and of jobs whose
 * submitter is away (Q3).
 */

#include "test_queue_leader.h"

START_TEST(q2_resubmitted_waits_for_every_live_worker)
{
	make();
	member(5, 1, JSL_QUEUE_MEMBER_ALIVE);
	member(6, 1, JSL_QUEUE_MEMBER_ALIVE);
	submitter();
	resubmit(1, 0, 0);
	worker(5, 2);
	ck_assert_uint_eq(up.n_messages, 0);
	submit(2); /* a first submission goes at once */
	ck_assert_ptr_nonnull(assigned(5, 2));
	timer(10 * WAIT);
	ck_assert_uint_eq(up.n_messages, 0); /* time alone never lets it go */
	worker(6, 1);
	ck_assert(assigned(5, 1) != NULL || assigned(6, 1) != NULL);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_failed_workers_are_not_waited_for)
{
	make();
	member(5, 1, JSL_QUEUE_MEMBER_ALIVE);
	member(6, 1, JSL_QUEUE_MEMBER_ALIVE);
	submitter();
	resubmit(1, 0, 0);
	worker(5, 1);
	member(6, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(assigned(5, 1)->attempt, 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_waits_for_the_worker_named_in_the_submission)
{
	make();
	worker(5, 1);
	submitter();
	resubmit(1, 6, 1); /* gossip has never heard of 6 */
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(jsl_queue_leader_deadline(l), now + WAIT);
	timer(WAIT);
	ck_assert_uint_eq(up.n_probes, 1);
	ck_assert(up.probes[0].id == 6 && up.probes[0].boot == 1);
	timer(WAIT);
	ck_assert_uint_eq(up.n_probes, 1); /* again and again */
	member(6, 1, JSL_QUEUE_MEMBER_FAILED);
	/* The count survives the change of leader: 6 died while it ran it (Q6). */
	ck_assert_uint_eq(assigned(5, 1)->attempt, 2);
	ck_assert_uint_eq(assigned(5, 1)->deaths, 1);
	timer(WAIT);
	ck_assert_uint_eq(up.n_probes, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_waits_for_the_boot_named_in_the_submission)
{
	const struct jsl_queue_item running = item(1, 1, false);
	struct jsl_queue_message again = {
		.job = job_id(1), .first_epoch = 3, .attempt = 1, .node = {5, 2}};

	make();
	worker(5, 1); /* an earlier life of it */
	submitter();
	ck_assert_int_eq(submit_message(again, "program"), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_int_eq(link_node(55, 5, 2, true), 0);
	ck_assert_int_eq(report(55, 1, &running, 1), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	ck_assert_uint_eq(stats().running, 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_probes_the_silent_after_the_wait)
{
	make();
	member(5, 1, JSL_QUEUE_MEMBER_ALIVE);
	member(6, 1, JSL_QUEUE_MEMBER_ALIVE);
	submitter();
	timer(WAIT);
	ck_assert_uint_eq(up.n_probes, 0); /* nothing waits */
	resubmit(1, 6, 1);
	worker(5, 1);
	timer(WAIT - 1);
	ck_assert_uint_eq(up.n_probes, 0);
	timer(1);
	ck_assert_uint_eq(up.n_probes, 1);
	ck_assert_uint_eq(up.probes[0].id, 6);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_what_runs_is_adopted)
{
	const struct jsl_queue_item running = item(1, 2, false);
	const struct jsl_queue_message *m;

	make();
	member(5, 1, JSL_QUEUE_MEMBER_ALIVE);
	submitter();
	resubmit(1, 5, 2);
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	m = find_message(&up, JSL_QUEUE_STARTED, S, 1);
	ck_assert(m->node.id == 5 && m->attempt == 2);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_ADOPTED), 1);
	submit(2);
	ck_assert_uint_eq(up.n_messages, 0); /* it fills the slot */
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_RESULT, S, 1)->attempt, 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_adopted_and_lost_waits_for_the_inventories_too)
{
	const struct jsl_queue_item running = item(1, 1, false);
	const struct jsl_queue_item finished = item(1, 2, true);

	make();
	for (uint64_t id = 5; id <= 7; id++)
		member(id, 1, JSL_QUEUE_MEMBER_ALIVE);
	submitter();
	resubmit(1, 5, 1);
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	worker(6, 1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0); /* 7 may have it */
	ck_assert_int_eq(link_node(7, 7, 1, true), 0);
	ck_assert_int_eq(report(7, 1, &finished, 1), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 7, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_adopted_before_its_submitter_is_there)
{
	const struct jsl_queue_item running = item(1, 1, false);

	make();
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	ck_assert_uint_eq(stats().running, 1);
	submitter();
	resubmit(1, 5, 1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S, 1));
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	ck_assert_uint_eq(stats().bytes, strlen("program"));
	/* The payload is here now: it can be run elsewhere. */
	worker(6, 1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_adopted_without_payload_waits_for_it)
{
	const struct jsl_queue_item running = item(1, 1, false);

	make();
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	worker(6, 1);
	member(5, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	ck_assert_uint_eq(stats().waiting, 1);
	submitter();
	resubmit(1, 5, 1);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2);
	ck_assert_uint_eq(assigned(6, 1)->deaths, 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q3_adopted_that_nobody_brings_again_is_dropped)
{
	const struct jsl_queue_item running = item(1, 1, false);

	make();
	submitter(); /* has cancelled it, while there was no leader */
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	down(5, true);
	ck_assert_uint_eq(stats().waiting, 1);
	ck_assert_uint_eq(jsl_queue_leader_deadline(l), now + RESUME);
	timer(RESUME);
	ck_assert_uint_eq(stats().waiting, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q3_what_is_finished_is_delivered_once_its_submitter_is_there)
{
	const struct jsl_queue_item finished = item(1, 1, true);

	make();
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &finished, 1), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(stats().finished, 1);
	submitter();
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 5, 1));
	resubmit(1, 5, 1);
	ck_assert_uint_eq(up.n_messages, 0); /* asked for once */
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, S, 1));
	ck_assert_int_eq(say(JSL_QUEUE_DELIVERED, S, 1), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q3_fetches_again_after_a_lost_delivery)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	down(S, false);
	ck_assert_int_eq(link_node(101, S, 1, false), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 5, 1));
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, 101, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q3_result_not_kept_is_run_again)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	down(S, false);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_int_eq(link_node(101, S, 1, false), 0);
	ck_assert_int_eq(say(JSL_QUEUE_HANDBACK, 5, 1), 0);
	ck_assert_uint_eq(assigned(5, 1)->attempt, 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q3_submitter_away_too_long_frees_the_workers)
{
	make();
	worker(5, 2);
	submitter();
	submit(1);
	submit(2);
	submit(3);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 2), 0);
	down(S, false);
	timer(RESUME - 1);
	ck_assert_uint_eq(up.n_messages, 0);
	timer(1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 5, 1));
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 5, 3));
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_FORGET), 0); /* it may come back */
	ck_assert_uint_eq(stats().finished, 1);
	ck_assert_uint_eq(stats().bytes, 0);
	ck_assert_int_eq(link_node(101, S, 1, false), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 5, 2));
	down(101, false);
	member(S, 1, JSL_QUEUE_MEMBER_FAILED);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 2));
	ck_assert_uint_eq(stats().finished, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q3_superseded_submitter_is_forgotten)
{
	const struct jsl_queue_item items[] = {item(3, 1, false), item(4, 1, true)};

	make();
	worker(5, 2);
	submitter();
	submit(1);
	submit(2);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 2), 0);
	ck_assert_int_eq(link_node(101, S, 2, false), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 5, 1));
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 2));
	ck_assert_int_eq(link_node(6, 6, 1, true), 0);
	ck_assert_int_eq(report(6, 2, items, 2), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 6, 3));
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 6, 4));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_third_leader_still_knows_the_deaths)
{
	make();
	worker(6, 1);
	submitter();
	member(5, 2, JSL_QUEUE_MEMBER_ALIVE); /* it came back already */
	ck_assert_int_eq(link_node(5, 5, 2, true), 0);
	ck_assert_int_eq(report(5, 1, NULL, 0), 0);
	ck_assert_int_eq(submit_message((struct jsl_queue_message){.job = job_id(1),
								   .first_epoch = 2,
								   .attempt = 2,
								   .deaths = 1,
								   .node = {5, 1},
								   .n_tried = 2,
								   .tried = {7, 5}},
					"program"),
			 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	ck_assert_int_eq(find_message(&up, JSL_QUEUE_RESULT, S, 1)->outcome,
			 JSL_QUEUE_QUARANTINED);
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_RESULT, S, 1)->n_tried, 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(lying_inventories_are_refused)
{
	struct jsl_queue_item lie = item(1, 1, false);

	make();
	worker(5, 1);
	submitter();
	submit(1);
	lie.submitter.id = 101;
	ck_assert_int_eq(link_node(6, 6, 1, true), 0);
	ck_assert_int_eq(report(6, 1, &lie, 1), -EPROTO);
	down(6, false);
	lie.submitter.id = S;
	ck_assert_int_eq(link_node(66, 6, 1, true), 0);
	ck_assert_int_eq(report(66, 1, &lie, 1), 0); /* runs elsewhere: stopped */
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 66, 1));
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_RESULT, S, 1));
	jsl_queue_leader_free(l);
}
END_TEST

SUITE_MAIN("queue leader, recovery", q2_resubmitted_waits_for_every_live_worker,
	   q2_failed_workers_are_not_waited_for,
	   q2_waits_for_the_worker_named_in_the_submission,
	   q2_waits_for_the_boot_named_in_the_submission,
	   q2_probes_the_silent_after_the_wait, q2_what_runs_is_adopted,
	   q2_adopted_and_lost_waits_for_the_inventories_too,
	   q2_adopted_before_its_submitter_is_there,
	   q2_adopted_without_payload_waits_for_it,
	   q3_adopted_that_nobody_brings_again_is_dropped,
	   q3_what_is_finished_is_delivered_once_its_submitter_is_there,
	   q3_fetches_again_after_a_lost_delivery, q3_result_not_kept_is_run_again,
	   q3_submitter_away_too_long_frees_the_workers,
	   q3_superseded_submitter_is_forgotten, q2_third_leader_still_knows_the_deaths,
	   lying_inventories_are_refused)
