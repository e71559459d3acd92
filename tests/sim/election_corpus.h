/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SIM_ELECTION_CORPUS_H
#define JSL_SIM_ELECTION_CORPUS_H

/*
 * Seeds that have found something: each fails again when what it found is put back.
 * They are run first, whatever the number of seeds. A change of the faults makes
 * other histories of them: look for others then, in the same way.
 */

#include <stdint.h>

static const uint64_t election_corpus[] = {
	4,   /* R12a: a PREPARE of the first start reached one that lost its record */
	821, /* R12a: so did a notification: it promised itself, and was fresh no more */
	45131, /* R12a: such a one joined an attempt that had begun before */
	2582,  /* R12a: a bare quorum whose first PREPAREs were lost had no leader */
	307,   /* R12b: one kept silent for its own D, shorter than the lease it lost */
};

#endif
