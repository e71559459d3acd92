/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_CHILD_H
#define JSL_RUNNER_CHILD_H

/*
 * Starts a process with nothing inherited but what is named (rule 7 of the runner), and
 * watches it by a pidfd: no SIGCHLD, no handler, nothing of the application is touched.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct jsl_runner__child_opts {
	const char *path;
	char *const *argv;
	const int *fds; /* fds[i] becomes descriptor i; borrowed */
	size_t n_fds;
	bool drop; /* become @uid and @gid, without supplementary groups */
	uid_t uid;
	gid_t gid;
	bool background;   /* at a low priority */
	const int *groups; /* cgroup.procs of the groups to join; borrowed */
	size_t n_groups;
};

struct jsl_runner__child {
	pid_t pid;
	int pidfd; /* readable when it has ended; -1: none */
};

/* Of a process in the background: a third of the share of others. Much less, and on a
 * busy machine a JVM takes minutes to start (19 was tried: 98 s at a load of 10). */
#define JSL_RUNNER__BACKGROUND_NICE 5
#define JSL_RUNNER__CHILD_FDS_MAX   16

/**
 * Start a process. What fails after the fork is written to its descriptor 2.
 *
 * Returns 0 with *@ret_child (given: wait for it with jsl_runner__child_reap()), or
 * -errno.
 */
int jsl_runner__child_spawn(struct jsl_runner__child *ret_child,
			    const struct jsl_runner__child_opts *o);

/**
 * Whether a process put in the background can be brought back: that takes a capability
 * or a limit that ordinary users have not.
 */
bool jsl_runner__child_can_background(void);

/** Bring back all of the session and process group of @leader. */
void jsl_runner__child_to_foreground(pid_t leader);

/** Kill it and its process group. A child that has ended is fine. */
void jsl_runner__child_kill(const struct jsl_runner__child *c);

/**
 * Collect an ended child and close its pidfd. Waits up to @wait_ms for the end.
 *
 * Returns true if it is gone now, else it is as before.
 */
bool jsl_runner__child_reap(struct jsl_runner__child *c, int wait_ms);

#endif
