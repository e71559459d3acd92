/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_H
#define JSL_RUNNER_H

/*
 * Compiles and runs hostile Java, fast, on the caller's event_base:
 *
 *	job -> [warm compiler JVM, sandboxed] -> classes -> [JVM started ahead, sandboxed,
 *	single use] -> result
 *
 * Usable without a cluster. It watches pidfds, never SIGCHLD, and keeps no
 * global state. Not thread-safe; callbacks come from the event loop, never from
 * inside a call, and may call anything here, jsl_runner_free() included.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/job.h>
#include <jsl/log.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct jsl_runner;

enum jsl_isolation {
	JSL_ISOLATION_SANDBOX = 1, /* every layer, or the job is refused */
	JSL_ISOLATION_NONE	   /* trusted use only: says so loudly */
};

#define JSL_RUNNER_JDKS_MAX	 16  /* further JDKs of one runner */
#define JSL_RUNNER_JDK_NAME_MAX	 32  /* bytes */
#define JSL_RUNNER_JDKS_TEXT_MAX 256 /* bytes of jsl_runner_jdks() */

/** A JDK beside the default one, for jobs that name it (jsl_spec.jdk). */
struct jsl_runner_jdk_opts {
	const char *name; /* copied; see jsl_runner_jdk_name_ok() */
	const char *home; /* copied */
};

/**
 * Control groups (cgroups(7)) for boxes, beside all other layers, which need none: the
 * kernel's own limits of memory and processes.
 */
enum jsl_cgroup {
	JSL_CGROUP_NONE,
	/**
	 * Where the group of the process is delegated to it, else none. In version 2 the
	 * process moves to a group "jsl-supervisor" below its own, which it has to have
	 * for itself (systemd: Delegate=yes).
	 */
	JSL_CGROUP_AUTO,
	JSL_CGROUP_REQUIRED /* the same, or there is no runner */
};

struct jsl_runner_opts {
	size_t size;
	struct event_base *base; /* borrowed; outlives the runner */
	struct jsl_log log;
	uint32_t slots;		  /* jobs at once; 0 = number of cores */
	struct jsl_limits limits; /* a field of 0 takes the default */
	enum jsl_isolation isolation;
	enum jsl_cgroup cgroup;
	const char *user;      /* unprivileged host user to run as when root; copied */
	const char *java_home; /* copied; NULL: JAVA_HOME's place is found from `java` in
				  PATH, or is that of the first of jdks */
	const struct jsl_runner_jdk_opts *jdks; /* each of another name */
	size_t n_jdks;
	const char *agent_jar;	  /* copied; NULL: the installed one */
	const char *box;	  /* copied: jsl-box; NULL: the installed one */
	size_t class_cache_bytes; /* of compiled classes kept in memory; 0: none */
	/**
	 * Copied: a directory that this process alone may write to, and others with the
	 * same rights; made if it is not there, but not the one above it. An archive of
	 * the classes of each JDK in use is kept in it, built in a box when the runner
	 * has been warm for a while; JVMs that map one start with less CPU time. It is
	 * only used where the user of the boxes can reach it, and the agent's jar, by
	 * their paths. Whatever goes wrong with it costs nothing but that. NULL: none.
	 */
	const char *cache_dir;
	uint32_t archive_after_ms; /* until one is built; 0: a minute */
};

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

/**
 * Make a runner (given). Starts no process: see jsl_runner_warm().
 *
 * Returns 0; -EINVAL; JSL_E_NO_JDK (errmsg says which program is missing where, of the
 * default JDK or of a further one); JSL_E_SANDBOX: control groups are required and there
 * are none;
 * -ENOMEM; -errno. On an error other than -ENOMEM, @errmsg (of @errmsg_size, may
 * be NULL) has one line of text.
 */
JSL_API int jsl_runner_new(struct jsl_runner **ret_r, const struct jsl_runner_opts *opts,
			   char *errmsg, size_t errmsg_size);

