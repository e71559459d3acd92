/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of class archives: what they are called after, which of them are used, and
 * that several processes may share their directory.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/hash.h"
#include "runner/archive.h"
#include "../lib/suite.h"

enum { USER = 4711, GROUP = 4712 };

static const struct jsl_runner__archive_key key = {"0123456789abcdef0123456789abcdef"};
static const struct jsl_runner__archive_key other = {"fedcba9876543210fedcba9876543210"};

struct place {
	char dir[64];
	int fd;
};

static void place_init(struct place *p)
{
	strcpy(p->dir, "/tmp/jsl-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	p->fd = jsl_runner__archive_open(p->dir);
	ck_assert_int_ge(p->fd, 0);
}

static void place_deinit(struct place *p)
{
	ck_assert_int_eq(close(p->fd), 0);
	ck_assert_msg(rmdir(p->dir) == 0, "something is left in %s", p->dir);
}

static char *write_archive(struct place *p, const struct jsl_runner__archive_key *k,
			   const char *text)
{
	struct jsl_runner__archive_file f;
	char *name = NULL;

	ck_assert_int_eq(jsl_runner__archive_begin(&f, p->fd, k), 0);
	for (const char *at = text; *at != '\0'; at++)
		ck_assert_int_eq(jsl_runner__archive_add(&f, at, 1), 0);
	ck_assert_int_eq(jsl_runner__archive_commit(&f, &name), 0);
	ck_assert_int_eq(f.fd, -1);
	ck_assert_int_eq(f.dir, -1);
	return name;
}

static bool finds(struct place *p, const struct jsl_runner__archive_key *k,
		  const char *name)
{
	char *found = NULL;
	int rc = jsl_runner__archive_find(p->fd, k, &found);
	bool same = rc == 1 && strcmp(found, name) == 0;

	ck_assert_int_ge(rc, 0);
	free(found);
	return same;
}

static bool exists(struct place *p, const char *name)
{
	struct stat st;

	return fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void make_older(struct place *p, const char *name, time_t seconds)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - seconds},
				    {.tv_sec = time(NULL) - seconds}};

	ck_assert_int_eq(utimensat(p->fd, name, times, AT_SYMLINK_NOFOLLOW), 0);
}

START_TEST(hash_of_parts_is_that_of_the_whole)
{
	uint8_t whole[JSL_IO_SHA256_LEN], parts[JSL_IO_SHA256_LEN];
	struct jsl_io_sha256 *h;

	ck_assert_int_eq(jsl_io_sha256("abc", 3, whole), 0);
	ck_assert_int_eq(jsl_io_sha256_new(&h), 0);
	ck_assert_int_eq(jsl_io_sha256_add(h, "a", 1), 0);
	ck_assert_int_eq(jsl_io_sha256_add(h, "", 0), 0);
	ck_assert_int_eq(jsl_io_sha256_add(h, "bc", 2), 0);
	ck_assert_int_eq(jsl_io_sha256_end(h, parts), 0);
	jsl_io_sha256_free(h);
	ck_assert_mem_eq(whole, parts, sizeof(whole));
	ck_assert_int_eq(whole[0], 0xba); /* FIPS 180-4, example "abc" */
}
END_TEST

START_TEST(written_in_parts_and_found_whole)
{
	struct place p;
	struct stat st;
	char *name;

	umask(0077);
	place_init(&p);
	ck_assert(!finds(&p, &key, ""));
	name = write_archive(&p, &key, "abc");
	ck_assert_str_eq(name, "0123456789abcdef0123456789abcdef-"
			       "ba7816bf8f01cfea414140de5dae2223"
			       "b00361a396177a9cb410ff61f20015ad.jsa");
	ck_assert(finds(&p, &key, name));
	ck_assert(!finds(&p, &other, name));
	ck_assert_int_eq(fstatat(p.fd, name, &st, 0), 0);
	ck_assert_int_eq(st.st_mode, S_IFREG | 0444);
	ck_assert_int_eq(unlinkat(p.fd, name, 0), 0);
	free(name);
	place_deinit(&p);
}
END_TEST

