/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection, and the gate in front of evhttp. evhttp 2.1 takes a space
 * before a colon, the first of two Content-Lengths, a Content-Length beside
 * chunked, "+5" and "0x5" as sizes, bare line feeds, NULs, and leaves the body of
 * a HEAD to be read as the next request; an unknown method gets status 0. So
 * nothing of a head reaches evhttp before all of it is here and found good.
 *
 * How: a callback on the input buffer sees new bytes before evhttp's read
 * callback does, and takes that callback away (evhttp is "held") until the head
 * is judged. Its own argument stays in place all the time, because evhttp
 * also calls the read callback from a deferred one. A bad head is answered
 * here and the connection is closed. A chunked body may still be read in two
 * ways; its connection ends with its answer.
 *
 * EV_READ is never enabled while a request is pending: pipelined bytes would
 * abort the process. A client that leaves is seen by an event of its own.
 */

#include "config.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "service/http_int.h"

static struct jsl_key key_of(const struct evhttp_connection *evcon)
{
	return jsl_key_u64((uint64_t)(uintptr_t)evcon);
}

static void hold(struct jsl_http__conn *c)
{
	void *arg = NULL;

	if (c->held)
		return;
	bufferevent_getcb(c->bev, &c->ev_read, &c->ev_write, &c->ev_event, &arg);
	bufferevent_setcb(c->bev, NULL, c->ev_write, c->ev_event, arg);
	c->held = true;
}

static void release(struct jsl_http__conn *c)
{
	if (!c->held)
		return;
	bufferevent_setcb(c->bev, c->ev_read, c->ev_write, c->ev_event, c->evcon);
	c->held = false;
}

static void refuse_later(struct jsl_http__conn *c, int status)
{
	c->status = status;
	hold(c);
	event_active(c->hook, EV_TIMEOUT, 0);
}

static void judge(struct jsl_http__conn *c, const char *data, size_t len)
{
	struct jsl_http__head head;
	int status;

	c->route = NULL;
	c->is_head = false;
	status = jsl_http__head_parse(&head, data, len);
	if (status == 0) {
		c->is_head = head.method == JSL_HTTP__HEAD;
		status = jsl_http__judge(&c->http->rules, &head, &c->route);
	}
	if (status == 0 && c->http->draining)
		status = 503;
	if (status != 0) {
		refuse_later(c, status);
		return;
	}
	c->close_after = head.chunked;
	c->phase = JSL_HTTP__BODY;
	release(c);
}

/* Look at what has come of a head. */
static void check_head(struct jsl_http__conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(in);
	size_t max = len < JSL_HTTP_HEAD_MAX ? len : JSL_HTTP_HEAD_MAX;
	const char *data;
	int n;

	if (len == 0 || c->status != 0)
		return;
	data = (const char *)evbuffer_pullup(in, (ev_ssize_t)max);
	n = data == NULL ? -503 : jsl_http__head_end(data, max, c->scanned);
	c->scanned = max;
	if (n < 0)
		refuse_later(c, -n);
	else if (n == 0)
		hold(c);
	else
		judge(c, data, (size_t)n);
}

static void on_input(struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg)
{
	struct jsl_http__conn *c = arg;

	(void)in;
	if (info->n_added > 0 && c->phase == JSL_HTTP__READING)
		check_head(c);
}

static const char *phrase(int status)
{
	switch (status) {
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 413: return "Content Too Large";
	case 431: return "Request Header Fields Too Large";
	default: return "Service Unavailable";
	}
}

/* The answer of a refusal, head and one line of text, into @buf. */
static size_t refusal(const struct jsl_http__conn *c, char *buf, size_t size)
{
	const struct jsl_http_route *route = c->route;
	const char *extra = "";
	int n;

	if (c->status == 401)
		extra = "WWW-Authenticate: Bearer\r\n";
	else if (c->status == 405)
		extra = route->post ? "Allow: POST\r\n" : "Allow: GET, HEAD\r\n";
	else if (c->status == 503)
		extra = "Retry-After: 1\r\n";
	n = snprintf(buf, size,
		     "HTTP/1.1 %d %s\r\n%s%sX-Content-Type-Options: nosniff\r\n"
		     "Content-Type: " JSL_HTTP_TEXT "\r\nContent-Length: %zu\r\n"
		     "Connection: close\r\n\r\n%s%s",
		     c->status, phrase(c->status), extra,
		     route != NULL && route->refused != NULL ? route->refused : "",
		     strlen(phrase(c->status)) + 1, c->is_head ? "" : phrase(c->status),
		     c->is_head ? "" : "\n");
	assert(n > 0 && (size_t)n < size);
	return (size_t)n;
}

/* Everything before has been written, so that this fits into the socket's buffer. */
static void refuse(struct jsl_http__conn *c)
{
	struct jsl_http *h = c->http;
	char buf[JSL_HTTP__REPLY_MAX];
	size_t n = refusal(c, buf, sizeof(buf));

	h->stats.refused++;
	if (c->status == 400 || c->status == 431)
		h->stats.malformed++;
	jsl_log_write(&h->log, JSL_LOG_VERBOSE, "http", "refused: %d", c->status);
	c->linger = jsl_http__send(c, buf, n);
	evhttp_connection_free(c->evcon);
}

