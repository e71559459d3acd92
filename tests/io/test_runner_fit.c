/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A runner on which no JVM can be started says so, and when one can be again: its JDK or
 * bubblewrap goes, and comes back.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copies.h"
#include "processes.h"
#include "runner/jdk.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

static const char hello[] = MAIN("System.out.print(\"hello\");");

/* What it said, and when. */
static struct {
	struct fixture f;
	struct copies copies;
	struct jsl_runner__jdk own; /* of this machine */
	unsigned n_said;
	bool fit, free_it;
	int n_done; /* results before the last word */
	char why[256], log[256];
} t;

static void on_fit(void *arg, bool fit, const char *why)
{
	ck_assert_ptr_eq(arg, &t);
	t.n_said++;
	t.fit = fit;
	t.n_done = t.f.n_done;
	snprintf(t.why, sizeof(t.why), "%s", why);
	snprintf(t.log, sizeof(t.log), "%.255s", t.f.log);
	if (!t.free_it)
		return;
	jsl_runner_free(t.f.runner);
	t.f.runner = NULL;
}

static void turn(void)
{
	ck_assert_int_eq(event_base_loop(t.f.base, EVLOOP_ONCE), 0);
}

static void wait_said(unsigned n)
{
	while (t.n_said < n)
		turn();
	ck_assert_uint_eq(t.n_said, n);
}

/** A runner that nobody has told to be warm. */
static bool begin(struct jsl_runner_opts *opts)
{
	opts->agent_jar = t.copies.jar;
	opts->box = t.copies.box;
	opts->slots = 2;
	opts->class_cache_bytes = 0;
	opts->fit = on_fit;
	opts->fit_arg = &t;
	return fixture_init_opts(&t.f, opts);
}

static void find_jdk(void)
{
	char errmsg[256] = "";
	int err;

	memset(&t, 0, sizeof(t));
	copies_init(&t.copies, 0755);
	err = jsl_runner__jdk_find(&t.own, getenv("JSL_JAVA_HOME"), errmsg,
				   sizeof(errmsg));
	ck_assert_msg(err == 0, "%s", errmsg);
}

static void expect_hello(void)
{
	run(&t.f, hello);
	ck_assert_msg(t.f.status == JSL_STATUS_OK, "%s", t.f.message);
	ck_assert_str_eq(t.f.output, "hello");
}

static void move(const char *path, bool away)
{
	char absent[128];

	snprintf(absent, sizeof(absent), "%s.absent", path);
	ck_assert_int_eq(rename(away ? path : absent, away ? absent : path), 0);
}

/** @home, in the copies' directory, has the programs of this machine's JDK. */
static void make_home(char *home, size_t size)
{
	char bin[128], real[512];

	snprintf(home, size, "%s/jdk", t.copies.dir);
	snprintf(bin, sizeof(bin), "%s/bin", home);
	snprintf(real, sizeof(real), "%s/bin", t.own.home);
	ck_assert_int_eq(mkdir(home, 0755), 0);
	ck_assert_int_eq(symlink(real, bin), 0);
}

static void finish(const char *home)
{
	char bin[128];

	if (home != NULL) {
		snprintf(bin, sizeof(bin), "%s/bin", home);
		unlink(bin);
		rmdir(home);
	}
	jsl_runner__jdk_deinit(&t.own);
	copies_deinit(&t.copies);
}

