/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Denied system calls in verdicts: a program that fails through one is told so, and one
 * that does not has them listed. What is denied at all is in test_runner_calls.c.
 */

#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "runner_fixture.h"
#include "../lib/suite.h"

#define MAIN(body)                                                                  \
	"import java.io.*; import java.net.*; import java.nio.file.*;"              \
	"public class M { public static void main(String[] args) throws Exception " \
	"{" body "} }"

START_TEST(failing_through_a_denied_call_names_it)
{
	static const char datagram[] =
		"public class M { public String run() throws Exception {"
		" return \"\" + new java.net.DatagramSocket(); } }";
	static const char *const sources[] = {
		MAIN("new Socket(\"127.0.0.1\", 22);"),
		MAIN("InetAddress.getByName(\"example.com\");"),
		MAIN("try { new ServerSocket(0); } catch (IOException e) {"
		     " throw new IllegalStateException(\"mine\", e); }"),
		datagram};
	struct fixture f;

	if (!fixture_init(&f))
		return;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		run(&f, sources[i]);
		ck_assert_int_eq(f.status, JSL_STATUS_SECURITY);
		ck_assert_str_eq(f.message, "Denied system call: socket");
		ck_assert_str_eq(f.denied, "socket ");
		ck_assert_ptr_nonnull(
			strstr(i == 3 ? f.detail : f.error_output, "Exception"));
	}
	fixture_deinit(&f);
}
END_TEST

START_TEST(denied_calls_that_do_no_harm_are_only_listed)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	run(&f, MAIN("try { new Socket(\"127.0.0.1\", 22); } catch (IOException e) {"
		     " System.out.print(e.getMessage()); }"));
	ck_assert_int_eq(f.status, JSL_STATUS_OK);
	ck_assert_str_eq(f.output, "Operation not permitted");
	ck_assert_str_eq(f.denied, "socket ");
	/* it fails, but through something else */
	run(&f, MAIN("try { new Socket(\"127.0.0.1\", 22); } catch (IOException e) { }"
		     " throw new IOException(\"mine\");"));
	ck_assert_int_eq(f.status, JSL_STATUS_EXCEPTION);
	ck_assert_str_eq(f.denied, "socket ");
	/* an exit code is the program's own word */
	run(&f, MAIN("try { new Socket(\"127.0.0.1\", 22); } catch (IOException e) {"
		     " System.exit(3); }"));
	ck_assert_int_eq(f.status, JSL_STATUS_NONZERO_EXIT);
	ck_assert_str_eq(f.denied, "socket ");
	/* it says so, but nothing was denied */
	run(&f, MAIN("throw new IOException(\"Operation not permitted\");"));
	ck_assert_int_eq(f.status, JSL_STATUS_EXCEPTION);
	ck_assert_str_eq(f.denied, "");
	/* what everybody does is not even tried in vain */
	run(&f, MAIN("Path p = Path.of(\"x\"); Files.writeString(p, \"y\");"
		     " System.out.print(Files.readString(p));"
		     " new Thread(() -> { }).start(); System.gc();"));
	ck_assert_int_eq(f.status, JSL_STATUS_OK);
	ck_assert_str_eq(f.output, "y");
	ck_assert_str_eq(f.denied, "");
	fixture_deinit(&f);
}
END_TEST

/** For this process and all its children there is no seccomp(2). */
static void take_seccomp_away(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

START_TEST(without_a_filter_nothing_is_run)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	take_seccomp_away();
	run(&f, MAIN("System.out.print(1);"));
	ck_assert_int_eq(f.status, JSL_STATUS_NO_SANDBOX);
	ck_assert_msg(strstr(f.message, "No sandbox: system-call filter: ") == f.message,
		      "%s", f.message);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner denied", failing_through_a_denied_call_names_it,
	   denied_calls_that_do_no_harm_are_only_listed, without_a_filter_nothing_is_run)
