/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control groups of boxes, where this process may make some: that they hold what is in
 * them, and that none stays behind.
 */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "processes.h"
#include "runner/runner_int.h"

enum { MEMORY = 48 << 20, PIDS = 3, WAIT_MS = 40000, TEXT = 4096 };

/** Returns false, having said why, where none can be made. */
static bool claim(struct jsl_runner__cgroups *g)
{
	if (jsl_runner__cgroups_claim(g) == 0)
		return true;
	ck_assert_str_ne(g->why, "");
	fprintf(stderr, "SKIPPED: no control groups: %s\n", g->why);
	return false;
}

static void dir_of(const struct jsl_runner__cgroups *g, size_t parent, uint32_t number,
		   char *dir)
{
	snprintf(dir, TEXT, "%s/jsl-box-%u", g->parents[parent].dir, number);
}

static bool exists(const struct jsl_runner__cgroups *g, uint32_t number)
{
	char dir[TEXT];

	dir_of(g, 0, number, dir);
	return access(dir, F_OK) == 0;
}

/** Run a shell's @script as a member of @c, and kill what it leaves,
 * unless that is to live as long as @input, its descriptor 3 (-1: none). Returns how it
 * ended, as from waitpid(). */
static int run_in(struct jsl_runner__cgroup *c, const char *script, int input)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)script, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fds[] = {null, null, 2, input >= 0 ? input : null};
	struct jsl_runner__child_opts o = {.path = "/bin/sh",
					   .argv = argv,
					   .fds = fds,
					   .n_fds = 4,
					   .groups = c->procs,
					   .n_groups = c->n_procs};
	struct jsl_runner__child child;
	struct pollfd ended;
	siginfo_t info;

	ck_assert_int_eq(jsl_runner__child_spawn(&child, &o), 0);
	close(null);
	ended = (struct pollfd){.fd = child.pidfd, .events = POLLIN};
	ck_assert_int_eq(poll(&ended, 1, WAIT_MS), 1);
	if (input < 0)
		jsl_runner__child_kill(&child);
	ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &info, WEXITED), 0);
	close(child.pidfd);
	return info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
}

START_TEST(group_holds_the_memory_of_all_that_is_in_it)
{
	struct jsl_runner__cgroups g;
	struct jsl_runner__cgroup c;
	uint32_t number;
	int status;

	if (!claim(&g) || !g.parents[0].memory)
		return;
	ck_assert_int_eq(jsl_runner__cgroup_init(&c, &g, MEMORY, PIDS), 0);
	number = c.number;
	ck_assert(exists(&g, number));
	status = run_in(&c, "exit 5", -1);
	ck_assert_int_eq(WEXITSTATUS(status), 5);
	ck_assert(!jsl_runner__cgroup_overran(&c, &g));
	/* tail keeps all of a line that never ends. */
	status = run_in(&c, "exec tail -n 1 /dev/zero", -1);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "0x%x", status);
	ck_assert(jsl_runner__cgroup_overran(&c, &g));
	jsl_runner__cgroup_deinit(&c, &g);
	jsl_runner__cgroups_deinit(&g);
	ck_assert(!exists(&g, number));
}
END_TEST

START_TEST(group_holds_the_number_of_processes)
{
	const char *four = "sleep 100 & sleep 100 & sleep 100 &";
	struct jsl_runner__cgroups g;
	struct jsl_runner__cgroup few, many;
	bool pids = false;

	if (!claim(&g))
		return;
	for (size_t i = 0; i < g.n_parents; i++)
		pids = pids || g.parents[i].pids;
	if (!pids)
		return;
	ck_assert_int_eq(jsl_runner__cgroup_init(&few, &g, MEMORY, PIDS), 0);
	ck_assert_int_eq(jsl_runner__cgroup_init(&many, &g, MEMORY, 30), 0);
	ck_assert_int_ne(few.number, many.number);
	ck_assert_int_ne(run_in(&few, four, -1), 0);
	ck_assert_int_eq(run_in(&many, four, -1), 0);
	jsl_runner__cgroup_deinit(&few, &g);
	jsl_runner__cgroup_deinit(&many, &g);
	jsl_runner__cgroups_deinit(&g);
}
END_TEST

