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
	{JSL_E_CLEAR, "has no secret, and this node has one"},
	{JSL_E_SEALED, "has a secret, and this node has none"},
	{JSL_E_SECRET, "has another secret"},
	{JSL_E_FORGED, "fails authentication"},
	{JSL_E_REPLAYED, "was seen before"},
	{JSL_E_STALE, "comes from an earlier life of its sender"},
	{JSL_E_UNBOUND, "is not meant for this life of the node"},
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
