/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GOSSIP_H
#define JSL_GOSSIP_H

/*
 * Membership and failure detection by gossip: SWIM (Das, Gupta, Motivala, DSN
 * 2002) with Lifeguard (Dadgar, Phillips, Currey, arXiv 1707.00788).
 *
 *	ALIVE --no answer, direct or indirect--> SUSPECT --timeout--> FAILED
 *	  ^-----refutes (incarnation + 1)-----------'                    |
 *	  `----------a higher incarnation or boot------------------------'
 *
 *	LEFT: stopped cleanly. FAILED and LEFT are cleaned up after a while.
 *
 * A member is (id, boot, incarnation). A failed triple is final; its owner lives
 * on by raising its incarnation, and a higher boot supersedes the lower (G1).
 * No I/O, no clock, no random source: see jsl/election.h for the shape.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct jsl_gossip;

#define JSL_GOSSIP_META_MAX    512  /* bytes of metadata per member (G6) */
#define JSL_GOSSIP_MEMBERS_MAX 4096 /* members kept, dead ones included */
#define JSL_GOSSIP_NEWS_MAX    16   /* entries in one message */
#define JSL_GOSSIP_BUCKETS     64   /* parts of a table that are compared */

enum jsl_gossip_state {
	JSL_GOSSIP_ALIVE = 1,
	JSL_GOSSIP_SUSPECT,
	JSL_GOSSIP_FAILED,
	JSL_GOSSIP_LEFT
};

/** "alive" …; borrowed, for ever. */
JSL_API const char *jsl_gossip_state_str(enum jsl_gossip_state state);

/** What is said about a member: a row of the table, and an entry of a message. */
struct jsl_gossip_entry {
	uint64_t id;
	uint64_t boot;
	uint64_t incarnation;
	enum jsl_gossip_state state;
	uint64_t accuser; /* SUSPECT, FAILED: who says so */
	struct jsl_addr addr;
	uint32_t meta_version; /* grows with each change by the owner, within a boot;
				  0: no metadata is carried, as for the dead */
	uint16_t meta_len;
	uint8_t meta[JSL_GOSSIP_META_MAX];
};

enum jsl_gossip_kind {
	JSL_GOSSIP_PING = 1, /* answer me */
	JSL_GOSSIP_PING_REQ, /* probe @target for me */
	JSL_GOSSIP_ACK,	     /* @seq is answered (for @target when relayed) */
	JSL_GOSSIP_NACK,     /* I asked @target for you and got no answer (Lifeguard) */
	JSL_GOSSIP_SYNC,     /* anti-entropy, in three steps: @digest of my table (@seq
				is not 0); mine differs, here are my @buckets; these are
				those that differ, send me their rows: @wanted */
	JSL_GOSSIP_NEWS	     /* entries only */
};

struct jsl_gossip_message {
	enum jsl_gossip_kind kind;
	uint64_t from;
	uint64_t boot; /* of the sender */
	uint64_t seq;
	uint64_t target; /* PING_REQ, relayed ACK, NACK; PING: whom it is meant for,
			    0: whoever is at that address (a seed) */
	struct jsl_addr target_addr;	      /* PING_REQ */
	uint64_t digest;		      /* SYNC: hash over the sender's table */
	uint64_t wanted;		      /* SYNC: bit i: send the rows of bucket i */
	bool has_buckets;		      /* SYNC */
	uint32_t buckets[JSL_GOSSIP_BUCKETS]; /* hash over each part of the table */
	struct jsl_addr to;		      /* outgoing: where to send it */
	struct jsl_addr from_addr;	      /* incoming: where it came from */
	const struct jsl_gossip_entry *news;
	size_t n_news;
};

enum jsl_gossip_event_type {
	JSL_GOSSIP_EV_START = 1,
	JSL_GOSSIP_EV_TIMER,
	JSL_GOSSIP_EV_RECEIVE, /* message */
	JSL_GOSSIP_EV_META,    /* meta, meta_len: this node's metadata changed */
	JSL_GOSSIP_EV_SEED,    /* addr: a node may be there (configuration, --join) */
	JSL_GOSSIP_EV_REFUSED, /* id: a fresh connection was refused; a hint (G5) */
	JSL_GOSSIP_EV_PROBE,   /* id: it is silent elsewhere: ping it now */
	JSL_GOSSIP_EV_HEARD,   /* id, boot: it has answered elsewhere: it lives (G5) */
	JSL_GOSSIP_EV_LEAVE,   /* tell the others, step on until the deadline is never */
	JSL_GOSSIP_EV_FORGET   /* id: stop looking for this dead member */
};

struct jsl_gossip_event {
	enum jsl_gossip_event_type type;
	uint64_t now_us;			  /* CLOCK_BOOTTIME; never decreases */
	const struct jsl_gossip_message *message; /* borrowed */
	const void *meta;			  /* copied */
	size_t meta_len;
	struct jsl_addr addr;
	uint64_t id;
	uint64_t boot;
};

