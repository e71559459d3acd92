/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTTP server against raw bytes: what it serves, to whom, and with which
 * status.
 */

#include "config.h"

#include "http_server.h"
#include "../lib/suite.h"

static const struct {
	int status;
	const char *request;
} rows[] = {
	{200, "GET /hello HTTP/1.1\r\n" HOST "\r\n"},
	{200, "GET /hello?x=/echo HTTP/1.1\r\n" HOST "\r\n"},
	{200, "GET /hello HTTP/1.0\r\n\r\n"},
	{200, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"},
	{200, "POST /echo HTTP/1.1\r\n" HOST "content-length:2\r\n\r\nhi"},
	{200, "POST /echo HTTP/1.1\r\n" HOST "\r\n"},
	{404, "GET / HTTP/1.1\r\n" HOST "\r\n"},
	{404, "GET /hello/ HTTP/1.1\r\n" HOST "\r\n"},
	{404, "GET /Hello HTTP/1.1\r\n" HOST "\r\n"},
	{404, "GET /hell%6f HTTP/1.1\r\n" HOST "\r\n"},
	{404, "GET //hello HTTP/1.1\r\n" HOST "\r\n"},
	{404, "GET http://127.0.0.1/hello HTTP/1.1\r\n" HOST "\r\n"},
	{404, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"},
	{404, "CONNECT 127.0.0.1:80 HTTP/1.1\r\n" HOST "\r\n"},
	{404, "POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 9999999\r\n\r\n"},
	{405, "GET /echo HTTP/1.1\r\n" HOST "\r\n"},
	{405, "HEAD /echo HTTP/1.1\r\n" HOST "\r\n"},
	{405, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 9999999\r\n\r\n"},
	{405, "DELETE /echo HTTP/1.1\r\n" HOST "\r\n"},
	{405, "OPTIONS /echo HTTP/1.1\r\n" HOST "\r\n"},
	{405, "TRACE /echo HTTP/1.1\r\n" HOST "\r\n"},
	{405, "PATCH /echo HTTP/1.1\r\n" HOST "\r\n"},
	{405, "BREW /echo HTTP/1.1\r\n" HOST "\r\n"},
	{405, "post /echo HTTP/1.1\r\n" HOST "\r\n"},
	{405, "POST /hello HTTP/1.1\r\n" HOST "\r\n"},
	{413, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n"},
	{413,
	 "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 999999999999999999\r\n\r\n"},
};

START_TEST(answers_status_by_path_then_method_then_size)
{
	struct server s;

	server_new(&s, NULL, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = ask(&s, rows[i].request);

		ck_assert_msg(status == rows[i].status, "%d for %s", status,
			      rows[i].request);
	}
	server_free(&s);
}
END_TEST

START_TEST(says_which_method_and_scheme_it_wants)
{
	struct server s;
	struct client c;

	server_new(&s, "secret-token", 100);
	c = client_open(s.base, s.port);
	client_say(&c, "GET /echo HTTP/1.1\r\n" HOST "\r\n");
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 401);
	ck_assert_ptr_nonnull(strstr(c.text, "WWW-Authenticate: Bearer\r\n"));
	client_close(&c);
	c = client_open(s.base, s.port);
	client_say(&c, "GET /echo HTTP/1.1\r\n" HOST
		       "Authorization: bearer secret-token\r\n\r\n");
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 405);
	ck_assert_ptr_nonnull(strstr(c.text, "Allow: POST\r\n"));
	ck_assert_ptr_nonnull(strstr(c.text, "X-R: 1\r\n"));
	ck_assert_ptr_nonnull(strstr(c.text, "X-Content-Type-Options: nosniff\r\n"));
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(asks_for_exactly_the_token)
{
#define GET_AUTH(value) "GET /hello HTTP/1.1\r\n" HOST "Authorization: " value "\r\n\r\n"
	struct server s;

	server_new(&s, "secret-token", 100);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer secret-token")), 200);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer secret-toke")), 401);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer secret-tokeN")), 401);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer Secret-token")), 401);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer secret-tokenx")), 401);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer  secret-token")), 401);
	ck_assert_int_eq(ask(&s, GET_AUTH("Basic secret-token")), 401);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer")), 401);
	ck_assert_int_eq(
		ask(&s, GET_AUTH("Bearer x\r\nAuthorization: Bearer secret-token")), 401);
	ck_assert_int_eq(ask(&s, "GET /nowhere HTTP/1.1\r\n" HOST "\r\n"), 401);
	server_free(&s);
}
END_TEST

