/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_VIEW_H
#define JSL_NODE_VIEW_H

/*
 * What a node can be asked: who leads, who is alive, what it has counted. No call
 * here changes anything. They say what is known now; a callback tells of a change
 * that may have been overtaken by others since.
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

struct jsl_node;

/** A row of the cluster's table, as GET /cluster-info shows it. */
struct jsl_node_info {
	uint64_t id;
	enum jsl_election_role role;
	struct jsl_addr addr;
	uint32_t slots;			   /* 0: not a worker */
	struct jsl_election_leader leader; /* whom that node follows */
	const void *app_meta;		   /* of jsl_node_opts; borrowed as the row of */
	size_t app_meta_len;		   /* jsl_node_member() */
};

/** Where the node is reached; the real port when 0 was asked for. */
JSL_API struct jsl_addr jsl_node_addr(const struct jsl_node *n);

JSL_API enum jsl_election_role jsl_node_role(const struct jsl_node *n);

/** The leader as known here; epoch 0 once a lease's time has passed without a heartbeat.
 */
JSL_API struct jsl_election_leader jsl_node_leader(const struct jsl_node *n);

/** Whether this node may act as leader now (R4); reads the clock. See
 * jsl_election_is_leader(). */
JSL_API bool jsl_node_is_leader(const struct jsl_node *n,
				struct jsl_election_leader *ret_token);

/**
 * How long this node may still act as leader, in µs, if it hears nothing more (R4); 0
 * when jsl_node_is_leader() would say no. Reads the clock. For an action that takes
 * a while: begin it only if it is over by then, or stop it in time. While followed by a
 * quorum, a leader has its lease renewed with each heartbeat, and never more than
 * lease_ms; clock rates are allowed for, a pause of the process is not.
 */
JSL_API uint64_t jsl_node_lease_left_us(const struct jsl_node *n);

/**
 * The live nodes in ascending order of ids, this one included, into @infos.
 * Exactly the node that is jsl_node_leader() has role LEADING.
 *
 * Returns how many there are; at most @max are written.
 */
JSL_API size_t jsl_node_infos(const struct jsl_node *n, struct jsl_node_info *infos,
			      size_t max);

/**
 * The membership table as gossip has it: the row of @id, this node's own included, dead
 * members until they are cleaned up; NULL: there is none. Borrowed until the node is
 * called with anything that changes it, or the callback or the loop's pass ends.
 */
JSL_API const struct jsl_gossip_entry *jsl_node_member(const struct jsl_node *n,
						       uint64_t id);

/**
 * The row of the lowest id greater than @id, or NULL: walks the table, from 0.
 * Borrowed as that of jsl_node_member().
 */
JSL_API const struct jsl_gossip_entry *jsl_node_next_member(const struct jsl_node *n,
							    uint64_t id);

/**
 * The number of the last change of that table; 0: none yet. It grows by one with each
 * (G3). Higher than the view that callbacks.member was told last: more is to come, or
 * there was no memory for it. A number of this node's own: others count differently.
 */
JSL_API uint64_t jsl_node_view(const struct jsl_node *n);

/** Whether there is a leader with a worker that takes jobs, as far as is known here. */
JSL_API bool jsl_node_ready(const struct jsl_node *n);

/**
 * A hash over the set of different app_metas of the live workers; the last one
 * while there is no worker.
 */
JSL_API uint64_t jsl_node_app_hash(const struct jsl_node *n);

/** What was counted since the start; see jsl/node_stats.h. */
JSL_API void jsl_node_stats(const struct jsl_node *n, struct jsl_node_stats *ret_stats);

#ifdef __cplusplus
}
#endif

#endif
