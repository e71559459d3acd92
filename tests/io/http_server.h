/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_IO_HTTP_SERVER_H
#define JSL_TESTS_IO_HTTP_SERVER_H

/*
 * The server that the HTTP suites talk to: /echo and /slow take POST, /hello and
 * /file take GET; /slow answers when the test says so.
 */

#include <fcntl.h>
#include <stdio.h>

#include "http_client.h"
#include "service/http.h"

#define REQUEST_MS 1000

struct server {
	struct event_base *base;
	struct jsl_http *http;
	uint16_t port;
	struct jsl_http_req *held; /* by /slow */
	unsigned int calls, gone;
	char body[65536];
	size_t body_len;
	char token_file[32]; /* "": none */
};

static inline void on_echo(void *arg, struct jsl_http_req *req)
{
	struct server *s = arg;
	struct jsl_bytes body = jsl_http_body(req);

	s->calls++;
	s->body_len = body.len;
	memcpy(s->body, body.data,
	       body.len < sizeof(s->body) ? body.len : sizeof(s->body));
	jsl_http_reply(req, 200, "text/plain", body.data, body.len);
}

static inline void on_hello(void *arg, struct jsl_http_req *req)
{
	struct server *s = arg;

	s->calls++;
	jsl_http_set(req, "X-Evil", "a\r\nInjected: yes");
	jsl_http_reply_text(req, 200, "hello");
}

static inline void on_gone(void *arg)
{
	struct server *s = arg;

	s->gone++;
	s->held = NULL;
}

static inline void on_slow(void *arg, struct jsl_http_req *req)
{
	struct server *s = arg;

	s->calls++;
	s->held = req;
	jsl_http_on_gone(req, on_gone, s);
}

static inline void on_file(void *arg, struct jsl_http_req *req)
{
	char path[] = "/tmp/jsl-test-http-XXXXXX";
	int fd = mkstemp(path);

	(void)arg;
	ck_assert_int_ge(fd, 0);
	unlink(path);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);
	jsl_http_reply_file(req, "text/plain", fd, 32000);
}

static inline void server_start(struct server *s, struct jsl_http_opts opts)
{
	const struct jsl_http_route routes[] = {
		{.path = "/echo",
		 .post = true,
		 .fn = on_echo,
		 .arg = s,
		 .refused = "X-R: 1\r\n"},
		{.path = "/slow", .post = true, .fn = on_slow, .arg = s},
		{.path = "/hello", .fn = on_hello, .arg = s},
		{.path = "/file", .fn = on_file, .arg = s},
	};
	char errmsg[256] = "";

	s->base = event_base_new();
	opts.base = s->base;
	opts.routes = routes;
	opts.n_routes = 4;
	opts.body_max = 1000;
	opts.request_ms = REQUEST_MS;
	ck_assert_int_eq(jsl_addr_parse(&opts.addr, "127.0.0.1:0"), 0);
	ck_assert_msg(jsl_http_new(&s->http, &opts, errmsg, sizeof(errmsg)) == 0, "%s",
		      errmsg);
	s->port = jsl_http_addr(s->http).port;
	ck_assert_uint_ne(s->port, 0);
}

/* Write @text into the file of tokens, which has a name from then on. */
static inline void server_tokens(struct server *s, const char *text)
{
	FILE *f;

	if (s->token_file[0] == '\0') {
		strcpy(s->token_file, "/tmp/jsl-test-token-XXXXXX");
		f = fdopen(mkstemp(s->token_file), "w");
	} else {
		f = fopen(s->token_file, "w");
	}
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static inline void server_new(struct server *s, const char *token, uint32_t connections)
{
	struct jsl_http_opts opts = JSL_HTTP_OPTS_INIT;

	*s = (struct server){0};
	opts.connections = connections;
	if (token != NULL) {
		server_tokens(s, token);
		opts.token_file = s->token_file;
	}
	server_start(s, opts);
}

static inline void server_tls(struct server *s, const char *cert, const char *key)
{
	struct jsl_http_opts opts = JSL_HTTP_OPTS_INIT;

	*s = (struct server){0};
	opts.tls_cert = cert;
	opts.tls_key = key;
	server_start(s, opts);
}

static inline void server_free(struct server *s)
{
	jsl_http_free(s->http);
	event_base_free(s->base);
	if (s->token_file[0] != '\0')
		unlink(s->token_file);
}

static inline int ask(struct server *s, const char *request)
{
	return client_once(s->base, s->port, request);
}

#define HOST "Host: 127.0.0.1\r\n"

#endif
