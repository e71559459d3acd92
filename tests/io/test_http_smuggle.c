/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that two parsers could cut in two ways, and other malformed bytes: one
 * refusal, a closed connection, and never a second request out of the first.
 */

#include "config.h"

#include "http_server.h"
#include "../lib/suite.h"

#define POST "POST /echo HTTP/1.1\r\n" HOST
static const char *const rows[] = {
	POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
	POST "Content-Length: 2\r\nContent-Length: 300\r\n\r\nhi",
	POST "Content-Length: 2, 2\r\n\r\nhi",
	POST "Content-Length: +2\r\n\r\nhi",
	POST "Content-Length: -2\r\n\r\nhi",
	POST "Content-Length: 0x2\r\n\r\nhi",
	POST "Content-Length: 2 2\r\n\r\nhi",
	POST "Content-Length: \r\n\r\nhi",
	POST "Content-Length: 99999999999999999999\r\n\r\nhi",
	POST "Content-Length : 2\r\n\r\nhi",
	POST "Content-Length\t: 2\r\n\r\nhi",
	POST " Content-Length: 2\r\n\r\nhi",
	POST "X: 1\r\n Content-Length: 2\r\n\r\nhi",
	POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
	POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: "
	     "chunked\r\n\r\n0\r\n\r\n",
	POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
	POST "Transfer-Encoding: identity\r\n\r\n",
	POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
	POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
	POST "Transfer-Encoding: \x0b"
	     "chunked\r\n\r\n0\r\n\r\n",
	POST "X: a\rContent-Length: 2\r\n\r\nhi",
	POST "X: a\nContent-Length: 2\r\n\r\nhi",
	POST "no colon\r\n\r\n",
	POST ": no name\r\n\r\n",
	POST "b\xc3\xa4\x64: name\r\n\r\n",
	"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"HEAD /hello HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi",
	"GET /hello HTTP/1.1\r\n\r\n",
	"GET /hello HTTP/1.1\r\n" HOST HOST "\r\n",
	"GET /hello HTTP/1.2\r\n" HOST "\r\n",
	"GET /hello HTTP/2.0\r\n" HOST "\r\n",
	"GET /hello HTTP/1.10\r\n" HOST "\r\n",
	"GET /hello http/1.1\r\n" HOST "\r\n",
	"GET /hello\r\n\r\n",
	"GET  /hello HTTP/1.1\r\n" HOST "\r\n",
	"GET /hello HTTP/1.1 \r\n" HOST "\r\n",
	"GET /hel\tlo HTTP/1.1\r\n" HOST "\r\n",
	"GET /hello HTTP/1.1\n" HOST "\n",
	"\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n",
	"G\x01T /hello HTTP/1.1\r\n" HOST "\r\n",
	"\x16\x03\x01\x02\x05\x01\x01\x0a\r\n\r\n",
};

START_TEST(refuses_heads_that_parsers_read_differently)
{
	struct server s;

	server_new(&s, NULL, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client c = client_open(s.base, s.port);

		client_say(&c, rows[i]);
		client_say(&c, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
		client_hear(&c, 0);
		ck_assert_msg(client_status(&c) == 400, "%s gives %s", rows[i], c.text);
		ck_assert_msg(strstr(c.text, "nosniff") != NULL, "%s got past the gate",
			      rows[i]);
		ck_assert_msg(c.eof && !c.late && !c.reset, "%s does not close", rows[i]);
		ck_assert_msg(strstr(c.text, "hello") == NULL, "%s smuggles", rows[i]);
		client_close(&c);
	}
	ck_assert_uint_eq(s.calls, 0);
	server_free(&s);
}
END_TEST

START_TEST(refuses_nul_in_a_head)
{
	static const char head[] = "GET /hello HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n";
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_send(&c, head, sizeof(head) - 1);
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 400);
	client_close(&c);
	server_free(&s);
}
END_TEST

