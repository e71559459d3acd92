/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_GOSSIP_MEMBERLIST_H
#define JSL_TESTS_GOSSIP_MEMBERLIST_H

/*
 * A model of how hashicorp/memberlist detects failures, on the network of
 * gossip_net.h, to compare with: written from its documentation and the constants of
 * its LAN configuration. What does not bear on detection is left out: joining (all
 * know all from the start), encryption, the dead that come back.
 */

#include "gossip_net.h"

struct ml;

/** @n nodes that know each other. */
struct ml *ml_new(size_t n, uint64_t seed);
void ml_free(struct ml *ml);

struct net *ml_net(struct ml *ml);

/** Node @i is no more. */
void ml_crash(struct ml *ml, size_t i);

/** @fn is told what @node newly holds of @about: suspected, or (@failed) dead. */
void ml_watch(struct ml *ml,
	      void (*fn)(void *arg, size_t node, size_t about, bool failed), void *arg);

#endif
