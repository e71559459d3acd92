/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BASE_LOG_H
#define JSL_BASE_LOG_H

/*
 * Formatting for struct jsl_log: one line, bounded, control characters
 * escaped, so that no text from a peer can forge a line.
 */

#include <jsl/log.h>

#define JSL_LOG_LINE_MAX 1024

static inline int jsl_log_wants(const struct jsl_log *log, enum jsl_log_level level)
{
	return log != NULL && log->fn != NULL && level <= log->level;
}

__attribute__((format(printf, 4, 5))) void jsl_log_write(const struct jsl_log *log,
							 enum jsl_log_level level,
							 const char *module,
							 const char *fmt, ...);

#endif
