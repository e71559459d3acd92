/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Heads of frames: what goes in comes out, limits hold before memory is taken.
 */

#include <string.h>

#include <jsl/err.h>

#include "../lib/suite.h"
#include "wire/frame.h"
#include "wire_same.h"
#include "wire_samples.h"

#define ROUNDS 2000

static bool carries_payload(enum jsl_queue_kind kind)
{
	return kind == JSL_QUEUE_SUBMIT || kind == JSL_QUEUE_ASSIGN ||
	       kind == JSL_QUEUE_RESULT || kind == JSL_QUEUE_PROGRESS;
}

static struct jsl_wire_frame any_hello(struct jsl_rng *rng)
{
	struct jsl_wire_frame f = {.type = JSL_WIRE_HELLO};
	struct jsl_wire_hello *h = &f.hello;

	h->version_max = (uint32_t)any_u64(rng);
	h->version_min = (uint32_t)jsl_rng_below(rng, (uint64_t)h->version_max + 1);
	any_bytes(rng, h->cluster, sizeof(h->cluster));
	h->id = any_id(rng);
	h->boot = any_u64(rng);
	h->worker = any_bool(rng);
	h->submitter = any_bool(rng);
	h->leading = any_bool(rng);
	h->leader =
		(struct jsl_election_leader){.epoch = any_u64(rng), .id = any_u64(rng)};
	any_bytes(rng, h->config_hash, sizeof(h->config_hash));
	return f;
}

static void same_hello(const struct jsl_wire_hello *a, const struct jsl_wire_hello *b)
{
	SAME(a, b, version_min);
	SAME(a, b, version_max);
	SAME_BYTES(a, b, cluster);
	SAME(a, b, id);
	SAME(a, b, boot);
	SAME(a, b, worker);
	SAME(a, b, submitter);
	SAME(a, b, leading);
	SAME(a, b, leader.epoch);
	SAME(a, b, leader.id);
	SAME_BYTES(a, b, config_hash);
}

static struct jsl_wire_frame queue_frame(uint64_t seed, struct jsl_queue_item *items,
					 size_t max_items)
{
	struct jsl_wire_frame f = {.type = JSL_WIRE_QUEUE};
	struct jsl_rng rng;

	jsl_rng_init(&rng, seed);
	f.queue = any_queue(&rng);
	if (f.queue.kind == JSL_QUEUE_INVENTORY) {
		f.queue.items = items;
		f.queue.n_items = jsl_rng_below(&rng, max_items + 1);
		for (size_t i = 0; i < f.queue.n_items; i++)
			items[i] = any_item(&rng);
	}
	return f;
}

START_TEST(every_queue_message_comes_out_as_it_went_in)
{
	struct jsl_blob *payload = jsl_blob_new("payload", 7);
	static struct jsl_queue_item items[40];
	struct jsl_wire_head head;
	struct jsl_wire_frame out;

	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		struct jsl_wire_frame in = queue_frame(seed, items, 40);

		if (carries_payload(in.queue.kind))
			in.queue.payload = payload;
		ck_assert_int_eq(jsl_wire_frame_encode(&in, &head), 0);
		ck_assert_int_eq(jsl_wire_frame_decode(head.data, head.len,
						       in.queue.payload, &out),
				 0);
		ck_assert_int_eq(out.type, JSL_WIRE_QUEUE);
		same_queue(&in.queue, &out.queue);
		ck_assert_ptr_eq(out.queue.payload, in.queue.payload);
		jsl_wire_frame_deinit(&out);
		jsl_wire_head_deinit(&head);
	}
	jsl_blob_unref(payload);
}
END_TEST

START_TEST(hello_comes_out_as_it_went_in)
{
	struct jsl_wire_head head;
	struct jsl_wire_frame out;
	struct jsl_rng rng;

	jsl_rng_init(&rng, 1);
	for (int i = 0; i < ROUNDS; i++) {
		struct jsl_wire_frame in = any_hello(&rng);

		ck_assert_int_eq(jsl_wire_frame_encode(&in, &head), 0);
		ck_assert_uint_le(head.len, JSL_WIRE_FRAME_MAX_HELLO);
		ck_assert_int_eq(jsl_wire_frame_decode(head.data, head.len, NULL, &out),
				 0);
		ck_assert_int_eq(out.type, JSL_WIRE_HELLO);
		same_hello(&in.hello, &out.hello);
		jsl_wire_frame_deinit(&out);
		jsl_wire_head_deinit(&head);
	}
}
END_TEST

