/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Peers that say anything: no message may break what holds after every step, nor
 * make a step overflow its messages. The numbers are small, so that they collide.
 */

#include "base/rng.h"
#include "election/election_int.h"
#include "test_election.h"

#define STEPS 6000

static uint64_t any(struct jsl_rng *r, uint64_t n)
{
	return jsl_rng_below(r, n);
}

static struct jsl_election_message any_message(struct jsl_rng *r,
					       const struct jsl_election *e, uint64_t seq)
{
	uint64_t self = e->id, epoch = e->record.promised_epoch;
	struct jsl_election_message m = {
		.kind = 1 + any(r, JSL_ELECTION_ADMIT),
		.from = 1 + any(r, 8),
		.to = any(r, 10) == 0 ? JSL_ELECTION_TO_OBSERVERS : self,
		.boot = 1 + seq / 500 + any(r, 500) / 499,
		.round = e->round + any(r, 20) / 18,
		.vote = {.id = any(r, 2) ? self : any(r, 8)},
		.heard = (uint32_t)jsl_rng_next(r) | (any(r, 2) ? 0x7f : 0),
		.role = any(r, 8) == 0 ? any(r, 4) : JSL_ELECTION_LOOKING,
		.leader = {.epoch = epoch + any(r, 2), .id = any(r, 8)},
		.epoch = epoch + any(r, 200) / 198,
		.seq = any(r, 2) ? seq : e->lead.seq - any(r, 2),
		.lease_us = any(r, 3) * D / 2,
		.since = epoch - any(r, 2),
		.promised_to = any(r, 8),
		.fresh = any(r, 2),
		.all_fresh = any(r, 2),
	};

	if (m.vote.id > 7)
		m.vote.id = 0;
	if (any(r, 50) == 0)
		m.epoch = UINT64_MAX - any(r, 3);
	m.record_id[0] = (uint8_t)any(r, 3);
	m.known[any(r, 7)][0] = (uint8_t)any(r, 3);
	if (any(r, 2) && self < 8) /* at times the record of this node */
		memcpy(m.known[self - 1], e->record.record_id, sizeof(m.known[0]));
	memset(m.config_hash, any(r, 20) != 0 ? 0x11 : 0, sizeof(m.config_hash));
	return m;
}

static void run(uint64_t seed, unsigned *seen)
{
	struct jsl_election_record r = promised(2, 3);
	struct jsl_rng rng;
	struct fixture f;

	jsl_rng_init(&rng, seed);
	fixture_opts(&f, 1 + seed % 9, 7, seed % 3 == 0 ? &r : NULL);
	fixture_start(&f);
	for (int i = 0; i < STEPS; i++) {
		struct jsl_election_message m = any_message(&rng, f.e, i);
		uint64_t next = jsl_election_deadline(f.e);

		f.now += any(&rng, 100) == 0 ? any(&rng, D) : any(&rng, MS);
		if (any(&rng, 20) == 0 && next != UINT64_MAX && next > f.now)
			f.now = next;
		step(&f, (struct jsl_election_event){.type = JSL_ELECTION_EV_RECEIVE,
						     .message = &m});
		ck_assert(jsl_election__check(f.e));
		*seen |= 1U << f.e->phase | (f.up.role == JSL_ELECTION_LEADING) << 8;
		ck_assert_uint_ge(jsl_election_floor(f.e).epoch,
				  f.up.record->promised_epoch);
	}
	fixture_deinit(&f);
}

START_TEST(no_message_breaks_what_always_holds)
{
	unsigned seen = 0;

	for (uint64_t seed = 1; seed <= 18; seed++)
		run(seed, &seen);
	ck_assert_uint_eq(seen, 0x13f); /* every phase, and leading, was reached */
}
END_TEST

/* What one message could use up, no election would ever give back. */
START_TEST(an_epoch_far_above_all_others_is_not_believed)
{
	static const uint64_t rows[][2] = {{JSL_ELECTION_JUMP + 10, 0},
					   {0, JSL_ELECTION_JUMP + 10}};
	struct jsl_election_record r = promised(7, 3);
	struct fixture f;

	fixture_opts(&f, 1, 3, &r);
	fixture_start(&f);
	for (size_t i = 0; i < 2; i++) {
		struct jsl_election_message m = {
			.kind = JSL_ELECTION_NACK,
			.from = 2,
			.to = 1,
			.boot = 1,
			.epoch = rows[i][0],
			.leader = {.epoch = rows[i][1], .id = 3}};

		memset(m.config_hash, 0x11, sizeof(m.config_hash));
		step(&f, (struct jsl_election_event){.type = JSL_ELECTION_EV_RECEIVE,
						     .message = &m});
		ck_assert_int_eq(f.up.refused, JSL_E_LIMIT);
		ck_assert_uint_eq(f.e->max_epoch, 7);
	}
	fixture_deinit(&f);
}
END_TEST

