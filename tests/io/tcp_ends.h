/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_TCP_ENDS_H
#define JSL_TESTS_TCP_ENDS_H

/*
 * Two ends of a link on loopback, and what each has seen: for the tests of links.
 */

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "../lib/suite.h"
#include "io/framing.h"
#include "io/link.h"
#include "io/listener.h"
#include "io/sock.h"
#include "loop.h"

#define SECONDS UINT64_C(1000000)

struct end {
	struct jsl_io_link *link;
	unsigned connected, frames, closed;
	enum jsl_io_link_end why;
	int err;
	bool clean;
	char head[64]; /* of the last frame */
	size_t head_len;
	struct jsl_blob *payload; /* of the last frame, a reference */
	bool establish;		  /* at the first frame or when connected */
	bool free_on_frame;
	bool free_on_connected;
};

struct pair {
	struct event_base *base;
	struct jsl_io_link_opts opts;
	struct jsl_io_listener *listener;
	struct jsl_addr addr;
	struct end server; /* the one accepted last */
	struct end client;
	unsigned accepted;
};

static inline void end_free(struct end *e)
{
	jsl_io_link_free(e->link);
	e->link = NULL;
	jsl_blob_unref(e->payload);
	e->payload = NULL;
}

static inline void on_connected(void *arg, struct jsl_io_link *l)
{
	struct end *e = arg;

	e->connected++;
	if (e->establish)
		jsl_io_link_established(l);
	if (e->free_on_connected)
		end_free(e);
}

static inline void on_frame(void *arg, struct jsl_io_link *l, const void *head,
			    size_t head_len, struct jsl_blob *payload)
{
	struct end *e = arg;

	e->frames++;
	e->head_len = head_len;
	memcpy(e->head, head, head_len < sizeof(e->head) ? head_len : sizeof(e->head));
	jsl_blob_unref(e->payload);
	e->payload = jsl_blob_ref(payload);
	if (e->establish)
		jsl_io_link_established(l);
	if (head_len == 7 && memcmp(head, "goodbye", 7) == 0)
		jsl_io_link_set_clean(l);
	if (e->free_on_frame)
		end_free(e);
}

static inline void on_closed(void *arg, struct jsl_io_link *l, enum jsl_io_link_end why,
			     int err)
{
	struct end *e = arg;

	e->closed++;
	e->why = why;
	e->err = err;
	e->clean = jsl_io_link_clean(l);
	if (e->link == l)
		e->link = NULL;
	jsl_io_link_free(l);
}

static inline void on_accepted(void *arg, struct jsl_io_link *l)
{
	struct pair *p = arg;

	p->accepted++;
	p->server.link = l;
	jsl_io_link_set_arg(l, &p->server);
}

/* The options may be changed before pair_listen(). */
static inline void pair_init(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	p->base = event_base_new();
	p->opts = (struct jsl_io_link_opts)JSL_IO_LINK_OPTS_INIT;
	p->opts.base = p->base;
	p->opts.callbacks =
		(struct jsl_io_link_callbacks){on_connected, on_frame, on_closed};
	p->opts.arg = &p->client;
	p->server.establish = p->client.establish = true;
}

static inline void pair_listen(struct pair *p, uint32_t max_links, uint32_t max_strangers)
{
	struct jsl_io_listener_opts opts = JSL_IO_LISTENER_OPTS_INIT;

	ck_assert_int_eq(jsl_addr_parse(&opts.addr, "127.0.0.1:0"), 0);
	opts.link = p->opts;
	opts.max_links = max_links;
	opts.max_strangers = max_strangers;
	opts.fn = on_accepted;
	opts.arg = p;
	ck_assert_int_eq(jsl_io_listener_new(&p->listener, &opts), 0);
	p->addr = jsl_io_listener_addr(p->listener);
}

static inline void pair_connect(struct pair *p)
{
	if (p->listener == NULL)
		pair_listen(p, 16, 16);
	ck_assert_int_eq(jsl_io_link_connect(&p->client.link, &p->addr, &p->opts), 0);
}

static inline void send_text(struct end *e, const char *head, struct jsl_blob *payload)
{
	ck_assert_int_eq(jsl_io_link_send(e->link, head, strlen(head), payload), 0);
}

/* Both ends are established. */
static inline void pair_open(struct pair *p)
{
	pair_connect(p);
	send_text(&p->client, "hello", NULL);
	RUN_UNTIL(p->base, p->client.connected == 1 && p->server.frames == 1);
}

static inline void pair_deinit(struct pair *p)
{
	end_free(&p->client);
	end_free(&p->server);
	jsl_io_listener_free(p->listener);
	event_base_free(p->base);
}

static inline void connect_to(int fd, const struct jsl_addr *addr)
{
	struct sockaddr_storage ss;
	int len = jsl_io__to_sockaddr(addr, AF_INET, &ss);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&ss, (socklen_t)len), 0);
}

/* A plain, blocking socket connected to the listener. */
static inline int raw_connect(struct pair *p)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	connect_to(fd, &p->addr);
	return fd;
}

#endif
