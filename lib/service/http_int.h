/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_HTTP_INT_H
#define JSL_SERVICE_HTTP_INT_H

/*
 * Shared by the parts of the HTTP server:
 *
 *	http_head.c    reading and judging a head: no I/O
 *	http_gate.c    a connection: holds evhttp back until the head is judged
 *	http_tls.c     what is different with HTTPS
 *	http_linger.c  closing so that the peer can read the last answer
 *	http_reply.c   answers
 *	http.c         the server
 */

#include <event2/event.h>
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "base/list.h"
#include "base/map.h"
#include "service/conf.h"
#include "service/http.h"

#define JSL_HTTP__HEADERS_MAX 100
#define JSL_HTTP__REPLY_MAX   512 /* bytes of a refusal */

struct jsl_http__str {
	const char *p;
	size_t len;
};

enum jsl_http__method {
	JSL_HTTP__GET = 1,
	JSL_HTTP__HEAD,
	JSL_HTTP__POST,
	JSL_HTTP__OTHER
};

/** What a head says. Strings point into it. */
struct jsl_http__head {
	enum jsl_http__method method;
	struct jsl_http__str path; /* without the query; empty if it is no path */
	int minor;		   /* of HTTP/1.x */
	bool has_length, chunked;
	uint64_t length;
	unsigned int n_host, n_origin, n_auth;
	struct jsl_http__str host, origin, auth;
};

/**
 * The length of the head at the start of @data, its empty line included.
 * @scanned: bytes that an earlier call has seen.
 *
 * Returns it; 0 when it is not complete; -400, -431.
 */
int jsl_http__head_end(const char *data, size_t len, size_t scanned);

/** Read a whole head. Returns 0, or 400 with @ret_head in no defined state. */
int jsl_http__head_parse(struct jsl_http__head *ret_head, const char *data, size_t len);

/** Who may ask: the options of a server that the judgement needs. */
struct jsl_http__rules {
	const struct jsl_conf_secrets *tokens; /* one of these; none: of nobody */
	bool loopback;
	uint64_t body_max;
	const struct jsl_http_route *routes;
	size_t n_routes;
};

/**
 * Judge a head. Returns 0 with *@ret_route, or the status of the refusal, with
 * *@ret_route where the path is known and NULL otherwise.
 */
int jsl_http__judge(const struct jsl_http__rules *rules,
		    const struct jsl_http__head *head,
		    const struct jsl_http_route **ret_route);

struct ssl_ctx_st;

struct jsl_http {
	struct event_base *base;
	struct jsl_log log;
	struct evhttp *ev;
	struct evconnlistener *listener;
	struct event *retry;	     /* accepts again after running out of descriptors */
	uint64_t accept_errors_told; /* at the last connection: one line a shortage */
	struct event *idle;	     /* tells of the end of a drain */
	bool draining;
	void (*drained)(void *arg);
	void *drained_arg;
	struct jsl_addr addr;
	char *token_file;	  /* NULL: no token is asked for */
	char *tls_cert, *tls_key; /* files; NULL: no TLS */
	struct jsl_conf_secrets tokens;
	struct ssl_ctx_st *tls;
	struct jsl_http_route routes[JSL_HTTP_ROUTES_MAX];
	struct jsl_http__rules rules;
	struct timeval request_tv; /* as libevent wants it for a common timeout */
	struct timeval write_tv;
	uint32_t max_conns;
	struct jsl_list conns;	 /* of struct jsl_http__conn, all */
	struct jsl_map by_evcon; /* those that evhttp knows */
	struct jsl_list lingers;
	uint32_t n_lingers;
	struct jsl_http_stats stats;
};

struct jsl_http_req {
	struct jsl_http__conn *conn;
	struct evhttp_request *ev;
	struct event *closed; /* the client's end, while somebody wants to know */
	jsl_http_gone_fn gone;
	void *gone_arg;
};

enum jsl_http__phase {
	JSL_HTTP__NEW,	   /* evhttp has not finished making it */
	JSL_HTTP__READING, /* waiting for a head */
	JSL_HTTP__BODY,	   /* the head passed; evhttp reads the body */
	JSL_HTTP__PENDING, /* with a handler */
	JSL_HTTP__ANSWER   /* being written */
};

struct jsl_http__conn {
	struct jsl_list node;
	struct jsl_map_node by_evcon;
	struct jsl_http *http;
	struct bufferevent *bev; /* one reference */
	struct evhttp_connection *evcon;
	struct event *hook;  /* work for the end of this pass of the loop */
	struct event *timer; /* request_ms for a complete request */
	enum jsl_http__phase phase;
	bufferevent_data_cb ev_read, ev_write; /* evhttp's, while it is held back */
	bufferevent_event_cb ev_event;
	bool held;
	size_t scanned;
	int status; /* the refusal that the hook is to send; 0: none */
	bool is_head;
	bool close_after; /* no second request: the body was chunked */
	bool linger;
	const struct jsl_http_route *route;
	struct jsl_http_req req;
};

/** evhttp's callback that makes the bufferevent of a connection; @arg: the server. */
struct bufferevent *jsl_http__conn_new(struct event_base *base, void *arg);

/** Forget a connection that evhttp has freed, or never got. */
void jsl_http__conn_free(struct jsl_http__conn *c);

/** evhttp's callback for a complete request; @arg: the server. */
void jsl_http__on_request(struct evhttp_request *ev, void *arg);

/** The answer is written: the next request may come. */
void jsl_http__on_complete(struct evhttp_request *ev, void *arg);

/** A connection has nothing to do any more: the drain may be over. */
void jsl_http__check_drain(struct jsl_http *h);

/** Read the tokens, if there are to be any. As jsl_http_reload(). */
int jsl_http__tokens_load(struct jsl_http *h, char *errmsg, size_t size);

/** Whether @head has one of them. */
bool jsl_http__token_ok(const struct jsl_conf_secrets *tokens,
			const struct jsl_http__head *head);

/** Read the certificate, if there is to be one. As jsl_http_reload(). */
int jsl_http__tls_load(struct jsl_http *h, char *errmsg, size_t size);
void jsl_http__tls_drop(struct jsl_http *h);

/** The bufferevent of a connection with TLS, or NULL. */
struct bufferevent *jsl_http__tls_bev(struct jsl_http *h);

/** Send at once, past evhttp. Returns whether it was taken. */
bool jsl_http__send(struct jsl_http__conn *c, const char *data, size_t len);

/** Say that nothing more will come. */
void jsl_http__send_end(struct jsl_http__conn *c);

/** Keep @fd's socket open a little for reading; a copy is taken. */
void jsl_http__linger(struct jsl_http *h, int fd);
void jsl_http__linger_all_free(struct jsl_http *h);

#endif
