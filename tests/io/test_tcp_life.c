/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links over their life: keepalives, goodbyes, limits of the listener, and being
 * freed at awkward moments.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "tcp_ends.h"

START_TEST(keepalives_hold_an_idle_link)
{
	struct pair p;
	uint64_t until;

	pair_init(&p);
	p.opts.keepalive_us = SECONDS / 50;
	p.opts.silence_us = 4 * SECONDS; /* a busy machine may stall for some of it */
	memcpy(p.opts.keepalive, "alive", 5);
	p.opts.keepalive_len = 5;
	pair_open(&p);
	until = jsl_io_now_us() + SECONDS * 5;
	RUN_UNTIL(p.base, jsl_io_now_us() > until);
	ck_assert_uint_eq(p.client.closed + p.server.closed, 0);
	ck_assert_uint_ge(p.client.frames, 3);
	ck_assert_mem_eq(p.client.head, "alive", 5);
	pair_deinit(&p);
}
END_TEST

START_TEST(silent_link_times_out)
{
	struct pair p;

	pair_init(&p);
	p.opts.silence_us = SECONDS / 10;
	pair_open(&p);
	RUN_UNTIL(p.base, p.client.closed == 1 && p.server.closed == 1);
	ck_assert(p.client.why == JSL_IO_LINK_TIMEOUT ||
		  p.server.why == JSL_IO_LINK_TIMEOUT);
	pair_deinit(&p);
}
END_TEST

START_TEST(goodbye_makes_the_end_clean)
{
	struct jsl_blob *payload = jsl_blob_new(NULL, 4 << 20);
	struct pair p;

	memset(jsl_blob_fill(payload), 'x', 4 << 20);
	pair_init(&p);
	pair_open(&p);
	send_text(&p.client, "last", payload);
	send_text(&p.client, "goodbye", NULL);
	jsl_io_link_finish(p.client.link);
	ck_assert_int_eq(jsl_io_link_send(p.client.link, "x", 1, NULL), -ENOTCONN);
	RUN_UNTIL(p.base, p.server.closed == 1 && p.client.closed == 1);
	ck_assert_uint_eq(p.server.frames, 3);
	ck_assert_int_eq(p.server.why, JSL_IO_LINK_EOF);
	ck_assert(p.server.clean);
	ck_assert_int_eq(p.client.why, JSL_IO_LINK_EOF);
	ck_assert(!p.client.clean);
	jsl_blob_unref(payload);
	pair_deinit(&p);
}
END_TEST

START_TEST(finish_does_not_wait_for_ever)
{
	struct pair p;
	int fd;

	pair_init(&p);
	p.opts.stranger_timeout_us = SECONDS / 20;
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	RUN_UNTIL(p.base, p.accepted == 1);
	jsl_io_link_established(p.server.link);
	jsl_io_link_finish(p.server.link);
	RUN_UNTIL(p.base, p.server.closed == 1);
	ck_assert_int_eq(p.server.why, JSL_IO_LINK_TIMEOUT);
	close(fd);
	pair_deinit(&p);
}
END_TEST

START_TEST(reset_is_told_from_a_close)
{
	struct linger at_once = {.l_onoff = 1};
	struct pair p;
	int fd;

	pair_init(&p);
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	RUN_UNTIL(p.base, p.accepted == 1);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
			 0);
	close(fd);
	RUN_UNTIL(p.base, p.server.closed == 1);
	ck_assert_int_eq(p.server.why, JSL_IO_LINK_RESET);
	pair_deinit(&p);
}
END_TEST

