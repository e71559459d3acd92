/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of class archives; see archive.h. Names are made of hexadecimal digits and
 * nothing else, no link is followed, and what is not called like one of ours is left
 * alone.
 */

#include "config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "io/hash.h"
#include "runner/archive.h"
#include "runner/jdk.h"

enum {
	KEY_LEN = sizeof(((struct jsl_runner__archive_key *)NULL)->text) - 1,
	HASH_LEN = 2 * JSL_IO_SHA256_LEN,
	NAME_LEN = KEY_LEN + 1 + HASH_LEN + 4, /* KEY-HASH.jsa */
	READ_BYTES = 1 << 18,
	DIR_MODE = 0755,
	FILE_MODE = 0444 /* whoever can pass may read, and nobody write */
};

static void to_hex(const uint8_t *bytes, size_t n, char *text)
{
	for (size_t i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

/* What Java notes of a file. */
struct stamp {
	int64_t size, time_s, time_ns;
};

static int stamp_of(const char *dir, const char *name, struct stamp *ret_stamp)
{
	char path[PATH_MAX];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (stat(path, &st) < 0)
		return -errno;
	*ret_stamp = (struct stamp){st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
	return 0;
}

int jsl_runner__archive_key(struct jsl_runner__archive_key *ret_key,
			    const struct jsl_runner__jdk *jdk, const char *jar,
			    const char *class_path, const char *mode)
{
	struct stamp stamps[3];
	const struct jsl_bytes parts[] = {
		{jdk->home, strlen(jdk->home) + 1}, /* with the NUL at their ends */
		{jdk->version, strlen(jdk->version) + 1},
		{class_path, strlen(class_path) + 1},
		{mode, strlen(mode) + 1},
		{stamps, sizeof(stamps)},
	};
	uint8_t hash[JSL_IO_SHA256_LEN];
	int err = stamp_of(jar, "", &stamps[0]);

	if (err == 0)
		err = stamp_of(jdk->home, "/lib/modules", &stamps[1]);
	if (err == 0)
		err = stamp_of(jdk->home, "/lib/server/libjvm.so", &stamps[2]);
	if (err == 0)
		err = jsl_io_sha256_parts(parts, sizeof(parts) / sizeof(parts[0]), hash);
	if (err == 0)
		to_hex(hash, KEY_LEN / 2, ret_key->text);
	return err;
}

bool jsl_runner__archive_may(const struct stat *st, uid_t uid, gid_t gid, mode_t bits)
{
	mode_t mode = st->st_mode;

	/* The first class that fits decides, also against the user. */
	if (st->st_uid == uid)
		mode >>= 6;
	else if (st->st_gid == gid)
		mode >>= 3;
	return (mode & bits) == bits;
}

int jsl_runner__archive_reach(const char *path, uid_t uid, gid_t gid)
{
	char part[PATH_MAX];
	struct stat st;

	assert(path[0] == '/');
	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *p = part;; p++) {
		bool last = *p == '\0';
		char end = p == part ? '/' : *p;

		if (*p != '/' && !last)
			continue;
		if (p != part)
			*p = '\0';
		if (lstat(p == part ? "/" : part, &st) < 0)
			return -errno;
		if (!jsl_runner__archive_may(&st, uid, gid,
					     (last ? S_IROTH : 0) |
						     (S_ISDIR(st.st_mode) ? S_IXOTH : 0)))
			return -EACCES;
		if (last)
			return 0;
		*p = end;
	}
}

int jsl_runner__archive_open(const char *path)
{
	bool made = mkdir(path, DIR_MODE) == 0;
	jsl_autoclose int dir =
		open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || fstat(dir, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return -EPERM;
	if (made && fchmod(dir, DIR_MODE) < 0) /* whatever the umask */
		return -errno;
	return jsl_steal_fd(&dir);
}

static bool is_hex(const char *text, size_t n)
{
	return strspn(text, "0123456789abcdef") >= n;
}

/** Whether @name is one that archives have. */
static bool is_archive(const char *name)
{
	return strlen(name) == NAME_LEN && is_hex(name, KEY_LEN) &&
	       name[KEY_LEN] == '-' && is_hex(name + KEY_LEN + 1, HASH_LEN) &&
	       strcmp(name + NAME_LEN - 4, ".jsa") == 0;
}

static bool is_new(const char *name)
{
	return strlen(name) == KEY_LEN + 4 && is_hex(name, KEY_LEN) &&
	       strcmp(name + KEY_LEN, ".new") == 0;
}

static bool has_key(const char *name, const struct jsl_runner__archive_key *key)
{
	return strncmp(name, key->text, KEY_LEN) == 0;
}

static int hash_file(int fd, char *ret_hash)
{
	jsl_autofree uint8_t *buf = malloc(READ_BYTES);
	uint8_t hash[JSL_IO_SHA256_LEN];
	struct jsl_io_sha256 *h = NULL;
	size_t left = JSL_RUNNER__ARCHIVE_BYTES_MAX;
	ssize_t n = 1;
	int err = buf != NULL ? jsl_io_sha256_new(&h) : -ENOMEM;

	while (err == 0 && left > 0 && n > 0) {
		n = read(fd, buf, left < READ_BYTES ? left : READ_BYTES);
		if (n < 0)
			err = -errno;
		else
			err = jsl_io_sha256_add(h, buf, (size_t)n);
		left -= n > 0 ? (size_t)n : 0;
	}
	if (err == 0)
		err = jsl_io_sha256_end(h, hash);
	jsl_io_sha256_free(h);
	if (err == 0)
		to_hex(hash, sizeof(hash), ret_hash);
	return err;
}

/** Whether the file called @name is what its name says, and ours alone. */
static bool is_whole(int dir, const char *name)
{
	jsl_autoclose int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char hash[HASH_LEN + 1];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	if (hash_file(fd, hash) != 0 || memcmp(hash, name + KEY_LEN + 1, HASH_LEN) != 0)
		return false;
	(void)futimens(fd, NULL); /* it is in use: see prune() */
	return true;
}

static DIR *list(int dir)
{
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = own >= 0 ? fdopendir(own) : NULL;

	if (d == NULL && own >= 0)
		close(own);
	return d;
}

int jsl_runner__archive_find(int dir, const struct jsl_runner__archive_key *key,
			     char **ret_name)
{
	DIR *d = list(dir);
	struct dirent *it;
	int found = 0;

	if (d == NULL)
		return -errno;
	while (found == 0 && (it = readdir(d)) != NULL) {
		if (!is_archive(it->d_name) || !has_key(it->d_name, key) ||
		    !is_whole(dir, it->d_name))
			continue;
		*ret_name = strdup(it->d_name);
		found = *ret_name != NULL ? 1 : -ENOMEM;
	}
	closedir(d);
	return found;
}

static bool is_older(int dir, const char *name, int64_t seconds)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - st.st_mtim.tv_sec > seconds;
}

static void new_name(const struct jsl_runner__archive_key *key, char name[NAME_LEN + 1])
{
	snprintf(name, NAME_LEN + 1, "%s.new", key->text);
}

static void close_file(struct jsl_runner__archive_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->dir >= 0)
		close(f->dir);
	jsl_io_sha256_free(f->hash);
	f->dir = f->fd = -1;
	f->hash = NULL;
}

/** Whether the .new is (still) what we write to: who takes too long loses it. */
static bool is_ours(const struct jsl_runner__archive_file *f, const char *name)
{
	struct stat mine, there;

	return f->fd >= 0 && fstat(f->fd, &mine) == 0 &&
	       fstatat(f->dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

int jsl_runner__archive_begin(struct jsl_runner__archive_file *f, int dir,
			      const struct jsl_runner__archive_key *key)
{
	static const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	char name[NAME_LEN + 1];
	int err = 0;

	*f = (struct jsl_runner__archive_file){.dir = -1, .fd = -1, .key = *key};
	new_name(key, name);
	f->fd = openat(dir, name, flags, FILE_MODE);
	if (f->fd < 0 && errno == EEXIST) {
		if (!is_older(dir, name, JSL_RUNNER__ARCHIVE_STALE_S))
			return -EBUSY;
		(void)unlinkat(dir, name, 0);
		f->fd = openat(dir, name, flags, FILE_MODE);
	}
	if (f->fd < 0)
		return -errno;
	if (fchmod(f->fd, FILE_MODE) < 0) /* whatever the umask */
		err = -errno;
	f->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (err == 0)
		err = f->dir < 0 ? -errno : jsl_io_sha256_new(&f->hash);
	if (err != 0) {
		(void)unlinkat(dir, name, 0);
		close_file(f);
	}
	return err;
}

int jsl_runner__archive_add(struct jsl_runner__archive_file *f, const void *data,
			    size_t len)
{
	const char *at = data;
	size_t left = len;

	if (len > JSL_RUNNER__ARCHIVE_BYTES_MAX - f->bytes)
		return -EFBIG;
	while (left > 0) {
		ssize_t n = write(f->fd, at, left);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	f->bytes += len;
	return jsl_io_sha256_add(f->hash, data, len);
}

void jsl_runner__archive_abort(struct jsl_runner__archive_file *f)
{
	char name[NAME_LEN + 1];

	new_name(&f->key, name);
	if (is_ours(f, name))
		(void)unlinkat(f->dir, name, 0);
	close_file(f);
}

/** What no JDK of anybody has any use for. */
static void prune(int dir, const struct jsl_runner__archive_key *key, const char *keep)
{
	DIR *d = list(dir);
	struct dirent *it;

	while (d != NULL && (it = readdir(d)) != NULL) {
		const char *name = it->d_name;
		bool old = false;

		if (is_archive(name))
			old = strcmp(name, keep) != 0 &&
			      (has_key(name, key) ||
			       is_older(dir, name, JSL_RUNNER__ARCHIVE_KEEP_S));
		else if (is_new(name))
			old = is_older(dir, name, JSL_RUNNER__ARCHIVE_STALE_S);
		if (old)
			(void)unlinkat(dir, name, 0);
	}
	if (d != NULL)
		closedir(d);
}

int jsl_runner__archive_commit(struct jsl_runner__archive_file *f, char **ret_name)
{
	char from[NAME_LEN + 1], to[NAME_LEN + 1], text[HASH_LEN + 1];
	uint8_t hash[JSL_IO_SHA256_LEN];
	jsl_autofree char *name = NULL;
	int err = jsl_io_sha256_end(f->hash, hash);

	if (err == 0) {
		to_hex(hash, sizeof(hash), text);
		snprintf(to, sizeof(to), "%s-%s.jsa", f->key.text, text);
		new_name(&f->key, from);
		name = strdup(to);
		if (name == NULL)
			err = -ENOMEM;
		else if (!is_ours(f, from))
			err = -EBUSY;
		else if (renameat(f->dir, from, f->dir, to) < 0)
			err = -errno;
	}
	if (err != 0) {
		jsl_runner__archive_abort(f);
		return err;
	}
	prune(f->dir, &f->key, to);
	close_file(f);
	*ret_name = jsl_steal(&name);
	return 0;
}
