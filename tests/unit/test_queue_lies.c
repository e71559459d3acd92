/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker speaks only for the jobs that it was given or listed. Worker 5 runs job 1,
 * worker 6 is the liar.
 */

#include "queue/leader_int.h"
#include "test_queue_leader.h"

static void begin(void)
{
	make();
	worker(5, 1);
	submitter();
	submit(1);
	worker(6, 1);
}

/* Job 1 is at 5 as if nothing had been said. */
static void end(void)
{
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(stats().running, 1);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_uint_eq(find_message(&up, JSL_QUEUE_RESULT, S, 1)->node.id, 5);
	jsl_queue_leader_free(l);
}

START_TEST(result_of_a_job_that_it_never_had_has_no_effect)
{
	begin();
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 1), 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_DUPLICATE), 1);
	/* Should it be true, nobody needs to keep it. */
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 6, 1));
	timer(0);
	end();
}
END_TEST

START_TEST(result_of_a_job_that_waits_has_no_effect)
{
	begin();
	submit(2);
	submit(3); /* nobody has it yet */
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 6, 3), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 0);
	ck_assert_uint_eq(stats().waiting, 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q7_second_result_has_no_effect)
{
	begin();
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_int_eq(say(JSL_QUEUE_RESULT, 5, 1), 0);
	ck_assert_uint_eq(up.n_messages, 0);
	ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_DUPLICATE), 1);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(words_about_the_jobs_of_others_have_no_effect)
{
	static const enum jsl_queue_kind kinds[] = {JSL_QUEUE_RUNNING, JSL_QUEUE_HANDBACK,
						    JSL_QUEUE_PROGRESS};

	begin();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(say(kinds[i], 6, 1), 0);
		ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_STRANGE), 1);
		ck_assert_uint_eq(up.n_messages, 0);
		ck_assert_int_eq(say(kinds[i], 6, 99), 0); /* of none */
		ck_assert_uint_eq(count_notes(&up, JSL_QUEUE_NOTE_STRANGE), 1);
	}
	end();
}
END_TEST

START_TEST(refusal_of_the_job_of_another_costs_only_the_liar)
{
	struct jsl_queue_message m = {.kind = JSL_QUEUE_REFUSED,
				      .link = 6,
				      .job = job_id(1),
				      .reason = JSL_QUEUE_NO_SLOT};

	begin();
	ck_assert_int_eq(hear(m), 0);
	end();
}
END_TEST

START_TEST(claim_to_have_run_it_for_ever_breaks_the_protocol)
{
	struct jsl_queue_item it = item(2, JSL_QUEUE_ATTEMPT_MAX + 1, false);

	begin();
	ck_assert_int_eq(hear((struct jsl_queue_message){.kind = JSL_QUEUE_RUNNING,
							 .link = 5,
							 .job = job_id(1),
							 .attempt = UINT32_MAX - 1}),
			 -EPROTO);
	ck_assert_int_eq(link_node(7, 7, 1, true), 0);
	ck_assert_int_eq(report(7, 1, &it, 1), -EPROTO);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(inventory_that_lists_a_job_twice_breaks_the_protocol)
{
	struct jsl_queue_item twice[] = {item(1, 1, false), item(1, 1, false)};

	begin();
	ck_assert_int_eq(link_node(66, 6, 1, true), 0);
	ck_assert_int_eq(report(66, 1, twice, 2), -EPROTO); /* of another */
	twice[0] = twice[1] = item(2, 1, false);
	twice[1].finished = true;
	ck_assert_int_eq(link_node(67, 6, 1, true), 0);
	ck_assert_int_eq(report(67, 1, twice, 2), -EPROTO); /* adopted, then the same */
	ck_assert_int_eq(link_node(68, 6, 1, true), 0);
	ck_assert_int_eq(report(68, 1, twice, 1), 0); /* once, and again on a new link */
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(number_of_a_link_may_be_used_again)
{
	const struct jsl_queue_item it = item(1, 1, false);

	begin();
	for (int i = 0; i < 2; i++) {
		down(5, false);
		ck_assert_int_eq(link_node(5, 5, 1, true), 0);
		ck_assert_int_eq(report(5, 1, &it, 1), 0);
	}
	end();
}
END_TEST

START_TEST(inventory_in_two_parts_lists_a_job_once_too)
{
	struct jsl_queue_item it = item(2, 1, false);
	struct jsl_queue_message part = {.kind = JSL_QUEUE_INVENTORY,
					 .link = 66,
					 .items = &it,
					 .n_items = 1,
					 .more = true};

	begin();
	ck_assert_int_eq(link_node(66, 6, 1, true), 0);
	ck_assert_int_eq(hear(part), 0);
	ck_assert_int_eq(hear(part), -EPROTO);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(inventory_of_more_than_anybody_runs_breaks_the_protocol)
{
	static struct jsl_queue_item items[JSL_QUEUE_INVENTORY_MAX];
	struct jsl_queue_message part = {.kind = JSL_QUEUE_INVENTORY,
					 .link = 66,
					 .items = items,
					 .n_items = JSL_QUEUE_INVENTORY_MAX,
					 .more = true};
	uint32_t n = 0;
	int r = 0;

	begin();
	ck_assert_int_eq(link_node(66, 6, 1, true), 0);
	while (r == 0 && n <= 2 * JSL_QUEUE_SLOTS_MAX) {
		for (uint32_t i = 0; i < JSL_QUEUE_INVENTORY_MAX; i++, n++) {
			items[i] = item(0, 1, false);
			memcpy(items[i].job.bytes, &n, sizeof(n));
		}
		/* Not step(): the invariants are linear in what is listed. */
		r = jsl_queue_leader_step(
			l,
			&(struct jsl_queue_event){.type = JSL_QUEUE_EV_MESSAGE,
						  .now_us = now,
						  .act_until_us = UINT64_MAX,
						  .message = &part},
			&up);
	}
	ck_assert_int_eq(r, -EPROTO);
	ck_assert_uint_eq(n, JSL_QUEUE_SLOTS_MAX + JSL_QUEUE_INVENTORY_MAX);
	jsl_queue_leader_free(l);
}
END_TEST

SUITE_MAIN("queue, lies", result_of_a_job_that_it_never_had_has_no_effect,
	   result_of_a_job_that_waits_has_no_effect, q7_second_result_has_no_effect,
	   words_about_the_jobs_of_others_have_no_effect,
	   refusal_of_the_job_of_another_costs_only_the_liar,
	   claim_to_have_run_it_for_ever_breaks_the_protocol,
	   inventory_that_lists_a_job_twice_breaks_the_protocol,
	   number_of_a_link_may_be_used_again,
	   inventory_in_two_parts_lists_a_job_once_too,
	   inventory_of_more_than_anybody_runs_breaks_the_protocol)
