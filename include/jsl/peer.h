/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_PEER_H
#define JSL_PEER_H

/*
 * A peer: a node whose work is Java. Jobs that the cluster hands to the node
 * are decoded, compiled and run by a runner, and their results handed back.
 */

#include <jsl/api.h>
#include <jsl/node.h>
#include <jsl/runner.h>

#ifdef __cplusplus
extern "C" {
#endif

struct jsl_peer;

/**
 * Make a peer (given). @node and @runner are as for jsl_node_new() and
 * jsl_runner_new(), with these differences: both use @node's base and log;
 * the node's slots are the runner's; the callbacks start, stop and wanted are the
 * peer's own and must be NULL; app_meta is jsl_runner_jdks().
 *
 * Returns what these two return, with @errmsg filled.
 */
JSL_API int jsl_peer_new(struct jsl_peer **ret_p, const struct jsl_node_opts *node,
			 const struct jsl_runner_opts *runner, char *errmsg,
			 size_t errmsg_size);

/** Stop at once and free. NULL is fine. */
JSL_API void jsl_peer_free(struct jsl_peer *p);

/** The parts. Borrowed; jsl_node_leave() on the node is how a peer leaves. */
JSL_API struct jsl_node *jsl_peer_node(struct jsl_peer *p);
JSL_API struct jsl_runner *jsl_peer_runner(struct jsl_peer *p);

#ifdef __cplusplus
}
#endif

#endif
