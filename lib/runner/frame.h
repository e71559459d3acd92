/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_FRAME_H
#define JSL_RUNNER_FRAME_H

/*
 * One frame between the runner and its JVM: u32 length of what follows, u8 type, then
 * fields of u8 tag, u32 length and that many bytes; numbers are big-endian. A reader
 * skips tags that it does not know. The other side is agent/Frame.java, and a run JVM is
 * in the hands of the submitted program: nothing that comes from it is believed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;

#define JSL_RUNNER__FRAME_HEAD	5	    /* length and type */
#define JSL_RUNNER__FIELD_HEAD	5	    /* tag and length */
#define JSL_RUNNER__CLASSES_MAX (16u << 20) /* all class files of a job */

enum jsl_runner__frame_type {
	JSL_FRAME_COMPILE = 1,
	JSL_FRAME_RUN = 2,
	JSL_FRAME_REHEARSE = 3, /* no fields; READY is the answer */
	JSL_FRAME_READY = 16,
	JSL_FRAME_COMPILED = 17,
	JSL_FRAME_ENTERED = 18,
	JSL_FRAME_ENDED = 19,
	JSL_FRAME_ARCHIVE = 20
};

enum jsl_runner__tag {
	JSL_TAG_SOURCE = 1,
	JSL_TAG_CLASS = 2,
	JSL_TAG_TYPE = 3,
	JSL_TAG_DIAGNOSTIC = 4,
	JSL_TAG_TEXT = 5,
	JSL_TAG_OUTCOME = 6,
	JSL_TAG_ARG = 7,
	JSL_TAG_RETURNED = 8,
	JSL_TAG_ENTRY = 9,
	JSL_TAG_RETURN_MAX = 10,
	JSL_TAG_NAME = 11,
	JSL_TAG_WORN = 12,
	JSL_TAG_PART = 13
};

enum jsl_runner__compile_outcome {
	JSL_COMPILE_OK,
	JSL_COMPILE_FAILED,
	JSL_COMPILE_NO_TYPE,
	JSL_COMPILE_TOO_LARGE
};

enum jsl_runner__run_outcome {
	JSL_RUN_RETURNED,
	JSL_RUN_THREW,
	JSL_RUN_NO_MEMORY,
	JSL_RUN_NO_THREADS,
	JSL_RUN_NO_ENTRY,
	JSL_RUN_BAD_TYPE,
	JSL_RUN_TOO_LONG,
	JSL_RUN_NOT_PERMITTED,
	JSL_RUN_DISK_FULL
};

struct jsl_runner__field {
	uint8_t tag;
	const uint8_t *data; /* borrowed from the frame */
	uint32_t len;
};

/** Walks the fields of a frame's payload. */
struct jsl_runner__reader {
	const uint8_t *at, *end;
};

static inline uint32_t jsl_runner__get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** The next field. Returns false at the end, or where the bytes make no field. */
bool jsl_runner__frame_next(struct jsl_runner__reader *r,
			    struct jsl_runner__field *ret_field);

/** Append the head of a frame with @payload bytes of fields. Returns 0 or -ENOMEM. */
int jsl_runner__frame_begin(struct evbuffer *to, uint8_t type, size_t payload);

/** Append one field. Returns 0 or -ENOMEM. */
int jsl_runner__frame_put(struct evbuffer *to, uint8_t tag, const void *data, size_t len);

/**
 * Look at the frame at the start of @from.
 *
 * Returns 1 with its type and its payload's length; 0 if more bytes are needed;
 * JSL_E_MALFORMED if it is empty or longer than @max.
 */
int jsl_runner__frame_peek(struct evbuffer *from, size_t max, uint8_t *ret_type,
			   size_t *ret_payload);

#endif
