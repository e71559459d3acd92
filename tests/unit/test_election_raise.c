/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A leader that goes on in a higher epoch (R10), and one that hands over (R9).
 */

#include "test_election.h"

static void ack(struct fixture *f, uint64_t from, uint64_t epoch, uint64_t seq)
{
	receive_kind(f, JSL_ELECTION_ACK, from, epoch, seq);
}

/* Voter 3 of 3 leads; 1 follows, 2 refuses with @epoch above it. */
static uint64_t lead_and_refuse(struct fixture *f, uint64_t above)
{
	uint64_t epoch;

	fixture_init(f, 3, 3, 4, 3);
	epoch = establish(f);
	ack(f, 1, epoch, 1);
	ck_assert_int_eq(f->up.role, JSL_ELECTION_LEADING);
	receive_kind(f, JSL_ELECTION_NACK, 2, epoch + above, 0);
	return epoch;
}

START_TEST(stuck_higher_epoch_is_passed_without_a_gap)
{
	struct fixture f;
	uint64_t epoch = lead_and_refuse(&f, 4), end = jsl_election_lease_end(f.e);
	struct jsl_election_leader token;

	ck_assert(f.up.persist); /* its own promise first */
	ck_assert_uint_eq(f.up.record->promised_epoch, epoch + 5);
	ck_assert_uint_eq(f.up.record->promised_to, 3);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_PREPARE, 1)->epoch, epoch + 5);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_PREPARE, 2)->epoch, epoch + 5);
	ck_assert(jsl_election_is_leader(f.e, f.now, &token));
	ck_assert_uint_eq(token.epoch, epoch);
	receive_kind(&f, JSL_ELECTION_PROMISE, 1, epoch + 5, 0);
	ck_assert(!f.up.role_changed);
	ck_assert(f.up.leader_changed);
	ck_assert_uint_eq(f.up.leader.epoch, epoch + 5);
	ck_assert_uint_eq(f.up.leader.since, epoch);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_HEARTBEAT, 2)->epoch, epoch + 5);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_HEARTBEAT, 2)->since, epoch);
	ck_assert(jsl_election_is_leader(f.e, end - 1, &token));
	ck_assert_uint_eq(token.epoch, epoch + 5);
	ack(&f, 2, epoch + 5, 2);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), f.now + D_L);
	fixture_deinit(&f);
}
END_TEST

START_TEST(heartbeats_go_on_while_promises_are_asked_for)
{
	struct fixture f;
	uint64_t epoch = lead_and_refuse(&f, 1), end = jsl_election_lease_end(f.e);

	give(&f, H / 4);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PREPARE, 1));
	give(&f, H);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_HEARTBEAT, 1)->epoch, epoch);
	/* But this voter has promised more: its own ack is not counted (I2). */
	ack(&f, 1, epoch, 2);
	ck_assert_uint_eq(jsl_election_lease_end(f.e), end);
	fixture_deinit(&f);
}
END_TEST

START_TEST(raises_not_for_who_follows_another_nor_again_at_once)
{
	struct fixture f;
	uint64_t epoch;

	fixture_init(&f, 3, 3, 4, 3);
	epoch = establish(&f);
	ack(&f, 1, epoch, 1);
	receive(&f,
		(struct jsl_election_message){.kind = JSL_ELECTION_NACK,
					      .from = 2,
					      .epoch = epoch + 1,
					      .leader = {.epoch = epoch + 1, .id = 1}});
	ck_assert(!f.up.persist);
	receive_kind(&f, JSL_ELECTION_NACK, 2, epoch - 1, 0);
	ck_assert(!f.up.persist);
	receive_kind(&f, JSL_ELECTION_NACK, 2, epoch + 1, 0);
	ck_assert(f.up.persist);
	receive_kind(&f, JSL_ELECTION_PROMISE, 1, epoch + 2, 0);
	ack(&f, 1, epoch + 2, 2);
	receive_kind(&f, JSL_ELECTION_NACK, 2, epoch + 9, 0);
	ck_assert(!f.up.persist);
	fixture_deinit(&f);
}
END_TEST

