/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gateway's cache, and the key that identical requests share.
 */

#include "config.h"

#include <errno.h>
#include <string.h>

#include "gateway/cache.h"
#include "gateway/request.h"
#include "../lib/suite.h"

static struct jsl_cache_key key_of(unsigned int n)
{
	struct jsl_cache_key key = {{0}};

	memcpy(key.bytes, &n, sizeof(n));
	return key;
}

/* An answer whose text has @len bytes. */
static struct jsl_answer *answer_of(size_t len)
{
	struct jsl_answer *a = calloc(1, sizeof(*a));

	a->refs = 1;
	a->text = jsl_blob_new(NULL, len);
	memset(jsl_blob_fill(a->text), 'x', len);
	return a;
}

static void put(struct jsl_cache *c, unsigned int n, size_t len)
{
	struct jsl_cache_key key = key_of(n);
	struct jsl_answer *a = answer_of(len);

	jsl_cache_put(c, &key, a);
	jsl_answer_unref(a);
}

static bool has(struct jsl_cache *c, unsigned int n)
{
	struct jsl_cache_key key = key_of(n);

	return jsl_cache_get(c, &key) != NULL;
}

START_TEST(bytes_are_bounded_and_the_least_used_goes)
{
	struct jsl_cache c;

	jsl_cache_init(&c, 10000);
	for (unsigned int i = 0; i < 100; i++) {
		put(&c, i, 1000);
		ck_assert_uint_le(c.bytes, 10000);
		ck_assert(has(&c, i));
		ck_assert_msg(has(&c, 0), "%u", i); /* used all the time */
	}
	ck_assert(!has(&c, 50));
	ck_assert(has(&c, 98));
	ck_assert_uint_ge(c.map.count, 7);
	jsl_cache_deinit(&c);
}
END_TEST

START_TEST(what_is_too_large_is_not_kept)
{
	struct jsl_cache c;

	jsl_cache_init(&c, 10000);
	put(&c, 1, 1000);
	put(&c, 2, 10000);
	ck_assert(has(&c, 1));
	ck_assert(!has(&c, 2));
	put(&c, 1, 10000); /* nor does the old one stay */
	ck_assert(!has(&c, 1));
	ck_assert_uint_eq(c.bytes, 0);
	jsl_cache_deinit(&c);
}
END_TEST

START_TEST(one_key_has_one_answer)
{
	struct jsl_cache_key key = key_of(1), twin = key;
	struct jsl_cache c;

	jsl_cache_init(&c, 10000);
	put(&c, 1, 10);
	put(&c, 1, 20);
	ck_assert_uint_eq(c.map.count, 1);
	ck_assert_uint_eq(jsl_blob_len(jsl_cache_get(&c, &key)->text), 20);
	twin.bytes[31] = 1; /* the same half in the map */
	ck_assert_ptr_null(jsl_cache_get(&c, &twin));
	jsl_cache_clear(&c);
	ck_assert(!has(&c, 1));
	ck_assert_uint_eq(c.bytes, 0);
	ck_assert_uint_eq(c.generation, 1);
	jsl_cache_deinit(&c);
}
END_TEST

static struct jsl_cache_key hash(const struct jsl_spec *spec)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct jsl_cache_key key;

	ck_assert_int_eq(jsl_request_key(ctx, spec, &key), 0);
	EVP_MD_CTX_free(ctx);
	return key;
}

START_TEST(each_part_of_a_spec_is_in_the_key)
{
	struct jsl_bytes ab[] = {{"ab", 2}}, a_b[] = {{"a", 1}, {"b", 1}};
	const struct jsl_spec specs[] = {
		{.sources = ab, .n_sources = 1},
		{.sources = a_b, .n_sources = 2},
		{.sources = a_b, .n_sources = 1},
		{.sources = a_b, .n_sources = 1, .args = a_b, .n_args = 1},
		{.sources = a_b, .n_sources = 1, .args = a_b, .n_args = 2},
		{.sources = a_b, .n_sources = 1, .args = ab, .n_args = 1},
		{.sources = a_b, .n_sources = 1, .input = {"a", 1}},
		{.sources = a_b, .n_sources = 1, .jdk = "21"},
		{.sources = a_b, .n_sources = 1, .limits = {.wall_ms = 5}},
		{.sources = a_b, .n_sources = 1, .limits = {.cpu_ms = 5}},
		{.sources = a_b, .n_sources = 1, .limits = {.memory_mb = 5}},
		{.sources = a_b, .n_sources = 1, .limits = {.output_kb = 5}},
		{.sources = a_b, .n_sources = 1, .limits = {.processes = 5}},
		{.sources = a_b, .n_sources = 1, .limits = {.compile_wall_ms = 5}},
	};
	const size_t n = sizeof(specs) / sizeof(specs[0]);

	for (size_t i = 0; i < n; i++) {
		struct jsl_cache_key a = hash(&specs[i]);

		for (size_t j = 0; j < n; j++) {
			struct jsl_cache_key b = hash(&specs[j]);

			ck_assert_msg((memcmp(&a, &b, sizeof(a)) == 0) == (i == j),
				      "%zu %zu", i, j);
		}
	}
}
END_TEST

START_TEST(reads_a_limit)
{
	uint32_t n = 7;

	ck_assert_int_eq(jsl_request_limit("5", 10, &n), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert_int_eq(jsl_request_limit("10", 10, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(jsl_request_limit("18446744073709551617", 10, &n), 0);
	ck_assert_uint_eq(n, 0);
	n = 7;
	ck_assert_int_eq(jsl_request_limit("0", 10, &n), -EINVAL);
	ck_assert_int_eq(jsl_request_limit("", 10, &n), -EINVAL);
	ck_assert_int_eq(jsl_request_limit("-1", 10, &n), -EINVAL);
	ck_assert_int_eq(jsl_request_limit("5 ", 10, &n), -EINVAL);
	ck_assert_uint_eq(n, 7);
}
END_TEST

SUITE_MAIN("cache", bytes_are_bounded_and_the_least_used_goes,
	   what_is_too_large_is_not_kept, one_key_has_one_answer,
	   each_part_of_a_spec_is_in_the_key, reads_a_limit)
