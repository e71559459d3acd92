/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_LEADER_INT_H
#define JSL_QUEUE_LEADER_INT_H

/*
 * What the files of the leader do for each other. Each change of an entry goes
 * through leader_jobs.c, so that its lists and counters cannot disagree.
 */

#include "queue/leader_state.h"

/* ---- leader_jobs.c: an entry and its state ---- */

struct jsl_queue_entry *jsl_queue__entry_get(const struct jsl_queue_leader *l,
					     struct jsl_queue_id id);
/** A new entry, HELD, of @submitter at @owner; NULL without memory. */
struct jsl_queue_entry *jsl_queue__entry_new(struct jsl_queue_leader *l,
					     struct jsl_queue_id id,
					     struct jsl_queue_peer *owner,
					     struct jsl_queue_node submitter);
void jsl_queue__entry_free(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__entry_note(struct jsl_queue_leader *l, enum jsl_queue_note_type type,
			   const struct jsl_queue_entry *e, struct jsl_queue_node node);
void jsl_queue__entry_payload(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			      struct jsl_blob *payload);
/** Remember that @node had it; returns the record of that. */
struct jsl_queue_try *jsl_queue__entry_try(struct jsl_queue_entry *e,
					   struct jsl_queue_node node);
struct jsl_queue_try *jsl_queue__entry_tried(struct jsl_queue_entry *e,
					     struct jsl_queue_node node);
bool jsl_queue__entry_tried_id(const struct jsl_queue_entry *e, uint64_t id);
void jsl_queue__entry_wait(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			   bool front);
/** HELD: for the inventories, or without payload for its submitter to bring it. */
void jsl_queue__entry_hold(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** It is at @w now, running or finished. */
void jsl_queue__entry_place(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			    struct jsl_queue_peer *w, bool finished);
/** It is at no worker any more. */
void jsl_queue__entry_take(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__entry_unreserve(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** To the front; @same_attempt: the last assignment never became a run. May free it. */
void jsl_queue__entry_requeue(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			      bool same_attempt);
/** After a change of deaths: quarantine it or not, let it run alone or not (Q6). */
void jsl_queue__entry_reconsider(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** Out of everything; its worker is told to stop or to forget it. */
void jsl_queue__entry_discard(struct jsl_queue_leader *l, struct jsl_queue_entry *e);

/** HELD or WAITING: it is JOINED to @p, which is in the map of keys. */
void jsl_queue__entry_join(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			   struct jsl_queue_entry *p);
/** JOINED: it is HELD, for itself. */
void jsl_queue__entry_leave(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** JOINED and FORWARDED: it waits for nothing but DELIVERED. */
void jsl_queue__entry_part(struct jsl_queue_leader *l, struct jsl_queue_entry *e);

/* ---- leader_keys.c: jobs of one key ---- */

enum jsl_queue_match {
	JSL_QUEUE_MATCH_SAME,
	JSL_QUEUE_MATCH_OTHER,
	JSL_QUEUE_MATCH_UNKNOWN
};

/** The entry whose run it is: of what is JOINED the primary, else itself. */
struct jsl_queue_entry *jsl_queue__run_of(struct jsl_queue_entry *e);
uint64_t jsl_queue__tag(const struct jsl_blob *payload);
bool jsl_queue__same_content(const struct jsl_blob *a, const struct jsl_blob *b);
/** Whether @e has this content; by the tag where one of them is not here. */
enum jsl_queue_match jsl_queue__match(const struct jsl_queue_entry *e,
				      const struct jsl_blob *payload, uint64_t tag);
struct jsl_queue_entry *jsl_queue__key_get(const struct jsl_queue_leader *l,
					   struct jsl_queue_id key);
/** Into the map, where its key is not. Returns 0 or -ENOMEM. */
int jsl_queue__key_map(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__key_unmap(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** The first that joined @e takes its place: with the others, the key, the history. It
 * is HELD. */
struct jsl_queue_entry *jsl_queue__hand_over(struct jsl_queue_leader *l,
					     struct jsl_queue_entry *e);
/** The same, and it waits as @e did. */
void jsl_queue__promote(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** @e is at a worker: what waits with its key and content, joins it. */
void jsl_queue__key_claim(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** @e is at no worker any more: whether it could join another run of its key. */
bool jsl_queue__key_rejoin(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** Its payload has come: what was known of its content before may have been a lie. */
void jsl_queue__key_content(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** Adopted, and only those that joined have brought the payload: take theirs. */
void jsl_queue__borrow_payload(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** Tell all of one run. */
void jsl_queue__group_started(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__group_offer(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__group_unoffer(struct jsl_queue_entry *e);
bool jsl_queue__verdict_is_out(const struct jsl_queue_entry *e);
/** The result is lost: those that it is on the way to are of no run any more. */
void jsl_queue__part_forwarded(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** A run begins anew: not for those that were away too long (Q3). */
void jsl_queue__drop_away(struct jsl_queue_leader *l, struct jsl_queue_entry *e);

/* ---- leader_silent.c: alive but silent (Q13) ---- */

/** A submission says how long its run may take; the first one that does counts. */
void jsl_queue__entry_limit(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			    uint64_t limit_ms);
/** Whether it is watched; and see to it. */
bool jsl_queue__is_timed(const struct jsl_queue_entry *e);
void jsl_queue__entry_time(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__sweep_silent(struct jsl_queue_leader *l);

/* ---- leader_deliver.c: from the worker to the submitter ---- */

bool jsl_queue__owner_linked(const struct jsl_queue_entry *e);
/** A message, or NULL: outside the lease or without memory. */
struct jsl_queue_message *jsl_queue__send(struct jsl_queue_leader *l,
					  enum jsl_queue_kind kind,
					  const struct jsl_queue_link *to,
					  struct jsl_queue_id job);
void jsl_queue__send_cancel(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			    struct jsl_queue_id job);
void jsl_queue__send_started(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** The verdict is there: send it, or fetch it, when both ends are linked. */
void jsl_queue__entry_offer(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__entry_unoffer(struct jsl_queue_entry *e);
/** The result that @e waited for is lost with its worker. */
void jsl_queue__entry_lose(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
/** FINISHED: whether somebody waits to whom it is not on its way. */
bool jsl_queue__is_wanted(const struct jsl_queue_entry *e);
void jsl_queue__deliver_due(struct jsl_queue_leader *l);
/** Hand a word of progress on, as far as there is memory. */
void jsl_queue__leader_progress(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
				const struct jsl_queue_message *m);
int jsl_queue__leader_result(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			     const struct jsl_queue_message *m);

/* ---- leader_peers.c: nodes and links ---- */

struct jsl_queue_peer *jsl_queue__peer_get(const struct jsl_queue_leader *l, uint64_t id);
/** The peer, made if need be; NULL without memory. */
struct jsl_queue_peer *jsl_queue__peer_make(struct jsl_queue_leader *l, uint64_t id);
/** Recompute what follows from its fields: whether it is free, whether silent. */
void jsl_queue__peer_refresh(struct jsl_queue_leader *l, struct jsl_queue_peer *p);
void jsl_queue__peer_block(struct jsl_queue_leader *l, struct jsl_queue_peer *w);
void jsl_queue__peer_unblock(struct jsl_queue_leader *l, struct jsl_queue_peer *w);
void jsl_queue__peer_away(struct jsl_queue_leader *l, struct jsl_queue_peer *p);
int jsl_queue__link_up(struct jsl_queue_leader *l, const struct jsl_queue_event *ev);
void jsl_queue__link_down(struct jsl_queue_leader *l, uint64_t link, bool clean);
int jsl_queue__member(struct jsl_queue_leader *l, const struct jsl_queue_event *ev);
void jsl_queue__peer_timers(struct jsl_queue_leader *l);
/** Drop all entries, links and peers; keep what gossip said unless @all. */
void jsl_queue__leader_clear(struct jsl_queue_leader *l, bool all);

/* ---- leader_gone.c: deaths and departures (Q3, Q6) ---- */

enum jsl_queue_gone { JSL_QUEUE_GONE_CLEAN, JSL_QUEUE_GONE_SILENT, JSL_QUEUE_GONE_DIED };

void jsl_queue__worker_gone(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			    enum jsl_queue_gone how);
/** It is alive after all: what was counted as the death of @w was none. */
void jsl_queue__worker_revived(struct jsl_queue_leader *l, struct jsl_queue_peer *w);
/** The submitter is no more, in its boots below @boot: drop what it wanted. */
void jsl_queue__owner_gone(struct jsl_queue_leader *l, struct jsl_queue_peer *p,
			   uint64_t boot);
/** The submitter was away too long: only what is finished is kept for it. */
void jsl_queue__owner_away(struct jsl_queue_leader *l, struct jsl_queue_peer *p);

/* ---- the others ---- */

int jsl_queue__leader_submit(struct jsl_queue_leader *l, struct jsl_queue_peer *p,
			     const struct jsl_queue_message *m);
void jsl_queue__leader_dropped(struct jsl_queue_leader *l, struct jsl_queue_peer *p,
			       const struct jsl_queue_message *m);
void jsl_queue__drained(struct jsl_queue_leader *l);
int jsl_queue__leader_worker_message(struct jsl_queue_leader *l, struct jsl_queue_link *k,
				     const struct jsl_queue_message *m);
int jsl_queue__inventory(struct jsl_queue_leader *l, struct jsl_queue_link *k,
			 const struct jsl_queue_message *m);
/** Whether it is known that @node does not run what it has not listed. */
bool jsl_queue__has_spoken(const struct jsl_queue_leader *l, struct jsl_queue_node node);
/** An old job that is here no more: let it wait for the inventories (Q2), if any
 * are missing, or for its turn. */
void jsl_queue__recover(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__drop_orphans(struct jsl_queue_leader *l);
void jsl_queue__release_held(struct jsl_queue_leader *l);
void jsl_queue__probe(struct jsl_queue_leader *l);
void jsl_queue__assign(struct jsl_queue_leader *l);

#endif
