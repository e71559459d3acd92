/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler says, and every limit: the verdict names it, what was written before
 * is kept, and the next harmless job on the same runner is right.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "runner_fixture.h"
#include "../lib/suite.h"

#define MAIN(body)                                                                  \
	"public class M { public static void main(String[] args) throws Exception " \
	"{" body "} }"

static void harmless_works(struct fixture *f)
{
	memset(&f->limits, 0, sizeof(f->limits));
	run(f, MAIN("System.out.print(\"fine\");"));
	ck_assert_msg(f->status == JSL_STATUS_OK, "%s", f->message);
	ck_assert_str_eq(f->output, "fine");
}

START_TEST(compile_errors_come_with_lines)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	run(&f, "package p.q;\nclass B {\n\tint x = y;\n}\npublic class A { int z = "
		"\"\"; }\n");
	ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
	ck_assert_str_eq(f.message, "Code did not compile:\n"
				    "Error on line 3, column 17 in string:///p/q/A.java\n"
				    "Error on line 5, column 26 in string:///p/q/A.java");
	ck_assert_msg(strstr(f.detail, "A.java:3: error: cannot find symbol") == f.detail,
		      "%s", f.detail);
	ck_assert_ptr_nonnull(strstr(f.detail, "\n\tint x = y;\n\t        ^\n"));
	ck_assert_ptr_nonnull(strstr(f.detail, "\n2 errors\n"));
	ck_assert_uint_eq(f.n_diagnostics, 2);
	ck_assert_uint_eq(f.line, 3);
	ck_assert_uint_eq(f.column, 17);
	run(&f, "package p; class A { }\npublic class B { void f( { } }");
	ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
	ck_assert_msg(strstr(f.message,
			     "Code did not compile:\nError on line 2, column 26"
			     " in string:///p/B.java") == f.message,
		      "%s", f.message);
	fixture_deinit(&f);
}
END_TEST

START_TEST(source_without_a_type_is_told)
{
	static const struct {
		const char *text;
		size_t len;
	} sources[] = {
		{"", 0},
		{" \n\t", 3},
		{"hello world", 11},
		{"// class A { }", 14},
		{"\0\0\0", 3},
		{"\xff\xfe\x80", 3},
		{"import java.util.*;", 19},
		{"package a;", 10},
	};
	struct fixture f;

	if (!fixture_init(&f))
		return;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		run_bytes(&f, sources[i].text, sources[i].len);
		ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
		ck_assert_str_eq(f.message, "No class name found in code");
	}
	run(&f, "class A {\r\n\tString s = \"\xff\"; }");
	ck_assert_str_eq(f.message, "Code did not compile:\n"
				    "Error on line 2, column 21 in string:///A.java");
	ck_assert_msg(strstr(f.detail, "A.java:2: error: this is not valid UTF-8\n") ==
			      f.detail,
		      "%s", f.detail);
	fixture_deinit(&f);
}
END_TEST

START_TEST(diagnostics_do_not_multiply)
{
	enum { UNKNOWN = 3000 };
	static char source[UNKNOWN * 32 + 64];
	char *at = source;
	struct fixture f;

	if (!fixture_init(&f))
		return;
	at += sprintf(at, "class A { int f() { return 0");
	for (int i = 0; i < UNKNOWN; i++)
		at += sprintf(at, "+undefined_symbol_%d", i);
	sprintf(at, "; } }");
	run(&f, source);
	ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
	ck_assert_uint_eq(f.n_diagnostics, JSL_RESULT_DIAGS_MAX);
	ck_assert_uint_lt(strlen(f.detail) + strlen(f.message), 100000);
	fixture_deinit(&f);
}
END_TEST

START_TEST(compiler_is_limited_as_well)
{
	enum { DEPTH = 1000000 }; /* no stack holds it, however well its frames fit */
	static char nested[DEPTH + 100];
	struct fixture f;

	if (!fixture_init(&f))
		return;
	/* each line doubles a constant: 2^28 characters */
	f.limits.compile_memory_mb = 64;
	strcpy(nested, "class A { static final String s0 = \"0123456789abcdef\";");
	for (int i = 1; i <= 28; i++)
		sprintf(nested + strlen(nested), "static final String s%d = s%d + s%d;",
			i, i - 1, i - 1);
	strcat(nested, "}");
	run(&f, nested);
	ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_LIMIT);
	ck_assert_str_eq(f.message, "Compile memory limit exceeded: 64 MB");
	harmless_works(&f);

	/* exponential type inference */
	f.limits.compile_wall_ms = 700;
	run(&f, "class B4<A,B,C,D,E,F>{class Y extends B4<Y,Y,Y,Y,Y,Y>"
		"{Y.Y.Y.Y.Y.Y.Y.Y.Y.Y y;}}");
	ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_LIMIT);
	ck_assert_str_eq(f.message, "Compile wall time limit exceeded: 700 ms");
	harmless_works(&f);

	f.limits.compile_wall_ms = 10000;
	memset(nested, 0, sizeof(nested));
	strcpy(nested, "class A { int x = ");
	memset(nested + strlen(nested), '(', DEPTH);
	run(&f, nested);
	ck_assert_int_eq(f.status, JSL_STATUS_COMPILE_ERROR);
	ck_assert_ptr_nonnull(strstr(f.detail, "nested too deeply"));
	harmless_works(&f);
	fixture_deinit(&f);
}
END_TEST

