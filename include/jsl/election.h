/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ELECTION_H
#define JSL_ELECTION_H

/**
 * @file
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
#include <jsl/election_event.h>
#include <jsl/election_message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque: one node's part in an election. */
struct jsl_election;

/** Who takes part, and how fast. Start from JSL_ELECTION_OPTS_INIT; times are at most
 * 600 s. */
struct jsl_election_opts {
	size_t size; /**< sizeof(struct jsl_election_opts) */
	uint64_t id; /**< of this node; not 0, not UINT64_MAX */
	/** Copied; ascending, unique, neither 0 nor UINT64_MAX; with id: a voter. */
	const uint64_t *voters;
	/**
	 * At most JSL_ELECTION_VOTERS_MAX; 0: an observer that takes what it is told,
	 * with a config_hash of zeros.
	 */
	size_t n_voters;
	/**
	 * From 1 to 2^62, higher at each start, even if the record was lost (R12): the
	 * start time, or a count that is kept elsewhere.
	 */
	uint64_t boot;
	uint64_t seed;		 /**< for back-off; any number */
	uint8_t record_id[16];	 /**< random; used if there is no record */
	uint8_t cluster_id[32];	 /**< as in struct jsl_election_record */
	uint8_t config_hash[32]; /**< as in struct jsl_election_record */
	const struct jsl_election_record *record; /**< copied; NULL: first start */
	uint64_t heartbeat_us; /**< H, how often a leader is heard; > 0 */
	uint64_t lease_us;     /**< D at a voter; at least 3 H */
	uint64_t finalize_us;  /**< how long a quorum waits for better candidates (R7) */
	uint64_t prepare_us;   /**< how long the chosen one may take; > 0 */
	/** Before this after the start, wait for every voter to be heard. */
	uint64_t settle_us;
	/** rho: clock rates differ by at most this; <= 100000. */
	uint32_t rate_error_ppm;
	uint64_t granularity_us; /**< g: how late a timer may be noticed */
};

/** The defaults of the times; id, voters, boot, seed and hashes are to be set. */
#define JSL_ELECTION_OPTS_INIT                                                       \
	{                                                                            \
		.size = sizeof(struct jsl_election_opts), .heartbeat_us = 100000,    \
		.lease_us = 500000, .finalize_us = 50000, .prepare_us = 200000,      \
		.settle_us = 750000, .rate_error_ppm = 1000, .granularity_us = 2000, \
	}

/**
 * Make an election.
 *
 * @param[out] ret_e given; free with jsl_election_free()
 * @param opts       borrowed for the call
 * @return 0;
 *  - -EINVAL: an option is out of range, or voters are not ascending; n_voters is
 *    0 and config_hash is not; boot is not above that of the record, or a field of
 *    the record is what no election can have saved;
 *  - #JSL_E_CONFIG: lease_us < 3 heartbeat_us; or what rate_error_ppm and
 *    granularity_us leave of it to a leader, D_L, is no longer than heartbeat_us; or
 *    the record has another voter list;
 *  - #JSL_E_CLUSTER: the record is of another cluster;
 *  - -ENOMEM
 */
JSL_API int jsl_election_new(struct jsl_election **ret_e,
			     const struct jsl_election_opts *opts);

/**
 * Free an election. It says nothing to the others: see JSL_ELECTION_EV_RELEASE.
 *
 * @param e the election (taken); NULL is fine
 */
JSL_API void jsl_election_free(struct jsl_election *e);

/**
 * Feed one event; see struct jsl_election_update for what to do then. Never
 * allocates. A message that is malformed, stale, or from a stranger changes
 * nothing, and the update says why. Who sent it is the caller's to prove: one that
 * names a far higher boot of a voter silences that voter here until it has started
 * with a higher one.
 *
 * @param e           the election
 * @param ev          borrowed for the call
 * @param[out] ret_up what to do; its pointers are borrowed until the next step
 * @return 0; or, nothing changed:
 *  - -EINVAL: a misuse: no START yet or a second one, time that goes backwards, no
 *    such type, TRANSFER to what is not another voter;
 *  - -EAGAIN: TRANSFER: this node does not lead now, or that voter does not follow
 */
JSL_API int jsl_election_step(struct jsl_election *e, const struct jsl_election_event *ev,
			      struct jsl_election_update *ret_up);

/**
 * When to step with a TIMER event.
 *
 * @param e the election
 * @return in terms of now_us; UINT64_MAX for never
 */
JSL_API uint64_t jsl_election_deadline(const struct jsl_election *e);

/**
 * The role as of the last step: to tell of, not to act on (R4).
 *
 * @param e the election
 * @return the role
 */
JSL_API enum jsl_election_role jsl_election_role(const struct jsl_election *e);

/**
 * The leader known now, hearsay excluded.
 *
 * @param e      the election
 * @param now_us the clock, as in events
 * @return epoch 0 for nobody
 */
JSL_API struct jsl_election_leader jsl_election_leader(const struct jsl_election *e,
						       uint64_t now_us);

/**
 * Whether this node may act as leader (R4). Ask at each action, with a clock read
 * for it.
 *
 * @param e              the election
 * @param now_us         the clock, as in events
 * @param[out] ret_token the fencing token, set if it may; may be NULL
 * @return whether it may
 */
JSL_API bool jsl_election_is_leader(const struct jsl_election *e, uint64_t now_us,
				    struct jsl_election_leader *ret_token);

/**
 * Until when this node may act as leader (R3, R8).
 *
 * @param e the election
 * @return in terms of now_us; 0 when it does not lead
 */
JSL_API uint64_t jsl_election_lease_end(const struct jsl_election *e);

/**
 * The floor for assignments (R11).
 *
 * @param e the election
 * @return the highest epoch seen or promised here, and by whom
 */
JSL_API struct jsl_election_leader jsl_election_floor(const struct jsl_election *e);

#ifdef __cplusplus
}
#endif

#endif
