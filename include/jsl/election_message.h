/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ELECTION_MESSAGE_H
#define JSL_ELECTION_MESSAGE_H

/**
 * @file
 * What the nodes of an election say to each other, and who leads. See
 * jsl/election.h.
 */

#include <stdbool.h>

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most voters that a cluster may have. */
#define JSL_ELECTION_VOTERS_MAX 15

/** Message destination: every observer that the caller knows. */
#define JSL_ELECTION_TO_OBSERVERS UINT64_MAX

/** What part a node plays. */
enum jsl_election_role {
	JSL_ELECTION_LOOKING,	/**< knows of no leader with a live lease */
	JSL_ELECTION_FOLLOWING, /**< voter: has granted a lease to the leader */
	JSL_ELECTION_LEADING,	/**< voter: a quorum has granted it a lease */
	JSL_ELECTION_OBSERVING	/**< no voter: hears the leader */
};

/**
 * The name of a role. From any thread.
 *
 * @param role the role
 * @return "LOOKING" …, "UNKNOWN" for what is none; borrowed, for ever
 */
JSL_API const char *jsl_election_role_str(enum jsl_election_role role);

/**
 * Who leads. (epoch, id) is the identity of a leader everywhere, and a fencing
 * token; epoch 0: nobody.
 *
 * A leader may go on in a higher epoch without a moment's interruption (R10).
 * That is the same reign, told by (since, id): nothing that hangs on a change of
 * leader is to be done.
 */
struct jsl_election_leader {
	uint64_t epoch; /**< from 1, higher with each; 0: nobody */
	uint64_t id;	/**< of the node */
	uint64_t since; /**< the epoch in which the reign began; 0: not known here */
};

/** What a message says; the phases are those of doc/protocols.md. */
enum jsl_election_kind {
	JSL_ELECTION_LOOK = 1, /**< phase 1: a notification */
	JSL_ELECTION_PREPARE,  /**< phase 2: promise me epoch */
	JSL_ELECTION_PROMISE,  /**< granted, durably */
	/**
	 * Refused: epoch is what I promised, or a higher one that I know to be over;
	 * leader who leads.
	 */
	JSL_ELECTION_NACK,
	JSL_ELECTION_HEARTBEAT, /**< phase 3: seq, lease_us, since */
	JSL_ELECTION_ACK,	/**< seq acknowledged: the lease runs */
	/**
	 * The leader of epoch acts no more (R9); vote.id: it asks for this successor,
	 * or 0.
	 */
	JSL_ELECTION_RELEASE,
	/**
	 * To a fresh voter: its record id is stored here, durably; leader is what I
	 * promised (R12b).
	 */
	JSL_ELECTION_ADMIT
};

/** A vote, and the order of votes: log epoch, log index, id, as ZooKeeper's. */
struct jsl_election_vote {
	uint64_t log_epoch; /**< 0 until there is a log */
	uint64_t log_index; /**< 0 until there is a log */
	uint64_t id;	    /**< the voter that is voted for; 0: none */
};

/** A message between nodes. Fields that a kind does not use are zero. */
struct jsl_election_message {
	enum jsl_election_kind kind; /**< what it says */
	uint64_t from;		     /**< the sender's id */
	uint64_t to;		     /**< an id or JSL_ELECTION_TO_OBSERVERS */
	uint64_t boot;		     /**< of the sender; a higher one supersedes */
	uint64_t round;		     /**< LOOK: of the sender's phase 1; it only grows */
	struct jsl_election_vote vote; /**< LOOK: for whom; RELEASE: id of a successor */
	/**
	 * LOOK: bit i = the i-th voter (ascending ids) was heard this round; the sender's
	 * own bit: it hears a quorum and may promise, so it may be voted for.
	 */
	uint32_t heard;
	enum jsl_election_role role; /**< the sender's */
	/** Whom the sender follows or is; epoch 0 = nobody. */
	struct jsl_election_leader leader;
	uint64_t epoch; /**< that it is about; LOOK: the highest that the sender promised
			 */
	uint64_t promised_to; /**< LOOK: to whom epoch was promised (R12a) */
	uint64_t seq; /**< HEARTBEAT, ACK: of the heartbeat; LOOK: of the notification */
	/** HEARTBEAT: D, what an ack grants; ADMIT: the longest ever granted here. */
	uint64_t lease_us;
	uint64_t since; /**< HEARTBEAT: the epoch in which the reign began (R10) */
	bool fresh; /**< the sender has promised nothing yet in its record's life (R12) */
	bool all_fresh; /**< PREPARE: the candidate saw a quorum of fresh voters (R12a) */
	uint8_t record_id[16];	 /**< of the sender's record; all zero from an observer */
	uint8_t config_hash[32]; /**< all zero from an observer */
	/**
	 * PROMISE, ADMIT: the record ids that the sender stores, by voter as in heard;
	 * all zero: none. LOOK, PREPARE: that of the receiver, as it was heard (R12).
	 */
	uint8_t known[JSL_ELECTION_VOTERS_MAX][16];
};

#ifdef __cplusplus
}
#endif

#endif
