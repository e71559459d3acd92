/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_COMMAND_H
#define JSL_RUNNER_COMMAND_H

/*
 * The command line of a box, built from an argument vector and never from a string that
 * a shell would see: [bwrap …] jsl-box … -- java …. Nothing of a job is in it but its
 * limits, as numbers.
 */

#include <jsl/job.h>
#include <jsl/runner.h>

#include "runner/jdk.h"

#define JSL_RUNNER__ARGS_MAX 160

struct jsl_runner__command {
	char *argv[JSL_RUNNER__ARGS_MAX + 1];
	size_t n;
	bool failed; /* no memory, or too many */
};

enum jsl_runner__kind {
	JSL_VM_COMPILER,
	JSL_VM_RUN,
	JSL_VM_ARCHIVER /* builds what one of the others maps its classes from */
};

/** What a box is built for. Two JVMs of one profile are interchangeable. */
struct jsl_runner__profile {
	enum jsl_runner__kind kind;
	enum jsl_runner__kind archive_of;  /* of an archiver: which one */
	const struct jsl_runner__jdk *jdk; /* NULL: the default one */
	uint32_t memory_mb;
	uint32_t processes;
	uint32_t disk_mb;
	uint32_t inodes;
	const char *archive; /* to map classes from; NULL: none; makes no difference */
};

struct jsl_runner__host {
	struct jsl_runner__jdk jdk;   /* the default */
	struct jsl_runner__jdk *jdks; /* the further ones */
	size_t n_jdks;
	char *jdks_text; /* see jsl_runner_jdks() */
	enum jsl_isolation isolation;
	char *bwrap; /* NULL: not installed */
	char *box;
	char *jar;
	bool jar_by_path; /* the box's user can reach it: archives need that */
};

/** Build the command. Returns 0 or -ENOMEM; free with _deinit() in either case. */
int jsl_runner__command_init(struct jsl_runner__command *c,
			     const struct jsl_runner__host *host,
			     const struct jsl_runner__profile *profile);
/** How the agent is told to be one, "compile" … For ever. */
const char *jsl_runner__command_mode(enum jsl_runner__kind kind);

/** The agent's jar as the JVM sees it. Borrowed from @host, or for ever. */
const char *jsl_runner__command_jar(const struct jsl_runner__host *host);

void jsl_runner__command_deinit(struct jsl_runner__command *c);

/**
 * What the control group of such a box allows in all: more than the limits that come
 * first, as it counts the files in /tmp, the kernel's own memory and every process.
 */
uint64_t jsl_runner__group_memory(const struct jsl_runner__profile *profile);
uint64_t jsl_runner__group_pids(const struct jsl_runner__profile *profile);

#endif