START_TEST(goodbye_is_heard_though_writing_fails)
{
	static const char goodbye[] = {0,   0,	 0,   11,  0,	0,   0,	 7,
				       'g', 'o', 'o', 'd', 'b', 'y', 'e'};
	struct jsl_blob *payload = jsl_blob_new(NULL, 1 << 20);
	struct pair p;
	int fd;

	memset(jsl_blob_fill(payload), 'x', 1 << 20);
	pair_init(&p);
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	RUN_UNTIL(p.base, p.accepted == 1);
	ck_assert_int_eq(send(fd, goodbye, sizeof(goodbye), MSG_NOSIGNAL),
			 sizeof(goodbye));
	close(fd);
	/* Write until it fails, before anything is read. */
	for (int i = 0; i < 4; i++)
		send_text(&p.server, "job", payload);
	RUN_UNTIL(p.base, p.server.closed == 1);
	ck_assert_uint_eq(p.server.frames, 1);
	ck_assert(p.server.clean);
	jsl_blob_unref(payload);
	pair_deinit(&p);
}
END_TEST

START_TEST(stranger_too_many_takes_the_place_of_the_oldest)
{
	struct jsl_io_listener_stats stats;
	struct end first;
	int fds[2];
	struct pair p;

	pair_init(&p);
	pair_listen(&p, 3, 1);
	fds[0] = raw_connect(&p);
	RUN_UNTIL(p.base, p.accepted == 1);
	first = p.server;
	jsl_io_link_set_arg(first.link, &first);
	fds[1] = raw_connect(&p);
	RUN_UNTIL(p.base, p.accepted == 2 && first.closed == 1);
	ck_assert_int_eq(first.why, JSL_IO_LINK_TIMEOUT);
	ck_assert_uint_eq(p.server.closed, 0);
	jsl_io_listener_stats(p.listener, &stats);
	ck_assert_uint_eq(stats.turned_away, 1);
	ck_assert_uint_eq(stats.links, 1);
	ck_assert_uint_eq(stats.strangers, 1);
	/* An established one is no stranger and keeps its place. */
	jsl_io_link_established(p.server.link);
	first = p.server;
	jsl_io_link_set_arg(first.link, &first);
	close(fds[0]);
	fds[0] = raw_connect(&p);
	RUN_UNTIL(p.base, p.accepted == 3);
	jsl_io_listener_stats(p.listener, &stats);
	ck_assert_uint_eq(stats.links, 2);
	ck_assert_uint_eq(stats.strangers, 1);
	ck_assert_uint_eq(first.closed, 0);
	end_free(&first);
	close(fds[0]);
	close(fds[1]);
	pair_deinit(&p);
}
END_TEST

START_TEST(accepting_goes_on_when_descriptors_are_back)
{
	struct rlimit few, enough;
	uint64_t begin_us;
	struct pair p;
	int fd;

	pair_init(&p);
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &enough), 0);
	few = enough;
	few.rlim_cur = (rlim_t)fd; /* none beyond those in use */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	begin_us = jsl_io_now_us();
	for (int pass = 0; pass < 3; pass++)
		event_base_loop(p.base, EVLOOP_ONCE);
	/* It did not spin on the backlog meanwhile. */
	ck_assert_uint_ge(jsl_io_now_us() - begin_us, SECONDS / 20);
	ck_assert_uint_eq(p.accepted, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &enough), 0);
	RUN_UNTIL(p.base, p.accepted == 1);
	close(fd);
	pair_deinit(&p);
}
END_TEST

START_TEST(links_are_bounded)
{
	struct jsl_io_listener_stats stats;
	struct jsl_io_link *first;
	struct pair p;
	int fds[2];

	pair_init(&p);
	pair_listen(&p, 1, 2);
	fds[0] = raw_connect(&p);
	RUN_UNTIL(p.base, p.accepted == 1);
	first = p.server.link;
	jsl_io_link_established(first);
	fds[1] = raw_connect(&p);
	RUN_UNTIL(p.base,
		  (jsl_io_listener_stats(p.listener, &stats), stats.turned_away == 1));
	ck_assert_uint_eq(p.accepted, 1);
	/* The links live on without their listener. */
	jsl_io_listener_free(p.listener);
	p.listener = NULL;
	ck_assert_int_eq(jsl_io_link_send(first, "x", 1, NULL), 0);
	RUN_UNTIL(p.base, jsl_io_link_pending(first) == 0);
	close(fds[0]);
	close(fds[1]);
	pair_deinit(&p);
}
END_TEST

