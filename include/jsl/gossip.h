/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GOSSIP_H
#define JSL_GOSSIP_H

/**
 * @file
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
 * No I/O, no clock, no random source: see jsl/election.h for the shape. Not
 * thread-safe. Rules G1..G8 are those of doc/protocols.md.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/api.h>
#include <jsl/gossip_message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque: one node's part in gossip, and its table. */
struct jsl_gossip;

/** What an event is, and which of its fields it uses beside now_us. */
enum jsl_gossip_event_type {
	JSL_GOSSIP_EV_START = 1, /**< once, first */
	JSL_GOSSIP_EV_TIMER,	 /**< at the deadline, or at any time */
	JSL_GOSSIP_EV_RECEIVE,	 /**< message */
	JSL_GOSSIP_EV_META,	 /**< meta, meta_len: this node's metadata changed */
	JSL_GOSSIP_EV_SEED,	 /**< addr: a node may be there (configuration, --join) */
	JSL_GOSSIP_EV_REFUSED,	 /**< id: a fresh connection was refused; a hint (G5) */
	JSL_GOSSIP_EV_PROBE,	 /**< id: it is silent elsewhere: ping it now */
	JSL_GOSSIP_EV_HEARD, /**< id, boot: it has answered elsewhere: it lives (G5) */
	JSL_GOSSIP_EV_LEAVE, /**< tell the others, step on until the deadline is never */
	JSL_GOSSIP_EV_FORGET /**< id: stop looking for this dead member */
};

/** What happened. Fields that a type does not use are ignored. */
struct jsl_gossip_event {
	enum jsl_gossip_event_type type; /**< what it is */
	uint64_t now_us;		 /**< CLOCK_BOOTTIME in us; never decreases */
	const struct jsl_gossip_message *message; /**< RECEIVE; borrowed for the call */
	const void *meta;			  /**< META: copied */
	size_t meta_len;      /**< META: bytes, at most JSL_GOSSIP_META_MAX */
	struct jsl_addr addr; /**< SEED; with a port */
	uint64_t id;   /**< REFUSED, PROBE, HEARD, FORGET: of a member; any is fine */
	uint64_t boot; /**< HEARD: of its life that answered */
};

/** What became of a member. */
enum jsl_gossip_change_type {
	JSL_GOSSIP_JOINED = 1, /**< seen for the first time, or with a higher boot */
	JSL_GOSSIP_SUSPECTED,  /**< does not answer */
	JSL_GOSSIP_FAILURE,    /**< declared failed */
	JSL_GOSSIP_RECOVERED,  /**< was suspected or failed, is alive in the same boot */
	JSL_GOSSIP_GONE,       /**< left cleanly */
	JSL_GOSSIP_UPDATED,    /**< metadata or address changed */
	JSL_GOSSIP_CLEANED,    /**< a failed or left member was removed from the table */
	/**
	 * Members that had been declared failed are back, and no more have come for a
	 * period: the partition is over.
	 */
	JSL_GOSSIP_HEALED,
	/**
	 * A process that started earlier lives under this node's id, at entry.addr: this
	 * one must go.
	 */
	JSL_GOSSIP_CONFLICT
};

/**
 * What follows a member's name. From any thread.
 *
 * @param type the type
 * @return "joined", "failed" …, "unknown" for what is none; borrowed, for ever
 */
JSL_API const char *jsl_gossip_change_str(enum jsl_gossip_change_type type);

/**
 * One change of the table, about another member, but for CONFLICT. Changes are numbered
 * without gaps: the view (G3). RECOVERED may name a member that was CLEANED before.
 */
struct jsl_gossip_change {
	enum jsl_gossip_change_type type; /**< what became of it */
	uint64_t view;			  /**< its number */
	enum jsl_gossip_state was;	  /**< as last told; 0: it was not in the table */
	/** As it is after the change; HEALED: of one that is back. */
	struct jsl_gossip_entry entry;
	uint32_t n_healed; /**< HEALED: how many are */
};

/** Send the messages (loss is harmless), then tell of the changes. Valid until the next
 * step. */
