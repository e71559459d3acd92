/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One log file: buffered, rotated by size, and patient with a full disk. What
 * could not be written stays in the buffer, whole lines or the rest of one;
 * when that is full, new lines are lost and counted.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "service/logfile_int.h"

#define FILE_MODE 0640

int jsl_logfile__file_reopen(struct jsl_logfile__file *f)
{
	jsl_autoclose int fd =
		open(f->path,
		     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		     FILE_MODE);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = jsl_steal_fd(&fd);
	f->size = (uint64_t)st.st_size;
	return 0;
}

int jsl_logfile__file_init(struct jsl_logfile__file *f, const char *path,
			   uint64_t max_bytes, uint32_t keep)
{
	*f = (struct jsl_logfile__file){.fd = -1, .max_bytes = max_bytes, .keep = keep};
	f->path = strdup(path);
	f->buf = malloc(JSL_LOGFILE__BUFFER);
	if (f->path == NULL || f->buf == NULL)
		return -ENOMEM;
	return jsl_logfile__file_reopen(f);
}

void jsl_logfile__file_deinit(struct jsl_logfile__file *f)
{
	if (f->buf != NULL)
		jsl_logfile__file_flush(f);
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f->buf);
	*f = (struct jsl_logfile__file){.fd = -1};
}

/* PATH becomes PATH.1, PATH.1 becomes PATH.2 …; the oldest is overwritten. */
static void rotate(struct jsl_logfile__file *f)
{
	for (uint32_t i = f->keep; i > 0; i--) {
		jsl_autofree char *from = NULL, *to = NULL;
		int n = i > 1 ? asprintf(&from, "%s.%u", f->path, i - 1)
			      : asprintf(&from, "%s", f->path);

		if (n < 0) {
			from = NULL;
			return;
		}
		if (asprintf(&to, "%s.%u", f->path, i) < 0) {
			to = NULL;
			return;
		}
		(void)rename(from, to);
	}
	if (jsl_logfile__file_reopen(f) < 0)
		f->size = 0; /* goes on in the same file; the next try is a file later */
}

static bool write_all(struct jsl_logfile__file *f)
{
	size_t done = 0;

	while (done < f->used) {
		ssize_t n = f->fd < 0 ? -1 : write(f->fd, f->buf + done, f->used - done);

		if (n < 0 && f->fd >= 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	memmove(f->buf, f->buf + done, f->used - done);
	f->used -= done;
	f->size += done;
	return f->used == 0;
}

bool jsl_logfile__file_flush(struct jsl_logfile__file *f)
{
	if (f->fd < 0)
		(void)jsl_logfile__file_reopen(f);
	f->failing = !write_all(f);
	if (f->failing)
		return false;
	if (f->size >= f->max_bytes)
		rotate(f);
	return true;
}

void jsl_logfile__file_put(struct jsl_logfile__file *f, const char *line, size_t len)
{
	if (len > JSL_LOGFILE__BUFFER - f->used && !f->failing)
		(void)jsl_logfile__file_flush(f);
	if (len > JSL_LOGFILE__BUFFER - f->used) {
		f->lost++;
		return;
	}
	memcpy(f->buf + f->used, line, len);
	f->used += len;
}
