/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_H
#define JSL_NODE_H

/*
 * A node of a cluster on the caller's event_base: election, membership and work
 * queue wired to sockets, timers and the durable record. What a node does is
 * chosen by its options: vote (its id is among the voters), work (slots > 0),
 * submit (always possible).
 *
 * Adds events to the base, never dispatches it. Any event_base will do: one with
 * EVENT_BASE_FLAG_PRECISE_TIMER only has the timers a few ms less late, and no rule
 * rests on that, for the clock is read at each step. No write raises SIGPIPE, and no
 * signal is touched. Callbacks come from the loop, after the step that caused them,
 * and may call anything here, jsl_node_free() included. All calls come from the
 * loop's thread. No threads, no globals: several nodes fit into one process.
 *
 * What a node can be asked is in jsl/node_view.h, what it counts in jsl/node_stats.h,
 * what is done with jobs in jsl/node_job.h.
 *
 * A cluster without any voter, among the peers or found with join, is one of gossip
 * alone: its nodes know who is alive, stay LOOKING, and are given no job.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/api.h>
#include <jsl/blob.h>
#include <jsl/election.h>
#include <jsl/gossip.h>
#include <jsl/job.h>
#include <jsl/log.h>
#include <jsl/node_job.h>
#include <jsl/node_stats.h>
#include <jsl/node_view.h>
#include <jsl/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct jsl_node;

#define JSL_NODE_PEERS_MAX 256 /* configured nodes, gateways included */
#define JSL_NODE_NAME_MAX  64  /* bytes of a cluster's name */
#define JSL_NODE_JOIN_MAX  64  /* addresses to join at */

#define JSL_NODE_SECRETS_MAX 4	/* that are accepted at a time */
#define JSL_NODE_SECRET_MIN  16 /* bytes of one */
#define JSL_NODE_SECRET_MAX  256

/**
 * Whether a connection that the leader's address refuses proves that the leader's
 * process is gone, so that its lease need not be waited for (R13). A middlebox
 * may refuse in its name: then two could lead at once.
 */
enum jsl_node_trust {
	JSL_NODE_TRUST_AUTO, /* on loopback addresses */
	JSL_NODE_TRUST_YES,
	JSL_NODE_TRUST_NO
};

/** A node known from the configuration. */
struct jsl_node_peer {
	uint64_t id;
	struct jsl_addr addr; /* UDP and TCP */
	bool vote;
};

/**
 * What a node tells its owner. Each may be NULL; all borrow for the call. When one step
 * changes both, role comes before leader; what can be asked is newer than either.
 */
struct jsl_node_callbacks {
	void *arg;
	/* The role in the election changed. */
	void (*role)(void *arg, enum jsl_election_role from, enum jsl_election_role to);
	/* Another leader, or (epoch 0) none. Not told when the same leader goes on in a
	 * higher epoch: since stays. */
	void (*leader)(void *arg, struct jsl_election_leader leader);
	/* The membership table changed. */
	void (*member)(void *arg, const struct jsl_gossip_change *change);
	/* Worker; all three get work_arg. */
	void *work_arg;
	/* Run this; answer with jsl_node_finish(). payload: take a reference. */
	void (*start)(void *arg, struct jsl_queue_id job, struct jsl_blob *payload);
	/* Stop that; no answer is wanted. */
	void (*stop)(void *arg, struct jsl_queue_id job);
	/* Worker: jobs are wanted from this node now, or not (it leads): warm up, cool
	 * down. */
	void (*wanted)(void *arg, bool wanted);
	/* jsl_node_leave() is complete. */
	void (*left)(void *arg);
	/* The node cannot go on (record lost, another cluster): leave. @text: one line.
	 */
	void (*fatal)(void *arg, int err, const char *text);
};

struct jsl_node_opts {
	size_t size;
	struct event_base *base; /* borrowed; outlives the node */
	struct jsl_log log;
	struct jsl_node_callbacks callbacks;
	const char *cluster; /* name; copied */
	uint64_t id;
	struct jsl_addr addr; /* UDP and TCP; port 0: any, see jsl_node_addr() */
	const struct jsl_node_peer
		*peers; /* copied; the configured nodes, this one included */
	size_t n_peers;
	/* Copied: where to find the cluster by gossip. A node that is not among the peers
	   joins there; without any peers it takes the voters' word for who leads. */
	const struct jsl_addr *join;
	size_t n_join;
	const char
		*data_dir; /* copied: DIR/peer-N is made and locked; needed by voters */
	uint32_t slots;	   /* jobs at once; 0: not a worker */
	const void *app_meta; /* copied: travels in the node's metadata (JDK builds …) */
	size_t app_meta_len;  /* at most 256 */
	/* The secrets that all nodes share (copied): the first one authenticates and
	 * encrypts what is sent, all of them what comes in. 0: all is in clear, for
	 * loopback or a network that is trusted wholly. */
	const struct jsl_bytes *secrets;
	size_t n_secrets;
	/* Timing; 0 takes the default. */
	uint64_t heartbeat_ms, lease_ms, finalize_ms, prepare_ms;
	uint64_t probe_interval_ms, probe_timeout_ms, cleanup_ms;
	uint32_t suspicion_mult;
	enum jsl_node_trust trust_refused;
	/* Queue; 0 takes the default. */
	uint32_t max_jobs, max_mb, max_deaths;
	uint64_t inventory_wait_ms, resume_ms, drain_ms, result_keep_ms;
	enum jsl_queue_policy policy;
};

#define JSL_NODE_OPTS_INIT                            \
	{                                             \
		.size = sizeof(struct jsl_node_opts), \
	}

/**
 * Make a node (given): binds its sockets, takes the lock on its record and
 * starts.
 *
 * Returns 0; -EINVAL; JSL_E_CONFIG, JSL_E_CLUSTER (the record is another
 * cluster's); JSL_E_BUSY (runs already); -EADDRINUSE and other -errno; -ENOMEM.
 * @errmsg (of @errmsg_size; may be NULL) then has one line: "context: cause".
 */
JSL_API int jsl_node_new(struct jsl_node **ret_n, const struct jsl_node_opts *opts,
			 char *errmsg, size_t errmsg_size);

/** Stop at once, as kill -9 would, and free. NULL is fine. No callback comes after. */
JSL_API void jsl_node_free(struct jsl_node *n);

/**
 * Leave cleanly: a leader releases its lease, a worker finishes what it runs or
 * hands it back after drain_ms, the others are told. Then callbacks.left.
 */
JSL_API void jsl_node_leave(struct jsl_node *n);

/** Stop looking for the failed node @id (G2): it will not come back. Any id is fine. */
JSL_API void jsl_node_forget(struct jsl_node *n, uint64_t id);

/**
 * Hand leadership over to voter @id: this node stops acting at once and asks the
 * others for @id (R9). A wish: should @id fail meanwhile, the highest id wins.
 *
 * Returns 0; -EINVAL: @id is not another voter; -EAGAIN: this node does not lead
 * now, or @id does not follow it; -ESHUTDOWN when the node leaves.
 */
JSL_API int jsl_node_transfer(struct jsl_node *n, uint64_t id);

/**
 * Other secrets (copied), without a stop: the new one as the second at every node,
 * then as the first, then alone. Connections that were made with one that is gone are
 * closed, and made anew and resumed where both ends have another.
 *
 * Returns 0; -EINVAL: their number or length, or the node has none; -EIO.
 */
JSL_API int jsl_node_set_secrets(struct jsl_node *n, const struct jsl_bytes *secrets,
				 size_t n_secrets);

#ifdef __cplusplus
}
#endif

#endif
