/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_EVENT_H
#define JSL_QUEUE_EVENT_H

/*
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

/** What a core wants done. Pointers are valid until its next call. */
struct jsl_queue_update {
	/* Send these, in this order. */
	const struct jsl_queue_message *messages;
	size_t n_messages;
	/* Worker: start these (job, payload, attempt), stop those (job). */
	const struct jsl_queue_message *starts;
	size_t n_starts;
	const struct jsl_queue_id *stops;
	size_t n_stops;
	/* Submitter: these ended, exactly once each. Fields as in RESULT. */
	const struct jsl_queue_message *results;
	size_t n_results;
	/* Submitter: what the runs of these say (job, payload, node, attempt). */
	const struct jsl_queue_message *progress;
	size_t n_progress;
	/* Leader: look at these silent nodes: probe them (Q2). Answer with a MEMBER
	 * event when that says something new, and with FAILED for a node that is
	 * not known at all: a job may be waiting for nothing else. */
	const struct jsl_queue_node *probes;
	size_t n_probes;
	/* For logs, metrics and checkers: what happened to which job. */
	const struct jsl_queue_note *notes;
	size_t n_notes;
};

enum jsl_queue_event_type {
	JSL_QUEUE_EV_TIMER = 1,
	JSL_QUEUE_EV_LINK_UP,	/* link, node; leader: also worker, submitter */
	JSL_QUEUE_EV_LINK_DOWN, /* link; clean: the other side said goodbye (Q12) */
	JSL_QUEUE_EV_MESSAGE,	/* message */
	/* leader only */
	JSL_QUEUE_EV_LEAD,   /* leader: start leading with an empty state, or raise the
				epoch (R10) */
	JSL_QUEUE_EV_RESIGN, /* drop everything */
	JSL_QUEUE_EV_MEMBER, /* node, member, worker: what gossip says; also before LEAD,
				of this node itself, and with boot 0 of configured peers
				not heard of yet, or a new leader waits for too few (Q2)
				*/
	/* submitter only */
	JSL_QUEUE_EV_SUBMIT, /* job, payload, wait_us, limit_us, key */
	JSL_QUEUE_EV_CANCEL, /* job */
	/* worker only */
	JSL_QUEUE_EV_FINISHED, /* job, payload: the run is over */
	JSL_QUEUE_EV_PROGRESS, /* job, payload (may be NULL): the run says so; a word in
				  the sense of Q13. Dropped without a link */
	JSL_QUEUE_EV_EPOCH,    /* leader: seen in a heartbeat or the own promise (R11);
				  promised */
	JSL_QUEUE_EV_SLOTS,    /* slots; 0 = take nothing new (drain, or now leading) */
	JSL_QUEUE_EV_HANDBACK  /* give back everything unfinished (end of the drain) */
};

enum jsl_queue_member {
	JSL_QUEUE_MEMBER_ALIVE = 1,
	JSL_QUEUE_MEMBER_FAILED,
	JSL_QUEUE_MEMBER_LEFT
};

struct jsl_queue_event {
	enum jsl_queue_event_type type;
	uint64_t now_us;       /* CLOCK_BOOTTIME; never decreases */
	uint64_t act_until_us; /* leader: end of the lease now; no order is given at or
				  after it (R4) */
	uint64_t link;
	struct jsl_queue_node node;
	bool worker;
	bool submitter;
	bool clean;
	enum jsl_queue_member member;
	struct jsl_election_leader leader;
	uint64_t promised; /* EPOCH, of a voter: the highest epoch that its record on
			      stable storage binds it to; no order above it is obeyed */
	struct jsl_queue_id job;
	struct jsl_blob *payload; /* borrowed; the core takes a reference */
	uint64_t wait_us;	  /* SUBMIT: expire if not started within; 0 = never */
	uint64_t limit_us; /* SUBMIT: how long its run may take (Q13); 0 = for ever */
	struct jsl_queue_id key; /* SUBMIT: jobs of one key are one run; zero = none */
	uint32_t slots;
	const struct jsl_queue_message *message; /* borrowed */
};

#ifdef __cplusplus
}
#endif

#endif
