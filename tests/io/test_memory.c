/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets, timers and the record without memory: every allocation fails once,
 * and what was begun is undone.
 */

#include <errno.h>
#include <stdio.h>

#include "../lib/wrap_malloc.h"
#include "io/record.h"
#include "io/udp.h"
#include "tcp_ends.h"

static void ignore_datagram(void *arg, const struct jsl_addr *from, const void *data,
			    size_t len)
{
	(void)arg;
	(void)from;
	(void)data;
	(void)len;
}

/* ck_assert() allocates, and it must not be that allocation which fails. */
#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static int talk_over_udp(void)
{
	struct event_base *base = event_base_new();
	struct jsl_io_udp *u = NULL;
	struct jsl_addr addr;
	int r;

	MUST(jsl_addr_parse(&addr, "127.0.0.1:0") == 0);
	r = jsl_io_udp_new(&u, base, &addr, ignore_datagram, NULL);
	MUST((r == 0) == (u != NULL));
	jsl_io_udp_free(u);
	event_base_free(base);
	return r;
}

static int listen_and_connect(struct pair *p)
{
	struct jsl_io_listener_opts opts = JSL_IO_LISTENER_OPTS_INIT;
	int r;

	MUST(jsl_addr_parse(&opts.addr, "127.0.0.1:0") == 0);
	opts.link = p->opts;
	opts.fn = on_accepted;
	opts.arg = p;
	r = jsl_io_listener_new(&p->listener, &opts);
	if (r < 0)
		return r;
	p->addr = jsl_io_listener_addr(p->listener);
	return jsl_io_link_connect(&p->client.link, &p->addr, &p->opts);
}

/* A frame with a head and a payload too large for the memory that a link has. */
static int say_hello(struct pair *p)
{
	static const char head[900] = "hello";
	struct jsl_blob *payload = jsl_blob_new("payload", 7);

	if (payload == NULL)
		return -ENOMEM;
	MUST(jsl_io_link_send(p->client.link, head, sizeof(head), payload) == 0);
	jsl_blob_unref(payload);
	LOOP_UNTIL(p->base,
		   p->server.frames == 1 || p->client.closed + p->server.closed > 0);
	return p->server.frames == 1 ? 0 : -ENOMEM;
}

static int talk_over_tcp(void)
{
	struct pair p;
	int r;

	pair_init(&p);
	r = listen_and_connect(&p);
	if (r == 0)
		r = say_hello(&p);
	pair_deinit(&p);
	return r;
}

static int keep_a_record(void)
{
	struct jsl_election_record rec = {.boot_count = 1};
	char dir[] = "test-memory.XXXXXX", command[64];
	struct jsl_io_record *r = NULL;
	int err;

	MUST(mkdtemp(dir) != NULL);
	err = jsl_io_record_open(&r, dir, 1, NULL, 0);
	if (err == 0)
		err = jsl_io_record_save(r, &rec);
	jsl_io_record_close(r);
	snprintf(command, sizeof(command), "rm -rf ./%s", dir);
	MUST(system(command) == 0);
	return err;
}

START_TEST(every_failing_allocation_is_survived)
{
	ck_assert_uint_ge(allocs_fail_each(talk_over_udp, -ENOMEM), 2);
	ck_assert_uint_ge(allocs_fail_each(talk_over_tcp, -ENOMEM), 8);
	ck_assert_uint_ge(allocs_fail_each(keep_a_record, -ENOMEM), 2);
}
END_TEST

SUITE_MAIN("io memory", every_failing_allocation_is_survived)
