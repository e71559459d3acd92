/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_FRAMING_H
#define JSL_IO_FRAMING_H

/*
 * Cuts a stream of bytes into frames, however it arrives:
 *
 *	u32 total | u32 head length | head | payload	(big endian; total counts
 *							 what follows it)
 *
 * Lengths are checked against the limit before anything is allocated for them.
 * No sockets here, so that it can be fuzzed and fed byte by byte.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/blob.h>

#define JSL_IO_FRAME_HEADER 8

struct jsl_io_framer {
	uint32_t max;	   /* bytes of head and payload; may be raised at any time */
	uint32_t head_max; /* bytes of a head */
	/* A whole frame, between a 1 from feed() or read() and next(). */
	uint8_t *head;
	uint32_t head_len;
	struct jsl_blob *payload; /* NULL for none */
	/* The state of the one that is coming. */
	uint32_t have; /* bytes of its header, head or payload */
	uint32_t payload_len;
	enum jsl_io_framer_stage {
		JSL_IO_FRAMER_HEADER,
		JSL_IO_FRAMER_HEAD,
		JSL_IO_FRAMER_PAYLOAD,
		JSL_IO_FRAMER_WHOLE
	} stage;
	uint8_t header[JSL_IO_FRAME_HEADER];
	uint8_t small[512]; /* usual heads need no memory of their own */
};

void jsl_io_framer_init(struct jsl_io_framer *f, uint32_t max, uint32_t head_max);
void jsl_io_framer_deinit(struct jsl_io_framer *f);

/**
 * Take bytes from @data until a frame is whole or they are used up.
 *
 * Returns 0: more is needed; 1: a frame is whole; JSL_E_LIMIT, JSL_E_MALFORMED,
 * -ENOMEM: the stream cannot go on. *@ret_used (always written) bytes were taken.
 */
int jsl_io_framer_feed(struct jsl_io_framer *f, const void *data, size_t len,
		       size_t *ret_used);

/**
 * Where the next bytes of a payload may be written without a detour, at most
 * *@ret_len; NULL when none is under way. Say with jsl_io_framer_filled() how
 * many there were.
 */
void *jsl_io_framer_direct(struct jsl_io_framer *f, size_t *ret_len);

/** Returns as jsl_io_framer_feed(): 0 or 1. */
int jsl_io_framer_filled(struct jsl_io_framer *f, size_t len);

/** Done with the whole frame: drop it and start on the next. */
void jsl_io_framer_next(struct jsl_io_framer *f);

/** Whether a frame has begun and is not whole. */
bool jsl_io_framer_partial(const struct jsl_io_framer *f);

/** Write the header of a frame; the caller has checked the limits. */
void jsl_io_frame_header(uint8_t ret_header[JSL_IO_FRAME_HEADER], size_t head_len,
			 size_t payload_len);

#endif
