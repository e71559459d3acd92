/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ELECTION_INT_H
#define JSL_ELECTION_INT_H

/*
 * The inside of the election. One object, one phase at a time; every file owns
 * one phase and its messages: look.c chooses (phase 1), promise.c promises and
 * asks for promises (phase 2), lease.c leads and follows (phase 3), watch.c
 * learns without a vote. election.c drives them, message.c is the way in and
 * out, check.c states what always holds.
 *
 * Within a step: time first (expire), then the event, then what follows from
 * the new state (advance). So nothing that arrives late can revive a lease.
 */

#include <jsl/election.h>

#include "base/rng.h"

/* Heartbeats whose send time is remembered; an ack of an older one is ignored. */
#define JSL_ELECTION_SENT_MAX 64
/* Numbers above this are garbage: no cluster counts that far, and +1 stays safe. */
#define JSL_ELECTION_NUMBER_MAX (UINT64_C(1) << 62)
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
	bool gone;    /* its lease ran out or was released; not heard looking since */
	bool alarmed; /* ALARM_CONFIG was raised, nothing good heard since */
	/* phase 1: its newest notification */
	uint64_t look_seq;
	bool looking; /* the next five are valid */
	uint64_t look_round;
	uint64_t look_us;
	struct jsl_election_vote vote;
	uint32_t heard;
	bool fresh;
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
	uint64_t until_us;
	uint64_t again_us;
};

/* Phase 3 as the leader. */
struct jsl_election__lead {
	uint64_t epoch;
	uint64_t since_us;
	uint64_t seq;
	uint64_t sent_us[JSL_ELECTION_SENT_MAX]; /* by seq modulo */
	uint64_t next_us;
	uint64_t lease_end_us; /* 0: no quorum of acks yet */
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
	uint64_t stranger; /* the last one outside the voters that ALARM_CONFIG named */
	enum jsl_election_role told_role;
	struct jsl_election_leader told_leader;
	size_t n_messages, cap_messages;
	struct jsl_election_message messages[]; /* cap_messages of them */
};

/* The most messages of one step: to each voter a RELEASE, a LOOK, a PREPARE or
 * HEARTBEAT; two more for the observers; and two answers. */
#define JSL_ELECTION__MESSAGES(n_voters) (3 * (n_voters) + 4)

/* state.c */
enum jsl_election_role jsl_election__role(const struct jsl_election *e);

/* election.c */
bool jsl_election__is_voter(const struct jsl_election *e);
bool jsl_election__is_quorum(const struct jsl_election *e, uint32_t mask);
/* The index of voter @id, or n_voters. */
size_t jsl_election__index(const struct jsl_election *e, uint64_t id);
void jsl_election__save(struct jsl_election *e);
void jsl_election__raise(struct jsl_election *e, enum jsl_election_alarm alarm,
			 uint64_t id);
/* A leader was seen in a heartbeat: raise the floor (R11). False if another id
 * was seen to lead the same epoch. */
bool jsl_election__see(struct jsl_election *e, uint64_t epoch, uint64_t id);

/* message.c */
/* The next outgoing message, with sender and hash filled in. */
struct jsl_election_message *
jsl_election__message(struct jsl_election *e, enum jsl_election_kind kind, uint64_t to);
void jsl_election__receive(struct jsl_election *e, const struct jsl_election_message *m);

/* look.c: phase 1 */
void jsl_election__new_round(struct jsl_election *e);
void jsl_election__look_receive(struct jsl_election *e,
				const struct jsl_election_message *m, size_t from);
void jsl_election__look_advance(struct jsl_election *e);
uint64_t jsl_election__look_deadline(const struct jsl_election *e);
void jsl_election__look_flush(struct jsl_election *e);
void jsl_election__look_answer(struct jsl_election *e, uint64_t to);
/* No vote for @id for a while: it was chosen and did nothing. */
void jsl_election__exclude(struct jsl_election *e, uint64_t id);
bool jsl_election__in_round(const struct jsl_election *e, size_t i);
/* Whether a quorum, this node included, never promised anything (R12a). */
bool jsl_election__fresh_quorum(const struct jsl_election *e);

/* promise.c: phase 2 */
bool jsl_election__is_fresh(const struct jsl_election *e);
/* R1, for the vote's holder in general and for one PREPARE. */
bool jsl_election__may_vote(const struct jsl_election *e);
bool jsl_election__may_promise(const struct jsl_election *e, uint64_t epoch, uint64_t to,
			       bool all_fresh);
void jsl_election__promise(struct jsl_election *e, uint64_t epoch, uint64_t to);
void jsl_election__nack(struct jsl_election *e, uint64_t to);
void jsl_election__attempt_start(struct jsl_election *e);
void jsl_election__attempt_advance(struct jsl_election *e);
uint64_t jsl_election__attempt_deadline(const struct jsl_election *e);
void jsl_election__prepare_receive(struct jsl_election *e,
				   const struct jsl_election_message *m);
void jsl_election__promise_receive(struct jsl_election *e,
				   const struct jsl_election_message *m, size_t from);
void jsl_election__nack_receive(struct jsl_election *e,
				const struct jsl_election_message *m, size_t from);

/* lease.c: phase 3 */
bool jsl_election__lease_lives(const struct jsl_election *e);
/* When the leader stops if nothing more is acknowledged. */
uint64_t jsl_election__lead_end(const struct jsl_election *e);
void jsl_election__establish(struct jsl_election *e, uint64_t epoch);
/* R8, R9: act no more in this epoch, ever, and say so. */
void jsl_election__step_down(struct jsl_election *e);
void jsl_election__lead_advance(struct jsl_election *e);
uint64_t jsl_election__lead_deadline(const struct jsl_election *e);
void jsl_election__heartbeat_to(struct jsl_election *e, uint64_t to);
void jsl_election__heartbeat_receive(struct jsl_election *e,
				     const struct jsl_election_message *m);
void jsl_election__ack_receive(struct jsl_election *e,
			       const struct jsl_election_message *m, size_t from);
void jsl_election__release_receive(struct jsl_election *e,
				   const struct jsl_election_message *m);

/* watch.c: without a vote */
void jsl_election__watch_start(struct jsl_election *e);
void jsl_election__watch_receive(struct jsl_election *e,
				 const struct jsl_election_message *m);
void jsl_election__watch_advance(struct jsl_election *e);
uint64_t jsl_election__watch_deadline(const struct jsl_election *e);

/* check.c */
bool jsl_election__check(const struct jsl_election *e);

#endif