struct jsl_gossip_update {
	const struct jsl_gossip_message *messages; /**< each to its to */
	size_t n_messages;			   /**< how many */
	const struct jsl_gossip_change *changes;   /**< in the order of views */
	size_t n_changes;			   /**< how many */
	/**
	 * RECEIVE: 0, or why the message, or some news in it, changed nothing:
	 *  - #JSL_E_MALFORMED: no node that works says this;
	 *  - #JSL_E_LIMIT: a boot or an incarnation out of range, or far above what is
	 *    known and not its owner's word;
	 *  - #JSL_E_STALE: of an earlier life of its sender;
	 *  - #JSL_E_UNBOUND: meant for another node.
	 */
	int refused;
};

/** Who this is, and how fast. Start from JSL_GOSSIP_OPTS_INIT. */
struct jsl_gossip_opts {
	size_t size;		    /**< sizeof(struct jsl_gossip_opts) */
	uint64_t id;		    /**< of this node; not 0 */
	uint64_t boot;		    /**< > 0, higher at each start; 2^62 at most */
	uint64_t seed;		    /**< order of probes; any number */
	struct jsl_addr addr;	    /**< where others reach this node; with a port */
	const void *meta;	    /**< copied; NULL for none */
	size_t meta_len;	    /**< bytes, at most JSL_GOSSIP_META_MAX */
	uint64_t probe_interval_us; /**< another member is asked; at most an hour */
	uint64_t probe_timeout_us;  /**< until it is missed; 1 ms to the interval, less */
	/** Suspicion lasts mult x probe timeout, scaled with log n; 1 to 1000. */
	uint32_t suspicion_mult;
	uint64_t cleanup_us; /**< a failed member is listed as such for so long; > 0 */
	/**
	 * Bytes that are sent in a probe interval, about: what is not urgent waits,
	 * whatever the size of the cluster (G4). 4096 to 2^30.
	 */
	size_t budget_bytes;
};

/** The defaults of times and budget; id, boot and addr are to be set. */
#define JSL_GOSSIP_OPTS_INIT                                                             \
	{                                                                                \
		.size = sizeof(struct jsl_gossip_opts), .probe_interval_us = 1000000,    \
		.probe_timeout_us = 500000, .suspicion_mult = 4, .cleanup_us = 30000000, \
		.budget_bytes = 65536,                                                   \
	}

/**
 * Make a gossip.
 *
 * @param[out] ret_g given; free with jsl_gossip_free()
 * @param opts       borrowed for the call
 * @return 0; -EINVAL: an option is out of range; -ENOMEM
 */
JSL_API int jsl_gossip_new(struct jsl_gossip **ret_g, const struct jsl_gossip_opts *opts);

/**
 * Free a gossip. It says nothing to the others: see JSL_GOSSIP_EV_LEAVE.
 *
 * @param g the gossip (taken); NULL is fine
 */
JSL_API void jsl_gossip_free(struct jsl_gossip *g);

/**
 * Feed one event. A message that is malformed or stale changes nothing, and the
 * update says why; a new member for which there is no memory or no room is ignored until
 * it is heard of again.
 *
 * @param g           the gossip
 * @param ev          borrowed for the call
 * @param[out] ret_up what to do; its pointers are borrowed until the next step
 * @return 0; -EINVAL, nothing changed: no START yet or a second one, time that goes
 * backwards, no such type, RECEIVE without a message, META out of range, SEED without a
 * port
 */
JSL_API int jsl_gossip_step(struct jsl_gossip *g, const struct jsl_gossip_event *ev,
			    struct jsl_gossip_update *ret_up);

/**
 * When to step with a TIMER event.
 *
 * @param g the gossip
 * @return in terms of now_us; UINT64_MAX for never
 */
JSL_API uint64_t jsl_gossip_deadline(const struct jsl_gossip *g);

/**
 * A row of the table.
 *
 * @param g  the gossip
 * @param id of any member, this node included
 * @return NULL: there is none. Borrowed until the next step
 */
JSL_API const struct jsl_gossip_entry *jsl_gossip_member(const struct jsl_gossip *g,
							 uint64_t id);

/**
 * The row after another one, in the order of ids: walks the table.
 *
 * @param g  the gossip
 * @param id the last one; start with 0
 * @return that of the lowest id greater than @p id; NULL: none. Borrowed until the next
 * step
 */
JSL_API const struct jsl_gossip_entry *jsl_gossip_next(const struct jsl_gossip *g,
						       uint64_t id);

/**
 * The number of the last change (G3).
 *
 * @param g the gossip
 * @return its view; 0: none yet
 */
JSL_API uint64_t jsl_gossip_view(const struct jsl_gossip *g);

#ifdef __cplusplus
}
#endif

#endif
