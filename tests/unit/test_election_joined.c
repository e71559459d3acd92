/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An observer that joined by gossip and knows no voter list: it takes what it is told
 * (R12), for a lease's time, and is never counted.
 */

#include "test_election.h"

static void joined(struct fixture *f)
{
	fixture_opts(f, 50, 0, NULL);
	memset(f->opts.config_hash, 0, sizeof(f->opts.config_hash));
	fixture_start(f);
	ck_assert_uint_eq(f->up.n_messages, 0);
	ck_assert_int_eq(f->up.role, JSL_ELECTION_LOOKING);
}

static struct jsl_election_message heartbeat(uint64_t from, uint64_t epoch, uint64_t seq)
{
	struct jsl_election_message m = {.kind = JSL_ELECTION_HEARTBEAT,
					 .from = from,
					 .to = JSL_ELECTION_TO_OBSERVERS,
					 .role = JSL_ELECTION_LEADING,
					 .leader = {epoch, from, epoch},
					 .epoch = epoch,
					 .since = epoch,
					 .seq = seq,
					 .lease_us = D};

	memset(m.config_hash, 0x77, sizeof(m.config_hash));
	return m;
}

START_TEST(takes_what_it_is_told_for_a_lease)
{
	struct fixture f;

	joined(&f);
	receive(&f, heartbeat(3, 7, 1));
	ck_assert_int_eq(f.up.role, JSL_ELECTION_OBSERVING);
	ck_assert_uint_eq(f.up.leader.id, 3);
	ck_assert_uint_eq(f.up.leader.epoch, 7);
	ck_assert_uint_eq(f.up.n_messages, 0); /* it acks nothing */
	ck_assert(!f.up.persist);
	give(&f, D);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(f.up.leader.epoch, 0);
	jsl_election_free(f.e);
}
END_TEST

START_TEST(follows_the_higher_epoch_only)
{
	struct fixture f;

	joined(&f);
	receive(&f, heartbeat(3, 7, 1));
	receive(&f, heartbeat(2, 6, 9));
	ck_assert_uint_eq(f.up.leader.id, 3);
	receive(&f, heartbeat(2, 8, 1));
	ck_assert_uint_eq(f.up.leader.id, 2);
	receive(&f, heartbeat(3, 7, 2));
	ck_assert_uint_eq(f.up.leader.id, 2);
	jsl_election_free(f.e);
}
END_TEST

/* R9: whom the leader asks for is a voter of a list that it does not know. */
START_TEST(a_release_that_names_the_next_is_a_release)
{
	struct jsl_election_message m = heartbeat(3, 7, 1);
	struct fixture f;

	joined(&f);
	receive(&f, m);
	m.kind = JSL_ELECTION_RELEASE;
	m.vote.id = 2;
	receive(&f, m);
	ck_assert_int_eq(f.up.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(f.up.leader.epoch, 0);
	jsl_election_free(f.e);
}
END_TEST

START_TEST(is_asked_for_nothing)
{
	struct jsl_election_message m = heartbeat(3, 7, 1);
	struct fixture f;

	joined(&f);
	for (int kind = JSL_ELECTION_LOOK; kind <= JSL_ELECTION_ADMIT; kind++) {
		m.kind = (enum jsl_election_kind)kind;
		m.to = 50;
		if (kind != JSL_ELECTION_HEARTBEAT)
			receive(&f, m);
		ck_assert_uint_eq(f.up.n_messages, 0);
		ck_assert(!f.up.persist);
		ck_assert_uint_eq(f.up.leader.epoch, 0);
	}
	for (int i = 0; i < 50; i++) {
		give(&f, D);
		ck_assert_uint_eq(f.up.n_messages, 0);
	}
	/* Another observer's word is nobody's. */
	m = heartbeat(9, 7, 1);
	memset(m.config_hash, 0, sizeof(m.config_hash));
	m.boot = 1;
	step(&f,
	     (struct jsl_election_event){.type = JSL_ELECTION_EV_RECEIVE, .message = &m});
	ck_assert_uint_eq(f.up.leader.epoch, 0);
	jsl_election_free(f.e);
}
END_TEST

START_TEST(a_list_that_is_empty_has_no_hash)
{
	struct fixture f;

	fixture_opts(&f, 50, 0, NULL);
	ck_assert_int_eq(jsl_election_new(&f.e, &f.opts), -EINVAL);
}
END_TEST

SUITE_MAIN("election_joined", takes_what_it_is_told_for_a_lease,
	   follows_the_higher_epoch_only, a_release_that_names_the_next_is_a_release,
	   is_asked_for_nothing, a_list_that_is_empty_has_no_hash)
