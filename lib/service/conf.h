/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_CONF_H
#define JSL_SERVICE_CONF_H

/*
 * The configuration file that all nodes of a cluster share. It is read whole
 * or not at all: what comes out has every default filled in and has passed
 * every check, so that nobody looks at it twice.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/job.h>
#include <jsl/node.h>
#include <jsl/queue.h>
#include <jsl/runner.h>

#define JSL_CONF_BYTES_MAX  (1u << 20) /* of the file */
#define JSL_CONF_TOKEN_MIN  8	       /* bytes of a token */
#define JSL_CONF_TOKEN_MAX  1024
#define JSL_CONF_SECRET_MIN 32 /* characters of a secret */
#define JSL_CONF_ERRMSG_MAX 512

struct jsl_conf_node {
	uint64_t id;
	struct jsl_addr addr; /* UDP and TCP */
	struct jsl_addr http;
	bool vote;		  /* peers; false in a gateway */
	bool open;		  /* HTTP without a token beyond loopback is meant */
	char *token_file;	  /* NULL: none */
	char *tls_cert, *tls_key; /* of a gateway: both, or NULL */
	unsigned int line;	  /* of its section */
};

struct jsl_conf_jdk {
	char *name;
	char *home;
};

enum jsl_conf_trust { JSL_CONF_TRUST_AUTO, JSL_CONF_TRUST_YES, JSL_CONF_TRUST_NO };

struct jsl_conf {
	char *path;
	struct {
		char *name;
		char *secret_file; /* NULL: none */
	} cluster;
	struct jsl_conf_node *peers;
	size_t n_peers;
	struct jsl_conf_node *gateways;
	size_t n_gateways;
	struct {
		uint64_t heartbeat_ms, lease_ms, finalize_ms, prepare_ms;
		uint32_t trust_refused; /* enum jsl_conf_trust */
	} election;
	struct {
		uint64_t probe_interval_ms, probe_timeout_ms, cleanup_ms;
		uint32_t suspicion_mult;
	} gossip;
	struct {
		uint32_t max_jobs, max_mb, max_deaths;
		uint64_t inventory_wait_ms, resume_ms, drain_ms, result_keep_ms;
		uint32_t policy; /* enum jsl_queue_policy */
	} queue;
	struct {
		uint32_t slots; /* 0: the number of cores */
		struct jsl_limits limits;
		char *user;
		uint32_t isolation; /* enum jsl_isolation */
		uint32_t cgroup;    /* enum jsl_cgroup */
		bool archive;
		struct jsl_conf_jdk *jdks;
		size_t n_jdks;
	} runner;
	struct {
		uint32_t body_kb, connections;
		uint64_t queue_wait_ms, request_ms;
	} gateway;
	struct {
		uint32_t size_mb, keep;
	} log;
	struct {
		uint32_t size_mb;
		bool invalidate_on_leader_change;
	} cache;
};

/**
 * Read the file at @path.
 *
 * Returns 0 with *@ret_conf (given; free with jsl_conf_free()); -EINVAL for a
 * file that says something wrong; another -errno for one that cannot be read;
 * -ENOMEM. On any error @errmsg (of @errmsg_size) has one line "FILE:LINE: text".
 */
int jsl_conf_load(struct jsl_conf **ret_conf, const char *path, char *errmsg,
		  size_t errmsg_size);

/** The defaults alone, for a program without a file; NULL without memory. Given. */
struct jsl_conf *jsl_conf_new(void);

/** NULL is fine. */
void jsl_conf_free(struct jsl_conf *conf);

/** Free the nodes of @conf; there are none then. */
void jsl_conf_drop_nodes(struct jsl_conf *conf);

/**
 * The peer, or with @gateway the gateway, that --id names. Borrowed.
 *
 * Returns 0, or -ENOENT with a line in @errmsg.
 */
int jsl_conf_pick(const struct jsl_conf *conf, bool gateway, uint64_t id,
		  const struct jsl_conf_node **ret_node, char *errmsg,
		  size_t errmsg_size);

/** The secrets of a cluster, or the tokens of an HTTP server; items point into text. */
struct jsl_conf_secrets {
	size_t n;
	struct jsl_bytes items[JSL_NODE_SECRETS_MAX];
	char *text;
	size_t len;
};

/**
 * Read the secrets that @path holds: a line each, of JSL_CONF_SECRET_MIN to
 * JSL_NODE_SECRET_MAX printable ASCII characters without spaces; empty lines and
 * those that begin with # do not count. At most JSL_NODE_SECRETS_MAX. The file is a
 * regular one of which others have no rights.
 *
 * Returns 0 with *@ret_s (deinit it); -EPERM for a file that others may read or
 * write; -EINVAL for other content; another -errno; -ENOMEM; each but the last with
 * a line in @errmsg.
 */
int jsl_conf_read_secrets(struct jsl_conf_secrets *ret_s, const char *path, char *errmsg,
			  size_t errmsg_size);

/**
 * Read the tokens that @path holds, which may be read by others: as above, of
 * JSL_CONF_TOKEN_MIN to _MAX characters.
 */
int jsl_conf_read_tokens(struct jsl_conf_secrets *ret_s, const char *path, char *errmsg,
			 size_t errmsg_size);

/** Leaves nothing of them in memory. */
void jsl_conf_secrets_deinit(struct jsl_conf_secrets *s);

#endif
