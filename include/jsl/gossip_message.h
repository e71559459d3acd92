/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GOSSIP_MESSAGE_H
#define JSL_GOSSIP_MESSAGE_H

/**
 * @file
 * What the nodes say to each other about members, and a member's row of the table. See
 * jsl/gossip.h.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JSL_GOSSIP_META_MAX    512  /**< bytes of metadata per member (G6) */
#define JSL_GOSSIP_MEMBERS_MAX 4096 /**< members kept, dead ones included */
#define JSL_GOSSIP_NEWS_MAX    16   /**< entries in one message */
#define JSL_GOSSIP_BUCKETS     64   /**< parts of a table that are compared */

/** What a member is taken for. */
enum jsl_gossip_state {
	JSL_GOSSIP_ALIVE = 1, /**< answers, or nobody has said otherwise */
	JSL_GOSSIP_SUSPECT,   /**< does not answer; it may still refute */
	JSL_GOSSIP_FAILED,    /**< was suspected for too long */
	JSL_GOSSIP_LEFT	      /**< stopped cleanly */
};

/**
 * The name of a state. From any thread.
 *
 * @param state the state
 * @return "alive" …, "unknown" for what is none; borrowed, for ever
 */
JSL_API const char *jsl_gossip_state_str(enum jsl_gossip_state state);

/** What is said about a member: a row of the table, and an entry of a message. */
struct jsl_gossip_entry {
	uint64_t id;		     /**< of the member */
	uint64_t boot;		     /**< of its life; higher at each start */
	uint64_t incarnation;	     /**< within a boot; its owner raises it to refute */
	enum jsl_gossip_state state; /**< what it is taken for */
	uint64_t accuser;	     /**< SUSPECT, FAILED: who says so */
	struct jsl_addr addr;	     /**< where it is reached, over UDP and TCP */
	/**
	 * Grows with each change by the owner, within a boot; 0: no metadata is carried,
	 * as for the dead.
	 */
	uint32_t meta_version;
	uint16_t meta_len; /**< bytes of meta */
	/** What the owner tells of itself (G6). */
	uint8_t meta[JSL_GOSSIP_META_MAX];
};

/** What a message is for. Any may carry news. */
enum jsl_gossip_kind {
	JSL_GOSSIP_PING = 1, /**< answer me */
	JSL_GOSSIP_PING_REQ, /**< probe target for me */
	JSL_GOSSIP_ACK,	     /**< seq is answered (for target when relayed) */
	JSL_GOSSIP_NACK,     /**< I asked target for you and got no answer (Lifeguard) */
	/**
	 * Anti-entropy, in three steps: digest of my table (seq is not 0); mine differs,
	 * here are my buckets; these are those that differ, send me their rows: wanted.
	 */
	JSL_GOSSIP_SYNC,
	JSL_GOSSIP_NEWS /**< entries only */
};

/** A message between nodes. Fields that a kind does not use are zero. */
struct jsl_gossip_message {
	enum jsl_gossip_kind kind; /**< what it is for */
	uint64_t from;		   /**< the sender's id */
	uint64_t boot;		   /**< of the sender */
	uint64_t seq; /**< names a question, and in the ACK or NACK which one */
	/**
	 * PING_REQ, relayed ACK, NACK: who is asked after; PING: whom it is meant for, 0:
	 * whoever is at that address (a seed).
	 */
	uint64_t target;
	struct jsl_addr target_addr; /**< PING_REQ: where target is reached */
	uint64_t digest;	     /**< SYNC: hash over the sender's table */
	uint64_t wanted;	     /**< SYNC: bit i: send the rows of bucket i */
	bool has_buckets;	     /**< SYNC: buckets are set */
	uint32_t buckets[JSL_GOSSIP_BUCKETS]; /**< hash over each part of the table */
	struct jsl_addr to;		      /**< outgoing: where to send it */
	struct jsl_addr from_addr;	      /**< incoming: where it came from */
	const struct jsl_gossip_entry *news;  /**< what is said of members; borrowed */
	size_t n_news;			      /**< at most JSL_GOSSIP_NEWS_MAX */
};

#ifdef __cplusplus
}
#endif

#endif
