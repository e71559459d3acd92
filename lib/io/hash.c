/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 through EVP; see hash.h.
 */

#include <errno.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "io/hash.h"

struct jsl_io_sha256 {
	EVP_MD_CTX *ctx;
};

int jsl_io_sha256_new(struct jsl_io_sha256 **ret_h)
{
	struct jsl_io_sha256 *h = calloc(1, sizeof(*h));

	if (h != NULL)
		h->ctx = EVP_MD_CTX_new();
	if (h == NULL || h->ctx == NULL) {
		jsl_io_sha256_free(h);
		return -ENOMEM;
	}
	if (!EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL)) {
		jsl_io_sha256_free(h);
		return -EIO;
	}
	*ret_h = h;
	return 0;
}

void jsl_io_sha256_free(struct jsl_io_sha256 *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

int jsl_io_sha256_add(struct jsl_io_sha256 *h, const void *data, size_t len)
{
	return EVP_DigestUpdate(h->ctx, data, len) ? 0 : -EIO;
}

int jsl_io_sha256_end(struct jsl_io_sha256 *h, uint8_t ret_hash[JSL_IO_SHA256_LEN])
{
	return EVP_DigestFinal_ex(h->ctx, ret_hash, NULL) ? 0 : -EIO;
}

int jsl_io_sha256_parts(const struct jsl_bytes *parts, size_t n,
			uint8_t ret_hash[JSL_IO_SHA256_LEN])
{
	struct jsl_io_sha256 *h;
	int err = jsl_io_sha256_new(&h);

	if (err != 0)
		return err;
	for (size_t i = 0; err == 0 && i < n; i++)
		err = jsl_io_sha256_add(h, parts[i].data, parts[i].len);
	if (err == 0)
		err = jsl_io_sha256_end(h, ret_hash);
	jsl_io_sha256_free(h);
	return err;
}

int jsl_io_sha256(const void *data, size_t len, uint8_t ret_hash[JSL_IO_SHA256_LEN])
{
	return jsl_io_sha256_parts(&(struct jsl_bytes){data, len}, 1, ret_hash);
}
