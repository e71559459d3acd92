/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BLOB_H
#define JSL_BLOB_H

/**
 * @file
 * Immutable bytes with a reference count: how a payload travels from a socket
 * through the queue to another socket without being copied. One thread only: the
 * count is not atomic. All may be called from callbacks.
 */

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque; read it with jsl_blob_data() and jsl_blob_len(). */
struct jsl_blob;

/**
 * Make a blob.
 *
 * @param data copied; NULL: the bytes are unset until jsl_blob_fill()
 * @param len  how many bytes; 0 is fine
 * @return a blob with one reference (given); NULL without memory
 */
JSL_API struct jsl_blob *jsl_blob_new(const void *data, size_t len);

/**
 * One more reference (given).
 *
 * @param b the blob; NULL gives NULL
 * @return @p b
 */
JSL_API struct jsl_blob *jsl_blob_ref(struct jsl_blob *b);

/**
 * One reference less; the last one frees.
 *
 * @param b the blob (taken); NULL is fine
 */
JSL_API void jsl_blob_unref(struct jsl_blob *b);

/**
 * The bytes.
 *
 * @param b the blob; NULL gives NULL
 * @return borrowed until the last reference goes
 */
JSL_API const void *jsl_blob_data(const struct jsl_blob *b);

/**
 * The length.
 *
 * @param b the blob; NULL gives 0
 * @return how many bytes
 */
JSL_API size_t jsl_blob_len(const struct jsl_blob *b);

/**
 * The bytes for writing, right after jsl_blob_new().
 *
 * @param b the blob, not NULL, of which the caller holds the only reference (asserted)
 * @return borrowed as from jsl_blob_data(); not to be written when there are more
 */
JSL_API void *jsl_blob_fill(struct jsl_blob *b);

#ifdef __cplusplus
}
#endif

#endif
