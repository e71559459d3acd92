/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_LEADER_INT_H
#define JSL_QUEUE_LEADER_INT_H

/*
 * The leader's state: an entry for each job that is not yet with its submitter,
 * a peer for each node that gossip or a link told of, a link for each
 * connection. Everything but the members can be learned again (Q1, Q2).
 *
 *	SUBMIT again -> HELD --inventories are in--> WAITING --ASSIGN--> RUNNING
 *	SUBMIT first ----------------------------------^   ^--worker gone--'|
 *	                       gone <--DELIVERED-- FINISHED <-----RESULT----'
 */

#include "base/list.h"
#include "queue/queue_int.h"

enum jsl_queue_state {
	JSL_QUEUE_HELD,	     /* resubmitted, may run somewhere; or without its payload */
	JSL_QUEUE_WAITING,   /* to be assigned */
	JSL_QUEUE_AT_WORK,   /* assigned or adopted */
	JSL_QUEUE_FINISHED,  /* its result is at a worker, or on the way */
	JSL_QUEUE_CONDEMNED, /* quarantined; the submitter may not know yet */
	JSL_QUEUE_N_STATES
};

/* How far the verdict is on its way to the submitter's present link. */
enum jsl_queue_delivery {
	JSL_QUEUE_IDLE,	    /* the submitter or the worker is not linked */
	JSL_QUEUE_DUE,	    /* to be fetched or sent; in the list due */
	JSL_QUEUE_FETCHING, /* FETCH was sent */
	JSL_QUEUE_FORWARDED /* RESULT was sent */
};

/* A worker that had the job. */
struct jsl_queue_try {
	struct jsl_queue_node node; /* boot 0: from hearsay */
	bool lost;		    /* vanished while it ran the job */
	bool died;		    /* and that was the death of its process (Q6) */
};

struct jsl_queue_entry {
	struct jsl_map_node by_id;
	struct jsl_list queue; /* in held, orphans, suspects, urgent, fresh, due */
	struct jsl_list of_worker;
	struct jsl_list of_owner;
	struct jsl_queue_id id;
	struct jsl_queue_node submitter;
	struct jsl_queue_peer *owner;	 /* the peer of submitter.id */
	struct jsl_queue_peer *worker;	 /* AT_WORK, FINISHED: who has it; may be NULL
					    when FORWARDED */
	struct jsl_queue_peer *reserved; /* is kept free for this one */
	struct jsl_blob *payload;	 /* owned; NULL: adopted, not yet resubmitted */
	enum jsl_queue_state state;
	enum jsl_queue_delivery delivery;
	uint32_t attempt; /* of the last run; 0: none yet */
	uint32_t deaths;
	struct jsl_queue_node named; /* HELD: last known to run it */
	bool recovering;	     /* HELD until the inventories are in (Q2) */
	bool again;	 /* goes before first submissions: resubmitted or requeued */
	bool old;	 /* submitted first to an earlier leader */
	bool alone;	 /* AT_WORK: nothing else may run beside it (Q6) */
	bool known;	 /* DONE was noted */
	uint32_t listed; /* the inventory of its worker that has it */
	uint64_t accepted_us;
	uint64_t orphan_us; /* HELD: without payload and worker since */
	uint64_t queued_us; /* until its run was assigned */
	uint64_t expire_us; /* not started after this (Q8) */
	uint32_t n_tries;
	struct jsl_queue_try tries[JSL_QUEUE_TRIED_MAX];
};

struct jsl_queue_link {
	struct jsl_map_node by_link;
	struct jsl_queue_peer *peer;
	uint64_t link;
	bool worker, submitter;
	uint32_t parts; /* of the inventory, so far */
};

struct jsl_queue_peer {
	struct jsl_map_node by_id;
	struct jsl_queue_node node;   /* boot 0: not known yet */
	enum jsl_queue_member member; /* 0: gossip has not spoken of it */
	bool member_worker;
	/* as a worker */
	struct jsl_queue_link *wlink;
	bool ready;    /* its inventory on this link is complete */
	bool reported; /* in this boot, to this leader */
	bool silent;   /* counted in n_silent */
	uint32_t slots, used, n_alone;
	uint32_t inventory;		  /* counts links */
	struct jsl_queue_entry *reserved; /* gets nothing but this */
	struct jsl_list jobs;		  /* AT_WORK and FINISHED, oldest first */
	struct jsl_list ready_list;	  /* in ready: takes jobs */
	struct jsl_list free_list;	  /* in free: may be given a job now */
	struct jsl_list waway_list;	  /* in waway: gone without a goodbye … */
	uint64_t waway_us;		  /* … since */
	struct jsl_list blocked_list;	  /* in blocked: it refused … */
	uint64_t blocked_us;		  /* … at */
	/* as a submitter */
	struct jsl_queue_link *slink;
	bool expired; /* was away too long */
	struct jsl_list owned;
	struct jsl_list saway_list;
	uint64_t saway_us;
};

struct jsl_queue_leader {
	struct jsl_queue_leader_opts opts;
	bool leading;
	bool acting; /* inside the lease, for this step (R4) */
	struct jsl_election_leader leader;
	uint64_t now_us;
	struct jsl_map entries, peers, links;
	struct jsl_list held, orphans, suspects, urgent, fresh, due;
	struct jsl_list ready, free, waway, saway, blocked;
	size_t n_state[JSL_QUEUE_N_STATES];
	size_t n_recovering, n_silent;
	bool recheck; /* what HELD entries wait for may have come */
	uint64_t probe_us;
	uint64_t bytes;
	struct jsl_queue_entry *reserving; /* the suspect that has a worker reserved */
	/* drain rate (Q8) */
	uint64_t window_us, window_done, rate_millihz;
	struct jsl_queue_out out;
};

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

/* ---- leader_deliver.c: from the worker to the submitter ---- */

bool jsl_queue__owner_linked(const struct jsl_queue_entry *e);
/** A message, or NULL: outside the lease or without memory. */
struct jsl_queue_message *jsl_queue__send(struct jsl_queue_leader *l,
					  enum jsl_queue_kind kind,
					  const struct jsl_queue_link *to,
					  struct jsl_queue_id job);
void jsl_queue__send_cancel(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			    struct jsl_queue_id job);
void jsl_queue__send_started(struct jsl_queue_leader *l, const struct jsl_queue_entry *e);
/** The verdict is there: send it, or fetch it, when both ends are linked. */
void jsl_queue__entry_offer(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__entry_unoffer(struct jsl_queue_entry *e);
/** The result that @e waited for is lost with its worker. */
void jsl_queue__entry_lose(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__deliver_due(struct jsl_queue_leader *l);
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
/** An old job that is here no more: let it wait for the inventories (Q2), if any
 * are missing, or for its turn. */
void jsl_queue__recover(struct jsl_queue_leader *l, struct jsl_queue_entry *e);
void jsl_queue__drop_orphans(struct jsl_queue_leader *l);
void jsl_queue__release_held(struct jsl_queue_leader *l);
void jsl_queue__probe(struct jsl_queue_leader *l);
void jsl_queue__assign(struct jsl_queue_leader *l);

#endif
