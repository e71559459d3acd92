/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The submitter: holds, submits again, gives each end exactly once.
 */

#include <errno.h>

#include "test_queue.h"

static struct jsl_queue_submitter *s;
static struct jsl_queue_update up;
static uint64_t now;

static int step(struct jsl_queue_event ev)
{
	int r;

	ev.now_us = now;
	up = (struct jsl_queue_update){0};
	r = jsl_queue_submitter_step(s, &ev, &up);
	jsl_queue_submitter__check(s);
	return r;
}

static void make(uint32_t max_jobs, uint64_t max_bytes)
{
	struct jsl_queue_submitter_opts opts = JSL_QUEUE_SUBMITTER_OPTS_INIT;

	opts.self = (struct jsl_queue_node){100, 7};
	opts.max_jobs = max_jobs;
	opts.max_bytes = max_bytes;
	ck_assert_int_eq(jsl_queue_submitter_new(&s, &opts), 0);
	now = 1000000;
}

static int submit(uint8_t n, const char *payload, uint64_t wait_us)
{
	struct jsl_blob *b = text(payload);
	int r = step((struct jsl_queue_event){.type = JSL_QUEUE_EV_SUBMIT,
					      .job = job_id(n),
					      .payload = b,
					      .wait_us = wait_us});

	jsl_blob_unref(b);
	return r;
}

static void link_up(uint64_t link, uint64_t epoch)
{
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_UP,
						       .link = link,
						       .node = {3, 1},
						       .leader = {epoch, 3}}),
			 0);
}

static void link_down(uint64_t link)
{
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LINK_DOWN,
						       .link = link}),
			 0);
}

static int hear(struct jsl_queue_message m)
{
	return step(
		(struct jsl_queue_event){.type = JSL_QUEUE_EV_MESSAGE, .message = &m});
}

static int started(uint64_t link, uint8_t n, uint32_t attempt, uint32_t deaths)
{
	return hear((struct jsl_queue_message){.kind = JSL_QUEUE_STARTED,
					       .link = link,
					       .job = job_id(n),
					       .node = {5, 2},
					       .attempt = attempt,
					       .deaths = deaths});
}

static int result(uint64_t link, uint8_t n)
{
	return hear((struct jsl_queue_message){.kind = JSL_QUEUE_RESULT,
					       .link = link,
					       .job = job_id(n),
					       .outcome = JSL_QUEUE_DONE,
					       .attempt = 1});
}

static void timer(uint64_t at)
{
	now = at;
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_TIMER}), 0);
}

