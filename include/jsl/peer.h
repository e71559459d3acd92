/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_PEER_H
#define JSL_PEER_H

/**
 * @file
 * A peer: a node whose work is Java. Jobs that the cluster hands to the node
 * are decoded, compiled and run by a runner, and their results handed back. Threads and
 * callbacks: as jsl/node.h says.
 */

#include <jsl/api.h>
#include <jsl/node.h>
#include <jsl/runner.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque: a peer. */
struct jsl_peer;

/**
 * Make a peer. The options are as for jsl_node_new() and jsl_runner_new(), with these
 * differences: both use the base and the log of the node's; the node's slots are the
 * runner's; the callbacks start, stop and wanted of the node and fit of the runner are
 * the peer's own and must be NULL; app_meta is jsl_runner_jdks(). A runner that is unfit
 * makes the node so: see jsl_node_set_fit().
 *
 * @param[out] ret_p  given; free with jsl_peer_free()
 * @param node        borrowed for the call, as for jsl_node_new()
 * @param runner      borrowed for the call, as for jsl_runner_new()
 * @param[out] errmsg on an error one line; may be NULL
 * @param errmsg_size bytes of @p errmsg
 * @return what jsl_runner_new() and jsl_node_new() return; -EINVAL: start, stop, wanted
 * or fit is set
 */
JSL_API int jsl_peer_new(struct jsl_peer **ret_p, const struct jsl_node_opts *node,
			 const struct jsl_runner_opts *runner, char *errmsg,
			 size_t errmsg_size);

/**
 * Stop at once and free, the node and the runner too. No callback comes after.
 *
 * @param p the peer (taken); NULL is fine
 */
JSL_API void jsl_peer_free(struct jsl_peer *p);

/**
 * The node; jsl_node_leave() on it is how a peer leaves.
 *
 * @param p the peer
 * @return borrowed; not to be freed
 */
JSL_API struct jsl_node *jsl_peer_node(struct jsl_peer *p);

/**
 * The runner, to be asked for its counters and its JDKs.
 *
 * @param p the peer
 * @return borrowed; not to be freed
 */
JSL_API struct jsl_runner *jsl_peer_runner(struct jsl_peer *p);

#ifdef __cplusplus
}
#endif

#endif
