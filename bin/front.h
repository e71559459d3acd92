/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_FRONT_H
#define JSL_BIN_FRONT_H

/*
 * A gateway as a part of a process: a node without a vote, and HTTP before it.
 */

#include "daemon.h"
#include "gateway/gateway.h"

struct front {
	struct daemon_node *owner;
	uint64_t drain_ms;
	struct event *overdue;
	struct jsl_node *node;
	struct jsl_gateway *gateway;
};

/**
 * Join the cluster of @peers and listen. @data_dir: NULL for none.
 *
 * Returns 0, or 1 after a line on stderr; front_deinit() in either case.
 */
int front_init(struct front *f, struct daemon_node *owner, const struct jsl_conf *conf,
	       const struct jsl_conf_node *self, const struct jsl_node_peer *peers,
	       size_t n_peers, const char *data_dir);
void front_deinit(struct front *f);

/** Answer who waits, for drain-ms at the most; then the node leaves. */
void front_leave(struct front *f);

#endif
