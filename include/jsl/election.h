/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ELECTION_H
#define JSL_ELECTION_H

/*
 * Leader election among a fixed set of voters: ZooKeeper's Fast Leader
 * Election as people know it, made safe by a durable promise per epoch and a
 * lease. At most one leader per epoch (I1), never two at once (I4).
 *
 *	LOOKING --quorum of promises--> LEADING
 *	   ^  `--grants a lease--> FOLLOWING
 *	   `------lease over----------'          observers: LOOKING <-> OBSERVING
 *
 * The object does no I/O, reads no clock and draws no random number. Feed it
 * events with jsl_election_step(), apply the update it returns, and step it
 * with a timer event no later than jsl_election_deadline(). The same state and
 * the same event always give the same update. Not thread-safe.
 *
 * Rules R1..R13 and invariants I1..I5 are those of doc/protocols.md.
 */

#include <stdbool.h>

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct jsl_election;

/** Most voters that a cluster may have. */
#define JSL_ELECTION_VOTERS_MAX 15

/** Message destination: every observer that the caller knows. */
#define JSL_ELECTION_TO_OBSERVERS UINT64_MAX

enum jsl_election_role {
	JSL_ELECTION_LOOKING,
	JSL_ELECTION_FOLLOWING,
	JSL_ELECTION_LEADING,
	JSL_ELECTION_OBSERVING
};

/** "LOOKING" …; borrowed, for ever. */
JSL_API const char *jsl_election_role_str(enum jsl_election_role role);

/** Who leads: the identity of a leader everywhere, and a fencing token. Epoch 0: nobody.
 */
struct jsl_election_leader {
	uint64_t epoch;
	uint64_t id;
};

/**
 * What a voter must not forget. One record, replaced whole; the caller keeps
 * it on stable storage and hands it back at the next start.
 */
struct jsl_election_record {
	uint8_t record_id[16];	 /* the boot that made the record, then random bytes */
	uint8_t cluster_id[32];	 /* SHA-256 of the cluster's name */
	uint8_t config_hash[32]; /* SHA-256 of the name and the sorted voter ids */
	uint64_t promised_epoch;
	uint64_t promised_to;
	uint64_t boot_count;
	uint64_t lease_max_us; /* longest lease ever granted (R5) */
	uint32_t n_known;      /* record ids of other voters (R12) */
	struct {
		uint64_t id;
		uint8_t record_id[16];
	} known[JSL_ELECTION_VOTERS_MAX];
};

enum jsl_election_kind {
	JSL_ELECTION_LOOK = 1, /* phase 1: a notification */
	JSL_ELECTION_PREPARE,  /* phase 2: promise me @epoch */
	JSL_ELECTION_PROMISE,  /* granted, durably */
	JSL_ELECTION_NACK,     /* refused: @epoch is what I promised, @leader who leads */
	JSL_ELECTION_HEARTBEAT, /* phase 3: seq, lease_us */
	JSL_ELECTION_ACK,	/* seq acknowledged: the lease runs */
	JSL_ELECTION_RELEASE,	/* the leader of @epoch acts no more (R9) */
	JSL_ELECTION_ADMIT /* to a fresh voter: its record id is stored here, durably;
			      @leader is what I promised (R12b) */
};

/** ZooKeeper's vote order: log epoch, log index, id. The first two are 0 until there is a
 * log. */
struct jsl_election_vote {
	uint64_t log_epoch;
	uint64_t log_index;
	uint64_t id;
};

/** A message between nodes. Fields that a kind does not use are zero. */
struct jsl_election_message {
	enum jsl_election_kind kind;
	uint64_t from;
	uint64_t to;   /* an id or JSL_ELECTION_TO_OBSERVERS */
	uint64_t boot; /* of the sender; a higher one supersedes */
	uint64_t round;
	struct jsl_election_vote vote;
	uint32_t heard; /* LOOK: bit i = the i-th voter (ascending ids) was heard this
			   round; the sender's own bit: it hears a quorum and may promise,
			   so it may be voted for */
	enum jsl_election_role role;
	struct jsl_election_leader
		leader; /* whom the sender follows or is; epoch 0 = nobody */
	uint64_t epoch;
	uint64_t seq; /* HEARTBEAT, ACK: of the heartbeat; LOOK: of the notification */
	uint64_t lease_us; /* HEARTBEAT: D, what an ack grants */
	bool fresh; /* the sender has promised nothing yet in its record's life (R12) */
	bool all_fresh; /* PREPARE: the candidate saw a quorum of fresh voters (R12a) */
	uint8_t record_id[16];
	uint8_t config_hash[32]; /* all zero from an observer */
	/* PROMISE, ADMIT: the record ids that the sender stores, by voter as in @heard;
	   all zero: none (R12). */
	uint8_t known[JSL_ELECTION_VOTERS_MAX][16];
};

enum jsl_election_event_type {
	JSL_ELECTION_EV_START = 1, /* once, first */
	JSL_ELECTION_EV_TIMER,
	JSL_ELECTION_EV_RECEIVE,	/* message */
	JSL_ELECTION_EV_PERSIST_FAILED, /* the last update's record is not durable */
	JSL_ELECTION_EV_VOTER_DOWN, /* id: gossip declared it failed; shortens waits only
				     */
	JSL_ELECTION_EV_VOTER_UP,   /* id: alive again */
	JSL_ELECTION_EV_RELEASE	    /* stop leading and voting, for good (clean stop) */
};

