/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence of death (R13), and what is left of a first start beside voters that
 * have promised (R12a).
 */

#include "test_election.h"

static void refused(struct fixture *f, uint64_t epoch, uint64_t id, uint64_t begun_us,
		    bool trusted)
{
	step(f, (struct jsl_election_event){.type = JSL_ELECTION_EV_REFUSED,
					    .leader = {.epoch = epoch, .id = id},
					    .begun_us = begun_us,
					    .trusted = trusted});
}

/* Voter 1 of 3 follows voter 3 in epoch 4; its heartbeat came @ago. */
static void follow(struct fixture *f, uint64_t ago)
{
	fixture_init(f, 1, 3, 4, 3);
	receive_heartbeat(f, 3, 4, 1);
	ck_assert_int_eq(f->up.role, JSL_ELECTION_FOLLOWING);
	f->now += ago;
}

START_TEST(refused_connect_frees_the_lease_for_good)
{
	struct fixture f;

	follow(&f, 20 * MS);
	refused(&f, 4, 3, f.now - 10 * MS, true);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(f.up.leader.epoch, 0);
	receive_heartbeat(&f, 3, 4, 2); /* never again; it says so (R10) */
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ACK, 3));
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_NACK, 3)->epoch, 4);
	receive_prepare(&f, 2, 5);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 2));
	fixture_deinit(&f);
}
END_TEST

START_TEST(who_is_dead_is_not_waited_for)
{
	struct fixture f;
	const struct jsl_election_message *m;

	fixture_init(&f, 2, 3, 4, 3);
	receive(&f, look(1, 1, 0, 0));
	receive_heartbeat(&f, 3, 4, 1);
	f.now += MS;
	refused(&f, 4, 3, f.now, true);
	m = sent(&f, JSL_ELECTION_LOOK, 1);
	ck_assert_ptr_nonnull(m);
	receive(&f, look(1, m->round, 2, 3));
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PREPARE, 1)); /* at once */
	fixture_deinit(&f);
}
END_TEST

START_TEST(connect_begun_before_the_newest_heartbeat_proves_nothing)
{
	struct fixture f;
	uint64_t begun;

	follow(&f, 20 * MS);
	begun = f.now;
	receive_heartbeat(&f, 3, 4, 1); /* even a copy */
	refused(&f, 4, 3, begun, true);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	refused(&f, 4, 3, f.now + 1, true);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	fixture_deinit(&f);
}
END_TEST

START_TEST(evidence_about_another_leader_or_epoch_frees_nothing)
{
	struct fixture f;

	follow(&f, 20 * MS);
	refused(&f, 3, 3, f.now, true);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	refused(&f, 4, 2, f.now, true);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	fixture_deinit(&f);
}
END_TEST

START_TEST(evidence_that_is_not_trusted_frees_nothing)
{
	struct fixture f;

	follow(&f, 20 * MS);
	refused(&f, 4, 3, f.now, false);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	receive_prepare(&f, 2, 5);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 2));
	fixture_deinit(&f);
}
END_TEST

START_TEST(overdue_heartbeat_asks_for_evidence_once)
{
	struct fixture f;

	follow(&f, 0);
	ck_assert_uint_eq(jsl_election_deadline(f.e), f.now + H * 3 / 2);
	give(&f, H * 3 / 2 - 1);
	ck_assert(!f.up.overdue);
	give(&f, 1);
	ck_assert(f.up.overdue);
	give(&f, 1);
	ck_assert(!f.up.overdue);
	receive_heartbeat(&f, 3, 4, 2);
	give(&f, H * 3 / 2);
	ck_assert(f.up.overdue);
	fixture_deinit(&f);
}
END_TEST

