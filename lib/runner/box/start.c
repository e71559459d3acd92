/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts java behind the filter. The filter is loaded by the child, as it shall see java
 * alone, but its listener belongs to the parent, and a confined process cannot send a
 * descriptor. So both share one table of descriptors until the child has loaded it, and
 * the parent stands still until the child executes java or ends.
 */

#include "config.h"

#include "box.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In memory that both see. */
struct hand_over {
	int listener;
	int err;
	const char *failed; /* the layer, NULL for none */
};

static void __attribute__((noreturn))
give_up(struct hand_over *h, const char *layer, int err)
{
	h->failed = layer;
	h->err = err;
	_exit(127);
}

/** In the child: the descriptors of the program, and no others; then java. */
static void __attribute__((noreturn))
exec_java(const struct box_opts *o, struct hand_over *h)
{
	static const char *const env[] = {"LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/tmp", NULL};
	sigset_t none;
	int err = o->sandbox ? box_filter_load(&h->listener) : 0;

	if (err != 0)
		give_up(h, "system-call filter", -err);
	/* From here on only calls that the table allows: nobody would answer others. */
	if (close_range(JSL_BOX_FD_STDERR + 1, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		give_up(h, "descriptors", errno);
	sigemptyset(&none);
	if (dup2(JSL_BOX_FD_STDIN, 0) >= 0 && dup2(JSL_BOX_FD_STDOUT, 1) >= 0 &&
	    dup2(JSL_BOX_FD_STDERR, 2) >= 0 && dup2(JSL_BOX_FD_REPORT, 3) >= 0 &&
	    close_range(4, ~0U, 0) >= 0 && sigprocmask(SIG_SETMASK, &none, NULL) >= 0)
		execve(o->command[0], o->command, (char *const *)env);
	give_up(h, "java", errno);
}

pid_t box_start(const struct box_opts *o, int *ret_listener)
{
	struct hand_over *h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long pid;

	if (h == MAP_FAILED)
		box_die("start", errno);
	h->listener = -1;
	/* A copy of the memory, unlike vfork(): libseccomp allocates. */
	pid = syscall(SYS_clone, CLONE_FILES | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL,
		      NULL);
	if (pid < 0)
		box_die("fork", errno);
	if (pid == 0)
		exec_java(o, h);
	if (h->failed != NULL)
		box_die(h->failed, h->err);
	*ret_listener = h->listener;
	munmap(h, sizeof(*h));
	return (pid_t)pid;
}
