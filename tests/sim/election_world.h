/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SIM_ELECTION_WORLD_H
#define JSL_SIM_ELECTION_WORLD_H

/*
 * A cluster of elections in virtual time: a network that delays, loses,
 * duplicates, reorders and cuts, clocks that run at their own rate, disks that
 * fail, processes that are slow, pause and crash, and whose ports then refuse.
 * Everything follows from the seed. After every event the invariants that span
 * nodes are checked; the first that fails stops the world.
 *
 *	election_world.c     nodes, messages, the loop
 *	election_evidence.c  connects and what they prove (R13)
 *	election_heap.c      what is going to happen
 *	election_rules.c     the invariants
 *	election_faults.c    what a seed does to a cluster
 *	election_heal.c      how it ends
 *	election_stories.c   what a user is promised
 */

#include <stdbool.h>
#include <stdio.h>

#include <jsl/election.h>

#include "base/rng.h"

#define WORLD_VOTERS_MAX 7
#define WORLD_NODES_MAX	 10
#define WORLD_EPOCHS_MAX 4096
#define WORLD_ECHOES_MAX 48
#define WORLD_BEATS_MAX	 64
#define WORLD_OBSERVER	 101 /* id of the first observer */
#define MS		 UINT64_C(1000)

struct world_node {
	uint64_t id;
	struct jsl_election *e;		   /* NULL: not running */
	struct jsl_election_record record; /* on its disk */
	bool has_record;
	uint64_t boot;
	uint64_t paused_until; /* true time */
	int64_t rate_ppm;
	uint64_t offset_us;
	uint64_t lease_us; /* its own D */
	uint64_t slow_us;  /* it takes up to this for each event */
	uint64_t timer;	   /* the number of its pending timer event */
	struct jsl_election_leader floor;
	enum jsl_election_role role;
	uint64_t changes; /* of role, in this boot */
};

struct world_event {
	uint64_t at, number;
	enum {
		WORLD_MESSAGE,
		WORLD_RESET,   /* the link to the leader, say, has ended */
		WORLD_REFUSED, /* connect */
		WORLD_TIMER,   /* the last that waits for a paused process */
		WORLD_CONNECT, /* connect: a SYN arrives */
		WORLD_START,
		WORLD_MEND, /* its links */
		WORLD_FAULT
	} type;
	size_t node;
	struct jsl_election_message *message; /* owned */
	struct world_connect *connect;	      /* owned */
};

/* A look at whether a leader is gone. */
struct world_connect {
	size_t from, tries; /* that are left */
	uint64_t from_boot;
	struct jsl_election_leader leader;
	uint64_t begun_us; /* by the clock of from */
};

/* What the network and the disks do to everybody. */
struct world_weather {
	uint32_t loss_pct, dup_pct, late_pct; /* late: up to late_us more */
	uint64_t delay_min_us, delay_max_us, late_us;
	uint64_t sync_us;	/* fdatasync takes up to this */
	uint32_t disk_pm;	/* of 1000 persists crash, half before, half after */
	uint32_t disk_fail_pm;	/* of 1000 persists are refused */
	uint32_t timer_late_us; /* at most g, or I4 is not promised */
};

/* When the heartbeats of a reign were sent, by the leader's clock. */
struct world_beats {
	uint64_t since, seq; /* the newest */
	uint64_t sent_us[WORLD_BEATS_MAX];
};

struct world {
	uint64_t seed, now;
	struct jsl_rng rng;
	struct world_weather weather;
	struct jsl_election_opts opts; /* of all, but for id, boot, record */
	uint64_t voters[WORLD_VOTERS_MAX];
	struct world_node nodes[WORLD_NODES_MAX];
	size_t n_voters, n_nodes;
	bool cut[WORLD_NODES_MAX][WORLD_NODES_MAX]; /* [from][to] */
	struct {
		uint64_t delay_us; /* more than the weather's */
		uint32_t loss_pct;
	} links[WORLD_NODES_MAX][WORLD_NODES_MAX];
	size_t victim;	      /* a leader that is being betrayed, or n_nodes */
	bool clocks_in_bound; /* else I4 and I5 are not checked */
	bool trusts;	      /* refusals (R13) */
	bool lies;	      /* and some are false: I4 is not checked */
	bool hurts;	      /* candidates, in the middle of what they do */
	uint32_t rest;	      /* voters that are not mended at the end */
	uint32_t absent;      /* those of them that start no more */
	uint64_t asked[WORLD_VOTERS_MAX]; /* the epoch that each last asked for */
	uint64_t n_asked;		  /* since all was mended */
	bool trace;
	uint64_t hash; /* of all that happened */

