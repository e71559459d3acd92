/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_ARCHIVE_H
#define JSL_RUNNER_ARCHIVE_H

/*
 * The files of class archives, in a directory that only we write to and that several
 * processes may share. A file is called KEY-HASH.jsa: what it was built from, and the
 * SHA-256 of what is in it, so that one that a crash left incomplete is never used and
 * nobody has to wait for the disk. KEY.new is one that is being written.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct jsl_io_sha256;
struct jsl_runner__jdk;

#define JSL_RUNNER__ARCHIVE_BYTES_MAX (64u << 20)
#define JSL_RUNNER__ARCHIVE_STALE_S   300	  /* then a .new is nobody's any more */
#define JSL_RUNNER__ARCHIVE_KEEP_S    (7 * 86400) /* of others, since somebody found it */

/** Half a SHA-256 in hexadecimal digits. */
struct jsl_runner__archive_key {
	char text[33];
};

/** One that is being written. */
struct jsl_runner__archive_file {
	int dir, fd; /* -1: none */
	size_t bytes;
	struct jsl_io_sha256 *hash;
	struct jsl_runner__archive_key key;
};

/**
 * The key of what @jdk makes of the agent in @jar, which its boxes see as @class_path,
 * for JVMs of @mode. Java itself compares the sizes and the times of the jar and of the
 * JDK's classes with those that it has noted in the archive.
 *
 * Returns 0; -errno if one of the files cannot be looked at; -ENOMEM; -EIO.
 */
int jsl_runner__archive_key(struct jsl_runner__archive_key *ret_key,
			    const struct jsl_runner__jdk *jdk, const char *jar,
			    const char *class_path, const char *mode);

/** Whether @st grants @uid, with no group but @gid, all of @bits (4 read, 1 pass). */
bool jsl_runner__archive_may(const struct stat *st, uid_t uid, gid_t gid, mode_t bits);

/**
 * Whether such a user may read @path, a file or a directory that is absolute and without
 * links. Returns 0; -EACCES; -errno where it cannot be looked at.
 */
int jsl_runner__archive_reach(const char *path, uid_t uid, gid_t gid);

/**
 * Open @dir, which is made if it is not there. Returns a descriptor; -EPERM: others can
 * write there as well; -errno.
 */
int jsl_runner__archive_open(const char *dir);

/**
 * Look in @dir for a whole archive of @key, reading it to its end.
 *
 * Returns 1 with *@ret_name (given), 0 if there is none, or -errno.
 */
int jsl_runner__archive_find(int dir, const struct jsl_runner__archive_key *key,
			     char **ret_name);

/**
 * Begin one. Returns 0; -EBUSY: somebody else has begun one lately; -errno. On an error
 * *@f is without descriptors.
 */
int jsl_runner__archive_begin(struct jsl_runner__archive_file *f, int dir,
			      const struct jsl_runner__archive_key *key);

/** Append. Returns 0; -EFBIG: above JSL_RUNNER__ARCHIVE_BYTES_MAX; -errno. */
int jsl_runner__archive_add(struct jsl_runner__archive_file *f, const void *data,
			    size_t len);

/**
 * It is whole. Others of its key go, and those of other keys that nobody has found for
 * JSL_RUNNER__ARCHIVE_KEEP_S. Returns 0 with *@ret_name (given); -EBUSY: somebody else
 * took it for given up; -errno. *@f is without descriptors in each case.
 */
int jsl_runner__archive_commit(struct jsl_runner__archive_file *f, char **ret_name);

/** Remove what there is of it. One that was not begun is fine. */
void jsl_runner__archive_abort(struct jsl_runner__archive_file *f);

#endif
