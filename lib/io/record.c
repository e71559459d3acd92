/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The durable record; see record.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <jsl/err.h>

#include "base/cleanup.h"
#include "io/record.h"
#include "io/record_slot.h"

#define RECORD_NAME "record"
#define RECORD_TEMP "record.new"
#define LOCK_NAME   "lock"

struct jsl_io_record {
	char path[PATH_MAX];
	int dir_fd;
	int lock_fd;
	int fd; /* -1 until there is a record */
	bool loaded;
	int failed;    /* the error that made the disk unknown, or 0 */
	unsigned slot; /* where the newest is */
	uint64_t seq;
	struct jsl_election_record rec;
};

static int sync_parent(const char *path)
{
	char parent[PATH_MAX];
	char *slash;
	jsl_autoclose int fd = -1;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash == NULL)
		strcpy(parent, ".");
	else
		slash[slash == parent] = '\0';
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

static int make_dir(const char *path)
{
	if (mkdir(path, 0700) == 0)
		return sync_parent(path);
	return errno == EEXIST ? 0 : -errno;
}

/* mkdir -p; what cannot be made shows when it is opened. */
static int make_dirs(const char *path)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *p = strchr(part + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		int r;

		*p = '\0';
		r = make_dir(part);
		*p = '/';
		if (r < 0 && r != -EACCES && r != -EROFS && r != -EPERM)
			return r;
	}
	return make_dir(part);
}

static int take_lock(struct jsl_io_record *r)
{
	r->dir_fd = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir_fd < 0)
		return -errno;
	r->lock_fd = openat(r->dir_fd, LOCK_NAME,
			    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->lock_fd < 0)
		return -errno;
	if (flock(r->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? JSL_E_BUSY : -errno;
	return 0;
}

static int transfer(int fd, uint8_t *buf, size_t len, off_t at, bool writing)
{
	while (len > 0) {
		ssize_t n = writing ? pwrite(fd, buf, len, at) : pread(fd, buf, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return writing ? -EIO : 0; /* past the end reads as zeros */
		buf += n;
		len -= (size_t)n;
		at += n;
	}
	return 0;
}

/* Returns 0, also for a slot that is not valid; negative when the record must not
 * be used. */
static int load_slot(struct jsl_io_record *r, unsigned i)
{
	uint8_t slot[JSL_IO_RECORD_SLOT] = {0};
	struct jsl_election_record rec;
	uint64_t seq;
	int err;

	err = transfer(r->fd, slot, sizeof(slot), (off_t)i * JSL_IO_RECORD_SLOT, false);
	if (err < 0)
		return err;
	err = jsl_io_record_slot_decode(slot, &rec, &seq);
	if (err == JSL_E_CORRUPT)
		return 0;
	if (err < 0)
		return err;
	if (!r->loaded || seq > r->seq) {
		r->loaded = true;
		r->slot = i;
		r->seq = seq;
		r->rec = rec;
	}
	return 0;
}

static int load(struct jsl_io_record *r)
{
	struct stat st;
	int err;

	r->fd = openat(r->dir_fd, RECORD_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (r->fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(r->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return JSL_E_CORRUPT;
	for (unsigned i = 0; i < 2; i++) {
		err = load_slot(r, i);
		if (err < 0)
			return err;
	}
	return r->loaded || st.st_size == 0 ? 0 : JSL_E_CORRUPT;
}

static int open_in(struct jsl_io_record *r)
{
	int err;

	err = make_dirs(r->path);
	if (err < 0)
		return err;
	err = take_lock(r);
	if (err < 0)
		return err;
	return load(r);
}

int jsl_io_record_open(struct jsl_io_record **ret_r, const char *dir, uint64_t id,
		       char *errmsg, size_t errmsg_size)
{
	struct jsl_io_record *r = calloc(1, sizeof(*r));
	int len, err;

	if (r == NULL)
		return -ENOMEM;
	r->dir_fd = r->lock_fd = r->fd = -1;
	len = snprintf(r->path, sizeof(r->path), "%s/peer-%" PRIu64, dir, id);
	err = (size_t)len < sizeof(r->path) ? open_in(r) : -ENAMETOOLONG;
	if (err < 0) {
		if (errmsg != NULL)
			snprintf(errmsg, errmsg_size, "%s: %s", r->path,
				 jsl_strerror(err));
		jsl_io_record_close(r);
		return err;
	}
	*ret_r = r;
	return 0;
}

void jsl_io_record_close(struct jsl_io_record *r)
{
	if (r == NULL)
		return;
	if (r->fd >= 0)
		close(r->fd);
	if (r->lock_fd >= 0)
		close(r->lock_fd);
	if (r->dir_fd >= 0)
		close(r->dir_fd);
	free(r);
}

const struct jsl_election_record *jsl_io_record_get(const struct jsl_io_record *r)
{
	return r->loaded ? &r->rec : NULL;
}

const char *jsl_io_record_dir(const struct jsl_io_record *r)
{
	return r->path;
}

/* The first record: both slots at once, beside the place, then renamed. */
static int create(struct jsl_io_record *r, uint8_t *slot)
{
	jsl_autoclose int fd =
		openat(r->dir_fd, RECORD_TEMP,
		       O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = transfer(fd, slot, JSL_IO_RECORD_SLOT, 0, true);
	if (err < 0)
		return err;
	err = posix_fallocate(fd, 0, 2 * JSL_IO_RECORD_SLOT);
	if (err > 0)
		return -err;
	if (fsync(fd) < 0 ||
	    renameat(r->dir_fd, RECORD_TEMP, r->dir_fd, RECORD_NAME) < 0 ||
	    fsync(r->dir_fd) < 0)
		return -errno;
	if (r->fd >= 0)
		close(r->fd); /* was empty */
	r->fd = jsl_steal_fd(&fd);
	r->slot = 0;
	return 0;
}

static int replace(struct jsl_io_record *r, uint8_t *slot)
{
	unsigned i = !r->slot;
	int err;

	err = transfer(r->fd, slot, JSL_IO_RECORD_SLOT, (off_t)i * JSL_IO_RECORD_SLOT,
		       true);
	if (err < 0)
		return err;
	if (fdatasync(r->fd) < 0)
		return -errno;
	r->slot = i;
	return 0;
}

int jsl_io_record_save(struct jsl_io_record *r, const struct jsl_election_record *rec)
{
	uint8_t slot[JSL_IO_RECORD_SLOT];
	int err;

	if (r->failed < 0)
		return r->failed;
	err = jsl_io_record_slot_encode(rec, r->seq + 1, slot);
	if (err < 0)
		return err;
	err = r->loaded ? replace(r, slot) : create(r, slot);
	if (err < 0) {
		r->failed = err;
		return err;
	}
	r->loaded = true;
	r->seq++;
	r->rec = *rec;
	return 0;
}
