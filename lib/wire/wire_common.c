/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conversions that the codecs share; see wire_int.h.
 */

#include <errno.h>

#include "wire/wire_int.h"

ProtobufCBinaryData jsl_wire__fixed(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return (ProtobufCBinaryData){.len = len,
						     .data = (uint8_t *)bytes};
	return (ProtobufCBinaryData){0};
}

bool jsl_wire__fixed_ok(ProtobufCBinaryData b, size_t len)
{
	return b.len == len || b.len == 0;
}

void jsl_wire__fixed_read(ProtobufCBinaryData b, uint8_t *bytes, size_t len)
{
	memset(bytes, 0, len);
	if (b.len == len)
		memcpy(bytes, b.data, len);
}

int jsl_wire__pack_blob(const ProtobufCMessage *msg, size_t max,
			struct jsl_blob **ret_blob)
{
	size_t len = protobuf_c_message_get_packed_size(msg);
	struct jsl_blob *b;

	if (len > max)
		return JSL_E_LIMIT;
	b = jsl_blob_new(NULL, len);
	if (b == NULL)
		return -ENOMEM;
	protobuf_c_message_pack(msg, jsl_blob_fill(b));
	*ret_blob = b;
	return 0;
}
