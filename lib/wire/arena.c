/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bump allocator as protobuf-c wants one; see arena.h.
 */

#include <assert.h>
#include <stdalign.h>

#include <jsl/err.h>

#include "wire/arena.h"

static void *pb_alloc(void *arena, size_t size)
{
	return jsl_wire__arena_alloc(arena, size);
}

static void pb_free(void *arena, void *mem)
{
	(void)arena;
	(void)mem;
}

void jsl_wire__arena_init(struct jsl_wire__arena *a, void *mem, size_t size)
{
	assert((uintptr_t)mem % alignof(max_align_t) == 0);
	*a = (struct jsl_wire__arena){
		.allocator = {.alloc = pb_alloc, .free = pb_free, .allocator_data = a},
		.mem = mem,
		.size = size,
	};
}

void *jsl_wire__arena_alloc(struct jsl_wire__arena *a, size_t size)
{
	size_t pad = -a->used % alignof(max_align_t);
	void *mem;

	assert(a->used <= a->size);
	if (pad > a->size - a->used || size > a->size - a->used - pad) {
		a->full = true;
		return NULL;
	}
	mem = a->mem + a->used + pad;
	a->used += pad + size;
	return mem;
}

int jsl_wire__unpack(struct jsl_wire__arena *a, const ProtobufCMessageDescriptor *type,
		     const void *data, size_t len, ProtobufCMessage **ret_msg)
{
	ProtobufCMessage *msg;

	msg = protobuf_c_message_unpack(type, &a->allocator, len, data);
	if (msg == NULL)
		return a->full ? JSL_E_LIMIT : JSL_E_MALFORMED;
	*ret_msg = msg;
	return 0;
}
