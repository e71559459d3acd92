/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_KEYRING_H
#define JSL_WIRE_KEYRING_H

/*
 * The secrets of a cluster, and the keys made of them (G7). The first secret is
 * used for what is sent, all of them are accepted: that is how one is replaced
 * without a stop. Keys are made by HKDF with SHA-256 (RFC 5869): extracted once
 * for each secret, expanded for each use under a label of its own.
 */

#include <jsl/job.h>
#include <jsl/node.h>

#define JSL_WIRE_KEY_LEN  32 /* bytes of a key: AES-256, and TLS' PSK */
#define JSL_WIRE_NAME_LEN 8

/** One secret. */
struct jsl_wire_key {
	uint8_t id; /* names it in datagrams, not 0; two may have the same */
	uint8_t name[JSL_WIRE_NAME_LEN]; /* names it beyond doubt; no secret */
	uint8_t root[JSL_WIRE_KEY_LEN];	 /* what HKDF extracted */
};

struct jsl_wire_keyring {
	size_t n;
	struct jsl_wire_key keys[JSL_NODE_SECRETS_MAX];
};

/**
 * Make the keys of @n @secrets, 1 to JSL_NODE_SECRETS_MAX of JSL_NODE_SECRET_MIN to
 * _MAX bytes.
 *
 * Returns 0 with *@ret_ring (deinit it); -EINVAL; -EIO when libcrypto refuses.
 */
int jsl_wire_keyring_init(struct jsl_wire_keyring *ret_ring,
			  const struct jsl_bytes *secrets, size_t n);

/** Leaves nothing of them in memory. */
void jsl_wire_keyring_deinit(struct jsl_wire_keyring *ring);

/**
 * The key of @key for the use @label with @context. Returns 0 with JSL_WIRE_KEY_LEN
 * bytes in @ret; -EIO.
 */
int jsl_wire_key_derive(const struct jsl_wire_key *key, const char *label,
			const void *context, size_t context_len,
			uint8_t ret[JSL_WIRE_KEY_LEN]);

#endif
