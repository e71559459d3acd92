/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_HTTP_H
#define JSL_SERVICE_HTTP_H

/*
 * A hardened HTTP/1.1 server on the caller's event_base. evhttp reads bodies
 * and writes answers; before it sees a request, a strict gate of our own has
 * checked the whole head, because evhttp takes much that lets two parsers
 * disagree about where a request ends (http_gate.c lists it).
 *
 * A handler gets a request that has a known path, an allowed method, a body
 * within the limit, and whose sender may ask. It answers at once or later; a
 * client that leaves before is told by the gone callback. The program must ignore
 * SIGPIPE.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/blob.h>
#include <jsl/job.h>
#include <jsl/log.h>

struct event_base;
struct evbuffer;
struct jsl_http;
struct jsl_http_req;

#define JSL_HTTP_HEAD_MAX   16384 /* bytes of a request's head */
#define JSL_HTTP_ROUTES_MAX 16

/**
 * @req: borrowed until it is answered or gone, whichever comes first
 */
typedef void (*jsl_http_fn)(void *arg, struct jsl_http_req *req);
typedef void (*jsl_http_gone_fn)(void *arg);

struct jsl_http_route {
	const char *path; /* exactly; the query is ignored. For ever */
	bool post;	  /* POST; else GET and HEAD */
	jsl_http_fn fn;
	void *arg;
	const char *refused; /* header line for our own refusals ("X: y\r\n") or NULL */
};

struct jsl_http_opts {
	size_t size;
	struct event_base *base; /* borrowed; outlives the server */
	struct jsl_log log;
	struct jsl_addr addr;		     /* port 0: any, see jsl_http_addr() */
	const struct jsl_http_route *routes; /* copied */
	size_t n_routes;
	const char *token_file; /* copied: see jsl_conf_read_tokens(); NULL: none asked */
	const char *tls_cert;	/* copied: file with the chain, PEM; NULL: no TLS */
	const char *tls_key;	/* copied: file with its key, PEM */
	uint64_t body_max;	/* bytes */
	uint64_t request_ms; /* for a request to be complete, and for an answer to move */
	uint32_t connections; /* at once; more get 503 */
};

#define JSL_HTTP_OPTS_INIT                                                  \
	{                                                                   \
		.size = sizeof(struct jsl_http_opts), .body_max = 4u << 20, \
		.request_ms = 30000, .connections = 1000,                   \
	}

/**
 * Make a server (given) and listen.
 *
 * Returns 0; -errno of bind, and of a token file, certificate or key that cannot be
 * used, with one line in @errmsg; -EINVAL; -ENOMEM.
 */
int jsl_http_new(struct jsl_http **ret_h, const struct jsl_http_opts *opts, char *errmsg,
		 size_t errmsg_size);

/**
 * Read the tokens anew, for requests, and the certificate with its key, for
 * connections that come from now on.
 *
 * Returns 0; -errno of what could not be used, with one line in @errmsg: that stays
 * as it was.
 */
int jsl_http_reload(struct jsl_http *h, char *errmsg, size_t errmsg_size);

/** Closes every connection; those that wait for an answer are gone. NULL is fine. */
void jsl_http_free(struct jsl_http *h);

/**
 * Take no new connection and no new request (503), finish what is being served,
 * then call @fn from the loop, once. With nothing to finish that is at once.
 */
void jsl_http_drain(struct jsl_http *h, void (*fn)(void *arg), void *arg);

/** Where it listens; the real port when 0 was asked for. */
struct jsl_addr jsl_http_addr(const struct jsl_http *h);

struct jsl_http_stats {
	uint64_t requests;	/* that reached a handler */
	uint64_t refused;	/* answered by the gate with 4xx or 503 */
	uint64_t malformed;	/* of refused: 400 and 431 */
	uint64_t timeouts;	/* not complete in request_ms */
	uint64_t gone;		/* the client left before its answer */
	uint64_t bytes_out;	/* of bodies */
	uint64_t accept_errors; /* no descriptor or no memory for a connection */
	uint32_t connections;	/* now */
};

void jsl_http_stats(const struct jsl_http *h, struct jsl_http_stats *ret_stats);

/** The value of a header of the request, or NULL. Borrowed. */
const char *jsl_http_header(const struct jsl_http_req *req, const char *name);

/** Call @fn for each header of the request, in their order. */
void jsl_http_headers(const struct jsl_http_req *req,
		      void (*fn)(void *arg, const char *name, const char *value),
		      void *arg);

/** The body; borrowed until the answer. data is NULL without memory. */
struct jsl_bytes jsl_http_body(struct jsl_http_req *req);

/** The body is not needed any more: frees it before the answer. */
void jsl_http_drop_body(struct jsl_http_req *req);

/** Whether the Accept header asks for application/json. */
bool jsl_http_wants_json(const struct jsl_http_req *req);

/** Tell @fn if the client leaves before the answer. At most once per request. */
void jsl_http_on_gone(struct jsl_http_req *req, jsl_http_gone_fn fn, void *arg);

/** Add a header to the answer. @value: one line, or it is left out. */
void jsl_http_set(struct jsl_http_req *req, const char *name, const char *value);

/** Answer with @len bytes (copied). @req is over. */
void jsl_http_reply(struct jsl_http_req *req, int code, const char *type,
		    const void *data, size_t len);

/** Answer with a text of one line; the newline is added. */
void jsl_http_reply_text(struct jsl_http_req *req, int code, const char *text);

/** Answer with @blob without copying it; the server takes its own reference. */
void jsl_http_reply_blob(struct jsl_http_req *req, int code, const char *type,
			 struct jsl_blob *blob);

/** Answer with what is in @buf, which is drained. */
void jsl_http_reply_buffer(struct jsl_http_req *req, int code, const char *type,
			   struct evbuffer *buf);

/** Answer with the first @len bytes of the file @fd (taken), never all in memory. */
void jsl_http_reply_file(struct jsl_http_req *req, const char *type, int fd,
			 uint64_t len);

#define JSL_HTTP_TEXT "text/plain; charset=utf-8"
#define JSL_HTTP_JSON "application/json"

#endif
