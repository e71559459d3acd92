/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ELECTION_MESSAGE_H
#define JSL_ELECTION_MESSAGE_H

/*
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

enum jsl_election_role {
	JSL_ELECTION_LOOKING,
	JSL_ELECTION_FOLLOWING,
	JSL_ELECTION_LEADING,
	JSL_ELECTION_OBSERVING
};

/** "LOOKING" …; borrowed, for ever. */
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
	uint64_t epoch;
	uint64_t id;
	uint64_t since; /* the epoch in which the reign began; 0: not known here */
};

enum jsl_election_kind {
	JSL_ELECTION_LOOK = 1, /* phase 1: a notification */
	JSL_ELECTION_PREPARE,  /* phase 2: promise me @epoch */
	JSL_ELECTION_PROMISE,  /* granted, durably */
	JSL_ELECTION_NACK,     /* refused: @epoch is what I promised, or a higher one that
				  I know to be over; @leader who leads */
	JSL_ELECTION_HEARTBEAT, /* phase 3: seq, lease_us, since */
	JSL_ELECTION_ACK,	/* seq acknowledged: the lease runs */
	JSL_ELECTION_RELEASE,	/* the leader of @epoch acts no more (R9); vote.id: it
				   asks for this successor, or 0 */
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
	uint64_t promised_to; /* LOOK: to whom @epoch was promised (R12a) */
	uint64_t seq; /* HEARTBEAT, ACK: of the heartbeat; LOOK: of the notification */
	uint64_t lease_us; /* HEARTBEAT: D, what an ack grants; ADMIT: the longest ever
			      granted here */
	uint64_t since;	   /* HEARTBEAT: the epoch in which the reign began (R10) */
	bool fresh; /* the sender has promised nothing yet in its record's life (R12) */
	bool all_fresh; /* PREPARE: the candidate saw a quorum of fresh voters (R12a) */
	uint8_t record_id[16];
	uint8_t config_hash[32]; /* all zero from an observer */
	/* PROMISE, ADMIT: the record ids that the sender stores, by voter as in @heard;
	   all zero: none. LOOK, PREPARE: that of the receiver, as it was heard (R12). */
	uint8_t known[JSL_ELECTION_VOTERS_MAX][16];
};

#ifdef __cplusplus
}
#endif

#endif