enum jsl_gossip_change_type {
	JSL_GOSSIP_JOINED = 1, /* seen for the first time, or with a higher boot */
	JSL_GOSSIP_SUSPECTED,
	JSL_GOSSIP_FAILURE,   /* declared failed */
	JSL_GOSSIP_RECOVERED, /* was suspected or failed, is alive in the same boot */
	JSL_GOSSIP_GONE,      /* left cleanly */
	JSL_GOSSIP_UPDATED,   /* metadata or address changed */
	JSL_GOSSIP_CLEANED,   /* a failed or left member was removed from the table */
	JSL_GOSSIP_HEALED,  /* members that had been declared failed are back, and no more
			       have come for a period: the partition is over */
	JSL_GOSSIP_CONFLICT /* a process that started earlier lives under this node's id,
			       at entry.addr: this one must go */
};

/** "joined", "failed" …, what follows a member's name; borrowed, for ever. */
JSL_API const char *jsl_gossip_change_str(enum jsl_gossip_change_type type);

/**
 * One change of the table, about another member, but for CONFLICT. Changes are numbered
 * without gaps: the view (G3). RECOVERED may name a member that was CLEANED before.
 */
struct jsl_gossip_change {
	enum jsl_gossip_change_type type;
	uint64_t view;
	enum jsl_gossip_state was;     /* as last told; 0: it was not in the table */
	struct jsl_gossip_entry entry; /* as it is after the change; HEALED: of one that
					  is back */
	uint32_t n_healed;	       /* HEALED: how many are */
};

/** Send the messages (loss is harmless), then tell of the changes. Valid until the next
 * call. */
struct jsl_gossip_update {
	const struct jsl_gossip_message *messages;
	size_t n_messages;
	const struct jsl_gossip_change *changes;
	size_t n_changes;
	int refused; /* RECEIVE: 0, or why the message, or some news in it, changed
			nothing:
			JSL_E_MALFORMED
			JSL_E_LIMIT	a boot or an incarnation out of range, or far
					above what is known and not its owner's word
			JSL_E_STALE	of an earlier life of its sender
			JSL_E_UNBOUND	meant for another node */
};

struct jsl_gossip_opts {
	size_t size;
	uint64_t id;
	uint64_t boot;	      /* > 0, higher at each start; 2^62 at most */
	uint64_t seed;	      /* order of probes; any number */
	struct jsl_addr addr; /* where others reach this node */
	const void *meta;     /* copied */
	size_t meta_len;
	uint64_t probe_interval_us;
	uint64_t probe_timeout_us; /* less than the interval */
	uint32_t suspicion_mult; /* suspicion = mult x probe timeout, scaled with log n */
	uint64_t cleanup_us;	 /* a failed member is listed as such for so long */
	size_t budget_bytes;	 /* that are sent in a probe interval, about: what is not
				    urgent waits, whatever the size of the cluster (G4);
				    at least 4096 */
};

#define JSL_GOSSIP_OPTS_INIT                                                             \
	{                                                                                \
		.size = sizeof(struct jsl_gossip_opts), .probe_interval_us = 1000000,    \
		.probe_timeout_us = 500000, .suspicion_mult = 4, .cleanup_us = 30000000, \
		.budget_bytes = 65536,                                                   \
	}

/** Returns 0; -EINVAL for an option out of range; -ENOMEM. */
JSL_API int jsl_gossip_new(struct jsl_gossip **ret_g, const struct jsl_gossip_opts *opts);

JSL_API void jsl_gossip_free(struct jsl_gossip *g);

/**
 * Feed one event. A message that is malformed or stale changes nothing, and the
 * update says why; a new member for which there is no memory or no room is ignored until
 * it is heard of again.
 *
 * Returns 0 with *@ret_up filled; -EINVAL for a misuse, nothing changed.
 */
JSL_API int jsl_gossip_step(struct jsl_gossip *g, const struct jsl_gossip_event *ev,
			    struct jsl_gossip_update *ret_up);

/** When to step with a TIMER event; UINT64_MAX for never. */
JSL_API uint64_t jsl_gossip_deadline(const struct jsl_gossip *g);

/** The row of @id, this node's own included, or NULL. Borrowed until the next step. */
JSL_API const struct jsl_gossip_entry *jsl_gossip_member(const struct jsl_gossip *g,
							 uint64_t id);

/** The row of the lowest id greater than @id, or NULL: walks the table. Start with 0. */
JSL_API const struct jsl_gossip_entry *jsl_gossip_next(const struct jsl_gossip *g,
						       uint64_t id);

/** The number of the last change. */
JSL_API uint64_t jsl_gossip_view(const struct jsl_gossip *g);

#ifdef __cplusplus
}
#endif

#endif
