/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_EVENT_H
#define JSL_QUEUE_EVENT_H

/**
 * @file
 * What goes into the cores of the work queue and what comes out: one event, one
 * update. See jsl/queue.h for the cores.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/queue_message.h>
#include <jsl/queue_note.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a core wants done. Pointers are valid until its next step. */
struct jsl_queue_update {
	const struct jsl_queue_message *messages; /**< send these, in this order */
	size_t n_messages;			  /**< how many */
	/** Worker: start these (job, payload, attempt). */
	const struct jsl_queue_message *starts;
	size_t n_starts;		  /**< how many */
	const struct jsl_queue_id *stops; /**< worker: stop those */
	size_t n_stops;			  /**< how many */
	/** Submitter: these ended, exactly once each. Fields as in RESULT. */
	const struct jsl_queue_message *results;
	size_t n_results; /**< how many */
	/** Submitter: what the runs of these say (job, payload, node, attempt). */
	const struct jsl_queue_message *progress;
	size_t n_progress; /**< how many */
	/**
	 * Leader: look at these silent nodes: probe them (Q2). Answer with a MEMBER
	 * event when that says something new, and with FAILED for a node that is
	 * not known at all: a job may be waiting for nothing else.
	 */
	const struct jsl_queue_node *probes;
	size_t n_probes; /**< how many */
	/** For logs, metrics and checkers: what happened to which job. */
	const struct jsl_queue_note *notes;
	size_t n_notes; /**< how many */
};

/** What an event is, for which core, and which of its fields it uses beside now_us. */
enum jsl_queue_event_type {
	JSL_QUEUE_EV_TIMER = 1, /**< at the deadline, or at any time */
	JSL_QUEUE_EV_LINK_UP,	/**< link, node; leader: also worker, submitter */
	JSL_QUEUE_EV_LINK_DOWN, /**< link; clean: the other side said goodbye (Q12) */
	JSL_QUEUE_EV_MESSAGE,	/**< message */
	/**
	 * Leader: act_until_us, leader: start leading with an empty state, or raise the
	 * epoch (R10).
	 */
	JSL_QUEUE_EV_LEAD,
	JSL_QUEUE_EV_RESIGN, /**< leader: drop everything */
	/**
	 * Leader: node, member, worker: what gossip says; also before LEAD, of this node
	 * itself, and with boot 0 of configured peers not heard of yet, or a new leader
	 * waits for too few (Q2).
	 */
	JSL_QUEUE_EV_MEMBER,
	JSL_QUEUE_EV_SUBMIT,   /**< submitter: job, payload, wait_us, limit_us, key */
	JSL_QUEUE_EV_CANCEL,   /**< submitter: job */
	JSL_QUEUE_EV_FINISHED, /**< worker: job, payload: the run is over */
	/**
	 * Worker: job, payload (may be NULL): the run says so; a word in the sense of
	 * Q13. Dropped without a link.
	 */
	JSL_QUEUE_EV_PROGRESS,
	/** Worker: leader: seen in a heartbeat or the own promise (R11); promised. */
	JSL_QUEUE_EV_EPOCH,
	/** Worker: slots; 0 = take nothing new (drain, or now leading). */
	JSL_QUEUE_EV_SLOTS,
	/** Worker: give back everything unfinished (end of the drain). */
	JSL_QUEUE_EV_HANDBACK
};

/** What gossip takes a node for. */
enum jsl_queue_member {
	JSL_QUEUE_MEMBER_ALIVE = 1, /**< alive, or only suspected */
	JSL_QUEUE_MEMBER_FAILED,    /**< declared failed */
	JSL_QUEUE_MEMBER_LEFT	    /**< stopped cleanly */
};

/** What happened. Fields that a type does not use are ignored. */
struct jsl_queue_event {
	enum jsl_queue_event_type type; /**< what it is */
	uint64_t now_us;		/**< CLOCK_BOOTTIME in us; never decreases */
	/** Leader: end of the lease now; no order is given at or after it (R4). */
	uint64_t act_until_us;
	uint64_t link;			   /**< LINK_UP, LINK_DOWN: its number */
	struct jsl_queue_node node;	   /**< LINK_UP: at its other end; MEMBER */
	bool worker;			   /**< LINK_UP, MEMBER: that node works */
	bool submitter;			   /**< LINK_UP: that node submits */
	bool clean;			   /**< LINK_DOWN: not broken, but closed */
	enum jsl_queue_member member;	   /**< MEMBER: what it is taken for */
	struct jsl_election_leader leader; /**< LEAD, EPOCH; submitter, LINK_UP: whose */
	/**
	 * EPOCH, of a voter: the highest epoch that its record on stable storage binds
	 * it to; no order above it is obeyed.
	 */
	uint64_t promised;
	struct jsl_queue_id job;  /**< SUBMIT, CANCEL, FINISHED, PROGRESS */
	struct jsl_blob *payload; /**< borrowed; the core takes a reference */
	uint64_t wait_us;	  /**< SUBMIT: expire if not started within; 0 = never */
	uint64_t limit_us; /**< SUBMIT: how long its run may take (Q13); 0 = for ever */
	struct jsl_queue_id key; /**< SUBMIT: jobs of one key are one run; zero = none */
	uint32_t slots;		 /**< SLOTS: jobs at once */
	const struct jsl_queue_message *message; /**< MESSAGE; borrowed for the call */
};

#ifdef __cplusplus
}
#endif

#endif
