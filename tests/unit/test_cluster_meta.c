/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A member's metadata: read back as written, refused when cut or out of range; and
 * when a member tells the others of a change.
 */

#include <string.h>

#include <jsl/err.h>

#include "cluster/meta.h"
#include "../lib/suite.h"
#include "cluster_one.h"

static const struct jsl_cluster_meta sample = {
	.voter = true,
	.role = JSL_ELECTION_FOLLOWING,
	.slots = 70000,
	.leader = {.epoch = UINT64_C(0x0102030405060708), .id = UINT64_MAX - 1},
	.app_len = 5,
	.app = "17.0.",
};

START_TEST(reads_what_it_writes)
{
	uint8_t buf[JSL_GOSSIP_META_MAX];
	struct jsl_cluster_meta m;
	size_t len = jsl_cluster_meta_encode(&sample, buf);

	ck_assert_int_eq(jsl_cluster_meta_decode(&m, buf, len), 0);
	ck_assert(m.voter);
	ck_assert_int_eq(m.role, sample.role);
	ck_assert_uint_eq(m.slots, sample.slots);
	ck_assert_uint_eq(m.leader.epoch, sample.leader.epoch);
	ck_assert_uint_eq(m.leader.id, sample.leader.id);
	ck_assert_uint_eq(m.app_len, 5);
	ck_assert_mem_eq(m.app, "17.0.", 5);
}
END_TEST

/* A node of before reads the same, and a later one may say more in the same byte. */
START_TEST(a_flag_says_unfit)
{
	uint8_t buf[JSL_GOSSIP_META_MAX], plain[JSL_GOSSIP_META_MAX];
	struct jsl_cluster_meta m = sample;
	size_t len = jsl_cluster_meta_encode(&sample, plain);

	m.unfit = true;
	ck_assert_uint_eq(jsl_cluster_meta_encode(&m, buf), len);
	ck_assert_uint_eq(buf[1], plain[1] | 2);
	ck_assert_mem_eq(buf + 2, plain + 2, len - 2);
	buf[1] |= 0xf0;
	ck_assert_int_eq(jsl_cluster_meta_decode(&m, buf, len), 0);
	ck_assert(m.unfit && m.voter);
	ck_assert_int_eq(jsl_cluster_meta_decode(&m, plain, len), 0);
	ck_assert(!m.unfit && m.voter);
}
END_TEST

START_TEST(skips_what_a_later_version_appends)
{
	uint8_t buf[JSL_GOSSIP_META_MAX];
	struct jsl_cluster_meta m;
	size_t len = jsl_cluster_meta_encode(&sample, buf);

	buf[0]++;
	memset(buf + len, 0xff, 10);
	ck_assert_int_eq(jsl_cluster_meta_decode(&m, buf, len + 10), 0);
	ck_assert_uint_eq(m.app_len, 5);
}
END_TEST

START_TEST(refuses_what_is_cut_or_out_of_range)
{
	uint8_t buf[JSL_GOSSIP_META_MAX];
	struct jsl_cluster_meta m = {.slots = 7};
	size_t len = jsl_cluster_meta_encode(&sample, buf);

	for (size_t cut = 0; cut < len; cut++)
		ck_assert_int_eq(jsl_cluster_meta_decode(&m, buf, cut), JSL_E_MALFORMED);
	buf[2] = 9; /* no such role */
	ck_assert_int_eq(jsl_cluster_meta_decode(&m, buf, len), JSL_E_MALFORMED);
	buf[2] = 0;
	buf[0] = 0; /* no such version */
	ck_assert_int_eq(jsl_cluster_meta_decode(&m, buf, len), JSL_E_MALFORMED);
	buf[0] = 1;
	buf[24] = 0xff; /* longer than it may be */
	buf[25] = 0xff;
	ck_assert_int_eq(jsl_cluster_meta_decode(&m, buf, sizeof(buf)), JSL_E_MALFORMED);
	ck_assert_uint_eq(m.slots, 7);
}
END_TEST

static uint32_t version_of(uint64_t id)
{
	return jsl_gossip_member(jsl_cluster_gossip(one.c), id)->meta_version;
}

/* An observer among @n others hears of its leader. */
static void observe(uint64_t id, uint64_t n)
{
	struct jsl_election_message m = {.kind = JSL_ELECTION_HEARTBEAT,
					 .from = 1,
					 .to = id,
					 .boot = 1,
					 .epoch = 1,
					 .since = 1,
					 .seq = 1,
					 .lease_us = 5 * SECOND,
					 .config_hash = {1}};

	begin_as(id);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_START});
	for (uint64_t other = 10; other < 10 + n; other++)
		hear_of(other, JSL_GOSSIP_ALIVE);
	ck_assert_uint_eq(version_of(id), 1);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_ELECTION, .election = &m});
	ck_assert_int_eq(one.role, JSL_ELECTION_OBSERVING);
}

START_TEST(few_observers_tell_of_their_leader_at_once)
{
	observe(9, 5);
	ck_assert_uint_eq(version_of(9), 2);
	end();
}
END_TEST

/* 101 of them at 10 ms each, this one among them. */
START_TEST(many_observers_tell_of_their_leader_in_turn)
{
	observe(9, 100);
	ck_assert_uint_eq(version_of(9), 1);
	pass(SECOND + SECOND / 50);
	ck_assert_uint_eq(version_of(9), 2);
	end();
}
END_TEST

SUITE_MAIN("cluster metadata", reads_what_it_writes, a_flag_says_unfit,
	   skips_what_a_later_version_appends, refuses_what_is_cut_or_out_of_range,
	   few_observers_tell_of_their_leader_at_once,
	   many_observers_tell_of_their_leader_in_turn)