/* The links in this home would lead nowhere inside a sandbox. */
START_TEST(a_jdk_that_vanishes_makes_it_unfit_until_it_is_back)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct jsl_runner_stats s;
	char home[64];

	find_jdk();
	make_home(home, sizeof(home));
	opts.java_home = home;
	opts.isolation = JSL_ISOLATION_NONE;
	ck_assert(begin(&opts));
	expect_hello();
	ck_assert_uint_eq(t.n_said, 0);
	move(home, true);
	run(&t.f, hello);
	ck_assert_msg(strstr(t.f.message, "java: No such file") != NULL, "%s",
		      t.f.message);
	/* Once, and before the result, which would bring the next job. */
	ck_assert_uint_eq(t.n_said, 1);
	ck_assert(!t.fit && t.n_done == 1);
	ck_assert_str_eq(t.why, t.f.message);
	ck_assert_msg(strstr(t.log, "unfit: ") == t.log, "%s", t.log);
	run(&t.f, hello);
	ck_assert_int_ne(t.f.status, JSL_STATUS_OK);
	ck_assert_uint_eq(t.n_said, 1);
	jsl_runner_stats(t.f.runner, &s);
	ck_assert(!s.fit);
	move(home, false);
	wait_said(2); /* without a job */
	ck_assert(t.fit);
	ck_assert_str_eq(t.why, "");
	ck_assert_msg(strstr(t.log, "fit: ") == t.log, "%s", t.log);
	jsl_runner_stats(t.f.runner, &s);
	ck_assert(s.fit);
	expect_hello();
	ck_assert_uint_eq(t.n_said, 2);
	fixture_deinit(&t.f);
	finish(home);
}
END_TEST

/* Kept warm, it sees it before a job does. */
START_TEST(a_warm_one_sees_it_without_a_job)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	char home[64];

	find_jdk();
	make_home(home, sizeof(home));
	opts.java_home = home;
	opts.isolation = JSL_ISOLATION_NONE;
	ck_assert(begin(&opts));
	move(home, true);
	jsl_runner_warm(t.f.runner, true);
	wait_said(1);
	ck_assert(!t.fit);
	move(home, false);
	wait_said(2);
	ck_assert(t.fit);
	fixture_deinit(&t.f);
	finish(home);
}
END_TEST

/* The PATH of this process has java in it no more, and bubblewrap only by our grace. */
static bool begin_without_bwrap(struct jsl_runner_opts *opts, char **ret_bwrap)
{
	find_jdk();
	*ret_bwrap = jsl_runner__which("bwrap");
	ck_assert_ptr_nonnull(*ret_bwrap);
	ck_assert_int_eq(setenv("PATH", t.copies.dir, 1), 0);
	opts->java_home = t.own.home;
	if (begin(opts))
		return true;
	free(*ret_bwrap);
	finish(NULL);
	return false;
}

static void end_without_bwrap(char *bwrap)
{
	fixture_deinit(&t.f);
	free(bwrap);
	finish(NULL);
}

START_TEST(bubblewrap_is_found_when_it_comes)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	char mine[64], *bwrap;

	if (!begin_without_bwrap(&opts, &bwrap))
		return;
	ck_assert_uint_eq(t.n_said, 0); /* not from within the call */
	wait_said(1);
	ck_assert(!t.fit);
	ck_assert_str_eq(t.why, "No sandbox: bubblewrap is not installed");
	snprintf(mine, sizeof(mine), "%s/bwrap", t.copies.dir);
	copy_file(bwrap, mine, 0755);
	wait_said(2);
	ck_assert(t.fit);
	expect_hello();
	unlink(mine);
	run(&t.f, hello);
	ck_assert_int_eq(t.f.status, JSL_STATUS_NO_SANDBOX);
	ck_assert_str_eq(t.f.message, "No sandbox: bubblewrap is not installed");
	ck_assert_uint_eq(t.n_said, 3);
	ck_assert(!t.fit && t.n_done == 1);
	end_without_bwrap(bwrap);
}
END_TEST

START_TEST(it_may_be_freed_when_it_says_so)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	char *bwrap;

	if (!begin_without_bwrap(&opts, &bwrap))
		return;
	t.free_it = true;
	submit(&t.f, hello, strlen(hello));
	wait_said(1);
	ck_assert_int_eq(t.f.n_done, 0);
	end_without_bwrap(bwrap);
}
END_TEST

