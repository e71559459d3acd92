/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Phase 1 and what surrounds it: votes, rounds, waits, observers, refused input
 * (R6, R7).
 */

#include <errno.h>

#include "test_election.h"

#define ME(f) (UINT32_C(1) << ((f)->opts.id - 1))

START_TEST(votes_for_the_highest_that_hears_it)
{
	struct fixture f;

	fixture_init(&f, 2, 5, 4, 3);
	receive(&f, look(4, 1, 4, 0x1a)); /* stands, hears 2 */
	receive(&f, look(5, 1, 5, 0x19)); /* stands, is deaf to 2 */
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 5)->vote.id, 4);
	receive(&f, look(5, 1, 0, 0x0b)); /* hears 2, does not stand */
	receive(&f, look(3, 1, 5, 0x1f)); /* its word for 5 is not enough */
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 3)->vote.id, 4);
	receive(&f, look(5, 1, 5, 0x1f));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 1)->vote.id, 5);
	fixture_deinit(&f);
}
END_TEST

START_TEST(answers_once_whoever_has_not_heard_it)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive(&f, look(2, 1, 0, 0));
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 2));
	ck_assert_uint_ne(sent(&f, JSL_ELECTION_LOOK, 2)->heard & 2, 0);
	receive(&f, look(2, 1, 0, 0));
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 2));
	receive(&f, look(2, 1, 0, ME(&f)));
	ck_assert_uint_eq(f.up.n_messages, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(adopts_the_higher_round_and_helps_up_the_lower)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive(&f, look(2, 7, 0, 0));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 3)->round, 7);
	receive(&f, look(3, 2, 0, ME(&f)));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 3)->round, 7);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 3)->heard & 4, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(overtaken_notifications_are_stale)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive(&f, look(3, 1, 3, 7));
	receive(&f, look(2, 1, 3, 7));
	f.look_seq = 0;
	receive(&f, look(3, 1, 0, 0)); /* older than the first */
	ck_assert_uint_eq(f.up.n_messages, 0);
	receive(&f, look(2, 1, 0, 0));
	ck_assert_uint_eq(f.up.n_messages, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(repeats_notifications_with_back_off)
{
	struct fixture f;
	uint64_t last, gap = 0;

	fixture_opts(&f, 1, 3, NULL);
	fixture_start(&f);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 2));
	give(&f, 0);
	for (int i = 0; i < 6; i++) {
		last = f.now;
		give(&f, jsl_election_deadline(f.e) - f.now);
		ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 2));
		ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 3));
		ck_assert_uint_ge(f.now - last + 100 * MS, gap);
		gap = f.now - last;
		ck_assert_uint_le(gap, 500 * MS);
	}
	ck_assert_uint_ge(gap, 400 * MS);
	fixture_deinit(&f);
}
END_TEST

/* 2 of 3 votes; 1 agrees; @up to 3 being known dead or not. */
static uint64_t prepared_after(struct fixture *f)
{
	uint64_t from = f->now;

	while (sent(f, JSL_ELECTION_PREPARE, 1) == NULL) {
		ck_assert_uint_lt(f->now, from + 2000 * MS);
		give(f, jsl_election_deadline(f->e) - f->now);
	}
	return f->now - from;
}

START_TEST(waits_to_finalize_unless_everybody_agrees)
{
	struct fixture f;

	fixture_init(&f, 2, 3, 4, 3);
	receive(&f, look(3, 1, 0, 0)); /* met, in an older boot of it */
	give(&f, 750 * MS);
	receive(&f, look(1, 9, 2, 7));
	ck_assert_uint_eq(prepared_after(&f), f.opts.finalize_us);
	fixture_deinit(&f);

	fixture_init(&f, 2, 3, 4, 3);
	step(&f,
	     (struct jsl_election_event){.type = JSL_ELECTION_EV_VOTER_DOWN, .id = 3});
	receive(&f, look(1, 9, 2, 7));
	ck_assert_uint_eq(prepared_after(&f), 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(expired_leader_is_not_waited_for)
{
	struct fixture f;

	fixture_init(&f, 2, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	give(&f, D);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 1));
	receive(&f, look(1, 9, 2, 7));
	ck_assert_uint_eq(prepared_after(&f), 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(settles_after_the_start_until_all_were_heard)
{
	struct fixture f;

	fixture_init(&f, 2, 3, 4, 3); /* D after the start */
	receive(&f, look(1, 1, 2, 7));
	ck_assert_uint_eq(prepared_after(&f), f.opts.settle_us - D);
	fixture_deinit(&f);
}
END_TEST

START_TEST(gives_up_a_candidate_that_does_not_prepare)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive(&f, look(3, 1, 3, 7));
	receive(&f, look(2, 1, 3, 7));
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 2));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->vote.id, 3);
	give(&f, f.opts.prepare_us - 1);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 2));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->round, 1);
	give(&f, 1);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 2));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->round, 2);
	receive(&f, look(3, 2, 3, 7));
	receive(&f, look(2, 2, 2, 7));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->vote.id, 2);
	fixture_deinit(&f);
}
END_TEST

