/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_JOB_H
#define JSL_JOB_H

/**
 * @file
 * What is run and what comes back: a Java program with its input and limits,
 * and the verdict on it. Plain values; jsl_spec_encode() and friends turn them
 * into the payloads of the work queue. The functions keep nothing: they may be called
 * from any thread, and from callbacks.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/blob.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JSL_SPEC_FILES_MAX   64		 /**< source files of a spec */
#define JSL_SPEC_ARGS_MAX    256	 /**< arguments of a spec */
#define JSL_SPEC_BYTES_MAX   (64u << 20) /**< bytes of an encoded spec */
#define JSL_RESULT_BYTES_MAX (64u << 20) /**< bytes of an encoded result */
#define JSL_RESULT_DIAGS_MAX 100	 /**< diagnostics of a result */
#define JSL_RESULT_NAMES_MAX 32		 /**< isolation layers, denied calls */

/** Bytes that somebody else owns. Not NUL-terminated. */
struct jsl_bytes {
	const void *data; /**< borrowed; NULL if there are none */
	size_t len;	  /**< how many */
};

/**
 * Limits of one job. In a spec 0 means "as configured", and more than that is as
 * configured too; never "unlimited". The defaults are JSL_LIMITS_INIT of jsl/runner.h.
 */
struct jsl_limits {
	uint32_t compile_wall_ms;   /**< wall time of the compiler */
	uint32_t compile_memory_mb; /**< heap of the compiler, MiB */
	uint32_t wall_ms;	    /**< wall time of the run */
	uint32_t cpu_ms;	    /**< CPU time of the run, all threads together */
	uint32_t memory_mb;	    /**< heap of the run, MiB */
	uint32_t output_kb;	    /**< stdout and stderr together, KiB */
	uint32_t processes;	    /**< processes and threads of the run */
	uint32_t disk_mb;	    /**< temporary files of the run, MiB */
	uint32_t inodes;	    /**< temporary files of the run, how many */
};

/** One program. Everything is borrowed. */
struct jsl_spec {
	const struct jsl_bytes *sources; /**< source files, in order; at least one */
	size_t n_sources;		 /**< at most JSL_SPEC_FILES_MAX */
	const struct jsl_bytes *args;	 /**< of main */
	size_t n_args;			 /**< at most JSL_SPEC_ARGS_MAX */
	struct jsl_bytes input;		 /**< stdin */
	struct jsl_limits limits;	 /**< lower than as configured, or 0 */
	const char *jdk;		 /**< selector, NULL or "" for the default */
};

/** How a job ended. */
enum jsl_status {
	JSL_STATUS_OK = 1,	  /**< ran to its end with exit code 0 */
	JSL_STATUS_COMPILE_ERROR, /**< does not compile, or declares no type */
	JSL_STATUS_COMPILE_LIMIT, /**< the compiler reached a limit */
	JSL_STATUS_EXCEPTION,	  /**< threw, or has no entry point that can be used */
	JSL_STATUS_NONZERO_EXIT,  /**< exited with another code; or at all, in run() */
	JSL_STATUS_SIGNAL,	  /**< its JVM was ended by a signal */
	JSL_STATUS_TIME_LIMIT,	  /**< reached wall_ms or cpu_ms */
	JSL_STATUS_MEMORY_LIMIT,  /**< reached memory_mb */
	JSL_STATUS_OUTPUT_LIMIT,  /**< reached output_kb */
	JSL_STATUS_PROCESS_LIMIT, /**< reached processes */
	JSL_STATUS_DISK_LIMIT,	  /**< reached disk_mb or inodes */
	JSL_STATUS_SECURITY,	  /**< failed through a denied system call */
	JSL_STATUS_QUARANTINED,	  /**< took down too many workers (Q6) */
	JSL_STATUS_EXPIRED,	  /**< was not started in time (Q8) */
	JSL_STATUS_CANCELLED,	  /**< was given up, or cannot be run there */
	JSL_STATUS_INTERNAL,	  /**< something failed that is not the program's */
	/** Shown as "internal": no sandbox to run in, message names the layer. */
	JSL_STATUS_NO_SANDBOX
};

/**
 * The name of a status, as HTTP and JSON have it. From any thread.
 *
 * @param status the status
 * @return "ok", "compile_error" …, "internal" for what is none; borrowed, for ever
 */
JSL_API const char *jsl_status_str(enum jsl_status status);

