/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_JOIN_H
#define JSL_BIN_JOIN_H

/*
 * A peer that is not in the configuration: it is told where others are (--join)
 * and where it is reached itself (--listen), and learns the rest by gossip.
 */

#include <jsl/node.h>

#include "options.h"
#include "service/conf.h"

/** Where --join leads: names are resolved once, in a bounded time. */
struct join {
	struct jsl_addr addrs[JSL_NODE_JOIN_MAX];
	size_t n_addrs;
};

/**
 * Resolve what @o says, and make the configuration of this node: the defaults, or
 * with --config what that file says beside its nodes. The only peer in it is the one
 * that joins, without a vote.
 *
 * Returns 0 with *@ret_conf (given; free with jsl_conf_free()), or 1 after a line on
 * stderr.
 */
int join_conf(struct join *ret_j, struct jsl_conf **ret_conf, const char *program,
	      const struct options *o);

#endif
