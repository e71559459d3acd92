/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_TLS_H
#define JSL_IO_TLS_H

/*
 * TLS between nodes: version 1.3 with an external pre-shared key (RFC 8446, 2.2),
 * with an ephemeral exchange each time, so that who learns the secret later cannot
 * read what was recorded. No certificates: who has none of the keys gets nowhere.
 * No resumption, no tickets, no early data, one cipher suite.
 *
 * A link (link.h) is given one of these and speaks TLS then.
 */

#include <jsl/api.h>

struct jsl_io_tls;

#define JSL_IO_TLS_KEYS_MAX 4
#define JSL_IO_TLS_KEY_LEN  32 /* bytes */
#define JSL_IO_TLS_NAME_LEN 8

struct jsl_io_tls_key {
	uint8_t name[JSL_IO_TLS_NAME_LEN]; /* sent in clear */
	uint8_t key[JSL_IO_TLS_KEY_LEN];
};

/**
 * Make one with @n keys (copied; 1 to JSL_IO_TLS_KEYS_MAX): the first one is used
 * to connect, all are accepted.
 *
 * Returns 0 with *@ret_tls (given; outlives the links that have it); -ENOMEM; -EIO
 * when libssl refuses.
 */
int jsl_io_tls_new(struct jsl_io_tls **ret_tls, const struct jsl_io_tls_key *keys,
		   size_t n);

/** Leaves no key in memory. NULL is fine. */
void jsl_io_tls_free(struct jsl_io_tls *tls);

/**
 * Other keys, from the next handshake on; connections that stand are not touched, but
 * see jsl_io_link_is_revoked().
 */
void jsl_io_tls_set_keys(struct jsl_io_tls *tls, const struct jsl_io_tls_key *keys,
			 size_t n);

#endif
