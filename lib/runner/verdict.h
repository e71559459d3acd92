/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_VERDICT_H
#define JSL_RUNNER_VERDICT_H

/*
 * From the facts about a job to the verdict and its words: no process, no clock, so that
 * each row of the failure table is one unit test. The texts are binding.
 */

#include <jsl/job.h>

#include "runner/box/box_proto.h"
#include "runner/frame.h"

/** Why the runner ended a JVM. */
enum jsl_runner__stop {
	JSL_STOP_NONE,
	JSL_STOP_WALL,
	JSL_STOP_OUTPUT,
	JSL_STOP_START,	   /* not ready in time */
	JSL_STOP_DISMISSED /* nobody needs it any more */
};

/** How a JVM ended, as seen from outside. */
struct jsl_runner__facts {
	enum jsl_runner__stop stop;
	bool reported;	 /* jsl-box told the rest; else it was lost */
	bool entered;	 /* the program was entered, as @entry */
	bool ended;	 /* … and the agent told its @outcome */
	int wait_status; /* of java */
	enum jsl_box_hit hit;
	uint64_t wall_us, cpu_us, rss_bytes, disk_bytes;
	uint32_t inodes_left;
	char denied[JSL_BOX_DENIED_MAX][JSL_BOX_NAME_SIZE]; /* each once */
	size_t n_denied;
	char denied_last[JSL_BOX_NAME_SIZE]; /* "": none */
	enum jsl_entry entry;
	enum jsl_runner__run_outcome outcome;
};

/** A result under construction. It owns what @result points to. */
struct jsl_runner__verdict {
	struct jsl_result result;
	char *trace;	 /* from the agent, NUL-terminated; NULL: none */
	char *type_name; /* of the return type; NULL: none */
	struct jsl_diagnostic *diagnostics;
	char *message, *detail;
	char **denied; /* JSL_BOX_DENIED_MAX, NULL for none */
	void *returned, *output, *error_output;
};

void jsl_runner__verdict_deinit(struct jsl_runner__verdict *v);

/** Take over a DIAGNOSTIC field. Returns 0, -ENOMEM or JSL_E_MALFORMED. */
int jsl_runner__verdict_add_diagnostic(struct jsl_runner__verdict *v,
				       const struct jsl_runner__field *f);

/** The compiler answered, but not with classes. Returns 0 or -ENOMEM. */
int jsl_runner__verdict_compiled(struct jsl_runner__verdict *v,
				 enum jsl_runner__compile_outcome outcome);

/** The compiler ended. Returns 0, -ENOMEM, or 1 if it was lost: try again. */
int jsl_runner__verdict_compiler_ended(struct jsl_runner__verdict *v,
				       const struct jsl_runner__facts *f,
				       const struct jsl_limits *limits);

/** The program ended. Returns 0, -ENOMEM, or 1 if its box was lost: try again. */
int jsl_runner__verdict_ran(struct jsl_runner__verdict *v,
			    const struct jsl_runner__facts *f,
			    const struct jsl_limits *limits);

/** Set status and message. Returns 0 or -ENOMEM. */
int jsl_runner__verdict_set(struct jsl_runner__verdict *v, enum jsl_status status,
			    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
