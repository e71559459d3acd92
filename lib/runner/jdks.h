/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_JDKS_H
#define JSL_RUNNER_JDKS_H

/*
 * The JDKs of a runner: the default one, and those that jobs choose by name. Each may be
 * upgraded in its place while the runner lives.
 */

#include <stddef.h>

#include "runner/jdk.h"

struct jsl_runner;
struct jsl_runner__profile;
struct jsl_runner_opts;

/** The JDK called @name; NULL, the default, for none. Returns 0 or JSL_E_NO_JDK. */
int jsl_runner__jdks_pick(struct jsl_runner *r, const char *name,
			  struct jsl_runner__jdk **ret_jdk);
/** The one of @p, which the runner may change. */
struct jsl_runner__jdk *jsl_runner__jdks_of(struct jsl_runner *r,
					    const struct jsl_runner__profile *p);
/**
 * Before a JVM of @p is started: if its JDK was replaced meanwhile (an upgrade), those
 * of the old one end as soon as they have no job; an archive of it is not made.
 */
void jsl_runner__jdks_refresh(struct jsl_runner *r, const struct jsl_runner__profile *p);
/** The default one of @opts; see jsl_runner__jdk_find(). */
int jsl_runner__jdks_default(struct jsl_runner__jdk *jdk,
			     const struct jsl_runner_opts *opts, char *errmsg,
			     size_t size);
/** Find all of @opts. What is in r->host then is freed with _deinit() also on an error:
 * those of jsl_runner_new(). */
int jsl_runner__jdks_find(struct jsl_runner *r, const struct jsl_runner_opts *opts,
			  char *errmsg, size_t size);
void jsl_runner__jdks_deinit(struct jsl_runner *r);

#endif
