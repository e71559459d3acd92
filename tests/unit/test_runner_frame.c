/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames between the runner and a JVM that may be in hostile hands.
 */

#include "config.h"

#include <event2/buffer.h>
#include <string.h>

#include <jsl/err.h>

#include "runner/frame.h"
#include "../lib/suite.h"

START_TEST(reads_what_it_writes)
{
	struct evbuffer *buf = evbuffer_new();
	struct jsl_runner__reader r;
	struct jsl_runner__field f;
	uint8_t type = 0;
	size_t len = 0;

	ck_assert_int_eq(jsl_runner__frame_begin(buf, JSL_FRAME_RUN, 5 + 3 + 5), 0);
	ck_assert_int_eq(jsl_runner__frame_put(buf, JSL_TAG_ARG, "abc", 3), 0);
	ck_assert_int_eq(jsl_runner__frame_peek(buf, 100, &type, &len), 0);
	ck_assert_int_eq(jsl_runner__frame_put(buf, JSL_TAG_TEXT, "", 0), 0);
	ck_assert_int_eq(jsl_runner__frame_peek(buf, 100, &type, &len), 1);
	ck_assert_uint_eq(type, JSL_FRAME_RUN);
	ck_assert_uint_eq(len, 13);
	r.at = evbuffer_pullup(buf, -1) + JSL_RUNNER__FRAME_HEAD;
	r.end = r.at + len;
	ck_assert(jsl_runner__frame_next(&r, &f));
	ck_assert_uint_eq(f.tag, JSL_TAG_ARG);
	ck_assert_uint_eq(f.len, 3);
	ck_assert_mem_eq(f.data, "abc", 3);
	ck_assert(jsl_runner__frame_next(&r, &f));
	ck_assert_uint_eq(f.tag, JSL_TAG_TEXT);
	ck_assert_uint_eq(f.len, 0);
	ck_assert(!jsl_runner__frame_next(&r, &f));
	evbuffer_free(buf);
}
END_TEST

START_TEST(refuses_lengths_before_they_cost_anything)
{
	static const uint8_t empty[] = {0, 0, 0, 0, 1},
			     huge[] = {0xff, 0xff, 0xff, 0xff, 1};
	struct evbuffer *buf = evbuffer_new();
	uint8_t type = 77;
	size_t len = 77;

	evbuffer_add(buf, empty, sizeof(empty));
	ck_assert_int_eq(jsl_runner__frame_peek(buf, 100, &type, &len), JSL_E_MALFORMED);
	evbuffer_drain(buf, sizeof(empty));
	evbuffer_add(buf, huge, sizeof(huge));
	ck_assert_int_eq(jsl_runner__frame_peek(buf, 100, &type, &len), JSL_E_MALFORMED);
	ck_assert_uint_eq(type, 77);
	ck_assert_uint_eq(len, 77);
	evbuffer_free(buf);
}
END_TEST

START_TEST(a_field_never_reaches_beyond_its_frame)
{
	static const uint8_t bytes[] = {1, 0,	 0,    0,    2,	   'a', 'b',
					2, 0xff, 0xff, 0xff, 0xff, 'c'};

	/* every way to cut it off */
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct jsl_runner__reader r = {bytes, bytes + n};
		struct jsl_runner__field f;
		int fields = 0;

		while (jsl_runner__frame_next(&r, &f)) {
			ck_assert(f.data + f.len <= bytes + n);
			fields++;
		}
		ck_assert_int_eq(fields, n >= 7);
	}
}
END_TEST

SUITE_MAIN("runner frame", reads_what_it_writes,
	   refuses_lengths_before_they_cost_anything,
	   a_field_never_reaches_beyond_its_frame)
