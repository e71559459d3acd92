/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The election as a voter: what it promises, what it grants, what it keeps
 * (R1, R3, R5, R6, R11, R12a). Tests are named by the rule.
 */

#include "test_election.h"

START_TEST(persists_before_it_promises)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_prepare(&f, 3, 5);
	ck_assert(f.up.persist);
	ck_assert_uint_eq(f.up.record->promised_epoch, 5);
	ck_assert_uint_eq(f.up.record->promised_to, 3);
	ck_assert_uint_ge(f.up.record->lease_max_us, D);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 3));
	fixture_deinit(&f);
}
END_TEST

START_TEST(grants_same_epoch_only_to_same_candidate)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_prepare(&f, 3, 5);
	receive_prepare(&f, 2, 5);
	ck_assert(!f.up.persist);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 2));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_NACK, 2)->epoch, 5);
	receive_prepare(&f, 3, 5);
	ck_assert(!f.up.persist);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 3));
	fixture_deinit(&f);
}
END_TEST

/* Whom it promised may be deaf, and ask on and on. */
START_TEST(waits_once_for_whom_it_promised)
{
	struct fixture f;
	uint64_t round;

	fixture_init(&f, 1, 3, 4, 3);
	receive_prepare(&f, 3, 5);
	give(&f, f.opts.prepare_us);
	round = sent(&f, JSL_ELECTION_LOOK, 2)->round;
	receive_prepare(&f, 3, 5);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 3));
	receive(&f, look(2, round, 2, 3));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->vote.id, 2);
	fixture_deinit(&f);
}
END_TEST

START_TEST(refuses_lower_epoch_after_higher)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_prepare(&f, 2, 3);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 2));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_NACK, 2)->epoch, 4);
	receive_heartbeat(&f, 2, 3, 1);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 2));
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_NACK, 2));
	fixture_deinit(&f);
}
END_TEST

START_TEST(refuses_prepare_while_lease_lives)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	f.now += D - 1;
	receive_prepare(&f, 2, 9);
	ck_assert(!f.up.persist);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 2));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_NACK, 2)->leader.id, 3);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_NACK, 2)->epoch, 4);
	f.now += 1;
	receive_prepare(&f, 2, 9);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 2));
	ck_assert_uint_eq(f.up.record->promised_epoch, 9);
	fixture_deinit(&f);
}
END_TEST

START_TEST(promises_only_voters)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_prepare(&f, 7, 5);
	ck_assert(!f.up.persist);
	ck_assert_uint_eq(f.up.n_messages, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(acks_only_newer_heartbeats)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 7);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_ACK, 3)->seq, 7);
	ck_assert(!f.up.persist);
	receive_heartbeat(&f, 3, 4, 7);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 3));
	f.now += D - 1;
	receive_heartbeat(&f, 3, 4, 6);
	give(&f, 1);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	fixture_deinit(&f);
}
END_TEST

START_TEST(grants_exactly_the_lease_of_the_heartbeat)
{
	struct fixture f;
	struct jsl_election_message m = {.kind = JSL_ELECTION_HEARTBEAT,
					 .from = 3,
					 .epoch = 4,
					 .seq = 1,
					 .lease_us = 3 * D,
					 .since = 4};
	uint64_t granted;

	fixture_init(&f, 1, 3, 4, 3);
	receive(&f, m);
	ck_assert(f.up.persist); /* longer than ever: R5 must know before the ack */
	ck_assert_uint_eq(f.up.record->lease_max_us, 3 * D);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ACK, 3));
	granted = f.now;
	give(&f, H * 3 / 2);
	ck_assert_uint_eq(jsl_election_deadline(f.e), granted + 3 * D);
	ck_assert_uint_eq(jsl_election_leader(f.e, granted + 3 * D - 1).id, 3);
	ck_assert_uint_eq(jsl_election_leader(f.e, granted + 3 * D).id, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(heartbeat_of_higher_epoch_is_first_a_prepare)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	receive_heartbeat(&f, 2, 5, 1);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 2));
	ck_assert(!f.up.persist);
	f.now += D;
	receive_heartbeat(&f, 2, 5, 2);
	ck_assert(f.up.persist);
	ck_assert_uint_eq(f.up.record->promised_epoch, 5);
	ck_assert_uint_eq(f.up.record->promised_to, 2);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ACK, 2));
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	fixture_deinit(&f);
}
END_TEST

