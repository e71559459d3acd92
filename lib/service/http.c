/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTTP server: its socket, its options, its end. What happens to a
 * connection is in http_gate.c.
 */

#include "config.h"

#include <errno.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>

#include "base/log.h"
#include "service/http_int.h"

#define ACCEPT_RETRY_MS 100
#define PARKED_S	86400
#define BACKLOG		512

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static socklen_t to_sockaddr(const struct jsl_addr *addr, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (memcmp(addr->ip, mapped, sizeof(mapped)) == 0) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(addr->port);
		memcpy(&in4->sin_addr, addr->ip + sizeof(mapped), 4);
		return sizeof(*in4);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(addr->port);
	memcpy(&in6->sin6_addr, addr->ip, sizeof(addr->ip));
	return sizeof(*in6);
}

static void on_retry(evutil_socket_t fd, short what, void *arg);

/* Wait: before accepting again, or for ever while accepting. */
static void rest(struct jsl_http *h, bool for_ever)
{
	const struct timeval retry = {.tv_usec = ACCEPT_RETRY_MS * 1000};
	const struct timeval parked = {.tv_sec = PARKED_S};

	event_add(h->retry, for_ever ? &parked : &retry);
}

struct search {
	const struct evconnlistener *listener;
	struct jsl_http *found;
};

static int is_it(const struct event_base *base, const struct event *ev, void *arg)
{
	struct search *s = arg;
	struct jsl_http *h = event_get_callback_arg(ev);

	(void)base;
	if (event_get_callback(ev) == on_retry && h->listener == s->listener)
		s->found = h;
	return s->found != NULL;
}

/*
 * Out of descriptors: a readable listener would spin, so it rests a little. The
 * argument is evhttp itself, which has taken the listener over; the server is found
 * by its own timer, which is pending at all times for this.
 */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct search s = {.listener = listener};
	int err = EVUTIL_SOCKET_ERROR();

	(void)arg;
	(void)event_base_foreach_event(evconnlistener_get_base(listener), is_it, &s);
	if (s.found == NULL)
		return;
	if (s.found->stats.accept_errors++ == s.found->accept_errors_told)
		jsl_log_write(&s.found->log, JSL_LOG_WARN, "http", "accept: %s",
			      evutil_socket_error_to_string(err));
	evconnlistener_disable(listener);
	rest(s.found, false);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_http *h = arg;

	(void)fd;
	(void)what;
	rest(h, true);
	if (!h->draining)
		evconnlistener_enable(h->listener);
}

static void on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_http *h = arg;
	void (*drained)(void *) = h->drained;

	(void)fd;
	(void)what;
	h->drained = NULL;
	if (drained != NULL)
		drained(h->drained_arg);
}

void jsl_http__check_drain(struct jsl_http *h)
{
	if (!h->draining || h->drained == NULL)
		return;
	jsl_list_foreach (it, &h->conns)
		if (jsl_container_of(it, struct jsl_http__conn, node)->phase >=
		    JSL_HTTP__BODY)
			return;
	event_active(h->idle, EV_TIMEOUT, 0);
}

void jsl_http_drain(struct jsl_http *h, void (*fn)(void *arg), void *arg)
{
	h->draining = true;
	h->drained = fn;
	h->drained_arg = arg;
	evconnlistener_disable(h->listener);
	jsl_http__check_drain(h);
}

