/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_OPTS_H
#define JSL_NODE_OPTS_H

/**
 * @file
 * What a node is made of: its options, and what it tells its owner. See jsl/node.h.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/api.h>
#include <jsl/blob.h>
#include <jsl/election.h>
#include <jsl/gossip.h>
#include <jsl/job.h>
#include <jsl/log.h>
#include <jsl/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;

#define JSL_NODE_PEERS_MAX 256 /**< configured nodes, gateways included */
#define JSL_NODE_NAME_MAX  64  /**< bytes of a cluster's name */
#define JSL_NODE_JOIN_MAX  64  /**< addresses to join at */

#define JSL_NODE_SECRETS_MAX 4	 /**< that are accepted at a time */
#define JSL_NODE_SECRET_MIN  16	 /**< bytes of one, at least */
#define JSL_NODE_SECRET_MAX  256 /**< bytes of one, at most */

/**
 * Whether a connection that the leader's address refuses proves that the leader's
 * process is gone, so that its lease need not be waited for (R13). A middlebox
 * may refuse in its name: then two could lead at once.
 */
enum jsl_node_trust {
	JSL_NODE_TRUST_AUTO, /**< on loopback addresses */
	JSL_NODE_TRUST_YES,  /**< on all */
	JSL_NODE_TRUST_NO    /**< on none: it shortens waits only */
};

/** A node known from the configuration. */
struct jsl_node_peer {
	uint64_t id;	      /**< not 0, unique */
	struct jsl_addr addr; /**< UDP and TCP */
	bool vote;	      /**< a voter; at most JSL_ELECTION_VOTERS_MAX */
};

/**
 * What a node tells its owner. Each may be NULL; all borrow for the call. They come
 * from the loop, after the step that caused them, and may call anything of the node,
 * jsl_node_free() included. When one step changes both, role comes before leader; what
 * can be asked is newer than either.
 */
struct jsl_node_callbacks {
	void *arg; /**< for all but the worker's; borrowed, outlives the node */
	/** The role in the election changed. */
	void (*role)(void *arg, enum jsl_election_role from, enum jsl_election_role to);
	/**
	 * Another leader, or (epoch 0) none. Not told when the same leader goes on in a
	 * higher epoch: since stays.
	 */
	void (*leader)(void *arg, struct jsl_election_leader leader);
	/** The membership table changed. */
	void (*member)(void *arg, const struct jsl_gossip_change *change);
	void *work_arg; /**< for the worker's three; borrowed, outlives the node */
	/** Worker: run this; answer with jsl_node_finish(). payload: take a reference. */
	void (*start)(void *arg, struct jsl_queue_id job, struct jsl_blob *payload);
	/** Worker: stop that; no answer is wanted. */
	void (*stop)(void *arg, struct jsl_queue_id job);
	/**
	 * Worker: jobs are wanted from this node now, or not (it leads): warm up, cool
	 * down.
	 */
	void (*wanted)(void *arg, bool wanted);
	/** jsl_node_leave() is complete. */
	void (*left)(void *arg);
	/**
	 * The node cannot go on: leave. Once. err is negative: its record cannot be
	 * kept, another process has its id, or there is no memory; text is one line
	 * that says so.
	 */
	void (*fatal)(void *arg, int err, const char *text);
};

/**
 * Who a node is, and what it does. Start from JSL_NODE_OPTS_INIT and set base, cluster,
 * id and addr at least.
 */
struct jsl_node_opts {
	size_t size;			     /**< sizeof(struct jsl_node_opts) */
	struct event_base *base;	     /**< borrowed; outlives the node */
	struct jsl_log log;		     /**< silent by default */
	struct jsl_node_callbacks callbacks; /**< copied */
	const char *cluster;		     /**< name, 1 to JSL_NODE_NAME_MAX; copied */
	uint64_t id;			     /**< not 0; no other node has it */
	struct jsl_addr addr; /**< UDP and TCP; port 0: any, see jsl_node_addr() */
	/** Copied: the configured nodes, this one included. */
	const struct jsl_node_peer *peers;
	size_t n_peers; /**< at most JSL_NODE_PEERS_MAX */
	/**
	 * Copied: where to find the cluster by gossip. A node that is not among the peers
	 * joins there; without any peers it takes the voters' word for who leads.
	 */
	const struct jsl_addr *join;
	size_t n_join; /**< at most JSL_NODE_JOIN_MAX */
	/** Copied: DIR/peer-N is made and locked; needed by voters. */
	const char *data_dir;
	uint32_t slots; /**< jobs at once; 0: not a worker */
	/** Copied: travels in the node's metadata (JDK builds …). */
	const void *app_meta;
	size_t app_meta_len; /**< at most 256 */
	/**
	 * The secrets that all nodes share (copied): the first one authenticates and
	 * encrypts what is sent, all of them what comes in (G7). None: all is in clear,
	 * for loopback or a network that is trusted wholly.
	 */
	const struct jsl_bytes *secrets;
	size_t n_secrets; /**< at most JSL_NODE_SECRETS_MAX; 0: none */
	/* Timing; 0 takes the default, which is the number that is named. */
	uint64_t heartbeat_ms; /**< how often a leader is heard; 100 */
	uint64_t lease_ms;    /**< how long it leads unheard, 3 heartbeats or more; 500 */
	uint64_t finalize_ms; /**< a quorum waits for better candidates; 50 */
	uint64_t prepare_ms;  /**< the chosen candidate may take; 200 */
	uint64_t probe_interval_ms; /**< another node is asked whether it lives; 1000 */
	uint64_t probe_timeout_ms;  /**< it has to answer, less than that; 500 */
	uint64_t cleanup_ms;	    /**< the failed are listed; 30000 */
	/** A silent node is suspected for this many timeouts, longer if many; 4. */
	uint32_t suspicion_mult;
	enum jsl_node_trust trust_refused; /**< AUTO by default */
	/* Queue; likewise. */
	uint32_t max_jobs; /**< held at once, here and at a leader; 10000 */
	uint32_t max_mb;   /**< MiB of them, and of results kept; 256 */
	/** A job that took down this many workers is not run again (Q6); 2. */
	uint32_t max_deaths;
	/** When a new leader probes workers that have not reported (Q2); 500. */
	uint64_t inventory_wait_ms;
	uint64_t resume_ms;	 /**< a broken connection may take to come back; 2000 */
	uint64_t drain_ms;	 /**< a worker that leaves lets jobs end; 10000 */
	uint64_t result_keep_ms; /**< a result waits for its submitter; 600000 */
	enum jsl_queue_policy policy; /**< by default round robin */
};

/** Everything by default; what has none is 0 or NULL. */
#define JSL_NODE_OPTS_INIT                            \
	{                                             \
		.size = sizeof(struct jsl_node_opts), \
	}

#ifdef __cplusplus
}
#endif

#endif