START_TEST(silent_after_restart)
{
	struct jsl_election_record r = promised(4, 3);
	struct fixture f;

	fixture_opts(&f, 1, 3, &r);
	fixture_start(&f);
	f.now += D - 1;
	receive_prepare(&f, 2, 5);
	ck_assert(!f.up.persist);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 2));
	/* Its own candidacy is silent too. */
	receive(&f, look(2, 1, 0, 1));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->vote.id, 0);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->heard & 1, 0);
	f.now += 1;
	receive_prepare(&f, 2, 5);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 2));
	fixture_deinit(&f);
}
END_TEST

START_TEST(silence_does_not_stop_acks_of_what_was_promised)
{
	struct jsl_election_record r = promised(4, 3);
	struct fixture f;

	fixture_opts(&f, 1, 3, &r);
	fixture_start(&f);
	receive_heartbeat(&f, 2, 5, 1);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 2));
	receive_heartbeat(&f, 3, 4, 1);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ACK, 3));
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	fixture_deinit(&f);
}
END_TEST

START_TEST(saves_the_boot_count_before_anything)
{
	struct jsl_election_record r = promised(4, 3);
	struct fixture f;

	r.boot_count = 41;
	fixture_opts(&f, 1, 3, &r);
	f.opts.boot = 41;
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), -EINVAL);
	f.opts.boot = 42;
	fixture_start(&f);
	ck_assert(f.up.persist);
	ck_assert_uint_eq(f.up.record->boot_count, 42);
	ck_assert_uint_eq(f.up.record->promised_epoch, 4);
	fixture_deinit(&f);
}
END_TEST

START_TEST(refuses_a_record_that_nobody_saved)
{
	struct jsl_election_record records[] = {promised(4, 3), promised(0, 3),
						promised(4, 3), promised(4, 3),
						promised(4, 3)};
	struct fixture f;

	records[0].lease_max_us = 0;
	records[2].lease_max_us = UINT64_MAX;
	records[3].promised_epoch = UINT64_MAX;
	records[4].n_known = JSL_ELECTION_VOTERS_MAX + 1;
	for (size_t i = 0; i < 5; i++) {
		fixture_opts(&f, 1, 3, &records[i]);
		ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), -EINVAL);
	}
}
END_TEST

START_TEST(answers_look_with_the_live_leader)
{
	struct fixture f;
	const struct jsl_election_message *m;

	fixture_init(&f, 1, 3, 4, 2);
	receive_heartbeat(&f, 2, 4, 1);
	receive(&f, look(3, 9, 3, 5));
	ck_assert(!f.up.persist && !f.up.role_changed);
	m = sent(&f, JSL_ELECTION_LOOK, 3);
	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(m->role, JSL_ELECTION_FOLLOWING);
	ck_assert_uint_eq(m->leader.epoch, 4);
	ck_assert_uint_eq(m->leader.id, 2);
	fixture_deinit(&f);
}
END_TEST

START_TEST(floor_is_the_highest_seen_or_promised)
{
	struct fixture f;

	fixture_init(&f, 1, 5, 4, 3);
	ck_assert_uint_eq(jsl_election_floor(f.e).epoch, 4);
	receive_prepare(&f, 3, 6);
	ck_assert_uint_eq(jsl_election_floor(f.e).epoch, 6);
	ck_assert_uint_eq(jsl_election_floor(f.e).id, 3);
	/* The heartbeat proves that 2, not 3, got the quorum of 6. */
	receive_heartbeat(&f, 2, 6, 1);
	ck_assert_uint_eq(jsl_election_floor(f.e).id, 2);
	ck_assert_int_eq(f.up.alarm, JSL_ELECTION_ALARM_NONE);
	receive_heartbeat(&f, 4, 5, 1);
	ck_assert_uint_eq(jsl_election_floor(f.e).epoch, 6);
	/* Hearsay moves nothing. */
	receive(&f, (struct jsl_election_message){.kind = JSL_ELECTION_LOOK,
						  .from = 5,
						  .role = JSL_ELECTION_FOLLOWING,
						  .leader = {.epoch = 9, .id = 4}});
	ck_assert_uint_eq(jsl_election_floor(f.e).epoch, 6);
	fixture_deinit(&f);
}
END_TEST

