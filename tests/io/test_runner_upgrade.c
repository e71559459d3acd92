/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A JDK that is upgraded in its place while the runner lives: what waits is of the new
 * one after the next start of a JVM, and no job notices.
 */

#include "config.h"

#define SUITE_TIMEOUT_S 600 /* archives are built, at a low priority */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_place.h"
#include "processes.h"
#include "runner/jdk.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

/* A home whose programs are those of this machine's JDK, and whose version is ours. */
static struct {
	char dir[32], home[64], bin[80], lib[80], release[80];
} jdk;

static void install(const char *version)
{
	char fresh[96];
	FILE *f;

	snprintf(fresh, sizeof(fresh), "%s.new", jdk.release);
	f = fopen(fresh, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fprintf(f, "JAVA_VERSION=\"%s\"\n", version), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(rename(fresh, jdk.release), 0);
}

static void jdk_init(void)
{
	struct jsl_runner__jdk own = {0};
	char real[512], errmsg[256] = "";
	int err = jsl_runner__jdk_find(&own, getenv("JSL_JAVA_HOME"), errmsg,
				       sizeof(errmsg));

	ck_assert_msg(err == 0, "%s", errmsg);
	strcpy(jdk.dir, "/tmp/jsl-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(jdk.dir));
	ck_assert_int_eq(chmod(jdk.dir, 0755), 0);
	snprintf(jdk.home, sizeof(jdk.home), "%s/jdk", jdk.dir);
	snprintf(jdk.bin, sizeof(jdk.bin), "%s/bin", jdk.home);
	snprintf(jdk.lib, sizeof(jdk.lib), "%s/lib", jdk.home);
	snprintf(jdk.release, sizeof(jdk.release), "%s/release", jdk.home);
	snprintf(real, sizeof(real), "%s/bin", own.home);
	ck_assert_int_eq(mkdir(jdk.home, 0755), 0);
	ck_assert_int_eq(symlink(real, jdk.bin), 0);
	snprintf(real, sizeof(real), "%s/lib", own.home);
	ck_assert_int_eq(symlink(real, jdk.lib), 0);
	install("17.0.98");
	jsl_runner__jdk_deinit(&own);
}

static void jdk_deinit(void)
{
	unlink(jdk.bin);
	unlink(jdk.lib);
	unlink(jdk.release);
	rmdir(jdk.home);
	rmdir(jdk.dir);
}

/*
 * The links in this home would lead nowhere inside a sandbox. Without one, the boxes'
 * user has to reach jsl-box, so that it is a copy.
 */
static void begin(struct fixture *f, struct place *p)
{
	jdk_init();
	p->opts.java_home = jdk.home;
	p->opts.isolation = JSL_ISOLATION_NONE;
	ck_assert(fixture_init_opts(f, &p->opts));
	jsl_runner_warm(f->runner, true);
	f->log[0] = '\0'; /* that there is no sandbox */
}

static void begin_warm(struct fixture *f, struct place *p)
{
	place_init(p);
	p->opts.cache_dir = NULL;
	p->opts.slots = 2;
	p->opts.class_cache_bytes = 0;
	begin(f, p);
}

static void end(struct fixture *f, struct place *p)
{
	fixture_deinit(f);
	place_deinit(p);
	jdk_deinit();
}

/* Until all that is kept warm waits: two JVMs, and two compilers after the first job. */
static void wait_warm(struct fixture *f, struct jsl_runner_stats *s)
{
	do {
		ck_assert_int_eq(event_base_loop(f->base, EVLOOP_ONCE), 0);
		jsl_runner_stats(f->runner, s);
		ck_assert_msg(s->starts_failed == 0, "%s", f->log);
	} while (s->compilers_ready != (s->jobs > 0 ? 2 : 1) || s->pool_rehearsed != 2);
	ck_assert_uint_eq(s->pool_ready, 2);
}

static void expect_hello(struct fixture *f)
{
	run(f, MAIN("System.out.print(\"hello\");"));
	ck_assert_msg(f->status == JSL_STATUS_OK, "%s", f->message);
	ck_assert_str_eq(f->output, "hello");
}

START_TEST(what_waits_is_replaced)
{
	struct jsl_runner_stats s;
	struct fixture f;
	struct place p;
	char want[128];

	begin_warm(&f, &p);
	wait_warm(&f, &s);
	expect_hello(&f);
	wait_warm(&f, &s);
	ck_assert_uint_eq(s.compiler_starts, 2);
	ck_assert_uint_eq(s.pool_starts, 2 + 1);
	ck_assert_str_eq(jsl_runner_jdk(f.runner), "17.0.98");
	install("17.0.99");
	expect_hello(&f);
	wait_warm(&f, &s);
	ck_assert_uint_eq(s.compiler_starts, 2 + 2);
	ck_assert_uint_ge(s.pool_starts, 2 + 1 + 2); /* the job's may be one of the old */
	snprintf(want, sizeof(want), "JDK 17.0.98 in %s was replaced by 17.0.99",
		 jdk.home);
	ck_assert_str_eq(f.log, want);
	ck_assert_str_eq(jsl_runner_jdk(f.runner), "17.0.99");
	ck_assert_str_eq(jsl_runner_jdks(f.runner), "17.0.98");
	expect_hello(&f);
	wait_warm(&f, &s);
	ck_assert_uint_eq(s.compiler_starts, 2 + 2);
	end(&f, &p);
}
END_TEST

/* In the middle of an upgrade there may be no file; nothing is done before there is. */
START_TEST(one_that_is_away_is_not_replaced)
{
	struct jsl_runner_stats s;
	struct fixture f;
	struct place p;
	char away[96];

	begin_warm(&f, &p);
	wait_warm(&f, &s);
	snprintf(away, sizeof(away), "%s.away", jdk.release);
	ck_assert_int_eq(rename(jdk.release, away), 0);
	expect_hello(&f);
	wait_warm(&f, &s);
	ck_assert_int_eq(rename(away, jdk.release), 0);
	expect_hello(&f);
	wait_warm(&f, &s);
	ck_assert_uint_eq(s.compiler_starts, 2);
	ck_assert_uint_eq(s.pool_starts, 2 + 2);
	ck_assert_str_eq(f.log, "");
	ck_assert_str_eq(jsl_runner_jdk(f.runner), "17.0.98");
	end(&f, &p);
}
END_TEST

/* Nor is one that was being built from it then. */
START_TEST(archives_of_the_old_one_are_not_used)
{
	struct fixture f;
	struct place p;

	place_init(&p);
	p.opts.archive_after_ms = 1;
	begin(&f, &p);
	while (count(&p, ".new", false) == 0)
		ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(stats(&f).archive_builds, 0);
	install("17.0.99");
	expect_hello(&f);
	ck_assert_str_eq(jsl_runner_jdk(f.runner), "17.0.99");
	while (stats(&f).archive_builds < 2)
		ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(count(&p, ".jsa", false), 2);
	ck_assert_int_eq(count(&p, ".new", false), 0);
	end(&f, &p);
}
END_TEST

SUITE_MAIN("runner's JDK upgraded", what_waits_is_replaced,
	   one_that_is_away_is_not_replaced, archives_of_the_old_one_are_not_used)
