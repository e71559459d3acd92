/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_ARCHIVES_H
#define JSL_RUNNER_ARCHIVES_H

/*
 * Archives of classes for each JDK that is in use, one for its compilers and one for its
 * run JVMs (class-data sharing): JVMs that map one start with less CPU time, the less
 * the fewer classes are in it that they do not need. It is built in a box of its own, in
 * which no submitted code ever was, when the runner has nothing else to do; whatever
 * becomes of that, jobs do not notice.
 */

#include <event2/event_struct.h>
#include <stdbool.h>

#include "runner/archive.h"
#include "runner/frame.h"

struct jsl_runner;
struct jsl_runner__jdk;
struct jsl_runner__profile;
struct jsl_runner__vm;
struct jsl_runner_opts;

#define JSL_RUNNER__ARCHIVE_AFTER_MS   60000   /* of work, by default, the first one */
#define JSL_RUNNER__ARCHIVE_AGAIN_MS   5000    /* when the runner was busy */
#define JSL_RUNNER__ARCHIVE_BUSY_TIMES 10      /* as long, and it need not be at rest */
#define JSL_RUNNER__ARCHIVE_BUILD_MS   240000  /* less than a .new is left in peace */
#define JSL_RUNNER__ARCHIVE_RETRY_MS   3600000 /* after a failure */

struct jsl_runner__archives {
	char *dir;     /* NULL: none are kept … */
	char why[256]; /* … and why; "": nobody asked for it */
	uint32_t after_ms;
	struct event look;
	uint64_t lacked_us;		/* since when there is one to build; 0: none */
	struct jsl_runner__vm *builder; /* borrowed; NULL: none is built */
	struct jsl_runner__archive_file file;
	bool complete;
	char failure[256]; /* of the builder */
};

/** An error only means that there are none: see why. */
void jsl_runner__archives_init(struct jsl_runner *r, const struct jsl_runner_opts *opts);
void jsl_runner__archives_deinit(struct jsl_runner *r);

/**
 * The archive that a JVM of @p is to map (borrowed, until the next call), or NULL. If
 * there is none yet, that is looked into later.
 */
const char *jsl_runner__archives_use(struct jsl_runner *r,
				     const struct jsl_runner__profile *p);

/** A JVM that maps one of @p did not start: it may be the archive's fault. */
void jsl_runner__archives_doubt(struct jsl_runner *r,
				const struct jsl_runner__profile *p);

/**
 * What came of a JVM that was to build one: @name of the file, or @why not; both NULL:
 * it was not wanted any more.
 */
void jsl_runner__archives_settle(struct jsl_runner *r,
				 const struct jsl_runner__profile *p, const char *name,
				 const char *why);

/** @jdk is another one now: use none that was made of it. One being made is outdated. */
void jsl_runner__archives_forget(struct jsl_runner__jdk *jdk);

/** Build none now. */
void jsl_runner__archives_cancel(struct jsl_runner *r);

/* archives_vm.c: what comes from the JVM that builds one, and its end: @vm may be freed
 * after. */
void jsl_runner__archives_frame(struct jsl_runner__vm *vm, uint8_t type,
				struct jsl_runner__reader fields);
void jsl_runner__archives_ended(struct jsl_runner__vm *vm);

/**
 * What `jsl-peer --check` says of the default JDK's; nothing where nobody asked for one.
 * Returns whether it is used.
 */
bool jsl_runner__archives_describe(const struct jsl_runner *r, char *text, size_t size);

#endif
