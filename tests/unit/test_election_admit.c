/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * R12b: how a voter without a promise gets its vote in a cluster that has begun,
 * and how a candidate notices a promise from a lost record.
 */

#include "test_election.h"

/* The id of the record that @f made at its start. */
static void own_record(const struct fixture *f, uint8_t *id)
{
	memcpy(id, f->up.record->record_id, 16);
}

static void fill(struct jsl_election_message *m, size_t voter, int byte)
{
	memset(m->known[voter - 1], byte, 16);
}

/* @from stores the record of the fresh voter 1 and has promised @epoch to @to. */
static void admit(struct fixture *f, uint64_t from, uint64_t epoch, uint64_t to)
{
	struct jsl_election_message m = {.kind = JSL_ELECTION_ADMIT,
					 .from = from,
					 .epoch = epoch,
					 .leader = {.epoch = epoch, .id = to}};

	own_record(f, m.known[0]);
	receive(f, m);
}

static void fixture_fresh(struct fixture *f)
{
	fixture_opts(f, 1, 5, NULL);
	fixture_start(f);
	give(f, 0);
}

START_TEST(stores_the_record_id_before_it_admits)
{
	struct jsl_election_message m = look(1, 1, 0, 0);
	const struct jsl_election_message *answer;
	struct fixture f;

	fixture_init(&f, 2, 3, 4, 3);
	m.fresh = true;
	memset(m.record_id, 0x77, sizeof(m.record_id));
	receive(&f, m);
	ck_assert(f.up.persist);
	ck_assert_uint_eq(f.up.record->n_known, 1);
	ck_assert_uint_eq(f.up.record->known[0].id, 1);
	ck_assert_mem_eq(f.up.record->known[0].record_id, m.record_id, 16);
	answer = sent(&f, JSL_ELECTION_ADMIT, 1);
	ck_assert_ptr_nonnull(answer);
	ck_assert_mem_eq(answer->known[0], m.record_id, 16);
	ck_assert_uint_eq(answer->leader.epoch, 4);
	ck_assert_uint_eq(answer->leader.id, 3);
	receive(&f, m);
	ck_assert(!f.up.persist); /* stored already */
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ADMIT, 1));
	memset(m.record_id, 0x78, sizeof(m.record_id)); /* it lost that one too */
	receive(&f, m);
	ck_assert(f.up.persist);
	ck_assert_uint_eq(f.up.record->n_known, 1);
	memset(m.record_id, 0x77, sizeof(m.record_id)); /* late, from the old life */
	receive(&f, m);
	ck_assert(!f.up.persist);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ADMIT, 1));
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_fresh_voter_admits_nobody)
{
	struct jsl_election_message m = look(2, 1, 0, 0);
	struct fixture f;

	fixture_fresh(&f);
	m.fresh = true;
	m.record_id[0] = 2;
	receive(&f, m);
	ck_assert(!f.up.persist);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_ADMIT, 2));
	fixture_deinit(&f);
}
END_TEST

START_TEST(admitted_by_a_majority_of_the_others_with_the_highest_promise)
{
	struct fixture f;

	fixture_fresh(&f);
	admit(&f, 2, 4, 5);
	admit(&f, 2, 4, 5);
	admit(&f, 3, 7, 4);
	ck_assert(!f.up.persist);
	admit(&f, 4, 6, 5);
	ck_assert(f.up.persist);
	ck_assert_uint_eq(f.up.record->promised_epoch, 7);
	ck_assert_uint_eq(f.up.record->promised_to, 4);
	ck_assert_uint_ge(f.up.record->lease_max_us, D);
	fixture_deinit(&f);
}
END_TEST

START_TEST(answers_about_another_record_do_not_admit)
{
	struct jsl_election_message m = {
		.kind = JSL_ELECTION_ADMIT, .epoch = 4, .leader = {.epoch = 4, .id = 5}};
	struct fixture f;

	fixture_fresh(&f);
	fill(&m, 1, 9);
	for (m.from = 2; m.from <= 5; m.from++) {
		receive(&f, m);
		ck_assert(!f.up.persist);
	}
	fixture_deinit(&f);
}
END_TEST

