/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is run and what comes back: each rule for the entry point and each row of the
 * failure table of the interface. One runner takes the programs of a whole test:
 * starting compilers is what takes time here.
 */

#include "config.h"

#include <string.h>

#include "runner_fixture.h"
#include "../lib/suite.h"

#define MAIN(body) "public static void main(String[] args) throws Exception {" body "}"
#define CANNOT_RUN "Could not create and run instance of class"

/** One program and what must come of it; a NULL is not looked at. */
struct row {
	const char *source;
	enum jsl_status status;
	enum jsl_entry entry;
	const char *message;
	const char *output;   /* all of it */
	const char *returned; /* all of it */
	const char *detail;   /* its beginning */
	const char *error;    /* the beginning of stderr */
};

static void check_row(const struct fixture *f, const struct row *r)
{
	ck_assert_msg(f->status == r->status, "%s\n-> status %d <%s> <%s> <%s>",
		      r->source, f->status, f->message, f->detail, f->error_output);
	ck_assert_msg(f->entry == r->entry, "%s\n-> entry %d", r->source, f->entry);
	ck_assert_str_eq(f->message, r->message != NULL ? r->message : "");
	if (r->output != NULL)
		ck_assert_str_eq(f->output, r->output);
	ck_assert_int_eq(f->has_returned, r->returned != NULL);
	if (r->returned != NULL)
		ck_assert_str_eq(f->returned, r->returned);
	if (r->detail != NULL)
		ck_assert_msg(strncmp(f->detail, r->detail, strlen(r->detail)) == 0, "%s",
			      f->detail);
	if (r->error != NULL)
		ck_assert_msg(strncmp(f->error_output, r->error, strlen(r->error)) == 0,
			      "%s", f->error_output);
	ck_assert_msg(strstr(f->detail, "jsl.agent") == NULL &&
			      strstr(f->detail, "reflect") == NULL &&
			      strstr(f->error_output, "jsl.agent") == NULL,
		      "our frames: %s%s", f->detail, f->error_output);
}

static void check_rows(const struct row *rows, size_t n)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	for (size_t i = 0; i < n; i++) {
		run(&f, rows[i].source);
		check_row(&f, &rows[i]);
	}
	fixture_deinit(&f);
}

static const struct row main_rows[] = {
	{"public class A { " MAIN("System.out.print(args[0]);") "}", JSL_STATUS_OK,
	 JSL_ENTRY_MAIN, .output = "arg", .error = ""},
	/* main before run() in one class */
	{"public class A { public String run() { return \"run\"; } " MAIN(
		 "System.out.print(\"main\");") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "main"},
	/* a public class before the first one */
	{"class A { " MAIN("System.out.print(1);") "} public class B { " MAIN(
		 "System.out.print(2);") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "2"},
	/* without a public one, the first in the source */
	{"class Z { " MAIN("System.out.print(1);") "} class A { " MAIN(
		 "System.out.print(2);") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "1"},
	/* the public one has none */
	{"public class A { } class B { " MAIN("System.out.print(3);") "}", JSL_STATUS_OK,
	 JSL_ENTRY_MAIN, .output = "3"},
	/* inherited */
	{"class Base { " MAIN("System.out.print(4);") "} public class B extends Base { }",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "4"},
	{"package a.b.c; public class A { " MAIN(
		 "System.out.print(A.class.getName());") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "a.b.c.A"},
	{"interface I { " MAIN("System.out.print(5);") "}", JSL_STATUS_OK, JSL_ENTRY_MAIN,
	 .output = "5"},
	{"enum E { X; " MAIN("System.out.print(X);") "}", JSL_STATUS_OK, JSL_ENTRY_MAIN,
	 .output = "X"},
	/* only in a nested class: no entry point */
	{"public class A { static class N { " MAIN("") "} }", JSL_STATUS_EXCEPTION,
	 JSL_ENTRY_NONE, .message = CANNOT_RUN,
	 .detail = "java.lang.NoSuchMethodException: A.run()\n"},
	/* what is said in comments and strings does not count */
	{"// class X { public static void main(String[] a) {} }\n"
	 "class A { String s = \"class B\"; /* class C */ " MAIN(
		 "System.out.print(6);") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "6"},
	/* the comment ends at an escape */
	{"/* \\u002a\\u002f class A { " MAIN("System.out.print(7);") "} // */",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "7"},
	{"class \xc3\x84rger { " MAIN(
		 "System.out.print(\"\xc3\xa4\\0\\ud83d\\ude00\");") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "\xc3\xa4"},
};

