/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_WORKER_H
#define JSL_QUEUE_WORKER_H

/**
 * @file
 * The worker's part of the work queue (Q3..Q5): a pure core. See jsl/queue.h.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/election_message.h>
#include <jsl/queue_event.h>
#include <jsl/queue_message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque: the jobs that run at one node, and the results that it keeps. */
struct jsl_queue_worker;

/** Start from JSL_QUEUE_WORKER_OPTS_INIT and set self. */
struct jsl_queue_worker_opts {
	size_t size;		    /**< sizeof(struct jsl_queue_worker_opts) */
	struct jsl_queue_node self; /**< id and boot, not 0 */
	uint32_t slots;		    /**< jobs at once; 0: none until SLOTS */
	uint64_t result_keep_us;    /**< a result waits for its submitter, > 0 (Q3) */
	uint64_t result_max_bytes;  /**< of results, > 0; the oldest go first */
	/** A voter's promise; epoch 0 for none (R11). */
	struct jsl_election_leader floor;
	/**
	 * Obey no epoch above floor and what EPOCH says is promised: in its next life
	 * the floor must be no lower (I3).
	 */
	bool voter;
	uint64_t seed; /**< of hash tables; random */
};

/** The defaults of slots and of what is kept. */
#define JSL_QUEUE_WORKER_OPTS_INIT                                        \
	{                                                                 \
		.size = sizeof(struct jsl_queue_worker_opts), .slots = 1, \
		.result_keep_us = UINT64_C(600000000),                    \
		.result_max_bytes = UINT64_C(256) << 20,                  \
	}

/**
 * Make a worker.
 *
 * @param[out] ret_w given; free with jsl_queue_worker_free()
 * @param opts       borrowed for the call
 * @return 0; -EINVAL: an option is missing or out of range; -ENOMEM
 */
JSL_API int jsl_queue_worker_new(struct jsl_queue_worker **ret_w,
				 const struct jsl_queue_worker_opts *opts);

/**
 * Free a worker with all that it holds.
 *
 * @param w the worker (taken); NULL is fine
 */
JSL_API void jsl_queue_worker_free(struct jsl_queue_worker *w);

/**
 * Feed one event. LINK_UP is the link to the leader, one at a time.
 *
 * @param w           the worker
 * @param ev          borrowed for the call
 * @param[out] ret_up what to do; its pointers are borrowed until the next step
 * @return 0;
 *  - -ENOMEM: for MESSAGE: it was not taken, close the link;
 *  - -EPROTO: the leader broke the protocol, close the link;
 *  - -EMSGSIZE: PROGRESS of more than JSL_QUEUE_PROGRESS_MAX bytes;
 *  - -EINVAL: a misuse: time that goes backwards, no event of a worker, MESSAGE without
 *    one
 */
JSL_API int jsl_queue_worker_step(struct jsl_queue_worker *w,
				  const struct jsl_queue_event *ev,
				  struct jsl_queue_update *ret_up);

/**
 * When to step with a TIMER event.
 *
 * @param w the worker
 * @return in terms of now_us; UINT64_MAX for never
 */
JSL_API uint64_t jsl_queue_worker_deadline(const struct jsl_queue_worker *w);

/**
 * How many jobs run here now.
 *
 * @param w the worker
 * @return the number
 */
JSL_API size_t jsl_queue_worker_running(const struct jsl_queue_worker *w);

/**
 * How many results are kept for their submitters.
 *
 * @param w the worker
 * @return the number
 */
JSL_API size_t jsl_queue_worker_finished(const struct jsl_queue_worker *w);

#ifdef __cplusplus
}
#endif

#endif
