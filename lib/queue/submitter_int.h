/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_SUBMITTER_INT_H
#define JSL_QUEUE_SUBMITTER_INT_H

/*
 * The submitter's state. Invariant: the jobs before the cursor, and only those,
 * have been submitted on the present link (Q1).
 */

#include "base/list.h"
#include "queue/queue_int.h"

/* Cancelled while no leader could be told: so many are remembered. */
#define TOMBSTONES_MAX 1024

struct jsl_queue_held {
	struct jsl_map_node by_id;
	struct jsl_list list; /* in jobs or tombstones */
	struct jsl_queue_id id;
	struct jsl_queue_id key;
	struct jsl_blob *payload; /* owned; NULL for a tombstone */
	uint64_t submitted_us;
	uint64_t expire_us;   /* UINT64_MAX: never, or it has been started */
	uint64_t limit_us;    /* 0: none */
	uint64_t first_epoch; /* 0: never sent */
	uint64_t queued_us;   /* until its run started, when started */
	uint32_t attempt;
	uint32_t deaths;
	struct jsl_queue_node node; /* last known to run it */
	uint32_t n_tried;
	uint64_t tried[JSL_QUEUE_TRIED_MAX];
	bool started;
	bool resent; /* submitted again: may not be refused as full any more (Q8) */
};

struct jsl_queue_submitter {
	struct jsl_queue_node self;
	uint32_t max_jobs;
	uint64_t max_bytes;
	uint64_t now_us;
	bool linked;
	uint64_t link;
	uint64_t epoch; /* of the leader at the other end */
	struct jsl_map map;
	struct jsl_list jobs;	 /* in the order of submission */
	struct jsl_list *cursor; /* in jobs: the next to submit; &jobs at the end */
	struct jsl_list tombstones;
	size_t n_tombstones;
	uint64_t bytes;
	uint64_t expire_us; /* no job expires before this */
	struct jsl_queue_out out;
};

struct jsl_queue_held *jsl_queue__held_get(const struct jsl_queue_submitter *s,
					   struct jsl_queue_id id);

void jsl_queue__held_note(struct jsl_queue_submitter *s, enum jsl_queue_note_type type,
			  struct jsl_queue_id job, uint32_t attempt);

/** Take @h out of what is held; the caller owns and frees it then. */
void jsl_queue__held_take(struct jsl_queue_submitter *s, struct jsl_queue_held *h);

/** A message from the leader. Returns 0, -ENOMEM, -EPROTO, -EINVAL. */
int jsl_queue__submitter_message(struct jsl_queue_submitter *s,
				 const struct jsl_queue_message *m);

#endif