START_TEST(says_why_a_message_was_refused)
{
	static const struct {
		struct jsl_election_message m;
		int why;
	} rows[] = {
		{{.kind = JSL_ELECTION_ACK, .from = 2, .boot = 7}, 0},
		{{.kind = JSL_ELECTION_ACK, .from = 2, .boot = 6}, JSL_E_STALE},
		{{.kind = 99, .from = 2, .boot = 7}, JSL_E_MALFORMED},
		{{.kind = JSL_ELECTION_ACK, .from = 2, .to = 3, .boot = 7},
		 JSL_E_UNBOUND},
		{{.kind = JSL_ELECTION_ACK, .from = 4, .boot = 7}, JSL_E_CONFIG},
		{{.kind = JSL_ELECTION_ACK, .from = 2, .boot = 7, .config_hash = {0x22}},
		 JSL_E_CONFIG},
		{{.kind = JSL_ELECTION_LOOK, .from = 2, .boot = 7, .vote = {.id = 9}},
		 JSL_E_MALFORMED},
		{{.kind = JSL_ELECTION_HEARTBEAT,
		  .from = 2,
		  .boot = 7,
		  .epoch = 8,
		  .since = 8,
		  .seq = 1,
		  .lease_us = JSL_ELECTION_LEASE_MAX_US + 1},
		 JSL_E_MALFORMED},
		{{.kind = JSL_ELECTION_ACK,
		  .from = 2,
		  .boot = JSL_ELECTION_NUMBER_MAX + 1},
		 JSL_E_LIMIT},
	};
	struct fixture f;

	fixture_init(&f, 1, 3, 7, 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		receive(&f, rows[i].m);
		ck_assert_msg(f.up.refused == rows[i].why, "row %zu: %d", i,
			      f.up.refused);
	}
	give(&f, 0);
	ck_assert_int_eq(f.up.refused, 0);
	fixture_deinit(&f);
}
END_TEST

/* Nor may it use up the rounds: the next one would be garbage to everybody. */
START_TEST(a_round_far_above_this_one_is_not_believed)
{
	struct jsl_election_message m = look(2, JSL_ELECTION_NUMBER_MAX, 2, 3);
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	receive(&f, m);
	ck_assert_uint_eq(f.e->round, 1);
	m.round = f.e->round + JSL_ELECTION_JUMP + 1;
	receive(&f, m);
	ck_assert_uint_eq(f.e->round, 1);
	m.round--;
	receive(&f, m);
	ck_assert_uint_eq(f.e->round, m.round);
	fixture_deinit(&f);
}
END_TEST

/* Nor the numbers of one sender, or what it says next would be old for ever. */
START_TEST(a_number_far_above_the_last_one_is_not_believed)
{
	struct fixture f;

	fixture_init(&f, 1, 3, 4, 3);
	f.look_seq = JSL_ELECTION_NUMBER_MAX - 1;
	receive(&f, look(2, 1, 2, 3));
	ck_assert(!f.e->voters[1].looking);
	f.look_seq = 7;
	receive(&f, look(2, 1, 2, 3));
	ck_assert(f.e->voters[1].looking);
	receive_heartbeat(&f, 3, 4, JSL_ELECTION_NUMBER_MAX);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	receive_heartbeat(&f, 3, 4, 1);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_FOLLOWING);
	receive_heartbeat(&f, 3, 4, JSL_ELECTION_NUMBER_MAX);
	receive_heartbeat(&f, 3, 4, 2);
	ck_assert_ptr_nonnull(sent(&f, JSL_ELECTION_ACK, 3));
	fixture_deinit(&f);
	fixture_opts(&f, 9, 3, NULL); /* an observer */
	fixture_start(&f);
	receive_heartbeat(&f, 3, 4, JSL_ELECTION_NUMBER_MAX);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	receive_heartbeat(&f, 3, 4, 1);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_OBSERVING);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("election: garbage", no_message_breaks_what_always_holds,
	   an_epoch_far_above_all_others_is_not_believed, says_why_a_message_was_refused,
	   a_round_far_above_this_one_is_not_believed,
	   a_number_far_above_the_last_one_is_not_believed)
