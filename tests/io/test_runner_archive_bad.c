/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Class archives that are not what they should be, or not where they should be: none of
 * that costs a job anything.
 */

#include "config.h"

#define SUITE_TIMEOUT_S 600 /* archives are built, at a low priority */

#include "archive_place.h"

START_TEST(rubbish_harms_no_job)
{
	struct place p;
	uint64_t archived;

	if (place_init_cache(&p)) {
		plant(&p, NULL, "this is no archive, but it is what its name says");
		run_in_new(&p, "false", &archived);
		ck_assert_uint_ge(archived, 2); /* it was the JVM that refused */
	}
	place_deinit(&p);
}
END_TEST

START_TEST(one_of_another_jar_is_not_used)
{
	const struct timespec then[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	struct place p;
	uint64_t archived;

	if (place_init_cache(&p)) {
		plant(&p, NULL, "of the jar as it is now");
		run_in_new(&p, "false", &archived);
		ck_assert_uint_gt(archived, 0);
		ck_assert_int_eq(utimensat(AT_FDCWD, p.copies.jar, then, 0), 0);
		run_in_new(&p, "false", &archived);
		ck_assert_uint_eq(archived, 0);
	}
	place_deinit(&p);
}
END_TEST

START_TEST(one_that_has_vanished_is_not_used)
{
	struct place p;
	struct fixture f;

	place_init(&p);
	plant(&p, NULL, "soon gone");
	if (fixture_init_opts(&f, &p.opts)) {
		ck_assert_int_eq(count(&p, ".jsa", true), 2);
		expect(&f, SAY_MAPPED, "false");
		ck_assert_uint_eq(stats(&f).archived_starts, 0);
		fixture_deinit(&f);
	}
	place_deinit(&p);
}
END_TEST

/* bubblewrap then cannot build a box with it, which is known from the first try. */
START_TEST(one_that_can_no_longer_be_reached_costs_no_job)
{
	struct place p;
	struct fixture f;

	if (geteuid() != 0) {
		fprintf(stderr, "SKIPPED: not root, who can reach what others cannot\n");
		return;
	}
	place_init(&p);
	plant(&p, NULL, "behind a door");
	if (fixture_init_opts(&f, &p.opts)) {
		ck_assert_int_eq(chmod(p.cache, 0700), 0);
		expect(&f, SAY_MAPPED, "false");
		ck_assert_uint_gt(stats(&f).archived_starts, 0);
		ck_assert_uint_gt(stats(&f).starts_failed, 0);
		fixture_deinit(&f);
	}
	place_deinit(&p);
}
END_TEST

START_TEST(where_the_user_cannot_go_there_is_none)
{
	struct place p;
	struct fixture f;
	uint64_t archived;

	if (geteuid() != 0) {
		fprintf(stderr, "SKIPPED: not root, so the user is the one who built\n");
		return;
	}
	place_init(&p);
	p.opts.archive_after_ms = 1;
	if (fixture_init_opts(&f, &p.opts)) {
		fixture_deinit(&f);
		plant(&p, NULL, "behind a door");
		ck_assert_int_eq(chmod(p.cache, 0700), 0);
		run_in_new(&p, "false", &archived);
		ck_assert_uint_eq(archived, 0);
		ck_assert_int_eq(chmod(p.cache, 0755), 0);
		ck_assert_int_eq(chmod(p.copies.jar, 0400), 0);
		run_in_new(&p, "false", &archived);
		ck_assert_uint_eq(archived, 0);
	}
	place_deinit(&p);
}
END_TEST

START_TEST(a_directory_of_no_use_is_only_logged)
{
	struct place p;
	struct fixture f;

	place_init(&p);
	p.opts.archive_after_ms = 1;
	p.opts.cache_dir = p.copies.jar; /* a file */
	if (fixture_init_opts(&f, &p.opts)) {
		expect(&f, SAY_MAPPED, "false");
		fixture_deinit(&f);
		p.opts.cache_dir = "/proc/self/archive";
		ck_assert(fixture_init_opts(&f, &p.opts));
		expect(&f, SAY_MAPPED, "false");
		fixture_deinit(&f);
	}
	place_deinit(&p);
}
END_TEST

SUITE_MAIN("bad class archives", rubbish_harms_no_job, one_of_another_jar_is_not_used,
	   one_that_has_vanished_is_not_used,
	   one_that_can_no_longer_be_reached_costs_no_job,
	   where_the_user_cannot_go_there_is_none, a_directory_of_no_use_is_only_logged)
