/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_JOB_H
#define JSL_NODE_JOB_H

/**
 * @file
 * The jobs that the owner of a node (jsl/node.h) submits, and those that it runs for
 * others. All calls come from the loop's thread, from callbacks too.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/blob.h>
#include <jsl/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque; see jsl/node.h. */
struct jsl_node;

#define JSL_NODE_PAYLOAD_MAX (64u << 20) /**< bytes of a job, and of a result */

/**
 * How a submitted job ended; called exactly once per job, from the loop. May call
 * anything of the node, jsl_node_free() included.
 *
 * @param arg that of struct jsl_node_job_opts
 * @param end outcome; for DONE payload, attempt, node (the worker), epoch, tried,
 *            queued_us; for REJECTED reason and retry_after_ms. Borrowed for the call
 */
typedef void (*jsl_node_result_fn)(void *arg, const struct jsl_queue_message *end);

/**
 * What the run of a submitted job says, as jsl_node_progress() gave it; in that order,
 * but some of it may be lost, and after a loss of the worker it begins anew. Called as
 * jsl_node_result_fn.
 *
 * @param arg  that of struct jsl_node_job_opts
 * @param word payload (may be NULL), node (the worker), attempt. Borrowed for the call
 */
typedef void (*jsl_node_progress_fn)(void *arg, const struct jsl_queue_message *word);

/** A job for jsl_node_submit(). Start from JSL_NODE_JOB_OPTS_INIT. */
struct jsl_node_job_opts {
	size_t size;		  /**< sizeof(struct jsl_node_job_opts) */
	struct jsl_blob *payload; /**< borrowed: the node takes its own reference */
	uint64_t wait_ms;	  /**< expire if no run has started by then; 0: never */
	/**
	 * How long a run may take by its own limits. A worker that lives and has said
	 * nothing of it for 10 s more loses it to another (Q13). 0: never.
	 */
	uint64_t limit_ms;
	/**
	 * Jobs of one key are one run, whoever submits them, as far as the leader can
	 * see them: 16 bytes, a hash of what is wanted or of a name for it. Other
	 * content under a key in use is refused. All zero: none.
	 */
	struct jsl_queue_id key;
	jsl_node_result_fn result;     /**< not NULL */
	jsl_node_progress_fn progress; /**< NULL: not wanted */
	void *arg; /**< for both callbacks; borrowed until the job has ended */
};

/** Without a deadline, a limit or a key; payload and result are to be set. */
#define JSL_NODE_JOB_OPTS_INIT                            \
	{                                                 \
		.size = sizeof(struct jsl_node_job_opts), \
	}

/**
 * Submit a job: it is held here until its result is, through any change of leader (Q1).
 *
 * @param n            the node
 * @param opts         borrowed for the call, what it points to as it says
 * @param[out] ret_job names the job, for jsl_node_cancel(); may be NULL
 * @return 0; or, there is no job:
 *  - -EINVAL: no payload or no callback;
 *  - -EMSGSIZE: more than JSL_NODE_PAYLOAD_MAX bytes;
 *  - -ENOBUFS: max_jobs or max_mb are held (Q8);
 *  - -ESHUTDOWN: the node leaves;
 *  - -ENOMEM; -errno of getrandom(2)
 */
JSL_API int jsl_node_submit(struct jsl_node *n, const struct jsl_node_job_opts *opts,
			    struct jsl_queue_id *ret_job);

/**
 * Give up a job: its callbacks are not called any more, and its run is stopped (Q12),
 * unless others wait for a job of its key.
 *
 * @param n   the node
 * @param job of jsl_node_submit(); an unknown one is fine
 */
JSL_API void jsl_node_cancel(struct jsl_node *n, struct jsl_queue_id job);

/**
 * Worker: a job has ended. One that does not run here is fine: it was stopped meanwhile.
 *
 * @param n       the node
 * @param job     of callbacks.start
 * @param payload the result; borrowed, the node takes its own reference
 * @return 0; -EMSGSIZE: more than JSL_NODE_PAYLOAD_MAX bytes, and -ENOMEM: the job runs
 * on and wants another answer; -EINVAL: the node is no worker
 */
JSL_API int jsl_node_finish(struct jsl_node *n, struct jsl_queue_id job,
			    struct jsl_blob *payload);

/**
 * Worker: the run of a job says something, for its submitters, and for the leader as a
 * sign of life (Q13). Best effort: lost when there is no way to them now, or 1 MiB waits
 * on it already (progress_dropped counts these at the node that dropped them).
 *
 * @param n       the node
 * @param job     of callbacks.start; one that does not run here is fine
 * @param payload borrowed, the node takes its own reference; NULL: only that it goes on
 * @return 0; -EMSGSIZE: more than JSL_QUEUE_PROGRESS_MAX bytes; -EINVAL: the node is no
 * worker; -ENOMEM: it is lost
 */
JSL_API int jsl_node_progress(struct jsl_node *n, struct jsl_queue_id job,
			      struct jsl_blob *payload);

#ifdef __cplusplus
}
#endif

#endif