	/* what was said at the first start to those that may lose their records: comes
	 * again when they do (R12) */
	struct jsl_election_message echoes[WORLD_ECHOES_MAX];
	size_t n_echoes;

	struct world_event *heap;
	size_t n_heap, cap_heap;
	uint64_t n_events, next_number, n_raises, n_refused, n_transfers;

	/* what the invariants remember */
	uint64_t promised; /* I2: the highest epoch that a quorum had promised */
	uint64_t ever[WORLD_VOTERS_MAX]; /* the highest that each has promised */
	uint32_t losers;		 /* the minority that may lose its record (R12) */
	uint64_t established[WORLD_EPOCHS_MAX]; /* the id that sent heartbeats, or 0 */
	uint32_t late_acks[WORLD_EPOCHS_MAX];	/* I2: acked below a quorum's promise */
	uint64_t since[WORLD_EPOCHS_MAX]; /* the epoch in which its reign began (R10) */
	/* I5, by the epoch in which a reign began: when the newest heartbeat was sent
	 * whose ack has reached the leader, by the leader's clock; 0: none */
	uint64_t acked_us[WORLD_EPOCHS_MAX][WORLD_VOTERS_MAX];
	struct world_beats beats[WORLD_VOTERS_MAX]; /* of each as leader */
	char failure[200];			    /* "" while all is well */
	void (*on_fault)(struct world *w);
};

/* Voters 1..@n_voters and @n_observers more, none running. Deinit frees. */
void world_init(struct world *w, uint64_t seed, size_t n_voters, size_t n_observers);
void world_deinit(struct world *w);

void world_start(struct world *w, size_t node);
void world_start_at(struct world *w, size_t node, uint64_t at);
void world_fault_at(struct world *w, uint64_t at);
void world_crash(struct world *w, size_t node);
/* Its disk is empty at the next start. */
void world_lose_record(struct world *w, size_t node);
void world_give(struct world *w, size_t node, enum jsl_election_event_type type,
		uint64_t id);

/* Run until true time @until; false once an invariant has failed. */
bool world_run(struct world *w, uint64_t until);
/* Run until a leader acts and a quorum follows it, at most until @until. True if so. */
bool world_run_to_leader(struct world *w, uint64_t until);

/* The node that acts as leader now, or n_nodes. */
size_t world_leader(const struct world *w);
uint64_t world_clock(const struct world_node *n, uint64_t at);
bool world_fail(struct world *w, const char *what, uint64_t epoch, uint64_t id);
uint64_t world_between(struct world *w, uint64_t low, uint64_t high);
bool world_chance(struct world *w, uint32_t of, uint32_t in);
uint64_t world_delay(struct world *w, size_t from, size_t to);
void world_deliver(struct world *w, size_t to, const struct jsl_election_message *m,
		   uint64_t after_us);
void world_step(struct world *w, size_t node, struct jsl_election_event ev);

/* election_heap.c */
uint64_t world_schedule(struct world *w, struct world_event ev); /* its number */
void world_push(struct world *w, struct world_event ev);	 /* numbered already */
struct world_event world_pop(struct world *w);

/* election_evidence.c */
void world_reset(struct world *w, size_t node); /* it crashed: the others notice */
void world_look_for_leader(struct world *w, size_t node);
void world_connect_arrives(struct world *w, const struct world_event *ev);
void world_refused(struct world *w, const struct world_event *ev);
/* A refusal that proves nothing. */
void world_lie(struct world *w, size_t node);

/* election_trace.c */
void world_trace(struct world *w, size_t node, const struct jsl_election_event *ev,
		 const struct jsl_election_update *up);

/* election_faults.c */
void world_keep_echo(struct world *w, const struct jsl_election_message *m);
void world_hurt(struct world *w, size_t node); /* it is about to ask for promises */
void world_mend(struct world *w, size_t node);
void world_draw(struct world *w); /* weather and faults, from its seed */

/* election_heal.c */
void world_draw_rest(struct world *w);
void world_heal(struct world *w);
bool world_may_have_leader(const struct world *w);
bool world_is_settled(const struct world *w);
uint64_t world_heal_bound_us(const struct world *w);

/* election_rules.c: what is noted of, and demanded after, each event. */
void world_note_message(struct world *w, size_t node,
			const struct jsl_election_message *m);
void world_note_delivery(struct world *w, size_t node,
			 const struct jsl_election_message *m);
void world_note_record(struct world *w, size_t node);
void world_check(struct world *w);
/* It runs and has not given its vote up. */
bool world_has_vote(const struct world *w, size_t node);

#endif
