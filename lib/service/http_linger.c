/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Closing a socket that has unread bytes resets the connection, and the peer may
 * lose the answer that was sent just before. So a copy of the descriptor is
 * read, and what comes is thrown away, until the peer closes or one of the
 * bounds here is reached.
 */

#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/http_int.h"

#define LINGER_MAX   64		 /* sockets at once; more are closed hard */
#define LINGER_MS    2000	 /* for the whole */
#define LINGER_BYTES (16u << 20) /* of one socket */
#define READ_BYTES   16384

struct drain {
	struct jsl_list node;
	struct jsl_http *http;
	struct event *read, *timer;
	int fd;
	size_t bytes;
};

static void drain_free(struct drain *l)
{
	jsl_list_remove(&l->node);
	l->http->n_lingers--;
	if (l->read != NULL)
		event_free(l->read);
	if (l->timer != NULL)
		event_free(l->timer);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct drain *l = arg;
	char buf[READ_BYTES];
	ssize_t n;

	if ((what & EV_TIMEOUT) == 0) {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		l->bytes += n > 0 ? (size_t)n : 0;
		if (n > 0 && l->bytes < LINGER_BYTES)
			return;
	}
	drain_free(l);
}

void jsl_http__linger(struct jsl_http *h, int fd)
{
	struct timeval tv = {.tv_sec = LINGER_MS / 1000,
			     .tv_usec = LINGER_MS % 1000 * 1000};
	struct drain *l;

	if (fd < 0 || h->n_lingers >= LINGER_MAX)
		return;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return;
	l->http = h;
	jsl_list_push_back(&h->lingers, &l->node);
	h->n_lingers++;
	l->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (l->fd >= 0) {
		l->read = event_new(h->base, l->fd, EV_READ | EV_PERSIST, on_event, l);
		l->timer = evtimer_new(h->base, on_event, l);
	}
	if (l->read == NULL || l->timer == NULL || event_add(l->read, NULL) < 0 ||
	    event_add(l->timer, &tv) < 0)
		drain_free(l);
}

void jsl_http__linger_all_free(struct jsl_http *h)
{
	jsl_list_foreach_safe (it, &h->lingers)
		drain_free(jsl_container_of(it, struct drain, node));
}
