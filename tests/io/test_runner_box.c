/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program can see and do in its box: nothing of the host, of the runner or of
 * the job before it. The rules are those of the runner's design.
 */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copies.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

#define MAIN(body)                                                                  \
	"import java.io.*; import java.net.*; import java.nio.file.*; import "      \
	"java.util.*;"                                                              \
	"public class M { public static void main(String[] args) throws Exception " \
	"{" body "} }"

static void expect_output(struct fixture *f, const char *source, const char *output)
{
	run(f, source);
	ck_assert_msg(f->status == JSL_STATUS_OK, "%s: %s %s", source, f->message,
		      f->error_output);
	ck_assert_str_eq(f->output, output);
}

START_TEST(environment_is_exact)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	setenv("JSL_TEST_LEAK", "1", 1);
	expect_output(&f, MAIN("System.out.print(new TreeMap<>(System.getenv()));"),
		      "{HOME=/tmp, LC_ALL=C.UTF-8, TZ=UTC}");
	expect_output(&f, MAIN("System.out.print(new File(\".\").getCanonicalPath());"),
		      "/tmp");
	/* no capability, no signal blocked or ignored */
	expect_output(&f,
		      MAIN("Path status = Path.of(\"/proc/self/status\");"
			   "for (String l : Files.readAllLines(status))"
			   " if (l.matches(\"(Cap...|SigBlk|SigIgn):.*[1-9a-f].*\"))"
			   "  System.out.println(l);"),
		      "");
	fixture_deinit(&f);
}
END_TEST

START_TEST(nothing_of_the_host_is_visible)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	expect_output(
		&f,
		MAIN("for (String p : new String[] {\"/etc/passwd\", \"/etc/shadow\","
		     " \"/root\", \"/home\", \"/var\", \"/sys\", \"/bin/sh\", "
		     "\"/usr/bin\","
		     " \"/run\", \"/dev/shm\", \"/dev/tty\"})"
		     " if (new File(p).exists()) System.out.println(p);"),
		"");
	expect_output(&f,
		      MAIN("System.out.print(new TreeSet<>(Arrays.asList("
			   "new File(\"/etc\").list())).toString().replaceAll("
			   "\"java-[0-9]+-openjdk\", \"JAVA\"));"),
		      access("/etc/ssl/certs/java", F_OK) == 0 ? "[JAVA, ssl]"
							       : f.output);
	/* only itself and the helper, of which nothing can be read */
	expect_output(
		&f,
		MAIN("int n = 0; for (String p : new File(\"/proc\").list())"
		     " if (p.matches(\"[0-9]+\")) n++; System.out.print(n);"
		     " try { System.out.print(new File(\"/proc/1/fd\").list() == null); }"
		     " catch (Exception e) { }"
		     " try { Files.readString(Path.of(\"/proc/1/environ\")); }"
		     " catch (IOException e) { System.out.print(\" denied\"); }"),
		"2true denied");
	expect_output(&f,
		      MAIN("for (String p : new String[] {\"/x\", \"/dev/x\", \"/jsl/x\","
			   " \"/usr/x\", System.getProperty(\"java.home\") + \"/x\"})"
			   " try { new FileOutputStream(p); System.out.println(p); }"
			   " catch (IOException e) { }"),
		      "");
	fixture_deinit(&f);
}
END_TEST

START_TEST(there_is_no_network)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	expect_output(&f,
		      MAIN("try { NetworkInterface.getNetworkInterfaces();"
			   "  System.out.print(\"interfaces\"); }"
			   " catch (SocketException e) { }"
			   " try { new Socket(\"127.0.0.1\", 22);"
			   "  System.out.print(\"connected\"); }"
			   " catch (SocketException e) {"
			   "  System.out.print(e.getMessage()); }"),
		      "Operation not permitted");
	ck_assert_str_eq(f.denied, "socket ");
	fixture_deinit(&f);
}
END_TEST

START_TEST(no_descriptor_is_inherited)
{
	struct fixture f;
	int leak = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(leak, 0);
	if (!fixture_init(&f))
		return;
	/* 0-2, the pipe for the report, and what java itself has opened */
	expect_output(
		&f,
		MAIN("for (String n : new File(\"/proc/self/fd\").list()) try {"
		     " String to = Files.readSymbolicLink(Path.of(\"/proc/self/fd/\" + "
		     "n))"
		     ".toString(); if (Integer.parseInt(n) > 3 && !to.contains(\"/jsl/\")"
		     " && !to.startsWith(System.getProperty(\"java.home\"))"
		     " && !to.startsWith(\"/proc/\") && !to.startsWith(\"pipe:\"))"
		     " System.out.println(n + \" \" + to); } catch (IOException e) { }"),
		"");
	close(leak);
	fixture_deinit(&f);
}
END_TEST

