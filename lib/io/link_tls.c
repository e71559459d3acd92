/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link that speaks TLS: the handshake, and reading and writing for the rest of
 * the link. A bufferevent would do the same and take away what a link is made for
 * (link.c): here payloads are decrypted straight into their blobs, the frames of
 * one pass become as few records as they fit into, and a refused connection is
 * told from a failed one. The time for the handshake is part of the stranger's.
 */

#include <errno.h>
#include <string.h>

#include <event2/buffer.h>

#include <jsl/err.h>

#include "io/link_int.h"

#define DIRECT_MIN 4096 /* bytes; fewer are gathered into one record */

int jsl_io_link__tls_begin(struct jsl_io_link *l, int fd, bool server)
{
	int r = jsl_io__tls_open(&l->tls, l->opts.tls, fd, server);

	if (r == 0)
		l->handshaking = true;
	return r;
}

bool jsl_io_link_is_revoked(const struct jsl_io_link *l)
{
	return l->tls.ssl != NULL && jsl_io__tls_is_revoked(&l->tls);
}

static enum jsl_io_link_end end_of(int err)
{
	switch (err) {
	case JSL_E_CLEAR:
	case JSL_E_SECRET:
	case JSL_E_FORGED: return JSL_IO_LINK_STRANGE;
	case -ENOMEM: return JSL_IO_LINK_FAILED;
	default: return JSL_IO_LINK_RESET;
	}
}

bool jsl_io_link__tls_shake(struct jsl_io_link *l)
{
	bool write = false;
	int r = jsl_io__tls_shake(&l->tls, &write);

	if (r == -EAGAIN) {
		if (!write)
			(void)event_del(l->writable);
		else if (event_add(l->writable, NULL) < 0)
			jsl_io_link__fail(l, JSL_IO_LINK_FAILED, -ENOMEM);
		return false;
	}
	if (r < 0) {
		jsl_io_link__fail(l, end_of(r), r);
		return false;
	}
	(void)event_del(l->writable);
	l->handshaking = false;
	return true;
}

ssize_t jsl_io_link__tls_read(struct jsl_io_link *l, void *buf, size_t len)
{
	size_t n;
	int r = jsl_io__tls_read(&l->tls, buf, len, &n);

	if (r == JSL_IO__TLS_ENDED)
		return 0;
	return r == 0 ? (ssize_t)n : r;
}

/* The next record: a long piece as it lies there, short ones together. */
static const void *gather(struct jsl_io_link *l, uint8_t buf[JSL_IO__TLS_RECORD],
			  size_t *ret_len)
{
	struct evbuffer_iovec piece;
	ev_ssize_t n;

	if (evbuffer_peek(l->out, -1, NULL, &piece, 1) > 0 &&
	    piece.iov_len >= DIRECT_MIN) {
		*ret_len = piece.iov_len;
		return piece.iov_base;
	}
	n = evbuffer_copyout(l->out, buf, JSL_IO__TLS_RECORD);
	*ret_len = n > 0 ? (size_t)n : 0;
	return buf;
}

ssize_t jsl_io_link__tls_write(struct jsl_io_link *l)
{
	uint8_t buf[JSL_IO__TLS_RECORD];
	size_t len, n;
	const void *data = gather(l, buf, &len);
	int r = jsl_io__tls_write(&l->tls, data, len, &n);

	return r == 0 ? (ssize_t)n : r;
}
