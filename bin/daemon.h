/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_DAEMON_H
#define JSL_BIN_DAEMON_H

/*
 * What jsl-peer and jsl-gateway have in common: the loop, the signals, the logs,
 * and how a node's news get into them. Here, and only here, the process prints
 * and exits.
 */

#include <stdbool.h>

#include <jsl/node.h>

#include "options.h"
#include "service/conf.h"
#include "service/logfile.h"

struct event_base;
struct event;

#define DAEMON_PATH_MAX 4096

struct daemon {
	const char *program;
	struct event_base *base;
	struct event *signals[3];
	bool stopping;
	int status;
	/* Asked for by SIGTERM and SIGINT: leave, and call daemon_quit() when it is done.
	 */
	void (*leave)(struct daemon *d);
	struct daemon_node *nodes;	 /* whose logs SIGHUP opens anew */
	const char *secret_file;	 /* borrowed; read anew by SIGHUP; NULL: none */
	struct jsl_conf_secrets secrets; /* until the nodes have them */
};

/** One node of the process and its logs. */
struct daemon_node {
	struct daemon *daemon;
	struct daemon_node *next;
	void *arg; /* of the owner, for the hooks */
	uint64_t id;
	bool echo; /* log to stderr too (-v) */
	struct jsl_logfile *logfile;
	struct jsl_log file_sink;
	struct jsl_log log; /* for the library */
	bool left;
	struct jsl_node *node; /* set when there is one: gets other secrets */
	/* The leader or a member changed, SIGHUP came, the node has left. Each may be
	 * NULL. */
	void (*on_change)(struct daemon_node *n);
	void (*on_reload)(struct daemon_node *n);
	void (*on_left)(struct daemon_node *n);
};

/** One line on stderr, "program: text". Returns 1, for `return daemon_fail(…)`. */
__attribute__((format(printf, 2, 3))) int daemon_fail(const char *program,
						      const char *fmt, ...);

/** Make the loop and catch the signals. Returns 0, or 1 after a line on stderr. */
int daemon_init(struct daemon *d, const char *program, void (*leave)(struct daemon *d));
void daemon_deinit(struct daemon *d);

/** Tell whoever waits that this serves, and run until daemon_quit(). Returns the exit
 * status. */
int daemon_run(struct daemon *d);
void daemon_quit(struct daemon *d, int status);

/** Where a node's files go, from the options and the defaults. */
struct daemon_paths {
	char data[DAEMON_PATH_MAX];
	char log[DAEMON_PATH_MAX];
};

/** Returns 0, or 1 after a line on stderr: a directory cannot be made. */
int daemon_paths(struct daemon_paths *ret_p, const char *program,
		 const struct options *o);

/** Open the logs of a node called @name ("peer-3"). Returns 0, or 1 after a line. */
int daemon_node_init(struct daemon_node *n, struct daemon *d, const char *name,
		     uint64_t id, const char *log_dir, const struct jsl_conf *conf,
		     bool echo);
void daemon_node_deinit(struct daemon_node *n);

/** One line of the module "node", to the logs. */
void daemon_log(struct daemon_node *n, enum jsl_log_level level, const char *text);

/** The callbacks that write a node's news to its logs; the owner adds its own. */
void daemon_node_opts(struct daemon_node *n, const struct jsl_conf *conf,
		      const struct jsl_conf_node *self, struct jsl_node_opts *ret_opts);

/**
 * Read the cluster's secrets, from @path (borrowed) if it is not NULL. They are
 * dropped when the daemon runs: its nodes have taken what they need. Returns 0, or 1
 * after a line on stderr.
 */
int daemon_secrets(struct daemon *d, const char *path);

/** The configured nodes, for jsl_node_opts. Returns an array of *@ret_n (given), or NULL.
 */
struct jsl_node_peer *daemon_peers(const struct jsl_conf *conf, size_t *ret_n);

#endif