START_TEST(nothing_survives_a_job)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	expect_output(&f,
		      MAIN("Files.writeString(Path.of(\"/tmp/left\"), \"x\");"
			   " System.out.print(new File(\"/tmp\").list().length);"),
		      "1");
	for (int i = 0; i < 4; i++)
		expect_output(&f,
			      MAIN("System.out.print(new File(\"/tmp\").list().length);"),
			      "0");
	fixture_deinit(&f);
}
END_TEST

START_TEST(disk_is_small)
{
	struct fixture f;

	if (!fixture_init(&f))
		return;
	f.limits.disk_mb = 2;
	f.limits.inodes = 20;
	expect_output(
		&f,
		MAIN("try (OutputStream o = new FileOutputStream(\"/tmp/a\")) {"
		     " byte[] mb = new byte[1 << 20]; while (true) { o.write(mb);"
		     " System.out.print('+'); } } catch (IOException e) { }"
		     " new File(\"/tmp/a\").delete(); int n = 0;"
		     " try { while (true) new File(\"/tmp/\" + n++).createNewFile(); }"
		     " catch (IOException e) { System.out.print(n <= 21); }"),
		"++true");
	fixture_deinit(&f);
}
END_TEST

START_TEST(layers_are_listed)
{
	static const char *const layers[] = {
		"user-namespace",    "pid-namespace",	   "mount-namespace",
		"network-namespace", "ipc-namespace",	   "sized-tmpfs",
		"no-capabilities",   "resource-limits",	   "no-new-privileges",
		"read-only-root",    "system-call-filter", "memory-watch"};
	struct fixture f;

	if (!fixture_init(&f))
		return;
	expect_output(&f, MAIN(""), "");
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		ck_assert_msg(strstr(f.isolation, layers[i]) != NULL, "%s", layers[i]);
	ck_assert_int_eq(strstr(f.isolation, "unprivileged-user") != NULL,
			 geteuid() == 0);
	fixture_deinit(&f);
}
END_TEST

/* The runner's user has to reach the parts by itself then. */
START_TEST(without_a_sandbox_it_is_said_loudly)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct copies c;
	struct fixture f;

	copies_init(&c, 0755);
	opts.isolation = JSL_ISOLATION_NONE;
	opts.agent_jar = c.jar;
	opts.box = c.box;
	if (fixture_init_opts(&f, &opts)) {
		ck_assert_ptr_nonnull(strstr(f.log, "WITHOUT A SANDBOX"));
		expect_output(&f,
			      MAIN("System.out.print(new TreeMap<>(System.getenv()));"),
			      "{HOME=/tmp, LC_ALL=C.UTF-8, TZ=UTC}");
		ck_assert_ptr_null(strstr(f.isolation, "namespace"));
		fixture_deinit(&f);
	}
	copies_deinit(&c);
}
END_TEST

START_TEST(its_files_may_lie_where_the_user_cannot_go)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct copies c;
	struct fixture f;

	copies_init(&c, 0700);
	opts.agent_jar = c.jar;
	opts.box = c.box;
	if (fixture_init_opts(&f, &opts)) {
		expect_output(&f, MAIN("System.out.print(1);"), "1");
		fixture_deinit(&f);
	}
	copies_deinit(&c);
}
END_TEST

START_TEST(a_missing_layer_refuses_the_job_by_its_name)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct fixture f;

	if (!fixture_init(&f))
		return;
	fixture_deinit(&f);
	opts.box = "/bin/false"; /* never says that the box stands */
	if (!fixture_init_opts(&f, &opts))
		return;
	run(&f, MAIN(""));
	ck_assert_int_eq(f.status, JSL_STATUS_INTERNAL);
	fixture_deinit(&f);
	opts.box = NULL;
	setenv("PATH", "/nonexistent", 1);
	opts.java_home = getenv("JSL_JAVA_HOME");
	if (opts.java_home == NULL)
		opts.java_home = "/usr/lib/jvm/default-java";
	if (access(opts.java_home, F_OK) < 0)
		return;
	ck_assert(fixture_init_opts(&f, &opts));
	run(&f, MAIN(""));
	ck_assert_int_eq(f.status, JSL_STATUS_NO_SANDBOX);
	ck_assert_str_eq(f.message, "No sandbox: bubblewrap is not installed");
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("runner box", environment_is_exact, nothing_of_the_host_is_visible,
	   there_is_no_network, no_descriptor_is_inherited, nothing_survives_a_job,
	   disk_is_small, layers_are_listed, without_a_sandbox_it_is_said_loudly,
	   its_files_may_lie_where_the_user_cannot_go,
	   a_missing_layer_refuses_the_job_by_its_name)
