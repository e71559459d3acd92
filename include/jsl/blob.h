/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BLOB_H
#define JSL_BLOB_H

/*
 * Immutable bytes with a reference count: how a payload travels from a socket
 * through the queue to another socket without being copied. One thread only.
 */

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct jsl_blob; /* opaque; read it with jsl_blob_data() and jsl_blob_len() */

/**
 * A blob of @len bytes copied from @data; with a NULL @data they are unset
 * until jsl_blob_fill().
 *
 * Returns a blob with one reference (given), or NULL without memory.
 */
JSL_API struct jsl_blob *jsl_blob_new(const void *data, size_t len);

/** One more reference to @b; returns @b. NULL gives NULL. */
JSL_API struct jsl_blob *jsl_blob_ref(struct jsl_blob *b);

/** One reference less; the last one frees. NULL is fine. */
JSL_API void jsl_blob_unref(struct jsl_blob *b);

/** The bytes, borrowed until the last reference goes; NULL gives NULL. */
JSL_API const void *jsl_blob_data(const struct jsl_blob *b);

/** How many bytes; NULL gives 0. */
JSL_API size_t jsl_blob_len(const struct jsl_blob *b);

/** The bytes for writing, while the caller holds the only reference. */
JSL_API void *jsl_blob_fill(struct jsl_blob *b);

#ifdef __cplusplus
}
#endif

#endif
