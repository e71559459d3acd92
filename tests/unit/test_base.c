/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The small parts that everything stands on.
 */

#include <errno.h>
#include <string.h>

#include <jsl/addr.h>
#include <jsl/blob.h>
#include <jsl/err.h>

#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/rng.h"
#include "base/siphash.h"
#include "../lib/suite.h"

START_TEST(addr_reads_what_it_writes)
{
	static const char *const good[] = {"127.0.0.1:8010", "[::1]:1", "10.0.0.9:65535",
					   "[2001:db8::1]:8010"};
	char buf[JSL_ADDR_STR_MAX];
	struct jsl_addr addr;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_int_eq(jsl_addr_parse(&addr, good[i]), 0);
		ck_assert_str_eq(jsl_addr_str(&addr, buf), good[i]);
	}
}
END_TEST

START_TEST(addr_refuses_what_is_none)
{
	static const char *const bad[] = {
		"",
		"127.0.0.1",
		":8010",
		"127.0.0.1:",
		"localhost:1",
		"127.0.0.1:65536",
		"127.0.0.1:-1",
		"[::1:1",
		"::1:1",
		"127.0.0.1: 1",
		"1.2.3.4.5:1",
		"[127.0.0.1]:1",
	};
	struct jsl_addr addr = {.port = 7};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(jsl_addr_parse(&addr, bad[i]) == -EINVAL, "%s", bad[i]);
	ck_assert_uint_eq(addr.port, 7);
}
END_TEST

START_TEST(addr_knows_that_any_is_none)
{
	static const char *const any[] = {"0.0.0.0:1", "[::]:1", "[::ffff:0.0.0.0]:1"};
	static const char *const one[] = {"0.0.0.1:1", "[::1]:1", "10.0.0.0:1",
					  "[fe80::]:1"};
	struct jsl_addr addr;

	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
		ck_assert_int_eq(jsl_addr_parse(&addr, any[i]), 0);
		ck_assert_msg(jsl_addr_is_any(&addr), "%s", any[i]);
	}
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		ck_assert_int_eq(jsl_addr_parse(&addr, one[i]), 0);
		ck_assert_msg(!jsl_addr_is_any(&addr), "%s", one[i]);
	}
}
END_TEST

START_TEST(addr_knows_loopback)
{
	struct jsl_addr addr;

	ck_assert_int_eq(jsl_addr_parse(&addr, "127.9.0.1:1"), 0);
	ck_assert(jsl_addr_is_loopback(&addr));
	ck_assert_int_eq(jsl_addr_parse(&addr, "[::1]:1"), 0);
	ck_assert(jsl_addr_is_loopback(&addr));
	ck_assert_int_eq(jsl_addr_parse(&addr, "10.0.0.1:1"), 0);
	ck_assert(!jsl_addr_is_loopback(&addr));
}
END_TEST

START_TEST(blob_lives_until_the_last_reference)
{
	struct jsl_blob *b = jsl_blob_new("abc", 3);

	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_eq(jsl_blob_ref(b), b);
	jsl_blob_unref(b);
	ck_assert_uint_eq(jsl_blob_len(b), 3);
	ck_assert_mem_eq(jsl_blob_data(b), "abc", 3);
	jsl_blob_unref(b);
	jsl_blob_unref(NULL);
	ck_assert_ptr_null(jsl_blob_ref(NULL));
	ck_assert_ptr_null(jsl_blob_new(NULL, SIZE_MAX));
}
END_TEST

struct thing {
	struct jsl_map_node node;
	struct jsl_list link;
	uint64_t n;
};

START_TEST(map_keeps_every_key_through_growth)
{
	enum { COUNT = 1000 };
	static struct thing things[COUNT];
	struct jsl_map m;
	size_t walked = 0;

	jsl_map_init(&m, 1);
	for (uint64_t i = 0; i < COUNT; i++) {
		things[i].n = i;
		ck_assert_int_eq(jsl_map_put(&m, jsl_key_u64(i), &things[i].node), 0);
	}
	for (uint64_t i = 0; i < COUNT; i += 2)
		jsl_map_remove(&m, &things[i].node);
	for (uint64_t i = 0; i < COUNT; i++) {
		struct jsl_map_node *n = jsl_map_get(&m, jsl_key_u64(i));

		ck_assert_int_eq(n != NULL, i % 2 == 1);
		if (n != NULL)
			ck_assert_uint_eq(jsl_container_of(n, struct thing, node)->n, i);
	}
	jsl_map_foreach (it, &m)
		walked++;
	ck_assert_uint_eq(walked, COUNT / 2);
	ck_assert_uint_eq(m.count, COUNT / 2);
	jsl_map_deinit(&m);
}
END_TEST

