/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the leader says no, or nothing: full, expired, cancelled, drained, outside
 * its lease, superseded, misused.
 */

#include "test_queue_leader.h"

START_TEST(q8_refuses_first_submissions_when_full)
{
	struct jsl_queue_leader_opts opts = JSL_QUEUE_LEADER_OPTS_INIT;
	const struct jsl_queue_message *m;

	opts.max_jobs = 2;
	opts.max_bytes = 20;
	make_with(opts);
	submitter();
	submit(1);
	submit(2);
	submit(3);
	m = find_message(&up, JSL_QUEUE_REFUSED, S, 3);
	ck_assert_int_eq(m->reason, JSL_QUEUE_FULL);
	ck_assert_uint_gt(m->retry_after_ms, 0);
	ck_assert_uint_eq(stats().waiting, 2);
	resubmit(4, 0, 0); /* never refused */
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_REFUSED), 0);
	ck_assert_uint_eq(stats().waiting, 3);
	say(JSL_QUEUE_CANCEL, S, 1);
	say(JSL_QUEUE_CANCEL, S, 2);
	ck_assert_int_eq(submit_message((struct jsl_queue_message){.job = job_id(5)},
					"14 bytes, more"),
			 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_REFUSED, S, 5));
	submit(6);
	ck_assert_uint_eq(up.n_messages, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q8_retry_after_follows_the_drain_rate)
{
	struct jsl_queue_leader_opts opts = JSL_QUEUE_LEADER_OPTS_INIT;
	uint64_t slow, fast;

	opts.max_jobs = 20;
	make_with(opts);
	worker(5, 1);
	submitter();
	for (uint8_t n = 1; n <= 20; n++)
		submit(n);
	for (uint8_t n = 1; n <= 8; n++) { /* one in 2 s */
		now += 2000000;
		say(JSL_QUEUE_RESULT, 5, n);
		say(JSL_QUEUE_DELIVERED, S, n);
		submit(100 + n);
	}
	submit(200);
	slow = find_message(&up, JSL_QUEUE_REFUSED, S, 200)->retry_after_ms;
	for (uint8_t n = 9; n <= 20; n++) { /* ten a second */
		now += 100000;
		say(JSL_QUEUE_RESULT, 5, n);
		say(JSL_QUEUE_DELIVERED, S, n);
		submit(100 + n);
	}
	submit(200);
	fast = find_message(&up, JSL_QUEUE_REFUSED, S, 200)->retry_after_ms;
	ck_assert_uint_ge(slow, 15000); /* ten jobs at one in 2 s are 20 s */
	ck_assert_uint_le(slow, 25000);
	ck_assert_uint_lt(fast, slow / 4);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q8_expired_is_not_started)
{
	make();
	submitter();
	ck_assert_int_eq(submit_message((struct jsl_queue_message){.job = job_id(1),
								   .remaining_ms = 5},
					"program"),
			 0);
	timer(4999);
	ck_assert_uint_eq(stats().waiting, 1);
	timer(1);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_EXPIRED), 1);
	worker(5, 1);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(stats().waiting, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q12_cancel_stops_the_run_and_frees_the_slot)
{
	const struct jsl_queue_message *m;

	make();
	worker(5, 1);
	submitter();
	submit(1);
	submit(2);
	ck_assert_int_eq(say(JSL_QUEUE_CANCEL, S, 1), 0);
	m = find_message(&up, JSL_QUEUE_CANCEL, 5, 1);
	ck_assert(m->leader.epoch == 4 && m->leader.id == 1);
	ck_assert_ptr_nonnull(assigned(5, 2));
	ck_assert_int_eq(say(JSL_QUEUE_CANCEL, S, 77), 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q12_draining_worker_gets_nothing_and_hands_back)
{
	make();
	worker(5, 2);
	submitter();
	submit(1);
	ck_assert_int_eq(hear((struct jsl_queue_message){
				 .kind = JSL_QUEUE_SLOTS, .link = 5, .slots = 0}),
			 0);
	submit(2);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(stats().workers, 0);
	worker(6, 1);
	ck_assert_ptr_nonnull(assigned(6, 2));
	ck_assert_int_eq(say(JSL_QUEUE_HANDBACK, 5, 1), 0);
	ck_assert_uint_eq(stats().waiting, 1);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 2), 0);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 2); /* it ran for a while */
	ck_assert_uint_eq(assigned(6, 1)->deaths, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(r4_says_nothing_outside_the_lease)
{
	make();
	worker(5, 1);
	submitter();
	act_until = now;
	ck_assert_int_eq(
		submit_message((struct jsl_queue_message){.job = job_id(1)}, "program"),
		-ESTALE);
	timer(1);
	ck_assert_uint_eq(up.n_messages, 0);
	act_until = now + 1;
	submit(1);
	ck_assert_ptr_nonnull(assigned(5, 1));
	submit(2);
	act_until = now;
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), -ESTALE);
	down(5, true); /* requeues, but orders nothing */
	ck_assert_uint_eq(up.n_messages, 0);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(r10_higher_epoch_of_the_same_leader_keeps_everything)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LEAD,
						       .leader = {6, 1}}),
			 0);
	ck_assert_uint_eq(stats().running, 1);
	submit(2);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_uint_eq(assigned(5, 2)->leader.epoch, 6);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LEAD,
						       .leader = {5, 1}}),
			 -EINVAL);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LEAD,
						       .leader = {7, 2}}),
			 -EINVAL);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(r11_refused_assignment_is_requeued_uncounted)
{
	struct jsl_queue_message m = {.kind = JSL_QUEUE_REFUSED,
				      .link = 5,
				      .job = job_id(1),
				      .reason = JSL_QUEUE_STALE,
				      .leader = {9, 2}};

	make();
	worker(5, 1);
	submitter();
	submit(1);
	ck_assert_int_eq(hear(m), 0);
	ck_assert_uint_eq(up.n_messages, 0); /* not at once to the same again */
	ck_assert_uint_eq(stats().waiting, 1);
	ck_assert_uint_eq(jsl_queue_leader_deadline(l), now + WAIT);
	worker(6, 1);
	ck_assert_uint_eq(assigned(6, 1)->attempt, 1);
	submit(2);
	ck_assert_uint_eq(up.n_messages, 0);
	timer(WAIT);
	ck_assert_uint_eq(assigned(5, 2)->attempt, 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(r11_worker_that_refuses_to_stop_reports_anew)
{
	const struct jsl_queue_item running = item(1, 1, false);

	make();
	worker(5, 1);
	submitter();
	submit(1);
	say(JSL_QUEUE_CANCEL, S, 1);
	ck_assert_int_eq(hear((struct jsl_queue_message){.kind = JSL_QUEUE_REFUSED,
							 .link = 5,
							 .job = job_id(1),
							 .reason = JSL_QUEUE_STALE}),
			 -EAGAIN);
	down(5, false);
	ck_assert_int_eq(link_node(55, 5, 1, true), 0);
	ck_assert_int_eq(report(55, 1, &running, 1), 0);
	timer(JSL_QUEUE_SILENCE_US + 1000000); /* nobody claims it */
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 55, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(resign_drops_everything)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	submit(2);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_RESIGN}), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(stats().running + stats().waiting + stats().bytes, 0);
	ck_assert_uint_eq(jsl_queue_leader_deadline(l), UINT64_MAX);
	ck_assert_int_eq(link_node(5, 5, 1, true), -ESTALE);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LEAD,
						       .leader = {8, 1}}),
			 0);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0); /* a link of the past */
	ck_assert_uint_eq(up.n_messages, 0);
	worker(5, 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(refuses_misuse)
{
	struct jsl_queue_leader_opts opts = JSL_QUEUE_LEADER_OPTS_INIT;

	ck_assert_int_eq(jsl_queue_leader_new(&l, &opts), -EINVAL);
	make();
	ck_assert_int_eq(link_node(5, 5, 0, true), -EINVAL);
	ck_assert_int_eq(link_node(5, 5, 2, true), 0);
	ck_assert_int_eq(link_node(5, 6, 1, true), -EINVAL);	/* the link is taken */
	ck_assert_int_eq(link_node(6, 5, 1, true), -EPROTO);	/* a dead boot */
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), -EPROTO); /* not reported */
	ck_assert_int_eq(
		hear((struct jsl_queue_message){.kind = JSL_QUEUE_ASSIGN, .link = 5}),
		-EPROTO);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_SUBMIT}),
			 -EINVAL);
	now--;
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_TIMER}),
			 -EINVAL);
	jsl_queue_leader_free(l);
	jsl_queue_leader_free(NULL);
}
END_TEST

SUITE_MAIN("queue leader, limits", q8_refuses_first_submissions_when_full,
	   q8_retry_after_follows_the_drain_rate, q8_expired_is_not_started,
	   q12_cancel_stops_the_run_and_frees_the_slot,
	   q12_draining_worker_gets_nothing_and_hands_back,
	   r4_says_nothing_outside_the_lease,
	   r10_higher_epoch_of_the_same_leader_keeps_everything,
	   r11_refused_assignment_is_requeued_uncounted,
	   r11_worker_that_refuses_to_stop_reports_anew, resign_drops_everything,
	   refuses_misuse)
