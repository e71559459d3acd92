/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What decoding allocates: never more than the limits say, and without memory it
 * fails cleanly.
 */

#include <errno.h>
#include <string.h>

#include <jsl/err.h>
#include <jsl/job.h>

#include "../lib/suite.h"
#include "../lib/wrap_malloc.h"
#include "io/framing.h"
#include "wire/frame.h"

#define SWARM (256u << 10)

/* One field header of two bytes, again and again. */
static uint8_t swarm[SWARM];

static void fill_swarm(uint8_t tag)
{
	memset(swarm, 0, sizeof(swarm));
	for (size_t i = 0; i < sizeof(swarm); i += 2)
		swarm[i] = tag;
}

START_TEST(swarm_in_a_head_takes_bounded_memory)
{
	struct jsl_wire_frame f;
	int r;

	fill_swarm(0x22); /* queue {}, over and over: merged one by one */
	allocs_watch(0);
	r = jsl_wire_frame_decode(swarm, SWARM, NULL, &f);
	allocs_stop();
	ck_assert_int_lt(r, 0);
	ck_assert_uint_le(allocs.largest, 8 * SWARM + (8u << 10));
	ck_assert_uint_eq(allocs.count, 1);
}
END_TEST

START_TEST(swarm_in_a_payload_takes_bounded_memory)
{
	struct jsl_result *result;
	struct jsl_spec *spec;
	int r;

	fill_swarm(0x0a); /* an empty source */
	allocs_watch(0);
	r = jsl_spec_decode(&spec, swarm, SWARM);
	allocs_stop();
	ck_assert_int_eq(r, JSL_E_LIMIT);
	ck_assert_uint_le(allocs.largest, SWARM + (80u << 10));
	ck_assert_uint_eq(allocs.count, 1);
	fill_swarm(0x1a); /* an empty message, the last one counts */
	allocs_watch(0);
	r = jsl_result_decode(&result, swarm, SWARM);
	allocs_stop();
	ck_assert_int_lt(r, 0);
	ck_assert_uint_le(allocs.largest, SWARM + (80u << 10));
	ck_assert_uint_eq(allocs.count, 1);
}
END_TEST

START_TEST(lengths_beyond_the_limits_take_no_memory)
{
	static const uint8_t header[] = {0x10, 0, 0, 0, 0, 0, 4, 0};
	struct jsl_io_framer f;
	size_t used;
	int r;

	jsl_io_framer_init(&f, JSL_WIRE_FRAME_MAX, JSL_WIRE_HEAD_MAX);
	allocs_watch(0);
	r = jsl_io_framer_feed(&f, header, sizeof(header), &used);
	allocs_stop();
	ck_assert_int_eq(r, JSL_E_LIMIT);
	ck_assert_uint_eq(allocs.count, 0);
	jsl_io_framer_deinit(&f);
}
END_TEST

START_TEST(usual_heads_take_no_memory)
{
	struct jsl_wire_frame in = {.type = JSL_WIRE_QUEUE}, out;
	struct jsl_wire_head head;
	int r;

	memset(&in.queue, 0xff, sizeof(in.queue)); /* the longest numbers */
	in.queue.kind = JSL_QUEUE_RESULT;
	in.queue.reason = JSL_QUEUE_FULL;
	in.queue.outcome = JSL_QUEUE_DONE;
	in.queue.n_tried = JSL_QUEUE_TRIED_MAX;
	in.queue.payload = NULL;
	in.queue.items = NULL;
	in.queue.n_items = 0;
	in.queue.more = true;
	allocs_watch(0);
	r = jsl_wire_frame_encode(&in, &head);
	if (r == 0)
		r = jsl_wire_frame_decode(head.data, head.len, NULL, &out);
	allocs_stop();
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(allocs.count, 0);
}
END_TEST

static int inventory_there_and_back(void)
{
	static struct jsl_queue_item items[100];
	struct jsl_wire_frame in = {.type = JSL_WIRE_QUEUE}, out;
	struct jsl_wire_head head;
	int r;

	memset(items, 1, sizeof(items));
	in.queue.kind = JSL_QUEUE_INVENTORY;
	in.queue.items = items;
	in.queue.n_items = 100;
	in.queue.leader.epoch = 1;
	memset(&in.queue.tried, 0xff, sizeof(in.queue.tried));
	in.queue.n_tried = JSL_QUEUE_TRIED_MAX;
	r = jsl_wire_frame_encode(&in, &head);
	if (r < 0)
		return r;
	r = jsl_wire_frame_decode(head.data, head.len, NULL, &out);
	if (r == 0)
		jsl_wire_frame_deinit(&out);
	jsl_wire_head_deinit(&head);
	return r;
}

static int payloads_there_and_back(void)
{
	const struct jsl_bytes source = {"class A {}", 10};
	const struct jsl_spec in = {.sources = &source, .n_sources = 1};
	const struct jsl_result verdict = {.status = JSL_STATUS_OK};
	struct jsl_result *result = NULL;
	struct jsl_spec *spec = NULL;
	struct jsl_blob *b = NULL, *c = NULL;
	int r;

	r = jsl_spec_encode(&b, &in);
	if (r == 0)
		r = jsl_spec_decode(&spec, jsl_blob_data(b), jsl_blob_len(b));
	if (r == 0)
		r = jsl_result_encode(&c, &verdict);
	if (r == 0)
		r = jsl_result_decode(&result, jsl_blob_data(c), jsl_blob_len(c));
	jsl_spec_free(spec);
	jsl_result_free(result);
	jsl_blob_unref(b);
	jsl_blob_unref(c);
	return r;
}

START_TEST(every_failing_allocation_is_an_error)
{
	ck_assert_uint_ge(allocs_fail_each(inventory_there_and_back, -ENOMEM), 6);
	ck_assert_uint_ge(allocs_fail_each(payloads_there_and_back, -ENOMEM), 5);
}
END_TEST

SUITE_MAIN("wire memory", swarm_in_a_head_takes_bounded_memory,
	   swarm_in_a_payload_takes_bounded_memory,
	   lengths_beyond_the_limits_take_no_memory, usual_heads_take_no_memory,
	   every_failing_allocation_is_an_error)