START_TEST(q1_holds_until_there_is_a_leader)
{
	const struct jsl_queue_message *m;

	make(10, 1000);
	ck_assert_int_eq(submit(1, "one", 0), 0);
	ck_assert_int_eq(submit(2, "two", 5000), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	link_up(9, 4);
	ck_assert_uint_eq(up.n_messages, 2);
	m = &up.messages[0];
	ck_assert(m->kind == JSL_QUEUE_SUBMIT && m->link == 9 && same_job(m->job, 1));
	ck_assert(is_text(m->payload, "one"));
	ck_assert_uint_eq(m->first_epoch, 0);
	ck_assert_uint_eq(m->remaining_ms, 0);
	ck_assert(same_job(up.messages[1].job, 2));
	ck_assert_uint_eq(up.messages[1].remaining_ms, 5);
	ck_assert_int_eq(submit(3, "three", 0), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_SUBMIT, 9, 3));
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q1_submits_again_with_what_is_known)
{
	const struct jsl_queue_message *m;

	make(10, 1000);
	link_up(1, 4);
	submit(1, "one", 5000);
	submit(2, "two", 0);
	ck_assert_int_eq(started(1, 1, 2, 1), 0);
	link_down(1);
	submit(3, "three", 0);
	link_up(2, 6);
	ck_assert_uint_eq(up.n_messages, 3);
	m = find_message(&up, JSL_QUEUE_SUBMIT, 2, 1);
	ck_assert_uint_eq(m->first_epoch, 4);
	ck_assert_uint_eq(m->attempt, 2);
	ck_assert_uint_eq(m->deaths, 1);
	ck_assert(m->node.id == 5 && m->node.boot == 2);
	ck_assert_uint_eq(m->remaining_ms, 0); /* it has been started */
	ck_assert(m->n_tried == 1 && m->tried[0] == 5);
	m = find_message(&up, JSL_QUEUE_SUBMIT, 2, 2);
	ck_assert(m->first_epoch == 4 && m->attempt == 0 && m->node.id == 0);
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_SUBMIT, 2, 3)->first_epoch, 0);
	link_up(3, 6); /* the same leader again */
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_SUBMIT, 3, 3)->first_epoch, 6);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q1_submits_a_burst_in_batches_in_order)
{
	const unsigned n = 3 * JSL_QUEUE_BATCH;
	struct jsl_blob *b = text("x");
	unsigned sent = 0, steps = 0;

	make(n, n);
	for (unsigned i = 0; i < n; i++) {
		struct jsl_queue_event ev = {
			.type = JSL_QUEUE_EV_SUBMIT, .now_us = now, .payload = b};

		memcpy(ev.job.bytes, &i, sizeof(i));
		ck_assert_int_eq(jsl_queue_submitter_step(s, &ev, &up), 0);
	}
	link_up(1, 1);
	for (;; steps++) {
		for (size_t i = 0; i < up.n_messages; i++, sent++)
			ck_assert(memcmp(up.messages[i].job.bytes, &sent, sizeof(sent)) ==
				  0);
		if (jsl_queue_submitter_deadline(s) > now)
			break;
		timer(now);
	}
	ck_assert_uint_eq(sent, n);
	ck_assert_uint_ge(steps, 2);
	jsl_blob_unref(b);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q3_acknowledges_every_result_q7_gives_one)
{
	make(10, 1000);
	link_up(1, 4);
	submit(1, "one", 0);
	ck_assert_int_eq(result(1, 1), 0);
	ck_assert_uint_eq(up.n_results, 1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_DELIVERED, 1, 1));
	ck_assert_uint_eq(jsl_queue_submitter_count(s), 0);
	ck_assert_int_eq(result(1, 1), 0);
	ck_assert_uint_eq(up.n_results, 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_DELIVERED, 1, 1));
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_DUPLICATE), 1);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q5_ignores_what_is_left_of_an_old_link)
{
	make(10, 1000);
	link_up(1, 4);
	submit(1, "one", 0);
	link_up(2, 5);
	ck_assert_int_eq(result(1, 1), 0);
	ck_assert_uint_eq(up.n_results + up.n_messages, 0);
	link_down(1); /* late news of the old one */
	ck_assert_int_eq(result(2, 1), 0);
	ck_assert_uint_eq(up.n_results, 1);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q8_is_bounded_in_jobs_and_bytes)
{
	make(2, 10);
	ck_assert_int_eq(submit(1, "123456", 0), 0);
	ck_assert_int_eq(submit(2, "12345", 0), -ENOBUFS);
	ck_assert_int_eq(submit(2, "1234", 0), 0);
	ck_assert_int_eq(submit(3, "", 0), -ENOBUFS);
	ck_assert_int_eq(submit(1, "x", 0), -EEXIST);
	ck_assert_uint_eq(jsl_queue_submitter_count(s), 2);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q8_expires_what_is_not_started)
{
	make(10, 1000);
	link_up(1, 4);
	submit(1, "one", 5000);
	submit(2, "two", 5000);
	submit(3, "three", 9000);
	started(1, 2, 1, 0);
	ck_assert_uint_eq(jsl_queue_submitter_deadline(s), now + 5000);
	timer(now + 4999);
	ck_assert_uint_eq(up.n_results, 0);
	timer(now + 1);
	ck_assert_uint_eq(up.n_results, 1);
	ck_assert(same_job(up.results[0].job, 1));
	ck_assert_int_eq(up.results[0].outcome, JSL_QUEUE_EXPIRED);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 1, 1));
	ck_assert_uint_eq(jsl_queue_submitter_deadline(s), now + 4000);
	ck_assert_uint_eq(jsl_queue_submitter_count(s), 2);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q8_refusal_ends_a_first_submission_only)
{
	struct jsl_queue_message m = {.kind = JSL_QUEUE_REFUSED,
				      .link = 1,
				      .job = job_id(1),
				      .reason = JSL_QUEUE_FULL,
				      .retry_after_ms = 700};

	make(10, 1000);
	link_up(1, 4);
	submit(1, "one", 0);
	ck_assert_int_eq(hear(m), 0);
	ck_assert_uint_eq(up.n_results, 1);
	ck_assert_int_eq(up.results[0].outcome, JSL_QUEUE_REJECTED);
	ck_assert_uint_eq(up.results[0].retry_after_ms, 700);
	submit(1, "one", 0);
	link_up(2, 5);
	m.link = 2;
	ck_assert_int_eq(hear(m), -EPROTO);
	ck_assert_uint_eq(jsl_queue_submitter_count(s), 1);
	m.reason = JSL_QUEUE_CONFLICT;
	ck_assert_int_eq(hear(m), 0);
	ck_assert_int_eq(up.results[0].reason, JSL_QUEUE_CONFLICT);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q12_cancel_reaches_the_next_leader)
{
	make(10, 1000);
	link_up(1, 4);
	submit(1, "one", 0);
	submit(2, "two", 0);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_CANCEL,
						       .job = job_id(1)}),
			 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 1, 1));
	ck_assert_int_eq(up.results[0].outcome, JSL_QUEUE_CANCELLED);
	link_down(1);
	step((struct jsl_queue_event){.type = JSL_QUEUE_EV_CANCEL, .job = job_id(2)});
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(up.n_results, 1);
	link_up(2, 5);
	ck_assert_uint_eq(up.n_messages, 1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_CANCEL, 2, 2));
	link_up(3, 5);
	ck_assert_uint_eq(up.n_messages, 0);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(q9_queue_time_is_until_the_run_began)
{
	make(10, 1000);
	link_up(1, 4);
	submit(1, "one", 0);
	now += 3000;
	started(1, 1, 1, 0);
	now += 50000;
	link_up(2, 5);
	started(2, 1, 1, 0); /* adopted: the same run */
	ck_assert_int_eq(result(2, 1), 0);
	ck_assert_uint_eq(up.results[0].queued_us, 3000);
	jsl_queue_submitter_free(s);
}
END_TEST