START_TEST(time_limits_keep_the_output)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	f.limits.wall_ms = 6000;
	run(&f, MAIN("System.out.print(\"before\"); Thread.sleep(100000);"));
	ck_assert_int_eq(f.status, JSL_STATUS_TIME_LIMIT);
	ck_assert_str_eq(f.message, "Wall time limit exceeded: 6000 ms");
	ck_assert_str_eq(f.output, "before");
	ck_assert_ptr_eq(strstr(f.detail, "Reached: wall time "), f.detail);
	ck_assert_int_eq(f.exit_code, -1);
	harmless_works(&f);

	f.limits.cpu_ms = 1000;
	run(&f, MAIN("System.out.print(\"before\"); while (true);"));
	ck_assert_int_eq(f.status, JSL_STATUS_TIME_LIMIT);
	ck_assert_str_eq(f.message, "CPU time limit exceeded: 1000 ms");
	ck_assert_str_eq(f.output, "before");
	ck_assert_uint_ge(f.cpu_us, 1000000);
	ck_assert_uint_lt(f.cpu_us, 5000000);

	f.limits.wall_ms = 500;
	run(&f, MAIN("Runtime.getRuntime().addShutdownHook(new Thread(() -> {"
		     " while (true); }));"));
	ck_assert_int_eq(f.status, JSL_STATUS_TIME_LIMIT);
	fixture_deinit(&f);
}
END_TEST

START_TEST(output_is_cut_and_kept)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	f.limits.output_kb = 8;
	run(&f,
	    MAIN("while (true) { System.out.print(\"x\"); System.err.print(\"y\"); }"));
	ck_assert_int_eq(f.status, JSL_STATUS_OUTPUT_LIMIT);
	ck_assert_str_eq(f.message, "Output limit exceeded: 8 KB");
	ck_assert(f.truncated);
	ck_assert_uint_eq(f.output_len + f.error_len, 8 << 10);
	ck_assert_int_eq(f.output[0], 'x');
	/* exactly the limit is within it */
	f.limits.output_kb = 8;
	run(&f, MAIN("System.out.print(\"z\".repeat(8 << 10));"));
	ck_assert_int_eq(f.status, JSL_STATUS_OK);
	ck_assert(!f.truncated);
	ck_assert_uint_eq(f.output_len, 8 << 10);
	/* what run() returns is output as well */
	run(&f, "public class M { public String run() { return \"z\".repeat((8 << 10) + "
		"1); } }");
	ck_assert_int_eq(f.status, JSL_STATUS_OUTPUT_LIMIT);
	harmless_works(&f);
	fixture_deinit(&f);
}
END_TEST

/* Memory that the JVM does not count, and the kernel only for each process. */
START_TEST(memory_of_the_whole_box_is_limited)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	f.limits.memory_mb = 32;
	run(&f, MAIN("System.out.print(\"before\"); java.lang.reflect.Field f ="
		     " sun.misc.Unsafe.class.getDeclaredField(\"theUnsafe\");"
		     " f.setAccessible(true); sun.misc.Unsafe u ="
		     " (sun.misc.Unsafe)f.get(null); while (true) {"
		     " u.setMemory(u.allocateMemory(1 << 20), 1 << 20, (byte)1);"
		     " Thread.sleep(2); }"));
	ck_assert_int_eq(f.status, JSL_STATUS_MEMORY_LIMIT);
	ck_assert_str_eq(f.message, "Memory limit exceeded: 32 MB");
	ck_assert_ptr_nonnull(strstr(f.detail, "memory "));
	ck_assert_uint_gt(f.memory_bytes, 256u << 20); /* with all that a JVM is */
	ck_assert_str_eq(f.output, "before");
	/* several processes, of which none is too large */
	f.limits.memory_mb = 32;
	run(&f, MAIN("String java = System.getProperty(\"java.home\") + \"/bin/java\";"
		     " while (true) new ProcessBuilder(java, \"-XX:TieredStopAtLevel=1\","
		     " \"-Xms24m\", \"-XX:+AlwaysPreTouch\", \"-cp\","
		     " System.getProperty(\"java.class.path\"), \"jsl.agent.Main\","
		     " \"compile\").start();"));
	ck_assert_msg(f.status == JSL_STATUS_MEMORY_LIMIT, "%s %s", f.message,
		      f.error_output);
	harmless_works(&f);
	fixture_deinit(&f);
}
END_TEST

