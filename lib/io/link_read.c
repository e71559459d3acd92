/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading side of a link: from the socket into a buffer on the stack, and
 * the rest of a large payload straight into its blob.
 */

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <jsl/err.h>

#include "io/clock.h"
#include "io/link_int.h"

#define READ_SIZE   (64u << 10)	 /* bytes of the buffer */
#define READ_LITTLE (4u << 10)	 /* of it, where large payloads follow each other */
#define LARGE	    (16u << 10)	 /* bytes of such a payload */
#define READ_BUDGET (512u << 10) /* bytes per wake-up, so that others have their turn */

/*
 * Deliver the whole frame that the framer has. What is read ahead of a payload has to
 * be copied into it: after a large one, only about as much as the next frame's head.
 */
static void deliver(struct jsl_io_link *l)
{
	struct jsl_io_framer *f = &l->framer;

	l->large = jsl_blob_len(f->payload) >= LARGE;
	l->opts.callbacks.frame(l->opts.arg, l, f->head, f->head_len, f->payload);
	jsl_io_framer_next(f);
}

static void protocol_error(struct jsl_io_link *l, int err)
{
	if (err == -ENOMEM)
		jsl_io_link__fail(l, JSL_IO_LINK_FAILED, err);
	else if (!l->open && l->tls.ssl == NULL &&
		 l->framer.header[0] == JSL_IO__TLS_HANDSHAKE) /* no length we take */
		jsl_io_link__fail(l, JSL_IO_LINK_STRANGE, JSL_E_SEALED);
	else
		jsl_io_link__fail(l, JSL_IO_LINK_PROTOCOL, err);
}

static void take(struct jsl_io_link *l, const uint8_t *data, size_t len)
{
	while (len > 0 && jsl_io_link__alive(l)) {
		size_t used;
		int r = jsl_io_framer_feed(&l->framer, data, len, &used);

		data += used;
		len -= used;
		if (r == 1)
			deliver(l);
		else if (r < 0)
			protocol_error(l, r);
	}
}

static void take_direct(struct jsl_io_link *l, size_t len)
{
	if (len > 0 && jsl_io_framer_filled(&l->framer, len) == 1)
		deliver(l);
}

static void end_of_input(struct jsl_io_link *l, int err)
{
	if (err < 0)
		jsl_io_link__fail(l, JSL_IO_LINK_RESET, err);
	else if (jsl_io_framer_partial(&l->framer))
		jsl_io_link__fail(l, JSL_IO_LINK_PROTOCOL, JSL_E_MALFORMED);
	else
		jsl_io_link__fail(
			l, l->write_failed ? JSL_IO_LINK_RESET : JSL_IO_LINK_EOF, 0);
}

/* From one record, into the payload or the buffer. */
static size_t read_record(struct jsl_io_link *l)
{
	uint8_t buf[JSL_IO__TLS_RECORD];
	size_t len = sizeof(buf);
	void *direct = jsl_io_framer_direct(&l->framer, &len);
	ssize_t n = jsl_io_link__tls_read(l, direct != NULL ? direct : buf, len);

	if (n == -EAGAIN)
		return 0;
	if (n == JSL_E_FORGED)
		jsl_io_link__fail(l, JSL_IO_LINK_PROTOCOL, JSL_E_FORGED);
	else if (n <= 0)
		end_of_input(l, (int)n);
	else if (direct != NULL)
		take_direct(l, (size_t)n);
	else
		take(l, buf, (size_t)n);
	return n > 0 ? (size_t)n : 0;
}

/* One read. Returns the bytes, and whether there may be more now. */
static size_t read_some(struct jsl_io_link *l, bool *ret_more)
{
	uint8_t buf[READ_SIZE];
	struct iovec iov[2] = {{NULL, 0}, {buf, l->large ? READ_LITTLE : READ_SIZE}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	size_t direct;
	ssize_t n;

	*ret_more = false;
	iov[0].iov_base = jsl_io_framer_direct(&l->framer, &iov[0].iov_len);
	n = recvmsg(l->fd, &msg, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		end_of_input(l, n < 0 ? -errno : 0);
		return 0;
	}
	*ret_more = (size_t)n == iov[0].iov_len + iov[1].iov_len;
	direct = (size_t)n < iov[0].iov_len ? (size_t)n : iov[0].iov_len;
	take_direct(l, direct);
	take(l, buf, (size_t)n - direct);
	return (size_t)n;
}

static void read_socket(struct jsl_io_link *l)
{
	size_t sum = 0;
	bool more;

	do { /* a shorter read has emptied the socket */
		sum += read_some(l, &more);
	} while (more && jsl_io_link__alive(l) && sum < READ_BUDGET);
}

/*
 * libssl reads no more than one record ahead; what it has of one is taken too, since
 * the socket does not wake anybody for that.
 */
static void read_records(struct jsl_io_link *l)
{
	size_t sum = 0, n;

	do {
		n = read_record(l);
		sum += n;
	} while (n > 0 && jsl_io_link__alive(l) &&
		 (sum < READ_BUDGET || SSL_pending(l->tls.ssl) > 0));
}

void jsl_io_link__on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_io_link *l = arg;
	bool shaken = false;

	(void)fd;
	(void)what;
	l->read_us = jsl_io_now_us();
	jsl_io_link__enter(l);
	if (l->handshaking)
		shaken = jsl_io_link__tls_shake(l);
	if (shaken)
		jsl_io_link__connected(l);
	if (jsl_io_link__alive(l) && !l->handshaking)
		l->tls.ssl != NULL ? read_records(l) : read_socket(l);
	(void)jsl_io_link__leave(l);
}