START_TEST(admitted_voter_waits_for_its_lost_lease)
{
	struct fixture f;

	fixture_fresh(&f);
	admit(&f, 2, 4, 5);
	admit(&f, 3, 4, 5);
	admit(&f, 4, 4, 5);
	f.now += D - 1;
	receive_prepare(&f, 4, 5);
	ck_assert(!f.up.persist);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_NACK, 4));
	receive_heartbeat(&f, 5, 4, 1); /* of what the others promised: as in R5 */
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ACK, 5));
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	f.now += D;
	receive_prepare(&f, 4, 5);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_PROMISE, 4));
	fixture_deinit(&f);
}
END_TEST

START_TEST(promise_of_unknown_holder_is_given_to_nobody_but_the_established)
{
	struct fixture f;

	fixture_fresh(&f);
	admit(&f, 2, 4, 5);
	admit(&f, 3, 4, 3);
	admit(&f, 4, 4, 5);
	ck_assert_uint_eq(f.up.record->promised_epoch, 4);
	ck_assert_uint_eq(f.up.record->promised_to, 0);
	f.now += 2 * D;
	receive_prepare(&f, 5, 4);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_NACK, 5));
	receive_heartbeat(&f, 3, 4, 1);
	ck_assert(f.up.persist);
	ck_assert_uint_eq(f.up.record->promised_to, 3);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ACK, 3));
	fixture_deinit(&f);
}
END_TEST

START_TEST(promise_says_which_records_are_stored)
{
	struct jsl_election_message m = look(1, 1, 0, 0);
	struct fixture f;

	fixture_init(&f, 2, 3, 4, 3);
	m.fresh = true;
	memset(m.record_id, 0x77, sizeof(m.record_id));
	receive(&f, m);
	receive_prepare(&f, 3, 5);
	ck_assert_mem_eq(sent(&f, JSL_ELECTION_PROMISE, 3)->known[0], m.record_id, 16);
	fixture_deinit(&f);
}
END_TEST

START_TEST(record_ids_of_a_voter_are_in_order)
{
	uint8_t first[16], second[16];
	struct fixture f;

	fixture_opts(&f, 1, 3, NULL);
	fixture_start(&f);
	own_record(&f, first);
	fixture_deinit(&f);
	fixture_opts(&f, 1, 3, NULL);
	f.opts.boot = 300;
	memset(f.opts.record_id, 0, sizeof(f.opts.record_id));
	fixture_start(&f);
	own_record(&f, second);
	ck_assert_int_gt(memcmp(second, first, sizeof(first)), 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(candidate_discards_a_promise_whose_record_is_contradicted)
{
	struct jsl_election_message m = {.kind = JSL_ELECTION_PROMISE, .epoch = 5};
	struct fixture f;

	fixture_init(&f, 5, 5, 4, 3);
	for (uint64_t id = 1; id <= 4; id++)
		receive(&f, look(id, 1, 5, 0x1f));
	ck_assert(f.up.persist);
	m.from = 1;
	memset(m.record_id, 0x70, sizeof(m.record_id)); /* the record that 1 has lost */
	receive(&f, m);
	m.from = 2;
	memset(m.record_id, 0x22, sizeof(m.record_id));
	fill(&m, 1, 0x71); /* 2 knows the one that it has now */
	receive(&f, m);
	ck_assert_ptr_null(sent(&f, JSL_ELECTION_HEARTBEAT, 3));
	m.from = 3;
	memset(m.record_id, 0x33, sizeof(m.record_id));
	fill(&m, 1, 0);
	fill(&m, 2, 0x21); /* an older record of 2 than it has is no objection */
	receive(&f, m);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_HEARTBEAT, 3));
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("election: admission", stores_the_record_id_before_it_admits,
	   a_fresh_voter_admits_nobody,
	   admitted_by_a_majority_of_the_others_with_the_highest_promise,
	   answers_about_another_record_do_not_admit,
	   admitted_voter_waits_for_its_lost_lease,
	   promise_of_unknown_holder_is_given_to_nobody_but_the_established,
	   promise_says_which_records_are_stored, record_ids_of_a_voter_are_in_order,
	   candidate_discards_a_promise_whose_record_is_contradicted)
