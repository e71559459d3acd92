/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_JOB_H
#define JSL_NODE_JOB_H

/*
 * The jobs that the owner of a node (jsl/node.h) submits, and those that it runs for
 * others.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/blob.h>
#include <jsl/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

struct jsl_node;

#define JSL_NODE_PAYLOAD_MAX (64u << 20) /* bytes of a job, and of a result */

/**
 * How a submitted job ended; called exactly once per job.
 *
 * @end: outcome; for DONE payload, attempt, node (the worker), epoch, tried,
 * queued_us; for REJECTED reason and retry_after_ms. Borrowed for the call.
 */
typedef void (*jsl_node_result_fn)(void *arg, const struct jsl_queue_message *end);

/**
 * What the run of a submitted job says, as jsl_node_progress() gave it; in that order,
 * but some of it may be lost, and after a loss of the worker it begins anew.
 *
 * @word: payload (may be NULL), node (the worker), attempt. Borrowed for the call.
 */
typedef void (*jsl_node_progress_fn)(void *arg, const struct jsl_queue_message *word);

/** A job for jsl_node_submit(). */
struct jsl_node_job_opts {
	size_t size;
	struct jsl_blob *payload; /* borrowed: the node takes its own reference */
	uint64_t wait_ms;	  /* expire if no run has started by then; 0: never */
	/* How long a run may take by its own limits. A worker that lives and has said
	 * nothing of it for 10 s more loses it to another (Q13). 0: never. */
	uint64_t limit_ms;
	/* Jobs of one key are one run, whoever submits them, as far as the leader can
	 * see them: 16 bytes, a hash of what is wanted or of a name for it. Other
	 * content under a key in use is refused. All zero: none. */
	struct jsl_queue_id key;
	jsl_node_result_fn result;
	jsl_node_progress_fn progress; /* NULL: not wanted */
	void *arg;		       /* for both callbacks */
};

#define JSL_NODE_JOB_OPTS_INIT                            \
	{                                                 \
		.size = sizeof(struct jsl_node_job_opts), \
	}

/**
 * Submit a job: it is held here until its result is, through any change of leader.
 *
 * Returns 0 with *@ret_job (may be NULL); -EINVAL: no payload or no callback;
 * -EMSGSIZE: more than JSL_NODE_PAYLOAD_MAX; -ENOBUFS when max_jobs or max_mb are
 * held; -ESHUTDOWN when the node leaves; -ENOMEM.
 */
JSL_API int jsl_node_submit(struct jsl_node *n, const struct jsl_node_job_opts *opts,
			    struct jsl_queue_id *ret_job);

/** Give up @job: fn is not called any more. An unknown job is fine. */
JSL_API void jsl_node_cancel(struct jsl_node *n, struct jsl_queue_id job);

/**
 * Worker: @job ended with @payload (the node takes its own reference). A job that does
 * not run here is fine: it was stopped meanwhile.
 *
 * Returns 0; -EMSGSIZE: more than JSL_NODE_PAYLOAD_MAX, and -ENOMEM: the job runs on
 * and wants another answer.
 */
JSL_API int jsl_node_finish(struct jsl_node *n, struct jsl_queue_id job,
			    struct jsl_blob *payload);

/**
 * Worker: the run of @job says @payload (borrowed; NULL: only that it goes on), for
 * its submitters, and for the leader as a sign of life (Q13). Best effort: lost when
 * there is no way to them now, or 1 MiB waits on it already (progress_dropped counts
 * these at the node that dropped them). A job that does not run here is fine.
 *
 * Returns 0; -EMSGSIZE: more than JSL_QUEUE_PROGRESS_MAX bytes; -EINVAL: the node is no
 * worker; -ENOMEM.
 */
JSL_API int jsl_node_progress(struct jsl_node *n, struct jsl_queue_id job,
			      struct jsl_blob *payload);

#ifdef __cplusplus
}
#endif

#endif
