/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_JOB_H
#define JSL_JOB_H

/*
 * What is run and what comes back: a Java program with its input and limits,
 * and the verdict on it. Plain values; jsl_spec_encode() and friends turn them
 * into the payloads of the work queue.
 */

#include <stdbool.h>

#include <jsl/api.h>
#include <jsl/blob.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JSL_SPEC_FILES_MAX   64
#define JSL_SPEC_ARGS_MAX    256
#define JSL_SPEC_BYTES_MAX   (64u << 20) /* of an encoded spec */
#define JSL_RESULT_BYTES_MAX (64u << 20) /* of an encoded result */
#define JSL_RESULT_DIAGS_MAX 100
#define JSL_RESULT_NAMES_MAX 32 /* isolation layers, denied calls */

/** Bytes that somebody else owns. Not NUL-terminated. */
struct jsl_bytes {
	const void *data;
	size_t len;
};

/**
 * Limits of one job. In a spec 0 means "as configured"; never "unlimited".
 */
struct jsl_limits {
	uint32_t compile_wall_ms;
	uint32_t compile_memory_mb;
	uint32_t wall_ms;
	uint32_t cpu_ms;
	uint32_t memory_mb;
	uint32_t output_kb; /* stdout and stderr together */
	uint32_t processes; /* processes and threads */
	uint32_t disk_mb;
	uint32_t inodes;
};

/** One program. Everything is borrowed. */
struct jsl_spec {
	const struct jsl_bytes *sources; /* at least one */
	size_t n_sources;
	const struct jsl_bytes *args;
	size_t n_args;
	struct jsl_bytes input; /* stdin */
	struct jsl_limits limits;
	const char *jdk; /* selector, NULL or "" for the default */
};

enum jsl_status {
	JSL_STATUS_OK = 1,
	JSL_STATUS_COMPILE_ERROR,
	JSL_STATUS_COMPILE_LIMIT,
	JSL_STATUS_EXCEPTION,
	JSL_STATUS_NONZERO_EXIT,
	JSL_STATUS_SIGNAL,
	JSL_STATUS_TIME_LIMIT,
	JSL_STATUS_MEMORY_LIMIT,
	JSL_STATUS_OUTPUT_LIMIT,
	JSL_STATUS_PROCESS_LIMIT,
	JSL_STATUS_DISK_LIMIT,
	JSL_STATUS_SECURITY,
	JSL_STATUS_QUARANTINED,
	JSL_STATUS_EXPIRED,
	JSL_STATUS_CANCELLED,
	JSL_STATUS_INTERNAL,
	JSL_STATUS_NO_SANDBOX /* shown as "internal": no sandbox to run in, message names
				 the layer */
};

/** "ok", "compile_error" …; borrowed, for ever. */
JSL_API const char *jsl_status_str(enum jsl_status status);

/** How the program was entered. */
enum jsl_entry {
	JSL_ENTRY_NONE,
	JSL_ENTRY_MAIN,	      /* public static void main(String[]) */
	JSL_ENTRY_RUN_STRING, /* public String run() */
	JSL_ENTRY_RUN_VOID    /* public void run() */
};

struct jsl_diagnostic {
	uint32_t line;	 /* from 1; 0 = unknown */
	uint32_t column; /* from 1; 0 = unknown */
	bool warning;
	const char *file;    /* "string:///pkg/path/Name.java" */
	const char *message; /* UTF-8 */
};

/**
 * The verdict. Text is UTF-8 unless it is the program's own (output, error_output,
 * returned), which is bytes as written.
 */
struct jsl_result {
	enum jsl_status status;
	enum jsl_entry entry;
	const char *message; /* what failed, without a final newline; "" when ok */
	const char *detail;  /* compiler output, or the Java stack trace; "" for none */
	bool has_returned;   /* run() returned a String or null */
	struct jsl_bytes returned;     /* "null" for null */
	struct jsl_bytes output;       /* stdout, up to the limit */
	struct jsl_bytes error_output; /* stderr, up to the limit */
	bool truncated;		       /* output was cut at the limit */
	int32_t exit_code;	       /* -1 when the JVM did not exit by itself */
	int32_t signal;		       /* 0 when none */
	uint64_t compile_us;
	uint64_t run_us;
	uint64_t cpu_us;
	uint64_t memory_bytes; /* peak */
	const struct jsl_diagnostic *diagnostics;
	size_t n_diagnostics;
	const char *const *isolation; /* layers that were active */
	size_t n_isolation;
	const char *const *denied; /* names of denied system calls */
	size_t n_denied;
};

/**
 * Encode @spec into a payload (given).
 *
 * Returns 0; JSL_E_LIMIT; -ENOMEM.
 */
JSL_API int jsl_spec_encode(struct jsl_blob **ret_payload, const struct jsl_spec *spec);

/**
 * Decode a payload. *@ret_spec (given, free with jsl_spec_free()) owns what it
 * points to.
 *
 * Returns 0; JSL_E_MALFORMED; JSL_E_LIMIT; -ENOMEM.
 */
JSL_API int jsl_spec_decode(struct jsl_spec **ret_spec, const void *data, size_t len);
JSL_API void jsl_spec_free(struct jsl_spec *spec);

/** Encode a result into a payload (given). Returns 0; JSL_E_LIMIT; -ENOMEM. */
JSL_API int jsl_result_encode(struct jsl_blob **ret_payload,
			      const struct jsl_result *result);

/** Decode a result; see jsl_spec_decode(). */
JSL_API int jsl_result_decode(struct jsl_result **ret_result, const void *data,
			      size_t len);
JSL_API void jsl_result_free(struct jsl_result *result);

#ifdef __cplusplus
}
#endif

#endif