/** How the program was entered. */
enum jsl_entry {
	JSL_ENTRY_NONE,	      /**< it was not, or not known how */
	JSL_ENTRY_MAIN,	      /**< public static void main(String[]) */
	JSL_ENTRY_RUN_STRING, /**< public String run() */
	JSL_ENTRY_RUN_VOID    /**< public void run() */
};

/** What the compiler says of a line. */
struct jsl_diagnostic {
	uint32_t line;	     /**< from 1; 0 = unknown */
	uint32_t column;     /**< from 1; 0 = unknown */
	bool warning;	     /**< else an error */
	const char *file;    /**< "string:///pkg/path/Name.java" */
	const char *message; /**< UTF-8 */
};

/**
 * The verdict. Text is UTF-8 unless it is the program's own (output, error_output,
 * returned), which is bytes as written. Everything is borrowed.
 */
struct jsl_result {
	enum jsl_status status; /**< how it ended */
	enum jsl_entry entry;	/**< how it was entered */
	const char *message;	/**< what failed, without a final newline; "" when ok */
	const char *detail; /**< compiler output, or the Java stack trace; "" for none */
	bool has_returned;  /**< run() returned a String or null */
	struct jsl_bytes returned;     /**< "null" for null */
	struct jsl_bytes output;       /**< stdout, up to the limit */
	struct jsl_bytes error_output; /**< stderr, up to the limit */
	bool truncated;		       /**< output was cut at the limit */
	int32_t exit_code;	       /**< -1 when the JVM did not exit by itself */
	int32_t signal;		       /**< 0 when none */
	uint64_t compile_us;   /**< wall time of the compiler; 0: compiled before */
	uint64_t run_us;       /**< wall time of the run */
	uint64_t cpu_us;       /**< CPU time of the run */
	uint64_t memory_bytes; /**< of the run, at its peak */
	const struct jsl_diagnostic *diagnostics; /**< in the compiler's order */
	size_t n_diagnostics;			  /**< at most JSL_RESULT_DIAGS_MAX */
	const char *const *isolation;		  /**< layers that were active */
	size_t n_isolation;			  /**< at most JSL_RESULT_NAMES_MAX */
	const char *const *denied;		  /**< names of denied system calls */
	size_t n_denied;			  /**< at most JSL_RESULT_NAMES_MAX */
};

/**
 * Encode a spec into a payload.
 *
 * @param[out] ret_payload given
 * @param spec             borrowed for the call
 * @return 0; #JSL_E_LIMIT: no source file, more files or arguments than a spec may have,
 * or more than JSL_SPEC_BYTES_MAX; -ENOMEM
 */
JSL_API int jsl_spec_encode(struct jsl_blob **ret_payload, const struct jsl_spec *spec);

/**
 * Decode a payload, of anybody's.
 *
 * @param[out] ret_spec given, free with jsl_spec_free(); owns what it points to
 * @param data          borrowed for the call
 * @param len           how many bytes
 * @return 0; #JSL_E_MALFORMED: no spec; #JSL_E_LIMIT: as for jsl_spec_encode(); -ENOMEM
 */
JSL_API int jsl_spec_decode(struct jsl_spec **ret_spec, const void *data, size_t len);

/**
 * Free what jsl_spec_decode() gave, and nothing else.
 *
 * @param spec the spec (taken); NULL is fine
 */
JSL_API void jsl_spec_free(struct jsl_spec *spec);

/**
 * Encode a result into a payload.
 *
 * @param[out] ret_payload given
 * @param result           borrowed for the call; a text that is NULL is as ""
 * @return 0; #JSL_E_LIMIT: more diagnostics or names than a result may have, or more than
 * JSL_RESULT_BYTES_MAX; -ENOMEM
 */
JSL_API int jsl_result_encode(struct jsl_blob **ret_payload,
			      const struct jsl_result *result);

/**
 * Decode a result, of anybody's.
 *
 * @param[out] ret_result given, free with jsl_result_free(); owns what it points to
 * @param data            borrowed for the call
 * @param len             how many bytes
 * @return 0; #JSL_E_MALFORMED: no result; #JSL_E_LIMIT: as for jsl_result_encode();
 * -ENOMEM
 */
JSL_API int jsl_result_decode(struct jsl_result **ret_result, const void *data,
			      size_t len);

/**
 * Free what jsl_result_decode() gave, and nothing else.
 *
 * @param result the result (taken); NULL is fine
 */
JSL_API void jsl_result_free(struct jsl_result *result);

#ifdef __cplusplus
}
#endif

#endif
