/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a request, and answers. Every answer has its length, its type and
 * nosniff; no value with a control character becomes a header.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/http_int.h"

#define LOOK_MS 200

const char *jsl_http_header(const struct jsl_http_req *req, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(req->ev), name);
}

void jsl_http_headers(const struct jsl_http_req *req,
		      void (*fn)(void *arg, const char *name, const char *value),
		      void *arg)
{
	struct evkeyval *header;

	TAILQ_FOREACH(header, evhttp_request_get_input_headers(req->ev), next)
	fn(arg, header->key, header->value);
}

struct jsl_bytes jsl_http_body(struct jsl_http_req *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req->ev);
	size_t len = evbuffer_get_length(in);

	if (len == 0)
		return (struct jsl_bytes){.data = "", .len = 0};
	return (struct jsl_bytes){.data = evbuffer_pullup(in, -1), .len = len};
}

void jsl_http_drop_body(struct jsl_http_req *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req->ev);

	evbuffer_drain(in, evbuffer_get_length(in));
}

bool jsl_http_wants_json(const struct jsl_http_req *req)
{
	static const char json[] = JSL_HTTP_JSON;
	const char *p = jsl_http_header(req, "Accept");

	for (; p != NULL && *p != '\0'; p = strchr(p, ',')) {
		size_t n = sizeof(json) - 1;

		p += strspn(p, ", \t");
		if (strncasecmp(p, json, n) == 0 && strspn(p + n, ";, \t") > 0)
			return true;
		if (strcasecmp(p, json) == 0)
			return true;
	}
	return false;
}

static bool is_dead(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void watch(struct jsl_http__conn *c, short what);

/*
 * A reset is not EV_CLOSED to libevent, but readable. When it is the next request
 * that is readable, only the close is waited for, and now and then a look is taken:
 * until then a reset would keep the loop awake.
 */
static void on_closed(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_http__conn *c = arg;

	if ((what & EV_CLOSED) != 0 || is_dead(fd))
		evhttp_connection_free(c->evcon);
	else
		watch(c, EV_CLOSED);
}

static void watch(struct jsl_http__conn *c, short what)
{
	struct timeval look = {.tv_usec = LOOK_MS * 1000};

	if (c->req.closed != NULL)
		event_free(c->req.closed);
	c->req.closed =
		event_new(c->http->base, bufferevent_getfd(c->bev), what, on_closed, c);
	if (c->req.closed != NULL)
		event_add(c->req.closed, (what & EV_READ) != 0 ? NULL : &look);
}

void jsl_http_on_gone(struct jsl_http_req *req, jsl_http_gone_fn fn, void *arg)
{
	struct jsl_http__conn *c = req->conn;

	assert(c->phase == JSL_HTTP__PENDING && req->closed == NULL);
	req->gone = fn;
	req->gone_arg = arg;
	watch(c, EV_READ | EV_CLOSED);
}

void jsl_http_set(struct jsl_http_req *req, const char *name, const char *value)
{
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			return;
	evhttp_add_header(evhttp_request_get_output_headers(req->ev), name, value);
}

/* Send: @len is that of the body, which a HEAD does not get. */
static void answer(struct jsl_http_req *req, int code, const char *type,
		   struct evbuffer *body, uint64_t len)
{
	struct jsl_http__conn *c = req->conn;
	struct evhttp_request *ev = req->ev;
	char text[24];

	assert(c->phase == JSL_HTTP__PENDING);
	if (req->closed != NULL)
		event_free(req->closed);
	*req = (struct jsl_http_req){.conn = c, .ev = ev};
	snprintf(text, sizeof(text), "%llu", (unsigned long long)len);
	jsl_http_set(req, "Content-Type", type);
	jsl_http_set(req, "Content-Length", text);
	jsl_http_set(req, "X-Content-Type-Options", "nosniff");
	if (c->close_after)
		jsl_http_set(req, "Connection", "close");
	c->phase = JSL_HTTP__ANSWER;
	c->http->stats.bytes_out += c->is_head ? 0 : len;
	evhttp_send_reply(ev, code, NULL, c->is_head ? NULL : body);
}

/* Without memory there is nothing to answer with. */
static void drop(struct jsl_http_req *req)
{
	req->gone = NULL;
	evhttp_connection_free(req->conn->evcon);
}

void jsl_http_reply_buffer(struct jsl_http_req *req, int code, const char *type,
			   struct evbuffer *buf)
{
	answer(req, code, type, buf, evbuffer_get_length(buf));
}

void jsl_http_reply(struct jsl_http_req *req, int code, const char *type,
		    const void *data, size_t len)
{
	struct evbuffer *buf = evbuffer_new();

	if (buf == NULL || evbuffer_add(buf, data, len) < 0)
		drop(req);
	else
		answer(req, code, type, buf, len);
	if (buf != NULL)
		evbuffer_free(buf);
}

void jsl_http_reply_text(struct jsl_http_req *req, int code, const char *text)
{
	struct evbuffer *buf = evbuffer_new();

	if (buf == NULL || evbuffer_add_printf(buf, "%s\n", text) < 0)
		drop(req);
	else
		jsl_http_reply_buffer(req, code, JSL_HTTP_TEXT, buf);
	if (buf != NULL)
		evbuffer_free(buf);
}

static void unref_blob(const void *data, size_t len, void *arg)
{
	(void)data;
	(void)len;
	jsl_blob_unref(arg);
}

void jsl_http_reply_blob(struct jsl_http_req *req, int code, const char *type,
			 struct jsl_blob *blob)
{
	struct evbuffer *buf = evbuffer_new();
	size_t len = jsl_blob_len(blob);
	int r = buf == NULL ? -1 : 0;

	if (r == 0 && len > 0 && !req->conn->is_head) {
		r = evbuffer_add_reference(buf, jsl_blob_data(blob), len, unref_blob,
					   blob);
		if (r == 0)
			jsl_blob_ref(blob);
	}
	if (r < 0)
		drop(req);
	else
		answer(req, code, type, buf, len);
	if (buf != NULL)
		evbuffer_free(buf);
}

void jsl_http_reply_file(struct jsl_http_req *req, const char *type, int fd, uint64_t len)
{
	struct evbuffer *buf = evbuffer_new();
	int r = buf == NULL ? -1 : 0;

	if (r == 0 && len > 0 && !req->conn->is_head) {
		r = evbuffer_add_file(buf, fd, 0,
				      (ev_off_t)len); /* takes fd if it works */
		if (r == 0)
			fd = -1;
	}
	if (fd >= 0)
		close(fd);
	if (r < 0)
		drop(req);
	else
		answer(req, 200, type, buf, len);
	if (buf != NULL)
		evbuffer_free(buf);
}
