/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_JDKS_H
#define JSL_GATEWAY_JDKS_H

/*
 * Whether the workers have the JDK that a request names. Each says in its metadata which
 * ones it has (jsl_runner_jdks()); the queue does not know of them, and may give a job
 * to any worker.
 */

#include <jsl/node.h>

#define JSL_JDKS_REFUSAL_MAX 512 /* bytes of a text, its end included */

/**
 * Look for the JDK @name with the workers among the @n nodes at @infos. Where no worker
 * is known yet the request may wait for one.
 *
 * Returns 0: all have it; 400: none has; 503: only some have it, yet. With these,
 * @ret_text (of JSL_JDKS_REFUSAL_MAX) has a line.
 */
int jsl_jdks_check(const struct jsl_node_info *infos, size_t n, const char *name,
		   char *ret_text);

#endif
