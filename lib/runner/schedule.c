/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The work event: hands jobs to JVMs, keeps as many JVMs as are wanted, buries the dead,
 * and calls back for what is done. All decisions are taken here, from the state that
 * everything else only notes.
 *
 * Nodes share machines: one JVM without a job waiting for it is started at a time, at
 * a low priority where that can be taken back, so that warming many runners up
 * leaves the processor to those who hold elections.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jsl/err.h>

#include "base/log.h"
#include "runner/runner_int.h"

void jsl_runner__kick(struct jsl_runner *r)
{
	event_active(&r->work, EV_TIMEOUT, 0);
}

static uint32_t count(const struct jsl_runner *r, const struct jsl_runner__profile *p,
		      enum jsl_runner__vm_state state)
{
	uint32_t n = 0;

	jsl_list_foreach (it, &r->vms) {
		const struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		n += vm->state == state && jsl_runner__profile_is_same(&vm->profile, p);
	}
	return n;
}

/** A compiler whose next job should be another's. */
static bool is_worn(const struct jsl_runner__vm *vm)
{
	return vm->served >= JSL_RUNNER__COMPILER_JOBS || vm->outdated;
}

/** The oldest, which is the warmest; a worn compiler only for want of another. */
static struct jsl_runner__vm *find_ready(struct jsl_runner *r,
					 const struct jsl_runner__profile *p)
{
	struct jsl_runner__vm *worn = NULL;

	jsl_list_foreach (it, &r->vms) {
		struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state != JSL_VM_READY ||
		    !jsl_runner__profile_is_same(&vm->profile, p))
			continue;
		if (!is_worn(vm))
			return vm;
		worn = vm;
	}
	return worn;
}

static void admit(struct jsl_runner *r)
{
	while (r->n_active < r->slots && !jsl_list_empty(&r->waiting)) {
		struct jsl_runner_job *job = jsl_container_of(
			jsl_list_pop_front(&r->waiting), struct jsl_runner_job, link);

		job->state = JSL_JOB_TO_COMPILE;
		jsl_list_push_back(&r->active, &job->link);
		r->n_active++;
	}
}

/**
 * What killed a JVM from outside may have killed those that wait as well, and their ends
 * not be seen yet: the next try of a job shall not be wasted on one of them.
 */
static void replace_waiting(struct jsl_runner *r)
{
	jsl_list_foreach (it, &r->vms)
		jsl_runner__vm_dismiss(jsl_container_of(it, struct jsl_runner__vm, link));
	r->lost = false;
}

/** Also of a job that waits: another may have brought the classes meanwhile. */
static void recall(struct jsl_runner *r)
{
	jsl_list_foreach_safe (it, &r->active) {
		struct jsl_runner_job *job =
			jsl_container_of(it, struct jsl_runner_job, link);

		if (job->state == JSL_JOB_TO_COMPILE)
			jsl_runner__job_recall(job);
	}
}

static void hand_over(struct jsl_runner *r)
{
	jsl_list_foreach_safe (it, &r->active) {
		struct jsl_runner_job *job =
			jsl_container_of(it, struct jsl_runner_job, link);
		bool run = job->state == JSL_JOB_TO_RUN;
		struct jsl_runner__profile want;
		struct jsl_runner__vm *vm;
		int err;

		if (!run && job->state != JSL_JOB_TO_COMPILE)
			continue;
		jsl_runner__profile_make(run ? JSL_VM_RUN : JSL_VM_COMPILER, job->jdk,
					 &job->limits, &want);
		vm = find_ready(r, &want);
		if (vm == NULL) {
			job->missed = run;
			continue;
		}
		if (run)
			(*(job->missed ? &r->stats.pool_misses : &r->stats.pool_hits))++;
		err = run ? jsl_runner__job_run(job, vm)
			  : jsl_runner__job_compile(job, vm);
		if (err != 0)
			jsl_runner__job_fail(job, JSL_STATUS_INTERNAL, jsl_strerror(err));
	}
}

