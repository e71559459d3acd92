/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ELECTION_STATE_H
#define JSL_ELECTION_STATE_H

/*
 * All that an election knows, and the named limits of what it believes. Times
 * are in the terms of the steps' now_us; masks go by the index of the voter in
 * ascending ids.
 */

#include <jsl/election.h>

#include "base/rng.h"

/* Heartbeats whose send time is remembered; an ack of an older one is ignored. */
#define JSL_ELECTION_SENT_MAX 64
/* Numbers above this are garbage: no cluster counts that far, and +1 stays safe. */
#define JSL_ELECTION_NUMBER_MAX (UINT64_C(1) << 62)
/* An epoch this far above all that were heard of is garbage, too: no cluster has so
 * many elections while a node is away, and one message must not use them up. Likewise
 * a round above this node's, and a message's number above the last of its sender. */
#define JSL_ELECTION_JUMP (UINT64_C(1) << 32)
/* The longest lease that is believed, and the longest of any option. */
#define JSL_ELECTION_LEASE_MAX_US UINT64_C(600000000)
/* Notifications are repeated after this, doubling up to the second (datagrams get lost).
 */
#define JSL_ELECTION_RESEND_US	   50000
#define JSL_ELECTION_RESEND_MAX_US 400000
/* Observers are many: they ask more and more rarely, the leader's heartbeat comes anyway.
 */
#define JSL_ELECTION_ASK_MAX_US 3200000
/* PREPAREs are repeated faster: each round trip here is time without a leader. */
#define JSL_ELECTION_PREPARE_AGAIN_US 25000
#define JSL_ELECTION__NEVER	      UINT64_MAX

/* The patience of a round without agreement doubles at most this often. */
#define JSL_ELECTION_STALLS_MAX 3

enum jsl_election__phase {
	JSL_ELECTION__LOOK,    /* 1: choosing among the voters that are heard */
	JSL_ELECTION__PREPARE, /* 2: chosen, asking for promises */
	JSL_ELECTION__PROMISE, /* 2: promised another, its heartbeat is due */
	JSL_ELECTION__LEAD,    /* 3: established; acts while now < lease_end_us */
	JSL_ELECTION__FOLLOW,  /* 3: has granted a lease */
	JSL_ELECTION__WATCH    /* an observer, or a voter that gave up its vote */
};

/* What is known of one voter, this node among them. */
struct jsl_election__voter {
	uint64_t id;
	uint64_t boot;		/* newest heard; 0: never heard */
	uint64_t boot_heard_us; /* when that boot was first heard */
	bool down;		/* declared failed by gossip: shortens waits only */
	bool gone;    /* its lease ended, or nobody holds its port; not heard looking or
			 leading since */
	bool alarmed; /* ALARM_CONFIG was raised, nothing good heard since */
	/* phase 1: its newest notification */
	uint64_t look_seq;
	bool looking; /* the next seven are valid */
	uint64_t look_round;
	uint64_t look_us;
	struct jsl_election_vote vote;
	uint32_t heard;
	bool fresh;
	bool knows_us;	       /* it named the record id of this node's life (R12a) */
	uint8_t record_id[16]; /* of the life that was heard; zero: not heard looking */
	struct jsl_election_leader promised; /* R12a: the newest that it told of */
	/* R12b: it stores this node's record id, and has promised that much */
	bool admits;
	struct jsl_election_leader admit;
	uint64_t excluded_until_us; /* failed as a candidate: no vote before */
	/* phase 3: the leader's book */
	uint64_t acked_seq;
	uint64_t acked_sent_us; /* when that heartbeat was sent; 0: none */
};

