/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What class archives are built from, by their keys, and whether the user of a box can
 * reach them.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/archive.h"
#include "runner/jdk.h"
#include "../lib/suite.h"

enum { USER = 4711, GROUP = 4712 };

START_TEST(rights_are_those_of_the_first_class_that_fits)
{
	struct stat owned = {.st_uid = USER, .st_gid = 1, .st_mode = 0577};
	struct stat shared = {.st_uid = 1, .st_gid = GROUP, .st_mode = 0717};
	struct stat others = {.st_uid = 1, .st_gid = 1, .st_mode = 0771};

	ck_assert(jsl_runner__archive_may(&owned, USER, GROUP, 5));
	ck_assert(!jsl_runner__archive_may(&owned, USER, GROUP, 2));
	ck_assert(jsl_runner__archive_may(&shared, USER, GROUP, 1));
	ck_assert(!jsl_runner__archive_may(&shared, USER, GROUP, 4));
	ck_assert(!jsl_runner__archive_may(&shared, USER, GROUP, 5));
	ck_assert(jsl_runner__archive_may(&others, USER, GROUP, 1));
	ck_assert(!jsl_runner__archive_may(&others, USER, GROUP, 4));
	ck_assert(jsl_runner__archive_may(&others, USER, 1, 4));
}
END_TEST

START_TEST(each_part_of_a_path_must_let_the_user_pass)
{
	char dir[96], file[128], none[128];
	char top[] = "/tmp/jsl-test-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/d", top);
	snprintf(file, sizeof(file), "%s/f", dir);
	snprintf(none, sizeof(none), "%s/none", dir);
	ck_assert_int_eq(mkdir(dir, 0755), 0);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(chmod(file, 0444), 0);
	ck_assert_int_eq(chmod(dir, 0711), 0);
	ck_assert_int_eq(jsl_runner__archive_reach(file, USER, GROUP), -EACCES);
	ck_assert_int_eq(chmod(top, 0711), 0);
	ck_assert_int_eq(jsl_runner__archive_reach(file, USER, GROUP), 0);
	ck_assert_int_eq(jsl_runner__archive_reach(none, USER, GROUP), -ENOENT);
	ck_assert_int_eq(jsl_runner__archive_reach(dir, USER, GROUP), -EACCES);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(jsl_runner__archive_reach(dir, USER, GROUP), 0);
	ck_assert_int_eq(chmod(file, 0440), 0);
	ck_assert_int_eq(jsl_runner__archive_reach(file, USER, GROUP), -EACCES);
	ck_assert_int_eq(jsl_runner__archive_reach("/", USER, GROUP), 0);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(rmdir(top), 0);
}
END_TEST

/* A home with the two files that are looked at. */
struct home {
	char dir[32], lib[80], server[96], modules[112], jvm[128], jar[80];
	struct jsl_runner__jdk jdk;
	struct jsl_runner__archive_key key;
};

static void touch(const char *path, const char *text, time_t when)
{
	struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(futimens(fd, times), 0);
	close(fd);
}

static void home_init(struct home *h)
{
	memset(h, 0, sizeof(*h));
	strcpy(h->dir, "/tmp/jsl-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	snprintf(h->lib, sizeof(h->lib), "%s/lib", h->dir);
	snprintf(h->server, sizeof(h->server), "%s/server", h->lib);
	snprintf(h->modules, sizeof(h->modules), "%s/modules", h->lib);
	snprintf(h->jvm, sizeof(h->jvm), "%s/libjvm.so", h->server);
	snprintf(h->jar, sizeof(h->jar), "%s/jar", h->dir);
	ck_assert_int_eq(mkdir(h->lib, 0755), 0);
	ck_assert_int_eq(mkdir(h->server, 0755), 0);
	touch(h->modules, "m", 1000);
	touch(h->jvm, "j", 1000);
	touch(h->jar, "a", 1000);
	h->jdk.home = h->dir;
	h->jdk.version = (char *)"17";
	ck_assert_int_eq(
		jsl_runner__archive_key(&h->key, &h->jdk, h->jar, "/a.jar", "run"), 0);
	ck_assert_uint_eq(strspn(h->key.text, "0123456789abcdef"), 32);
}

static void home_deinit(struct home *h)
{
	unlink(h->jar);
	unlink(h->jvm);
	unlink(h->modules);
	rmdir(h->server);
	rmdir(h->lib);
	ck_assert_int_eq(rmdir(h->dir), 0);
}

static bool is_same(const struct home *h, const struct jsl_runner__jdk *jdk,
		    const char *class_path, const char *mode)
{
	struct jsl_runner__archive_key now;

	ck_assert_int_eq(jsl_runner__archive_key(&now, jdk, h->jar, class_path, mode), 0);
	return strcmp(now.text, h->key.text) == 0;
}

START_TEST(key_is_of_all_that_java_looks_at)
{
	struct jsl_runner__archive_key none;
	struct jsl_runner__jdk jdk;
	struct home h;

	home_init(&h);
	ck_assert(is_same(&h, &h.jdk, "/a.jar", "run"));
	ck_assert(!is_same(&h, &h.jdk, "/b.jar", "run"));
	ck_assert(!is_same(&h, &h.jdk, "/a.jar", "compile"));
	jdk = h.jdk;
	jdk.version = (char *)"18";
	ck_assert(!is_same(&h, &jdk, "/a.jar", "run"));
	for (int i = 0; i < 3; i++) {
		const char *path = i == 0 ? h.jar : i == 1 ? h.modules : h.jvm;
		const char *text = i == 0 ? "a" : i == 1 ? "m" : "j";

		touch(path, text, 1001);
		ck_assert(!is_same(&h, &h.jdk, "/a.jar", "run"));
		touch(path, "longer", 1000);
		ck_assert(!is_same(&h, &h.jdk, "/a.jar", "run"));
		touch(path, text, 1000);
		ck_assert(is_same(&h, &h.jdk, "/a.jar", "run"));
	}
	ck_assert_int_eq(
		jsl_runner__archive_key(&none, &h.jdk, "/nowhere", "/a.jar", "run"),
		-ENOENT);
	home_deinit(&h);
}
END_TEST

SUITE_MAIN("keys of class archives", rights_are_those_of_the_first_class_that_fits,
	   each_part_of_a_path_must_let_the_user_pass, key_is_of_all_that_java_looks_at)
