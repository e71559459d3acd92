/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ELECTION_INT_H
#define JSL_ELECTION_INT_H

/*
 * The inside of the election. One object, one phase at a time; every file owns
 * one phase and its messages: look.c chooses (phase 1), promise.c promises and
 * asks for promises (phase 2), lease.c leads and follows (phase 3), raise.c and
 * evidence.c are its two ways out of a lasting trouble (R10, R13), watch.c learns
 * without a vote. election.c drives them, message.c is the way in and out, check.c
 * states what always holds.
 *
 * Within a step: time first (expire), then the event, then what follows from
 * the new state (advance). So nothing that arrives late can revive a lease.
 */

#include "election/election_state.h"

/* The most messages of one step: to each voter a RELEASE, a LOOK, a PREPARE or
 * HEARTBEAT; two more for the observers; and two answers. */
#define JSL_ELECTION__MESSAGES(n_voters) (3 * (n_voters) + 4)

/* state.c */
enum jsl_election_role jsl_election__role(const struct jsl_election *e);
/* Of a leader: what it leads. */
struct jsl_election_leader jsl_election__reign(const struct jsl_election *e);

/* election.c */
bool jsl_election__is_voter(const struct jsl_election *e);
bool jsl_election__is_quorum(const struct jsl_election *e, uint32_t mask);
/* The index of voter @id, or n_voters. */
size_t jsl_election__index(const struct jsl_election *e, uint64_t id);
void jsl_election__save(struct jsl_election *e);
void jsl_election__alarm(struct jsl_election *e, enum jsl_election_alarm alarm,
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

/* vote.c: phase 1, from what was heard in the round */
static inline uint32_t jsl_election__bit(size_t i)
{
	return UINT32_C(1) << i;
}

bool jsl_election__in_round(const struct jsl_election *e, size_t i);
uint32_t jsl_election__others(const struct jsl_election *e);
uint32_t jsl_election__heard(const struct jsl_election *e);
/* Whether a quorum, this node included, never promised anything (R12a). */
bool jsl_election__fresh_quorum(const struct jsl_election *e);
bool jsl_election__stands(const struct jsl_election *e);
struct jsl_election_vote jsl_election__choose(const struct jsl_election *e);
/* Those whose vote is this node's. */
uint32_t jsl_election__agreeing(const struct jsl_election *e);
/* Nobody is left to wait for. */
bool jsl_election__is_unanimous(const struct jsl_election *e);

/* promise.c: phase 2 */
bool jsl_election__is_fresh(const struct jsl_election *e);
/* R1, for the vote's holder in general and for one PREPARE. */
bool jsl_election__may_vote(const struct jsl_election *e);
bool jsl_election__may_promise(const struct jsl_election *e, uint64_t epoch, uint64_t to,
			       bool all_fresh);
void jsl_election__promise(struct jsl_election *e, uint64_t epoch, uint64_t to);
void jsl_election__nack(struct jsl_election *e, uint64_t to);
/* Promise the next epoch to oneself and ask the others for it. */
void jsl_election__attempt_start(struct jsl_election *e);
void jsl_election__attempt_ask(struct jsl_election *e);
/* R2: a quorum has promised, this node among them and durably. */
bool jsl_election__attempt_is_won(struct jsl_election *e);
void jsl_election__attempt_advance(struct jsl_election *e);
uint64_t jsl_election__attempt_deadline(const struct jsl_election *e);
void jsl_election__prepare_receive(struct jsl_election *e,
				   const struct jsl_election_message *m);
void jsl_election__promise_receive(struct jsl_election *e,
				   const struct jsl_election_message *m, size_t from);
void jsl_election__nack_receive(struct jsl_election *e,
				const struct jsl_election_message *m, size_t from);

/* admit.c: R12 */
/* R12a, whether a fresh voter may promise @epoch to @to as at a first start. */
bool jsl_election__may_begin(const struct jsl_election *e, uint64_t epoch, uint64_t to);
/* A record id: the boot that made it, then @random, so that those of one voter are in
 * order. */
void jsl_election__record_id_fill(uint8_t *id, uint64_t boot, const uint8_t *random);
/* Until when a lease may live that a fresh voter granted in an earlier life. */
uint64_t jsl_election__lost_lease_end(const struct jsl_election *e);
/* R12a: @m, to a voter, names the record id of it that was heard; so what it answers is
 * known to be no echo of an earlier life. */
void jsl_election__name_record(const struct jsl_election *e,
			       struct jsl_election_message *m);
bool jsl_election__knows_us(const struct jsl_election *e,
			    const struct jsl_election_message *m);
/* Answer the notification of a fresh voter. */
void jsl_election__admit(struct jsl_election *e, const struct jsl_election_message *m,
			 size_t from);
void jsl_election__admit_receive(struct jsl_election *e,
				 const struct jsl_election_message *m, size_t from);
void jsl_election__known_fill(const struct jsl_election *e, uint8_t (*known)[16]);
/* The promises of the attempt less those of voters whose record is contradicted. */
uint32_t jsl_election__credible(const struct jsl_election *e);

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
/* R9: 0, -EINVAL or -EAGAIN. */
int jsl_election__transfer_check(const struct jsl_election *e, uint64_t to,
				 uint64_t now_us);
void jsl_election__transfer(struct jsl_election *e, uint64_t to);
/* The lease that was granted is over for good: it was released, or its holder died. */
void jsl_election__lease_free(struct jsl_election *e);

/* raise.c: R10 */
void jsl_election__raise_wanted(struct jsl_election *e,
				const struct jsl_election_message *nack);
void jsl_election__raise_advance(struct jsl_election *e);

/* evidence.c: R13 */
void jsl_election__heard_leader(struct jsl_election *e);
void jsl_election__evidence_advance(struct jsl_election *e);
uint64_t jsl_election__evidence_deadline(const struct jsl_election *e);
void jsl_election__refused(struct jsl_election *e, const struct jsl_election_event *ev);

/* watch.c: without a vote */
void jsl_election__watch_start(struct jsl_election *e);
void jsl_election__watch_receive(struct jsl_election *e,
				 const struct jsl_election_message *m);
void jsl_election__watch_advance(struct jsl_election *e);
uint64_t jsl_election__watch_deadline(const struct jsl_election *e);
/* The leader is gone: ask for another. */
void jsl_election__watch_lost(struct jsl_election *e);

/* check.c */
bool jsl_election__check(const struct jsl_election *e);

#endif
