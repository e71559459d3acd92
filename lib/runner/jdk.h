/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_JDK_H
#define JSL_RUNNER_JDK_H

/*
 * The host's side of a box: which JDK, which libraries and which programs there are.
 * Looked up when the runner is made; a JDK may be upgraded in its place afterwards.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define JSL_RUNNER__JDK_PATHS_MAX 8

/* Which of the versions of a file that is. */
struct jsl_runner__jdk_stamp {
	dev_t dev;
	ino_t ino;
	struct timespec mtime;
};

struct jsl_runner__jdk {
	char *name; /* that jobs choose it by; NULL: the default */
	bool used;  /* a job asked for it: its JVMs are kept warm */
	char *home; /* no symbolic link in it */
	char *java;
	char *version; /* "17.0.15", or "unknown" */
	struct jsl_runner__jdk_archive {
		char *path;		/* NULL: none that is used */
		uint64_t not_before_us; /* none is built or used until then */
	} archives[2]; /* of its classes, for compilers and for run JVMs */
	char *paths[JSL_RUNNER__JDK_PATHS_MAX]; /* directories that java needs, home first
						 */
	size_t n_paths;
	struct jsl_runner__jdk_stamp stamps[2]; /* of files that an upgrade replaces */
	char *interpreter;			/* of ELF programs, as they name it */
	char *interpreter_real;			/* what that is */
};

/**
 * Find the JDK at @home, or the one of `java` in PATH when NULL.
 *
 * Returns 0; JSL_E_NO_JDK with a line in @errmsg; -ENOMEM. What is in *@jdk then is
 * freed with jsl_runner__jdk_deinit().
 */
int jsl_runner__jdk_find(struct jsl_runner__jdk *jdk, const char *home, char *errmsg,
			 size_t errmsg_size);

/**
 * Whether it was replaced since this was last asked; @jdk->version is then the new one.
 * Of one that is not there at all nothing is said before it is back.
 */
bool jsl_runner__jdk_was_replaced(struct jsl_runner__jdk *jdk);

void jsl_runner__jdk_deinit(struct jsl_runner__jdk *jdk);

/** The path of @program in PATH (given), or NULL. */
char *jsl_runner__which(const char *program);

#endif
