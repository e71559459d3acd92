/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GOSSIP_STATE_H
#define JSL_GOSSIP_STATE_H

/*
 * The state of the gossip core: what it keeps of each member, of the dead, and of
 * work in progress, with the limits of each. All of it is changed by
 * jsl_gossip_step() only; gossip_int.h has the functions.
 */

#include <stdbool.h>

#include <jsl/gossip.h>

#include "base/list.h"
#include "base/rng.h"

#define JSL_GOSSIP__SMALL	    16 /* members up to which all are probed each period */
#define JSL_GOSSIP__INDIRECT	    3  /* members asked for an indirect probe */
#define JSL_GOSSIP__CONFIRMERS	    8  /* members, about, that check on a suspicion */
#define JSL_GOSSIP__HEALTH_MAX	    7  /* Lifeguard's local health multiplier, less 1 */
#define JSL_GOSSIP__ACCUSERS_MAX    8  /* kept for one suspicion */
#define JSL_GOSSIP__FANOUT	    3  /* members told in one push */
#define JSL_GOSSIP__RETRANSMIT	    6  /* times log10(n + 1): how often news is told */
#define JSL_GOSSIP__RETRANSMIT_LESS 3  /* the same for what is not urgent */
#define JSL_GOSSIP__LEAVE_TOLD	    8  /* members told of a leave, in each round */
#define JSL_GOSSIP__LEAVE_ROUNDS    3
#define JSL_GOSSIP__RELAYS_MAX	    64
#define JSL_GOSSIP__SEEDS_MAX	    256
#define JSL_GOSSIP__TRANSFERS_MAX   8
#define JSL_GOSSIP__TRANSFER_BURST  4 /* messages of one transfer in one step */

#define JSL_GOSSIP__MESSAGES_MAX 64  /* given out by one step */
#define JSL_GOSSIP__MESSAGES_GAP 12  /* most that one timer or event sends */
#define JSL_GOSSIP__ENTRIES_MAX	 192 /* news in those messages */
#define JSL_GOSSIP__CHANGES_MAX	 64
#define JSL_GOSSIP__CHANGES_GAP	 2 /* most that one timer makes */

/* Sizes on the wire, as upper estimates: with its seal, a datagram has 1200 at most. */
#define JSL_GOSSIP__BYTES_MAX	  1120
#define JSL_GOSSIP__BYTES_MESSAGE 64
#define JSL_GOSSIP__BYTES_ENTRY	  80
#define JSL_GOSSIP__BYTES_BUCKETS (4 * JSL_GOSSIP_BUCKETS + 8)

/*
 * Nobody refutes so often: a larger incarnation is refused, and a jump larger
 * than this is taken from the owner only.
 */
#define JSL_GOSSIP__INCARNATION_MAX  (UINT64_C(1) << 48)
#define JSL_GOSSIP__INCARNATION_JUMP (UINT64_C(1) << 20)

/* Numbers of lives are times in us, or little more: far below this. */
#define JSL_GOSSIP__BOOT_MAX (UINT64_C(1) << 62)

/* How long a dead member is looked for, and its tombstone kept (G2). */
#define JSL_GOSSIP__DEAD_US UINT64_C(86400000000)

#define JSL_GOSSIP__NEVER UINT64_MAX

/* What is told first; G4. The order is the priority. */
enum jsl_gossip__class {
	JSL_GOSSIP__CLASS_REFUTE, /* leaves and refutations */
	JSL_GOSSIP__CLASS_FAULT,  /* suspicions and failures */
	JSL_GOSSIP__CLASS_ALIVE,
	JSL_GOSSIP__CLASS_META,
	JSL_GOSSIP__CLASSES,
	JSL_GOSSIP__CLASS_NONE = JSL_GOSSIP__CLASSES
};

enum jsl_gossip__phase {
	JSL_GOSSIP__PHASE_IDLE,
	JSL_GOSSIP__PHASE_FIRST,   /* pinged */
	JSL_GOSSIP__PHASE_AGAIN,   /* pinged twice: one datagram may be lost */
	JSL_GOSSIP__PHASE_INDIRECT /* pinged again, and others asked to */
};

struct jsl_gossip__probe {
	enum jsl_gossip__phase phase;
	uint64_t seq;
	uint64_t until_us;
	uint32_t n_asked;
	uint32_t n_nacks;		      /* of those asked, with no answer either */
	uint64_t asked[JSL_GOSSIP__INDIRECT]; /* ids; 0 after its NACK */
};

struct jsl_gossip__suspicion {
	uint64_t accusers[JSL_GOSSIP__ACCUSERS_MAX];
	uint32_t n_accusers;
	uint64_t since_us;
	uint64_t until_us;
	uint64_t refused_us; /* a connection was refused then; 0: no (G5) */
	bool seconded;	     /* somebody asked by us got no answer either */
	bool told;	     /* somebody declared it failed: the last chance to refute */
};

struct jsl_gossip__member {
	struct jsl_gossip_entry row;
	size_t place;		/* in g->order */
	struct jsl_list active; /* in g->active while a timer of it runs */
	struct jsl_list news;	/* in g->news[news_class] */
	enum jsl_gossip__class news_class;
	uint32_t news_sent;
	enum jsl_gossip_state told; /* in the last change about it */
	struct jsl_gossip__probe probe;
	struct jsl_gossip__suspicion suspicion;
	uint64_t dead_us;    /* since when FAILED or LEFT */
	uint64_t looked_us;  /* last look for a dead one */
	uint64_t heard_us;   /* last sign of life from elsewhere (G5); 0: none */
	uint64_t failed_inc; /* the highest incarnation that failed in this boot (G1) */
	bool forgotten;	     /* dead, and not looked for */
	bool verified;	     /* has answered a ping of ours in this boot */
	bool contact;	     /* met directly: sync when it is verified */
};