START_TEST(list_pops_in_order_of_pushes)
{
	struct thing a = {.n = 1}, b = {.n = 2}, c = {.n = 3};
	struct jsl_list head;

	jsl_list_init(&head);
	ck_assert_ptr_null(jsl_list_pop_front(&head));
	jsl_list_push_back(&head, &b.link);
	jsl_list_push_back(&head, &c.link);
	jsl_list_push_front(&head, &a.link);
	jsl_list_remove(&b.link);
	jsl_list_remove(&b.link);
	ck_assert_ptr_eq(jsl_list_pop_front(&head), &a.link);
	ck_assert_ptr_eq(jsl_list_pop_front(&head), &c.link);
	ck_assert(jsl_list_empty(&head));
}
END_TEST

START_TEST(rng_repeats_for_a_seed)
{
	struct jsl_rng a, b, c;
	int differ = 0;

	jsl_rng_init(&a, 42);
	jsl_rng_init(&b, 42);
	jsl_rng_init(&c, 43);
	for (int i = 0; i < 100; i++) {
		uint64_t x = jsl_rng_next(&a);

		ck_assert_uint_eq(x, jsl_rng_next(&b));
		differ += x != jsl_rng_next(&c);
		ck_assert_uint_lt(jsl_rng_below(&a, 10), 10);
		ck_assert_uint_lt(jsl_rng_below(&b, 10), 10);
	}
	ck_assert_int_eq(differ, 100);
	ck_assert_uint_eq(jsl_rng_below(&a, 0), 0);
}
END_TEST

static void keep_line(void *arg, enum jsl_log_level level, const char *module,
		      const char *text)
{
	(void)level;
	(void)module;
	strcpy(arg, text);
}

START_TEST(log_line_cannot_be_forged_by_its_text)
{
	char line[JSL_LOG_LINE_MAX] = "";
	struct jsl_log log = {.fn = keep_line, .arg = line, .level = JSL_LOG_INFO};

	jsl_log_write(&log, JSL_LOG_VERBOSE, "test", "above the level");
	ck_assert_str_eq(line, "");
	jsl_log_write(&log, JSL_LOG_INFO, "test", "%s", "a\n2026 ERROR b\x1b[2J");
	ck_assert_str_eq(line, "a?2026 ERROR b?[2J");
	jsl_log_write(NULL, JSL_LOG_ERROR, "test", "nowhere");
}
END_TEST

START_TEST(every_error_has_a_text)
{
	for (int err = JSL_E_CORRUPT; err <= JSL_E_MALFORMED; err++)
		ck_assert_str_ne(jsl_strerror(err), "unknown error");
	ck_assert_str_eq(jsl_strerror(-ENOENT), "No such file or directory");
	ck_assert_str_eq(jsl_strerror(-99999), "unknown error");
	ck_assert_str_eq(jsl_version(), "0.1.0");
}
END_TEST

/* From the paper, and of the reference code. */
START_TEST(siphash_is_the_published_one)
{
	uint8_t key[16], data[15];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	memcpy(data, key, sizeof(data));
	ck_assert_uint_eq(jsl_siphash(key, data, 15), UINT64_C(0xa129ca6149be45e5));
	ck_assert_uint_eq(jsl_siphash(key, NULL, 0), UINT64_C(0x726fdb47dd0e0e31));
}
END_TEST

SUITE_MAIN("base", addr_reads_what_it_writes, addr_refuses_what_is_none,
	   addr_knows_loopback, addr_knows_that_any_is_none,
	   blob_lives_until_the_last_reference, map_keeps_every_key_through_growth,
	   list_pops_in_order_of_pushes, rng_repeats_for_a_seed,
	   log_line_cannot_be_forged_by_its_text, every_error_has_a_text,
	   siphash_is_the_published_one)
