/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HKDF through libcrypto's EVP_KDF; see keyring.h.
 */

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "wire/keyring.h"

/* Separates this use of a secret from any other. */
static const char salt[] = "jsl secret 1";

struct hkdf {
	const char *mode;
	struct jsl_bytes key, salt, label, context;
};

static OSSL_PARAM octets(const char *name, struct jsl_bytes b)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)b.data, b.len);
}

static int run(const struct hkdf *h, uint8_t ret[JSL_WIRE_KEY_LEN])
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[7], *p = params;
	int ok = 0;

	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256",
						0);
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, (char *)h->mode, 0);
	*p++ = octets(OSSL_KDF_PARAM_KEY, h->key);
	if (h->salt.len > 0)
		*p++ = octets(OSSL_KDF_PARAM_SALT, h->salt);
	if (h->label.len > 0)
		*p++ = octets(OSSL_KDF_PARAM_INFO, h->label);
	if (h->context.len > 0)
		*p++ = octets(OSSL_KDF_PARAM_INFO, h->context); /* after the label */
	*p = OSSL_PARAM_construct_end();
	if (ctx != NULL)
		ok = EVP_KDF_derive(ctx, ret, JSL_WIRE_KEY_LEN, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok ? 0 : -EIO;
}

int jsl_wire_key_derive(const struct jsl_wire_key *key, const char *label,
			const void *context, size_t context_len,
			uint8_t ret[JSL_WIRE_KEY_LEN])
{
	struct hkdf h = {.mode = "EXPAND_ONLY",
			 .key = {key->root, sizeof(key->root)},
			 .label = {label, strlen(label) + 1},
			 .context = {context, context_len}};

	return run(&h, ret);
}

static int make_key(struct jsl_wire_key *key, struct jsl_bytes secret)
{
	struct hkdf h = {
		.mode = "EXTRACT_ONLY", .key = secret, .salt = {salt, sizeof(salt) - 1}};
	uint8_t name[JSL_WIRE_KEY_LEN];
	int r;

	if (secret.data == NULL || secret.len < JSL_NODE_SECRET_MIN ||
	    secret.len > JSL_NODE_SECRET_MAX)
		return -EINVAL;
	r = run(&h, key->root);
	if (r == 0)
		r = jsl_wire_key_derive(key, "name", NULL, 0, name);
	if (r < 0)
		return r;
	memcpy(key->name, name, sizeof(key->name));
	key->id = (uint8_t)(1 + name[sizeof(key->name)] % 255);
	return 0;
}

int jsl_wire_keyring_init(struct jsl_wire_keyring *ret_ring,
			  const struct jsl_bytes *secrets, size_t n)
{
	struct jsl_wire_keyring ring = {.n = n};
	int r = n == 0 || n > JSL_NODE_SECRETS_MAX ? -EINVAL : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = make_key(&ring.keys[i], secrets[i]);
	if (r == 0)
		*ret_ring = ring;
	jsl_wire_keyring_deinit(&ring);
	return r;
}

void jsl_wire_keyring_deinit(struct jsl_wire_keyring *ring)
{
	OPENSSL_cleanse(ring, sizeof(*ring));
}
