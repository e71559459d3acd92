/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A UDP socket; see udp.h. Datagrams are received in batches into memory on the
 * stack: an idle socket has no buffers.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "base/cleanup.h"
#include "io/sock.h"
#include "io/udp.h"

#define BATCH	    16 /* datagrams per system call */
#define BATCHES_MAX 8  /* per wake-up, so that others have their turn */

struct jsl_io_udp {
	int fd;
	int family;
	struct event *ev;
	jsl_io_udp_fn fn;
	void *arg;
	bool busy;  /* callbacks are under way */
	bool freed; /* by one of them */
	struct jsl_io_udp_stats stats;
};

struct batch {
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	uint8_t data[BATCH][JSL_IO_UDP_DATA_MAX];
};

static int receive(struct jsl_io_udp *u, struct batch *b)
{
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		b->iov[i] = (struct iovec){b->data[i], sizeof(b->data[i])};
		b->from[i].ss_family = AF_UNSPEC;
		b->msgs[i] =
			(struct mmsghdr){.msg_hdr = {.msg_name = &b->from[i],
						     .msg_namelen = sizeof(b->from[i]),
						     .msg_iov = &b->iov[i],
						     .msg_iovlen = 1}};
	}
	n = recvmmsg(u->fd, b->msgs, BATCH, MSG_DONTWAIT, NULL);
	return n < 0 ? -errno : n;
}

static void deliver(struct jsl_io_udp *u, const struct batch *b, int n)
{
	for (int i = 0; i < n && !u->freed; i++) {
		struct jsl_addr from = jsl_io__from_sockaddr(&b->from[i]);

		if (b->msgs[i].msg_hdr.msg_flags & MSG_TRUNC) {
			u->stats.too_long++;
			continue;
		}
		u->stats.received++;
		u->fn(u->arg, &from, b->data[i], b->msgs[i].msg_len);
	}
}

static void receive_batches(struct jsl_io_udp *u)
{
	struct batch b;

	for (int i = 0; i < BATCHES_MAX && !u->freed; i++) {
		int n = receive(u, &b);

		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n < 0)
			u->stats.receive_failed++; /* taken off the socket by this */
		else
			deliver(u, &b, n);
		if (n >= 0 && n < BATCH)
			return;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_io_udp *u = arg;

	(void)fd;
	(void)what;
	u->busy = true;
	receive_batches(u);
	u->busy = false;
	if (u->freed)
		free(u);
}

int jsl_io_udp_new(struct jsl_io_udp **ret_u, struct event_base *base,
		   const struct jsl_addr *addr, jsl_io_udp_fn fn, void *arg)
{
	jsl_autoclose int fd = -1;
	struct jsl_io_udp *u;
	int r;

	fd = jsl_io__socket(addr, SOCK_DGRAM);
	if (fd < 0)
		return fd;
	r = jsl_io__bind(fd, addr);
	if (r < 0)
		return r;
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		return -ENOMEM;
	u->ev = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, u);
	if (u->ev == NULL || event_add(u->ev, NULL) < 0) {
		if (u->ev != NULL)
			event_free(u->ev);
		free(u);
		return -ENOMEM;
	}
	u->fd = jsl_steal_fd(&fd);
	u->family = jsl_io__family(addr);
	u->fn = fn;
	u->arg = arg;
	*ret_u = u;
	return 0;
}

void jsl_io_udp_free(struct jsl_io_udp *u)
{
	if (u == NULL)
		return;
	event_free(u->ev);
	close(u->fd);
	u->freed = true;
	if (!u->busy)
		free(u);
}

struct jsl_addr jsl_io_udp_addr(const struct jsl_io_udp *u)
{
	return jsl_io__bound(u->fd);
}

void jsl_io_udp_send(struct jsl_io_udp *u, const struct jsl_addr *to, const void *data,
		     size_t len)
{
	struct sockaddr_storage ss;
	int ss_len = jsl_io__to_sockaddr(to, u->family, &ss);

	if (ss_len < 0 || sendto(u->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL,
				 (struct sockaddr *)&ss, (socklen_t)ss_len) < 0)
		u->stats.send_failed++;
	else
		u->stats.sent++;
}

void jsl_io_udp_stats(const struct jsl_io_udp *u, struct jsl_io_udp_stats *ret_stats)
{
	*ret_stats = u->stats;
}
