/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_BOX_PROTO_H
#define JSL_RUNNER_BOX_PROTO_H

/*
 * Between the runner and jsl-box, its helper that is pid 1 of a box: one struct a
 * message on a SOCK_SEQPACKET pair that nothing else in the box can reach. Both ends
 * are of one build.
 */

#include <stdint.h>

/* Descriptors that jsl-box is started with; everything above is closed. */
enum {
	JSL_BOX_FD_CONTROL = 3,
	JSL_BOX_FD_REPORT = 4, /* becomes fd 3 of the JVM */
	JSL_BOX_FD_STDIN = 5,
	JSL_BOX_FD_STDOUT = 6,
	JSL_BOX_FD_STDERR = 7,
	JSL_BOX_FD_JAR = 8, /* read by bwrap */
	JSL_BOX_FD_SELF = 9 /* read by bwrap */
};

enum jsl_box_type {
	/* to jsl-box */
	JSL_BOX_GO = 1, /* a job is handed over: count CPU time from here */
	JSL_BOX_REST,	/* the job has ended, the JVM waits for the next */
	JSL_BOX_KILL,	/* end the JVM, then report as ever */
	/* from jsl-box */
	JSL_BOX_STARTED, /* every layer stands; java is being executed */
	JSL_BOX_FAILED,	 /* a layer cannot be set up: nothing was executed */
	JSL_BOX_DENIED,	 /* a system call, for the first time in this job */
	JSL_BOX_EXITED	 /* the last message */
};

/** What a JVM was killed for. */
enum jsl_box_hit { JSL_BOX_HIT_NONE, JSL_BOX_HIT_CPU, JSL_BOX_HIT_MEMORY };

#define JSL_BOX_NAME_SIZE  32
#define JSL_BOX_DENIED_MAX 32 /* names told of one job */

struct jsl_box_message {
	uint32_t type;
	int32_t err;	      /* FAILED: errno */
	int32_t wait_status;  /* EXITED: of java, as from waitpid() */
	uint32_t cpu_ms;      /* GO: what the job may use; 0: no limit of its own */
	uint64_t cpu_us;      /* EXITED: used since GO, by everything in the box */
	uint64_t rss_bytes;   /* EXITED: peak of all processes together */
	uint64_t disk_bytes;  /* EXITED: used of /tmp */
	uint32_t inodes_left; /* EXITED: in /tmp */
	uint32_t hit;	      /* EXITED: enum jsl_box_hit */
	uint32_t in_job;      /* DENIED: after GO */
	uint32_t reserved;
	/* NUL-terminated. FAILED: the layer; DENIED: the call; EXITED: the call that was
	 * denied last, empty for none */
	char name[JSL_BOX_NAME_SIZE];
};

#endif