START_TEST(goodbye_and_keepalive_are_short)
{
	static const enum jsl_wire_frame_type types[] = {JSL_WIRE_GOODBYE,
							 JSL_WIRE_KEEPALIVE};

	for (int i = 0; i < 2; i++) {
		struct jsl_wire_frame in = {.type = types[i]}, out;
		struct jsl_blob *payload = jsl_blob_new("x", 1);
		struct jsl_wire_head head;

		ck_assert_int_eq(jsl_wire_frame_encode(&in, &head), 0);
		ck_assert_uint_le(head.len, 4);
		ck_assert_int_eq(jsl_wire_frame_decode(head.data, head.len, NULL, &out),
				 0);
		ck_assert_int_eq(out.type, types[i]);
		ck_assert_int_eq(
			jsl_wire_frame_decode(head.data, head.len, payload, &out),
			JSL_E_MALFORMED);
		jsl_wire_head_deinit(&head);
		jsl_blob_unref(payload);
	}
}
END_TEST

START_TEST(hello_of_other_versions_or_clusters_is_refused)
{
	static const uint8_t cluster[JSL_WIRE_CLUSTER_LEN] = "cluster";
	struct jsl_wire_hello h;

	jsl_wire_hello_init(&h);
	ck_assert_int_eq(jsl_wire_hello_check(&h, cluster), JSL_E_CLUSTER);
	memcpy(h.cluster, cluster, sizeof(cluster));
	ck_assert_int_eq(jsl_wire_hello_check(&h, cluster), 0);
	h.version_max = JSL_WIRE_VERSION_MAX + 5; /* speaks ours as well */
	ck_assert_int_eq(jsl_wire_hello_check(&h, cluster), 0);
	h.version_min = JSL_WIRE_VERSION_MAX + 1;
	ck_assert_int_eq(jsl_wire_hello_check(&h, cluster), JSL_E_VERSION);
	h.version_min = h.version_max = 0;
	ck_assert_int_eq(jsl_wire_hello_check(&h, cluster), JSL_E_VERSION);
}
END_TEST

START_TEST(full_inventory_fits_one_more_does_not)
{
	static struct jsl_queue_item items[JSL_QUEUE_INVENTORY_MAX + 1];
	struct jsl_wire_frame in = {.type = JSL_WIRE_QUEUE}, out;
	struct jsl_wire_head head;

	memset(items, 0xff, sizeof(items)); /* the longest on the wire */
	for (size_t i = 0; i < JSL_QUEUE_INVENTORY_MAX; i++)
		items[i].finished = true;
	in.queue.kind = JSL_QUEUE_INVENTORY;
	in.queue.items = items;
	in.queue.n_items = JSL_QUEUE_INVENTORY_MAX;
	ck_assert_int_eq(jsl_wire_frame_encode(&in, &head), 0);
	ck_assert_int_eq(jsl_wire_frame_decode(head.data, head.len, NULL, &out), 0);
	same_queue(&in.queue, &out.queue);
	jsl_wire_frame_deinit(&out);
	jsl_wire_head_deinit(&head);
	in.queue.n_items++;
	ck_assert_int_eq(jsl_wire_frame_encode(&in, &head), JSL_E_LIMIT);
}
END_TEST

START_TEST(payload_beyond_the_limit_is_refused)
{
	struct jsl_wire_frame in = {.type = JSL_WIRE_QUEUE}, out;
	struct jsl_blob *payload = jsl_blob_new(NULL, JSL_WIRE_PAYLOAD_MAX + 1);
	struct jsl_wire_head head;

	in.queue.kind = JSL_QUEUE_SUBMIT;
	ck_assert_int_eq(jsl_wire_frame_encode(&in, &head), 0);
	ck_assert_int_eq(jsl_wire_frame_decode(head.data, head.len, payload, &out),
			 JSL_E_LIMIT);
	jsl_wire_head_deinit(&head);
	in.queue.payload = payload;
	ck_assert_int_eq(jsl_wire_frame_encode(&in, &head), JSL_E_LIMIT);
	jsl_blob_unref(payload);
}
END_TEST

START_TEST(truncated_anywhere_is_refused)
{
	struct jsl_queue_item items[3];
	struct jsl_wire_head head;
	struct jsl_wire_frame out;

	for (uint64_t seed = 0; seed < 60; seed++) {
		struct jsl_wire_frame in = queue_frame(seed, items, 3);

		ck_assert_int_eq(jsl_wire_frame_encode(&in, &head), 0);
		for (size_t n = 0; n < head.len; n++) {
			int r = jsl_wire_frame_decode(head.data, n, NULL, &out);

			ck_assert_int_eq(r, n == 0 ? JSL_WIRE_UNKNOWN : JSL_E_MALFORMED);
		}
		jsl_wire_head_deinit(&head);
	}
}
END_TEST

