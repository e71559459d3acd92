/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_STATS_H
#define JSL_NODE_STATS_H

/**
 * @file
 * What a node counts, for metrics: its traffic, its jobs, and by cause what it
 * refuses. Whatever others send fills counters here and has no other effect.
 */

#include <jsl/api.h>
#include <jsl/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why a datagram or a connection was refused. */
enum jsl_node_cause {
	JSL_NODE_MALFORMED, /**< truncated, garbage, beyond the limits */
	JSL_NODE_VERSION,   /**< of a version that is not spoken here */
	JSL_NODE_UNKNOWN,   /**< a kind of message that a later version has */
	JSL_NODE_CLUSTER,   /**< of another name */
	JSL_NODE_CLEAR,	    /**< without the secret */
	JSL_NODE_SEALED,    /**< with one, and this node has none */
	JSL_NODE_SECRET,    /**< with another one */
	JSL_NODE_FORGED,    /**< fails authentication */
	JSL_NODE_REPLAYED,  /**< seen before */
	JSL_NODE_STALE,	    /**< of an earlier life of its sender */
	JSL_NODE_UNBOUND,   /**< for another life of this node; usual at first contact */
	JSL_NODE_CONFIG,    /**< another list of voters */
	/**
	 * Takes part in elections, and is no voter; a connection that ended, or made
	 * room, before it said whose.
	 */
	JSL_NODE_STRANGER,
	JSL_NODE_EPOCH,	      /**< an epoch, round or boot out of range */
	JSL_NODE_INCARNATION, /**< out of range */
	JSL_NODE_IMPOSTOR,    /**< leads an epoch that is another's */
	JSL_NODE_DUPLICATE,   /**< has the id of this node */
	JSL_NODE_OTHER,	      /**< no memory and the like */
	JSL_NODE_CAUSES	      /**< how many there are */
};

/**
 * The name of a cause, as in metrics. From any thread.
 *
 * @param cause the cause
 * @return "malformed" …, "?" for what is none; borrowed, for ever
 */
JSL_API const char *jsl_node_cause_str(enum jsl_node_cause cause);

/** Counters for /metrics; each grows from 0 at the start, but for the last five. */
struct jsl_node_stats {
	uint64_t datagrams_in;	/**< received, refused ones included */
	uint64_t datagrams_out; /**< sent */
	/** Datagrams that were refused, by cause. */
	uint64_t datagrams_refused[JSL_NODE_CAUSES];
	/** Connections that were refused, by cause; UNKNOWN: messages on them. */
	uint64_t links_refused[JSL_NODE_CAUSES];
	uint64_t frames_in;	    /**< messages over connections, received */
	uint64_t frames_out;	    /**< messages over connections, sent */
	uint64_t frames_malformed;  /**< of these, what cost a connection */
	uint64_t progress_dropped;  /**< words for a connection that is behind */
	uint64_t jobs_submitted;    /**< here */
	uint64_t jobs_done;	    /**< submitted here, and ended, whatever way */
	uint64_t jobs_requeued;	    /**< leading: taken from a worker (Q6, Q13) */
	uint64_t jobs_adopted;	    /**< leading: found running (Q2) */
	uint64_t jobs_quarantined;  /**< leading: took down too many workers (Q6) */
	uint64_t jobs_refused;	    /**< first submissions, here or by this leader (Q8) */
	uint64_t results_duplicate; /**< later ones of a job, dropped (Q7) */
	uint64_t orders_stale;	    /**< worker: refused, of another leader (R11) */
	uint64_t elections;	    /**< times a leader became known */
	uint64_t members_failed;    /**< declared failed */
	struct jsl_queue_leader_stats queue; /**< when leading */
	uint32_t running;		     /**< jobs that run here */
	uint32_t held;			     /**< submitted here, not ended */
	uint32_t links;			     /**< connections accepted, now */
	uint32_t strangers; /**< those of them that have not said whose */
};

#ifdef __cplusplus
}
#endif

#endif
