/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_HOSTILE_CASE_H
#define JSL_BIN_HOSTILE_CASE_H

/*
 * One file of tests/hostile: a program that wants to do harm, and the verdict that it
 * has to get. Its head is comment lines up to the first empty one:
 *
 *	// status: time_limit                       as in the interface
 *	// message: Wall time limit exceeded: 500   how the first line begins; else any
 *	// limits: wall_ms=500 memory_mb=32         else the limits are as configured
 *	// output: main                             how standard output begins; else any
 *
 * In what follows, which is the source, @@100:text%d@@ stands for 100 times the text with
 * its number for %d, and @@xC3@@ for a byte.
 */

#include <stddef.h>

#include <jsl/job.h>

struct hostile_case {
	char name[64];
	char status[32], message[128], output[128];
	struct jsl_limits limits;
	char *source; /* bytes */
	size_t len;
};

/**
 * Read @path. Free with hostile_case_deinit().
 *
 * Returns NULL, or what is wrong with the file (borrowed, for ever).
 */
const char *hostile_case_init(struct hostile_case *c, const char *path);
void hostile_case_deinit(struct hostile_case *c);

#endif
