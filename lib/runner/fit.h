/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_FIT_H
#define JSL_RUNNER_FIT_H

/*
 * Whether the runner is fit: whether the JVMs that usual jobs get can be started, which
 * are those of the default JDK and of the runner's own limits. It is unfit after
 * JSL_RUNNER__STARTS_MAX failures in a row of one kind (where bubblewrap is missing at
 * once, of both), and fit again as soon as one of each such kind is ready. What a job
 * asks for by itself, a further JDK or less memory, says nothing of the others.
 */

#include <stdbool.h>
#include <stdint.h>

struct jsl_runner;
struct jsl_runner_opts;
struct jsl_runner__profile;

struct jsl_runner__fitness {
	void (*fn)(void *arg, bool fit, const char *why); /* NULL: nobody asks */
	void *arg;
	uint32_t failed[2]; /* starts in a row, of compilers and of run JVMs */
	bool unfit;	    /* as last told */
};

/** Unfit from the start where bubblewrap is missing. */
void jsl_runner__fit_init(struct jsl_runner *r, const struct jsl_runner_opts *opts);

/** A JVM of that profile has started, or could not be. Any profile is fine. */
void jsl_runner__fit_note(struct jsl_runner *r, const struct jsl_runner__profile *p,
			  bool started);

/** None at all can be started, for a reason that is known. */
void jsl_runner__fit_lost(struct jsl_runner *r);

bool jsl_runner__fit_is(const struct jsl_runner *r);

/** Say it if it has changed. Returns false if the runner was freed by the callback. */
bool jsl_runner__fit_tell(struct jsl_runner *r);

/** While unfit: start one of the JVMs that could not be, at its time. */
void jsl_runner__fit_try(struct jsl_runner *r);

/**
 * Look for bubblewrap where it is not, or is no more: it may be installed while the
 * runner lives. Returns whether boxes can be built, as far as that goes.
 */
bool jsl_runner__fit_find_bwrap(struct jsl_runner *r);

#endif
