/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_STATUS_H
#define JSL_BIN_STATUS_H

/*
 * A peer's HTTP: its logs, its metrics, its health.
 */

#include <jsl/peer.h>

#include "daemon.h"

struct status;

/** Serve on @self's http address. Returns 0 (given), or 1 after a line on stderr. */
int status_new(struct status **ret_s, struct daemon_node *n, struct jsl_peer *peer,
	       const struct jsl_conf *conf, const struct jsl_conf_node *self);

/** NULL is fine. */
void status_free(struct status *s);

#endif
