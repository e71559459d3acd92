/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_NOTE_H
#define JSL_QUEUE_NOTE_H

/*
 * What the cores of the work queue report of each job, for logs, metrics and
 * the checkers of the simulator; see jsl/queue.h. Notes change nothing: a caller
 * may ignore them all.
 */

#include <jsl/api.h>
#include <jsl/queue_message.h>

#ifdef __cplusplus
extern "C" {
#endif

enum jsl_queue_note_type {
	JSL_QUEUE_NOTE_ACCEPTED = 1, /* leader: a first submission */
	JSL_QUEUE_NOTE_RESUBMITTED,
	JSL_QUEUE_NOTE_REFUSED,
	JSL_QUEUE_NOTE_ASSIGNED,
	JSL_QUEUE_NOTE_ADOPTED,	 /* leader: runs already on node (Q2) */
	JSL_QUEUE_NOTE_REQUEUED, /* leader: node is gone, attempt + 1 (Q6) */
	JSL_QUEUE_NOTE_QUARANTINED,
	JSL_QUEUE_NOTE_DONE,	  /* leader: first result */
	JSL_QUEUE_NOTE_DUPLICATE, /* leader, submitter: a later result, dropped (Q7) */
	JSL_QUEUE_NOTE_CANCELLED,
	JSL_QUEUE_NOTE_EXPIRED,
	JSL_QUEUE_NOTE_STALE,	  /* worker: refused an order of a lower epoch (R11) */
	JSL_QUEUE_NOTE_IMPOSTOR,  /* worker: one epoch, two leaders: refused, alarm (R11)
				   */
	JSL_QUEUE_NOTE_STARTED,	  /* worker */
	JSL_QUEUE_NOTE_FINISHED,  /* worker */
	JSL_QUEUE_NOTE_FORGOTTEN, /* worker: result delivered */
	JSL_QUEUE_NOTE_DROPPED,	  /* worker: result given up after result-keep (Q3) */
	JSL_QUEUE_NOTE_EARLY,	  /* worker: refused an order of an epoch that it has
				     not promised yet (I3) */
	JSL_QUEUE_NOTE_STRANGE,	  /* leader: a word of node about a job that it does not
				   have: no effect */
	JSL_QUEUE_NOTE_SILENT	  /* leader: node lives and says nothing of it: requeued
				     (Q13) */
};

struct jsl_queue_note {
	enum jsl_queue_note_type type;
	struct jsl_queue_id job;
	struct jsl_queue_node node;
	uint32_t attempt;
	uint64_t epoch;
};

/** "accepted" …; borrowed, for ever. */
JSL_API const char *jsl_queue_note_str(enum jsl_queue_note_type type);

#ifdef __cplusplus
}
#endif

#endif
