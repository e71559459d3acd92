/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formats a log line; see log.h.
 */

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

static void escape_controls(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

void jsl_log_write(const struct jsl_log *log, enum jsl_log_level level,
		   const char *module, const char *fmt, ...)
{
	char line[JSL_LOG_LINE_MAX];
	va_list ap;

	if (!jsl_log_wants(log, level))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	escape_controls(line);
	log->fn(log->arg, level, module, line);
}