START_TEST(finds_main)
{
	check_rows(main_rows, sizeof(main_rows) / sizeof(main_rows[0]));
}
END_TEST

static const struct row run_rows[] = {
	{"public class A { public String run() { System.out.print(1); return "
	 "\"r\xc3\xa9t\"; } }",
	 JSL_STATUS_OK, JSL_ENTRY_RUN_STRING, .output = "1", .returned = "r\xc3\xa9t"},
	{"public class A { public String run() { return null; } }", JSL_STATUS_OK,
	 JSL_ENTRY_RUN_STRING, .returned = "null"},
	{"public class A { private A() { } public static String run() { return "
	 "\"s\"; } }",
	 JSL_STATUS_OK, JSL_ENTRY_RUN_STRING, .returned = "s"},
	{"class X { int x; } public class A { public void run() {"
	 " System.out.print(1); System.err.print(2); } }",
	 JSL_STATUS_OK, JSL_ENTRY_RUN_VOID, .output = "1", .error = "2"},
	/* what it throws is inside its stderr */
	{"public class A { public void run() { System.err.print(2);"
	 " throw new IllegalStateException(\"no\"); } }",
	 JSL_STATUS_OK, JSL_ENTRY_RUN_VOID,
	 .error = "2java.lang.IllegalStateException: no\n\tat A.run(A.java:1)\n"},
	/* other threads do not keep a run() job */
	{"public class A { public String run() { new Thread(() -> { while "
	 "(true); })"
	 ".start(); return \"x\"; } }",
	 JSL_STATUS_OK, JSL_ENTRY_RUN_STRING, .returned = "x"},
	/* the default constructor of a class that is not public is not public */
	{"class R { public void run() { } } class M { " MAIN("System.out.print(8);") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "8"},
	/* standard input may be closed, and the answer still comes */
	{"public class A { public String run() throws Exception {"
	 " System.in.close(); return \"x\"; } }",
	 JSL_STATUS_OK, JSL_ENTRY_RUN_STRING, .returned = "x"},
};

START_TEST(finds_run)
{
	check_rows(run_rows, sizeof(run_rows) / sizeof(run_rows[0]));
}
END_TEST

static const struct row refused_rows[] = {
	{"class R { public String run() { return \"\"; } }", JSL_STATUS_EXCEPTION,
	 JSL_ENTRY_NONE, .message = CANNOT_RUN,
	 .detail = "java.lang.IllegalAccessException: R is not public\n"},
	{"public class R { String run() { return \"\"; } }", JSL_STATUS_EXCEPTION,
	 JSL_ENTRY_NONE, .message = CANNOT_RUN,
	 .detail = "java.lang.IllegalAccessException: R.run() is not public\n"},
	{"public class R { private R() { } public String run() { return \"\"; } "
	 "}",
	 JSL_STATUS_EXCEPTION, JSL_ENTRY_NONE, .message = CANNOT_RUN,
	 .detail = "java.lang.NoSuchMethodException: public R.<init>()\n"},
	{"public abstract class R { public String run() { return \"\"; } }",
	 JSL_STATUS_EXCEPTION, JSL_ENTRY_NONE, .message = CANNOT_RUN,
	 .detail = "java.lang.InstantiationException: R is abstract\n"},
	{"public class R { public R() { throw new RuntimeException(\"c\"); }"
	 " public void run() { } }",
	 JSL_STATUS_EXCEPTION, JSL_ENTRY_RUN_VOID, .message = CANNOT_RUN,
	 .detail = "java.lang.RuntimeException: c\n\tat R.<init>(R.java:1)\n"},
	{"public class R { public String run() { try { Object o = null; "
	 "o.hashCode(); }"
	 " catch (Exception e) { throw new RuntimeException(\"outer\", e); } "
	 "return null; } }",
	 JSL_STATUS_EXCEPTION, JSL_ENTRY_RUN_STRING, .message = CANNOT_RUN,
	 .detail = "java.lang.RuntimeException: outer\n\tat R.run(R.java:1)\n"
		   "Caused by: java.lang.NullPointerException"},
	{"public class R { public int run() { return 1; } }", JSL_STATUS_EXCEPTION,
	 JSL_ENTRY_NONE,
	 .message = "The return type of the class was int, not java.lang.String"},
	{"public class R { public static java.util.List<String>[] run() { return "
	 "null; } }",
	 JSL_STATUS_EXCEPTION, JSL_ENTRY_NONE,
	 .message = "The return type of the class was java.util.List[], not "
		    "java.lang.String"},
	{"public class R { static int x = 1 / 0; public String run() { return "
	 "\"\"; } }",
	 JSL_STATUS_EXCEPTION, JSL_ENTRY_RUN_STRING, .message = CANNOT_RUN,
	 .detail = "java.lang.ExceptionInInitializerError\n"},
};

