/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_PROCESSES_H
#define JSL_TESTS_PROCESSES_H

/*
 * The processes below a test: who they are, and that they end. With what the suites
 * on the runner's processes have in common.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner_fixture.h"
#include "../lib/suite.h"

#define MAIN(body)                                                                  \
	"public class M { public static void main(String[] args) throws Exception " \
	"{" body "} }"

enum { PIDS_MAX = 256, GONE_WAIT_MS = 30000 };

/** The processes started by @parent, directly or not. */
static inline int descendants(pid_t parent, pid_t *pids, int n)
{
	char path[64];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	f = fopen(path, "re");
	if (f == NULL)
		return n;
	while (n < PIDS_MAX && fscanf(f, "%d", &pid) == 1) {
		pids[n++] = pid;
		n = descendants(pid, pids, n);
	}
	fclose(f);
	return n;
}

/** Wait for the end of all of @pids; a zombie has ended. */
static inline void expect_gone(const pid_t *pids, int n)
{
	for (int i = 0; i < n; i++) {
		int fd = (int)syscall(SYS_pidfd_open, pids[i], 0);
		struct pollfd ended = {.fd = fd, .events = POLLIN};

		if (fd < 0 && errno == ESRCH)
			continue;
		ck_assert_int_ge(fd, 0);
		ck_assert_msg(poll(&ended, 1, GONE_WAIT_MS) == 1,
			      "process %d of %d lives", i, n);
		close(fd);
	}
}

static inline void expect_fine(struct fixture *f)
{
	run(f, MAIN("System.out.print(\"fine\");"));
	ck_assert_msg(f->status == JSL_STATUS_OK, "%s", f->message);
	ck_assert_str_eq(f->output, "fine");
}

/** Until as many programs as @runs were handed to a JVM. */
static inline void wait_until_running(struct fixture *f, uint64_t runs)
{
	struct jsl_runner_stats s;

	for (;;) {
		jsl_runner_stats(f->runner, &s);
		if (s.pool_hits + s.pool_misses >= runs)
			return;
		ck_assert_int_eq(event_base_loop(f->base, EVLOOP_ONCE), 0);
	}
}

#endif