START_TEST(observer_forgets_a_dead_leader_but_not_a_live_one)
{
	struct fixture f;

	fixture_opts(&f, 100, 3, NULL);
	fixture_start(&f);
	receive_heartbeat(&f, 3, 4, 1);
	f.now += MS;
	refused(&f, 4, 3, f.now, false);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_OBSERVING);
	refused(&f, 4, 3, f.now, true);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	receive_heartbeat(&f, 3, 4, 2); /* it only watches: no harm in believing */
	ck_assert_int_eq(f.up.role, JSL_ELECTION_OBSERVING);
	fixture_deinit(&f);
}
END_TEST

/* ---- R12a ---- */

static struct jsl_election_message look_of_promise(uint64_t from, uint64_t epoch,
						   uint64_t to)
{
	struct jsl_election_message m = look(from, 1, 0, 0);

	m.epoch = epoch;
	m.promised_to = to;
	return m;
}

static void prepare_all_fresh(struct fixture *f, uint64_t from, uint64_t epoch)
{
	struct jsl_election_message m = {.kind = JSL_ELECTION_PREPARE,
					 .from = from,
					 .epoch = epoch,
					 .all_fresh = true};

	memcpy(m.known[f->opts.id - 1], f->up.record->record_id, sizeof(m.known[0]));
	receive(f, m);
}

START_TEST(fresh_voter_goes_above_what_it_heard_promised)
{
	struct fixture f;

	fixture_opts(&f, 3, 5, NULL);
	fixture_start(&f);
	receive(&f, look_of_promise(1, 4, 2));
	give(&f, D);
	prepare_all_fresh(&f, 5, 4); /* could be the one it lost */
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 5));
	prepare_all_fresh(&f, 5, 5);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 5));
	fixture_deinit(&f);
}
END_TEST

START_TEST(fresh_voter_that_heard_of_a_promise_waits_for_a_lost_lease)
{
	struct fixture f;

	fixture_opts(&f, 3, 5, NULL);
	fixture_start(&f);
	receive(&f, look_of_promise(1, 4, 2));
	give(&f, D - 1);
	prepare_all_fresh(&f, 5, 5);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_PROMISE, 5));
	give(&f, 1);
	prepare_all_fresh(&f, 5, 5);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 5));
	fixture_deinit(&f);
}
END_TEST

START_TEST(first_start_does_not_wait_for_its_own_promises)
{
	struct fixture f;

	fixture_opts(&f, 3, 5, NULL);
	fixture_start(&f);
	receive(&f, look_of_promise(1, 1, 5)); /* of the same start */
	prepare_all_fresh(&f, 5, 1);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 5));
	fixture_deinit(&f);
}
END_TEST

/* What restarts without a record in the middle of it promised already, perhaps. */
START_TEST(first_start_is_of_those_heard_when_it_began)
{
	struct jsl_election_message m = look(2, 1, 3, 5);
	struct fixture f;

	fixture_opts(&f, 3, 3, NULL);
	fixture_start(&f);
	give(&f, 0);
	m.fresh = true;
	m.record_id[0] = 0xaa;
	receive(&f, look(1, 1, 3, 6));
	receive(&f, m);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_PREPARE, 2)->known[1][0], 0xaa);
	m.boot = 2;
	m.record_id[0] = 0xbb;
	receive(&f, m);
	give(&f, jsl_election_deadline(f.e) - f.now);
	give(&f, jsl_election_deadline(f.e) - f.now);
	ck_assert_uint_eq(sent(&f, JSL_ELECTION_PREPARE, 2)->known[1][0], 0xaa);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("election: evidence", refused_connect_frees_the_lease_for_good,
	   who_is_dead_is_not_waited_for,
	   connect_begun_before_the_newest_heartbeat_proves_nothing,
	   evidence_about_another_leader_or_epoch_frees_nothing,
	   evidence_that_is_not_trusted_frees_nothing,
	   overdue_heartbeat_asks_for_evidence_once,
	   observer_forgets_a_dead_leader_but_not_a_live_one,
	   fresh_voter_goes_above_what_it_heard_promised,
	   fresh_voter_that_heard_of_a_promise_waits_for_a_lost_lease,
	   first_start_does_not_wait_for_its_own_promises,
	   first_start_is_of_those_heard_when_it_began)
