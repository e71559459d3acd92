/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_PEER_H
#define JSL_BIN_PEER_H

/*
 * The daemon of jsl-peer: a peer, its logs and its HTTP, until it has left.
 */

#include "join.h"
#include "options.h"
#include "service/conf.h"

/** Run the peer @o->id of @conf, which joins at @join's addresses. Returns the exit
 * status. */
int peer_run(const char *program, const struct options *o, const struct jsl_conf *conf,
	     const struct join *join);

#endif
