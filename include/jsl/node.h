/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_H
#define JSL_NODE_H

/**
 * @file
 * A node of a cluster on the caller's event_base: election, membership and work
 * queue wired to sockets, timers and the durable record. What a node does is
 * chosen by its options: vote (its id is among the voters), work (slots > 0),
 * submit (always possible).
 *
 * Adds events to the base, never dispatches it. Any event_base will do: one with
 * EVENT_BASE_FLAG_PRECISE_TIMER only has the timers a few ms less late, and no rule
 * rests on that, for the clock is read at each step. No write raises SIGPIPE, and no
 * signal is touched. Callbacks come from the loop, after the step that caused them,
 * and may call anything here, jsl_node_free() included. All calls come from the
 * loop's thread. No threads, no globals: several nodes fit into one process.
 *
 * Its options and callbacks are in jsl/node_opts.h, what it can be asked in
 * jsl/node_view.h, what it counts in jsl/node_stats.h, what is done with jobs in
 * jsl/node_job.h. Rules R, G and Q are those of doc/protocols.md.
 *
 * A cluster without any voter, among the peers or found with join, is one of gossip
 * alone: its nodes know who is alive, stay LOOKING, and are given no job.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/api.h>
#include <jsl/blob.h>
#include <jsl/election.h>
#include <jsl/gossip.h>
#include <jsl/job.h>
#include <jsl/log.h>
#include <jsl/node_job.h>
#include <jsl/node_opts.h>
#include <jsl/node_stats.h>
#include <jsl/node_view.h>
#include <jsl/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque: a node. */
struct jsl_node;

/**
 * Make a node: binds its sockets, takes the lock on its record and starts.
 *
 * @param[out] ret_n   given; free with jsl_node_free()
 * @param opts         borrowed for the call, what it points to as it says
 * @param[out] errmsg  on an error one line, "context: cause"; may be NULL
 * @param errmsg_size  bytes of @p errmsg
 * @return 0;
 *  - -EINVAL: an option is missing or out of range, or a voter has no data_dir;
 *  - #JSL_E_CONFIG: too many voters, other voters than in the record, or lease_ms is
 *    less than 3 heartbeat_ms or too short for its own timers;
 *  - #JSL_E_CLUSTER: the record is another cluster's;
 *  - #JSL_E_BUSY: a process with this id and data_dir runs already;
 *  - #JSL_E_CORRUPT: no copy of the record passes its checksum;
 *  - -EADDRINUSE and other -errno, of addr and of data_dir;
 *  - -EIO: of a key, or writing the record;
 *  - -ENOMEM
 */
JSL_API int jsl_node_new(struct jsl_node **ret_n, const struct jsl_node_opts *opts,
			 char *errmsg, size_t errmsg_size);

/**
 * Stop at once, as kill -9 would, and free. No callback comes after.
 *
 * @param n the node (taken); NULL is fine
 */
JSL_API void jsl_node_free(struct jsl_node *n);

/**
 * Leave cleanly: a leader releases its lease (R9), a worker finishes what it runs or
 * hands it back after drain_ms (Q12), jobs submitted here may end in that time, the
 * others are told. Then callbacks.left; the node is still to be freed. A second call
 * does nothing more.
 *
 * @param n the node
 */
JSL_API void jsl_node_leave(struct jsl_node *n);

/**
 * Stop looking for a failed node (G2): it will not come back.
 *
 * @param n  the node
 * @param id of the failed one; any is fine
 */
JSL_API void jsl_node_forget(struct jsl_node *n, uint64_t id);

/**
 * Hand leadership over to another voter: this node stops acting at once and asks the
 * others for that one (R9). A wish: should it fail meanwhile, the highest id wins.
 *
 * @param n  the node
 * @param id of the voter
 * @return 0; -EINVAL: @p id is not another voter; -EAGAIN: this node does not lead
 * now, or @p id does not follow it; -ESHUTDOWN: the node leaves
 */
JSL_API int jsl_node_transfer(struct jsl_node *n, uint64_t id);

/**
 * Say whether this worker can run jobs at all. At first it is taken to be fit. One that
 * is not takes no new job while another one is fit that is alive; what it runs goes on.
 * While nobody is fit, each that is alive takes jobs: it should end them with the reason.
 * The others see it in jsl_node_info.
 *
 * @param n   the node
 * @param fit whether it can; the same again changes nothing
 * @return 0; -EINVAL: the node is no worker
 */
JSL_API int jsl_node_set_fit(struct jsl_node *n, bool fit);

/**
 * Other secrets, without a stop: the new one as the second at every node, then as the
 * first, then alone. Connections that were made with one that is gone are closed, and
 * made anew and resumed where both ends have another.
 *
 * @param n         the node
 * @param secrets   copied
 * @param n_secrets 1 to JSL_NODE_SECRETS_MAX
 * @return 0; or, the old ones stay: -EINVAL: their number or length, or the node was made
 * without any; -EIO: a key cannot be derived
 */
JSL_API int jsl_node_set_secrets(struct jsl_node *n, const struct jsl_bytes *secrets,
				 size_t n_secrets);

#ifdef __cplusplus
}
#endif

#endif