START_TEST(a_token_is_replaced_without_a_stop)
{
	char errmsg[256] = "";
	struct server s;

	server_new(&s, "# the one of May\nsecret-token\n", 100);
	server_tokens(&s, "another-token\nsecret-token\n");
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer another-token")), 401);
	ck_assert_int_eq(jsl_http_reload(s.http, errmsg, sizeof(errmsg)), 0);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer another-token")), 200);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer secret-token")), 200);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer another-toke")), 401);
	server_tokens(&s, "another-token\n");
	ck_assert_int_eq(jsl_http_reload(s.http, errmsg, sizeof(errmsg)), 0);
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer secret-token")), 401);
	server_tokens(&s, ""); /* is not "everybody may" */
	ck_assert_int_eq(jsl_http_reload(s.http, errmsg, sizeof(errmsg)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(errmsg, "there is no token"));
	ck_assert_int_eq(ask(&s, GET_AUTH("Bearer another-token")), 200);
	ck_assert_int_eq(ask(&s, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 401);
	server_free(&s);
}
END_TEST

START_TEST(without_its_tokens_it_does_not_start)
{
	struct jsl_http_opts opts = JSL_HTTP_OPTS_INIT;
	struct event_base *base = event_base_new();
	struct jsl_http *http = NULL;
	char errmsg[256] = "";

	opts.base = base;
	opts.token_file = "/nowhere/token";
	ck_assert_int_eq(jsl_addr_parse(&opts.addr, "127.0.0.1:0"), 0);
	ck_assert_int_eq(jsl_http_new(&http, &opts, errmsg, sizeof(errmsg)), -ENOENT);
	ck_assert_ptr_nonnull(strstr(errmsg, "/nowhere/token"));
	ck_assert_ptr_null(http);
	event_base_free(base);
}
END_TEST

START_TEST(refuses_other_origins_and_rebound_names)
{
#define GET_AS(host, more) "GET /hello HTTP/1.1\r\nHost: " host "\r\n" more "\r\n"
	struct server s;

	server_new(&s, NULL, 100);
	ck_assert_int_eq(ask(&s, GET_AS("localhost:8888", "")), 200);
	ck_assert_int_eq(ask(&s, GET_AS("LOCALHOST", "")), 200);
	ck_assert_int_eq(ask(&s, GET_AS("[::1]:80", "")), 200);
	ck_assert_int_eq(ask(&s, GET_AS("127.9.9.9", "")), 200);
	ck_assert_int_eq(ask(&s, GET_AS("evil.example", "")), 403);
	ck_assert_int_eq(ask(&s, GET_AS("127.0.0.1.evil.example", "")), 403);
	ck_assert_int_eq(ask(&s, GET_AS("localhost.evil.example", "")), 403);
	ck_assert_int_eq(ask(&s, GET_AS("10.0.0.1", "")), 403);
	ck_assert_int_eq(ask(&s, GET_AS("", "")), 403);
	ck_assert_int_eq(
		ask(&s, GET_AS("127.0.0.1:8888", "Origin: http://127.0.0.1:8888\r\n")),
		200);
	ck_assert_int_eq(ask(&s, GET_AS("127.0.0.1", "Origin: http://127.0.0.1:80\r\n")),
			 200);
	ck_assert_int_eq(
		ask(&s, GET_AS("127.0.0.1:8888", "Origin: http://127.0.0.1\r\n")), 403);
	ck_assert_int_eq(ask(&s, GET_AS("127.0.0.1", "Origin: http://evil.example\r\n")),
			 403);
	ck_assert_int_eq(ask(&s, GET_AS("127.0.0.1", "Origin: null\r\n")), 403);
	server_free(&s);
}
END_TEST

START_TEST(head_has_the_headers_of_get_and_no_body)
{
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "HEAD /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert_ptr_nonnull(strstr(c.text, "Content-Length: 6\r\n"));
	ck_assert_ptr_null(strstr(c.text, "hello"));
	ck_assert_ptr_null(strstr(c.text, "Injected"));
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(serves_pipelined_requests_in_order)
{
	struct server s;
	struct client c;
	const char *second;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nfirst"
		       "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nsecond"
		       "GET /hello HTTP/1.1\r\n" HOST "\r\nGET /hel");
	client_hear(&c, 3);
	client_say(&c, "lo HTTP/1.1\r\n" HOST "\r\n\0");
	client_hear(&c, 4);
	ck_assert_uint_eq(s.calls, 4);
	ck_assert(!c.late && !c.eof);
	second = strstr(c.text, "second");
	ck_assert(second != NULL && strstr(c.text, "first") < second);
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(takes_a_request_byte_by_byte)
{
	static const char request[] =
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello";
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		client_send(&c, request + i, 1);
		event_base_loop(s.base, EVLOOP_NONBLOCK);
	}
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert_uint_eq(s.body_len, 5);
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(streams_a_file)
{
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "GET /file HTTP/1.1\r\n" HOST "\r\n");
	client_hear(&c, 1);
	ck_assert_ptr_nonnull(strstr(c.text, "Content-Length: 32000\r\n"));
	ck_assert_str_eq(c.text + c.len - 16, "0123456789abcdef");
	client_close(&c);
	server_free(&s);
}
END_TEST

/* What curl does before it sends a large body. */
START_TEST(says_continue_to_who_asks_for_it)
{
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n"
		       "Expect: 100-continue\r\n\r\n");
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 100);
	client_say(&c, "body");
	client_hear(&c, 2);
	ck_assert_ptr_nonnull(strstr(c.text, "HTTP/1.1 200 OK\r\n"));
	client_close(&c);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4000\r\n"
		       "Expect: 100-continue\r\n\r\n");
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 413);
	client_close(&c);
	ck_assert_int_eq(ask(&s, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n"
				 "Expect: magic\r\n\r\nbody"),
			 417);
	server_free(&s);
}
END_TEST

SUITE_MAIN("http", answers_status_by_path_then_method_then_size,
	   says_which_method_and_scheme_it_wants, asks_for_exactly_the_token,
	   a_token_is_replaced_without_a_stop, without_its_tokens_it_does_not_start,
	   refuses_other_origins_and_rebound_names,
	   head_has_the_headers_of_get_and_no_body, serves_pipelined_requests_in_order,
	   takes_a_request_byte_by_byte, says_continue_to_who_asks_for_it, streams_a_file)
