/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_CGROUP_H
#define JSL_RUNNER_CGROUP_H

/*
 * A control group for each box, where the system lets us have one: the kernel holds its
 * limits at every moment, while jsl-box looks at the memory 20 times a second. Version
 * 2, if our own group is ours alone (systemd: Delegate=yes; cgroups(7)), and version 1,
 * if we may make groups below ours. No other layer of the sandbox needs one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSL_RUNNER__CGROUP_DIR_MAX    512
#define JSL_RUNNER__CGROUP_PARENTS    2 /* version 1: memory and pids */
#define JSL_RUNNER__CGROUP_LEFT_MAX   64
#define JSL_RUNNER__CGROUP_SUPERVISOR "jsl-supervisor"

/** A group of ours below which those of boxes are made. */
struct jsl_runner__cgroup_parent {
	char dir[JSL_RUNNER__CGROUP_DIR_MAX];
	bool memory, pids; /* what it limits */
};

struct jsl_runner__cgroups {
	struct jsl_runner__cgroup_parent parents[JSL_RUNNER__CGROUP_PARENTS];
	size_t n_parents; /* 0: none, and every call below does nothing */
	bool v2;
	uint32_t last; /* number given to a box */
	uint32_t
		left[JSL_RUNNER__CGROUP_LEFT_MAX]; /* to be removed: were not empty yet */
	size_t n_left;
	char why[JSL_RUNNER__CGROUP_DIR_MAX + 80]; /* there are none */
};

/** The group of one box. */
struct jsl_runner__cgroup {
	uint32_t number;		       /* 0: none */
	int procs[JSL_RUNNER__CGROUP_PARENTS]; /* who writes "0" here becomes a member */
	size_t n_procs;
};

/**
 * The directory of our own group in the hierarchy of @controller ("": version 2), from
 * the texts of /proc/self/cgroup and /proc/self/mountinfo. Returns false if there is
 * none that we see.
 */
bool jsl_runner__cgroup_dir(const char *groups, const char *mounts,
			    const char *controller, char *dir, size_t size);

/**
 * Find out where groups can be made, and remove what an earlier process left there. In
 * version 2 only a group without processes may limit its children: this process moves
 * to one below its own, named JSL_RUNNER__CGROUP_SUPERVISOR.
 *
 * Returns 0; or -errno with a line in g->why, and without any parents.
 */
int jsl_runner__cgroups_claim(struct jsl_runner__cgroups *g);

/** Remove the groups that are left, waiting for their last processes a moment. */
void jsl_runner__cgroups_deinit(struct jsl_runner__cgroups *g);

/** Make a group that holds at most so much. Returns 0 with *@c (given), or -errno. */
int jsl_runner__cgroup_init(struct jsl_runner__cgroup *c, struct jsl_runner__cgroups *g,
			    uint64_t memory_bytes, uint64_t pids);

/** Whoever shall be a member has been started: nobody else comes. */
void jsl_runner__cgroup_close(struct jsl_runner__cgroup *c);

/** Whether the kernel has killed a process of @c for want of memory. */
bool jsl_runner__cgroup_overran(const struct jsl_runner__cgroup *c,
				const struct jsl_runner__cgroups *g);

/** Remove the group, now or as soon as its last process has gone. */
void jsl_runner__cgroup_deinit(struct jsl_runner__cgroup *c,
			       struct jsl_runner__cgroups *g);

#endif
