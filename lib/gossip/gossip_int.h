/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GOSSIP_INT_H
#define JSL_GOSSIP_INT_H

/*
 * What the parts of the gossip core share. One object, one thread, no input
 * but events: every choice comes from opts.seed.
 *
 *	gossip.c   options, events, timers      probe.c    who is asked, when
 *	receive.c  messages                     relay.c    asking for others
 *	merge.c    which news is accepted (G1)  suspect.c  suspicion, failure
 *	news.c     what is told, to whom        sync.c     anti-entropy
 *	table.c    rows and tombstones          look.c     the dead (G2)
 *	twin.c     one id, two processes        seed.c     where a node may be
 *	budget.c   bytes in a period (G4)       check.c    the invariants
 */

#include <stdbool.h>

#include <jsl/gossip.h>

#include "gossip/state.h"

/* ---- table.c ---- */

struct jsl_gossip__member *jsl_gossip__find(const struct jsl_gossip *g, uint64_t id);

/** The member after @id in the table, or NULL. */
struct jsl_gossip__member *jsl_gossip__after(const struct jsl_gossip *g, uint64_t id);

/** A new row with @e's words, alive; NULL without memory or room. */
struct jsl_gossip__member *jsl_gossip__add(struct jsl_gossip *g,
					   const struct jsl_gossip_entry *e);

/** Take @m out of the table and free it. */
void jsl_gossip__remove(struct jsl_gossip *g, struct jsl_gossip__member *m);

/** Change the state of @m and keep the counts. */
void jsl_gossip__set_state(struct jsl_gossip *g, struct jsl_gossip__member *m,
			   enum jsl_gossip_state state);

/** Put @m on or off the list of those with timers, as its state demands. */
void jsl_gossip__arm(struct jsl_gossip *g, struct jsl_gossip__member *m);

struct jsl_gossip__tomb *jsl_gossip__tomb_find(const struct jsl_gossip *g, uint64_t id);

/** Remember @t, in the place of what was known of its id; the oldest makes room. */
void jsl_gossip__tomb_put(struct jsl_gossip *g, const struct jsl_gossip__tomb *t);

void jsl_gossip__tomb_remove(struct jsl_gossip *g, struct jsl_gossip__tomb *t);

/** Forget tombstones whose time is over. */
void jsl_gossip__tomb_expire(struct jsl_gossip *g);

/**
 * Hash of who lives, in which incarnation and with which metadata; and, unless NULL, of
 * each part of the table.
 */
uint64_t jsl_gossip__digest(const struct jsl_gossip *g,
			    uint32_t buckets[JSL_GOSSIP_BUCKETS]);

/** The part of the table in which @id is. */
unsigned jsl_gossip__bucket(uint64_t id);

/** Number a change about @m and add it to the update (G3). */
void jsl_gossip__changed(struct jsl_gossip *g, enum jsl_gossip_change_type type,
			 struct jsl_gossip__member *m);

/* ---- news.c ---- */

size_t jsl_gossip__entry_bytes(const struct jsl_gossip_entry *e);
size_t jsl_gossip__message_bytes(const struct jsl_gossip_message *msg);

/** Whether the bytes of this period are spent: what is not urgent waits (G4). */
bool jsl_gossip__is_spent(const struct jsl_gossip *g);

/** When they no longer are; now if they are not. */
uint64_t jsl_gossip__unspent_us(const struct jsl_gossip *g);

/** At the begin of a step: what came in since; at its end: what it sends. */
void jsl_gossip__budget_earn(struct jsl_gossip *g);
void jsl_gossip__budget_spend(struct jsl_gossip *g);

/** Begin a message; entries are added to it until the next one is begun. */
struct jsl_gossip_message *jsl_gossip__begin(struct jsl_gossip *g,
					     enum jsl_gossip_kind kind,
					     const struct jsl_addr *to);

/** Add @e to the message begun last; false if it does not fit or is in it. */
bool jsl_gossip__say(struct jsl_gossip *g, const struct jsl_gossip_entry *e);

/** Add @e without its metadata. */
void jsl_gossip__say_bare(struct jsl_gossip *g, const struct jsl_gossip_entry *e);

/** Add this node's row, without its metadata if that does not fit. */
void jsl_gossip__say_self(struct jsl_gossip *g);

/** Fill the message begun last with news, the most urgent first. */
void jsl_gossip__piggyback(struct jsl_gossip *g);

/** Tell @class of news about @m from now on, pushing it at once if urgent. */
void jsl_gossip__spread(struct jsl_gossip *g, struct jsl_gossip__member *m,
			enum jsl_gossip__class class);

/** Timer: push fresh news to a few members. */
void jsl_gossip__push(struct jsl_gossip *g);
uint64_t jsl_gossip__push_deadline(const struct jsl_gossip *g);

/** Timer: tell @n members, in turn, that this node leaves. */
void jsl_gossip__leave(struct jsl_gossip *g);

/* ---- merge.c ---- */

/** Whether @e could be what a sane node says: 0; JSL_E_MALFORMED; JSL_E_LIMIT. */
int jsl_gossip__check_entry(const struct jsl_gossip_entry *e);

/** Accept @e, news in a message from (@from, @boot), or not. */
void jsl_gossip__merge(struct jsl_gossip *g, const struct jsl_gossip_entry *e,
		       uint64_t from, uint64_t boot);

/* ---- suspect.c ---- */

/** @accuser got no answer from @m, which is alive or suspected. */
void jsl_gossip__suspect(struct jsl_gossip *g, struct jsl_gossip__member *m,
			 uint64_t accuser);

