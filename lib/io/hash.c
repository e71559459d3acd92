/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 through EVP; see hash.h.
 */

#include <errno.h>

#include <openssl/evp.h>

#include "io/hash.h"

int jsl_io_sha256_parts(const struct jsl_bytes *parts, size_t n,
			uint8_t ret_hash[JSL_IO_SHA256_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	if (ctx == NULL)
		return -ENOMEM;
	ok = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len);
	ok = ok && EVP_DigestFinal_ex(ctx, ret_hash, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

int jsl_io_sha256(const void *data, size_t len, uint8_t ret_hash[JSL_IO_SHA256_LEN])
{
	return jsl_io_sha256_parts(&(struct jsl_bytes){data, len}, 1, ret_hash);
}