static int start_listening(struct jsl_http *h, char *errmsg, size_t errmsg_size)
{
	unsigned int flags =
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	char text[JSL_ADDR_STR_MAX];
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(&h->addr, &ss);
	struct sockaddr_in *in4 = (struct sockaddr_in *)&ss;

	if (ss.ss_family == AF_INET6)
		flags |= LEV_OPT_BIND_IPV6ONLY;
	h->listener = evconnlistener_new_bind(h->base, NULL, h, flags, BACKLOG,
					      (struct sockaddr *)&ss, (int)len);
	if (h->listener == NULL) {
		int r = errno != 0 ? -errno : -EINVAL;

		snprintf(errmsg, errmsg_size, "http %s: %s", jsl_addr_str(&h->addr, text),
			 jsl_strerror(r));
		return r;
	}
	len = sizeof(ss);
	if (getsockname(evconnlistener_get_fd(h->listener), (struct sockaddr *)&ss,
			&len) == 0)
		h->addr.port = ntohs(in4->sin_port); /* at one place in both families */
	if (evhttp_bind_listener(h->ev, h->listener) == NULL) {
		evconnlistener_free(h->listener);
		h->listener = NULL;
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	rest(h, true);
	return 0;
}

static int copy(char **ret_copy, const char *text)
{
	*ret_copy = text != NULL ? strdup(text) : NULL;
	return text != NULL && *ret_copy == NULL ? -ENOMEM : 0;
}

static int set_options(struct jsl_http *h, const struct jsl_http_opts *opts)
{
	if (opts->n_routes > JSL_HTTP_ROUTES_MAX || opts->request_ms == 0 ||
	    opts->connections == 0 || opts->body_max == 0 ||
	    (opts->tls_cert == NULL) != (opts->tls_key == NULL))
		return -EINVAL;
	h->base = opts->base;
	h->log = opts->log;
	h->addr = opts->addr;
	h->max_conns = opts->connections;
	h->request_tv.tv_sec = (time_t)(opts->request_ms / 1000);
	h->request_tv.tv_usec = (suseconds_t)(opts->request_ms % 1000 * 1000);
	h->write_tv = h->request_tv;
	if (opts->n_routes > 0)
		memcpy(h->routes, opts->routes, opts->n_routes * sizeof(*opts->routes));
	if (copy(&h->token_file, opts->token_file) < 0 ||
	    copy(&h->tls_cert, opts->tls_cert) < 0 ||
	    copy(&h->tls_key, opts->tls_key) < 0)
		return -ENOMEM;
	h->rules = (struct jsl_http__rules){
		.tokens = &h->tokens,
		.loopback = jsl_addr_is_loopback(&opts->addr),
		.body_max = opts->body_max,
		.routes = h->routes,
		.n_routes = opts->n_routes,
	};
	return 0;
}

static int start_evhttp(struct jsl_http *h)
{
	const struct timeval *common;

	h->ev = evhttp_new(h->base);
	h->retry = evtimer_new(h->base, on_retry, h);
	h->idle = event_new(h->base, -1, 0, on_idle, h);
	common = event_base_init_common_timeout(h->base, &h->request_tv);
	if (h->ev == NULL || h->retry == NULL || h->idle == NULL)
		return -ENOMEM;
	if (common != NULL)
		h->request_tv = *common; /* timers of one length in a queue, not a heap */
	evhttp_set_max_headers_size(h->ev, JSL_HTTP_HEAD_MAX);
	evhttp_set_max_body_size(h->ev, (ev_ssize_t)h->rules.body_max);
	evhttp_set_default_content_type(h->ev, NULL);
	evhttp_set_allowed_methods(h->ev, UINT16_MAX);
	evhttp_set_bevcb(h->ev, jsl_http__conn_new, h);
	evhttp_set_gencb(h->ev, jsl_http__on_request, h);
	return 0;
}

int jsl_http_new(struct jsl_http **ret_h, const struct jsl_http_opts *opts, char *errmsg,
		 size_t errmsg_size)
{
	struct jsl_http *h = calloc(1, sizeof(*h));
	int r;

	if (h == NULL)
		return -ENOMEM;
	jsl_list_init(&h->conns);
	jsl_list_init(&h->lingers);
	jsl_map_init(&h->by_evcon, 0);
	r = set_options(h, opts);
	if (r == 0)
		r = jsl_http__tokens_load(h, errmsg, errmsg_size);
	if (r == 0)
		r = jsl_http__tls_load(h, errmsg, errmsg_size);
	if (r == 0)
		r = start_evhttp(h);
	if (r == 0)
		r = start_listening(h, errmsg, errmsg_size);
	if (r < 0) {
		jsl_http_free(h);
		return r;
	}
	*ret_h = h;
	return 0;
}

void jsl_http_free(struct jsl_http *h)
{
	if (h == NULL)
		return;
	h->draining = false;
	if (h->ev != NULL)
		evhttp_free(h->ev); /* every connection's on_close comes now */
	jsl_list_foreach_safe (it, &h->conns)
		jsl_http__conn_free(jsl_container_of(it, struct jsl_http__conn, node));
	jsl_http__linger_all_free(h);
	if (h->retry != NULL)
		event_free(h->retry);
	if (h->idle != NULL)
		event_free(h->idle);
	jsl_map_deinit(&h->by_evcon);
	jsl_http__tls_drop(h);
	free(h->tls_cert);
	free(h->tls_key);
	free(h->token_file);
	jsl_conf_secrets_deinit(&h->tokens);
	free(h);
}

int jsl_http_reload(struct jsl_http *h, char *errmsg, size_t errmsg_size)
{
	int r = jsl_http__tls_load(h, errmsg, errmsg_size);
	int t = jsl_http__tokens_load(h, errmsg, errmsg_size);

	return t < 0 ? t : r; /* the line of the last one that failed */
}

struct jsl_addr jsl_http_addr(const struct jsl_http *h)
{
	return h->addr;
}

void jsl_http_stats(const struct jsl_http *h, struct jsl_http_stats *ret_stats)
{
	*ret_stats = h->stats;
}
