/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_MESSAGE_H
#define JSL_QUEUE_MESSAGE_H

/**
 * @file
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

#define JSL_QUEUE_TRIED_MAX	8	    /**< workers named in an answer */
#define JSL_QUEUE_INVENTORY_MAX 4096	    /**< jobs in one inventory message */
#define JSL_QUEUE_PROGRESS_MAX	(64u << 10) /**< bytes of one word of progress */

/** A random 128-bit number that names a job for ever (Q1). */
struct jsl_queue_id {
	uint8_t bytes[16]; /**< all zero: none */
};

/** One life of a node. */
struct jsl_queue_node {
	uint64_t id;   /**< of the node */
	uint64_t boot; /**< higher at each start; 0: unknown */
};

/** What a message says, from whom to whom, and which fields it has. */
enum jsl_queue_kind {
	/**
	 * Submitter to leader: job, payload, key, first_epoch, attempt, deaths, node,
	 * tried, remaining_ms, limit_ms.
	 */
	JSL_QUEUE_SUBMIT = 1,
	/** Submitter to leader: job: I have the result; of unknown jobs too (Q3). */
	JSL_QUEUE_DELIVERED,
	/** Submitter to leader: job. Leader to worker: job, epoch, leader. */
	JSL_QUEUE_CANCEL,
	/** Leader to submitter: job, node, attempt, deaths, for a resubmission. */
	JSL_QUEUE_STARTED,
	/** Leader to submitter: job, reason, retry_after_ms. Worker to leader: a floor.
	 */
	JSL_QUEUE_REFUSED,
	/**
	 * Leader to worker: job, payload, key, tag, epoch, leader, attempt, deaths,
	 * submitter, queued_us.
	 */
	JSL_QUEUE_ASSIGN,
	/** Leader to worker: job: send me the result that you listed as finished. */
	JSL_QUEUE_FETCH,
	/** Leader to worker: job: its submitter has the result, or is gone. */
	JSL_QUEUE_FORGET,
	/** Worker to leader: slots, items. The first on every new link, one or more. */
	JSL_QUEUE_INVENTORY,
	/** Worker to leader: job, attempt. Answers an ASSIGN of what runs already (Q4).
	 */
	JSL_QUEUE_RUNNING,
	/**
	 * Worker to leader: job, attempt: not finished and will not be (drain). Also
	 * answers a FETCH of what is not kept any more.
	 */
	JSL_QUEUE_HANDBACK,
	/** Worker to leader: slots: how many jobs at once from now on; 0 = draining. */
	JSL_QUEUE_SLOTS,
	/**
	 * Worker to leader to submitter: job, attempt, payload, outcome, epoch, node,
	 * deaths, tried, queued_us.
	 */
	JSL_QUEUE_RESULT,
	/** Worker to leader to submitter: job, attempt, payload, node. Best effort. */
	JSL_QUEUE_PROGRESS
};

/** Why a job or an order was refused. */
enum jsl_queue_reason {
	JSL_QUEUE_FULL = 1, /**< the bounds of the leader's queue (Q8) */
	JSL_QUEUE_CONFLICT, /**< this id or key is in use for other content (Q1) */
	/**
	 * Worker: a higher epoch was seen (R11), or it is a voter that has not promised
	 * this one yet (I3).
	 */
	JSL_QUEUE_STALE,
	JSL_QUEUE_NO_SLOT /**< worker: no slot is free, or it drains */
};

/** How a job ended, beside what its payload says. */
enum jsl_queue_outcome {
	JSL_QUEUE_DONE = 1,    /**< payload is the result */
	JSL_QUEUE_QUARANTINED, /**< took down too many workers (Q6); no payload */
	JSL_QUEUE_EXPIRED,  /**< not started in time, submitter side only; no payload */
	JSL_QUEUE_REJECTED, /**< refused at first submission; reason, retry_after_ms */
	JSL_QUEUE_CANCELLED /**< by the submitter */
};

/** One job of an inventory. */
struct jsl_queue_item {
	struct jsl_queue_id job;	 /**< its name */
	struct jsl_queue_node submitter; /**< who waits for it */
	uint32_t attempt;		 /**< 1 = the first run */
	uint32_t deaths;		 /**< workers that died while they held it */
	uint64_t epoch;			 /**< that assigned it */
	bool finished;			 /**< its result is kept; else it runs */
	struct jsl_queue_id key;	 /**< zero: none */
	uint64_t tag;			 /**< of its payload; 0: unknown */
};

/** A message between nodes. Fields that a kind does not use are zero. */
struct jsl_queue_message {
	enum jsl_queue_kind kind;	 /**< what it says */
	uint64_t link;			 /**< incoming: from where; outgoing: where to */
	struct jsl_queue_id job;	 /**< what it is about */
	uint32_t attempt;		 /**< 1 = the first run */
	uint32_t deaths;		 /**< workers that died while they held the job */
	struct jsl_queue_node node;	 /**< the worker that runs, ran, or last ran it */
	struct jsl_queue_node submitter; /**< SUBMIT, ASSIGN: who waits for it */
	struct jsl_queue_id key;	 /**< jobs of one key are one run; zero: none */
	uint64_t tag; /**< ASSIGN: a hash of the payload, for the inventory; 0: none */
	/** ASSIGN, CANCEL: by whose authority; REFUSED: the floor. */
	struct jsl_election_leader leader;
	/** SUBMIT: the epoch it was first submitted in; 0 = first time. */
	uint64_t first_epoch;
	uint64_t epoch;	       /**< RESULT: that assigned the run */
	uint64_t remaining_ms; /**< SUBMIT: start it within; 0 = no deadline (Q8) */
	uint64_t limit_ms;  /**< SUBMIT: how long its run may take; 0 = for ever (Q13) */
	uint64_t queued_us; /**< RESULT: from submission to the start of the run */
	uint64_t retry_after_ms;	/**< REFUSED, RESULT: when to try again (Q8) */
	enum jsl_queue_reason reason;	/**< REFUSED; RESULT that is REJECTED: why */
	enum jsl_queue_outcome outcome; /**< RESULT: how it ended */
	uint32_t slots;	  /**< INVENTORY, SLOTS: jobs at once; 0 = draining */
	uint32_t n_tried; /**< how many of tried are set */
	/** Ids of the workers that had it, first to last. */
	uint64_t tried[JSL_QUEUE_TRIED_MAX];
	struct jsl_blob *payload;	    /**< borrowed: take a reference to keep it */
	const struct jsl_queue_item *items; /**< INVENTORY; borrowed */
	size_t n_items;			    /**< at most JSL_QUEUE_INVENTORY_MAX */
	bool more;			    /**< INVENTORY: another part follows */
};

#ifdef __cplusplus
}
#endif

#endif
