/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A member's metadata: read back as written, refused when cut or out of range.
 */

#include <string.h>

#include <jsl/err.h>

#include "cluster/meta.h"
#include "../lib/suite.h"

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

SUITE_MAIN("cluster metadata", reads_what_it_writes, skips_what_a_later_version_appends,
	   refuses_what_is_cut_or_out_of_range)
