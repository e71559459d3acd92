/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_HASH_H
#define JSL_IO_HASH_H

/*
 * SHA-256 (FIPS 180-4), from libcrypto.
 */

#include <stddef.h>
#include <stdint.h>

#include <jsl/job.h>

#define JSL_IO_SHA256_LEN 32

/** Hash @len bytes. Returns 0; -ENOMEM; -EIO when libcrypto refuses. */
int jsl_io_sha256(const void *data, size_t len, uint8_t ret_hash[JSL_IO_SHA256_LEN]);

/** Hash @n parts as if they were one. Errors as above. */
int jsl_io_sha256_parts(const struct jsl_bytes *parts, size_t n,
			uint8_t ret_hash[JSL_IO_SHA256_LEN]);

/** The same of bytes that come one part after the other. */
struct jsl_io_sha256;

/** Begin with nothing. Returns 0 with *@ret_h (given); -ENOMEM; -EIO. */
int jsl_io_sha256_new(struct jsl_io_sha256 **ret_h);
void jsl_io_sha256_free(struct jsl_io_sha256 *h);
/** Returns 0 or -EIO. */
int jsl_io_sha256_add(struct jsl_io_sha256 *h, const void *data, size_t len);
/** The hash of all of it; nothing can be added after. Returns 0 or -EIO. */
int jsl_io_sha256_end(struct jsl_io_sha256 *h, uint8_t ret_hash[JSL_IO_SHA256_LEN]);

#endif
