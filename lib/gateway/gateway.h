/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_GATEWAY_H
#define JSL_GATEWAY_GATEWAY_H

/*
 * The gateway: HTTP in front of a cluster. POST /compileandrun becomes a job,
 * identical requests in flight become one, outcomes of programs are kept in a
 * cache; GET /cluster-info shows the cluster. It knows the cluster only through
 * struct jsl_gateway_cluster, so that all of it runs without one.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/job.h>
#include <jsl/log.h>
#include <jsl/node.h>

#include "service/conf.h"
#include "service/logfile.h"

struct event_base;
struct evbuffer;
struct jsl_gateway;

/** What the gateway asks of a cluster; see the functions of that name in jsl/node.h. */
struct jsl_gateway_cluster {
	void *arg;
	int (*submit)(void *arg, const struct jsl_node_job_opts *opts,
		      struct jsl_queue_id *ret_job);
	void (*cancel)(void *arg, struct jsl_queue_id job);
	struct jsl_election_leader (*leader)(void *arg);
	size_t (*infos)(void *arg, struct jsl_node_info *infos, size_t max);
	bool (*ready)(void *arg);
	uint64_t (*app_hash)(void *arg);
	void (*metrics)(void *arg, struct evbuffer *out); /* more metrics; may be NULL */
};

/** The cluster that @node is a part of. @node: borrowed while this is used. */
struct jsl_gateway_cluster jsl_gateway_cluster_node(struct jsl_node *node);

struct jsl_gateway_opts {
	size_t size;
	struct event_base *base; /* borrowed; outlives the gateway */
	struct jsl_log log;
	struct jsl_logfile *logfile; /* borrowed: for /logs/…; NULL: none */
	struct jsl_gateway_cluster cluster;
	struct jsl_addr http;
	const char *token_file;		/* copied; NULL: no token is asked for */
	const char *tls_cert, *tls_key; /* files (copied), for HTTPS; NULL: HTTP */
	struct jsl_limits limits;	/* no request may ask for more */
	uint64_t body_max;
	uint64_t queue_wait_ms;
	uint64_t request_ms;
	uint32_t connections;
	uint64_t cache_bytes;
	bool invalidate_on_leader_change;
};

#define JSL_GATEWAY_OPTS_INIT                                                       \
	{                                                                           \
		.size = sizeof(struct jsl_gateway_opts), .limits = JSL_LIMITS_INIT, \
		.body_max = 4u << 20, .queue_wait_ms = 60000, .request_ms = 30000,  \
		.connections = 1000, .cache_bytes = 64u << 20,                      \
		.invalidate_on_leader_change = true,                                \
	}

/** Fill in what the configuration says about the gateway @self. */
void jsl_gateway_opts_conf(struct jsl_gateway_opts *opts, const struct jsl_conf *conf,
			   const struct jsl_conf_node *self);

/**
 * Make a gateway (given) and listen.
 *
 * Returns 0; -errno, with one line in @errmsg; -EINVAL; -ENOMEM.
 */
int jsl_gateway_new(struct jsl_gateway **ret_g, const struct jsl_gateway_opts *opts,
		    char *errmsg, size_t errmsg_size);

/** Drops the connections and cancels their jobs. Before the node. NULL is fine. */
void jsl_gateway_free(struct jsl_gateway *g);

/**
 * Take nothing new, answer who waits, then call @fn from the loop, once. The
 * caller bounds the time, and frees.
 */
void jsl_gateway_drain(struct jsl_gateway *g, void (*fn)(void *arg), void *arg);

/** Read tokens and certificate anew; see jsl_http_reload(). */
int jsl_gateway_reload(struct jsl_gateway *g, char *errmsg, size_t errmsg_size);

/** Where it listens; the real port when 0 was asked for. */
struct jsl_addr jsl_gateway_addr(const struct jsl_gateway *g);

/**
 * The leader or a member changed: empties the cache where it must be. Call it from
 * the node's callbacks leader and member.
 */
void jsl_gateway_changed(struct jsl_gateway *g);

#endif
