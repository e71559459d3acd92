/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SIM_CLUSTER_CORPUS_H
#define JSL_SIM_CLUSTER_CORPUS_H

/*
 * Seeds that have found something: each fails again when what it found is put back.
 * They are run first, whatever the number of seeds. A change of the faults makes
 * other histories of them: look for others then, in the same way.
 */

#include <stdint.h>

static const uint64_t cluster_corpus[] = {
	238, /* Q2: who was not heard of yet was taken for dead */
	46,  /* keys: a result fetched for one that had gone was fetched no more */
};

#endif
