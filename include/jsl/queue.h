/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_H
#define JSL_QUEUE_H

/*
 * A work queue without a single point of failure, as three pure cores:
 *
 *	submitter --SUBMIT--> leader --ASSIGN--> worker
 *	          <--RESULT--        <--RESULT--
 *	          -DELIVERED->       --FORGET-->
 *
 * The submitter holds a job until it has the result and submits it again to
 * each new leader (Q1). The leader holds nothing that it could not learn again:
 * a new one asks the workers what runs and what is finished (Q2), so a change
 * of leader runs nothing twice. The worker keeps a result until the submitter
 * has it (Q3) and refuses the orders of a leader that was superseded (R11).
 *
 * A link is one connection to another node, numbered by the caller, ordered and
 * reliable until it is down. No I/O, no clock, no random source: see
 * jsl/election.h for the shape. Rules Q1..Q13 are those of doc/protocols.md.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/queue_event.h>
#include <jsl/queue_message.h>
#include <jsl/queue_note.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- submitter ---- */

struct jsl_queue_submitter;

struct jsl_queue_submitter_opts {
	size_t size;
	struct jsl_queue_node self;
	uint32_t max_jobs; /* held at once; more are refused with -ENOBUFS */
	uint64_t max_bytes;
	uint64_t seed;
};

#define JSL_QUEUE_SUBMITTER_OPTS_INIT                                               \
	{                                                                           \
		.size = sizeof(struct jsl_queue_submitter_opts), .max_jobs = 10000, \
		.max_bytes = UINT64_C(256) << 20,                                   \
	}

JSL_API int jsl_queue_submitter_new(struct jsl_queue_submitter **ret_s,
				    const struct jsl_queue_submitter_opts *opts);
JSL_API void jsl_queue_submitter_free(struct jsl_queue_submitter *s);

/**
 * Feed one event. LINK_UP is the link to the leader (one at a time; a new one
 * replaces the old).
 *
 * Returns 0; for SUBMIT -ENOBUFS when full, -EEXIST when the id is held; -ENOMEM;
 * -EPROTO: the leader broke the protocol, close the link; -EINVAL for a misuse. On
 * error nothing changed. Jobs to submit follow in later steps when they are many:
 * see the deadline.
 */
JSL_API int jsl_queue_submitter_step(struct jsl_queue_submitter *s,
				     const struct jsl_queue_event *ev,
				     struct jsl_queue_update *ret_up);
JSL_API uint64_t jsl_queue_submitter_deadline(const struct jsl_queue_submitter *s);

/** How many jobs are held. */
JSL_API size_t jsl_queue_submitter_count(const struct jsl_queue_submitter *s);

/* ---- leader ---- */

struct jsl_queue_leader;

enum jsl_queue_policy { JSL_QUEUE_ROUND_ROBIN = 1, JSL_QUEUE_LEAST_LOADED };

struct jsl_queue_leader_opts {
	size_t size;
	struct jsl_queue_node self;
	uint32_t max_jobs;
	uint64_t max_bytes;
	uint32_t max_deaths;
	uint64_t inventory_wait_us;
	uint64_t resume_us;
	uint64_t silence_us; /* beyond its limit: then a silent run is given up (Q13) */
	enum jsl_queue_policy policy;
	uint64_t seed;
};

#define JSL_QUEUE_SILENCE_US UINT64_C(10000000)

#define JSL_QUEUE_LEADER_OPTS_INIT                                                   \
	{                                                                            \
		.size = sizeof(struct jsl_queue_leader_opts), .max_jobs = 10000,     \
		.max_bytes = UINT64_C(256) << 20, .max_deaths = 2,                   \
		.inventory_wait_us = 500000, .resume_us = 2000000,                   \
		.silence_us = JSL_QUEUE_SILENCE_US, .policy = JSL_QUEUE_ROUND_ROBIN, \
	}

JSL_API int jsl_queue_leader_new(struct jsl_queue_leader **ret_l,
				 const struct jsl_queue_leader_opts *opts);
JSL_API void jsl_queue_leader_free(struct jsl_queue_leader *l);

/**
 * Feed one event. Before LEAD, after RESIGN and outside the lease (now_us >=
 * act_until_us) no message is given out.
 *
 * Returns 0; -ENOMEM: the message was not taken, close its link; -EPROTO: the
 * sender broke the protocol, close its link; -ESTALE: not leading, or outside the
 * lease: not taken, close its link; -EAGAIN: a worker has refused to stop a job,
 * close its link, so that it reports anew; -EINVAL for a misuse.
 */
JSL_API int jsl_queue_leader_step(struct jsl_queue_leader *l,
				  const struct jsl_queue_event *ev,
				  struct jsl_queue_update *ret_up);
JSL_API uint64_t jsl_queue_leader_deadline(const struct jsl_queue_leader *l);

struct jsl_queue_leader_stats {
	size_t waiting;	 /* accepted, assigned to nobody */
	size_t running;	 /* assigned */
	size_t finished; /* result not yet with its submitter */
	size_t joined;	 /* accepted, share the run of another with their key */
	size_t workers;	 /* that have reported their inventory and take jobs */
	size_t slots;	 /* of those */
	uint64_t bytes;	 /* of payloads held */
};

JSL_API void jsl_queue_leader_stats(const struct jsl_queue_leader *l,
				    struct jsl_queue_leader_stats *ret_stats);

/* ---- worker ---- */

struct jsl_queue_worker;

struct jsl_queue_worker_opts {
	size_t size;
	struct jsl_queue_node self;
	uint32_t slots;
	uint64_t result_keep_us;
	uint64_t result_max_bytes;	  /* of finished results; the oldest go first */
	struct jsl_election_leader floor; /* a voter's promise; epoch 0 for none (R11) */
	bool voter; /* obey no epoch above floor and what EPOCH says is promised: in
		       its next life the floor must be no lower (I3) */
	uint64_t seed;
};

#define JSL_QUEUE_WORKER_OPTS_INIT                                        \
	{                                                                 \
		.size = sizeof(struct jsl_queue_worker_opts), .slots = 1, \
		.result_keep_us = UINT64_C(600000000),                    \
		.result_max_bytes = UINT64_C(256) << 20,                  \
	}

JSL_API int jsl_queue_worker_new(struct jsl_queue_worker **ret_w,
				 const struct jsl_queue_worker_opts *opts);
JSL_API void jsl_queue_worker_free(struct jsl_queue_worker *w);

/**
 * Feed one event; errors as for the leader, and -EMSGSIZE for PROGRESS of more than
 * JSL_QUEUE_PROGRESS_MAX bytes. LINK_UP is the link to the leader, one at a time.
 */
JSL_API int jsl_queue_worker_step(struct jsl_queue_worker *w,
				  const struct jsl_queue_event *ev,
				  struct jsl_queue_update *ret_up);
JSL_API uint64_t jsl_queue_worker_deadline(const struct jsl_queue_worker *w);

/** How many jobs run here now. */
JSL_API size_t jsl_queue_worker_running(const struct jsl_queue_worker *w);

/** How many results are kept for their submitters. */
JSL_API size_t jsl_queue_worker_finished(const struct jsl_queue_worker *w);

#ifdef __cplusplus
}
#endif

#endif
