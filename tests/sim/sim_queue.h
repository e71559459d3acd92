/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_SIM_QUEUE_H
#define JSL_TESTS_SIM_QUEUE_H

/*
 * A cluster of queue cores in virtual time: peers (a leader core and a worker
 * core each) and submitters, with connections that delay, break and half-open,
 * processes that crash and stop, gossip that errs, and an oracle that says who
 * leads. The runner is a stub: a job takes its time, a poison job takes its
 * worker down. One seed gives one history, always.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/queue.h>

#include "base/rng.h"
#include "queue/queue_int.h"

#define PEERS_MAX      5
#define SUBMITTERS_MAX 3
#define NODES_MAX      (PEERS_MAX + SUBMITTERS_MAX)
#define JOBS_MAX       48
#define EXECS_MAX      32
#define CONNS_MAX      65536
#define MS	       UINT64_C(1000)
#define SECOND	       (1000 * MS)
#define RESUME_US      (2 * SECOND)
#define LEASE_US       (500 * MS)
#define HEARTBEAT_US   (100 * MS)
#define LOAD_UNTIL     (12 * SECOND)
#define FAULTS_UNTIL   (20 * SECOND)
#define FINISH_WITHIN  (60 * SECOND) /* after the faults stop: the bound we state */
#define MAX_DEATHS     2
#define LIE	       UINT64_MAX /* marks one, as its queued_us */

enum sim_core { LEADER, WORKER, SUBMITTER, N_CORES };

enum sim_event_type {
	SIM_WAKE,      /* node, core */
	SIM_DELIVER,   /* conn, to_server, message */
	SIM_CONNECT,   /* node: try to reach the leader that it knows */
	SIM_CLIENT_UP, /* conn */
	SIM_DOWN,      /* conn, to_server: this side notices */
	SIM_HEARTBEAT, /* node hears leader */
	SIM_RUN_DONE,  /* node, boot, job, serial */
	SIM_PROGRESS,  /* likewise */
	SIM_LIE,       /* node, if it is one that lies */
	SIM_SUBMIT,    /* job */
	SIM_CANCEL,    /* job */
	SIM_MEMBER,    /* node is told of other: boot, member */
	SIM_LEASE,     /* the oracle renews, or not */
	SIM_RESIGN,    /* node, leader */
	SIM_ELECT,     /* the oracle chooses */
	SIM_RESTART,   /* node */
	SIM_STOPPED,   /* node: the drain is over */
	SIM_FAULT      /* something happens */
};

struct sim_event {
	uint64_t time, seq;
	uint64_t sent; /* when it was pushed */
	enum sim_event_type type;
	int node, other, job;
	enum sim_core core;
	uint32_t conn;
	bool to_server;
	uint64_t boot, serial;
	enum jsl_queue_member member;
	struct jsl_election_leader leader;
	struct jsl_queue_message message; /* owns its payload and items */
};

struct sim_conn {
	int client, server;
	uint64_t client_boot, server_boot;
	bool broken;
	bool accepted;
	bool client_knows, server_knows; /* that it is up */
	uint64_t last[2];		 /* delivery, to the client and to the server */
};

struct sim_run {
	int job;
	uint64_t serial;
};

struct sim_node {
	uint64_t id, boot;
	bool peer, electable, alive, stopping, leading; /* electable: a voter */
	uint64_t cut_until, lease_end, lead_epoch;
	uint32_t slots;
	struct jsl_queue_leader *leader;
	struct jsl_queue_worker *worker;
	struct jsl_queue_submitter *submitter;
	uint64_t wake[N_CORES];
	struct jsl_election_leader known;
	struct jsl_election_leader floor;    /* checked, not the core's */
	struct jsl_election_leader promised; /* by a voter, in whichever life */
	uint32_t conn;
	bool connecting;
	int running[JOBS_MAX]; /* serial of the run of each job, 0: none */
	/* as an observer, of each node */
	uint64_t told_at[NODES_MAX];
	bool thinks_failed[NODES_MAX];
	/* as a leader: since when the node has been without a link; 0: it has one */
	uint64_t down_since[NODES_MAX];
};

struct sim_exec {
	int node;
	uint64_t boot;
	uint64_t start; /* when its ASSIGN was sent */
	bool surplus;	/* stopped in favour of another, or given up as silent */
};

