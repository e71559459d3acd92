/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The election as a candidate and as a leader (R2, R3, R4, R8, R9, R12a).
 */

#include "test_election.h"

static void ack(struct fixture *f, uint64_t from, uint64_t epoch, uint64_t seq)
{
	receive_kind(f, JSL_ELECTION_ACK, from, epoch, seq);
}

START_TEST(single_voter_elects_itself_at_once)
{
	struct fixture f;

	fixture_opts(&f, 1, 1, NULL);
	fixture_start(&f);
	ck_assert(f.up.persist);
	for (int i = 0; i < 3 && f.up.role != JSL_ELECTION_LEADING; i++) {
		ck_assert_uint_eq(jsl_election_deadline(f.e), f.now);
		give(&f, 0);
	}
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LEADING);
	ck_assert_uint_eq(f.up.leader.epoch, 1);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), f.now + D_L);
	for (int i = 0; i < 50; i++) {
		give(&f, jsl_election_deadline(f.e) - f.now);
		ck_assert(jsl_election_is_leader(f.e, f.now, NULL));
	}
	fixture_deinit(&f);
}
END_TEST

START_TEST(candidate_prepares_above_every_epoch_seen)
{
	struct fixture f;
	struct jsl_election_message m = look(2, 1, 3, 5);

	fixture_init(&f, 3, 3, 4, 3);
	m.epoch = 11;
	receive(&f, m);
	receive(&f, look(1, 1, 3, 6));
	ck_assert(f.up.persist);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_PREPARE, 1)->epoch, 12);
	ck_assert(!sent(&f, JSL_ELECTION_PREPARE, 1)->all_fresh);
	fixture_deinit(&f);
}
END_TEST

START_TEST(no_heartbeat_without_a_quorum_of_promises)
{
	struct fixture f;

	fixture_init(&f, 5, 5, 4, 3);
	for (uint64_t id = 1; id <= 4; id++)
		receive(&f, look(id, 1, 5, 0x1f));
	ck_assert(f.up.persist);
	receive_kind(&f, JSL_ELECTION_PROMISE, 1, 5, 0);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_HEARTBEAT, 1));
	receive_kind(&f, JSL_ELECTION_PROMISE, 1, 5, 0); /* twice is once */
	receive_kind(&f, JSL_ELECTION_PROMISE, 2, 4, 0); /* another epoch */
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_HEARTBEAT, 1));
	receive_kind(&f, JSL_ELECTION_PROMISE, 2, 5, 0);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_HEARTBEAT, 4));
	ck_assert_ptr_nonnull(
		sent(&f, JSL_ELECTION_HEARTBEAT, JSL_ELECTION_TO_OBSERVERS));
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert(!jsl_election_is_leader(f.e, f.now, NULL));
	fixture_deinit(&f);
}
END_TEST

START_TEST(own_promise_that_was_not_saved_does_not_count)
{
	struct fixture f;

	fixture_init(&f, 3, 3, 4, 3);
	receive(&f, look(2, 1, 3, 5));
	receive(&f, look(1, 1, 3, 6));
	ck_assert(f.up.persist);
	step(&f, (struct jsl_election_event){.type = JSL_ELECTION_EV_PERSIST_FAILED});
	receive_kind(&f, JSL_ELECTION_PROMISE, 1, 5, 0);
	receive_kind(&f, JSL_ELECTION_PROMISE, 2, 5, 0);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_HEARTBEAT, 1));
	fixture_deinit(&f);
}
END_TEST

START_TEST(counts_lease_from_send_time)
{
	struct fixture f;
	struct jsl_election_leader token;
	uint64_t epoch, sent_at;

	fixture_init(&f, 3, 3, 4, 3);
	epoch = establish(&f);
	sent_at = f.now;
	f.now += 30 * MS;
	ack(&f, 1, epoch, 1);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LEADING);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), sent_at + D_L);
	ck_assert(jsl_election_is_leader(f.e, sent_at + D_L - 1, &token));
	ck_assert_uint_eq(token.epoch, epoch);
	ck_assert(!jsl_election_is_leader(f.e, sent_at + D_L, NULL));
	fixture_deinit(&f);
}
END_TEST