struct jsl_election_event {
	enum jsl_election_event_type type;
	uint64_t now_us;			    /* CLOCK_BOOTTIME; never decreases */
	const struct jsl_election_message *message; /* RECEIVE; borrowed */
	uint64_t id;				    /* VOTER_DOWN, VOTER_UP */
};

/**
 * What the caller must now do, in this order:
 *  1. if persist: make *record durable. If that fails, do nothing else of this
 *     update and step with PERSIST_FAILED at once.
 *  2. send the messages (a lost one is harmless).
 *  3. act on changed role and leader.
 * All pointers belong to the election and are valid until its next call.
 */
struct jsl_election_update {
	bool persist;
	bool role_changed;
	bool leader_changed;
	const struct jsl_election_record *record;
	const struct jsl_election_message *messages;
	size_t n_messages;
	enum jsl_election_role role;
	struct jsl_election_leader
		leader; /* known leader with a live lease, or epoch 0 */
	enum jsl_election_alarm {
		JSL_ELECTION_ALARM_NONE,
		JSL_ELECTION_ALARM_CONFIG, /* a voter with another voter list: refused */
		JSL_ELECTION_ALARM_IMPOSTOR, /* two ids claim one epoch */
		JSL_ELECTION_ALARM_STORAGE   /* the record could not be kept: no longer
						votes */
	} alarm;
	uint64_t alarm_id; /* the node that the alarm is about */
};

struct jsl_election_opts {
	size_t size;		/* sizeof(struct jsl_election_opts) */
	uint64_t id;		/* not 0 */
	const uint64_t *voters; /* copied; ascending, unique; @id among them = a voter */
	size_t n_voters;
	uint64_t boot; /* > 0, higher at each start, even if the record was lost (R12):
			  the start time, or a count that is kept elsewhere */
	uint64_t seed; /* for back-off; any number */
	uint8_t record_id[16]; /* random; used if there is no record */
	uint8_t cluster_id[32];
	uint8_t config_hash[32];
	const struct jsl_election_record *record; /* copied; NULL: first start */
	uint64_t heartbeat_us;			  /* H */
	uint64_t lease_us;			  /* D at a voter; at least 3 H */
	uint64_t finalize_us;
	uint64_t prepare_us;
	uint64_t settle_us; /* before this after the start, wait for every voter to be
			       heard */
	uint32_t rate_error_ppm; /* rho: clock rates differ by at most this */
	uint64_t granularity_us; /* g: how late a timer may be noticed */
};

#define JSL_ELECTION_OPTS_INIT                                                       \
	{                                                                            \
		.size = sizeof(struct jsl_election_opts), .heartbeat_us = 100000,    \
		.lease_us = 500000, .finalize_us = 50000, .prepare_us = 200000,      \
		.settle_us = 750000, .rate_error_ppm = 1000, .granularity_us = 2000, \
	}

/**
 * Make an election (given; free with jsl_election_free()).
 *
 * Returns 0;
 *   -EINVAL        an option is out of range, or voters are not ascending
 *   JSL_E_CONFIG   lease_us < 3 heartbeat_us, or the record has another voter list
 *   JSL_E_CLUSTER  the record is of another cluster
 *   -ENOMEM
 */
JSL_API int jsl_election_new(struct jsl_election **ret_e,
			     const struct jsl_election_opts *opts);

JSL_API void jsl_election_free(struct jsl_election *e);

/**
 * Feed one event; see struct jsl_election_update for what to do then. Never
 * allocates. A message that is malformed, stale, or from a stranger changes
 * nothing.
 *
 * Returns 0 with *@ret_up filled; -EINVAL for a misuse (no START yet, time
 * that goes backwards), nothing changed.
 */
JSL_API int jsl_election_step(struct jsl_election *e, const struct jsl_election_event *ev,
			      struct jsl_election_update *ret_up);

/** When to step with a TIMER event, in @now_us terms; UINT64_MAX for never. */
JSL_API uint64_t jsl_election_deadline(const struct jsl_election *e);

JSL_API enum jsl_election_role jsl_election_role(const struct jsl_election *e);

/** The leader known now, hearsay excluded; epoch 0 for nobody. */
JSL_API struct jsl_election_leader jsl_election_leader(const struct jsl_election *e,
						       uint64_t now_us);

/**
 * Whether this node may act as leader at @now_us (R4). Ask at each action, with
 * a clock read for it. *@ret_token (may be NULL) is the fencing token.
 */
JSL_API bool jsl_election_is_leader(const struct jsl_election *e, uint64_t now_us,
				    struct jsl_election_leader *ret_token);

/** Until when this node may act as leader; 0 when it does not lead. */
JSL_API uint64_t jsl_election_lease_end(const struct jsl_election *e);

/** The floor for assignments: the highest epoch seen or promised here, and by whom (R11).
 */
JSL_API struct jsl_election_leader jsl_election_floor(const struct jsl_election *e);

#ifdef __cplusplus
}
#endif

#endif