static void overwrite(struct place *p, const char *name, const char *text, mode_t mode)
{
	int fd;

	ck_assert_int_eq(unlinkat(p->fd, name, 0), 0);
	fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

START_TEST(what_is_not_what_it_is_called_is_not_used)
{
	struct place p;
	char *name;

	place_init(&p);
	name = write_archive(&p, &key, "abc");
	overwrite(&p, name, "ab", 0444);
	ck_assert(!finds(&p, &key, name));
	overwrite(&p, name, "abcd", 0444);
	ck_assert(!finds(&p, &key, name));
	overwrite(&p, name, "", 0444);
	ck_assert(!finds(&p, &key, name));
	overwrite(&p, name, "abc", 0464);
	ck_assert(!finds(&p, &key, name));
	overwrite(&p, name, "abc", 0446);
	ck_assert(!finds(&p, &key, name));
	overwrite(&p, name, "abc", 0444);
	ck_assert(finds(&p, &key, name));
	ck_assert_int_eq(renameat(p.fd, name, p.fd, "real"), 0);
	ck_assert_int_eq(symlinkat("real", p.fd, name), 0);
	ck_assert(!finds(&p, &key, name));
	ck_assert_int_eq(unlinkat(p.fd, name, 0), 0);
	ck_assert_int_eq(mkfifoat(p.fd, name, 0444), 0);
	ck_assert(!finds(&p, &key, name));
	ck_assert_int_eq(unlinkat(p.fd, name, 0), 0);
	ck_assert_int_eq(unlinkat(p.fd, "real", 0), 0);
	free(name);
	place_deinit(&p);
}
END_TEST

START_TEST(one_writes_at_a_time)
{
	struct jsl_runner__archive_file f, g;
	struct place p;
	char name[64], *done = NULL;

	place_init(&p);
	snprintf(name, sizeof(name), "%s.new", key.text);
	ck_assert_int_eq(jsl_runner__archive_begin(&f, p.fd, &key), 0);
	ck_assert(exists(&p, name));
	ck_assert_int_eq(jsl_runner__archive_begin(&g, p.fd, &key), -EBUSY);
	ck_assert_int_eq(g.fd, -1);
	jsl_runner__archive_abort(&g); /* is not the other one's */
	ck_assert(exists(&p, name));
	/* Its writer has died. */
	make_older(&p, name, JSL_RUNNER__ARCHIVE_STALE_S + 10);
	ck_assert_int_eq(jsl_runner__archive_begin(&g, p.fd, &key), 0);
	ck_assert_int_eq(jsl_runner__archive_commit(&f, &done), -EBUSY); /* or has not */
	ck_assert(exists(&p, name));
	jsl_runner__archive_abort(&g);
	ck_assert(!exists(&p, name));
	place_deinit(&p);
}
END_TEST

START_TEST(size_is_bounded)
{
	enum { PIECE = 1 << 20 };
	static const char zeros[PIECE];
	struct jsl_runner__archive_file f;
	struct place p;

	place_init(&p);
	ck_assert_int_eq(jsl_runner__archive_begin(&f, p.fd, &key), 0);
	f.bytes = JSL_RUNNER__ARCHIVE_BYTES_MAX - PIECE;
	ck_assert_int_eq(jsl_runner__archive_add(&f, zeros, PIECE), 0);
	ck_assert_int_eq(jsl_runner__archive_add(&f, zeros, 1), -EFBIG);
	jsl_runner__archive_abort(&f);
	place_deinit(&p);
}
END_TEST

START_TEST(a_new_one_takes_the_place_of_what_nobody_needs)
{
	char *first, *second, *unused, *renewed;
	struct place p;

	place_init(&p);
	unused = write_archive(&p, &other, "unused");
	make_older(&p, unused, JSL_RUNNER__ARCHIVE_KEEP_S + 10);
	ck_assert(finds(&p, &other, unused)); /* which is a use */
	close(openat(p.fd, "notes.jsa", O_CREAT, 0600));
	make_older(&p, "notes.jsa", JSL_RUNNER__ARCHIVE_KEEP_S + 10);
	first = write_archive(&p, &key, "first");
	ck_assert(exists(&p, unused));
	make_older(&p, unused, JSL_RUNNER__ARCHIVE_KEEP_S + 10);
	second = write_archive(&p, &key, "second");
	ck_assert(!exists(&p, first));
	ck_assert(!exists(&p, unused));
	ck_assert(exists(&p, "notes.jsa"));
	renewed = write_archive(&p, &key, "second");
	ck_assert_str_eq(renewed, second);
	ck_assert(finds(&p, &key, second));
	ck_assert_int_eq(unlinkat(p.fd, second, 0), 0);
	ck_assert_int_eq(unlinkat(p.fd, "notes.jsa", 0), 0);
	free(first);
	free(second);
	free(unused);
	free(renewed);
	place_deinit(&p);
}
END_TEST

START_TEST(directory_must_be_ours_alone)
{
	char path[96], link[96];
	struct place p;
	struct stat st;
	int fd;

	umask(0077);
	place_init(&p);
	snprintf(path, sizeof(path), "%s/archive", p.dir);
	snprintf(link, sizeof(link), "%s/link", p.dir);
	fd = jsl_runner__archive_open(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_mode, S_IFDIR | 0755);
	close(fd);
	ck_assert_int_eq(chmod(path, 0775), 0);
	ck_assert_int_eq(jsl_runner__archive_open(path), -EPERM);
	ck_assert_int_eq(chmod(path, 0757), 0);
	ck_assert_int_eq(jsl_runner__archive_open(path), -EPERM);
	ck_assert_int_eq(chmod(path, 0700), 0);
	fd = jsl_runner__archive_open(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(jsl_runner__archive_open(link), -ENOTDIR);
	ck_assert_int_eq(jsl_runner__archive_open("/dev/null/x"), -ENOTDIR);
	if (geteuid() == 0) { /* root's, and another's */
		ck_assert_int_eq(chown(path, USER, GROUP), 0);
		ck_assert_int_eq(jsl_runner__archive_open(path), -EPERM);
	}
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(rmdir(path), 0);
	place_deinit(&p);
}
END_TEST

SUITE_MAIN("class archives", hash_of_parts_is_that_of_the_whole,
	   written_in_parts_and_found_whole, what_is_not_what_it_is_called_is_not_used,
	   one_writes_at_a_time, size_is_bounded,
	   a_new_one_takes_the_place_of_what_nobody_needs, directory_must_be_ours_alone)