/* Nobody asks, and it is not to be warm: nothing is tried, and the loop is empty. */
START_TEST(it_rests_when_nobody_asks)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct jsl_runner *r;
	struct jsl_runner_stats s;
	char *bwrap;

	if (!begin_without_bwrap(&opts, &bwrap))
		return;
	jsl_runner_free(t.f.runner);
	opts.fit = NULL;
	ck_assert_int_eq(jsl_runner_new(&r, &opts, NULL, 0), 0);
	ck_assert_int_eq(event_base_dispatch(t.f.base), 1);
	jsl_runner_stats(r, &s);
	ck_assert(!s.fit);
	ck_assert_uint_eq(s.starts_failed, 0);
	t.f.runner = r;
	end_without_bwrap(bwrap);
}
END_TEST

/* What a job asks for by itself says nothing of the others. */
START_TEST(a_further_jdk_that_vanishes_does_not)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct jsl_runner_jdk_opts further = {.name = "other"};
	char home[64];

	find_jdk();
	make_home(home, sizeof(home));
	further.home = home;
	opts.java_home = t.own.home;
	opts.jdks = &further;
	opts.n_jdks = 1;
	opts.isolation = JSL_ISOLATION_NONE;
	ck_assert(begin(&opts));
	move(home, true);
	for (int i = 0; i < 2; i++) {
		t.f.jdk = "other";
		run(&t.f, hello);
		ck_assert_int_ne(t.f.status, JSL_STATUS_OK);
		t.f.jdk = NULL;
	}
	ck_assert_uint_eq(t.n_said, 0);
	expect_hello();
	move(home, false);
	fixture_deinit(&t.f);
	finish(home);
}
END_TEST

static void wait_for_pool(void)
{
	struct jsl_runner_stats s;

	do {
		turn();
		jsl_runner_stats(t.f.runner, &s);
	} while (s.compilers_ready == 0 || s.pool_ready < 2);
}

/** Each finally block is compiled twice: 2^22. */
static const char *long_compilation(void)
{
	static char source[2048];
	FILE *out = fmemopen(source, sizeof(source), "w");

	ck_assert_ptr_nonnull(out);
	fputs("class A { void f(int x) { ", out);
	for (int i = 0; i < 22; i++)
		fputs("try { x++; } finally { ", out);
	fputs("x--; ", out);
	for (int i = 0; i < 22; i++)
		fputs("}", out);
	fputs("} }", out);
	ck_assert_int_eq(fclose(out), 0);
	return source;
}

/* While a compiler works for long, the JVM for its job is not tried all the time. */
START_TEST(nothing_is_tried_in_a_tight_loop)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct jsl_runner_stats before, after;
	char home[64];

	find_jdk();
	make_home(home, sizeof(home));
	opts.java_home = home;
	opts.isolation = JSL_ISOLATION_NONE;
	ck_assert(begin(&opts));
	jsl_runner_warm(t.f.runner, true);
	wait_for_pool();
	move(home, true);
	expect_hello(); /* one JVM waits for each of these */
	expect_hello();
	wait_said(1);
	t.f.limits.compile_wall_ms = 1500;
	jsl_runner_stats(t.f.runner, &before);
	run(&t.f, long_compilation());
	ck_assert_int_eq(t.f.status, JSL_STATUS_COMPILE_LIMIT);
	jsl_runner_stats(t.f.runner, &after);
	ck_assert_uint_lt(after.starts_failed - before.starts_failed, 10);
	move(home, false);
	fixture_deinit(&t.f);
	finish(home);
}
END_TEST

SUITE_MAIN("runner fitness", a_jdk_that_vanishes_makes_it_unfit_until_it_is_back,
	   a_warm_one_sees_it_without_a_job, bubblewrap_is_found_when_it_comes,
	   it_may_be_freed_when_it_says_so, it_rests_when_nobody_asks,
	   a_further_jdk_that_vanishes_does_not, nothing_is_tried_in_a_tight_loop)