START_TEST(refuses_misuse)
{
	struct jsl_queue_submitter_opts opts = JSL_QUEUE_SUBMITTER_OPTS_INIT;

	ck_assert_int_eq(jsl_queue_submitter_new(&s, &opts), -EINVAL);
	make(10, 1000);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_SUBMIT,
						       .job = job_id(1)}),
			 -EINVAL);
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_LEAD}),
			 -EINVAL);
	now--;
	ck_assert_int_eq(step((struct jsl_queue_event){.type = JSL_QUEUE_EV_TIMER}),
			 -EINVAL);
	now++;
	link_up(1, 4);
	submit(1, "one", 0);
	ck_assert_int_eq(hear((struct jsl_queue_message){.kind = JSL_QUEUE_RESULT,
							 .link = 1,
							 .job = job_id(1),
							 .outcome = JSL_QUEUE_EXPIRED}),
			 -EPROTO);
	ck_assert_int_eq(
		hear((struct jsl_queue_message){.kind = JSL_QUEUE_ASSIGN, .link = 1}),
		-EPROTO);
	ck_assert_uint_eq(jsl_queue_submitter_count(s), 1);
	jsl_queue_submitter_free(s);
	jsl_queue_submitter_free(NULL);
}
END_TEST

SUITE_MAIN("queue submitter", q1_holds_until_there_is_a_leader,
	   q1_submits_again_with_what_is_known, q1_submits_a_burst_in_batches_in_order,
	   q3_acknowledges_every_result_q7_gives_one,
	   q5_ignores_what_is_left_of_an_old_link, q8_is_bounded_in_jobs_and_bytes,
	   q8_expires_what_is_not_started, q8_refusal_ends_a_first_submission_only,
	   q12_cancel_reaches_the_next_leader, q9_queue_time_is_until_the_run_began,
	   refuses_misuse)
