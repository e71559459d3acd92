/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_FUZZ_ROUND_TRIP_H
#define JSL_TESTS_FUZZ_ROUND_TRIP_H

/*
 * FUZZ_ROUND_TRIP(x) is the target for any bytes as a struct jsl_x: what decodes must
 * encode again and then stay the same.
 */

#include <string.h>

#include <jsl/blob.h>

#include "fuzz.h"

#define FUZZ_ROUND_TRIP(x)                                                           \
	static struct jsl_blob *encoded_again(const void *data, size_t size)         \
	{                                                                            \
		struct jsl_blob *again = NULL;                                       \
		struct jsl_##x *object;                                              \
                                                                                     \
		if (jsl_##x##_decode(&object, data, size) < 0)                       \
			return NULL;                                                 \
		MUST(jsl_##x##_encode(&again, object) == 0);                         \
		jsl_##x##_free(object);                                              \
		return again;                                                        \
	}                                                                            \
                                                                                     \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                 \
	{                                                                            \
		struct jsl_blob *first = encoded_again(data, size), *second;         \
                                                                                     \
		if (first == NULL)                                                   \
			return 0;                                                    \
		second = encoded_again(jsl_blob_data(first), jsl_blob_len(first));   \
		MUST(second != NULL && jsl_blob_len(first) == jsl_blob_len(second)); \
		MUST(memcmp(jsl_blob_data(first), jsl_blob_data(second),             \
			    jsl_blob_len(first)) == 0);                              \
		jsl_blob_unref(first);                                               \
		jsl_blob_unref(second);                                              \
		return 0;                                                            \
	}

#endif
