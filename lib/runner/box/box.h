/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BOX_H
#define JSL_BOX_H

/*
 * Inside jsl-box: what it was asked for, and the steps before, beside and after java.
 * Each step before it either works or ends the process through box_die().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "box_proto.h"

struct box_opts {
	bool sandbox;	     /* false: isolation "none" */
	uint64_t disk_bytes; /* of /tmp */
	uint64_t inodes;
	uint64_t processes; /* and threads, those of the JVM itself included */
	uint64_t data_bytes;
	uint64_t rss_bytes; /* of all processes together */
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

/**
 * Start java, behind the filter in a sandbox. @ret_listener: where its denied calls
 * arrive, -1 without a filter.
 */
pid_t box_start(const struct box_opts *o, int *ret_listener);

/**
 * Deny from now on what the table does not allow, for this process and all that it
 * starts. Returns 0 with a descriptor on which denied calls arrive, or -errno.
 */
int box_filter_load(int *ret_listener);

/** Answer the denied call that waits. Returns false if it does not any more. */
bool box_filter_answer(int listener, int *ret_nr);

/** The name of a system call, or its number. */
void box_filter_name(int nr, char *name, size_t size);

/** What the processes of a box use together. */
struct box_usage {
	uint64_t rss_bytes;
	uint64_t cpu_us;
};

/**
 * Add up all processes but this one; without a sandbox, look at @java alone. Returns
 * false, with errno, if they cannot be seen.
 */
bool box_measure(const struct box_opts *o, pid_t java, struct box_usage *ret_usage);

/** Kill whatever java left behind; the caller reaps. */
void box_kill_rest(const struct box_opts *o);

#endif