START_TEST(joins_the_round_of_one_that_lost_the_leader_first)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	f.now += D - 10;
	receive(&f, look(2, 8, 0, 2));
	give(&f, 10);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->round, 8);
	ck_assert_uint_ne(sent(&f, JSL_ELECTION_LOOK, 2)->heard & 2, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(observer_believes_heartbeats_only)
{
	struct fixture f;

	fixture_opts(&f, 100, 3, NULL);
	fixture_start(&f);
	ck_assert(!f.up.persist);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 3));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 3)->config_hash[0], 0);
	receive(&f, (struct jsl_election_message){.kind = JSL_ELECTION_LOOK,
						  .from = 2,
						  .role = JSL_ELECTION_FOLLOWING,
						  .leader = {.epoch = 4, .id = 3}});
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(f.up.leader.epoch, 0);
	receive(&f, (struct jsl_election_message){.kind = JSL_ELECTION_HEARTBEAT,
						  .from = 3,
						  .to = JSL_ELECTION_TO_OBSERVERS,
						  .epoch = 4,
						  .seq = 1,
						  .lease_us = D,
						  .since = 2});
	ck_assert_uint_eq(f.up.leader.since, 2);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_OBSERVING);
	ck_assert_uint_eq(f.up.leader.id, 3);
	ck_assert_uint_eq(f.up.n_messages, 0);
	give(&f, D - 1);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_OBSERVING);
	give(&f, 1);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(jsl_election_floor(f.e).epoch, 4);
	fixture_deinit(&f);
}
END_TEST

START_TEST(observer_does_nothing_that_voters_do)
{
	struct fixture f;

	fixture_opts(&f, 100, 3, NULL);
	fixture_start(&f);
	receive_prepare(&f, 3, 5);
	ck_assert(!f.up.persist && f.up.n_messages == 0);
	receive(&f, look(3, 1, 3, 7));
	ck_assert_uint_eq(f.up.n_messages, 0);
	receive_kind(&f, JSL_ELECTION_PROMISE, 1, 5, 0);
	receive_kind(&f, JSL_ELECTION_ACK, 1, 5, 1);
	ck_assert_uint_eq(f.up.n_messages, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(observers_are_answered_and_never_tallied)
{
	struct fixture f;
	struct jsl_election_message m = look(1, 1, 2, 7);

	fixture_init(&f, 2, 3, 4, 3);
	m.to = 2;
	m.boot = 1; /* no hash: even under a voter's id it has no vote */
	step(&f,
	     (struct jsl_election_event){.type = JSL_ELECTION_EV_RECEIVE, .message = &m});
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 1));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 1)->heard & 1, 0);
	m.from = 100;
	step(&f,
	     (struct jsl_election_event){.type = JSL_ELECTION_EV_RECEIVE, .message = &m});
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 100));
	give(&f, 5000 * MS);
	ck_assert(!f.up.persist);
	fixture_deinit(&f);
}
END_TEST

START_TEST(another_voter_list_is_refused_and_alarmed_once)
{
	struct fixture f;
	struct jsl_election_message m = {
		.kind = JSL_ELECTION_PREPARE, .from = 3, .epoch = 9};

	memset(m.config_hash, 0x22, sizeof(m.config_hash));
	fixture_init(&f, 1, 3, 4, 3);
	receive(&f, m);
	ck_assert_int_eq(f.up.alarm, JSL_ELECTION_ALARM_CONFIG);
	ck_assert_uint_eq(f.up.alarm_id, 3);
	ck_assert(!f.up.persist && f.up.n_messages == 0);
	receive(&f, m);
	ck_assert_int_eq(f.up.alarm, JSL_ELECTION_ALARM_NONE);
	fixture_deinit(&f);
}
END_TEST