START_TEST(two_leaders_of_one_epoch_are_alarmed)
{
	struct fixture f;

	fixture_init(&f, 1, 5, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	receive_heartbeat(&f, 5, 4, 1);
	ck_assert_int_eq(f.up.alarm, JSL_ELECTION_ALARM_IMPOSTOR);
	ck_assert_uint_eq(f.up.alarm_id, 5);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 5));
	ck_assert_uint_eq(jsl_election_floor(f.e).id, 3);
	fixture_deinit(&f);
}
END_TEST

START_TEST(fresh_promises_only_if_a_quorum_is_fresh)
{
	struct jsl_election_message m = {
		.kind = JSL_ELECTION_PREPARE, .from = 3, .epoch = 1, .fresh = true};
	struct fixture f;

	fixture_opts(&f, 1, 3, NULL);
	fixture_start(&f);
	give(&f, 0);
	receive(&f, m);
	ck_assert(!f.up.persist);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_NACK, 3));
	receive_heartbeat(&f, 3, 1, 1); /* no way around it */
	ck_assert(!f.up.persist);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 3));
	m.all_fresh = true;
	receive(&f, m); /* sent to an earlier life, perhaps */
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 3));
	memcpy(m.known[0], f.up.record->record_id, sizeof(m.known[0]));
	receive(&f, m);
	ck_assert(f.up.persist);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 3));
	fixture_deinit(&f);
}
END_TEST

START_TEST(release_frees_the_lease_at_once)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	receive_kind(&f, JSL_ELECTION_RELEASE, 2, 4, 0); /* not its to give */
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	receive_kind(&f, JSL_ELECTION_RELEASE, 3, 4, 0);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert(f.up.leader_changed && f.up.leader.epoch == 0);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 2));
	receive_heartbeat(&f, 3, 4, 2); /* overtaken by the release */
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 3));
	receive_prepare(&f, 2, 5);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 2));
	fixture_deinit(&f);
}
END_TEST

/* R9: its leader had raised its epoch, and acts in that one no more either. */
START_TEST(released_epoch_is_done)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	receive_kind(&f, JSL_ELECTION_RELEASE, 3, 6, 0);
	receive_heartbeat(&f, 3, 6, 9); /* overtaken by the release */
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 3));
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	receive_heartbeat(&f, 3, 7, 1);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ACK, 3));
	fixture_deinit(&f);
}
END_TEST

START_TEST(failed_storage_ends_the_vote)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_prepare(&f, 2, 5);
	step(&f, (struct jsl_election_event){.type = JSL_ELECTION_EV_PERSIST_FAILED});
	ck_assert_int_eq(f.up.alarm, JSL_ELECTION_ALARM_STORAGE);
	receive_prepare(&f, 3, 6);
	ck_assert(!f.up.persist);
	ck_assert_uint_eq(f.up.n_messages, 0);
	receive_heartbeat(&f, 3, 6, 1); /* it may still know who leads */
	ck_assert_uint_eq(f.up.n_messages, 0);
	ck_assert_uint_eq(f.up.leader.id, 3);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_OBSERVING);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("election: voter", persists_before_it_promises,
	   grants_same_epoch_only_to_same_candidate, waits_once_for_whom_it_promised,
	   refuses_lower_epoch_after_higher, refuses_prepare_while_lease_lives,
	   promises_only_voters, acks_only_newer_heartbeats,
	   grants_exactly_the_lease_of_the_heartbeat,
	   heartbeat_of_higher_epoch_is_first_a_prepare, silent_after_restart,
	   silence_does_not_stop_acks_of_what_was_promised,
	   saves_the_boot_count_before_anything, refuses_a_record_that_nobody_saved,
	   answers_look_with_the_live_leader, floor_is_the_highest_seen_or_promised,
	   two_leaders_of_one_epoch_are_alarmed, fresh_promises_only_if_a_quorum_is_fresh,
	   release_frees_the_lease_at_once, released_epoch_is_done,
	   failed_storage_ends_the_vote)
