/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_SUBMITTER_H
#define JSL_QUEUE_SUBMITTER_H

/**
 * @file
 * The submitter's part of the work queue (Q1): a pure core. See jsl/queue.h.
 */

#include <jsl/api.h>
#include <jsl/queue_event.h>
#include <jsl/queue_message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque: the jobs that one node has submitted and not yet the results of. */
struct jsl_queue_submitter;

/** Start from JSL_QUEUE_SUBMITTER_OPTS_INIT and set self. */
struct jsl_queue_submitter_opts {
	size_t size;		    /**< sizeof(struct jsl_queue_submitter_opts) */
	struct jsl_queue_node self; /**< id and boot, not 0 */
	uint32_t max_jobs;	    /**< held at once, > 0; more are refused */
	uint64_t max_bytes;	    /**< of their payloads, > 0; more are refused (Q8) */
	uint64_t seed;		    /**< of hash tables; random */
};

/** The defaults of the bounds. */
#define JSL_QUEUE_SUBMITTER_OPTS_INIT                                               \
	{                                                                           \
		.size = sizeof(struct jsl_queue_submitter_opts), .max_jobs = 10000, \
		.max_bytes = UINT64_C(256) << 20,                                   \
	}

/**
 * Make a submitter.
 *
 * @param[out] ret_s given; free with jsl_queue_submitter_free()
 * @param opts       borrowed for the call
 * @return 0; -EINVAL: an option is missing or out of range; -ENOMEM
 */
JSL_API int jsl_queue_submitter_new(struct jsl_queue_submitter **ret_s,
				    const struct jsl_queue_submitter_opts *opts);

/**
 * Free a submitter with all that it holds.
 *
 * @param s the submitter (taken); NULL is fine
 */
JSL_API void jsl_queue_submitter_free(struct jsl_queue_submitter *s);

/**
 * Feed one event. LINK_UP is the link to the leader (one at a time; a new one
 * replaces the old). Jobs to submit follow in later steps when they are many: see the
 * deadline.
 *
 * @param s           the submitter
 * @param ev          borrowed for the call
 * @param[out] ret_up what to do; its pointers are borrowed until the next step
 * @return 0; or, nothing changed:
 *  - -ENOBUFS: SUBMIT when full;
 *  - -EEXIST: SUBMIT of an id that is held;
 *  - -EPROTO: the leader broke the protocol, close the link;
 *  - -EINVAL: a misuse: time that goes backwards, no event of a submitter, SUBMIT
 *    without a payload, MESSAGE without one, LINK_UP without an epoch;
 *  - -ENOMEM
 */
JSL_API int jsl_queue_submitter_step(struct jsl_queue_submitter *s,
				     const struct jsl_queue_event *ev,
				     struct jsl_queue_update *ret_up);

/**
 * When to step with a TIMER event.
 *
 * @param s the submitter
 * @return in terms of now_us; UINT64_MAX for never
 */
JSL_API uint64_t jsl_queue_submitter_deadline(const struct jsl_queue_submitter *s);

/**
 * How many jobs are held.
 *
 * @param s the submitter
 * @return the number
 */
JSL_API size_t jsl_queue_submitter_count(const struct jsl_queue_submitter *s);

#ifdef __cplusplus
}
#endif

#endif
