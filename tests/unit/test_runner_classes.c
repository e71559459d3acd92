/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compiled classes that a runner keeps, and their keys.
 */

#include "config.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/classes.h"
#include "runner/jdk.h"
#include "runner/frame.h"
#include "../lib/suite.h"

enum { ROOM = 100000 };

static struct jsl_runner__classes_key key_of(unsigned int n)
{
	struct jsl_runner__classes_key key = {{0}};

	memcpy(key.bytes, &n, sizeof(n));
	return key;
}

static void put(struct jsl_runner__classes *c, unsigned int n, size_t len)
{
	struct jsl_runner__classes_key key = key_of(n);
	char *data = calloc(1, len + 1);

	ck_assert_ptr_nonnull(data);
	memset(data, 'a' + (int)(n % 26), len);
	jsl_runner__classes_put(c, &key, (struct jsl_bytes){data, len});
	free(data);
}

static bool has(struct jsl_runner__classes *c, unsigned int n)
{
	struct jsl_runner__classes_key key = key_of(n);
	struct jsl_bytes found;

	if (!jsl_runner__classes_get(c, &key, &found))
		return false;
	for (size_t i = 0; i < found.len; i++)
		ck_assert_int_eq(((const char *)found.data)[i], 'a' + (int)(n % 26));
	return true;
}

START_TEST(bytes_are_bounded_and_the_least_used_goes)
{
	struct jsl_runner__classes c;

	jsl_runner__classes_init(&c, ROOM);
	for (unsigned int i = 0; i < 100; i++) {
		put(&c, i, ROOM / 10);
		ck_assert_uint_le(c.bytes, ROOM);
		ck_assert(has(&c, i));
		ck_assert_msg(has(&c, 0), "%u", i); /* used all the time */
	}
	ck_assert(!has(&c, 50));
	ck_assert(has(&c, 98));
	ck_assert_uint_ge(c.map.count, 8);
	jsl_runner__classes_deinit(&c);
}
END_TEST

START_TEST(one_entry_does_not_push_all_others_out)
{
	struct jsl_runner__classes c;

	jsl_runner__classes_init(&c, ROOM);
	put(&c, 1, 1000);
	put(&c, 2, ROOM / 4);
	ck_assert(has(&c, 1));
	ck_assert(!has(&c, 2));
	put(&c, 1, ROOM); /* and is then not answered with what was there */
	ck_assert(!has(&c, 1));
	ck_assert_uint_eq(c.bytes, 0);
	jsl_runner__classes_deinit(&c);
}
END_TEST

START_TEST(without_room_nothing_is_kept)
{
	struct jsl_runner__classes c;

	jsl_runner__classes_init(&c, 0);
	put(&c, 1, 0);
	put(&c, 2, 10);
	ck_assert(!has(&c, 1));
	ck_assert(!has(&c, 2));
	jsl_runner__classes_deinit(&c);
}
END_TEST

START_TEST(half_a_hash_is_not_enough)
{
	struct jsl_runner__classes_key key = key_of(1);
	struct jsl_runner__classes c;
	struct jsl_bytes found;

	jsl_runner__classes_init(&c, ROOM);
	put(&c, 1, 10);
	key.bytes[sizeof(key.bytes) - 1] ^= 1;
	ck_assert(!jsl_runner__classes_get(&c, &key, &found));
	jsl_runner__classes_put(&c, &key, (struct jsl_bytes){"x", 1});
	ck_assert(jsl_runner__classes_get(&c, &key, &found));
	ck_assert(!has(&c, 1)); /* it had the same place */
	jsl_runner__classes_deinit(&c);
}
END_TEST

/** The key of @n files for the JDK @version at @home. */
static struct jsl_runner__classes_key key_at(const char *home, const char *version,
					     size_t n, const char *const *files)
{
	const struct jsl_runner__jdk jdk = {.home = (char *)home,
					    .version = (char *)version};
	struct evbuffer *sources = evbuffer_new();
	struct jsl_runner__classes_key key;

	ck_assert_ptr_nonnull(sources);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(jsl_runner__frame_put(sources, JSL_TAG_SOURCE, files[i],
						       strlen(files[i])),
				 0);
	ck_assert_int_eq(jsl_runner__classes_key(&key, &jdk, sources), 0);
	evbuffer_free(sources);
	return key;
}

static struct jsl_runner__classes_key key_for(const char *version, size_t n,
					      const char *const *files)
{
	return key_at("/jdk", version, n, files);
}

START_TEST(all_that_changes_the_classes_changes_the_key)
{
	const struct jsl_runner__classes_key keys[] = {
		key_for("17", 1, (const char *const[]){"ab"}),
		key_for("18", 1, (const char *const[]){"ab"}),
		key_at("/jdk1", "7", 1, (const char *const[]){"ab"}),
		key_for("17", 1, (const char *const[]){"ac"}),
		key_for("17", 1, (const char *const[]){"abc"}),
		key_for("17", 2, (const char *const[]){"a", "b"}),
		key_for("17", 2, (const char *const[]){"b", "a"}),
		key_for("17", 2, (const char *const[]){"ab", ""}),
		key_for("17", 2, (const char *const[]){"", "ab"}),
	};
	const struct jsl_runner__classes_key again =
		key_for("17", 1, (const char *const[]){"ab"});
	const size_t n = sizeof(keys) / sizeof(keys[0]);

	ck_assert_mem_eq(&keys[0], &again, sizeof(again));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_mem_ne(&keys[i], &keys[j], sizeof(keys[0]));
}
END_TEST

SUITE_MAIN("runner classes", bytes_are_bounded_and_the_least_used_goes,
	   one_entry_does_not_push_all_others_out, without_room_nothing_is_kept,
	   half_a_hash_is_not_enough, all_that_changes_the_classes_changes_the_key)
