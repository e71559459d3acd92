/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_ARENA_H
#define JSL_WIRE_ARENA_H

/*
 * Memory of a fixed size for one protobuf message that is decoded. Whatever a
 * peer sends, decoding it takes no more than that: when the arena is full the
 * message is refused. Freeing is a matter of the arena as a whole.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

struct jsl_wire__arena {
	ProtobufCAllocator allocator;
	uint8_t *mem;
	size_t size;
	size_t used;
	bool full; /* something was asked for that did not fit */
};

/** Hand out @mem of @size bytes, borrowed and aligned for any type. */
void jsl_wire__arena_init(struct jsl_wire__arena *a, void *mem, size_t size);

/** @size bytes, aligned for any type, or NULL when the arena is full. */
void *jsl_wire__arena_alloc(struct jsl_wire__arena *a, size_t size);

/**
 * Unpack a message into the arena.
 *
 * Returns 0 with *@ret_msg (borrowed from the arena); JSL_E_LIMIT: it would take
 * more than the arena has; JSL_E_MALFORMED.
 */
int jsl_wire__unpack(struct jsl_wire__arena *a, const ProtobufCMessageDescriptor *type,
		     const void *data, size_t len, ProtobufCMessage **ret_msg);

#endif
