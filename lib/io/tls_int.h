/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_TLS_INT_H
#define JSL_IO_TLS_INT_H

/*
 * One end of a TLS connection on a socket, for link_tls.c.
 */

#include <stdbool.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#include "io/tls.h"

#define JSL_IO__TLS_HANDSHAKE 0x16	  /* first byte of a record, RFC 8446, 5.1 */
#define JSL_IO__TLS_RECORD    (16u << 10) /* most that one record carries */

struct jsl_io__tls_end {
	SSL *ssl;  /* NULL: in clear */
	int fd;	   /* the link's */
	int first; /* the first byte that came; -1: none */
	bool eof;
	int err; /* -errno of the socket */
	bool unknown_key;
	bool keyed; /* the next is known */
	uint8_t key_name[JSL_IO_TLS_NAME_LEN];
};

/** Begin on @fd, which stays the caller's. Returns 0; -ENOMEM. */
int jsl_io__tls_open(struct jsl_io__tls_end *end, struct jsl_io_tls *tls, int fd,
		     bool server);
void jsl_io__tls_close(struct jsl_io__tls_end *end);

/** Positive outcome of reading: the other side has said that this was all. */
#define JSL_IO__TLS_ENDED 1

/** Returns 0: done; -EAGAIN with *@ret_write: for the socket to be writable; an error. */
int jsl_io__tls_shake(struct jsl_io__tls_end *end, bool *ret_write);

/** Returns 0 with *@ret_n; JSL_IO__TLS_ENDED; -EAGAIN; an error. */
int jsl_io__tls_read(struct jsl_io__tls_end *end, void *buf, size_t len, size_t *ret_n);

/** At most one record. Repeat with the same bytes, more may follow, after -EAGAIN. */
int jsl_io__tls_write(struct jsl_io__tls_end *end, const void *buf, size_t len,
		      size_t *ret_n);

/** Whether the key that it was opened with is none of those that are used now. */
bool jsl_io__tls_is_revoked(const struct jsl_io__tls_end *end);

/** Say that this is all. Returns 0; -EAGAIN. */
int jsl_io__tls_finish(struct jsl_io__tls_end *end);

#endif
