/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JVMs and boxes that are killed from outside cost a job nothing but time, unless it is
 * the program's own JVM that is killed: that is the program's end.
 */

#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "processes.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

/** Whether the process or thread that @path is about is called @name. */
static bool is_called(const char *path, const char *name)
{
	char comm[64] = "";
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return false;
	if (fgets(comm, sizeof(comm), file) == NULL)
		comm[0] = '\0';
	fclose(file);
	comm[strcspn(comm, "\n")] = '\0';
	return strcmp(comm, name) == 0;
}

/** The processes below us whose name is @name. */
static int find_all(const char *name, pid_t *ret_pids)
{
	pid_t pids[PIDS_MAX];
	int n = descendants(getpid(), pids, 0), found = 0;
	char path[64];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pids[i]);
		if (is_called(path, name))
			ret_pids[found++] = pids[i];
	}
	return found;
}

static int kill_all(const char *name)
{
	pid_t pids[PIDS_MAX];
	int n = find_all(name, pids), killed = 0;

	for (int i = 0; i < n; i++)
		killed += kill(pids[i], SIGKILL) == 0;
	return killed;
}

/** Whether a thread of process @pid is called @name. */
static bool has_thread(pid_t pid, const char *name)
{
	char path[64 + NAME_MAX];
	struct dirent *task;
	bool has = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir != NULL && !has && (task = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", pid, task->d_name);
		has = is_called(path, name);
	}
	if (dir != NULL)
		closedir(dir);
	return has;
}

static pid_t parent_of(pid_t pid)
{
	char path[64], stat[512];
	FILE *file;
	pid_t parent = -1;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(stat, sizeof(stat), file));
	fclose(file);
	ck_assert_int_eq(sscanf(strrchr(stat, ')'), ") %*c %d", &parent), 1);
	return parent;
}

START_TEST(idle_jvms_may_be_killed)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	expect_fine(&f);
	ck_assert_int_ge(kill_all("java"), 1);
	expect_fine(&f);
	ck_assert_int_ge(kill_all("bwrap"), 1);
	expect_fine(&f);
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_box_killed_under_a_job_is_replaced_once)
{
	const char *waits = MAIN("System.out.print(1); Thread.sleep(300);");
	struct fixture f;

	if (!fixture_init(&f))
		return;
	expect_fine(&f);
	submit(&f, waits, strlen(waits));
	wait_until_running(&f, 2);
	ck_assert_int_ge(kill_all("bwrap"), 1);
	wait_done(&f, 2);
	ck_assert_msg(f.status == JSL_STATUS_OK, "%s", f.message);
	ck_assert_str_eq(f.output, "1");
	fixture_deinit(&f);
}
END_TEST

static void wait_for_pool(struct fixture *f, uint32_t ready)
{
	struct jsl_runner_stats s;

	for (;;) {
		jsl_runner_stats(f->runner, &s);
		if (s.pool_ready == ready)
			return;
		ck_assert_int_eq(event_base_loop(f->base, EVLOOP_ONCE), 0);
	}
}

/** Which of the JVMs @pids runs the program that calls its thread @name. */
static int wait_for_thread(struct fixture *f, const char *name, const pid_t *pids, int n)
{
	for (;;) {
		for (int i = 0; i < n; i++)
			if (has_thread(pids[i], name))
				return i;
		ck_assert_int_eq(event_base_loop(f->base, EVLOOP_NONBLOCK), 0);
	}
}

/*
 * What killed a box may have killed those that wait, and their ends not be seen yet.
 * Here they stand still instead, which nobody can see.
 */
START_TEST(a_lost_job_is_not_given_to_a_jvm_that_waited)
{
	const char *waits = MAIN("Thread.currentThread().setName(\"busy\");"
				 "System.out.print(1); Thread.sleep(6000);");
	pid_t jvms[PIDS_MAX];
	struct fixture f;
	int n, busy;

	if (!fixture_init(&f))
		return;
	expect_fine(&f);
	wait_for_pool(&f, 2);
	n = find_all("java", jvms);
	submit(&f, waits, strlen(waits));
	busy = wait_for_thread(&f, "busy", jvms, n);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(i == busy ? kill(parent_of(jvms[i]), SIGKILL)
					   : kill(jvms[i], SIGSTOP),
				 0);
	wait_done(&f, 2);
	ck_assert_msg(f.status == JSL_STATUS_OK, "%s", f.message);
	ck_assert_str_eq(f.output, "1");
	fixture_deinit(&f);
	expect_gone(jvms, n);
}
END_TEST

START_TEST(a_jvm_killed_by_a_signal_is_the_programs_end)
{
	const char *waits = MAIN("System.out.print(1); Thread.sleep(100000);");
	struct fixture f;

	if (!fixture_init(&f))
		return;
	expect_fine(&f);
	submit(&f, waits, strlen(waits));
	wait_until_running(&f, 2);
	ck_assert_int_ge(kill_all("java"), 1);
	wait_done(&f, 2);
	ck_assert_int_eq(f.status, JSL_STATUS_SIGNAL);
	ck_assert_str_eq(f.message, "The JVM died: signal 9 (SIGKILL)");
	ck_assert_int_eq(f.signal, SIGKILL);
	expect_fine(&f);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner killed", idle_jvms_may_be_killed,
	   a_box_killed_under_a_job_is_replaced_once,
	   a_lost_job_is_not_given_to_a_jvm_that_waited,
	   a_jvm_killed_by_a_signal_is_the_programs_end)