START_TEST(says_why_it_cannot_run)
{
	check_rows(refused_rows, sizeof(refused_rows) / sizeof(refused_rows[0]));
}
END_TEST

static const struct row ended_rows[] = {
	{"public class M { " MAIN("System.out.print(1); throw new Exception(\"x\");") "}",
	 JSL_STATUS_EXCEPTION, JSL_ENTRY_MAIN, .message = "Uncaught exception",
	 .output = "1", .detail = "",
	 .error = "Exception in thread \"main\" java.lang.Exception: x\n"
		  "\tat M.main(M.java:1)\n"},
	{"public class M { " MAIN("System.out.print(1); System.exit(7);") "}",
	 JSL_STATUS_NONZERO_EXIT, JSL_ENTRY_MAIN, .message = "Exited with code 7",
	 .output = "1"},
	{"public class M { " MAIN("System.exit(-1);") "}", JSL_STATUS_NONZERO_EXIT,
	 JSL_ENTRY_MAIN, .message = "Exited with code 255"},
	{"public class M { " MAIN("System.out.print(1); System.exit(0);") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "1"},
	{"public class M { " MAIN("Runtime.getRuntime().halt(137);") "}",
	 JSL_STATUS_NONZERO_EXIT, JSL_ENTRY_MAIN, .message = "Exited with code 137"},
	{"public class M { public String run() { System.exit(0); return \"\"; } "
	 "}",
	 JSL_STATUS_NONZERO_EXIT, JSL_ENTRY_RUN_STRING, .message = "Exited with code 0"},
	{"public class M { public M() { System.exit(3); } public void run() { } "
	 "}",
	 JSL_STATUS_NONZERO_EXIT, JSL_ENTRY_RUN_VOID, .message = "Exited with code 3"},
	/* the job ends when the JVM would: a thread goes on after main, or after
	 * its exception */
	{"public class M { " MAIN("Thread m = Thread.currentThread();"
				  " new Thread(() -> { try { m.join(); }"
				  " catch (InterruptedException e) { }"
				  " System.out.print(\"late\"); }).start();") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "late"},
	{"public class M { " MAIN("Thread m = Thread.currentThread();"
				  " new Thread(() -> { try { m.join(); }"
				  " catch (InterruptedException e) { }"
				  " System.out.print(\"late\"); }).start();"
				  " throw new Error();") "}",
	 JSL_STATUS_EXCEPTION, JSL_ENTRY_MAIN, .message = "Uncaught exception",
	 .output = "late"},
	/* in another thread it is nobody's failure */
	{"public class M { " MAIN("Thread t = new Thread(() -> { throw new Error(); });"
				  " t.start(); t.join(); System.out.print(1);") "}",
	 JSL_STATUS_OK, JSL_ENTRY_MAIN, .output = "1",
	 .error = "Exception in thread \"Thread-0\" java.lang.Error\n"},
};

/* The link would cost each JVM that waited a quarter of its start. */
START_TEST(concatenates_without_a_link_at_run_time)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	run(&f, "public class Joined { public String toString() {"
		" return \"\" + (StackWalker.getInstance().walk(s -> s.anyMatch(x ->"
		" x.getClassName().equals(\"java.lang.StringBuilder\")))); }"
		" public String run() { return \"é\" + 1 + 'c' + null + 2.5 + true + "
		"this; } }");
	ck_assert_int_eq(f.status, JSL_STATUS_OK);
	ck_assert_str_eq(f.returned, "é1cnull2.5truetrue");
	fixture_deinit(&f);
}
END_TEST

START_TEST(tells_how_a_program_ended)
{
	check_rows(ended_rows, sizeof(ended_rows) / sizeof(ended_rows[0]));
}
END_TEST

START_TEST(passes_input_on)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	f.input = "one\ntwo";
	run(&f, "import java.util.*; public class M { " MAIN(
			"Scanner s = new Scanner(System.in); while (s.hasNextLine())"
			" System.out.print(s.nextLine() + \";\");") "}");
	ck_assert_str_eq(f.output, "one;two;");
	f.input = NULL;
	run(&f, "public class M { " MAIN("System.out.print(System.in.read());") "}");
	ck_assert_str_eq(f.output, "-1");
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner", finds_main, finds_run, says_why_it_cannot_run,
	   concatenates_without_a_link_at_run_time, tells_how_a_program_ended,
	   passes_input_on)
