/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_LOGFILE_INT_H
#define JSL_SERVICE_LOGFILE_INT_H

/*
 * One rotated, buffered file. A line is in the buffer or in the file or counted
 * as lost; a line is never written by halves, unless the disk itself does so.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSL_LOGFILE__BUFFER (64u << 10)

struct jsl_logfile__file {
	char *path;
	int fd; /* -1: could not be opened again */
	uint64_t size;
	uint64_t max_bytes;
	uint32_t keep;
	uint64_t lost;	/* since the start */
	uint64_t noted; /* of lost, those that the log itself tells of */
	bool failing;	/* the last write failed */
	size_t used;	/* of buf */
	char *buf;
};

/** Returns 0, -errno or -ENOMEM; deinit in any case. */
int jsl_logfile__file_init(struct jsl_logfile__file *f, const char *path,
			   uint64_t max_bytes, uint32_t keep);
void jsl_logfile__file_deinit(struct jsl_logfile__file *f);

/** Append @len bytes that are whole lines, or count them as lost. */
void jsl_logfile__file_put(struct jsl_logfile__file *f, const char *line, size_t len);

/** Write the buffer. Returns whether the file can be written. */
bool jsl_logfile__file_flush(struct jsl_logfile__file *f);

/** Returns 0 or -errno, the old file still in use. */
int jsl_logfile__file_reopen(struct jsl_logfile__file *f);

#endif
