/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_COPIES_H
#define JSL_TESTS_COPIES_H

/*
 * Copies of the agent and jsl-box in a directory of their own, for tests on where they
 * lie and who may reach them there.
 */

#include <check.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct copies {
	char dir[32], jar[64], box[64];
};

static inline void copy_file(const char *from, const char *to, mode_t mode)
{
	static char buf[1 << 20];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, mode);
	ssize_t n;

	ck_assert_int_ge(in, 0);
	ck_assert_int_ge(out, 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ck_assert_int_eq(write(out, buf, (size_t)n), n);
	close(in);
	close(out);
}

static inline void copies_init(struct copies *c, mode_t mode)
{
	char path[512];

	strcpy(c->dir, "/tmp/jsl-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(c->dir));
	snprintf(c->jar, sizeof(c->jar), "%s/agent.jar", c->dir);
	snprintf(c->box, sizeof(c->box), "%s/box", c->dir);
	snprintf(path, sizeof(path), "%s/lib/runner/jsl-agent.jar", getenv("JSL_BUILD"));
	copy_file(path, c->jar, mode);
	snprintf(path, sizeof(path), "%s/lib/runner/jsl-box", getenv("JSL_BUILD"));
	copy_file(path, c->box, mode);
	ck_assert_int_eq(chmod(c->dir, mode), 0);
}

/** For root: the copies and this process are nobody's from now on. */
static inline void copies_become_nobody(const struct copies *c)
{
	enum { NOBODY = 65534 };

	ck_assert_int_eq(chown(c->dir, NOBODY, NOBODY), 0);
	ck_assert_int_eq(chown(c->jar, NOBODY, NOBODY), 0);
	ck_assert_int_eq(chown(c->box, NOBODY, NOBODY), 0);
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setgid(NOBODY), 0);
	ck_assert_int_eq(setuid(NOBODY), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0); /* its /proc is too */
}

static inline void copies_deinit(struct copies *c)
{
	unlink(c->jar);
	unlink(c->box);
	rmdir(c->dir);
}

#endif
