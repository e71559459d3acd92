/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference-counted bytes; see jsl/blob.h.
 */

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/blob.h>

struct jsl_blob {
	unsigned refs;
	size_t len;
	uint8_t data[];
};

struct jsl_blob *jsl_blob_new(const void *data, size_t len)
{
	struct jsl_blob *b;

	if (len > SIZE_MAX - sizeof(*b))
		return NULL;
	b = malloc(sizeof(*b) + len);
	if (b == NULL)
		return NULL;
	b->refs = 1;
	b->len = len;
	if (data != NULL && len > 0)
		memcpy(b->data, data, len);
	return b;
}

struct jsl_blob *jsl_blob_ref(struct jsl_blob *b)
{
	if (b != NULL) {
		assert(b->refs > 0 && b->refs < UINT_MAX);
		b->refs++;
	}
	return b;
}

void jsl_blob_unref(struct jsl_blob *b)
{
	if (b == NULL)
		return;
	assert(b->refs > 0);
	if (--b->refs == 0)
		free(b);
}

const void *jsl_blob_data(const struct jsl_blob *b)
{
	return b != NULL ? b->data : NULL;
}

size_t jsl_blob_len(const struct jsl_blob *b)
{
	return b != NULL ? b->len : 0;
}

void *jsl_blob_fill(struct jsl_blob *b)
{
	assert(b->refs == 1);
	return b->data;
}
