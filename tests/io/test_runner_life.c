/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes and descriptors over the life of a runner: nothing is left of a job that
 * ended, was cancelled or whose runner was freed.
 */

#include "config.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runner/child.h"
#include "processes.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

START_TEST(jobs_leak_nothing)
{
	enum { JOBS = 30 };
	struct jsl_runner_stats s;
	struct fixture f;
	int before;

	if (!fixture_init(&f))
		return;
	for (int i = 0; i < 3; i++)
		expect_fine(&f);
	before = count_fds();
	for (int i = 0; i < JOBS; i++)
		expect_fine(&f);
	/* The pool may be refilling: up to its JVMs more, and not one a job. */
	ck_assert_int_lt(count_fds(), before + 3 * 8);
	jsl_runner_stats(f.runner, &s);
	ck_assert_uint_eq(s.jobs, JOBS + 3);
	ck_assert_uint_eq(s.running, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(free_leaves_nothing)
{
	struct fixture f;
	pid_t pids[PIDS_MAX];
	int before = count_fds(), n;

	if (!fixture_init(&f))
		return;
	expect_fine(&f);
	submit(&f, MAIN("Thread.sleep(100000);"), strlen(MAIN("Thread.sleep(100000);")));
	wait_until_running(&f, 2);
	n = descendants(getpid(), pids, 0);
	ck_assert_int_ge(n, 3); /* bwrap, jsl-box, java; there are several such */
	fixture_deinit(&f);
	expect_gone(pids, n);
	ck_assert_int_eq(descendants(getpid(), pids, 0), 0);
	ck_assert_int_eq(count_fds(), before);
}
END_TEST

START_TEST(cancel_kills_and_is_silent)
{
	struct fixture f;
	struct jsl_runner_job *job, *waiting;
	const char *endless = MAIN("Thread.sleep(100000);");
	struct jsl_runner_stats s;

	if (!fixture_init(&f))
		return;
	expect_fine(&f);
	job = submit(&f, endless, strlen(endless));
	waiting = submit(&f, endless, strlen(endless));
	jsl_runner_cancel(f.runner, waiting); /* before it was looked at */
	wait_until_running(&f, 2);
	jsl_runner_cancel(f.runner, job);
	job = submit(&f, endless, strlen(endless)); /* while it is compiled, or waits */
	ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE), 0);
	jsl_runner_cancel(f.runner, job);
	expect_fine(&f);
	ck_assert_int_eq(f.n_done, 2);
	jsl_runner_stats(f.runner, &s);
	ck_assert_uint_eq(s.running, 0);
	fixture_deinit(&f);
}
END_TEST

static void free_runner(void *arg, const struct jsl_result *result)
{
	struct fixture *f = arg;

	f->n_done++;
	f->status = result->status;
	jsl_runner_free(f->runner);
	f->runner = NULL;
	event_base_loopbreak(f->base);
}

START_TEST(runner_may_be_freed_from_its_callback)
{
	const char *source = MAIN("");
	struct jsl_bytes file = {source, strlen(source)};
	struct jsl_spec spec = {.sources = &file, .n_sources = 1};
	struct jsl_runner_job *job;
	struct fixture f;

	if (!fixture_init(&f))
		return;
	ck_assert_int_eq(jsl_runner_run(f.runner, &spec, free_runner, &f, &job), 0);
	wait_done(&f, 1);
	ck_assert_int_eq(f.status, JSL_STATUS_OK);
	fixture_deinit(&f);
}
END_TEST

START_TEST(more_jobs_than_slots_all_get_their_own_answer)
{
	enum { JOBS = 12 };
	char source[160];
	struct fixture f;

	if (!fixture_init(&f))
		return;
	for (int i = 1; i <= JOBS; i++) {
		snprintf(source, sizeof(source), MAIN("System.exit(%d);"), i);
		submit(&f, source, strlen(source));
	}
	/* Several may be done at one turn of the loop, so none is looked at alone. */
	wait_done(&f, JOBS);
	ck_assert_int_eq(f.n_done, JOBS);
	ck_assert_uint_eq(f.exit_codes, ((uint64_t)1 << (JOBS + 1)) - 2);
	fixture_deinit(&f);
}
END_TEST

/* While one rehearses, a job takes another, or waits for it. */
START_TEST(jvms_rehearse_at_rest)
{
	struct jsl_runner_stats s;
	struct fixture f;

	if (!fixture_init(&f))
		return;
	for (uint32_t seen = 0; seen < 2;) {
		ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE), 0);
		jsl_runner_stats(f.runner, &s);
		if (s.pool_rehearsed > seen) {
			seen = s.pool_rehearsed;
			expect_fine(&f);
		}
	}
	jsl_runner_stats(f.runner, &s);
	ck_assert_uint_eq(s.starts_failed, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(cold_runner_works_and_lets_go)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct fixture f;
	struct jsl_runner_stats s;
	pid_t pids[PIDS_MAX];

	opts.slots = 1;
	if (!fixture_init_opts(&f, &opts))
		return;
	expect_fine(&f);
	while (descendants(getpid(), pids, 0) > 0)
		ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE), 0);
	jsl_runner_stats(f.runner, &s);
	ck_assert_uint_eq(s.compilers_ready + s.pool_ready, 0);
	ck_assert_uint_ge(s.compiler_starts, 1);
	ck_assert_uint_gt(s.compiler_start_us, 0);
	ck_assert_uint_ge(s.pool_starts, 1);
	ck_assert_uint_gt(s.pool_start_us, 0);
	fixture_deinit(&f);
}
END_TEST

/** The nice value of the only JVM below us, or -1 until there is one. */
static int jvm_nice(void)
{
	pid_t pids[PIDS_MAX];
	int n = descendants(getpid(), pids, 0);

	for (int i = 0; i < n; i++) {
		char path[64], stat[512] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/stat", pids[i]);
		file = fopen(path, "re");
		if (file == NULL)
			continue;
		if (fgets(stat, sizeof(stat), file) == NULL)
			stat[0] = '\0';
		fclose(file);
		if (strstr(stat, "(java)") != NULL)
			return getpriority(PRIO_PROCESS, (id_t)pids[i]);
	}
	return -1;
}

START_TEST(warming_up_stands_back_until_a_job_comes)
{
	/* the sum over all threads */
	const char *source =
		MAIN("int sum = 0; for (java.io.File f :"
		     " new java.io.File(\"/proc/self/task\").listFiles()) {"
		     "  String s = "
		     "java.nio.file.Files.readString(f.toPath().resolve(\"stat\"));"
		     "  sum += Integer.parseInt("
		     "    s.substring(s.lastIndexOf(')') + 2).split(\" \")[16]); }"
		     " System.out.print(sum);");
	struct fixture f;

	if (!jsl_runner__child_can_background() || !fixture_init(&f))
		return;
	while (jvm_nice() == -1)
		ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE | EVLOOP_NONBLOCK),
				 0);
	ck_assert_int_eq(jvm_nice(), JSL_RUNNER__BACKGROUND_NICE);
	run(&f, source);
	ck_assert_str_eq(f.output, "0");
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner life", jobs_leak_nothing, free_leaves_nothing,
	   cancel_kills_and_is_silent, runner_may_be_freed_from_its_callback,
	   more_jobs_than_slots_all_get_their_own_answer, jvms_rehearse_at_rest,
	   cold_runner_works_and_lets_go, warming_up_stands_back_until_a_job_comes)
