/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BOX_H
#define JSL_BOX_H

/*
 * Inside jsl-box: what it was asked for, and the steps before and after java. Each step
 * either works or ends the process through box_die().
 */

#include <stdbool.h>
#include <stdint.h>

#include "box_proto.h"

struct box_opts {
	bool sandbox;	     /* false: isolation "none" */
	uint64_t disk_bytes; /* of /tmp */
	uint64_t inodes;
	uint64_t processes; /* and threads, those of the JVM itself included */
	uint64_t data_bytes;
	long cores;
	char **command; /* NULL-terminated, [0] is java */
};

/** Report that @layer failed, and exit. */
void box_die(const char *layer, int err) __attribute__((noreturn));

/**
 * Where the kernel schedules each session as a group, it is the group that must stand
 * back, not only its processes; the runner brings both forward again. Its file belongs
 * to us only as long as we are dumpable.
 */
void box_follow_priority(void);

/** Everything that java shall inherit: /tmp, no privileges, limits. */
void box_set_up(const struct box_opts *o);

/** Kill whatever java left behind; the caller reaps. */
void box_kill_rest(const struct box_opts *o);

#endif
