/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host that has run out of processes, descriptors or memory: jobs get an answer that
 * says so, one line is logged when it is clear that none can be started, and when there
 * is room again the runner works on as if nothing had been. What is short is short by
 * this process's own limits, which its children inherit.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "copies.h"
#include "processes.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

enum { MEMORY = 200 << 20 };

static struct {
	struct copies copies;
	unsigned n_said;
	bool fit;
	char log[256];
} t;

static void on_fit(void *arg, bool fit, const char *why)
{
	struct fixture *f = arg;

	(void)why;
	t.n_said++;
	t.fit = fit;
	snprintf(t.log, sizeof(t.log), "%.255s", f->log);
}

/* Root is held by no limit of processes: then as another user. */
static bool begin(struct fixture *f)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;

	memset(&t, 0, sizeof(t));
	copies_init(&t.copies, 0755);
	if (geteuid() == 0)
		copies_become_nobody(&t.copies);
	opts.agent_jar = t.copies.jar;
	opts.box = t.copies.box;
	opts.slots = 1;
	opts.class_cache_bytes = 0;
	opts.fit = on_fit;
	opts.fit_arg = f;
	return fixture_init_opts(f, &opts);
}

static struct rlimit set_soft(__rlimit_resource_t resource, rlim_t soft)
{
	struct rlimit was, now;

	ck_assert_int_eq(getrlimit(resource, &was), 0);
	now = (struct rlimit){.rlim_cur = soft, .rlim_max = was.rlim_max};
	ck_assert_int_eq(setrlimit(resource, &now), 0);
	return was;
}

/* The soft limit of @resource is @soft for a while; @why is in what jobs are told. */
static void starve(__rlimit_resource_t resource, rlim_t soft, const char *why)
{
	struct fixture f;
	struct rlimit was;

	if (begin(&f)) {
		expect_fine(&f);
		ck_assert_uint_eq(t.n_said, 0);
		was = set_soft(resource, soft);
		for (int i = 0; i < 3 && t.n_said == 0; i++) {
			run(&f, MAIN(""));
			ck_assert_int_ne(f.status, JSL_STATUS_OK);
			ck_assert_msg(strstr(f.message, why) != NULL, "%s", f.message);
		}
		ck_assert(t.n_said == 1 && !t.fit);
		ck_assert_msg(strstr(t.log, "unfit: ") == t.log, "%s", t.log);
		ck_assert_msg(strstr(t.log, why) != NULL, "%s", t.log);
		ck_assert_int_eq(setrlimit(resource, &was), 0);
		while (!t.fit)
			ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE), 0);
		expect_fine(&f);
		ck_assert_uint_eq(t.n_said, 2);
		fixture_deinit(&f);
	}
	copies_deinit(&t.copies);
}

START_TEST(out_of_processes)
{
	starve(RLIMIT_NPROC, 0, "Resource temporarily unavailable");
}
END_TEST

START_TEST(out_of_descriptors)
{
	int fd = dup(STDERR_FILENO); /* the lowest that is free */

	ck_assert_int_ge(fd, 0);
	close(fd);
	/* The loop and the runner have some more; none of a JVM's finds a number. */
	starve(RLIMIT_NOFILE, (rlim_t)fd, "Too many open files");
}
END_TEST

START_TEST(out_of_memory)
{
#ifdef JSL_SANITIZED
	fprintf(stderr, "SKIPPED: a sanitizer needs all of the address space\n");
#else
	starve(RLIMIT_AS, MEMORY, "Java could not be started: ");
#endif
}
END_TEST

SUITE_MAIN("starved runner", out_of_processes, out_of_descriptors, out_of_memory)