START_TEST(raises_not_when_no_quorum_follows)
{
	struct fixture f;
	uint64_t epoch;

	fixture_init(&f, 3, 3, 4, 3);
	epoch = establish(&f);
	receive_kind(&f, JSL_ELECTION_NACK, 2, epoch + 1, 0);
	ck_assert(!f.up.persist);
	ack(&f, 1, epoch, 1);
	give(&f, D_L / 2 + MS);
	receive_kind(&f, JSL_ELECTION_NACK, 2, epoch + 1, 0);
	ck_assert(!f.up.persist); /* nothing was acked for long */
	fixture_deinit(&f);
}
END_TEST

START_TEST(voter_follows_the_same_leader_into_a_higher_epoch)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	receive_prepare(&f, 3, 9);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 3));
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	receive_heartbeat(&f, 3, 4, 2); /* R3: not what it promised */
	ck_assert_uint_eq(f.up.n_messages, 0);
	receive_prepare(&f, 2, 12); /* the lease of epoch 4 still binds (R1) */
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 2));
	receive(&f, (struct jsl_election_message){.kind = JSL_ELECTION_HEARTBEAT,
						  .from = 3,
						  .epoch = 9,
						  .seq = 3,
						  .lease_us = D,
						  .since = 4});
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ACK, 3));
	ck_assert(!f.up.role_changed);
	ck_assert_uint_eq(f.up.leader.since, 4);
	ck_assert_uint_eq(jsl_election_floor(f.e).epoch, 9);
	fixture_deinit(&f);
}
END_TEST

START_TEST(release_covers_what_promises_were_asked_for)
{
	struct fixture f;
	uint64_t epoch = lead_and_refuse(&f, 1);

	step(&f, (struct jsl_election_event){.type = JSL_ELECTION_EV_RELEASE});
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_RELEASE, 1)->epoch, epoch + 2);
	fixture_deinit(&f);
	fixture_init(&f, 1, 3, 4, 3);
	receive_heartbeat(&f, 3, 4, 1);
	receive_kind(&f, JSL_ELECTION_RELEASE, 3, 6, 0);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	fixture_deinit(&f);
}
END_TEST

static int transfer(struct fixture *f, uint64_t to)
{
	return jsl_election_step(
		f->e,
		&(struct jsl_election_event){
			.type = JSL_ELECTION_EV_TRANSFER, .now_us = f->now, .id = to},
		&f->up);
}

START_TEST(transfer_stops_leading_and_names_the_next)
{
	struct fixture f;
	uint64_t epoch;

	fixture_init(&f, 5, 5, 4, 3);
	epoch = establish(&f);
	ck_assert_int_eq(transfer(&f, 2), -EAGAIN); /* no lease yet */
	ack(&f, 1, epoch, 1);
	ack(&f, 2, epoch, 1);
	ck_assert_int_eq(transfer(&f, 9), -EINVAL);
	ck_assert_int_eq(transfer(&f, 5), -EINVAL);
	ck_assert_int_eq(transfer(&f, 4), -EAGAIN); /* does not follow */
	ck_assert(jsl_election_is_leader(f.e, f.now, NULL));
	ck_assert_int_eq(transfer(&f, 2), 0);
	ck_assert(!jsl_election_is_leader(f.e, f.now, NULL));
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_RELEASE, 4)->vote.id, 2);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_RELEASE, 4)->epoch, epoch);
	fixture_deinit(&f);
}
END_TEST

START_TEST(whom_a_leader_names_is_preferred_for_a_while)
{
	struct fixture f;

	fixture_init(&f, 1, 5, 4, 5);
	receive_heartbeat(&f, 5, 4, 1);
	receive(&f, (struct jsl_election_message){.kind = JSL_ELECTION_RELEASE,
						  .from = 5,
						  .epoch = 4,
						  .vote = {.id = 2}});
	for (uint64_t id = 2; id <= 4; id++)
		receive(&f, look(id, f.up.messages[0].round, 2, 0x1f));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_LOOK, 4)->vote.id, 2);
	give(&f, f.opts.prepare_us + MS);
	ck_assert_uint_ne(sent(&f, JSL_ELECTION_LOOK, 4)->vote.id, 2); /* R7 again */
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("election: raise and transfer", stuck_higher_epoch_is_passed_without_a_gap,
	   heartbeats_go_on_while_promises_are_asked_for,
	   raises_not_for_who_follows_another_nor_again_at_once,
	   raises_not_when_no_quorum_follows,
	   voter_follows_the_same_leader_into_a_higher_epoch,
	   release_covers_what_promises_were_asked_for,
	   transfer_stops_leading_and_names_the_next,
	   whom_a_leader_names_is_preferred_for_a_while)