/* evhttp frees the connection, for whatever reason. */
static void on_close(struct evhttp_connection *evcon, void *arg)
{
	struct jsl_http__conn *c = arg;
	struct jsl_http_req req = c->req;
	bool pending = c->phase == JSL_HTTP__PENDING;

	(void)evcon;
	jsl_http__send_end(c);
	if (c->linger || c->phase == JSL_HTTP__BODY)
		jsl_http__linger(c->http, bufferevent_getfd(c->bev));
	if (pending)
		c->http->stats.gone++;
	jsl_http__conn_free(c);
	if (pending && req.gone != NULL)
		req.gone(req.gone_arg);
}

/* evhttp has made the connection object by now. */
static void attach(struct jsl_http__conn *c)
{
	struct jsl_http *h = c->http;
	bufferevent_data_cb rd, wr;
	bufferevent_event_cb ev;
	void *arg = NULL;

	bufferevent_getcb(c->bev, &rd, &wr, &ev, &arg);
	if (arg == NULL) { /* it could not, and has freed its part */
		jsl_http__conn_free(c);
		return;
	}
	if (jsl_map_put(&h->by_evcon, key_of(arg), &c->by_evcon) < 0) {
		evhttp_connection_free(arg);
		jsl_http__conn_free(c);
		return;
	}
	c->evcon = arg;
	c->phase = JSL_HTTP__READING;
	evhttp_connection_set_closecb(c->evcon, on_close, c);
	h->accept_errors_told = h->stats.accept_errors;
	h->stats.connections++;
	if (h->stats.connections > h->max_conns) {
		c->status = 503;
		refuse(c);
		return;
	}
	event_add(c->timer, &h->request_tv);
}

static void on_hook(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_http__conn *c = arg;

	(void)fd;
	(void)what;
	if (c->phase == JSL_HTTP__NEW)
		attach(c);
	else if (c->status != 0)
		refuse(c);
	else if (c->phase == JSL_HTTP__READING)
		check_head(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_http__conn *c = arg;

	(void)fd;
	(void)what;
	c->http->stats.timeouts++;
	evhttp_connection_free(c->evcon);
}

struct bufferevent *jsl_http__conn_new(struct event_base *base, void *arg)
{
	struct jsl_http *h = arg;
	struct jsl_http__conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->http = h;
	c->req.conn = c;
	jsl_list_init(&c->node);
	c->bev = h->tls != NULL ? jsl_http__tls_bev(h)
				: bufferevent_socket_new(base, -1, 0);
	c->hook = event_new(base, -1, 0, on_hook, c);
	c->timer = evtimer_new(base, on_timer, c);
	if (c->bev == NULL || c->hook == NULL || c->timer == NULL ||
	    evbuffer_add_cb(bufferevent_get_input(c->bev), on_input, c) == NULL) {
		jsl_http__conn_free(c);
		return NULL;
	}
	bufferevent_incref(c->bev);
	bufferevent_set_timeouts(c->bev, NULL, &h->write_tv);
	jsl_list_push_back(&h->conns, &c->node);
	event_active(c->hook, EV_TIMEOUT, 0);
	return c->bev;
}

void jsl_http__conn_free(struct jsl_http__conn *c)
{
	struct jsl_http *h = c->http;

	if (c->evcon != NULL) {
		jsl_map_remove(&h->by_evcon, &c->by_evcon);
		h->stats.connections--;
	}
	jsl_list_remove(&c->node);
	if (c->hook != NULL)
		event_free(c->hook);
	if (c->timer != NULL)
		event_free(c->timer);
	if (c->req.closed != NULL)
		event_free(c->req.closed);
	if (c->bev != NULL) {
		evbuffer_remove_cb(bufferevent_get_input(c->bev), on_input, c);
		bufferevent_decref(c->bev);
	}
	free(c);
	jsl_http__check_drain(h);
}

void jsl_http__on_request(struct evhttp_request *ev, void *arg)
{
	struct jsl_http *h = arg;
	struct evhttp_connection *evcon = evhttp_request_get_connection(ev);
	struct jsl_map_node *n = jsl_map_get(&h->by_evcon, key_of(evcon));
	struct jsl_http__conn *c;

	/* Without memory for our part, or past the gate: not served. */
	if (n == NULL) {
		evhttp_send_error(ev, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	c = jsl_container_of(n, struct jsl_http__conn, by_evcon);
	assert(c->phase == JSL_HTTP__BODY && c->route != NULL);
	event_del(c->timer);
	c->phase = JSL_HTTP__PENDING;
	c->req.ev = ev;
	evhttp_request_set_on_complete_cb(ev, jsl_http__on_complete, c);
	h->stats.requests++;
	c->route->fn(c->route->arg, &c->req);
}

void jsl_http__on_complete(struct evhttp_request *ev, void *arg)
{
	struct jsl_http__conn *c = arg;
	bool more = evbuffer_get_length(bufferevent_get_input(c->bev)) > 0;

	(void)ev;
	c->phase = JSL_HTTP__READING;
	c->held = false;
	c->scanned = 0;
	c->req.ev = NULL;
	c->linger = c->close_after || more;
	event_add(c->timer, &c->http->request_tv);
	if (more)
		event_active(c->hook, EV_TIMEOUT, 0); /* before evhttp's deferred read */
	jsl_http__check_drain(c->http);
}
