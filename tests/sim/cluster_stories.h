/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_SIM_CLUSTER_STORIES_H
#define JSL_TESTS_SIM_CLUSTER_STORIES_H

#include "world.h"

/** How many of them failed; each says so. */
int cluster_stories(struct world *w);

#endif
