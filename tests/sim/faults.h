/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_SIM_FAULTS_H
#define JSL_TESTS_SIM_FAULTS_H

#include "world.h"

/* Faults and jobs until then. */
#define FAULTS_END_US MS(12000)

/** What the seed makes of the network, the disks, the clocks, and what goes wrong. */
void faults_draw(struct world *w);
/** All of it ends: then everything must be well within a bound. */
void faults_end(struct world *w);
void faults_start_all(struct world *w);

#endif
