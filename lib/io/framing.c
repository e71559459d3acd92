/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames out of a stream; see framing.h.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>

#include "io/framing.h"

/* The head length is counted by the total. */
#define COUNTED 4

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_u32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

void jsl_io_frame_header(uint8_t ret_header[JSL_IO_FRAME_HEADER], size_t head_len,
			 size_t payload_len)
{
	assert(head_len > 0 && head_len + payload_len <= UINT32_MAX - COUNTED);
	put_u32(ret_header, (uint32_t)(COUNTED + head_len + payload_len));
	put_u32(ret_header + 4, (uint32_t)head_len);
}

void jsl_io_framer_init(struct jsl_io_framer *f, uint32_t max, uint32_t head_max)
{
	assert(max < UINT32_MAX - COUNTED);
	memset(f, 0, sizeof(*f));
	f->max = max;
	f->head_max = head_max;
}

static void drop(struct jsl_io_framer *f)
{
	if (f->head != f->small)
		free(f->head);
	f->head = NULL;
	jsl_blob_unref(f->payload);
	f->payload = NULL;
	f->have = 0;
	f->stage = JSL_IO_FRAMER_HEADER;
}

void jsl_io_framer_deinit(struct jsl_io_framer *f)
{
	drop(f);
}

void jsl_io_framer_next(struct jsl_io_framer *f)
{
	assert(f->stage == JSL_IO_FRAMER_WHOLE);
	drop(f);
}

bool jsl_io_framer_partial(const struct jsl_io_framer *f)
{
	return f->stage != JSL_IO_FRAMER_HEADER || f->have > 0;
}

/* The lengths are known: check them, then make room. */
static int begin(struct jsl_io_framer *f)
{
	uint32_t total = get_u32(f->header);
	uint32_t head_len = get_u32(f->header + 4);

	if (total < COUNTED || head_len == 0 || head_len > total - COUNTED)
		return JSL_E_MALFORMED;
	if (total - COUNTED > f->max || head_len > f->head_max)
		return JSL_E_LIMIT;
	f->payload_len = total - COUNTED - head_len;
	f->head_len = head_len;
	f->head = head_len <= sizeof(f->small) ? f->small : malloc(head_len);
	if (f->head == NULL)
		return -ENOMEM;
	if (f->payload_len > 0) {
		f->payload = jsl_blob_new(NULL, f->payload_len);
		if (f->payload == NULL)
			return -ENOMEM;
	}
	return 0;
}

/* The bytes that the present stage wants, and where to put them. */
static uint8_t *want(struct jsl_io_framer *f, uint32_t *ret_len)
{
	switch (f->stage) {
	case JSL_IO_FRAMER_HEADER: *ret_len = JSL_IO_FRAME_HEADER; return f->header;
	case JSL_IO_FRAMER_HEAD: *ret_len = f->head_len; return f->head;
	case JSL_IO_FRAMER_PAYLOAD:
		*ret_len = f->payload_len;
		return jsl_blob_fill(f->payload);
	case JSL_IO_FRAMER_WHOLE: break;
	}
	assert(!"the whole frame has not been taken");
	return NULL;
}

/* The present stage is complete. */
static int advance(struct jsl_io_framer *f)
{
	f->have = 0;
	switch (f->stage) {
	case JSL_IO_FRAMER_HEADER: f->stage = JSL_IO_FRAMER_HEAD; return begin(f);
	case JSL_IO_FRAMER_HEAD:
		f->stage =
			f->payload_len > 0 ? JSL_IO_FRAMER_PAYLOAD : JSL_IO_FRAMER_WHOLE;
		return f->stage == JSL_IO_FRAMER_WHOLE;
	case JSL_IO_FRAMER_PAYLOAD: f->stage = JSL_IO_FRAMER_WHOLE; return 1;
	case JSL_IO_FRAMER_WHOLE: break;
	}
	return 1;
}

int jsl_io_framer_feed(struct jsl_io_framer *f, const void *data, size_t len,
		       size_t *ret_used)
{
	const uint8_t *p = data;
	size_t used = 0;
	int r = 0;

	while (r == 0 && used < len) {
		uint32_t stage_len;
		uint8_t *to = want(f, &stage_len);
		size_t n = stage_len - f->have;

		if (n > len - used)
			n = len - used;
		memcpy(to + f->have, p + used, n);
		f->have += (uint32_t)n;
		used += n;
		if (f->have == stage_len)
			r = advance(f);
	}
	*ret_used = used;
	return r;
}

void *jsl_io_framer_direct(struct jsl_io_framer *f, size_t *ret_len)
{
	if (f->stage != JSL_IO_FRAMER_PAYLOAD)
		return NULL;
	*ret_len = f->payload_len - f->have;
	return (uint8_t *)jsl_blob_fill(f->payload) + f->have;
}

int jsl_io_framer_filled(struct jsl_io_framer *f, size_t len)
{
	assert(f->stage == JSL_IO_FRAMER_PAYLOAD && len <= f->payload_len - f->have);
	f->have += (uint32_t)len;
	return f->have == f->payload_len ? advance(f) : 0;
}
