/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slow requests, slow answers, clients that leave, and more of them than are
 * allowed.
 */

#include "config.h"

#include <sys/resource.h>
#include <time.h>

#include "http_server.h"
#include "../lib/suite.h"

START_TEST(closes_what_is_not_complete_in_time)
{
	static const char *const rows[] = {
		"",
		"GET /hel",
		"GET /hello HTTP/1.1\r\nHost:",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nhalf",
		"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\na",
	};
	struct jsl_http_stats stats;
	struct server s;

	server_new(&s, NULL, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client c = client_open(s.base, s.port);

		client_say(&c, rows[i]);
		client_hear(&c, 0);
		ck_assert_msg(c.eof && !c.late && c.len == 0, "%s", rows[i]);
		client_close(&c);
	}
	jsl_http_stats(s.http, &stats);
	ck_assert_uint_eq(stats.timeouts, 5);
	ck_assert_uint_eq(stats.connections, 0);
	server_free(&s);
}
END_TEST

static void on_drip(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	(void)send(c->fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Bytes that keep coming do not buy time. */
START_TEST(a_dripping_client_is_closed_too)
{
	struct timeval tv = {.tv_usec = 20000};
	struct server s;
	struct client c;
	struct event *drip;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n");
	drip = event_new(s.base, -1, EV_PERSIST, on_drip, &c);
	event_add(drip, &tv);
	client_hear(&c, 0);
	ck_assert(c.eof && !c.late);
	ck_assert_uint_eq(s.calls, 0);
	event_free(drip);
	client_close(&c);
	server_free(&s);
}
END_TEST

static bool is_held(void *arg)
{
	return ((struct server *)arg)->held != NULL;
}

static bool is_gone(void *arg)
{
	return ((struct server *)arg)->gone > 0;
}

START_TEST(pipelined_bytes_during_a_slow_answer_wait)
{
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	ck_assert(client_until(s.base, is_held, &s));
	for (int i = 0; i < 50; i++) {
		client_say(&c, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
		event_base_loop(s.base, EVLOOP_NONBLOCK);
	}
	ck_assert_uint_eq(s.calls, 1);
	ck_assert_uint_eq(s.gone, 0);
	jsl_http_reply_text(s.held, 200, "slow");
	client_hear(&c, 51);
	ck_assert_uint_eq(s.calls, 51);
	ck_assert(!c.late && !c.eof);
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(tells_when_the_client_leaves)
{
	struct jsl_http_stats stats;
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nxGET /h");
	ck_assert(client_until(s.base, is_held, &s));
	client_close(&c);
	ck_assert(client_until(s.base, is_gone, &s));
	jsl_http_stats(s.http, &stats);
	ck_assert_uint_eq(stats.gone, 1);
	ck_assert_uint_eq(stats.connections, 0);
	server_free(&s);
}
END_TEST

/* Close with a reset while an answer is waited for. */
static void reset_after(const char *request)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	clock_t before;
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, request);
	ck_assert(client_until(s.base, is_held, &s));
	ck_assert_int_eq(
		setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	client_close(&c);
	before = clock();
	ck_assert(client_until(s.base, is_gone, &s));
	/* Processor time: until it is noticed the loop must not spin for long. */
	ck_assert_int_lt(clock() - before, CLOCKS_PER_SEC / 2);
	server_free(&s);
}

START_TEST(tells_when_the_client_resets)
{
	reset_after("POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	reset_after("POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nxGET /h");
}
END_TEST

START_TEST(a_slow_answer_outlives_the_request_timeout)
{
	struct timeval tv = {.tv_sec = 2 * REQUEST_MS / 1000};
	bool late = false;
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	ck_assert(client_until(s.base, is_held, &s));
	event_base_once(s.base, -1, EV_TIMEOUT, client_late, &late, &tv);
	while (!late)
		event_base_loop(s.base, EVLOOP_ONCE);
	ck_assert_ptr_nonnull(s.held);
	jsl_http_reply_text(s.held, 200, "slow");
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 200);
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(free_tells_those_who_wait)
{
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	ck_assert(client_until(s.base, is_held, &s));
	jsl_http_free(s.http);
	s.http = NULL;
	ck_assert_uint_eq(s.gone, 1);
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(refuses_more_connections_than_allowed)
{
	struct server s;
	struct client a, b;

	server_new(&s, NULL, 1);
	a = client_open(s.base, s.port);
	client_say(&a, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
	client_hear(&a, 1);
	ck_assert_int_eq(client_status(&a), 200);
	b = client_open(s.base, s.port);
	client_hear(&b, 0);
	ck_assert_int_eq(client_status(&b), 503);
	ck_assert_ptr_nonnull(strstr(b.text, "Retry-After: "));
	client_close(&b);
	client_close(&a);
	ck_assert_int_eq(ask(&s, "GET /nowhere HTTP/1.1\r\n" HOST "\r\n"), 404);
	server_free(&s);
}
END_TEST

/* No descriptor is left for the server's side of a connection. */
START_TEST(accepts_again_after_running_out_of_descriptors)
{
	struct rlimit before, none;
	struct jsl_http_stats stats;
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = (rlim_t)dup(0), .rlim_max = before.rlim_max};
	close((int)none.rlim_cur);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	do {
		event_base_loop(s.base, EVLOOP_ONCE);
		jsl_http_stats(s.http, &stats);
	} while (stats.accept_errors < 3); /* it tries again, and does not give up */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	client_say(&c, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 200);
	client_close(&c);
	server_free(&s);
}
END_TEST

static void on_drained(void *arg)
{
	*(bool *)arg = true;
}

START_TEST(a_drain_finishes_what_is_served)
{
	bool drained = false;
	struct client idle, busy;
	struct server s;

	server_new(&s, NULL, 100);
	idle = client_open(s.base, s.port);
	client_say(&idle, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
	client_hear(&idle, 1);
	busy = client_open(s.base, s.port);
	client_say(&busy, "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	ck_assert(client_until(s.base, is_held, &s));
	jsl_http_drain(s.http, on_drained, &drained);
	client_say(&idle, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
	client_hear(&idle, 0);
	ck_assert_ptr_nonnull(strstr(idle.text, "HTTP/1.1 503 "));
	ck_assert(!drained);
	jsl_http_reply_text(s.held, 200, "slow");
	client_hear(&busy, 1);
	ck_assert_int_eq(client_status(&busy), 200);
	event_base_loop(s.base, EVLOOP_NONBLOCK);
	ck_assert(drained);
	client_close(&idle);
	client_close(&busy);
	server_free(&s);
}
END_TEST

START_TEST(a_drain_of_nothing_is_over_at_once)
{
	bool drained = false;
	struct server s;

	server_new(&s, NULL, 100);
	jsl_http_drain(s.http, on_drained, &drained);
	ck_assert(!drained);
	event_base_loop(s.base, EVLOOP_NONBLOCK);
	ck_assert(drained);
	server_free(&s);
}
END_TEST

SUITE_MAIN("http slow", closes_what_is_not_complete_in_time,
	   a_dripping_client_is_closed_too, pipelined_bytes_during_a_slow_answer_wait,
	   tells_when_the_client_leaves, tells_when_the_client_resets,
	   a_slow_answer_outlives_the_request_timeout, free_tells_those_who_wait,
	   refuses_more_connections_than_allowed,
	   accepts_again_after_running_out_of_descriptors,
	   a_drain_finishes_what_is_served, a_drain_of_nothing_is_over_at_once)
