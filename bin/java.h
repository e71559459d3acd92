/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_JAVA_H
#define JSL_BIN_JAVA_H

/*
 * The runner's options from the configuration, and `--check`.
 */

#include <jsl/runner.h>

#include "options.h"
#include "service/conf.h"

/** Where the runner's parts are, when not where they would be installed. */
struct java_parts {
	char agent_jar[4096];
	char box[4096];
	char archive[4096 + 16];
	struct jsl_runner_jdk_opts jdks[JSL_RUNNER_JDKS_MAX];
};

/**
 * What @conf says about running Java. $JSL_AGENT_JAR and $JSL_BOX name other parts
 * than the installed ones. @data_dir is where class archives are kept, which the nodes
 * below it share. Borrows from @conf and @parts.
 */
void java_opts(const struct jsl_conf *conf, struct java_parts *parts,
	       const char *data_dir, struct jsl_runner_opts *ret_opts);

/** `--check`: a line for each thing that jobs need. Returns the exit status. */
int java_check(const struct program *p, const struct options *o);

#endif
