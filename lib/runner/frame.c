/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames between runner and JVM; see frame.h.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>

#include <jsl/err.h>

#include "runner/frame.h"

static void put_u32(uint8_t *p, size_t n)
{
	assert(n <= UINT32_MAX);
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

bool jsl_runner__frame_next(struct jsl_runner__reader *r,
			    struct jsl_runner__field *ret_field)
{
	uint32_t len;

	if ((size_t)(r->end - r->at) < JSL_RUNNER__FIELD_HEAD)
		return false;
	len = jsl_runner__get_u32(r->at + 1);
	if ((size_t)(r->end - r->at) - JSL_RUNNER__FIELD_HEAD < len)
		return false;
	ret_field->tag = r->at[0];
	ret_field->data = r->at + JSL_RUNNER__FIELD_HEAD;
	ret_field->len = len;
	r->at += JSL_RUNNER__FIELD_HEAD + len;
	return true;
}

int jsl_runner__frame_begin(struct evbuffer *to, uint8_t type, size_t payload)
{
	uint8_t head[JSL_RUNNER__FRAME_HEAD];

	put_u32(head, payload + 1);
	head[4] = type;
	return evbuffer_add(to, head, sizeof(head)) < 0 ? -ENOMEM : 0;
}

int jsl_runner__frame_put(struct evbuffer *to, uint8_t tag, const void *data, size_t len)
{
	uint8_t head[JSL_RUNNER__FIELD_HEAD];

	head[0] = tag;
	put_u32(head + 1, len);
	if (evbuffer_add(to, head, sizeof(head)) < 0 || evbuffer_add(to, data, len) < 0)
		return -ENOMEM;
	return 0;
}

int jsl_runner__frame_peek(struct evbuffer *from, size_t max, uint8_t *ret_type,
			   size_t *ret_payload)
{
	uint8_t head[JSL_RUNNER__FRAME_HEAD];
	size_t len;

	if (evbuffer_copyout(from, head, sizeof(head)) < (ssize_t)sizeof(head))
		return 0;
	len = jsl_runner__get_u32(head);
	if (len < 1 || len - 1 > max)
		return JSL_E_MALFORMED;
	if (evbuffer_get_length(from) < 4 + len)
		return 0;
	*ret_type = head[4];
	*ret_payload = len - 1;
	return 1;
}
