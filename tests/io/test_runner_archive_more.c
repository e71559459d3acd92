/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Class archives where there is no sandbox, of a further JDK, and of a runner that is
 * never at rest.
 */

#include "config.h"

#define SUITE_TIMEOUT_S 600 /* archives are built, at a low priority */

#include <jsl/err.h>

#include "archive_place.h"

/** Run the loop until @n were built; 0: until one is being written. */
static void wait_built(struct place *p, struct fixture *f, uint64_t n)
{
	while (n == 0 ? count(p, ".new", false) == 0 : stats(f).archive_builds < n) {
		ck_assert_msg(strstr(f->log, "no class archive") == NULL, "%s", f->log);
		ck_assert_int_eq(event_base_loop(f->base, EVLOOP_ONCE), 0);
	}
}

START_TEST(without_a_sandbox_it_is_mapped_where_it_lies)
{
	struct place p;
	struct fixture f;
	char source[1024];

	place_init(&p);
	p.opts.archive_after_ms = 1;
	p.opts.isolation = JSL_ISOLATION_NONE;
	ck_assert(fixture_init_opts(&f, &p.opts));
	jsl_runner_warm(f.runner, true);
	wait_built(&p, &f, 1);
	fixture_deinit(&f);
	snprintf(source, sizeof(source),
		 ARCHIVE_MAIN("boolean mapped = false;"
			      "for (String l : Files.readAllLines("
			      "Path.of(\"/proc/self/maps\")))"
			      " mapped = mapped || l.contains(\" %s/\");"
			      "System.out.print(mapped);"),
		 p.cache);
	ck_assert(fixture_init_opts(&f, &p.opts));
	expect(&f, source, "true");
	fixture_deinit(&f);
	place_deinit(&p);
}
END_TEST

/* The same one under another name has the same archives: they are known by what they
 * are of. */
START_TEST(a_further_jdk_has_one_once_it_is_used)
{
	struct jsl_runner__jdk own = {0};
	struct jsl_runner_jdk_opts further = {.name = "again"};
	struct place p;
	struct fixture f;

	place_init(&p);
	ck_assert_int_eq(jsl_runner__jdk_find(&own, NULL, NULL, 0), 0);
	further.home = own.home;
	p.opts.archive_after_ms = 1;
	p.opts.jdks = &further;
	p.opts.n_jdks = 1;
	if (fixture_init_opts(&f, &p.opts)) {
		f.jdk = "again";
		expect(&f, SAY_MAPPED, "false");
		jsl_runner_warm(f.runner, true);
		wait_built(&p, &f, 2);
		fixture_deinit(&f);
		ck_assert(fixture_init_opts(&f, &p.opts));
		f.jdk = "again";
		jsl_runner_warm(f.runner, true);
		do
			run(&f, SAY_MAPPED);
		while (f.status == JSL_STATUS_OK && strcmp(f.output, "true") != 0);
		ck_assert_str_eq(f.output, "true");
		ck_assert_int_eq(count(&p, ".jsa", false), 2);
		fixture_deinit(&f);
	}
	jsl_runner__jdk_deinit(&own);
	place_deinit(&p);
}
END_TEST

START_TEST(a_runner_that_is_never_at_rest_gets_one)
{
	struct place p;
	struct fixture f;
	struct jsl_runner_job *job;
	const char *sleeper = ARCHIVE_MAIN("Thread.sleep(1000000);");

	place_init(&p);
	p.opts.archive_after_ms = 50;
	if (fixture_init_opts(&f, &p.opts)) {
		job = submit(&f, sleeper, strlen(sleeper));
		jsl_runner_warm(f.runner, true);
		wait_built(&p, &f, 0);
		ck_assert_int_eq(f.n_done, 0);
		jsl_runner_cancel(f.runner, job);
		fixture_deinit(&f);
	}
	place_deinit(&p);
}
END_TEST

SUITE_MAIN("class archives, where and when", without_a_sandbox_it_is_mapped_where_it_lies,
	   a_further_jdk_has_one_once_it_is_used, a_runner_that_is_never_at_rest_gets_one)
