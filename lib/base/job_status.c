/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of the verdicts, as programs outside read them (interface, JSON).
 */

#include <jsl/job.h>

static const char *const names[] = {
	[JSL_STATUS_OK] = "ok",
	[JSL_STATUS_COMPILE_ERROR] = "compile_error",
	[JSL_STATUS_COMPILE_LIMIT] = "compile_limit",
	[JSL_STATUS_EXCEPTION] = "exception",
	[JSL_STATUS_NONZERO_EXIT] = "nonzero_exit",
	[JSL_STATUS_SIGNAL] = "signal",
	[JSL_STATUS_TIME_LIMIT] = "time_limit",
	[JSL_STATUS_MEMORY_LIMIT] = "memory_limit",
	[JSL_STATUS_OUTPUT_LIMIT] = "output_limit",
	[JSL_STATUS_PROCESS_LIMIT] = "process_limit",
	[JSL_STATUS_DISK_LIMIT] = "disk_limit",
	[JSL_STATUS_SECURITY] = "security",
	[JSL_STATUS_QUARANTINED] = "quarantined",
	[JSL_STATUS_EXPIRED] = "expired",
	[JSL_STATUS_CANCELLED] = "cancelled",
	[JSL_STATUS_INTERNAL] = "internal",
	[JSL_STATUS_NO_SANDBOX] = "internal", /* there is no status of its own outside */
};

const char *jsl_status_str(enum jsl_status status)
{
	if ((size_t)status >= sizeof(names) / sizeof(names[0]) || names[status] == NULL)
		return "internal";
	return names[status];
}
