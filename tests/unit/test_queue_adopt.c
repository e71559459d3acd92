/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs of one key at a new leader, which learns what runs from inventories and what is
 * wanted from submissions, in any order (Q2).
 */

#include "test_queue_keys.h"

START_TEST(q2_what_waits_joins_a_run_that_an_inventory_brings)
{
	const struct jsl_queue_item running = keyed_item(1, 0, false);

	make();
	member(5, 1, JSL_QUEUE_MEMBER_ALIVE);
	submitters(3);
	submit_keyed(1, 2, "program"); /* first here: nobody has a free slot yet */
	resubmit_keyed(2, 3, 5, 1);    /* joined once already */
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 4, &running, 1), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S + 1, 2));
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S + 2, 3));
	resubmit_keyed(0, 1, 5, 1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S, 1));
	result_of(5, 1, "output");
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 3);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_joins_an_adopted_run_by_its_tag)
{
	const struct jsl_queue_item finished = keyed_item(1, 0, true);

	make();
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &finished, 1), 0);
	ck_assert_int_eq(link_node(S + 1, S + 1, 1, false), 0);
	submit_keyed(1, 2, "program");
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FETCH, 5, 1));
	ck_assert_int_eq(link_node(S, S, 1, false), 0);
	ck_assert_uint_eq(up.n_messages, 0); /* it is on the way */
	result_of(5, 1, "output");
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 2);
	submit_keyed(1, 3, "another program");
	ck_assert_int_eq(find_message(&up, JSL_QUEUE_REFUSED, S + 1, 3)->reason,
			 JSL_QUEUE_CONFLICT);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_adopted_run_that_is_lost_goes_on_for_those_that_are_known_to_wait)
{
	const struct jsl_queue_item running = keyed_item(1, 0, false);

	make();
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	ck_assert_int_eq(link_node(S + 1, S + 1, 1, false), 0);
	submit_keyed(1, 2, "program");
	worker(6, 1);
	down(5, true);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 1);
	ck_assert_ptr_nonnull(assigned(6, 2)); /* not 1, which may be no more wanted */
	ck_assert_int_eq(link_node(S, S, 1, false), 0);
	resubmit_keyed(0, 1, 5, 1);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_STARTED, S, 1));
	result_of(6, 2, "output");
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_run_of_a_submitter_that_is_gone_is_kept_for_others)
{
	const struct jsl_queue_item running = keyed_item(1, 0, false);

	make();
	member(5, 1, JSL_QUEUE_MEMBER_ALIVE);
	member(S, 2, JSL_QUEUE_MEMBER_ALIVE); /* another life of it */
	ck_assert_int_eq(link_node(S + 1, S + 1, 1, false), 0);
	resubmit_keyed(1, 2, 5, 1);
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &running, 1), 0);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_CANCEL), 0);
	result_of(5, 1, "output");
	ck_assert_ptr_nonnull(result_for(1, 2));
	say(JSL_QUEUE_DELIVERED, S + 1, 2);
	ck_assert_ptr_nonnull(find_message(&up, JSL_QUEUE_FORGET, 5, 1));
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_of_two_runs_both_are_kept)
{
	const struct jsl_queue_item a = keyed_item(1, 0, false);
	const struct jsl_queue_item b = keyed_item(2, 1, false);

	make();
	submitters(2);
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 1, &a, 1), 0);
	ck_assert_int_eq(link_node(6, 6, 1, true), 0);
	ck_assert_int_eq(report(6, 1, &b, 1), 0);
	resubmit_keyed(0, 1, 5, 1);
	resubmit_keyed(1, 2, 6, 1);
	ck_assert_uint_eq(stats().running, 2);
	down(6, true); /* no need to run it again */
	ck_assert_uint_eq(stats().joined, 1);
	result_of(5, 1, "output");
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(q2_joined_waits_for_what_its_own_submitter_named)
{
	const struct jsl_queue_item running = keyed_item(2, 1, false);

	make();
	submitters(2);
	submit_keyed(0, 1, "program"); /* no worker is there yet */
	resubmit_keyed(1, 2, 6, 1);
	worker(5, 1);
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0); /* 6 may have it … */
	ck_assert_int_eq(link_node(6, 6, 1, true), 0);
	ck_assert_int_eq(report(6, 1, &running, 1), 0); /* … and under this id */
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_ASSIGN), 0);
	result_of(6, 2, "output");
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_RESULT), 2);
	jsl_queue_leader_free(l);
}
END_TEST

START_TEST(what_a_worker_says_of_the_content_does_not_bind_its_submitter)
{
	struct jsl_queue_item lie = keyed_item(1, 0, false);
	struct jsl_blob *b = text("another program");

	make();
	submitters(2);
	lie.tag = jsl_queue__tag(b);
	jsl_blob_unref(b);
	ck_assert_int_eq(link_node(5, 5, 1, true), 0);
	ck_assert_int_eq(report(5, 2, &lie, 1), 0);
	submit_keyed(1, 2, "another program");
	ck_assert_uint_eq(stats().joined, 1);
	resubmit_keyed(0, 1, 5, 1); /* is not refused … */
	ck_assert_uint_eq(count_kind(&up, JSL_QUEUE_REFUSED), 0);
	ck_assert_uint_eq(stats().joined, 0);
	/* … and the other has a run of its own. */
	ck_assert(is_text(assigned(5, 2)->payload, "another program"));
	jsl_queue_leader_free(l);
}
END_TEST

SUITE_MAIN("queue, keys at a new leader",
	   q2_what_waits_joins_a_run_that_an_inventory_brings,
	   q2_joins_an_adopted_run_by_its_tag,
	   q2_adopted_run_that_is_lost_goes_on_for_those_that_are_known_to_wait,
	   q2_run_of_a_submitter_that_is_gone_is_kept_for_others,
	   q2_of_two_runs_both_are_kept, q2_joined_waits_for_what_its_own_submitter_named,
	   what_a_worker_says_of_the_content_does_not_bind_its_submitter)