START_TEST(group_with_a_process_is_removed_after_its_end)
{
	struct jsl_runner__cgroups g;
	struct jsl_runner__cgroup c;
	uint32_t number;
	int life[2];

	if (!claim(&g))
		return;
	ck_assert_int_eq(pipe2(life, O_CLOEXEC), 0);
	ck_assert_int_eq(jsl_runner__cgroup_init(&c, &g, MEMORY, 30), 0);
	number = c.number;
	ck_assert_int_eq(run_in(&c, "cat <&3 &", life[0]), 0);
	jsl_runner__cgroup_deinit(&c, &g);
	ck_assert(exists(&g, number)); /* it reads in there */
	close(life[1]);
	jsl_runner__cgroups_deinit(&g);
	ck_assert(!exists(&g, number));
	ck_assert_uint_eq(g.n_left, 0);
}
END_TEST

/** How many processes below us are in the group of @number. */
static int members(const struct jsl_runner__cgroups *g, uint32_t number)
{
	char dir[TEXT], path[TEXT + 16];
	pid_t pids[PIDS_MAX];
	int n = descendants(getpid(), pids, 0), found = 0, pid;
	FILE *procs;

	dir_of(g, 0, number, dir);
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	procs = fopen(path, "re");
	ck_assert_msg(procs != NULL, "%s", path);
	while (fscanf(procs, "%d", &pid) == 1)
		for (int i = 0; i < n; i++)
			found += pids[i] == pid;
	fclose(procs);
	return found;
}

START_TEST(box_is_in_a_group_and_says_so)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct jsl_runner__cgroups g;
	struct jsl_runner_job *job;
	struct fixture f;
	uint32_t number;
	const char *endless = MAIN("Thread.sleep(100000);");

	if (!claim(&g))
		return;
	opts.cgroup = JSL_CGROUP_REQUIRED;
	opts.slots = 1;
	if (!fixture_init_opts(&f, &opts))
		return;
	expect_fine(&f);
	ck_assert_msg((strstr(f.isolation, "memory-cgroup ") != NULL) ==
			      g.parents[0].memory,
		      "%s", f.isolation);
	ck_assert_ptr_nonnull(strstr(f.isolation, "-cgroup "));
	job = submit(&f, endless, strlen(endless));
	wait_until_running(&f, 2);
	number = job->vm->group.number;
	g = f.runner->groups; /* in version 2 below those that we claimed first */
	ck_assert_int_ge(members(&g, number), 3); /* bwrap, jsl-box and java */
	fixture_deinit(&f);
	ck_assert(!exists(&g, number));
}
END_TEST

/** The JVM that waits for a program. */
static struct jsl_runner__vm *waiting_vm(struct fixture *f)
{
	for (;;) {
		jsl_list_foreach (it, &f->runner->vms) {
			struct jsl_runner__vm *vm =
				jsl_container_of(it, struct jsl_runner__vm, link);

			if (vm->profile.kind == JSL_VM_RUN && vm->state == JSL_VM_READY)
				return vm;
		}
		ck_assert_int_eq(event_base_loop(f->base, EVLOOP_ONCE), 0);
	}
}

/** Leave the group less than the JVM may use, so that it is not the watch that sees it.
 */
static void narrow(const struct jsl_runner__cgroups *g, uint32_t number)
{
	char dir[TEXT], path[TEXT + 32];
	FILE *max;

	dir_of(g, 0, number, dir);
	snprintf(path, sizeof(path), "%s/%s", dir,
		 g->v2 ? "memory.max" : "memory.limit_in_bytes");
	max = fopen(path, "we");
	ck_assert_ptr_nonnull(max);
	fprintf(max, "%d", 100 << 20);
	ck_assert_int_eq(fclose(max), 0);
}

START_TEST(program_that_overruns_its_group_exceeded_its_memory)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct jsl_runner__cgroups g;
	struct fixture f;

	if (!claim(&g) || !g.parents[0].memory)
		return;
	opts.cgroup = JSL_CGROUP_AUTO;
	opts.slots = 1;
	if (!fixture_init_opts(&f, &opts))
		return;
	jsl_runner_warm(f.runner, -1);
	narrow(&f.runner->groups, waiting_vm(&f)->group.number);
	run(&f,
	    MAIN("System.out.print(1); System.out.flush();"
		 "byte[] b = new byte[180 << 20]; java.util.Arrays.fill(b, (byte)1);"));
	ck_assert_msg(f.status == JSL_STATUS_MEMORY_LIMIT, "%s", f.message);
	ck_assert_str_eq(f.message, "Memory limit exceeded: 256 MB");
	ck_assert_str_eq(f.output, "1"); /* what it wrote before is kept */
	expect_fine(&f);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner cgroup", group_holds_the_memory_of_all_that_is_in_it,
	   group_holds_the_number_of_processes,
	   group_with_a_process_is_removed_after_its_end, box_is_in_a_group_and_says_so,
	   program_that_overruns_its_group_exceeded_its_memory)