START_TEST(link_may_be_freed_in_any_callback)
{
	struct pair p;

	pair_init(&p);
	p.server.free_on_frame = true;
	pair_connect(&p);
	for (int i = 0; i < 5; i++) /* more frames follow in the same read */
		send_text(&p.client, "hello", NULL);
	RUN_UNTIL(p.base, p.server.frames == 1 && p.client.closed == 1);
	ck_assert_uint_eq(p.server.frames, 1);
	p.client.closed = 0;
	p.client.free_on_connected = true;
	pair_connect(&p);
	send_text(&p.client, "hello", NULL);
	RUN_UNTIL(p.base, p.client.connected == 2 && p.server.closed == 1);
	ck_assert_uint_eq(p.client.closed, 0);
	pair_deinit(&p);
}
END_TEST

START_TEST(freed_link_calls_nobody)
{
	struct pair p;

	pair_init(&p);
	pair_open(&p);
	send_text(&p.server, "too late", NULL);
	end_free(&p.server);
	RUN_UNTIL(p.base, p.client.closed == 1);
	ck_assert_uint_eq(p.server.closed, 0);
	ck_assert_uint_eq(p.client.frames, 0);
	jsl_io_link_free(NULL);
	pair_deinit(&p);
}
END_TEST

START_TEST(sockets_are_closed_on_exec_and_do_not_block)
{
	struct pair p;
	int found = 0;

	pair_init(&p);
	pair_open(&p);
	for (int fd = 3; fd < 64; fd++) {
		int type;
		socklen_t len = sizeof(type);

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
		    type != SOCK_STREAM || jsl_io__bound(fd).port == 0)
			continue;
		found++;
		ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
		ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	}
	ck_assert_int_eq(found, 3);
	pair_deinit(&p);
}
END_TEST

START_TEST(connection_to_itself_is_recognised)
{
	struct pair p;
	int self, fd;

	pair_init(&p);
	pair_listen(&p, 1, 1);
	fd = raw_connect(&p);
	ck_assert(!jsl_io__is_self(fd));
	self = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert(!jsl_io__is_self(self));
	p.addr.port = 0;
	ck_assert_int_eq(jsl_io__bind(self, &p.addr), 0);
	p.addr = jsl_io__bound(self);
	connect_to(self, &p.addr);
	ck_assert(jsl_io__is_self(self));
	close(self);
	close(fd);
	pair_deinit(&p);
}
END_TEST

START_TEST(port_in_use_is_reported)
{
	struct jsl_io_listener_opts opts = JSL_IO_LISTENER_OPTS_INIT;
	struct jsl_io_listener *second = NULL;
	struct pair p;

	pair_init(&p);
	pair_listen(&p, 1, 1);
	opts.addr = p.addr;
	opts.link = p.opts;
	ck_assert_int_eq(jsl_io_listener_new(&second, &opts), -EADDRINUSE);
	ck_assert_ptr_null(second);
	jsl_io_listener_free(NULL);
	pair_deinit(&p);
}
END_TEST

SUITE_MAIN("tcp life", keepalives_hold_an_idle_link, silent_link_times_out,
	   goodbye_makes_the_end_clean, finish_does_not_wait_for_ever,
	   reset_is_told_from_a_close, goodbye_is_heard_though_writing_fails,
	   stranger_too_many_takes_the_place_of_the_oldest,
	   accepting_goes_on_when_descriptors_are_back, links_are_bounded,
	   link_may_be_freed_in_any_callback, freed_link_calls_nobody,
	   sockets_are_closed_on_exec_and_do_not_block,
	   connection_to_itself_is_recognised, port_in_use_is_reported)
