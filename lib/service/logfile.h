/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_LOGFILE_H
#define JSL_SERVICE_LOGFILE_H

/*
 * A node's two log files, rotated by size: NAME.summary.log (INFO and above)
 * and NAME.verbose.log (everything). One line an event:
 *
 *	2026-11-20T12:00:00.123Z INFO election text
 *
 * A full disk never stops the program: lines are counted as lost, and the
 * count is logged once the file can be written again. Also the lines of
 * interface.md that go to stdout.
 */

#include <stdbool.h>

#include <jsl/election.h>
#include <jsl/log.h>

struct event_base;
struct jsl_logfile;

enum jsl_logfile_kind { JSL_LOGFILE_SUMMARY, JSL_LOGFILE_VERBOSE };

struct jsl_logfile_opts {
	size_t size;
	struct event_base *base; /* borrowed; outlives the object */
	const char *dir;	 /* copied; made if it is missing, its parents are not */
	const char *name;	 /* copied: "peer-3" */
	uint64_t id;		 /* of the node, for the lines on stdout */
	uint64_t max_bytes;	 /* of one file; then it is rotated */
	uint32_t keep;		 /* rotated files: .1 (newest) to .keep */
	int out_fd;		 /* borrowed: where stdout's lines go; -1: nowhere */
};

#define JSL_LOGFILE_OPTS_INIT                                                    \
	{                                                                        \
		.size = sizeof(struct jsl_logfile_opts), .max_bytes = 16u << 20, \
		.keep = 4, .out_fd = -1,                                         \
	}

/**
 * Open both files for appending (given).
 *
 * Returns 0; -errno, with one line in @errmsg; -ENOMEM.
 */
int jsl_logfile_new(struct jsl_logfile **ret_lf, const struct jsl_logfile_opts *opts,
		    char *errmsg, size_t errmsg_size);

/** Flushes. NULL is fine. */
void jsl_logfile_free(struct jsl_logfile *lf);

/** What to hand to the library; @level: the most talkative one that is written. */
struct jsl_log jsl_logfile_sink(struct jsl_logfile *lf, enum jsl_log_level level);

/** Write what is buffered; otherwise done after at most 200 ms. */
void jsl_logfile_flush(struct jsl_logfile *lf);

/** Open the files anew (SIGHUP). One that cannot be opened stays as it is. */
void jsl_logfile_reopen(struct jsl_logfile *lf);

/**
 * A file descriptor for reading the current file from its start (given: close it),
 * with what was buffered in it; *@ret_size is its size. Returns it or -errno.
 */
int jsl_logfile_open(struct jsl_logfile *lf, enum jsl_logfile_kind kind,
		     uint64_t *ret_size);

/** Lines lost so far, over both files. */
uint64_t jsl_logfile_lost(const struct jsl_logfile *lf);

/** "3: switching from LOOKING to FOLLOWING", to the logs and to stdout. */
void jsl_logfile_role(struct jsl_logfile *lf, enum jsl_election_role from,
		      enum jsl_election_role to);

/** "3: no heartbeat from server 7 - SERVER FAILED", to the logs and to stdout. */
void jsl_logfile_failed(struct jsl_logfile *lf, uint64_t server);

#endif
