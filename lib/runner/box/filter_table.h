/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BOX_FILTER_TABLE_H
#define JSL_BOX_FILTER_TABLE_H

/*
 * The system calls that a box allows, as data; see filter_table.c.
 */

#include <stddef.h>
#include <stdint.h>

/** Calls that are allowed whatever their arguments. */
struct box_group {
	const char *reason;
	const char *const *calls; /* up to a NULL */
};

/** A call that is allowed where (argument @arg & @mask) == @value. */
struct box_condition {
	const char *call;
	unsigned int arg; /* from 0 */
	uint64_t mask;
	uint64_t value;
	const char *reason;
};

extern const struct box_group box_groups[];
extern const size_t box_n_groups;
extern const struct box_condition box_conditions[];
extern const size_t box_n_conditions;

/** Calls that fail as if the kernel had none of them (ENOSYS), up to a NULL. */
extern const char *const box_missing[];

#endif