START_TEST(lease_needs_a_quorum_of_acks)
{
	struct fixture f;
	uint64_t epoch, first;

	fixture_init(&f, 5, 5, 4, 3);
	epoch = establish(&f);
	first = f.now;
	ack(&f, 1, epoch, 1);
	ack(&f, 1, epoch, 1);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), 0);
	ack(&f, 2, epoch, 1);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), first + D_L);
	give(&f, H);
	ack(&f, 1, epoch, 2); /* the third newest is still the first heartbeat */
	ck_assert_uint_eq(jsl_election_lease_end(f.e), first + D_L);
	ack(&f, 4, epoch, 2);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), first + H + D_L);
	fixture_deinit(&f);
}
END_TEST

START_TEST(acks_of_another_epoch_or_the_future_are_ignored)
{
	struct fixture f;
	uint64_t epoch;

	fixture_init(&f, 3, 3, 4, 3);
	epoch = establish(&f);
	ack(&f, 1, epoch - 1, 1);
	ack(&f, 1, epoch, 2);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(steps_down_exactly_at_lease_end)
{
	struct fixture f;
	uint64_t epoch, end;

	fixture_init(&f, 3, 3, 4, 3);
	epoch = establish(&f);
	ack(&f, 1, epoch, 1);
	end = jsl_election_lease_end(f.e);
	while (jsl_election_deadline(f.e) < end)
		give(&f, jsl_election_deadline(f.e) - f.now);
	ck_assert_uint_eq(jsl_election_deadline(f.e), end);
	ck_assert_int_eq(jsl_election_role(f.e), JSL_ELECTION_LEADING);
	give(&f, end - f.now);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert(f.up.role_changed && f.up.leader_changed);
	fixture_deinit(&f);
}
END_TEST

START_TEST(late_ack_does_not_revive_a_lease)
{
	struct fixture f;
	uint64_t epoch, end;

	fixture_init(&f, 3, 3, 4, 3);
	epoch = establish(&f);
	ack(&f, 1, epoch, 1);
	end = jsl_election_lease_end(f.e);
	give(&f, H);
	f.now = end; /* paused until now, with an ack in the socket */
	ack(&f, 1, epoch, 2);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), 0);
	ack(&f, 2, epoch, 2);
	ck_assert(!jsl_election_is_leader(f.e, f.now, NULL));
	fixture_deinit(&f);
}
END_TEST

START_TEST(leader_is_the_voter_of_its_own_lease)
{
	struct fixture f;
	uint64_t epoch;

	fixture_init(&f, 2, 3, 4, 3);
	receive(&f, look(1, 1, 2, 6));
	f.now += 50 * MS;
	give(&f, 750 * MS);
	epoch = f.up.record->promised_epoch;
	ck_assert_uint_eq(epoch, 5);
	receive_kind(&f, JSL_ELECTION_PROMISE, 1, epoch, 0);
	ack(&f, 1, epoch, 1);
	receive_prepare(&f, 3, 9);
	ck_assert(!f.up.persist);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_NACK, 3)->leader.id, 2);
	fixture_deinit(&f);
}
END_TEST

START_TEST(leader_answers_look_with_a_heartbeat)
{
	struct fixture f;
	uint64_t epoch;
	struct jsl_election_message m = {.kind = JSL_ELECTION_LOOK, .from = 100};

	fixture_init(&f, 3, 3, 4, 3);
	epoch = establish(&f);
	ack(&f, 1, epoch, 1);
	receive(&f, look(2, 1, 0, 2));
	ck_assert_int_eq(sent(&f, JSL_ELECTION_LOOK, 2)->role, JSL_ELECTION_LEADING);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_HEARTBEAT, 2)->epoch, epoch);
	m.to = 3;
	m.boot = 1;
	step(&f,
	     (struct jsl_election_event){.type = JSL_ELECTION_EV_RECEIVE, .message = &m});
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_LOOK, 100));
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_HEARTBEAT, 100));
	fixture_deinit(&f);
}
END_TEST