static int decode(const uint8_t *head, size_t len)
{
	struct jsl_wire_frame out;
	int r = jsl_wire_frame_decode(head, len, NULL, &out);

	if (r == 0)
		jsl_wire_frame_deinit(&out);
	return r;
}

START_TEST(unknown_kinds_are_positive_and_fields_skipped)
{
	static const uint8_t body[] = {0x7a, 2, 0x08, 1};  /* field 15 */
	static const uint8_t kind[] = {0x22, 2, 0x08, 99}; /* queue {kind 99} */
	/* queue {kind 3, reason 77} */
	static const uint8_t reason[] = {0x22, 5, 0x08, 3, 0x88, 1, 77};
	/* queue {kind 3, field 101 = 5}, field 100 = 1 */
	static const uint8_t fields[] = {0x22, 5, 0x08, 3, 0xa8, 0x06, 5, 0xa0, 0x06, 1};

	ck_assert_int_eq(decode(body, sizeof(body)), JSL_WIRE_UNKNOWN);
	ck_assert_int_eq(decode(kind, sizeof(kind)), JSL_WIRE_UNKNOWN);
	ck_assert_int_eq(decode(reason, sizeof(reason)), JSL_WIRE_UNKNOWN);
	ck_assert_int_eq(decode(fields, sizeof(fields)), 0);
}
END_TEST

START_TEST(contradictions_are_malformed)
{
	/* hello without an id */
	static const uint8_t nobody[] = {0x0a, 4, 0x08, 1, 0x10, 1};
	/* hello {min 2, max 1, id 1} */
	static const uint8_t range[] = {0x0a, 6, 0x08, 2, 0x10, 1, 0x20, 1};
	/* hello {id 1, cluster of 1 byte} */
	static const uint8_t cluster[] = {0x0a, 5, 0x20, 1, 0x1a, 1, 9};
	/* queue {kind DELIVERED, one item} */
	static const uint8_t items[] = {0x22, 5, 0x08, 2, 0xaa, 1, 0};
	/* queue {kind SUBMIT, 9 tried, packed} */
	static const uint8_t tried[] = {0x22, 14, 0x08, 1, 0xa2, 1, 9, 1,
					2,    3,  4,	5, 6,	 7, 8, 9};

	ck_assert_int_eq(decode(nobody, sizeof(nobody)), JSL_E_MALFORMED);
	ck_assert_int_eq(decode(range, sizeof(range)), JSL_E_MALFORMED);
	ck_assert_int_eq(decode(cluster, sizeof(cluster)), JSL_E_MALFORMED);
	ck_assert_int_eq(decode(items, sizeof(items)), JSL_E_MALFORMED);
	ck_assert_int_eq(decode(tried, sizeof(tried)), JSL_E_LIMIT);
}
END_TEST

START_TEST(swarm_of_tiny_items_hits_the_arena)
{
	enum { INNER = 200000 }; /* items of 3 bytes, each far larger in memory */
	static uint8_t head[4 + INNER] = {0x22, 0x80 | (INNER & 0x7f),
					  0x80 | ((INNER >> 7) & 0x7f), INNER >> 14};

	for (size_t i = 4; i + 2 < sizeof(head); i += 3) {
		head[i] = 0xaa;
		head[i + 1] = 1;
	}
	head[sizeof(head) - 2] = 0x08; /* 200000 = 3 n + 2: kind 1 */
	head[sizeof(head) - 1] = 1;
	ck_assert_int_eq(decode(head, sizeof(head)), JSL_E_LIMIT);
	ck_assert_int_eq(decode(head, JSL_WIRE_HEAD_MAX + 1), JSL_E_LIMIT);
}
END_TEST

SUITE_MAIN("wire frame", every_queue_message_comes_out_as_it_went_in,
	   hello_comes_out_as_it_went_in, goodbye_and_keepalive_are_short,
	   hello_of_other_versions_or_clusters_is_refused,
	   full_inventory_fits_one_more_does_not, payload_beyond_the_limit_is_refused,
	   truncated_anywhere_is_refused, unknown_kinds_are_positive_and_fields_skipped,
	   contradictions_are_malformed, swarm_of_tiny_items_hits_the_arena)
