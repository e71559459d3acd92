/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_VIEW_H
#define JSL_NODE_VIEW_H

/**
 * @file
 * What a node can be asked: who leads, who is alive, what it has counted. No call
 * here changes anything. They say what is known now; a callback tells of a change
 * that may have been overtaken by others since. From the loop's thread, from callbacks
 * too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jsl/addr.h>
#include <jsl/api.h>
#include <jsl/election_message.h>
#include <jsl/gossip.h>
#include <jsl/node_stats.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque; see jsl/node.h. */
struct jsl_node;

/** A row of the cluster's table, as GET /cluster-info shows it. */
struct jsl_node_info {
	uint64_t id;		     /**< of the node */
	enum jsl_election_role role; /**< as that node told, but see leader */
	struct jsl_addr addr;	     /**< UDP and TCP */
	uint32_t slots;		     /**< jobs at once; 0: not a worker */
	bool unfit; /**< a worker that can run nothing now: jsl_node_set_fit() */
	struct jsl_election_leader leader; /**< whom that node follows */
	/** Of jsl_node_opts; borrowed as the row of jsl_node_member(). */
	const void *app_meta;
	size_t app_meta_len; /**< bytes */
};

/**
 * Where the node is reached.
 *
 * @param n the node
 * @return its address; the real port when 0 was asked for
 */
JSL_API struct jsl_addr jsl_node_addr(const struct jsl_node *n);

/**
 * The node's role, as of its last step: to tell of, not to act on (R4).
 *
 * @param n the node
 * @return the role
 */
JSL_API enum jsl_election_role jsl_node_role(const struct jsl_node *n);

/**
 * The leader as known here. Reads the clock.
 *
 * @param n the node
 * @return epoch 0 once a lease's time has passed without a heartbeat
 */
JSL_API struct jsl_election_leader jsl_node_leader(const struct jsl_node *n);

/**
 * Whether this node may act as leader now (R4). Reads the clock. See
 * jsl_election_is_leader().
 *
 * @param n              the node
 * @param[out] ret_token the fencing token, set if it may; may be NULL
 * @return whether it may
 */
JSL_API bool jsl_node_is_leader(const struct jsl_node *n,
				struct jsl_election_leader *ret_token);

/**
 * How long this node may still act as leader, if it hears nothing more (R4). Reads the
 * clock. For an action that takes a while: begin it only if it is over by then, or stop
 * it in time. While followed by a quorum, a leader has its lease renewed with each
 * heartbeat, and never more than lease_ms; clock rates are allowed for, a pause of the
 * process is not.
 *
 * @param n the node
 * @return in µs; 0 when jsl_node_is_leader() would say no
 */
JSL_API uint64_t jsl_node_lease_left_us(const struct jsl_node *n);

/**
 * The live nodes in ascending order of ids, this one included. Exactly the node that is
 * jsl_node_leader() has role LEADING.
 *
 * @param n          the node
 * @param[out] infos at most @p max are written
 * @param max        room in @p infos
 * @return how many there are
 */
JSL_API size_t jsl_node_infos(const struct jsl_node *n, struct jsl_node_info *infos,
			      size_t max);

/**
 * A row of the membership table as gossip has it, with dead members until they are
 * cleaned up.
 *
 * @param n  the node
 * @param id of any member, this node included
 * @return NULL: there is none. Borrowed until the node is called with anything that
 * changes it, or the callback or the loop's pass ends
 */
JSL_API const struct jsl_gossip_entry *jsl_node_member(const struct jsl_node *n,
						       uint64_t id);

/**
 * The row after another one, in the order of ids: walks the table.
 *
 * @param n  the node
 * @param id the last one; start with 0
 * @return that of the lowest id greater than @p id; NULL: none. Borrowed as that of
 * jsl_node_member()
 */
JSL_API const struct jsl_gossip_entry *jsl_node_next_member(const struct jsl_node *n,
							    uint64_t id);

/**
 * The number of the last change of that table. It grows by one with each (G3). Higher
 * than the view that callbacks.member was told last: more is to come, or there was no
 * memory for it. A number of this node's own: others count differently.
 *
 * @param n the node
 * @return the view; 0: no change yet
 */
JSL_API uint64_t jsl_node_view(const struct jsl_node *n);

/**
 * Whether there is a leader with a worker that takes jobs, as far as is known here.
 *
 * @param n the node
 * @return true if there is
 */
JSL_API bool jsl_node_ready(const struct jsl_node *n);

/**
 * A hash over the set of different app_metas of the live workers.
 *
 * @param n the node
 * @return the hash; the last one while there is no worker
 */
JSL_API uint64_t jsl_node_app_hash(const struct jsl_node *n);

/**
 * What was counted since the start; see jsl/node_stats.h.
 *
 * @param n              the node
 * @param[out] ret_stats all of it
 */
JSL_API void jsl_node_stats(const struct jsl_node *n, struct jsl_node_stats *ret_stats);

#ifdef __cplusplus
}
#endif

#endif
