/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what comes over a connection: the first one says how large the
 * pieces are, the rest is the stream. Heads that decode must encode again and
 * then stay the same.
 */

#include <string.h>

#include "fuzz.h"
#include "io/framing.h"
#include "wire/frame.h"

#define OPEN_MAX (64u << 10) /* small, so that a run is fast */

static void check_again(const struct jsl_wire_frame *f)
{
	struct jsl_blob *payload = f->type == JSL_WIRE_QUEUE ? f->queue.payload : NULL;
	struct jsl_wire_head first, second;
	struct jsl_wire_frame again;

	MUST(jsl_wire_frame_encode(f, &first) == 0);
	MUST(jsl_wire_frame_decode(first.data, first.len, payload, &again) == 0);
	MUST(jsl_wire_frame_encode(&again, &second) == 0);
	MUST(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	jsl_wire_head_deinit(&first);
	jsl_wire_head_deinit(&second);
	jsl_wire_frame_deinit(&again);
}

static void take(struct jsl_io_framer *f)
{
	struct jsl_wire_frame frame;

	if (jsl_wire_frame_decode(f->head, f->head_len, f->payload, &frame) == 0) {
		if (frame.type == JSL_WIRE_HELLO)
			f->max = OPEN_MAX;
		check_again(&frame);
		jsl_wire_frame_deinit(&frame);
	}
	jsl_io_framer_next(f);
}

/* Returns whether the stream may go on. */
static int feed(struct jsl_io_framer *f, const uint8_t *data, size_t len)
{
	while (len > 0) {
		size_t used;
		int r = jsl_io_framer_feed(f, data, len, &used);

		MUST(used <= len && (r != 0 || used == len));
		data += used;
		len -= used;
		if (r == 1)
			take(f);
		else if (r < 0)
			return 0;
	}
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsl_io_framer f;
	size_t piece;

	if (size == 0)
		return 0;
	piece = (size_t)data[0] + 1;
	jsl_io_framer_init(&f, JSL_WIRE_FRAME_MAX_HELLO, OPEN_MAX);
	for (size_t at = 1; at < size; at += piece)
		if (!feed(&f, data + at, piece < size - at ? piece : size - at))
			break;
	jsl_io_framer_deinit(&f);
	return 0;
}
