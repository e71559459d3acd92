/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accepting links; see listener.h.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/event.h>

#include <jsl/err.h>

#include "base/cleanup.h"
#include "io/clock.h"
#include "io/link_int.h"
#include "io/listener.h"
#include "io/sock.h"

#define ACCEPTS_MAX 64	   /* per wake-up, so that others have their turn */
#define PAUSE_US    100000 /* when out of descriptors or memory */

struct jsl_io_listener {
	struct jsl_io_listener_opts opts;
	int fd;
	struct event *ev;
	struct jsl_io_timer *pause; /* ends a pause */
	struct jsl_io__tally *tally;
	bool busy;  /* callbacks are under way */
	bool freed; /* by one of them */
	uint64_t accepted;
	uint64_t turned_away;
	uint64_t full;
};

static void on_pause_over(void *arg)
{
	struct jsl_io_listener *li = arg;

	if (event_add(li->ev, NULL) < 0)
		(void)jsl_io_timer_set(li->pause, jsl_io_now_us() + PAUSE_US);
}

/* The connection stays in the backlog and the loop must not spin on it. */
static void pause_accepting(struct jsl_io_listener *li)
{
	if (jsl_io_timer_set(li->pause, jsl_io_now_us() + PAUSE_US) == 0)
		(void)event_del(li->ev);
}

/*
 * With too many strangers the one that has been silent for longest goes: a flood
 * of connections then shortens the time for a HELLO, but keeps nobody out.
 */
static void make_room(struct jsl_io_listener *li)
{
	struct jsl_list *oldest = jsl_list_first(&li->tally->strangers);

	if (li->tally->n_strangers < li->opts.max_strangers || oldest == NULL)
		return;
	li->turned_away++;
	jsl_io_link__fail(jsl_container_of(oldest, struct jsl_io_link, in_strangers),
			  JSL_IO_LINK_TIMEOUT, JSL_E_LIMIT);
}

/* Takes @fd. */
static void welcome(struct jsl_io_listener *li, int fd, const struct sockaddr_storage *ss)
{
	struct jsl_io_link *l;

	make_room(li);
	if (li->tally->links >= li->opts.max_links ||
	    jsl_io_link_accept(&l, fd, &li->opts.link) < 0) {
		li->turned_away++;
		li->full++;
		close(fd);
		return;
	}
	l->peer = jsl_io__from_sockaddr(ss);
	l->tally = li->tally;
	l->tally->refs++;
	l->tally->links++;
	l->tally->n_strangers++;
	jsl_list_push_back(&l->tally->strangers, &l->in_strangers);
	li->accepted++;
	li->opts.fn(li->opts.arg, l);
}

static void accept_some(struct jsl_io_listener *li)
{
	for (int i = 0; i < ACCEPTS_MAX && !li->freed; i++) {
		struct sockaddr_storage ss = {0};
		socklen_t len = sizeof(ss);
		int fd = accept4(li->fd, (struct sockaddr *)&ss, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			welcome(li, fd, &ss);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			pause_accepting(li);
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_io_listener *li = arg;

	(void)fd;
	(void)what;
	li->busy = true;
	accept_some(li);
	li->busy = false;
	if (li->freed)
		free(li);
}

static int listen_on(const struct jsl_addr *addr)
{
	jsl_autoclose int fd = jsl_io__socket(addr, SOCK_STREAM);
	int one = 1;
	int r;

	if (fd < 0)
		return fd;
	/* A restart must not wait for the connections of the life before. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	r = jsl_io__bind(fd, addr);
	if (r < 0)
		return r;
	if (listen(fd, SOMAXCONN) < 0)
		return -errno;
	return jsl_steal_fd(&fd);
}

int jsl_io_listener_new(struct jsl_io_listener **ret_li,
			const struct jsl_io_listener_opts *opts)
{
	struct event_base *base = opts->link.base;
	struct jsl_io_listener *li;
	int r = -ENOMEM;

	assert(opts->size == sizeof(*opts));
	li = calloc(1, sizeof(*li));
	if (li == NULL)
		return -ENOMEM;
	li->opts = *opts;
	li->fd = listen_on(&opts->addr);
	if (li->fd < 0) {
		r = li->fd;
		goto fail;
	}
	li->tally = calloc(1, sizeof(*li->tally));
	li->ev = event_new(base, li->fd, EV_READ | EV_PERSIST, on_acceptable, li);
	if (li->tally != NULL) {
		li->tally->refs = 1;
		jsl_list_init(&li->tally->strangers);
	}
	if (li->tally == NULL || li->ev == NULL)
		goto fail;
	if (jsl_io_timer_new(&li->pause, base, on_pause_over, li) < 0 ||
	    event_add(li->ev, NULL) < 0)
		goto fail;
	*ret_li = li;
	return 0;
fail:
	jsl_io_listener_free(li);
	return r;
}

void jsl_io_listener_free(struct jsl_io_listener *li)
{
	if (li == NULL)
		return;
	jsl_io_timer_free(li->pause);
	if (li->ev != NULL)
		event_free(li->ev);
	if (li->fd >= 0)
		close(li->fd);
	if (li->tally != NULL && --li->tally->refs == 0)
		free(li->tally);
	li->freed = true;
	if (!li->busy)
		free(li);
}

struct jsl_addr jsl_io_listener_addr(const struct jsl_io_listener *li)
{
	return jsl_io__bound(li->fd);
}

void jsl_io_listener_stats(const struct jsl_io_listener *li,
			   struct jsl_io_listener_stats *ret_stats)
{
	*ret_stats = (struct jsl_io_listener_stats){
		.accepted = li->accepted,
		.turned_away = li->turned_away,
		.full = li->full,
		.links = li->tally->links,
		.strangers = li->tally->n_strangers,
	};
}
