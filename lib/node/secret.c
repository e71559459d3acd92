/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node makes of its secrets (G7): a key for TLS from each, and the seal of
 * its datagrams. The secrets themselves are not kept.
 */

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

#include "io/random.h"
#include "node/node_int.h"

_Static_assert(JSL_IO_TLS_KEYS_MAX == JSL_NODE_SECRETS_MAX &&
		       JSL_IO_TLS_KEY_LEN == JSL_WIRE_KEY_LEN &&
		       JSL_IO_TLS_NAME_LEN == JSL_WIRE_NAME_LEN,
	       "a key for each secret");

static int tls_keys(const struct jsl_wire_keyring *ring,
		    struct jsl_io_tls_key ret_keys[JSL_IO_TLS_KEYS_MAX])
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ring->n; i++) {
		memcpy(ret_keys[i].name, ring->keys[i].name, sizeof(ret_keys[i].name));
		r = jsl_wire_key_derive(&ring->keys[i], "tls", NULL, 0, ret_keys[i].key);
	}
	return r;
}

/* Make or change both. The seal comes later, when the boot is known. */
static int use(struct jsl_node *n, const struct jsl_wire_keyring *ring)
{
	struct jsl_io_tls_key keys[JSL_IO_TLS_KEYS_MAX];
	int r = tls_keys(ring, keys);

	if (r == 0 && n->seal != NULL)
		r = jsl_wire_seal_set_keys(n->seal, ring);
	if (r == 0 && n->tls != NULL)
		jsl_io_tls_set_keys(n->tls, keys, ring->n);
	else if (r == 0)
		r = jsl_io_tls_new(&n->tls, keys, ring->n);
	OPENSSL_cleanse(keys, sizeof(keys));
	return r;
}

int jsl_node__secrets_init(struct jsl_node *n, const struct jsl_node_opts *opts)
{
	int r;

	if (opts->n_secrets == 0)
		return 0;
	r = jsl_wire_keyring_init(&n->keys, opts->secrets, opts->n_secrets);
	return r == 0 ? use(n, &n->keys) : r;
}

int jsl_node__seal_init(struct jsl_node *n, uint64_t boot)
{
	struct jsl_wire_seal_opts opts = {
		.size = sizeof(opts), .id = n->id, .boot = boot, .keys = &n->keys};
	int r;

	if (n->tls == NULL)
		return 0;
	memcpy(opts.cluster, n->tag, sizeof(opts.cluster));
	r = jsl_io_random(opts.random, sizeof(opts.random));
	if (r == 0)
		r = jsl_wire_seal_new(&n->seal, &opts);
	jsl_wire_keyring_deinit(&n->keys);
	return r;
}

int jsl_node_set_secrets(struct jsl_node *n, const struct jsl_bytes *secrets,
			 size_t n_secrets)
{
	struct jsl_wire_keyring ring;
	int r;

	if (n->seal == NULL)
		return -EINVAL;
	r = jsl_wire_keyring_init(&ring, secrets, n_secrets);
	if (r < 0)
		return r;
	r = use(n, &ring);
	jsl_wire_keyring_deinit(&ring);
	if (r == 0)
		jsl_node__links_revoke(n);
	return r;
}

void jsl_node__secrets_deinit(struct jsl_node *n)
{
	jsl_wire_seal_free(n->seal);
	jsl_io_tls_free(n->tls);
	jsl_wire_keyring_deinit(&n->keys);
}
