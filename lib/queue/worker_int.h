/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_WORKER_INT_H
#define JSL_QUEUE_WORKER_INT_H

/*
 * The worker's state: what runs, what is finished and not yet acknowledged
 * (Q3), and the floor of epochs (R11), which never goes down (I3): a voter obeys
 * only what it has promised, and is reborn with that as its floor.
 */

#include "base/list.h"
#include "queue/queue_int.h"

struct jsl_queue_run {
	struct jsl_map_node by_id;
	struct jsl_list list;  /* in running or finished */
	struct jsl_list offer; /* in offers: finished, to be sent on this link */
	struct jsl_queue_id id;
	struct jsl_queue_node submitter;
	struct jsl_queue_id key;
	uint64_t tag; /* for the next leader, which has no payload to compare */
	uint32_t attempt;
	uint32_t deaths;
	uint64_t epoch; /* that assigned it */
	uint64_t queued_us;
	uint64_t finished_us;
	struct jsl_blob *result; /* owned; may be NULL when finished */
	bool finished;
};

struct jsl_queue_worker {
	struct jsl_queue_node self;
	struct jsl_election_leader floor;
	bool voter;
	uint64_t promised; /* by a voter, durably */
	uint64_t now_us;
	uint64_t result_keep_us;
	uint64_t result_max_bytes;
	uint32_t slots;
	bool linked;
	uint64_t link;
	struct jsl_map runs;
	struct jsl_list running;  /* in the order of their start */
	struct jsl_list finished; /* the oldest first */
	struct jsl_list offers;
	size_t n_running, n_finished;
	uint64_t finished_bytes;    /* of results, with what it costs to hold them */
	struct jsl_queue_vec items; /* of the inventory in the update */
	struct jsl_queue_out out;
};

struct jsl_queue_run *jsl_queue__run_get(const struct jsl_queue_worker *w,
					 struct jsl_queue_id id);

/** What it costs to hold this result. */
uint64_t jsl_queue__run_cost(const struct jsl_queue_run *run);

void jsl_queue__run_note(struct jsl_queue_worker *w, enum jsl_queue_note_type type,
			 const struct jsl_queue_run *run);

/** Take @run out of everything and free it. */
void jsl_queue__run_free(struct jsl_queue_worker *w, struct jsl_queue_run *run);

/** Say RESULT or RUNNING, whichever is true of @run. Needs room. */
void jsl_queue__run_tell(struct jsl_queue_worker *w, const struct jsl_queue_run *run);

/** A message from the leader. Returns 0, -ENOMEM, -EPROTO. */
int jsl_queue__worker_message(struct jsl_queue_worker *w,
			      const struct jsl_queue_message *m);

/** Raise the floor to @leader; false and a note if @leader is below it (R11). */
bool jsl_queue__worker_raise(struct jsl_queue_worker *w,
			     struct jsl_election_leader leader, struct jsl_queue_id job);

#endif