START_TEST(older_boots_are_stale)
{
	struct fixture f;
	struct jsl_election_message m = {
		.kind = JSL_ELECTION_PREPARE, .from = 3, .epoch = 9, .boot = 6};

	fixture_init(&f, 1, 3, 4, 3);
	m.boot = 7;
	m.epoch = 5;
	receive(&f, m);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 3));
	m.boot = 6;
	m.epoch = 9;
	receive(&f, m);
	ck_assert(!f.up.persist && f.up.n_messages == 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(garbage_changes_nothing)
{
	struct jsl_election_message bad[] = {
		{.kind = 0, .from = 3},
		{.kind = 99, .from = 3},
		{.kind = JSL_ELECTION_PREPARE, .from = 0, .epoch = 9},
		{.kind = JSL_ELECTION_PREPARE, .from = 1, .epoch = 9},
		{.kind = JSL_ELECTION_PREPARE, .from = 3, .epoch = 9, .to = 2},
		{.kind = JSL_ELECTION_PREPARE, .from = 3, .epoch = UINT64_MAX},
		{.kind = JSL_ELECTION_PREPARE, .from = 3, .epoch = 0},
		{.kind = JSL_ELECTION_LOOK, .from = 3, .round = UINT64_MAX},
		{.kind = JSL_ELECTION_LOOK, .from = 3, .vote = {.id = 77}},
		{.kind = JSL_ELECTION_LOOK, .from = 3, .role = 9},
		{.kind = JSL_ELECTION_HEARTBEAT, .from = 3, .epoch = 4, .seq = 1},
		{.kind = JSL_ELECTION_HEARTBEAT, .from = 3, .epoch = 4, .lease_us = D},
		{.kind = JSL_ELECTION_HEARTBEAT,
		 .from = 3,
		 .epoch = 4,
		 .seq = 1,
		 .lease_us = UINT64_MAX},
		{.kind = JSL_ELECTION_HEARTBEAT,
		 .from = 3,
		 .to = JSL_ELECTION_TO_OBSERVERS,
		 .epoch = 4,
		 .seq = 1,
		 .lease_us = D},
	};
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		receive(&f, bad[i]);
		ck_assert_msg(!f.up.persist && f.up.n_messages == 0 &&
				      f.up.role == JSL_ELECTION_LOOKING,
			      "message %zu", i);
	}
	fixture_deinit(&f);
}
END_TEST

START_TEST(refuses_options_that_make_no_sense)
{
	struct jsl_election_record r = promised(4, 3);
	struct fixture f;

	fixture_opts(&f, 1, 3, NULL);
	f.opts.lease_us = 3 * H - 1;
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), JSL_E_CONFIG);
	fixture_opts(&f, 1, 3, &r);
	r.cluster_id[0] ^= 1;
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), JSL_E_CLUSTER);
	r = promised(4, 3);
	r.config_hash[0] ^= 1;
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), JSL_E_CONFIG);
	fixture_opts(&f, 1, 3, NULL);
	f.voters[2] = 2;
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), -EINVAL);
	fixture_opts(&f, 0, 3, NULL);
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), -EINVAL);
	fixture_opts(&f, 1, 3, NULL);
	f.opts.n_voters = JSL_ELECTION_VOTERS_MAX + 1;
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), -EINVAL);
}
END_TEST

START_TEST(refuses_misuse)
{
	struct jsl_election_event ev = {.type = JSL_ELECTION_EV_TIMER, .now_us = T0};
	struct fixture f;

	fixture_opts(&f, 1, 3, NULL);
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), 0);
	ck_assert_uint_eq(jsl_election_deadline(f.e), UINT64_MAX);
	ck_assert_int_eq(jsl_election_step(f.e, &ev, &f.up), -EINVAL);
	ev.type = JSL_ELECTION_EV_START;
	ck_assert_int_eq(jsl_election_step(f.e, &ev, &f.up), 0);
	ck_assert_int_eq(jsl_election_step(f.e, &ev, &f.up), -EINVAL);
	ev.type = JSL_ELECTION_EV_TIMER;
	ev.now_us--;
	ck_assert_int_eq(jsl_election_step(f.e, &ev, &f.up), -EINVAL);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("election: look", votes_for_the_highest_that_hears_it,
	   answers_once_whoever_has_not_heard_it,
	   adopts_the_higher_round_and_helps_up_the_lower,
	   overtaken_notifications_are_stale, repeats_notifications_with_back_off,
	   waits_to_finalize_unless_everybody_agrees, expired_leader_is_not_waited_for,
	   settles_after_the_start_until_all_were_heard,
	   gives_up_a_candidate_that_does_not_prepare,
	   joins_the_round_of_one_that_lost_the_leader_first,
	   observer_believes_heartbeats_only, observer_does_nothing_that_voters_do,
	   observers_are_answered_and_never_tallied,
	   another_voter_list_is_refused_and_alarmed_once, older_boots_are_stale,
	   garbage_changes_nothing, refuses_options_that_make_no_sense, refuses_misuse)