/** How many active jobs up to and including @last want a JVM of profile @p. */
static uint32_t demand(const struct jsl_runner *r, const struct jsl_runner__profile *p,
		       const struct jsl_runner_job *last)
{
	uint32_t n = 0;

	jsl_list_foreach (it, &r->active) {
		const struct jsl_runner_job *job =
			jsl_container_of(it, struct jsl_runner_job, link);
		struct jsl_runner__profile want;

		jsl_runner__profile_make(p->kind, job->jdk, &job->limits, &want);
		if (jsl_runner__profile_is_same(&want, p))
			n += p->kind == JSL_VM_COMPILER ? job->state <= JSL_JOB_COMPILING
							: job->state <= JSL_JOB_TO_RUN;
		if (job == last)
			break;
	}
	return n;
}

/** The JVMs that serve that demand; a compiler goes on to the next job. */
static uint32_t supply(const struct jsl_runner *r, const struct jsl_runner__profile *p)
{
	uint32_t n = count(r, p, JSL_VM_STARTING) + count(r, p, JSL_VM_READY);

	return p->kind == JSL_VM_COMPILER ? n + count(r, p, JSL_VM_BUSY) : n;
}

static void boost_starting(struct jsl_runner *r, const struct jsl_runner__profile *p)
{
	jsl_list_foreach (it, &r->vms) {
		struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_STARTING &&
		    jsl_runner__profile_is_same(&vm->profile, p))
			jsl_runner__vm_boost(vm);
	}
}

/** A run JVM beside the compilation only saves time: not again and again in vain. */
static bool is_due(const struct jsl_runner *r, const struct jsl_runner_job *job,
		   enum jsl_runner__kind kind)
{
	if (kind == JSL_VM_COMPILER)
		return job->state <= JSL_JOB_TO_COMPILE;
	return job->state == JSL_JOB_TO_RUN ||
	       (job->state < JSL_JOB_TO_RUN && r->backoff_ms == 0);
}

/** What jobs wait for is started now, the run JVM beside the compilation. */
static void start_wanted(struct jsl_runner *r)
{
	uint32_t compilers_max = r->slots < JSL_RUNNER__COMPILERS_MAX
					 ? r->slots
					 : JSL_RUNNER__COMPILERS_MAX;

	jsl_list_foreach_safe (it, &r->active) {
		struct jsl_runner_job *job =
			jsl_container_of(it, struct jsl_runner_job, link);
		struct jsl_runner__profile p;
		uint32_t want;

		for (int kind = JSL_VM_COMPILER; kind <= JSL_VM_RUN; kind++) {
			if (!is_due(r, job, (enum jsl_runner__kind)kind))
				continue;
			jsl_runner__profile_make((enum jsl_runner__kind)kind, job->jdk,
						 &job->limits, &p);
			want = demand(r, &p, job);
			if (kind == JSL_VM_COMPILER && want > compilers_max)
				want = compilers_max;
			if (supply(r, &p) < want)
				jsl_runner__start_for(r, job, &p);
			else
				boost_starting(r, &p);
		}
	}
}

/**
 * Whether a JVM is starting that no job waits for. With jobs always waiting there is one
 * more than they need, too: while a job runs, the JVM of the one after it starts.
 */
static bool is_starting_ahead(const struct jsl_runner *r)
{
	jsl_list_foreach (it, &r->vms) {
		const struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_STARTING &&
		    supply(r, &vm->profile) > demand(r, &vm->profile, NULL))
			return true;
	}
	return false;
}

/**
 * One at a time: a compiler, a run JVM, more of these, and the spare compiler last.
 * Returns whether @jdk (NULL: the default) lacks nothing.
 */
