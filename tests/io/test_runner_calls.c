/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system-call filter of a box, from within: a program of raw calls runs in the place
 * of java. Java itself cannot make most of them.
 */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/box/box_proto.h"
#include "runner/child.h"
#include "runner/command.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

enum { NOBODY = 65534, FDS = JSL_BOX_FD_SELF + 1, TEXT = 4096 };

struct trial {
	char dir[32], program[64], box[512], jar[512];
	char output[TEXT], setup[TEXT];
	char names[JSL_BOX_DENIED_MAX + 1][JSL_BOX_NAME_SIZE];
	size_t n_names;
	struct jsl_box_message exited;
};

/** Not in /tmp, over which every box mounts its own. */
static void copy_program(struct trial *t)
{
	static char buf[4 << 20];
	char path[512];
	int in, out;
	ssize_t n;

	strcpy(t->dir, "/var/tmp/jsl-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(t->dir));
	ck_assert_int_eq(chmod(t->dir, 0755), 0);
	snprintf(t->program, sizeof(t->program), "%s/calls", t->dir);
	snprintf(path, sizeof(path), "%s/tests/io/calls", getenv("JSL_BUILD"));
	in = open(path, O_RDONLY);
	out = open(t->program, O_WRONLY | O_CREAT | O_EXCL, 0755);
	ck_assert(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ck_assert_int_eq(write(out, buf, (size_t)n), n);
	close(in);
	close(out);
}

/** A box as every other, but for its program. */
static void spawn(struct trial *t, const int *fds)
{
	struct jsl_runner__host host = {.isolation = JSL_ISOLATION_SANDBOX};
	struct jsl_runner__profile profile = {.kind = JSL_VM_RUN,
					      .memory_mb = 64,
					      .processes = 10,
					      .disk_mb = 1,
					      .inodes = 10};
	struct jsl_runner__command c;
	struct jsl_runner__child_opts o = {.fds = fds,
					   .n_fds = FDS,
					   .drop = geteuid() == 0,
					   .uid = NOBODY,
					   .gid = NOBODY};
	struct jsl_runner__child child;

	ck_assert_int_eq(jsl_runner__jdk_find(&host.jdk, NULL, NULL, 0), 0);
	host.bwrap = jsl_runner__which("bwrap");
	free(host.jdk.java);
	host.jdk.java = strdup(t->program);
	host.jdk.paths[host.jdk.n_paths++] = strdup(t->dir);
	ck_assert_int_eq(jsl_runner__command_init(&c, &host, &profile), 0);
	o.path = c.argv[0];
	o.argv = c.argv;
	ck_assert_int_eq(jsl_runner__child_spawn(&child, &o), 0);
	close(child.pidfd);
	jsl_runner__command_deinit(&c);
	jsl_runner__jdk_deinit(&host.jdk);
	free(host.bwrap);
}

static void read_all(int fd, char *text)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, TEXT - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd);
}

static void read_messages(struct trial *t, int control)
{
	struct jsl_box_message m = {.type = JSL_BOX_GO, .cpu_ms = 20000};

	ck_assert_int_eq(send(control, &m, sizeof(m), MSG_NOSIGNAL), sizeof(m));
	while (recv(control, &m, sizeof(m), 0) == sizeof(m)) {
		ck_assert_msg(m.type != JSL_BOX_FAILED, "%s: %s", m.name,
			      strerror(m.err));
		if (m.type == JSL_BOX_EXITED)
			t->exited = m;
		if (m.type != JSL_BOX_DENIED)
			continue;
		ck_assert_uint_lt(t->n_names, JSL_BOX_DENIED_MAX);
		strcpy(t->names[t->n_names++], m.name);
	}
	close(control);
}

static void run_calls(struct trial *t)
{
	int control[2], out[2], setup[2];
	int null = open("/dev/null", O_RDWR);

	memset(t, 0, sizeof(*t));
	copy_program(t);
	snprintf(t->jar, sizeof(t->jar), "%s/lib/runner/jsl-agent.jar",
		 getenv("JSL_BUILD"));
	snprintf(t->box, sizeof(t->box), "%s/lib/runner/jsl-box", getenv("JSL_BUILD"));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control),
			 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(setup, O_CLOEXEC), 0);
	{
		int fds[FDS] = {null,
				setup[1],
				setup[1],
				control[1],
				null,
				null,
				out[1],
				out[1],
				open(t->jar, O_RDONLY | O_CLOEXEC),
				open(t->box, O_RDONLY | O_CLOEXEC)};

		spawn(t, fds);
		close(fds[8]);
		close(fds[9]);
	}
	close(control[1]);
	close(out[1]);
	close(setup[1]);
	close(null);
	read_messages(t, control[0]);
	read_all(out[0], t->output);
	read_all(setup[0], t->setup);
	unlink(t->program);
	rmdir(t->dir);
}

static bool is_named(const struct trial *t, const char *name)
{
	for (size_t i = 0; i < t->n_names; i++)
		if (strcmp(t->names[i], name) == 0)
			return true;
	return false;
}

START_TEST(what_the_table_does_not_allow_is_denied_and_named)
{
	static const char *const some[] = {"socket", "unshare", "clone",
					   "mount",  "ptrace",	"prlimit64"};
	struct trial t;
	struct fixture f;

	if (!fixture_init(&f)) /* it skips where there are no namespaces */
		return;
	fixture_deinit(&f);
	run_calls(&t);
	ck_assert_msg(strcmp(t.output, "done\n") == 0, "%x, %zu, after %s: %s%s",
		      t.exited.wait_status, t.n_names, t.exited.name, t.setup, t.output);
	ck_assert(WIFEXITED(t.exited.wait_status));
	ck_assert_int_eq(WEXITSTATUS(t.exited.wait_status), 0);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		ck_assert_msg(is_named(&t, some[i]), "%s is not named", some[i]);
	ck_assert(!is_named(&t, "clone3"));
	/* each once, not without bound, and the last in any case */
	ck_assert_uint_eq(t.n_names, JSL_BOX_DENIED_MAX);
	for (size_t i = 0; i < t.n_names; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(t.names[i], t.names[k]);
	ck_assert_str_eq(t.exited.name, "vhangup");
}
END_TEST

SUITE_MAIN("runner calls", what_the_table_does_not_allow_is_denied_and_named)
