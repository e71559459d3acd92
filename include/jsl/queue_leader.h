/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_LEADER_H
#define JSL_QUEUE_LEADER_H

/**
 * @file
 * The leader's part of the work queue: a pure core. See jsl/queue.h.
 */

#include <jsl/api.h>
#include <jsl/queue_event.h>
#include <jsl/queue_message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque: the jobs of a cluster, at the node that leads, and empty elsewhere. */
struct jsl_queue_leader;

/** Which worker with a free slot gets the next job (Q9). */
enum jsl_queue_policy {
	JSL_QUEUE_ROUND_ROBIN = 1, /**< one after the other */
	JSL_QUEUE_LEAST_LOADED	   /**< the one with the fewest jobs */
};

/** Start from JSL_QUEUE_LEADER_OPTS_INIT and set self; times are not 0. */
struct jsl_queue_leader_opts {
	size_t size;		    /**< sizeof(struct jsl_queue_leader_opts) */
	struct jsl_queue_node self; /**< id not 0 */
	uint32_t max_jobs;	    /**< of all submitters, > 0 (Q8) */
	uint64_t max_bytes;	    /**< of their payloads, > 0 */
	uint32_t max_deaths;	    /**< workers that a job may take down, > 0 (Q6) */
	uint64_t inventory_wait_us; /**< until workers that are silent are probed (Q2) */
	uint64_t resume_us;	    /**< a link may be down for so long (Q3, Q6) */
	uint64_t silence_us; /**< beyond its limit: a silent run is given up (Q13) */
	enum jsl_queue_policy policy; /**< see there */
	uint64_t seed;		      /**< of hash tables; random */
};

/** The default of silence_us: 10 s (Q13). */
#define JSL_QUEUE_SILENCE_US UINT64_C(10000000)

/** The defaults of bounds, times and policy. */
#define JSL_QUEUE_LEADER_OPTS_INIT                                                   \
	{                                                                            \
		.size = sizeof(struct jsl_queue_leader_opts), .max_jobs = 10000,     \
		.max_bytes = UINT64_C(256) << 20, .max_deaths = 2,                   \
		.inventory_wait_us = 500000, .resume_us = 2000000,                   \
		.silence_us = JSL_QUEUE_SILENCE_US, .policy = JSL_QUEUE_ROUND_ROBIN, \
	}

/**
 * Make a leader.
 *
 * @param[out] ret_l given; free with jsl_queue_leader_free()
 * @param opts       borrowed for the call
 * @return 0; -EINVAL: an option is missing or out of range; -ENOMEM
 */
JSL_API int jsl_queue_leader_new(struct jsl_queue_leader **ret_l,
				 const struct jsl_queue_leader_opts *opts);

/**
 * Free a leader with all that it holds.
 *
 * @param l the leader (taken); NULL is fine
 */
JSL_API void jsl_queue_leader_free(struct jsl_queue_leader *l);

/**
 * Feed one event. Before LEAD, after RESIGN and outside the lease (now_us >=
 * act_until_us) no message is given out.
 *
 * @param l           the leader
 * @param ev          borrowed for the call
 * @param[out] ret_up what to do; its pointers are borrowed until the next step
 * @return 0;
 *  - -ENOMEM: the message was not taken, close its link;
 *  - -EPROTO: the sender broke the protocol, close its link;
 *  - -ESTALE: not leading, or outside the lease: not taken, close its link;
 *  - -EAGAIN: a worker has refused to stop a job, close its link, so that it reports
 *    anew;
 *  - -EINVAL: a misuse: time that goes backwards, no event of a leader, a message or a
 *    node that is missing
 */
JSL_API int jsl_queue_leader_step(struct jsl_queue_leader *l,
				  const struct jsl_queue_event *ev,
				  struct jsl_queue_update *ret_up);

/**
 * When to step with a TIMER event.
 *
 * @param l the leader
 * @return in terms of now_us; UINT64_MAX for never
 */
JSL_API uint64_t jsl_queue_leader_deadline(const struct jsl_queue_leader *l);

/** What a leader holds, now. */
struct jsl_queue_leader_stats {
	size_t waiting;	 /**< accepted, assigned to nobody */
	size_t running;	 /**< assigned */
	size_t finished; /**< result not yet with its submitter */
	size_t joined;	 /**< accepted, share the run of another with their key */
	size_t workers;	 /**< that have reported their inventory and take jobs */
	size_t slots;	 /**< of those */
	uint64_t bytes;	 /**< of payloads held */
};

/**
 * What the leader holds.
 *
 * @param l              the leader
 * @param[out] ret_stats all of it
 */
JSL_API void jsl_queue_leader_stats(const struct jsl_queue_leader *l,
				    struct jsl_queue_leader_stats *ret_stats);

#ifdef __cplusplus
}
#endif

#endif