struct sim_job {
	int submitter;
	/* Jobs of one key have the number of the first of them, or none (-1). Their
	 * content is that of the first, but for those that shall be refused. */
	int key, content;
	uint64_t boot, duration, submitted;
	uint64_t accepted;     /* by the first leader that did */
	uint64_t limit;	       /* 0: none; else runs may hang */
	uint64_t word;	       /* of a run of it, when a leader last had one */
	bool given[NODES_MAX]; /* assigned there once */
	bool poison, ended, cancelled;
	enum jsl_queue_outcome outcome;
	int n_execs;
	struct sim_exec execs[EXECS_MAX];
	uint32_t forwarded_on; /* the link of its last RESULT, not acknowledged */
};

struct sim {
	uint64_t seed, now, seq, hash, steps, n_execs_again;
	bool trace, healed;
	struct jsl_rng rng;
	struct sim_event **heap;
	size_t n_heap, cap_heap;
	struct sim_node nodes[NODES_MAX];
	int n_nodes, n_peers;
	struct sim_conn *conns;
	uint32_t n_conns;
	struct sim_job jobs[JOBS_MAX];
	int n_jobs, next_serial;
	uint64_t epoch, elected; /* elected: when somebody last was */
	uint64_t sent;		 /* when the message at hand was */
	int leader;		 /* -1: nobody */
	/* when the node last gave reason to run its jobs elsewhere, or to drop them */
	int liar; /* node, or -1 */
	uint64_t excused[NODES_MAX], sexcused[NODES_MAX], any_excuse;
	uint64_t counts[32]; /* of notes, by type */
};

static inline uint64_t sim_rand(struct sim *s, uint64_t below)
{
	return jsl_rng_below(&s->rng, below);
}

static inline bool sim_chance(struct sim *s, unsigned percent)
{
	return sim_rand(s, 100) < percent;
}

/* sim_queue_world.c: time, cores */
struct sim_event *sim_push(struct sim *s, uint64_t time, enum sim_event_type type,
			   int node);
struct sim_event *sim_pop(struct sim *s);
void sim_event_free(struct sim_event *ev);
int sim_step(struct sim *s, int node, enum sim_core core, struct jsl_queue_event *ev);
void sim_node_start(struct sim *s, int node);
void sim_node_stop(struct sim *s, int node);
void sim_dispatch(struct sim *s, struct sim_event *ev);

/* sim_queue_net.c: connections */
void sim_send(struct sim *s, int node, bool from_leader,
	      const struct jsl_queue_message *m);
void sim_deliver(struct sim *s, struct sim_event *ev);
void sim_connect(struct sim *s, int node);
void sim_client_up(struct sim *s, uint32_t conn);
void sim_break(struct sim *s, uint32_t conn, bool clean);
void sim_break_all(struct sim *s, int node);
void sim_notice(struct sim *s, uint32_t conn, bool server, bool clean);

/* sim_queue_faults.c: the oracle, gossip, faults */
void sim_elect(struct sim *s);
void sim_lease(struct sim *s, const struct sim_event *ev);
void sim_resign(struct sim *s, int node, struct jsl_election_leader leader);
void sim_heartbeat(struct sim *s, int node, struct jsl_election_leader leader);
void sim_tell_member(struct sim *s, int about, enum jsl_queue_member member);
void sim_member(struct sim *s, const struct sim_event *ev);
void sim_probed(struct sim *s, int node, struct jsl_queue_node about);
void sim_crash(struct sim *s, int node);
void sim_stopped(struct sim *s, int node);
void sim_fault(struct sim *s);
void sim_heal(struct sim *s);
void sim_fix_slots(struct sim *s);

/* sim_queue_check.c: the history */
__attribute__((format(printf, 2, 3), noreturn)) void sim_fail(struct sim *s,
							      const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void sim_trace(struct sim *s, const char *fmt, ...);
struct jsl_queue_id sim_job_id(int job);
int sim_job_of(struct jsl_queue_id id);
void sim_excuse(struct sim *s, int node, bool as_submitter);
void sim_link_changed(struct sim *s, int leader, int node, bool up);
bool sim_may_lie(const struct sim *s, int node, int job);
void sim_lie(struct sim *s, int node);
void sim_progress(struct sim *s, int node, const struct jsl_queue_message *m);
void sim_started(struct sim *s, int node, const struct jsl_queue_message *m);
void sim_ended(struct sim *s, int node, const struct jsl_queue_message *m);
void sim_sent(struct sim *s, const struct jsl_queue_message *m);
void sim_noted(struct sim *s, int node, const struct jsl_queue_note *note);
bool sim_is_done(const struct sim *s);
void sim_check_end(struct sim *s);

#endif
