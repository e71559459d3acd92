/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runner with real JVMs in real sandboxes: entry points, verdicts, limits, what a
 * program can see, and that nothing stays behind. A test makes one runner and puts many
 * programs through it: starting compilers is what takes time here.
 */

#include "config.h"

#include "runner_fixture.h"
#include "../lib/suite.h"

START_TEST(main_answers_with_what_it_wrote)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	run(&f, "public class Main { public static void main(String[] a) {"
		" System.out.print(\"hé\\0llo \" + a[0]); System.err.print(\"e\"); } }");
	ck_assert_int_eq(f.status, JSL_STATUS_OK);
	ck_assert_int_eq(f.entry, JSL_ENTRY_MAIN);
	ck_assert_uint_eq(f.output_len, strlen("h\xc3\xa9_llo arg"));
	ck_assert_mem_eq(f.output, "h\xc3\xa9\0llo arg", f.output_len);
	ck_assert_str_eq(f.error_output, "e");
	ck_assert_int_eq(f.exit_code, 0);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner", main_answers_with_what_it_wrote)
