/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From facts to verdicts, without a JVM: what is rare or hard to provoke, and what a
 * program can forge. The rows that a program shows by itself are in tests/io.
 */

#include "config.h"

#include <signal.h>
#include <string.h>

#include <jsl/runner.h>

#include "runner/verdict.h"
#include "../lib/suite.h"

#define EXIT(code) ((code) << 8)

static const struct jsl_limits limits = JSL_LIMITS_INIT;

static void check(const struct jsl_runner__facts *f, enum jsl_status status,
		  const char *message)
{
	struct jsl_runner__verdict v = {.result = {.message = "", .detail = ""}};

	ck_assert_int_eq(jsl_runner__verdict_ran(&v, f, &limits), 0);
	ck_assert_int_eq(v.result.status, status);
	ck_assert_str_eq(v.result.message, message);
	jsl_runner__verdict_deinit(&v);
}

START_TEST(a_lost_box_is_no_verdict)
{
	struct jsl_runner__verdict v = {.result = {.message = "", .detail = ""}};
	struct jsl_runner__facts f = {.entered = true, .entry = JSL_ENTRY_MAIN};

	ck_assert_int_eq(jsl_runner__verdict_ran(&v, &f, &limits), 1);
	ck_assert_int_eq(jsl_runner__verdict_compiler_ended(&v, &f, &limits), 1);
	/* but one that was killed for a limit is, whatever it could still tell */
	f.stop = JSL_STOP_WALL;
	check(&f, JSL_STATUS_TIME_LIMIT, "Wall time limit exceeded: 60000 ms");
	f.stop = JSL_STOP_OUTPUT;
	check(&f, JSL_STATUS_OUTPUT_LIMIT, "Output limit exceeded: 1024 KB");
	jsl_runner__verdict_deinit(&v);
}
END_TEST

START_TEST(exit_codes_and_signals_are_told_apart)
{
	struct jsl_runner__facts f = {
		.reported = true, .entered = true, .entry = JSL_ENTRY_MAIN};

	f.wait_status = EXIT(137);
	check(&f, JSL_STATUS_NONZERO_EXIT, "Exited with code 137");
	f.wait_status = SIGKILL;
	check(&f, JSL_STATUS_SIGNAL, "The JVM died: signal 9 (SIGKILL)");
	f.wait_status = SIGSEGV;
	check(&f, JSL_STATUS_SIGNAL, "The JVM died: signal 11 (SIGSEGV)");
	f.wait_status = EXIT(0);
	check(&f, JSL_STATUS_OK, "");
	f.entry = JSL_ENTRY_RUN_STRING; /* it left before run() returned */
	check(&f, JSL_STATUS_NONZERO_EXIT, "Exited with code 0");
}
END_TEST

START_TEST(cpu_limit_counts_what_the_kernel_counted)
{
	struct jsl_runner__facts f = {.reported = true,
				      .hit = JSL_BOX_HIT_CPU,
				      .wait_status = SIGKILL,
				      .entry = JSL_ENTRY_MAIN};

	check(&f, JSL_STATUS_TIME_LIMIT, "CPU time limit exceeded: 60000 ms");
	/* a run() that had returned in time keeps its answer */
	f.entry = JSL_ENTRY_RUN_STRING;
	f.ended = true;
	f.outcome = JSL_RUN_RETURNED;
	check(&f, JSL_STATUS_OK, "");
}
END_TEST

START_TEST(a_denied_call_counts_where_both_sides_tell_of_it)
{
	struct jsl_runner__facts f = {.reported = true,
				      .entered = true,
				      .entry = JSL_ENTRY_MAIN,
				      .ended = true,
				      .outcome = JSL_RUN_NOT_PERMITTED,
				      .wait_status = EXIT(1)};

	check(&f, JSL_STATUS_EXCEPTION, "Uncaught exception");
	strcpy(f.denied[f.n_denied++], "bpf");
	strcpy(f.denied[f.n_denied++], "socket");
	strcpy(f.denied_last, "bpf"); /* again */
	check(&f, JSL_STATUS_SECURITY, "Denied system call: bpf");
	f.outcome = JSL_RUN_THREW;
	check(&f, JSL_STATUS_EXCEPTION, "Uncaught exception");
	/* a limit comes first */
	f.outcome = JSL_RUN_NOT_PERMITTED;
	f.hit = JSL_BOX_HIT_MEMORY;
	check(&f, JSL_STATUS_MEMORY_LIMIT, "Memory limit exceeded: 256 MB");
}
END_TEST