START_TEST(disk_and_processes_are_told_by_their_limits)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	f.limits.disk_mb = 2;
	run(&f, MAIN("try (java.io.OutputStream o = new java.io.FileOutputStream(\"a\"))"
		     " { while (true) o.write(new byte[4096]); }"));
	ck_assert_int_eq(f.status, JSL_STATUS_DISK_LIMIT);
	ck_assert_str_eq(f.message, "Disk limit exceeded: 2 MB");
	f.limits.inodes = 50;
	run(&f,
	    "public class M { public void run() throws Exception {"
	    " for (int i = 0; ; i++) new java.io.File(\"\" + i).createNewFile(); } }");
	ck_assert_int_eq(f.status, JSL_STATUS_DISK_LIMIT);
	ck_assert_str_eq(f.message, "Disk limit exceeded: 50 inodes");
	ck_assert_ptr_eq(strstr(f.detail, "java.io.IOException: No space left"),
			 f.detail);
	f.limits.processes = 8;
	run(&f, MAIN("String java = System.getProperty(\"java.home\") + \"/bin/java\";"
		     " while (true) new ProcessBuilder(java, \"-version\").start();"));
	ck_assert_int_eq(f.status, JSL_STATUS_PROCESS_LIMIT);
	ck_assert_str_eq(f.message, "Process limit exceeded: 8");
	harmless_works(&f);
	fixture_deinit(&f);
}
END_TEST

START_TEST(memory_and_threads_are_limited)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	f.limits.memory_mb = 32;
	run(&f,
	    MAIN("System.out.print(\"before\"); java.util.List<byte[]> l ="
		 " new java.util.ArrayList<>(); while (true) l.add(new byte[1 << 20]);"));
	ck_assert_int_eq(f.status, JSL_STATUS_MEMORY_LIMIT);
	ck_assert_str_eq(f.message, "Memory limit exceeded: 32 MB");
	ck_assert_str_eq(f.output, "before");
	ck_assert_ptr_nonnull(strstr(f.error_output, "java.lang.OutOfMemoryError"));
	f.limits.memory_mb = 32;
	run(&f, "public class M { public void run() { byte[] b = new byte[1 << 28]; } }");
	ck_assert_int_eq(f.status, JSL_STATUS_MEMORY_LIMIT);
	ck_assert_ptr_eq(strstr(f.detail, "java.lang.OutOfMemoryError"), f.detail);
	memset(&f.limits, 0, sizeof(f.limits));
	run(&f, MAIN("for (int i = 0; ; i++) { Thread t = new Thread(() -> { try {"
		     " Thread.sleep(100000); } catch (InterruptedException e) { } });"
		     " t.setDaemon(true); t.start(); System.out.println(i); }"));
	ck_assert_int_eq(f.status, JSL_STATUS_PROCESS_LIMIT);
	ck_assert_str_eq(f.message, "Process limit exceeded: 64");
	ck_assert_ptr_nonnull(strstr(f.output, "\n63\n"));
	ck_assert_ptr_null(strstr(f.output, "\n128\n"));
	/* it may well be caught */
	run(&f, MAIN("try { byte[] b = new byte[1 << 30]; } catch (OutOfMemoryError e) {"
		     " System.out.print(\"caught\"); }"));
	ck_assert_int_eq(f.status, JSL_STATUS_OK);
	ck_assert_str_eq(f.output, "caught");
	/* an impossible one is raised to what a JVM needs */
	f.limits.memory_mb = 1;
	f.limits.processes = 1;
	f.limits.disk_mb = 1;
	f.limits.inodes = 1;
	run(&f, MAIN("System.out.print(\"small\");"));
	ck_assert_msg(f.status == JSL_STATUS_OK, "%s %s", f.message, f.error_output);
	harmless_works(&f);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner limits", compile_errors_come_with_lines, source_without_a_type_is_told,
	   diagnostics_do_not_multiply, compiler_is_limited_as_well,
	   time_limits_keep_the_output, output_is_cut_and_kept,
	   memory_and_threads_are_limited, memory_of_the_whole_box_is_limited,
	   disk_and_processes_are_told_by_their_limits)
