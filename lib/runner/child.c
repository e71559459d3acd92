/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Child processes; see child.h. Between clone and exec only system calls are made: the
 * application may have threads.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/child.h"

enum { PARKED_FD = 64, RLIMIT_NICE_OF_0 = 20 };

static void fail(const char *what)
{
	const char *why = strerrordesc_np(errno);

	(void)!write(2, what, strlen(what));
	(void)!write(2, ": ", 2);
	if (why != NULL)
		(void)!write(2, why, strlen(why));
	_exit(127);
}

/** Put fds[i] at i and close all others. Parked first: they may stand in each other's
 * way. */
static void place_fds(const struct jsl_runner__child_opts *o)
{
	int parked[JSL_RUNNER__CHILD_FDS_MAX];

	for (size_t i = 0; i < o->n_fds; i++) {
		parked[i] = fcntl(o->fds[i], F_DUPFD_CLOEXEC, PARKED_FD);
		if (parked[i] < 0)
			_exit(127);
	}
	for (size_t i = 0; i < o->n_fds; i++)
		if (dup2(parked[i], (int)i) < 0)
			_exit(127);
	if (syscall(SYS_close_range, (unsigned int)o->n_fds, ~0U, 0) < 0)
		fail("close_range");
}

/** All to their defaults, those too that the C library keeps for itself. */
static void reset_signals(void)
{
	static const uint64_t dfl[4]; /* the kernel's sigaction: handler, flags … mask */
	static const uint64_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)syscall(SYS_rt_sigaction, sig, dfl, NULL, sizeof(none));
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
}

/** Raw system calls: the C library's own would signal the application's threads. */
static void drop_user(const struct jsl_runner__child_opts *o)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0)
		fail("dropping supplementary groups");
	if (syscall(SYS_setresgid, o->gid, o->gid, o->gid) < 0)
		fail("changing the group");
	if (syscall(SYS_setresuid, o->uid, o->uid, o->uid) < 0)
		fail("changing the user");
	if (geteuid() != o->uid || syscall(SYS_setresuid, -1, 0, -1) == 0)
		fail("giving up root");
}

/** Become a member, with the rights of our parent. Returns false with errno. */
static bool join_groups(const struct jsl_runner__child_opts *o)
{
	for (size_t i = 0; i < o->n_groups; i++)
		if (write(o->groups[i], "0", 1) != 1)
			return false;
	return true;
}

static void __attribute__((noreturn)) run_child(const struct jsl_runner__child_opts *o)
{
	static char *const env[] = {NULL};
	int err;

	reset_signals();
	err = join_groups(o) ? 0 : errno;
	place_fds(o);
	errno = err;
	if (err != 0)
		fail("control group");
	(void)setsid(); /* its own process group: see jsl_runner__child_kill() */
	if (o->background)
		(void)setpriority(PRIO_PROCESS, 0, JSL_RUNNER__BACKGROUND_NICE);
	if (o->drop)
		drop_user(o);
	umask(0022);
	if (chdir("/") < 0)
		fail("chdir");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fail("die with parent");
	execve(o->path, o->argv, env);
	fail(o->path);
	_exit(127);
}

int jsl_runner__child_spawn(struct jsl_runner__child *ret_child,
			    const struct jsl_runner__child_opts *o)
{
	struct clone_args args;
	int pidfd = -1;
	long pid;

	assert(o->n_fds >= 3 && o->n_fds <= JSL_RUNNER__CHILD_FDS_MAX);
	memset(&args, 0, sizeof(args));
	args.flags = CLONE_PIDFD;
	args.pidfd = (uintptr_t)&pidfd;
	args.exit_signal = SIGCHLD;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return -errno;
	if (pid == 0)
		run_child(o);
	ret_child->pid = (pid_t)pid;
	ret_child->pidfd = pidfd;
	return 0;
}

bool jsl_runner__child_can_background(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2];
	struct rlimit nice;

	if (syscall(SYS_capget, &head, caps) == 0 &&
	    (caps[0].effective & CAP_TO_MASK(CAP_SYS_NICE)) != 0)
		return true;
	return getrlimit(RLIMIT_NICE, &nice) == 0 && nice.rlim_cur >= RLIMIT_NICE_OF_0;
}

void jsl_runner__child_to_foreground(pid_t leader)
{
	char path[64];
	int fd;

	(void)setpriority(PRIO_PGRP, (id_t)leader, 0);
	/* Where sessions are scheduled as groups, the group has a priority as well. */
	snprintf(path, sizeof(path), "/proc/%d/autogroup", (int)leader);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	(void)close(fd);
}

/*
 * The group as well: bubblewrap's own child is in it for a moment before it dies
 * with its parent, and would wait for ever. The number is the child's until it is
 * reaped.
 */
void jsl_runner__child_kill(const struct jsl_runner__child *c)
{
	if (c->pidfd < 0)
		return;
	(void)kill(-c->pid, SIGKILL);
	(void)syscall(SYS_pidfd_send_signal, c->pidfd, SIGKILL, NULL, 0);
}

bool jsl_runner__child_reap(struct jsl_runner__child *c, int wait_ms)
{
	struct pollfd ended = {.fd = c->pidfd, .events = POLLIN};
	siginfo_t info;

	if (c->pidfd < 0)
		return true;
	if (poll(&ended, 1, wait_ms) <= 0)
		return false;
	/* ECHILD is fine: the application ignores or collects every child. */
	(void)waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED | WNOHANG | __WALL);
	(void)close(c->pidfd);
	c->pidfd = -1;
	return true;
}