/** Kills what runs (no callback comes) and frees. NULL is fine. */
JSL_API void jsl_runner_free(struct jsl_runner *r);

/**
 * Keep a compiler warm and JVMs started ahead (@on), at low CPU priority, or let
 * them go. A job is run in either case, more slowly when cold. Of a further JDK that is
 * done from the first job on that names it.
 */
JSL_API void jsl_runner_warm(struct jsl_runner *r, bool on);

/**
 * @result: borrowed for the call
 */
typedef void (*jsl_runner_done_fn)(void *arg, const struct jsl_result *result);

struct jsl_runner_job;

/**
 * Compile and run @spec (copied). Waits for a slot when all are taken. @done is
 * called once, unless the job is cancelled or the runner freed.
 *
 * Returns 0 with *@ret_job (borrowed, valid until done is called or the job is
 * cancelled); JSL_E_LIMIT; JSL_E_NO_JDK: this runner has no JDK of that name; -ENOMEM.
 */
JSL_API int jsl_runner_run(struct jsl_runner *r, const struct jsl_spec *spec,
			   jsl_runner_done_fn done, void *arg,
			   struct jsl_runner_job **ret_job);

/** Stop @job and forget it: done is not called. */
JSL_API void jsl_runner_cancel(struct jsl_runner *r, struct jsl_runner_job *job);

JSL_API uint32_t jsl_runner_slots(const struct jsl_runner *r);

/** The version of the default JDK, as "17.0.15". Borrowed. */
JSL_API const char *jsl_runner_jdk(const struct jsl_runner *r);

/**
 * All of its JDKs: the version of the default one, then for each further one a blank,
 * its name, "=" and its version. At most JSL_RUNNER_JDKS_TEXT_MAX bytes. Borrowed.
 */
JSL_API const char *jsl_runner_jdks(const struct jsl_runner *r);

/** Whether @name may be a JDK's: 1 to JSL_RUNNER_JDK_NAME_MAX letters, digits and . _ + -
 */
JSL_API bool jsl_runner_jdk_name_ok(const char *name);

struct jsl_runner_stats {
	uint64_t jobs; /* finished */
	uint64_t compiles;
	uint64_t class_hits;  /* compiled before: no compiler was asked */
	uint64_t class_bytes; /* kept of these now */
	uint64_t compiler_starts;
	uint64_t compiler_recycles;
	uint64_t pool_starts;	/* JVMs started to run a program each */
	uint64_t starts_failed; /* of both kinds */
	uint64_t pool_hits;	/* a started JVM was waiting */
	uint64_t pool_misses;
	uint64_t archive_builds;  /* of classes, see cache_dir */
	uint64_t archived_starts; /* JVMs started that map one */
	uint32_t pool_ready;	  /* JVMs waiting now */
	uint32_t pool_rehearsed;  /* … that have run what most programs load */
	uint32_t compilers_ready;
	uint32_t running;
	uint64_t compiler_start_us; /* sums: until compilers were ready, */
	uint64_t pool_start_us;	    /* and JVMs of the pool */
	uint64_t compile_us;
	uint64_t run_us;
	uint64_t cpu_us;
};

JSL_API void jsl_runner_stats(const struct jsl_runner *r,
			      struct jsl_runner_stats *ret_stats);

/**
 * One line of `jsl-peer --check`.
 *
 * @name: "JDK", "user namespaces" …; @ok: usable; @required: jobs cannot run
 * without it; @text: version or reason. Borrowed for the call.
 */
typedef void (*jsl_runner_check_fn)(void *arg, const char *name, bool ok, bool required,
				    const char *text);

/**
 * Check everything that running jobs needs, blocking for up to some seconds.
 *
 * Returns 0 if all that is required is there, JSL_E_SANDBOX or JSL_E_NO_JDK if
 * not, or another error.
 */
JSL_API int jsl_runner_check(const struct jsl_runner_opts *opts, jsl_runner_check_fn fn,
			     void *arg);

#ifdef __cplusplus
}
#endif

#endif
