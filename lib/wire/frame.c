/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Heads of frames; see frame.h. All but inventories fit into memory on the
 * stack, so that the way of a job does not allocate here.
 */

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "wire/arena.h"
#include "wire/frame.h"
#include "wire/frame_int.h"
#include "wire/wire_int.h"

/* Decoding a head of n bytes takes at most this: an Item of 30 bytes becomes
 * about 200 in memory. What needs more is hostile. */
#define ARENA_BASE	 (8u << 10)
#define ARENA_SIZE(n)	 (ARENA_BASE + 8 * (n))
#define ARENA_SMALL_HEAD 512

static void hello_fill(Jsl__Pb__Hello *pb, const struct jsl_wire_hello *h)
{
	jsl__pb__hello__init(pb);
	pb->version_min = h->version_min;
	pb->version_max = h->version_max;
	pb->cluster = jsl_wire__fixed(h->cluster, sizeof(h->cluster));
	pb->id = h->id;
	pb->boot = h->boot;
	pb->worker = h->worker;
	pb->submitter = h->submitter;
	pb->leader_epoch = h->leader.epoch;
	pb->leader_id = h->leader.id;
	pb->leading = h->leading;
	pb->config_hash = jsl_wire__fixed(h->config_hash, sizeof(h->config_hash));
}

static int hello_check(const Jsl__Pb__Hello *pb)
{
	static const struct jsl_wire_hello h;

	if (pb->id == 0 || pb->version_min > pb->version_max ||
	    !jsl_wire__fixed_ok(pb->cluster, sizeof(h.cluster)) ||
	    !jsl_wire__fixed_ok(pb->config_hash, sizeof(h.config_hash)))
		return JSL_E_MALFORMED;
	return 0;
}

static void hello_read(const Jsl__Pb__Hello *pb, struct jsl_wire_hello *h)
{
	*h = (struct jsl_wire_hello){
		.version_min = pb->version_min,
		.version_max = pb->version_max,
		.id = pb->id,
		.boot = pb->boot,
		.worker = pb->worker,
		.submitter = pb->submitter,
		.leading = pb->leading,
		.leader = {.epoch = pb->leader_epoch, .id = pb->leader_id},
	};
	jsl_wire__fixed_read(pb->cluster, h->cluster, sizeof(h->cluster));
	jsl_wire__fixed_read(pb->config_hash, h->config_hash, sizeof(h->config_hash));
}

void jsl_wire_hello_init(struct jsl_wire_hello *hello)
{
	*hello = (struct jsl_wire_hello){
		.version_min = JSL_WIRE_VERSION_MIN,
		.version_max = JSL_WIRE_VERSION_MAX,
	};
}

int jsl_wire_hello_check(const struct jsl_wire_hello *hello,
			 const uint8_t cluster[JSL_WIRE_CLUSTER_LEN])
{
	if (hello->version_min > JSL_WIRE_VERSION_MAX ||
	    hello->version_max < JSL_WIRE_VERSION_MIN)
		return JSL_E_VERSION;
	if (memcmp(hello->cluster, cluster, JSL_WIRE_CLUSTER_LEN) != 0)
		return JSL_E_CLUSTER;
	return 0;
}

static int pack_head(const Jsl__Pb__Link *pb, struct jsl_wire_head *ret_head)
{
	size_t len = jsl__pb__link__get_packed_size(pb);
	uint8_t *heap = NULL;

	if (len > JSL_WIRE_HEAD_MAX)
		return JSL_E_LIMIT;
	if (len > sizeof(ret_head->small)) {
		heap = malloc(len);
		if (heap == NULL)
			return -ENOMEM;
	}
	ret_head->heap = heap;
	ret_head->data = heap != NULL ? heap : ret_head->small;
	ret_head->len = jsl__pb__link__pack(pb, heap != NULL ? heap : ret_head->small);
	return 0;
}

static int encode_queue(const struct jsl_queue_message *m, struct jsl_wire_head *ret_head)
{
	Jsl__Pb__Link pb = JSL__PB__LINK__INIT;
	jsl_autofree Jsl__Pb__Item **ptrs = NULL;
	jsl_autofree Jsl__Pb__Item *items = NULL;
	Jsl__Pb__Queue queue;

	assert(m->n_tried <= JSL_QUEUE_TRIED_MAX);
	if (m->n_items > JSL_QUEUE_INVENTORY_MAX ||
	    jsl_blob_len(m->payload) > JSL_WIRE_PAYLOAD_MAX)
		return JSL_E_LIMIT;
	if (m->n_items > 0) {
		ptrs = calloc(m->n_items, sizeof(Jsl__Pb__Item *));
		items = calloc(m->n_items, sizeof(Jsl__Pb__Item));
		if (ptrs == NULL || items == NULL)
			return -ENOMEM;
	}
	jsl_wire__queue_fill(&queue, &(struct jsl_wire__items){ptrs, items}, m);
	pb.body_case = JSL__PB__LINK__BODY_QUEUE;
	pb.queue = &queue;
	return pack_head(&pb, ret_head);
}

