/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same sources again: javac is skipped, and nothing else changes.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "runner_fixture.h"
#include "../lib/suite.h"

enum { ROOM = 64 << 10 };

#define ECHO                                                                            \
	"public class Echo { public static void main(String[] args) throws Exception {" \
	" System.out.write(System.in.readAllBytes()); System.out.flush(); } }"

static bool init(struct fixture *f)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;

	ck_assert_uint_gt(opts.class_cache_bytes, 0);
	opts.slots = 1;
	opts.class_cache_bytes = ROOM;
	if (!fixture_init_opts(f, &opts))
		return false;
	jsl_runner_warm(f->runner, true);
	return true;
}

/** Run @source, and check how often compilers were asked and were not, so far. */
static void run_and_count(struct fixture *f, const char *source, uint64_t compiles,
			  uint64_t hits)
{
	struct jsl_runner_stats s;

	run(f, source);
	jsl_runner_stats(f->runner, &s);
	ck_assert_uint_eq(s.compiles, compiles);
	ck_assert_uint_eq(s.class_hits, hits);
	ck_assert_uint_le(s.class_bytes, ROOM);
}

START_TEST(other_input_skips_the_compiler)
{
	struct fixture f;

	if (!init(&f))
		return;
	f.input = "one";
	run_and_count(&f, ECHO, 1, 0);
	ck_assert_str_eq(f.output, "one");
	f.input = "two";
	run_and_count(&f, ECHO, 1, 1);
	ck_assert_str_eq(f.output, "two");
	ck_assert_int_eq(f.status, JSL_STATUS_OK);
	ck_assert_int_eq(f.entry, JSL_ENTRY_MAIN);
	run_and_count(&f, ECHO "\n", 2, 1); /* another source */
	fixture_deinit(&f);
}
END_TEST

START_TEST(warnings_are_said_again)
{
	const char *warned = "public class Warned { public String run() {"
			     " return \"\" + new Integer(3); } }";
	struct fixture f;
	size_t n;

	if (!init(&f))
		return;
	run_and_count(&f, warned, 1, 0);
	ck_assert_str_eq(f.returned, "3");
	n = f.n_diagnostics;
	ck_assert_uint_ge(n, 1);
	run_and_count(&f, warned, 1, 1);
	ck_assert_str_eq(f.returned, "3");
	ck_assert_uint_eq(f.n_diagnostics, n);
	fixture_deinit(&f);
}
END_TEST

START_TEST(what_did_not_compile_is_compiled_again)
{
	struct fixture f;

	if (!init(&f))
		return;
	run_and_count(&f, "public class Bad {", 1, 0);
	ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
	run_and_count(&f, "public class Bad {", 2, 0);
	ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
	fixture_deinit(&f);
}
END_TEST

/** A program cannot speak as a compiler: what it says of classes is not heard. */
START_TEST(a_program_cannot_change_what_is_kept)
{
	const char *forger =
		"import java.io.*; public class Forger {"
		" public static void main(String[] args) throws Exception {"
		" try (OutputStream out = new FileOutputStream(\"/proc/self/fd/3\")) {"
		" out.write(new byte[] {0, 0, 0, 7, 17, 6, 0, 0, 0, 1, 0}); }"
		" System.out.print(\"mine\"); } }";
	struct fixture f;

	if (!init(&f))
		return;
	for (uint64_t i = 0; i < 3; i++) {
		run_and_count(&f, forger, 1, i);
		ck_assert_str_eq(f.output, "mine");
	}
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner, again", other_input_skips_the_compiler, warnings_are_said_again,
	   what_did_not_compile_is_compiled_again, a_program_cannot_change_what_is_kept)
