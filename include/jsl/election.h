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
 * the same event always give the same update. Not thread-safe. jsl/node.h does
 * all of this on a libevent loop.
 *
 *	jsl_election_new(&e, &opts);
 *	ev.type = JSL_ELECTION_EV_START;
 *	for (;;) {
 *		ev.now_us = the clock;
 *		jsl_election_step(e, &ev, &up);
 *		if (up.persist && save(up.record) < 0)
 *			step again, with PERSIST_FAILED
 *		send up.messages, act on up.role and up.leader
 *		ev = what comes first: a message, or TIMER at jsl_election_deadline(e)
 *	}
 *
 * Sources: Junqueira, Reed, Serafini, "Zab", DSN 2011, and ZooKeeper's Fast Leader
 * Election; Gray, Cheriton, "Leases", SOSP 1989.
 *
 * Rules R1..R13 and invariants I1..I5 are those of doc/protocols.md. What they rest
 * on is the caller's to keep:
 *  - What was made durable stays, and one process at a time uses a record: hold an
 *    exclusive lock on it. Only a minority of the voters ever loses theirs (R12).
 *  - now_us is of a clock that goes on while the machine sleeps (CLOCK_BOOTTIME);
 *    the rates of two differ by less than rate_error_ppm. I4 and I5 need it.
 *  - A pause between jsl_election_is_leader() and what it allows is not covered by
 *    the lease: let the receiver of an action refuse tokens of lower epochs (R11).
 *  - A refusal that is trusted is true (R13): else I4 may fail, I1 to I3 never do.
 *  - Voters without a record may promise on each other's word once: at the first
 *    start (R12a). One that lost its record can take part in a second one, beside
 *    the leader of the first, if two things come together: with voters that never
 *    had a record it makes a quorum; and from their starts until they promise, none
 *    of them hears from any voter that has promised. Once every voter has followed
 *    a leader there are too few such voters, and it cannot happen any more.
 *  - If just a quorum has ever been started, and the first candidate is killed after
 *    its promise to itself and before another's, nobody leads until one more starts.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/election_message.h>

#ifdef __cplusplus
extern "C" {
#endif

struct jsl_election;

/**
 * What a voter must not forget. One record, replaced whole; the caller keeps
 * it on stable storage and hands it back at the next start. A record that was
 * torn by a crash is as good as the one before it: keep both until the new one
 * is durable.
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

enum jsl_election_event_type {
	JSL_ELECTION_EV_START = 1, /* once, first */
	JSL_ELECTION_EV_TIMER,
	JSL_ELECTION_EV_RECEIVE,	/* message */
	JSL_ELECTION_EV_PERSIST_FAILED, /* the last update's record is not durable */
	JSL_ELECTION_EV_VOTER_DOWN, /* id: gossip declared it failed; shortens waits only
				     */
	JSL_ELECTION_EV_VOTER_UP,   /* id: alive again */
	JSL_ELECTION_EV_RELEASE,    /* stop leading and voting, for good (clean stop) */
	JSL_ELECTION_EV_TRANSFER,   /* id: stop leading, this voter is to be next (R9) */
	JSL_ELECTION_EV_REFUSED /* leader, begun_us, trusted: a connect to it was refused
				   (R13) */
};

struct jsl_election_event {
	enum jsl_election_event_type type;
	uint64_t now_us;			    /* CLOCK_BOOTTIME; never decreases */
	const struct jsl_election_message *message; /* RECEIVE; borrowed */
	uint64_t id;				    /* VOTER_DOWN, VOTER_UP, TRANSFER */
	/* REFUSED: a new connect of this node's own, to the address of the leader that
	 * it follows, was refused: no process holds the port. A leader must open its
	 * port before its START and close it after its last act. */
	struct jsl_election_leader leader;
	uint64_t begun_us; /* when that connect began */
	bool trusted;	   /* nothing in between can have refused: it frees the lease, and
			      does not only shorten waits */
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
	bool leader_changed; /* the epoch alone may have: compare since (R10) */
	bool overdue; /* the leader's heartbeat: see whether its process is gone (R13) */
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
	int refused;	   /* RECEIVE: 0, or why the message changed nothing:
			      JSL_E_MALFORMED
			      JSL_E_LIMIT   an epoch or another number out of range, or
					    far above all that is known
			      JSL_E_STALE   of an earlier life of its sender
			      JSL_E_CONFIG  its sender has another voter list, or is no
					    voter
			      JSL_E_UNBOUND meant for another node */
};

/* Times are at most 600 s. */
struct jsl_election_opts {
	size_t size;		/* sizeof(struct jsl_election_opts) */
	uint64_t id;		/* not 0 */
	const uint64_t *voters; /* copied; ascending, unique; @id among them = a voter */
	size_t n_voters; /* at most JSL_ELECTION_VOTERS_MAX; 0: an observer that takes
			    what it is told, with a config_hash of zeros */
	uint64_t boot;	 /* > 0, higher at each start, even if the record was lost (R12):
			    the start time, or a count that is kept elsewhere */
	uint64_t seed;	 /* for back-off; any number */
	uint8_t record_id[16]; /* random; used if there is no record */
	uint8_t cluster_id[32];
	uint8_t config_hash[32];
	const struct jsl_election_record *record; /* copied; NULL: first start */
	uint64_t heartbeat_us;			  /* H; > 0 */
	uint64_t lease_us;			  /* D at a voter; at least 3 H */
	uint64_t finalize_us;
	uint64_t prepare_us; /* > 0 */
	uint64_t settle_us;  /* before this after the start, wait for every voter to be
				heard */
	uint32_t rate_error_ppm; /* rho: clock rates differ by at most this; <= 100000 */
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
 *   -EINVAL        an option is out of range, or voters are not ascending; n_voters is
 *                  0 and config_hash is not; boot is not above that of the record, or
 *                  a field of the record is what no election can have saved
 *   JSL_E_CONFIG   lease_us < 3 heartbeat_us; or what rate_error_ppm and granularity_us
 *                  leave of it to a leader, D_L, is no longer than heartbeat_us; or the
 *                  record has another voter list
 *   JSL_E_CLUSTER  the record is of another cluster
 *   -ENOMEM
 */
JSL_API int jsl_election_new(struct jsl_election **ret_e,
			     const struct jsl_election_opts *opts);

/** NULL is fine. */
JSL_API void jsl_election_free(struct jsl_election *e);

/**
 * Feed one event; see struct jsl_election_update for what to do then. Never
 * allocates. A message that is malformed, stale, or from a stranger changes
 * nothing, and the update says why. Who sent it is the caller's to prove: one that
 * names a far higher boot of a voter silences that voter here until it has started
 * with a higher one.
 *
 * Returns 0 with *@ret_up filled; or, nothing changed:
 *   -EINVAL  a misuse: no START yet, time that goes backwards, TRANSFER to what
 *            is not another voter
 *   -EAGAIN  TRANSFER: this node does not lead now, or that voter does not follow
 */
JSL_API int jsl_election_step(struct jsl_election *e, const struct jsl_election_event *ev,
			      struct jsl_election_update *ret_up);

/** When to step with a TIMER event, in @now_us terms; UINT64_MAX for never. */
JSL_API uint64_t jsl_election_deadline(const struct jsl_election *e);

/** As of the last step: to tell of, not to act on (R4). */
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
