/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_FRAME_H
#define JSL_WIRE_FRAME_H

/*
 * Frames on a TCP connection between nodes; proto/link.proto has their layout.
 * Here a frame is its head, encoded, and beside it the payload as a blob: a
 * payload is never copied by the codec. The lengths before the head are the
 * business of lib/io/framing.h.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/job.h>
#include <jsl/queue_message.h>

#include "wire/datagram.h"

#define JSL_WIRE_HEAD_MAX	 (448u << 10) /* a full inventory, with room to grow */
#define JSL_WIRE_PAYLOAD_MAX	 JSL_SPEC_BYTES_MAX
#define JSL_WIRE_FRAME_MAX	 (JSL_WIRE_PAYLOAD_MAX + JSL_WIRE_HEAD_MAX)
#define JSL_WIRE_FRAME_MAX_HELLO 1024 /* head and payload, until there was a HELLO */

enum jsl_wire_frame_type {
	JSL_WIRE_HELLO = 1,
	JSL_WIRE_GOODBYE,
	JSL_WIRE_KEEPALIVE,
	JSL_WIRE_QUEUE
};

/** Who is at the other end. */
struct jsl_wire_hello {
	uint32_t version_min, version_max; /* spoken by the sender */
	uint8_t cluster[JSL_WIRE_CLUSTER_LEN];
	uint64_t id; /* not 0 */
	uint64_t boot;
	bool worker;			   /* runs jobs */
	bool submitter;			   /* has jobs run */
	bool leading;			   /* takes itself for the leader */
	struct jsl_election_leader leader; /* known to the sender; epoch 0: none */
	uint8_t config_hash[32];	   /* all zero: none */
};

/** One frame. */
struct jsl_wire_frame {
	enum jsl_wire_frame_type type;
	union {
		struct jsl_wire_hello hello;
		struct jsl_queue_message queue;
	};
	struct jsl_queue_item *items; /* when decoded: owned, queue.items points to it */
};

/** An encoded head; small ones are kept inside. */
struct jsl_wire_head {
	const void *data; /* inside or @heap: use it where it is, do not copy it */
	size_t len;
	void *heap;
	uint8_t small[512];
};

/**
 * Encode the head of @f. To be sent with f->queue.payload beside it.
 *
 * Returns 0 with *@ret_head (free with jsl_wire_head_deinit()); JSL_E_LIMIT: more
 * than JSL_QUEUE_INVENTORY_MAX items or JSL_WIRE_PAYLOAD_MAX bytes; -ENOMEM.
 */
int jsl_wire_frame_encode(const struct jsl_wire_frame *f, struct jsl_wire_head *ret_head);

void jsl_wire_head_deinit(struct jsl_wire_head *head);

/**
 * Decode a head. A payload (NULL for none) is borrowed: queue.payload is
 * @payload. The caller fills in queue.link.
 *
 * Returns 0 with *@ret_f (free with jsl_wire_frame_deinit()); JSL_WIRE_UNKNOWN
 * (positive); JSL_E_LIMIT; JSL_E_MALFORMED, also for a payload where none belongs;
 * -ENOMEM.
 */
int jsl_wire_frame_decode(const void *head, size_t len, struct jsl_blob *payload,
			  struct jsl_wire_frame *ret_f);

void jsl_wire_frame_deinit(struct jsl_wire_frame *f);

/** A HELLO that says what is spoken here; the caller fills in who it is. */
void jsl_wire_hello_init(struct jsl_wire_hello *hello);

/**
 * Whether the sender of @hello can be talked to, from the cluster tagged
 * @cluster. Returns 0; JSL_E_VERSION; JSL_E_CLUSTER.
 */
int jsl_wire_hello_check(const struct jsl_wire_hello *hello,
			 const uint8_t cluster[JSL_WIRE_CLUSTER_LEN]);

#endif