int jsl_wire_frame_encode(const struct jsl_wire_frame *f, struct jsl_wire_head *ret_head)
{
	Jsl__Pb__Goodbye goodbye = JSL__PB__GOODBYE__INIT;
	Jsl__Pb__Keepalive keepalive = JSL__PB__KEEPALIVE__INIT;
	Jsl__Pb__Link pb = JSL__PB__LINK__INIT;
	Jsl__Pb__Hello hello;

	switch (f->type) {
	case JSL_WIRE_HELLO:
		hello_fill(&hello, &f->hello);
		pb.body_case = JSL__PB__LINK__BODY_HELLO;
		pb.hello = &hello;
		break;
	case JSL_WIRE_GOODBYE:
		pb.body_case = JSL__PB__LINK__BODY_GOODBYE;
		pb.goodbye = &goodbye;
		break;
	case JSL_WIRE_KEEPALIVE:
		pb.body_case = JSL__PB__LINK__BODY_KEEPALIVE;
		pb.keepalive = &keepalive;
		break;
	case JSL_WIRE_QUEUE: return encode_queue(&f->queue, ret_head);
	}
	assert(pb.body_case != JSL__PB__LINK__BODY__NOT_SET);
	return pack_head(&pb, ret_head);
}

void jsl_wire_head_deinit(struct jsl_wire_head *head)
{
	free(head->heap);
	head->heap = NULL;
	head->data = NULL;
	head->len = 0;
}

static int decode_queue(const Jsl__Pb__Queue *pb, struct jsl_blob *payload,
			struct jsl_wire_frame *ret_f)
{
	struct jsl_queue_item *items = NULL;
	int r;

	r = jsl_wire__queue_check(pb, jsl_blob_len(payload));
	if (r != 0)
		return r;
	if (pb->n_items > 0) {
		items = calloc(pb->n_items, sizeof(*items));
		if (items == NULL)
			return -ENOMEM;
	}
	*ret_f = (struct jsl_wire_frame){.type = JSL_WIRE_QUEUE, .items = items};
	jsl_wire__queue_read(pb, &ret_f->queue, items);
	ret_f->queue.payload = payload;
	return 0;
}

static int decode_body(const Jsl__Pb__Link *pb, struct jsl_blob *payload,
		       struct jsl_wire_frame *ret_f)
{
	int r;

	if (pb->body_case == JSL__PB__LINK__BODY__NOT_SET)
		return JSL_WIRE_UNKNOWN;
	if (pb->body_case == JSL__PB__LINK__BODY_QUEUE)
		return decode_queue(pb->queue, payload, ret_f);
	if (jsl_blob_len(payload) > 0)
		return JSL_E_MALFORMED;
	if (pb->body_case == JSL__PB__LINK__BODY_HELLO) {
		r = hello_check(pb->hello);
		if (r < 0)
			return r;
		*ret_f = (struct jsl_wire_frame){.type = JSL_WIRE_HELLO};
		hello_read(pb->hello, &ret_f->hello);
	} else if (pb->body_case == JSL__PB__LINK__BODY_GOODBYE) {
		*ret_f = (struct jsl_wire_frame){.type = JSL_WIRE_GOODBYE};
	} else {
		*ret_f = (struct jsl_wire_frame){.type = JSL_WIRE_KEEPALIVE};
	}
	return 0;
}

int jsl_wire_frame_decode(const void *head, size_t len, struct jsl_blob *payload,
			  struct jsl_wire_frame *ret_f)
{
	alignas(max_align_t) uint8_t mem[ARENA_SIZE(ARENA_SMALL_HEAD)];
	jsl_autofree uint8_t *heap = NULL;
	struct jsl_wire__arena arena;
	ProtobufCMessage *msg;
	int r;

	if (len > JSL_WIRE_HEAD_MAX)
		return JSL_E_LIMIT;
	if (len > ARENA_SMALL_HEAD) {
		heap = malloc(ARENA_SIZE(len));
		if (heap == NULL)
			return -ENOMEM;
	}
	jsl_wire__arena_init(&arena, heap != NULL ? heap : mem,
			     ARENA_SIZE(heap != NULL ? len : ARENA_SMALL_HEAD));
	r = jsl_wire__unpack(&arena, &jsl__pb__link__descriptor, head, len, &msg);
	if (r < 0)
		return r;
	return decode_body((const Jsl__Pb__Link *)msg, payload, ret_f);
}

void jsl_wire_frame_deinit(struct jsl_wire_frame *f)
{
	free(f->items);
	f->items = NULL;
}
