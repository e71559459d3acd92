/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs of tests/hostile, one after the other: each gets its verdict, a harmless
 * neighbour that runs at the same time is right, and so is the next one. Afterwards
 * nothing is left: no process, no descriptor, no mount, no file.
 *
 * Alone: JSL_HOSTILE=memory-heap runs that case, and says what came of it.
 */

#include "config.h"

#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../bin/hostile_case.h"
#include "processes.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

/* With what it finds in /tmp: nothing of the job before it. */
#define HARMLESS                                                                        \
	MAIN("System.out.print(\"fine \" + new java.io.File(\"/tmp\").list().length + " \
	     "System.getenv().size() + (int)Math.sqrt(args.length));")
#define HARMLESS_OUTPUT "fine 030"

struct left {
	int processes, descriptors, mounts, files;
};

static int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static int count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	int n = 0, c;

	ck_assert_ptr_nonnull(f);
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static void count_left(struct left *l)
{
	pid_t pids[PIDS_MAX];

	l->processes = descendants(getpid(), pids, 0);
	l->descriptors = count_entries("/proc/self/fd");
	l->mounts = count_lines("/proc/self/mountinfo");
	l->files = count_entries(".");
}

/* How one job ended, copied. */
struct seen {
	struct fixture *f;
	bool done;
	char status[32], message[256], detail[256], output[256], denied[256];
};

static void copy(char *to, size_t size, const void *from, size_t len)
{
	len = len < size - 1 ? len : size - 1;
	if (len > 0)
		memcpy(to, from, len);
	to[len] = '\0';
}

static void on_done(void *arg, const struct jsl_result *r)
{
	struct seen *s = arg;

	s->done = true;
	snprintf(s->status, sizeof(s->status), "%s", jsl_status_str(r->status));
	snprintf(s->message, sizeof(s->message), "%s", r->message);
	snprintf(s->detail, sizeof(s->detail), "%s%.*s", r->detail,
		 (int)(r->error_output.len < 200 ? r->error_output.len : 200),
		 (const char *)r->error_output.data);
	copy(s->output, sizeof(s->output), r->output.data, r->output.len);
	for (size_t i = 0; i < r->n_denied; i++)
		snprintf(s->denied + strlen(s->denied),
			 sizeof(s->denied) - strlen(s->denied), "%s ", r->denied[i]);
	event_base_loopbreak(s->f->base);
}

static void start(struct fixture *f, struct seen *s, const char *source, size_t len,
		  const struct jsl_limits *limits)
{
	struct jsl_bytes file = {source, len};
	struct jsl_spec spec = {.sources = &file, .n_sources = 1};
	struct jsl_runner_job *job;

	memset(s, 0, sizeof(*s));
	s->f = f;
	if (limits != NULL)
		spec.limits = *limits;
	ck_assert_int_eq(jsl_runner_run(f->runner, &spec, on_done, s, &job), 0);
}

static void wait_for(struct seen *s)
{
	while (!s->done)
		ck_assert_int_ge(event_base_dispatch(s->f->base), 0);
}

static void expect_harmless(const struct seen *s, const char *when, const char *name)
{
	ck_assert_msg(strcmp(s->status, "ok") == 0 &&
			      strcmp(s->output, HARMLESS_OUTPUT) == 0,
		      "the job %s %s: %s: %s %s%s", when, name, s->status, s->message,
		      s->detail, s->output);
}

static void run_case(struct fixture *f, const char *path)
{
	struct seen hostile, neighbour, next;
	struct hostile_case c;
	const char *wrong = hostile_case_init(&c, path);

	ck_assert_msg(wrong == NULL, "%s: %s", path, wrong);
	start(f, &hostile, c.source, c.len, &c.limits);
	start(f, &neighbour, HARMLESS, strlen(HARMLESS), NULL);
	wait_for(&neighbour);
	expect_harmless(&neighbour, "beside", c.name);
	wait_for(&hostile);
	start(f, &next, HARMLESS, strlen(HARMLESS), NULL);
	wait_for(&next);
	expect_harmless(&next, "after", c.name);
	if (getenv("JSL_HOSTILE") != NULL)
		fprintf(stderr, "%s: %s: %s\ndenied: %s\n%s%s\n", c.name, hostile.status,
			hostile.message, hostile.denied, hostile.detail, hostile.output);
	ck_assert_msg(strcmp(hostile.status, c.status) == 0 &&
			      strncmp(hostile.message, c.message, strlen(c.message)) ==
				      0 &&
			      strncmp(hostile.output, c.output, strlen(c.output)) == 0,
		      "%s: %s: %s\n%s%s", c.name, hostile.status, hostile.message,
		      hostile.detail, hostile.output);
	hostile_case_deinit(&c);
}

/* Neither jsl-box nor java is sanitized, and the runner does the same for each case: a
 * sanitizer need not see them all. */
#ifdef JSL_SANITIZED
enum { STEP = 6 };
#else
enum { STEP = 2 };
#endif

/** Every second case of a kind from @first on, on one runner. */
static void run_kind(const char *kind, size_t first)
{
	const char *only = getenv("JSL_HOSTILE");
	char pattern[512], dir[] = "/tmp/jsl-test-XXXXXX";
	struct left before, after;
	struct fixture f;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/tests/hostile/%s-*.java",
		 getenv("JSL_SRC"), kind);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	ck_assert_ptr_nonnull(mkdtemp(dir)); /* where a crash would leave its files */
	ck_assert_int_eq(chdir(dir), 0);
	count_left(&before);
	if (fixture_init(&f)) {
		for (size_t i = first; i < found.gl_pathc; i += STEP)
			if (only == NULL || strstr(found.gl_pathv[i], only) != NULL)
				run_case(&f, found.gl_pathv[i]);
		fixture_deinit(&f);
		count_left(&after);
		ck_assert_int_eq(after.processes, before.processes);
		ck_assert_int_eq(after.descriptors, before.descriptors);
		ck_assert_int_eq(after.mounts, before.mounts);
		ck_assert_int_eq(after.files, before.files);
	}
	globfree(&found);
	ck_assert_int_eq(rmdir(dir), 0);
}

#define KIND(name)                        \
	START_TEST(name##_is_held)        \
	{                                 \
		run_kind(#name, 0);       \
	}                                 \
	END_TEST                          \
	START_TEST(more_##name##_is_held) \
	{                                 \
		run_kind(#name, 1);       \
	}                                 \
	END_TEST

KIND(compile)
KIND(cpu)
KIND(memory)
KIND(files)
KIND(kernel)
KIND(output)

SUITE_MAIN("hostile programs", compile_is_held, more_compile_is_held, cpu_is_held,
	   more_cpu_is_held, memory_is_held, more_memory_is_held, files_is_held,
	   more_files_is_held, kernel_is_held, more_kernel_is_held, output_is_held,
	   more_output_is_held)
