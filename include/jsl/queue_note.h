/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_NOTE_H
#define JSL_QUEUE_NOTE_H

/**
 * @file
 * What the cores of the work queue report of each job, for logs, metrics and
 * the checkers of the simulator; see jsl/queue.h. Notes change nothing: a caller
 * may ignore them all.
 */

#include <jsl/api.h>
#include <jsl/queue_message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What happened to a job, and who says so. */
enum jsl_queue_note_type {
	JSL_QUEUE_NOTE_ACCEPTED = 1, /**< leader: a first submission */
	JSL_QUEUE_NOTE_RESUBMITTED,  /**< leader: a later submission (Q1) */
	JSL_QUEUE_NOTE_REFUSED,	    /**< leader, submitter: a first submission (Q1, Q8) */
	JSL_QUEUE_NOTE_ASSIGNED,    /**< leader: to node */
	JSL_QUEUE_NOTE_ADOPTED,	    /**< leader: runs already on node (Q2) */
	JSL_QUEUE_NOTE_REQUEUED,    /**< leader: node is gone, attempt + 1 (Q6) */
	JSL_QUEUE_NOTE_QUARANTINED, /**< leader: took down too many workers (Q6) */
	JSL_QUEUE_NOTE_DONE,	    /**< leader: first result */
	JSL_QUEUE_NOTE_DUPLICATE, /**< leader, submitter: a later result, dropped (Q7) */
	JSL_QUEUE_NOTE_CANCELLED, /**< leader, submitter: given up */
	JSL_QUEUE_NOTE_EXPIRED,	  /**< submitter: not started in time (Q8) */
	JSL_QUEUE_NOTE_STALE,	  /**< worker: refused an order of a lower epoch (R11) */
	/** worker: one epoch, two leaders: refused, alarm (R11) */
	JSL_QUEUE_NOTE_IMPOSTOR,
	JSL_QUEUE_NOTE_STARTED,	  /**< worker: a run began */
	JSL_QUEUE_NOTE_FINISHED,  /**< worker: a run ended */
	JSL_QUEUE_NOTE_FORGOTTEN, /**< worker: result delivered */
	JSL_QUEUE_NOTE_DROPPED,	  /**< worker: result given up after result-keep (Q3) */
	/** worker: refused an order of an epoch that it has not promised yet (I3) */
	JSL_QUEUE_NOTE_EARLY,
	/** leader: a word of node about a job that it does not have: no effect */
	JSL_QUEUE_NOTE_STRANGE,
	/** leader: node lives and says nothing of it: requeued (Q13) */
	JSL_QUEUE_NOTE_SILENT
};

/** One report. */
struct jsl_queue_note {
	enum jsl_queue_note_type type; /**< what happened */
	struct jsl_queue_id job;       /**< to which job */
	struct jsl_queue_node node;    /**< the worker, else who reports */
	uint32_t attempt;	       /**< 1 = the first run; 0: none yet */
	uint64_t epoch;		       /**< of the leader that it is about */
};

/**
 * The name of a note. From any thread.
 *
 * @param type the type
 * @return "accepted" …, "unknown" for what is none; borrowed, for ever
 */
JSL_API const char *jsl_queue_note_str(enum jsl_queue_note_type type);

#ifdef __cplusplus
}
#endif

#endif
