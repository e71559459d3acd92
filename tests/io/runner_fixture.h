/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_RUNNER_FIXTURE_H
#define JSL_TESTS_RUNNER_FIXTURE_H

/*
 * A runner on a loop of its own, and one job at a time through it. The result is copied,
 * so that a test can look at it at leisure.
 */

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <jsl/runner.h>

struct fixture {
	struct event_base *base;
	struct jsl_runner *runner;
	struct jsl_limits limits; /* of the next job */
	const char *input, *jdk;
	int n_done;
	enum jsl_status status;
	enum jsl_entry entry;
	char *message, *detail, *returned, *output, *error_output; /* NUL-terminated */
	size_t output_len, error_len;
	bool has_returned, truncated;
	int exit_code, signal;
	uint64_t exit_codes; /* a bit for each of all jobs that ended with one */
	uint64_t cpu_us, run_us, memory_bytes;
	size_t n_diagnostics, n_isolation;
	uint32_t line, column; /* of the first diagnostic */
	char *isolation;       /* all layers, each followed by a blank */
	char *denied;	       /* and all denied calls */
	char log[1024];	       /* the last line */
};

/** Returns false, having said why, where boxes cannot be built. */
bool fixture_init(struct fixture *f);

/** The same with other options. */
bool fixture_init_opts(struct fixture *f, struct jsl_runner_opts *opts);
void fixture_deinit(struct fixture *f);

/** Submit @source without waiting. */
struct jsl_runner_job *submit(struct fixture *f, const char *source, size_t len);

/** Run the loop until @n jobs are done since the fixture was made. */
void wait_done(struct fixture *f, int n);

/** Submit @source with the argument "arg" and wait for its result. */
void run(struct fixture *f, const char *source);
void run_bytes(struct fixture *f, const char *source, size_t len);

#endif