START_TEST(clean_stop_releases_and_never_leads_again)
{
	struct fixture f;
	uint64_t epoch;

	fixture_init(&f, 3, 3, 4, 3);
	epoch = establish(&f);
	ack(&f, 1, epoch, 1);
	step(&f, (struct jsl_election_event){.type = JSL_ELECTION_EV_RELEASE});
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_RELEASE, 1)->epoch, epoch);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_RELEASE, 2));
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_RELEASE, JSL_ELECTION_TO_OBSERVERS));
	ck_assert(!jsl_election_is_leader(f.e, f.now, NULL));
	ack(&f, 2, epoch, 1);
	receive_prepare(&f, 2, epoch + 1);
	ck_assert_uint_eq(f.up.n_messages, 0);
	receive_heartbeat(&f, 2, epoch + 1, 1);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_OBSERVING);
	fixture_deinit(&f);
}
END_TEST

START_TEST(failed_candidate_backs_off)
{
	struct fixture f;
	uint64_t until;

	fixture_init(&f, 3, 3, 4, 3);
	receive(&f, look(2, 1, 3, 5));
	receive(&f, look(1, 1, 3, 6));
	until = f.now + f.opts.prepare_us;
	give(&f, 0);
	while (jsl_election_deadline(f.e) < until) {
		give(&f, jsl_election_deadline(f.e) - f.now);
		ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PREPARE, 2));
	}
	give(&f, until - f.now);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 2)->vote.id, 0);
	ck_assert_uint_gt(sent(&f, JSL_ELECTION_LOOK, 2)->round, 1);
	fixture_deinit(&f);
}
END_TEST

START_TEST(first_start_says_that_all_are_fresh)
{
	struct fixture f;
	struct jsl_election_message m = look(2, 1, 3, 5);

	fixture_opts(&f, 3, 3, NULL);
	fixture_start(&f);
	give(&f, 0);
	m.fresh = true;
	receive(&f, m);
	m = look(1, 1, 3, 6);
	m.fresh = false; /* has promised in another life: does not take part in (a) */
	receive(&f, m);
	ck_assert(f.up.persist);
	ck_assert(sent(&f, JSL_ELECTION_PREPARE, 2)->all_fresh);
	ck_assert(sent(&f, JSL_ELECTION_PREPARE, 2)->fresh == false);
	fixture_deinit(&f);
}
END_TEST

START_TEST(fresh_one_among_voters_with_records_does_not_stand)
{
	struct fixture f;

	fixture_opts(&f, 3, 3, NULL);
	fixture_start(&f);
	give(&f, 0);
	receive(&f, look(2, 1, 3, 5));
	receive(&f, look(1, 1, 3, 6));
	ck_assert(!f.up.persist);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 1)->vote.id, 0);
	give(&f, 10 * D);
	ck_assert(!f.up.persist);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("election: leader", single_voter_elects_itself_at_once,
	   candidate_prepares_above_every_epoch_seen,
	   no_heartbeat_without_a_quorum_of_promises,
	   own_promise_that_was_not_saved_does_not_count, counts_lease_from_send_time,
	   lease_needs_a_quorum_of_acks, acks_of_another_epoch_or_the_future_are_ignored,
	   steps_down_exactly_at_lease_end, late_ack_does_not_revive_a_lease,
	   leader_is_the_voter_of_its_own_lease, leader_answers_look_with_a_heartbeat,
	   clean_stop_releases_and_never_leads_again, failed_candidate_backs_off,
	   first_start_says_that_all_are_fresh,
	   fresh_one_among_voters_with_records_does_not_stand)
