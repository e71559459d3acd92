/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same sources again: javac is skipped, and nothing else changes. And other sources
 * afterwards: what a compiler has seen of a job is nothing to the next.
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

#define SEEN                                                                     \
	"class Seen { static int a; static class In { int a; }"                  \
	" enum E { X } interface Able { void f(); }"                             \
	" int g(E e) { class Loc { } new Loc(); Able r = new Able() {"           \
	" public void f() { } }; r.f(); switch (e) { case X: return 1; default:" \
	" return 2; } } public static void main(String[] args) { } }"

/** What was compiled first, and what must then fail as if it had not been. */
struct pair {
	const char *before, *after;
};

static const struct pair unnamed[] = {
	{SEEN, "public class Q { Seen f; Seen.In g; }"},
	{SEEN, "public class Q { Seen$In f; Seen$1Loc g; Seen$1 h; Seen$E i; }"},
	{SEEN, "class Seen { static class In { int b; int f(In i) { return i.a; } } }"},
	{SEEN, "class Seen { } class Q { Seen.In f; int g = Seen.a; WarmUp.Shape h; }"},
};

static const struct pair others[] = {
	{"package secret; public " SEEN,
	 "public class Q { secret.Seen f; secret.Seen.In g; }"},
	{"package secret; public " SEEN, "import secret.*; public class Q { }"},
	{"package secret; public class Seen { int f( }",
	 "package secret; public class Q { Seen f; }"},
	{"package java.lang; public class Short { }",
	 "public class Q { int f(Short s) { return s.intValue() + \"\"; } }"},
};

static void check_pairs(const struct pair pairs[4])
{
	char *fresh[4];
	struct fixture f;

	if (!init(&f))
		return;
	for (size_t i = 0; i < 4; i++) {
		run(&f, pairs[i].after);
		ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
		fresh[i] = strdup(f.detail);
		ck_assert_ptr_nonnull(fresh[i]);
	}
	for (size_t i = 0; i < 4; i++) {
		run(&f, pairs[i].before);
		run(&f, pairs[i].after);
		ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
		ck_assert_msg(strcmp(f.detail, fresh[i]) == 0, "%s\nis\n%s\nwas\n%s",
			      pairs[i].after, f.detail, fresh[i]);
		free(fresh[i]);
	}
	fixture_deinit(&f);
}

START_TEST(a_compiler_remembers_no_class)
{
	check_pairs(unnamed);
}
END_TEST

START_TEST(a_compiler_remembers_no_package_and_no_error)
{
	check_pairs(others);
}
END_TEST

SUITE_MAIN("runner, again", other_input_skips_the_compiler, warnings_are_said_again,
	   what_did_not_compile_is_compiled_again, a_program_cannot_change_what_is_kept,
	   a_compiler_remembers_no_class, a_compiler_remembers_no_package_and_no_error)
