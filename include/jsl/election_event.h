/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ELECTION_EVENT_H
#define JSL_ELECTION_EVENT_H

/**
 * @file
 * What goes into an election and what comes out, one event, one update, and what it
 * must not forget. See jsl/election.h.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/election_message.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What a voter must not forget. One record, replaced whole; the caller keeps
 * it on stable storage and hands it back at the next start. A record that was
 * torn by a crash is as good as the one before it: keep both until the new one
 * is durable.
 */
struct jsl_election_record {
	uint8_t record_id[16];	 /**< the boot that made the record, then random bytes */
	uint8_t cluster_id[32];	 /**< SHA-256 of the cluster's name */
	uint8_t config_hash[32]; /**< SHA-256 of the name and the sorted voter ids */
	uint64_t promised_epoch; /**< the highest; 0: none yet (R1) */
	uint64_t promised_to;	 /**< the voter that it was promised to */
	uint64_t boot_count;	 /**< boot of the life that saved this */
	uint64_t lease_max_us;	 /**< longest lease ever granted (R5) */
	uint32_t n_known;	 /**< how many of known are set */
	/** Record ids of other voters (R12). */
	struct {
		uint64_t id;	       /**< of the voter */
		uint8_t record_id[16]; /**< of its record */
	} known[JSL_ELECTION_VOTERS_MAX];
};

/** What an event is, and which of its fields it uses beside now_us. */
enum jsl_election_event_type {
	JSL_ELECTION_EV_START = 1,	/**< once, first */
	JSL_ELECTION_EV_TIMER,		/**< at the deadline, or at any time */
	JSL_ELECTION_EV_RECEIVE,	/**< message */
	JSL_ELECTION_EV_PERSIST_FAILED, /**< the last update's record is not durable */
	/** id: gossip declared it failed; shortens waits only */
	JSL_ELECTION_EV_VOTER_DOWN,
	JSL_ELECTION_EV_VOTER_UP, /**< id: alive again */
	JSL_ELECTION_EV_RELEASE,  /**< stop leading and voting, for good (clean stop) */
	JSL_ELECTION_EV_TRANSFER, /**< id: stop leading, this voter is to be next (R9) */
	/** leader, begun_us, trusted: a connect to it was refused (R13) */
	JSL_ELECTION_EV_REFUSED
};

/** What happened. Fields that a type does not use are ignored. */
struct jsl_election_event {
	enum jsl_election_event_type type; /**< what it is */
	uint64_t now_us;		   /**< CLOCK_BOOTTIME in us; never decreases */
	const struct jsl_election_message *message; /**< RECEIVE; borrowed for the call */
	uint64_t id; /**< VOTER_DOWN, VOTER_UP, TRANSFER: of a voter */
	/**
	 * REFUSED: a new connect of this node's own, to the address of the leader that
	 * it follows, was refused: no process holds the port. A leader must open its
	 * port before its START and close it after its last act.
	 */
	struct jsl_election_leader leader;
	uint64_t begun_us; /**< REFUSED: when that connect began, as now_us */
	/**
	 * REFUSED: nothing in between can have refused. It frees the lease, and does not
	 * only shorten waits.
	 */
	bool trusted;
};

/**
 * What the caller must now do, in this order:
 *  1. if persist: make *record durable. If that fails, do nothing else of this
 *     update and step with PERSIST_FAILED at once.
 *  2. send the messages (a lost one is harmless).
 *  3. act on changed role and leader.
 *
 * All pointers belong to the election and are valid until its next step.
 */
struct jsl_election_update {
	bool persist;	     /**< save record before anything else */
	bool role_changed;   /**< role is another than the last update's */
	bool leader_changed; /**< the epoch alone may have: compare since (R10) */
	/** the leader's heartbeat is: see whether its process is gone (R13) */
	bool overdue;
	const struct jsl_election_record *record;    /**< as it is now */
	const struct jsl_election_message *messages; /**< to send, in any order */
	size_t n_messages;			     /**< how many */
	enum jsl_election_role role;		     /**< as of this step */
	/** known leader with a live lease, or epoch 0 */
	struct jsl_election_leader leader;
	/** What a person should know of. */
	enum jsl_election_alarm {
		JSL_ELECTION_ALARM_NONE,     /**< nothing */
		JSL_ELECTION_ALARM_CONFIG,   /**< a voter with another voter list */
		JSL_ELECTION_ALARM_IMPOSTOR, /**< two ids claim one epoch */
		/** the record could not be kept: no longer votes */
		JSL_ELECTION_ALARM_STORAGE
	} alarm;	   /**< NONE, or what a person should know of */
	uint64_t alarm_id; /**< the node that the alarm is about */
	/**
	 * RECEIVE: 0, or why the message changed nothing:
	 *  - #JSL_E_MALFORMED: no node that works says this;
	 *  - #JSL_E_LIMIT: an epoch or another number out of range, or far above all
	 *    that is known;
	 *  - #JSL_E_STALE: of an earlier life of its sender;
	 *  - #JSL_E_CONFIG: its sender has another voter list, or is no voter;
	 *  - #JSL_E_UNBOUND: meant for another node.
	 */
	int refused;
};

#ifdef __cplusplus
}
#endif

#endif