/* A bad head behind a good one is judged like any other. */
START_TEST(refuses_a_bad_request_behind_a_good_one)
{
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "GET /hello HTTP/1.1\r\n" HOST "\r\n"
		       "GET /hello HTTP/1.1\r\n" HOST "Bad : 1\r\n\r\n"
		       "GET /hello HTTP/1.1\r\n" HOST "\r\n");
	client_hear(&c, 0);
	ck_assert_uint_eq(s.calls, 1);
	ck_assert_ptr_nonnull(strstr(c.text, "HTTP/1.1 200"));
	ck_assert_ptr_nonnull(strstr(c.text, "HTTP/1.1 400"));
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(a_chunked_body_is_served_and_ends_the_connection)
{
	struct server s;
	struct client c;

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c,
		   "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"
		   "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert_uint_eq(s.body_len, 5);
	ck_assert_uint_eq(s.calls, 1);
	ck_assert(!c.reset);
	client_close(&c);
	ck_assert_int_eq(ask(&s, "POST /echo HTTP/1.1\r\n" HOST
				 "Transfer-Encoding: chunked\r\n\r\nfff\r\n"),
			 413);
	ck_assert_int_eq(ask(&s, "POST /echo HTTP/1.1\r\n" HOST
				 "Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
			 413);
	server_free(&s);
}
END_TEST

START_TEST(limits_the_head)
{
	struct server s;
	struct client c;
	char line[64];

	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "GET /hello HTTP/1.1\r\n" HOST);
	for (int i = 0; i < 400; i++) {
		snprintf(line, sizeof(line), "X-%d: %040d\r\n", i, i);
		client_say(&c, line);
	}
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 431);
	client_close(&c);
	c = client_open(s.base, s.port);
	client_say(&c, "GET /hello HTTP/1.1\r\n" HOST);
	for (int i = 0; i < 200; i++)
		client_say(&c, "X: 1\r\n");
	client_say(&c, "\r\n");
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 400);
	client_close(&c);
	server_free(&s);
}
END_TEST

/* A big body that is refused: the answer arrives nevertheless, without a reset. */
START_TEST(a_refusal_is_readable_while_the_body_comes)
{
	static char body[256 * 1024];
	struct server s;
	struct client c;

	memset(body, 'x', sizeof(body));
	server_new(&s, NULL, 100);
	c = client_open(s.base, s.port);
	client_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 262144\r\n\r\n");
	client_send(&c, body, sizeof(body));
	client_hear(&c, 0);
	ck_assert_int_eq(client_status(&c), 413);
	ck_assert(!c.reset);
	client_close(&c);
	server_free(&s);
}
END_TEST

START_TEST(reads_nothing_into_random_bytes)
{
	unsigned int seed = 42;
	struct server s;

	server_new(&s, NULL, 100);
	for (int i = 0; i < 300; i++) {
		static const char base[] =
			"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody";
		struct client c = client_open(s.base, s.port);
		char bytes[sizeof(base)];

		memcpy(bytes, base, sizeof(base));
		for (int k = rand_r(&seed) % 8; k >= 0; k--)
			bytes[(size_t)rand_r(&seed) % (sizeof(base) - 1)] =
				(char)rand_r(&seed);
		client_send(&c, bytes, sizeof(bytes) - 1);
		shutdown(c.fd, SHUT_WR);
		client_hear(&c, 0);
		ck_assert(c.eof && !c.late);
		client_close(&c);
	}
	ck_assert_int_eq(ask(&s, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	server_free(&s);
}
END_TEST

SUITE_MAIN("http smuggling", refuses_heads_that_parsers_read_differently,
	   refuses_nul_in_a_head, refuses_a_bad_request_behind_a_good_one,
	   a_chunked_body_is_served_and_ends_the_connection, limits_the_head,
	   a_refusal_is_readable_while_the_body_comes, reads_nothing_into_random_bytes)
