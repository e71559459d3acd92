/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_H
#define JSL_RUNNER_H

/**
 * @file
 * Compiles and runs hostile Java, fast, on the caller's event_base:
 *
 *	job -> [warm compiler JVM, sandboxed] -> classes -> [JVM started ahead, sandboxed,
 *	single use] -> result
 *
 * Usable without a cluster. Its options are in jsl/runner_opts.h. It watches pidfds,
 *never SIGCHLD, and keeps no global state. Not thread-safe; callbacks come from the event
 *loop, never from inside a call, and may call anything here, jsl_runner_free() included.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/job.h>
#include <jsl/log.h>
#include <jsl/runner_opts.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque: a runner. */
struct jsl_runner;

/**
 * Make a runner. Starts no process: see jsl_runner_warm().
 *
 * @param[out] ret_r  given; free with jsl_runner_free()
 * @param opts        borrowed for the call
 * @param[out] errmsg on an error other than -ENOMEM one line of text, where there is more
 *                    to say than the error does; may be NULL
 * @param errmsg_size bytes of @p errmsg
 * @return 0;
 *  - -EINVAL: an option is missing or out of range; started as root, and user is none or
 *    privileged; a name of a JDK is none, or is there twice;
 *  - #JSL_E_NO_JDK: errmsg says which program is missing where, of the default JDK or of
 *    a further one;
 *  - #JSL_E_SANDBOX: control groups are required and there are none;
 *  - -errno: agent_jar or box cannot be read;
 *  - -ENOMEM
 */
JSL_API int jsl_runner_new(struct jsl_runner **ret_r, const struct jsl_runner_opts *opts,
			   char *errmsg, size_t errmsg_size);

/**
 * Kill what runs and free. No callback comes after. Waits for the ends of the processes:
 * milliseconds; on a machine that has no time for them at most 10 s for each.
 *
 * @param r the runner (taken); NULL is fine
 */
JSL_API void jsl_runner_free(struct jsl_runner *r);

/**
 * Keep a compiler warm and JVMs started ahead, at low CPU priority, or let them go. A
 * job is run in either case, more slowly when cold. Of a further JDK that is done from
 * the first job on that names it.
 *
 * @param r  the runner
 * @param on true: keep; false, as at first: let them go
 */
JSL_API void jsl_runner_warm(struct jsl_runner *r, bool on);

/**
 * A job has ended. Called from the loop; may call anything of the runner,
 * jsl_runner_free() included.
 *
 * @param arg    that of jsl_runner_run()
 * @param result borrowed for the call
 */
typedef void (*jsl_runner_done_fn)(void *arg, const struct jsl_result *result);

/** Opaque: a job of jsl_runner_run(). */
struct jsl_runner_job;

/**
 * Compile and run a program. Waits for a slot when all are taken.
 *
 * @param r            the runner
 * @param spec         copied
 * @param done         called once, unless the job is cancelled or the runner freed; not
 *                     NULL
 * @param arg          for @p done; borrowed until then
 * @param[out] ret_job borrowed, valid until done is called or the job is cancelled; not
 *                     NULL
 * @return 0; or, there is no job: #JSL_E_LIMIT: no source file, or more than a spec may
 * have; #JSL_E_NO_JDK: this runner has no JDK of that name; -ENOMEM
 */
JSL_API int jsl_runner_run(struct jsl_runner *r, const struct jsl_spec *spec,
			   jsl_runner_done_fn done, void *arg,
			   struct jsl_runner_job **ret_job);

/**
 * Stop a job and forget it: done is not called.
 *
 * @param r   the runner
 * @param job of its, not done
 */
JSL_API void jsl_runner_cancel(struct jsl_runner *r, struct jsl_runner_job *job);

/**
 * How many jobs run at once.
 *
 * @param r the runner
 * @return the number, never 0
 */
JSL_API uint32_t jsl_runner_slots(const struct jsl_runner *r);

/**
 * The version of the default JDK.
 *
 * @param r the runner
 * @return as "17.0.15"; borrowed, until the loop runs: it may be upgraded meanwhile
 */
JSL_API const char *jsl_runner_jdk(const struct jsl_runner *r);

/**
 * All of its JDKs.
 *
 * @param r the runner
 * @return the version of the default one, then for each further one a blank, its name,
 * "=" and its version, as they were when the runner was made; at most
 * JSL_RUNNER_JDKS_TEXT_MAX bytes. Borrowed from the runner
 */
JSL_API const char *jsl_runner_jdks(const struct jsl_runner *r);

/**
 * Whether a text may be the name of a JDK.
 *
 * @param name borrowed
 * @return true for 1 to JSL_RUNNER_JDK_NAME_MAX letters, digits and . _ + -
 */
JSL_API bool jsl_runner_jdk_name_ok(const char *name);

/** What a runner counts; each grows from 0, but for what is "now". Times are sums. */
struct jsl_runner_stats {
	uint64_t jobs;		    /**< finished */
	uint64_t compiles;	    /**< by a compiler */
	uint64_t class_hits;	    /**< compiled before: no compiler was asked */
	uint64_t class_bytes;	    /**< kept of these now */
	uint64_t compiler_starts;   /**< compilers started */
	uint64_t compiler_recycles; /**< compilers that had done enough and were ended */
	uint64_t pool_starts;	    /**< JVMs started to run a program each */
	uint64_t starts_failed;	    /**< of both kinds */
	uint64_t pool_hits;	    /**< a started JVM was waiting */
	uint64_t pool_misses;	    /**< none was */
	uint64_t archive_builds;    /**< of classes, see cache_dir */
	uint64_t archived_starts;   /**< JVMs started that map one */
	uint32_t pool_ready;	    /**< JVMs waiting now */
	uint32_t pool_rehearsed;    /**< … that have run what most programs load */
	uint32_t compilers_ready;   /**< compilers waiting now */
	uint32_t running;	    /**< jobs that have a slot now */
	bool fit;		    /**< JVMs can be started now; see jsl_runner_opts */
	uint64_t compiler_start_us; /**< until compilers were ready */
	uint64_t pool_start_us;	    /**< until JVMs of the pool were ready */
	uint64_t compile_us;	    /**< wall time of compilers */
	uint64_t run_us;	    /**< wall time of runs */
	uint64_t cpu_us;	    /**< CPU time of runs */
};

/**
 * What was counted.
 *
 * @param r              the runner
 * @param[out] ret_stats all of it
 */
JSL_API void jsl_runner_stats(const struct jsl_runner *r,
			      struct jsl_runner_stats *ret_stats);

/**
 * One line of `jsl-peer --check`. Called from jsl_runner_check(); may not free what it
 * was given.
 *
 * @param arg      that of jsl_runner_check()
 * @param name     "JDK", "user namespaces" …; borrowed for the call
 * @param ok       usable
 * @param required jobs cannot run without it
 * @param text     version or reason; borrowed for the call
 */
typedef void (*jsl_runner_check_fn)(void *arg, const char *name, bool ok, bool required,
				    const char *text);

/**
 * Check everything that running jobs needs, on an event_base of its own, blocking for
 * some seconds, for a minute at most.
 *
 * @param opts borrowed for the call; base is not used
 * @param fn   takes each line; may be NULL
 * @param arg  for @p fn
 * @return 0: all that is required is there; #JSL_E_NO_JDK: a JDK is not;
 * #JSL_E_SANDBOX: something else is not; or another error of jsl_runner_new()
 */
JSL_API int jsl_runner_check(const struct jsl_runner_opts *opts, jsl_runner_check_fn fn,
			     void *arg);

#ifdef __cplusplus
}
#endif

#endif
