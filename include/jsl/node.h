/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_H
#define JSL_NODE_H

/*
 * A node of a cluster on the caller's event_base: election, membership and work
 * queue wired to sockets, timers and the durable record. What a node does is
 * chosen by its options: vote (its id is among the voters), work (slots > 0),
 * submit (always possible).
 *
 * Adds events to the base, never dispatches it. Callbacks come from the loop,
 * after the step that caused them, and may call anything here, jsl_node_free()
 * included. No threads, no globals: several nodes fit into one process.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/api.h>
#include <jsl/blob.h>
#include <jsl/election.h>
#include <jsl/gossip.h>
#include <jsl/log.h>
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

/** A row of the cluster's table, as GET /cluster-info shows it. */
struct jsl_node_info {
	uint64_t id;
	enum jsl_election_role role;
	struct jsl_addr addr;
	uint32_t slots;			   /* 0: not a worker */
	struct jsl_election_leader leader; /* whom that node follows */
};

/**
 * How a submitted job ended; called exactly once per job.
 *
 * @end: outcome; for DONE payload, attempt, node (the worker), epoch, tried,
 * queued_us; for REJECTED reason and retry_after_ms. Borrowed for the call.
 */
typedef void (*jsl_node_result_fn)(void *arg, const struct jsl_queue_message *end);

/** What a node tells its owner. Each may be NULL; all borrow for the call. */
struct jsl_node_callbacks {
	void *arg;
	/* The role in the election changed. */
	void (*role)(void *arg, enum jsl_election_role from, enum jsl_election_role to);
	/* Another leader, or (epoch 0) none. */
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
	const char
		*data_dir; /* copied: DIR/peer-N is made and locked; needed by voters */
	uint32_t slots;	   /* jobs at once; 0: not a worker */
	const void *app_meta; /* copied: travels in the node's metadata (JDK builds …) */
	size_t app_meta_len;  /* at most 256 */
	/* Timing; 0 takes the default. */
	uint64_t heartbeat_ms, lease_ms, finalize_ms, prepare_ms;
	uint64_t probe_interval_ms, probe_timeout_ms, cleanup_ms;
	uint32_t suspicion_mult;
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

/** Where the node is reached; the real port when 0 was asked for. */
JSL_API struct jsl_addr jsl_node_addr(const struct jsl_node *n);

JSL_API enum jsl_election_role jsl_node_role(const struct jsl_node *n);

/** The leader as known here; epoch 0 once a lease's time has passed without a heartbeat.
 */
JSL_API struct jsl_election_leader jsl_node_leader(const struct jsl_node *n);

/** Whether this node may act as leader now (R4); reads the clock. See
 * jsl_election_is_leader(). */
JSL_API bool jsl_node_is_leader(const struct jsl_node *n,
				struct jsl_election_leader *ret_token);

/**
 * The live nodes in ascending order of ids, this one included, into @infos.
 * Exactly the node that is jsl_node_leader() has role LEADING.
 *
 * Returns how many there are; at most @max are written.
 */
JSL_API size_t jsl_node_infos(const struct jsl_node *n, struct jsl_node_info *infos,
			      size_t max);

/** Whether there is a leader with a worker that takes jobs, as far as is known here. */
JSL_API bool jsl_node_ready(const struct jsl_node *n);

/**
 * A hash over the set of different app_metas of the live workers; the last one
 * while there is no worker.
 */
JSL_API uint64_t jsl_node_app_hash(const struct jsl_node *n);

/**
 * Submit a job: it is held here until its result is, through any change of
 * leader. @payload: the node takes its own reference. @wait_ms: expire if it has
 * not been started by then; 0 = never.
 *
 * Returns 0 with *@ret_job (may be NULL); -ENOBUFS when max_jobs or max_mb are
 * held; -ESHUTDOWN when the node leaves; -ENOMEM.
 */
JSL_API int jsl_node_submit(struct jsl_node *n, struct jsl_blob *payload,
			    uint64_t wait_ms, jsl_node_result_fn fn, void *arg,
			    struct jsl_queue_id *ret_job);

/** Give up @job: fn is not called any more. An unknown job is fine. */
JSL_API void jsl_node_cancel(struct jsl_node *n, struct jsl_queue_id job);

/** Worker: @job ended with @payload (the node takes its own reference). Unknown: fine. */
JSL_API void jsl_node_finish(struct jsl_node *n, struct jsl_queue_id job,
			     struct jsl_blob *payload);

/** Counters for /metrics; each grows from 0 at the start. */
struct jsl_node_stats {
	uint64_t datagrams_in, datagrams_out, datagrams_malformed, datagrams_foreign;
	uint64_t frames_in, frames_out, frames_malformed, links_refused;
	uint64_t jobs_submitted, jobs_done, jobs_requeued, jobs_adopted, jobs_quarantined,
		jobs_refused, results_duplicate, orders_stale;
	uint64_t elections;		     /* times a leader became known */
	uint64_t members_failed;	     /* declared failed */
	struct jsl_queue_leader_stats queue; /* when leading */
	uint32_t running;		     /* jobs that run here */
	uint32_t held;			     /* submitted here, not ended */
};

JSL_API void jsl_node_stats(const struct jsl_node *n, struct jsl_node_stats *ret_stats);

#ifdef __cplusplus
}
#endif

#endif
