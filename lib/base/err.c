/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of error texts, and the version.
 */

#include "config.h"

#include <string.h>

#include <jsl/err.h>

static const struct {
	int err;
	const char *text;
} texts[] = {
	{JSL_E_MALFORMED, "malformed message"},
	{JSL_E_VERSION, "unknown wire version"},
	{JSL_E_CLUSTER, "belongs to another cluster"},
	{JSL_E_CONFIG, "configurations contradict each other"},
	{JSL_E_LIMIT, "limit exceeded"},
	{JSL_E_BUSY, "another process runs under this id"},
	{JSL_E_SANDBOX, "sandbox cannot be set up"},
	{JSL_E_NO_JDK, "no usable JDK"},
	{JSL_E_CORRUPT, "durable record is corrupt"},
};

const char *jsl_strerror(int err)
{
	const char *text;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].err == err)
			return texts[i].text;
	text = strerrordesc_np(err < 0 ? -err : err);
	return text != NULL ? text : "unknown error";
}

const char *jsl_version(void)
{
	return PACKAGE_VERSION;
}
