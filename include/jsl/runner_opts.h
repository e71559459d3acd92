/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_OPTS_H
#define JSL_RUNNER_OPTS_H

/**
 * @file
 * What a runner is made of: its options. See jsl/runner.h.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/job.h>
#include <jsl/log.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;

/** How much a program is confined. */
enum jsl_isolation {
	JSL_ISOLATION_SANDBOX = 1, /**< every layer, or the job is refused */
	JSL_ISOLATION_NONE	   /**< trusted use only: says so loudly */
};

#define JSL_RUNNER_JDKS_MAX	 16  /**< further JDKs of one runner */
#define JSL_RUNNER_JDK_NAME_MAX	 32  /**< bytes of a JDK's name */
#define JSL_RUNNER_JDKS_TEXT_MAX 256 /**< bytes of jsl_runner_jdks() */

/** A JDK beside the default one, for jobs that name it (jsl_spec.jdk). */
struct jsl_runner_jdk_opts {
	const char *name; /**< copied; see jsl_runner_jdk_name_ok() */
	const char *home; /**< copied; the directory that has bin/java */
};

/**
 * Control groups (cgroups(7)) for boxes, beside all other layers, which need none: the
 * kernel's own limits of memory and processes.
 */
enum jsl_cgroup {
	JSL_CGROUP_NONE, /**< none are made */
	/**
	 * Where the group of the process is delegated to it, else none. In version 2 the
	 * process moves to a group "jsl-supervisor" below its own, which it has to have
	 * for itself (systemd: Delegate=yes).
	 */
	JSL_CGROUP_AUTO,
	JSL_CGROUP_REQUIRED /**< the same, or there is no runner */
};

/** Where a runner finds what it needs. Start from JSL_RUNNER_OPTS_INIT and set base. */
struct jsl_runner_opts {
	size_t size;		      /**< sizeof(struct jsl_runner_opts) */
	struct event_base *base;      /**< borrowed; outlives the runner */
	struct jsl_log log;	      /**< silent by default */
	uint32_t slots;		      /**< jobs at once; 0 = number of cores */
	struct jsl_limits limits;     /**< a field of 0 takes the default */
	enum jsl_isolation isolation; /**< SANDBOX by default */
	enum jsl_cgroup cgroup;	      /**< NONE by default */
	/** Copied: unprivileged host user to run as when root; not looked at else. */
	const char *user;
	/**
	 * Copied. NULL: JAVA_HOME's place is found from `java` in PATH, or is that of the
	 * first of jdks.
	 */
	const char *java_home;
	const struct jsl_runner_jdk_opts *jdks; /**< each of another name; copied */
	size_t n_jdks;				/**< at most JSL_RUNNER_JDKS_MAX */
	const char *agent_jar;			/**< copied; NULL: the installed one */
	const char *box;	  /**< copied: jsl-box; NULL: the installed one */
	size_t class_cache_bytes; /**< of compiled classes kept in memory; 0: none */
	/**
	 * Copied: a directory that this process alone may write to, and others with the
	 * same rights; made if it is not there, but not the one above it. An archive of
	 * the classes of each JDK in use is kept in it, built in a box when the runner
	 * has been warm for a while; JVMs that map one start with less CPU time. It is
	 * only used where the user of the boxes can reach it, and the agent's jar, by
	 * their paths. Whatever goes wrong with it costs nothing but that. NULL: none.
	 */
	const char *cache_dir;
	/** Until one is built, ten times as long without any rest; 0: a minute. */
	uint32_t archive_after_ms;
	/**
	 * The runner is unfit, or fit again; may be NULL. Unfit: JVMs of the default JDK
	 * with the runner's own limits could not be started several times in a row, or
	 * bubblewrap is missing; jobs are refused then. It is fit at first, and again as
	 * soon as one has started. While it is unfit, one is tried again and again, with
	 * pauses of 10 s at most; when the runner is not to be warm, only if this is set.
	 * A change is logged in any case. Called from the loop; may call anything of the
	 * runner, jsl_runner_free() included.
	 *
	 * arg: fit_arg; fit: whether it is; why: what a job was refused with, empty when
	 * fit; borrowed for the call.
	 */
	void (*fit)(void *arg, bool fit, const char *why);
	void *fit_arg; /**< for fit; borrowed */
};

/** A sandbox, the user "nobody", and 16 MiB of classes kept. */
#define JSL_RUNNER_OPTS_INIT                                          \
	{                                                             \
		.size = sizeof(struct jsl_runner_opts),               \
		.isolation = JSL_ISOLATION_SANDBOX, .user = "nobody", \
		.class_cache_bytes = 16 << 20,                        \
	}

/** The defaults of every limit. */
#define JSL_LIMITS_INIT                                                                \
	{                                                                              \
		.compile_wall_ms = 10000, .compile_memory_mb = 256, .wall_ms = 60000,  \
		.cpu_ms = 60000, .memory_mb = 256, .output_kb = 1024, .processes = 64, \
		.disk_mb = 16, .inodes = 1000,                                         \
	}

#ifdef __cplusplus
}
#endif

#endif
