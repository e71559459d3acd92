/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the runner can do its work; see fit.h. Nothing is probed for it: each start
 * tells. Only while unfit, starts are made to see whether that is over.
 */

#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "runner/runner_int.h"

bool jsl_runner__fit_find_bwrap(struct jsl_runner *r)
{
	if (r->host.isolation != JSL_ISOLATION_SANDBOX)
		return true;
	if (r->host.bwrap != NULL && access(r->host.bwrap, X_OK) == 0)
		return true;
	free(r->host.bwrap);
	r->host.bwrap = jsl_runner__which("bwrap");
	return r->host.bwrap != NULL;
}

void jsl_runner__fit_init(struct jsl_runner *r, const struct jsl_runner_opts *opts)
{
	r->fitness.fn = opts->fit;
	r->fitness.arg = opts->fit_arg;
	if (jsl_runner__fit_find_bwrap(r))
		return;
	snprintf(r->failure, sizeof(r->failure), "No sandbox: %s", JSL_RUNNER__NO_BWRAP);
	jsl_runner__fit_lost(r);
	jsl_runner__kick(r);
}

void jsl_runner__fit_lost(struct jsl_runner *r)
{
	for (int kind = JSL_VM_COMPILER; kind <= JSL_VM_RUN; kind++)
		r->fitness.failed[kind] = JSL_RUNNER__STARTS_MAX;
}

static void make_usual(const struct jsl_runner *r, enum jsl_runner__kind kind,
		       struct jsl_runner__profile *ret_profile)
{
	jsl_runner__profile_make(kind, NULL, &r->limits, ret_profile);
}

void jsl_runner__fit_note(struct jsl_runner *r, const struct jsl_runner__profile *p,
			  bool started)
{
	struct jsl_runner__profile usual;
	uint32_t *failed;

	if (p->kind == JSL_VM_ARCHIVER)
		return;
	make_usual(r, p->kind, &usual);
	if (!jsl_runner__profile_is_same(p, &usual))
		return;
	failed = &r->fitness.failed[p->kind];
	if (started)
		*failed = 0;
	else if (*failed < JSL_RUNNER__STARTS_MAX)
		(*failed)++;
}

bool jsl_runner__fit_is(const struct jsl_runner *r)
{
	const struct jsl_runner__fitness *f = &r->fitness;

	return f->failed[JSL_VM_COMPILER] < JSL_RUNNER__STARTS_MAX &&
	       f->failed[JSL_VM_RUN] < JSL_RUNNER__STARTS_MAX;
}

bool jsl_runner__fit_tell(struct jsl_runner *r)
{
	struct jsl_runner__fitness *f = &r->fitness;
	bool fit = jsl_runner__fit_is(r), gone = false;

	if (fit != f->unfit)
		return true;
	f->unfit = !fit;
	if (fit)
		jsl_log_write(&r->log, JSL_LOG_INFO, "runner",
			      "fit: JVMs can be started again");
	else
		jsl_log_write(&r->log, JSL_LOG_ERROR, "runner",
			      "unfit: JVMs cannot be started: %s", r->failure);
	if (f->fn == NULL)
		return true;
	r->gone = &gone;
	f->fn(f->arg, fit, fit ? "" : r->failure);
	if (!gone)
		r->gone = NULL;
	return !gone;
}

static bool is_starting(const struct jsl_runner *r, enum jsl_runner__kind kind)
{
	struct jsl_runner__profile usual;

	make_usual(r, kind, &usual);
	jsl_list_foreach (it, &r->vms) {
		const struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_STARTING && !vm->rehearsed &&
		    jsl_runner__profile_is_same(&vm->profile, &usual))
			return true;
	}
	return false;
}

/* One at a time: as long as one cannot be started, the other is of no use. */
void jsl_runner__fit_try(struct jsl_runner *r)
{
	enum jsl_runner__kind kind = JSL_VM_COMPILER;
	struct jsl_runner__profile p;

	assert(!jsl_runner__fit_is(r));
	if (!r->warm && r->fitness.fn == NULL)
		return;
	if (r->fitness.failed[kind] < JSL_RUNNER__STARTS_MAX)
		kind = JSL_VM_RUN;
	if (is_starting(r, kind))
		return;
	make_usual(r, kind, &p);
	jsl_runner__start_background(r, &p);
}
