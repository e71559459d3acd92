/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_LEADER_STATE_H
#define JSL_QUEUE_LEADER_STATE_H

/*
 * The leader's state: an entry for each job that is not yet with its submitter,
 * a peer for each node that gossip or a link told of, a link for each
 * connection. Everything but the members can be learned again (Q1, Q2).
 *
 *	SUBMIT again -> HELD --inventories are in--> WAITING --ASSIGN--> RUNNING
 *	SUBMIT first ----------------------------------^   ^--worker gone--'|
 *	                       gone <--DELIVERED-- FINISHED <-----RESULT----'
 *
 * Jobs of one key are one run: the first is the primary, in the map of keys, the
 * others are JOINED to it and only wait for what becomes of it. A primary whose own
 * submitter waits no more goes on without it, headless, for those that joined.
 */

#include "base/list.h"
#include "queue/queue_int.h"

enum jsl_queue_state {
	JSL_QUEUE_HELD,	     /* resubmitted, may run somewhere; or without its payload */
	JSL_QUEUE_WAITING,   /* to be assigned */
	JSL_QUEUE_AT_WORK,   /* assigned or adopted */
	JSL_QUEUE_FINISHED,  /* its result is at a worker, or on the way */
	JSL_QUEUE_CONDEMNED, /* quarantined; the submitter may not know yet */
	JSL_QUEUE_JOINED,    /* shares the run of another with its key */
	JSL_QUEUE_N_STATES
};

/* No worker runs more at once, no job more often; a larger number is a lie. */
#define JSL_QUEUE_SLOTS_MAX   65536
#define JSL_QUEUE_ATTEMPT_MAX 1000000

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
	struct jsl_map_node by_id, by_key;
	struct jsl_list queue; /* in held, orphans, suspects, urgent, fresh, due */
	struct jsl_list of_worker;
	struct jsl_list timed;	  /* AT_WORK with a limit or unclaimed: in timed */
	struct jsl_list of_owner; /* unless headless */
	struct jsl_list group; /* JOINED: in its primary's; else those that joined it, in
				  the order of coming */
	struct jsl_queue_id id, key;
	struct jsl_queue_node submitter;
	struct jsl_queue_peer *owner;	 /* the peer of submitter.id */
	struct jsl_queue_peer *worker;	 /* AT_WORK, FINISHED: who has it; may be NULL
					    when FORWARDED */
	struct jsl_queue_peer *reserved; /* is kept free for this one */
	struct jsl_queue_entry *primary; /* JOINED: whose run it shares */
	struct jsl_blob *payload;	 /* owned; NULL: adopted, not yet resubmitted */
	enum jsl_queue_state state;
	enum jsl_queue_delivery delivery;
	uint32_t attempt; /* of the last run; 0: none yet */
	uint32_t deaths;
	struct jsl_queue_node named; /* HELD, JOINED: last known to run it */
	uint64_t tag; /* keyed: of the content, as long as it is known; else 0 */
	uint32_t n_joined;
	bool keyed;
	bool mapped;	 /* in keys: others join this one */
	bool headless;	 /* has been given up by its submitter */
	bool fetching;	 /* FETCH was sent, no answer yet */
	bool recovering; /* HELD until the inventories are in (Q2) */
	bool again;	 /* goes before first submissions: resubmitted or requeued */
	bool old;	 /* submitted first to an earlier leader */
	bool alone;	 /* AT_WORK: nothing else may run beside it (Q6) */
	bool known;	 /* DONE was noted */
	uint32_t listed; /* the inventory of its worker that has it */
	uint64_t seen;	 /* the serial of the link whose inventory had it */
	uint64_t accepted_us;
	uint64_t orphan_us; /* HELD: without payload and worker since */
	uint64_t queued_us; /* until its run was assigned */
	uint64_t expire_us; /* not started after this (Q8) */
	uint64_t limit_us;  /* its run ends by itself within; 0: never (Q13) */
	uint64_t word_us;   /* AT_WORK: its worker last spoke of it */
	uint32_t n_tries;
	struct jsl_queue_try tries[JSL_QUEUE_TRIED_MAX];
};

struct jsl_queue_link {
	struct jsl_map_node by_link;
	struct jsl_queue_peer *peer;
	uint64_t link, serial; /* serial: no other link had it, as link numbers may */
	bool worker, submitter;
	uint32_t parts, running; /* of the inventory, so far */
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
	uint64_t slink_us; /* linked since */
};

struct jsl_queue_leader {
	struct jsl_queue_leader_opts opts;
	bool leading;
	bool acting; /* inside the lease, for this step (R4) */
	struct jsl_election_leader leader;
	uint64_t now_us;
	struct jsl_map entries, keys, peers, links;
	struct jsl_list held, orphans, suspects, urgent, fresh, due;
	struct jsl_list ready, free, waway, saway, blocked, timed;
	size_t n_state[JSL_QUEUE_N_STATES];
	size_t n_recovering, n_silent;
	bool recheck; /* what HELD entries wait for may have come */
	uint64_t probe_us;
	uint64_t sweep_us; /* the next look at timed; UINT64_MAX: it is empty */
	uint64_t bytes;
	uint64_t n_links;		   /* so far */
	struct jsl_queue_entry *reserving; /* the suspect that has a worker reserved */
	/* drain rate (Q8) */
	uint64_t window_us, window_done, rate_millihz;
	struct jsl_queue_out out;
};

#endif
