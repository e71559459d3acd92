/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writing side of a link. Frames wait in an evbuffer, large payloads by
 * reference, until the end of the pass of the loop, or until the socket takes
 * more.
 */

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/buffer.h>

#include <jsl/err.h>

#include "io/clock.h"
#include "io/link_int.h"
#include "io/sock.h"

#define BY_REFERENCE_MIN 4096 /* bytes; copying less is cheaper than referring to it */
#define IOVECS		 64

static void unref(const void *data, size_t len, void *blob)
{
	(void)data;
	(void)len;
	jsl_blob_unref(blob);
}

static int add_payload(struct evbuffer *out, struct jsl_blob *payload)
{
	size_t len = jsl_blob_len(payload);

	if (len < BY_REFERENCE_MIN)
		return evbuffer_add(out, jsl_blob_data(payload), len);
	if (evbuffer_add_reference(out, jsl_blob_data(payload), len, unref, payload) < 0)
		return -1;
	jsl_blob_ref(payload);
	return 0;
}

void jsl_io_link__queue(struct jsl_io_link *l, const void *head, size_t head_len,
			struct jsl_blob *payload)
{
	uint8_t header[JSL_IO_FRAME_HEADER];

	if (evbuffer_get_length(l->out) == 0) {
		l->write_us = jsl_io_now_us();
		event_active(l->defer, EV_TIMEOUT, 0);
	}
	jsl_io_frame_header(header, head_len, jsl_blob_len(payload));
	if (evbuffer_add(l->out, header, sizeof(header)) < 0 ||
	    evbuffer_add(l->out, head, head_len) < 0 ||
	    (payload != NULL && add_payload(l->out, payload) < 0))
		jsl_io_link__fail(l, JSL_IO_LINK_FAILED, -ENOMEM);
	else if (evbuffer_get_length(l->out) > l->opts.out_max)
		jsl_io_link__fail(l, JSL_IO_LINK_SLOW, JSL_E_LIMIT);
}

int jsl_io_link_send(struct jsl_io_link *l, const void *head, size_t head_len,
		     struct jsl_blob *payload)
{
	assert(head_len > 0 && !l->freed);
	if (!jsl_io_link__alive(l) || l->finishing)
		return -ENOTCONN;
	if (head_len > l->opts.head_max ||
	    head_len + jsl_blob_len(payload) > l->opts.frame_max)
		return JSL_E_LIMIT;
	if (!l->write_failed)
		jsl_io_link__queue(l, head, head_len, payload);
	return 0;
}

static ssize_t write_socket(struct jsl_io_link *l)
{
	struct evbuffer_iovec iov[IOVECS];
	struct msghdr msg = {.msg_iov = (struct iovec *)iov};
	int n = evbuffer_peek(l->out, -1, NULL, iov, IOVECS);
	ssize_t sent;

	msg.msg_iovlen = n < IOVECS ? (size_t)n : IOVECS;
	sent = sendmsg(l->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent < 0 ? -errno : sent;
}

static ssize_t write_some(struct jsl_io_link *l)
{
	ssize_t sent = l->tls.ssl != NULL ? jsl_io_link__tls_write(l) : write_socket(l);

	if (sent < 0)
		return sent;
	(void)evbuffer_drain(l->out, (size_t)sent);
	l->write_us = jsl_io_now_us();
	return sent;
}

/*
 * The other side reads no more. What it sent before that is still in the socket
 * (a goodbye, perhaps), so the end is left to the reading side.
 */
static void give_up_writing(struct jsl_io_link *l)
{
	l->write_failed = true;
	(void)event_del(l->writable);
	(void)evbuffer_drain(l->out, evbuffer_get_length(l->out));
}

/* The socket takes no more for now. */
static void wait_for_room(struct jsl_io_link *l)
{
	if (event_add(l->writable, NULL) < 0)
		jsl_io_link__fail(l, JSL_IO_LINK_FAILED, -ENOMEM);
	else
		jsl_io_link__schedule(l);
}

void jsl_io_link__flush(struct jsl_io_link *l)
{
	if (l->connecting || l->handshaking || l->write_failed)
		return;
	while (evbuffer_get_length(l->out) > 0) {
		ssize_t n = write_some(l);

		if (n == -EAGAIN) {
			wait_for_room(l);
			return;
		}
		if (n < 0 && n != -EINTR) {
			give_up_writing(l);
			return;
		}
	}
	if (l->finishing && !l->shut) {
		if (l->tls.ssl != NULL && jsl_io__tls_finish(&l->tls) == -EAGAIN) {
			wait_for_room(l);
			return;
		}
		l->shut = true;
		(void)shutdown(l->fd, SHUT_WR);
	}
	(void)event_del(l->writable);
	jsl_io_link__schedule(l);
}

/* Returns whether the connection stands. */
static bool finish_connecting(struct jsl_io_link *l)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err == 0 && jsl_io__is_self(l->fd))
		err = ECONNREFUSED; /* the port was free: nobody listens there */
	if (err != 0) {
		jsl_io_link__fail(l,
				  err == ECONNREFUSED ? JSL_IO_LINK_REFUSED
						      : JSL_IO_LINK_UNREACHABLE,
				  -err);
		return false;
	}
	l->connecting = false;
	l->phase_us = l->read_us = jsl_io_now_us();
	(void)event_del(l->writable);
	if (event_add(l->readable, NULL) < 0) {
		jsl_io_link__fail(l, JSL_IO_LINK_FAILED, -ENOMEM);
		return false;
	}
	jsl_io_link__schedule(l);
	return jsl_io_link__alive(l);
}

void jsl_io_link__connected(struct jsl_io_link *l)
{
	if (l->outgoing && l->opts.callbacks.connected != NULL)
		l->opts.callbacks.connected(l->opts.arg, l);
	if (jsl_io_link__alive(l))
		jsl_io_link__flush(l);
}

void jsl_io_link__on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_io_link *l = arg;
	bool stands = l->connecting || l->handshaking;

	(void)fd;
	(void)what;
	if (l->connecting && !finish_connecting(l))
		return;
	jsl_io_link__enter(l);
	if (l->handshaking)
		stands = jsl_io_link__tls_shake(l);
	if (stands)
		jsl_io_link__connected(l);
	else if (!l->handshaking && jsl_io_link__alive(l))
		jsl_io_link__flush(l);
	(void)jsl_io_link__leave(l);
}