START_TEST(a_full_disk_is_told_by_what_it_is_full_of)
{
	struct jsl_runner__facts f = {.reported = true,
				      .entered = true,
				      .entry = JSL_ENTRY_RUN_VOID,
				      .ended = true,
				      .outcome = JSL_RUN_DISK_FULL,
				      .inodes_left = 1};

	check(&f, JSL_STATUS_DISK_LIMIT, "Disk limit exceeded: 16 MB");
	f.inodes_left = 0;
	check(&f, JSL_STATUS_DISK_LIMIT, "Disk limit exceeded: 1000 inodes");
}
END_TEST

START_TEST(forged_words_cannot_hide_how_main_ended)
{
	struct jsl_runner__facts f = {.reported = true,
				      .entered = true,
				      .entry = JSL_ENTRY_MAIN,
				      .ended = true,
				      .outcome = JSL_RUN_RETURNED,
				      .wait_status = EXIT(9)};

	/* main() never reports a return: somebody else wrote this */
	check(&f, JSL_STATUS_NONZERO_EXIT, "Exited with code 9");
	f.outcome = JSL_RUN_TOO_LONG;
	check(&f, JSL_STATUS_NONZERO_EXIT, "Exited with code 9");
}
END_TEST

START_TEST(malformed_diagnostics_are_skipped)
{
	static const uint8_t shorter[10],
		longer[] = {0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 9, 'a', 'b'};
	static const uint8_t good[] = {0, 0, 0, 3,   0,	  0,   0,  4,
				       1, 0, 1, 'f', 'm', 's', 'g'};
	struct jsl_runner__field f = {
		.tag = JSL_TAG_DIAGNOSTIC, .data = shorter, .len = sizeof(shorter)};
	struct jsl_runner__verdict v = {.result = {.message = "", .detail = ""}};

	ck_assert_int_eq(jsl_runner__verdict_add_diagnostic(&v, &f), 0);
	f.data = longer;
	f.len = sizeof(longer);
	ck_assert_int_eq(jsl_runner__verdict_add_diagnostic(&v, &f), 0);
	ck_assert_uint_eq(v.result.n_diagnostics, 0);
	f.data = good;
	f.len = sizeof(good);
	for (int i = 0; i < JSL_RESULT_DIAGS_MAX + 5; i++)
		ck_assert_int_eq(jsl_runner__verdict_add_diagnostic(&v, &f), 0);
	ck_assert_uint_eq(v.result.n_diagnostics, JSL_RESULT_DIAGS_MAX);
	ck_assert_uint_eq(v.result.diagnostics[0].line, 3);
	ck_assert_uint_eq(v.result.diagnostics[0].column, 4);
	ck_assert(v.result.diagnostics[0].warning);
	ck_assert_str_eq(v.result.diagnostics[0].file, "f");
	ck_assert_str_eq(v.result.diagnostics[0].message, "msg");
	jsl_runner__verdict_deinit(&v);
}
END_TEST

START_TEST(compiler_verdicts_name_the_stage)
{
	struct jsl_runner__verdict v = {.result = {.message = "", .detail = ""}};
	struct jsl_runner__facts f = {.reported = true, .wait_status = EXIT(3)};

	ck_assert_int_eq(jsl_runner__verdict_compiler_ended(&v, &f, &limits), 0);
	ck_assert_str_eq(v.result.message, "Compile memory limit exceeded: 256 MB");
	f.wait_status = SIGKILL;
	f.hit = JSL_BOX_HIT_MEMORY;
	ck_assert_int_eq(jsl_runner__verdict_compiler_ended(&v, &f, &limits), 0);
	ck_assert_str_eq(v.result.message, "Compile memory limit exceeded: 256 MB");
	f.hit = JSL_BOX_HIT_NONE;
	f.wait_status = EXIT(1);
	ck_assert_int_eq(jsl_runner__verdict_compiler_ended(&v, &f, &limits), 1);
	ck_assert_int_eq(jsl_runner__verdict_compiled(&v, JSL_COMPILE_TOO_LARGE), 0);
	ck_assert_int_eq(v.result.status, JSL_STATUS_COMPILE_LIMIT);
	ck_assert_str_eq(v.result.message, "Compiled size limit exceeded: 16 MB");
	jsl_runner__verdict_deinit(&v);
}
END_TEST

SUITE_MAIN("runner verdict", a_lost_box_is_no_verdict,
	   exit_codes_and_signals_are_told_apart,
	   cpu_limit_counts_what_the_kernel_counted,
	   a_denied_call_counts_where_both_sides_tell_of_it,
	   a_full_disk_is_told_by_what_it_is_full_of,
	   forged_words_cannot_hide_how_main_ended, malformed_diagnostics_are_skipped,
	   compiler_verdicts_name_the_stage)