/** Somebody says that @m, held alive here, has failed: a last chance to refute. */
void jsl_gossip__told_failed(struct jsl_gossip *g, struct jsl_gossip__member *m,
			     uint64_t accuser);

/** Declare @m dead: FAILED by @accuser, or LEFT. */
void jsl_gossip__bury(struct jsl_gossip *g, struct jsl_gossip__member *m,
		      enum jsl_gossip_state state, uint64_t accuser);

/** Anew: when does the suspicion of @m run out? */
void jsl_gossip__suspect_rearm(struct jsl_gossip *g, struct jsl_gossip__member *m);

/** Timer: the suspicion of @m has run out. */
void jsl_gossip__suspect_expire(struct jsl_gossip *g, struct jsl_gossip__member *m);

/** A connection to @m was refused (G5). */
void jsl_gossip__refused(struct jsl_gossip *g, struct jsl_gossip__member *m);

/* ---- probe.c ---- */

/** Ping @m unless it is being probed. */
void jsl_gossip__probe(struct jsl_gossip *g, struct jsl_gossip__member *m);

/** Ping @m and have others ping it, at once. */
void jsl_gossip__probe_indirect(struct jsl_gossip *g, struct jsl_gossip__member *m);

/** Timer: no answer in the present phase. */
void jsl_gossip__probe_expire(struct jsl_gossip *g, struct jsl_gossip__member *m);

/** Timer: the next member's turn. */
void jsl_gossip__probe_next(struct jsl_gossip *g);

/** An ACK with @seq about @m; @direct: from itself. False if it was not asked for. */
bool jsl_gossip__probe_ack(struct jsl_gossip *g, struct jsl_gossip__member *m,
			   uint64_t seq, bool direct);

void jsl_gossip__probe_nack(struct jsl_gossip *g, struct jsl_gossip__member *m,
			    uint64_t seq, uint64_t from);

/** @m has given a sign of life elsewhere: no need to ask, no haste to bury (G5). */
void jsl_gossip__heard(struct jsl_gossip *g, struct jsl_gossip__member *m);

/** The health score moves by @delta. */
void jsl_gossip__health(struct jsl_gossip *g, int delta);

/* ---- relay.c ---- */

/** @msg, of a member that is @verified or not, asks to ping its target. */
void jsl_gossip__relay(struct jsl_gossip *g, const struct jsl_gossip_message *msg,
		       bool verified);

/** @from has answered @seq: tell who asked for it. */
void jsl_gossip__relay_ack(struct jsl_gossip *g, uint64_t from, uint64_t seq);

/** Timer, relay_us, which may be early: NACKs. */
void jsl_gossip__relay_expire(struct jsl_gossip *g);

/* ---- sync.c ---- */

/** Send our digest to @m. */
void jsl_gossip__sync(struct jsl_gossip *g, const struct jsl_gossip__member *m);

/** @msg is a SYNC of the verified member @m. */
void jsl_gossip__sync_answer(struct jsl_gossip *g, struct jsl_gossip__member *m,
			     const struct jsl_gossip_message *msg);

/** Timer: the periodic sync, and the next part of transfers. */
void jsl_gossip__sync_run(struct jsl_gossip *g);
uint64_t jsl_gossip__sync_deadline(const struct jsl_gossip *g);

/* ---- look.c ---- */

/** Stop looking for @id. */
void jsl_gossip__forget(struct jsl_gossip *g, uint64_t id);

/** A dead member, last looked for at *@looked_us, is said to live: look at once. */
void jsl_gossip__look_soon(struct jsl_gossip *g, uint64_t *looked_us);

/** A member has just died: its turn to be looked for comes. */
void jsl_gossip__look_later(struct jsl_gossip *g);

/** @m, which was dead here, is back in the same life (G3). */
void jsl_gossip__back(struct jsl_gossip *g, struct jsl_gossip__member *m);

/** What the tombstone says, as news. */
void jsl_gossip__tomb_entry(const struct jsl_gossip *g, const struct jsl_gossip__tomb *t,
			    struct jsl_gossip_entry *ret_e);

/** Timer: look for the dead. */
void jsl_gossip__look_run(struct jsl_gossip *g);
uint64_t jsl_gossip__look_deadline(const struct jsl_gossip *g);

/* ---- seed.c ---- */

/** A node may be at @addr. */
void jsl_gossip__seed(struct jsl_gossip *g, const struct jsl_addr *addr);

/** Timer, seed_us: ping those where nobody is met. */
void jsl_gossip__seed_run(struct jsl_gossip *g);

/* ---- twin.c ---- */

/** Whether @boot at @addr contends with @m, which is thought to live elsewhere. */
bool jsl_gossip__is_claim(const struct jsl_gossip__member *m, uint64_t boot,
			  const struct jsl_addr *addr);

/** An earlier process under our id may be at @addr: see. */
void jsl_gossip__twin_ask(struct jsl_gossip *g, const struct jsl_addr *addr);

/** @msg comes from our id. */
void jsl_gossip__twin_receive(struct jsl_gossip *g, const struct jsl_gossip_message *msg);

/* ---- receive.c ---- */

void jsl_gossip__receive(struct jsl_gossip *g, const struct jsl_gossip_message *msg);

/* ---- check.c ---- */

/** NULL if every invariant of the object holds, else which one does not. */
const char *jsl_gossip__check(const struct jsl_gossip *g);

#endif