/* Phase 2 as the candidate. */
struct jsl_election__attempt {
	uint64_t epoch;
	bool all_fresh;	   /* R12a */
	uint32_t promises; /* by index of the voter, like all masks here */
	uint32_t refusals;
	bool doubted; /* R12a: one that was asked knows of another promise */
	/* R12a: those that were heard when it began; a later life was not */
	uint8_t asked_id[JSL_ELECTION_VOTERS_MAX][16];
	/* R12: who they are, and what they know of each other */
	uint8_t record_id[JSL_ELECTION_VOTERS_MAX][16];
	uint8_t known[JSL_ELECTION_VOTERS_MAX][JSL_ELECTION_VOTERS_MAX][16];
	uint64_t until_us;
	uint64_t again_us;
};

/* Phase 3 as the leader. */
struct jsl_election__lead {
	uint64_t epoch;
	uint64_t since; /* the epoch in which this reign began (R10) */
	uint64_t began_us;
	uint64_t seq;
	uint64_t sent_us[JSL_ELECTION_SENT_MAX]; /* by seq modulo */
	uint64_t next_us;
	uint64_t lease_end_us;	 /* 0: no quorum of acks yet */
	bool raising;		 /* R10: asking for promises of attempt.epoch meanwhile */
	uint64_t raise_after_us; /* not again before */
};

struct jsl_election {
	uint64_t id, boot, heartbeat_us, lease_us, lead_lease_us;
	uint64_t finalize_us, prepare_us, settle_us;
	uint8_t config_hash[32];
	size_t n_voters, self; /* self == n_voters: an observer */
	struct jsl_election__voter voters[JSL_ELECTION_VOTERS_MAX];
	struct jsl_rng rng;

	uint64_t now_us, start_us;
	bool started;
	bool unsaved;	 /* the last update's record is not yet known to be durable */
	bool no_storage; /* PERSIST_FAILED: this voter is out */
	uint64_t silent_until_us; /* R5 */
	struct jsl_election_record record;
	enum jsl_election__phase phase;

	/* phase 1 */
	uint64_t round;
	struct jsl_election_vote vote;
	uint64_t vote_us;	/* when it was cast, or the round began */
	uint64_t agreed_us;	/* since when a quorum agrees with it, or NEVER */
	uint64_t wait_until_us; /* the patience with an agreed candidate */
	uint64_t resend_us, resend_at_us;
	uint64_t look_seq; /* of the last notification sent */
	unsigned stalls;   /* rounds that ended without agreement */
	struct {
		uint64_t round, vote;
		bool stands;
	} told;	       /* what every voter was sent last */
	uint32_t tell; /* whom to notify at the end of the step */
	uint64_t heir; /* R9: asked for by the last leader; preferred until then */
	uint64_t heir_until_us;

	/* phase 2 */
	struct jsl_election__attempt attempt;
	uint64_t backoff_us;
	uint64_t promise_round; /* the round in which the promise was given */
	uint64_t promise_until_us;

	/* phase 3 */
	struct jsl_election__lead lead;
	struct jsl_election_leader lease_to; /* whom the lease is granted to */
	uint64_t lease_until_us;
	uint64_t lease_seq;
	uint64_t heard_us; /* the newest heartbeat of whom this node follows (R13) */
	bool overdue, overdue_told;	    /* the next one is */
	struct jsl_election_leader watched; /* phase WATCH: by heartbeat */
	uint64_t watched_seq, watched_boot, watched_until_us;
	uint64_t done_epoch; /* its leader acts no more: no lease is granted again */

	uint64_t max_epoch;		  /* ever heard of, hearsay included */
	struct jsl_election_leader seen;  /* newest leader by heartbeat (R11) */
	struct jsl_election_leader floor; /* and the newest own promise */

	/* the update under construction */
	bool persist;
	enum jsl_election_alarm alarm;
	uint64_t alarm_id;
	int refused;	   /* why the message in hand was; 0: it was not */
	uint64_t stranger; /* the last one outside the voters that ALARM_CONFIG named */
	enum jsl_election_role told_role;
	struct jsl_election_leader told_leader;
	size_t n_messages, cap_messages;
	struct jsl_election_message messages[]; /* cap_messages of them */
};

#endif
