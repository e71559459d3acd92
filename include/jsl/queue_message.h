/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_MESSAGE_H
#define JSL_QUEUE_MESSAGE_H

/*
 * What the parties of the work queue say to each other; see jsl/queue.h. Plain
 * values: lib/wire turns them into frames.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/blob.h>
#include <jsl/election.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JSL_QUEUE_TRIED_MAX	8	    /* workers named in an answer */
#define JSL_QUEUE_INVENTORY_MAX 4096	    /* jobs in one inventory message */
#define JSL_QUEUE_PROGRESS_MAX	(64u << 10) /* bytes of one word of progress */

/** A random 128-bit number that names a job for ever (Q1). */
struct jsl_queue_id {
	uint8_t bytes[16];
};

/** One life of a node. boot 0: unknown. */
struct jsl_queue_node {
	uint64_t id;
	uint64_t boot;
};

enum jsl_queue_kind {
	/* submitter -> leader */
	JSL_QUEUE_SUBMIT = 1, /* job, payload, key, first_epoch, attempt, deaths, node,
				 tried, remaining_ms, limit_ms */
	JSL_QUEUE_DELIVERED,  /* job: I have the result; sent for unknown jobs too (Q3) */
	JSL_QUEUE_CANCEL,     /* job; also leader -> worker, then with epoch and leader */
	/* leader -> submitter */
	JSL_QUEUE_STARTED, /* job, node, attempt, deaths: what rides along at a
			      resubmission */
	JSL_QUEUE_REFUSED, /* job, reason, retry_after_ms; also worker -> leader with
			      floor */
	/* leader -> worker */
	JSL_QUEUE_ASSIGN, /* job, payload, key, tag, epoch, leader, attempt, deaths,
			     submitter, queued_us */
	JSL_QUEUE_FETCH,  /* job: send me the result that you listed as finished */
	JSL_QUEUE_FORGET, /* job: its submitter has the result, or is gone */
	/* worker -> leader */
	JSL_QUEUE_INVENTORY, /* slots, items: first message on every new link, one or more
			      */
	JSL_QUEUE_RUNNING, /* job, attempt: answers an ASSIGN of what runs already (Q4) */
	JSL_QUEUE_HANDBACK, /* job, attempt: not finished and will not be (drain); also
			       answers a FETCH of what is not kept any more */
	JSL_QUEUE_SLOTS,    /* slots: how many jobs at once from now on; 0 = draining */
	/* worker -> leader -> submitter */
	JSL_QUEUE_RESULT,  /* job, attempt, payload, outcome, epoch, node, deaths, tried,
			    queued_us */
	JSL_QUEUE_PROGRESS /* job, attempt, payload, node: of a run; best effort */
};

enum jsl_queue_reason {
	JSL_QUEUE_FULL = 1, /* the bounds of the leader's queue (Q8) */
	JSL_QUEUE_CONFLICT, /* this id or key is in use for other content (Q1) */
	JSL_QUEUE_STALE,    /* worker: a higher epoch was seen (R11), or it is a voter
			       that has not promised this one yet (I3) */
	JSL_QUEUE_NO_SLOT   /* worker: no slot is free, or it drains */
};

/** How a job ended, beside what its payload says. */
enum jsl_queue_outcome {
	JSL_QUEUE_DONE = 1,    /* payload is the result */
	JSL_QUEUE_QUARANTINED, /* took down too many workers (Q6); no payload */
	JSL_QUEUE_EXPIRED,     /* not started in time, submitter side only; no payload */
	JSL_QUEUE_REJECTED,    /* refused at first submission; reason, retry_after_ms */
	JSL_QUEUE_CANCELLED    /* by the submitter */
};

/** One job of an inventory. */
struct jsl_queue_item {
	struct jsl_queue_id job;
	struct jsl_queue_node submitter;
	uint32_t attempt;
	uint32_t deaths;
	uint64_t epoch; /* that assigned it */
	bool finished;
	struct jsl_queue_id key; /* zero: none */
	uint64_t tag;		 /* of its payload; 0: unknown */
};

/** A message between nodes. Fields that a kind does not use are zero. */
struct jsl_queue_message {
	enum jsl_queue_kind kind;
	uint64_t link; /* incoming: from where; outgoing: where to */
	struct jsl_queue_id job;
	uint32_t attempt;	    /* 1 = the first run */
	uint32_t deaths;	    /* workers that died while they held the job */
	struct jsl_queue_node node; /* the worker that runs, ran, or last ran it */
	struct jsl_queue_node submitter;
	struct jsl_queue_id key; /* jobs of one key are one run; zero: none */
	uint64_t tag; /* ASSIGN: a hash of the payload, for the inventory; 0: none */
	struct jsl_election_leader
		leader;	      /* ASSIGN, CANCEL: by whose authority; REFUSED: the floor */
	uint64_t first_epoch; /* SUBMIT: the epoch it was first submitted in; 0 = first
				 time */
	uint64_t epoch;	      /* RESULT: that assigned the run */
	uint64_t remaining_ms; /* SUBMIT: start it within; 0 = no deadline (Q8) */
	uint64_t limit_ms;     /* SUBMIT: how long its run may take; 0 = for ever (Q13) */
	uint64_t queued_us;    /* RESULT: from submission to the start of the run */
	uint64_t retry_after_ms;
	enum jsl_queue_reason reason;
	enum jsl_queue_outcome outcome;
	uint32_t slots;
	uint32_t n_tried;
	uint64_t tried[JSL_QUEUE_TRIED_MAX]; /* ids of the workers that had it, first to
						last */
	struct jsl_blob *payload;	     /* borrowed: take a reference to keep it */
	const struct jsl_queue_item *items;  /* INVENTORY; borrowed */
	size_t n_items;
	bool more; /* INVENTORY: another part follows */
};

#ifdef __cplusplus
}
#endif

#endif