/* What is left of a member that was cleaned up: stale rumours end here. */
struct jsl_gossip__tomb {
	uint64_t id;
	uint64_t boot;
	uint64_t incarnation;
	struct jsl_addr addr;
	uint64_t dead_us;
	uint64_t looked_us;
	uint64_t sure; /* lives up to this one are over: not only others said so */
	bool look;     /* it failed, and is not forgotten */
};

/* A ping on behalf of another member. */
struct jsl_gossip__relay {
	uint64_t seq; /* of our ping; 0: free */
	uint64_t target;
	struct jsl_addr addr; /* of the target */
	uint64_t origin_seq;
	struct jsl_addr origin;
	size_t bytes_max;  /* of what the origin gets; G7 */
	uint64_t again_us; /* NEVER once the ping was repeated */
	uint64_t nack_us;  /* NEVER once the NACK was sent */
	uint64_t until_us;
};

struct jsl_gossip__seed {
	struct jsl_addr addr;
	uint64_t next_us;
	uint64_t gap_us;
};

/* Parts of the table on their way to somebody in whose table they differ. */
struct jsl_gossip__transfer {
	struct jsl_addr addr; /* port 0: free */
	uint64_t wanted;      /* buckets */
	uint64_t after;	      /* the last id that was sent */
	uint64_t next_us;
};

struct jsl_gossip {
	struct jsl_gossip_opts opts;
	struct jsl_rng rng;
	struct jsl_gossip__member *self;
	uint64_t now_us;
	uint64_t view;
	uint32_t health; /* 0 = well; multiplies our patience by 1 + health */
	bool started;
	bool correct;  /* the message in hand is wrong about us: say so in the reply */
	uint64_t from; /* who sent that message */
	int refused;   /* why it, or a word in it, was refused; 0: it was not */
	uint32_t leave_rounds;
	bool left;

	struct jsl_gossip__member **rows;  /* ascending ids */
	struct jsl_gossip__member **order; /* the others, shuffled */
	size_t n_rows, cap_rows, n_order;
	size_t n_state[JSL_GOSSIP_LEFT + 1];
	size_t probe_cursor, push_cursor;
	struct jsl_gossip__tomb *tombs; /* ascending ids */
	size_t n_tombs, cap_tombs;

	struct jsl_list active;
	struct jsl_list news[JSL_GOSSIP__CLASSES];
	uint64_t probe_us, push_us, pushed_us, sync_us, look_us, leave_us;
	uint64_t seed_us, relay_us;
	struct jsl_gossip__relay relays[JSL_GOSSIP__RELAYS_MAX];
	struct jsl_gossip__seed seeds[JSL_GOSSIP__SEEDS_MAX];
	size_t n_seeds;
	struct {
		struct jsl_addr addr;
		uint64_t seq; /* of the ping to it; 0: none */
		uint64_t next_us;
	} twin;		    /* another process under our id, perhaps */
	uint64_t healed_us; /* when HEALED is told; NEVER: nobody is back */
	uint64_t healed_id; /* the first that is back */
	uint32_t n_healed;
	struct jsl_gossip__transfer transfers[JSL_GOSSIP__TRANSFERS_MAX];

	struct jsl_gossip_message messages[JSL_GOSSIP__MESSAGES_MAX];
	size_t n_messages;
	int64_t budget;	    /* bytes that may be sent; below 0: only what is urgent */
	uint64_t budget_us; /* when that was so */
	struct jsl_gossip_entry entries[JSL_GOSSIP__ENTRIES_MAX];
	size_t n_entries;
	size_t bytes, bytes_max; /* of the last message */
	struct jsl_gossip_change changes[JSL_GOSSIP__CHANGES_MAX];
	size_t n_changes;
};

static inline bool jsl_gossip__is_live(const struct jsl_gossip__member *m)
{
	return m->row.state == JSL_GOSSIP_ALIVE || m->row.state == JSL_GOSSIP_SUSPECT;
}

/** Members that are alive or suspected, this node included. */
static inline size_t jsl_gossip__n_live(const struct jsl_gossip *g)
{
	return g->n_state[JSL_GOSSIP_ALIVE] + g->n_state[JSL_GOSSIP_SUSPECT];
}

/** Whether another timer's work might not fit into this step's update. */
static inline bool jsl_gossip__is_full(const struct jsl_gossip *g)
{
	return g->n_messages + JSL_GOSSIP__MESSAGES_GAP > JSL_GOSSIP__MESSAGES_MAX ||
	       g->n_changes + JSL_GOSSIP__CHANGES_GAP > JSL_GOSSIP__CHANGES_MAX;
}

static inline uint64_t jsl_gossip__min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/** The time after @us, give or take a quarter of it. */
static inline uint64_t jsl_gossip__jitter(struct jsl_gossip *g, uint64_t us)
{
	return g->now_us + us - us / 4 + jsl_rng_below(&g->rng, us / 2 + 1);
}

#endif