static bool refill_jdk(struct jsl_runner *r, const struct jsl_runner__jdk *jdk)
{
	uint32_t pool = r->slots < JSL_RUNNER__POOL_MAX ? r->slots : JSL_RUNNER__POOL_MAX;
	struct jsl_runner__profile compiler, run;
	uint32_t compilers, worn = 0;

	jsl_runner__profile_make(JSL_VM_COMPILER, jdk, &r->limits, &compiler);
	jsl_runner__profile_make(JSL_VM_RUN, jdk, &r->limits, &run);
	jsl_list_foreach (it, &r->vms) {
		const struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		worn += jsl_runner__profile_is_same(&vm->profile, &compiler) &&
			vm->state <= JSL_VM_BUSY && is_worn(vm);
	}
	compilers = supply(r, &compiler) - worn;
	if (compilers == 0)
		jsl_runner__start_background(r, &compiler);
	else if (supply(r, &run) < demand(r, &run, NULL) + pool)
		jsl_runner__start_background(r, &run);
	else if (compilers < 2 && r->slots > 1 && r->stats.jobs > 0)
		jsl_runner__start_background(r, &compiler);
	else
		return true;
	return false;
}

/**
 * At rest, one JVM after the other rehearses what most programs load. Not when jobs
 * wait for JVMs: it costs a quarter of a JVM's start, and not every program needs it.
 */
static void rehearse(struct jsl_runner *r)
{
	if (r->n_active > 0)
		return;
	jsl_list_foreach (it, &r->vms) {
		struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_READY && vm->profile.kind == JSL_VM_RUN &&
		    !vm->rehearsed) {
			jsl_runner__vm_rehearse(vm);
			return;
		}
	}
}

/** The default JDK first, then those that jobs have asked for. */
static void refill(struct jsl_runner *r)
{
	if (!jsl_runner__fit_is(r)) {
		jsl_runner__fit_try(r);
		return;
	}
	if (!r->warm || is_starting_ahead(r) || !refill_jdk(r, NULL))
		return;
	for (size_t i = 0; i < r->host.n_jdks; i++)
		if (r->host.jdks[i].used && !refill_jdk(r, &r->host.jdks[i]))
			return;
	rehearse(r);
}

/** Whether @vm, which is idle, shall stay. */
static bool is_wanted(struct jsl_runner *r, const struct jsl_runner__vm *vm)
{
	struct jsl_runner__profile usual;

	if (demand(r, &vm->profile, NULL) > 0)
		return !is_worn(vm) || count(r, &vm->profile, JSL_VM_READY) < 2;
	jsl_runner__profile_make(vm->profile.kind, vm->profile.jdk, &r->limits, &usual);
	if (!r->warm || !jsl_runner__profile_is_same(&vm->profile, &usual))
		return false;
	return !is_worn(vm) || count(r, &vm->profile, JSL_VM_READY) < 2;
}

static void let_go(struct jsl_runner *r)
{
	jsl_list_foreach_safe (it, &r->vms) {
		struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_ENDED && vm->child.pidfd < 0) {
			jsl_runner__vm_free(vm);
		} else if (vm->state == JSL_VM_READY && !is_wanted(r, vm)) {
			r->stats.compiler_recycles += is_worn(vm);
			jsl_runner__vm_stop(vm, JSL_STOP_DISMISSED);
		}
	}
}

/** Call back for what is done. Returns false if the runner was freed by one of them. */
static bool deliver(struct jsl_runner *r)
{
	bool gone = false;

	while (!gone && !jsl_list_empty(&r->finished)) {
		struct jsl_runner_job *job = jsl_container_of(
			jsl_list_pop_front(&r->finished), struct jsl_runner_job, link);
		struct jsl_result *result = &job->verdict.result;

		result->isolation = r->layers;
		result->n_isolation = r->n_layers;
		r->gone = &gone;
		job->done(job->arg, result);
		if (!gone)
			r->gone = NULL;
		jsl_runner__job_free(job);
	}
	return !gone;
}

void jsl_runner__work(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_runner *r = arg;

	(void)fd;
	(void)what;
	admit(r);
	if (r->lost)
		replace_waiting(r);
	recall(r);
	hand_over(r);
	start_wanted(r);
	let_go(r);
	/* Before the results, which bring the next jobs. */
	if (jsl_runner__fit_tell(r) && deliver(r))
		refill(r);
}
