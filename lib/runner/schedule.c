/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The work event: hands jobs to JVMs, keeps as many JVMs as are wanted, buries the dead,
 * and calls back for what is done. All decisions are taken here, from the state that
 * everything else only notes.
 *
 * Nodes share machines: without a job waiting for it, one JVM is started at a time, at
 * the lowest priority where that can be taken back, so that warming many runners up
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

void jsl_runner__profile_make(enum jsl_runner__kind kind, const struct jsl_limits *l,
			      struct jsl_runner__profile *ret_profile)
{
	bool compiler = kind == JSL_VM_COMPILER;

	*ret_profile = (struct jsl_runner__profile){
		.kind = kind,
		.memory_mb = compiler ? l->compile_memory_mb : l->memory_mb,
		/* A compiler is ours: what it does is bounded by its time and memory. */
		.processes = compiler ? 1 : l->processes,
		.disk_mb = compiler ? 1 : l->disk_mb,
		.inodes = compiler ? 16 : l->inodes,
	};
}

static bool is_same(const struct jsl_runner__profile *a,
		    const struct jsl_runner__profile *b)
{
	return a->kind == b->kind && a->memory_mb == b->memory_mb &&
	       a->processes == b->processes && a->disk_mb == b->disk_mb &&
	       a->inodes == b->inodes;
}

static uint32_t count(const struct jsl_runner *r, const struct jsl_runner__profile *p,
		      enum jsl_runner__vm_state state)
{
	uint32_t n = 0;

	jsl_list_foreach (it, &r->vms) {
		const struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		n += vm->state == state && is_same(&vm->profile, p);
	}
	return n;
}

static struct jsl_runner__vm *find_ready(struct jsl_runner *r,
					 const struct jsl_runner__profile *p)
{
	jsl_list_foreach (it, &r->vms) {
		struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_READY && is_same(&vm->profile, p))
			return vm;
	}
	return NULL;
}

static void fail_job(struct jsl_runner_job *job, enum jsl_status status, const char *text)
{
	int err = jsl_runner__verdict_set(&job->verdict, status, "%s", text);

	jsl_runner__job_finish(job, err == 0 ? status : JSL_STATUS_INTERNAL);
}

/** A start failed: the job that it was for may be lost with it. */
static void blame(struct jsl_runner *r, const struct jsl_runner__vm *vm)
{
	jsl_list_foreach_safe (it, &r->active) {
		struct jsl_runner_job *job =
			jsl_container_of(it, struct jsl_runner_job, link);
		struct jsl_runner__profile want;

		if (job->state != JSL_JOB_TO_COMPILE && job->state != JSL_JOB_TO_RUN)
			continue;
		jsl_runner__profile_make(job->state == JSL_JOB_TO_RUN ? JSL_VM_RUN
								      : JSL_VM_COMPILER,
					 &job->limits, &want);
		if (!is_same(&want, &vm->profile))
			continue;
		if (++job->tries >= JSL_RUNNER__TRIES_MAX)
			fail_job(job,
				 r->sandbox_failed ? JSL_STATUS_NO_SANDBOX
						   : JSL_STATUS_INTERNAL,
				 r->failure);
		return;
	}
}

/** The first line of what was said on @s, if anything. */
static bool read_line(struct jsl_runner__stream *s, char *line, size_t size)
{
	size_t n;

	if (s->fd >= 0)
		while (evbuffer_read(s->buf, s->fd, JSL_RUNNER__SETUP_TEXT_MAX) > 0)
			;
	n = (size_t)evbuffer_copyout(s->buf, line, size - 1);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return line[0] != '\0';
}

void jsl_runner__start_failed(struct jsl_runner *r, struct jsl_runner__vm *vm,
			      const char *layer, const char *text)
{
	bool idle = vm->state == JSL_VM_READY;
	char line[160] = "";

	if (vm->start_failed)
		return;
	vm->start_failed = true;
	r->sandbox_failed = true;
	if (layer != NULL)
		snprintf(r->failure, sizeof(r->failure), "No sandbox: %s: %s", layer,
			 text);
	else if (read_line(&vm->setup, line, sizeof(line)))
		snprintf(r->failure, sizeof(r->failure), "No sandbox: %s", line);
	else {
		r->sandbox_failed = false;
		if (!read_line(&vm->err, line, sizeof(line)))
			(void)read_line(&vm->out, line, sizeof(line));
		snprintf(r->failure, sizeof(r->failure),
			 "Java could not be started%s: %s",
			 vm->facts.stop == JSL_STOP_START ? " in time" : "", line);
	}
	jsl_log_write(&r->log, JSL_LOG_WARN, "runner", "%s", r->failure);
	r->backoff_ms = r->backoff_ms == 0 ? JSL_RUNNER__BACKOFF_MS : r->backoff_ms * 2;
	if (r->backoff_ms > JSL_RUNNER__BACKOFF_MAX_MS)
		r->backoff_ms = JSL_RUNNER__BACKOFF_MAX_MS;
	r->not_before_us = jsl_runner__now_us() + (uint64_t)r->backoff_ms * 1000;
	if (!idle)
		blame(r, vm);
	jsl_runner__kick(r);
}

void jsl_runner__retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	jsl_runner__kick(arg);
}

/** Start a JVM that nobody waits for yet, unless starts have just failed. */
static void start_background(struct jsl_runner *r, const struct jsl_runner__profile *p)
{
	uint64_t now_us = jsl_runner__now_us();
	struct timeval tv;

	if (now_us < r->not_before_us) {
		tv.tv_sec = (time_t)((r->not_before_us - now_us) / 1000000);
		tv.tv_usec = (suseconds_t)((r->not_before_us - now_us) % 1000000);
		(void)event_add(&r->retry, &tv);
		return;
	}
	(void)jsl_runner__vm_new(r, p, true);
}

/** Start one that @job waits for. If that cannot even be tried, the job ends. */
static void start_for(struct jsl_runner *r, struct jsl_runner_job *job,
		      const struct jsl_runner__profile *p)
{
	int err = r->host.isolation == JSL_ISOLATION_SANDBOX && r->host.bwrap == NULL
			  ? JSL_E_SANDBOX
			  : jsl_runner__vm_new(r, p, false);

	if (err == 0)
		return;
	snprintf(r->failure, sizeof(r->failure), "No sandbox: %s",
		 err == JSL_E_SANDBOX ? "bubblewrap is not installed"
				      : jsl_strerror(err));
	fail_job(job, JSL_STATUS_NO_SANDBOX, r->failure);
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
		jsl_runner__profile_make(run ? JSL_VM_RUN : JSL_VM_COMPILER, &job->limits,
					 &want);
		vm = find_ready(r, &want);
		if (run && !job->counted) {
			r->stats.pool_hits += vm != NULL;
			r->stats.pool_misses += vm == NULL;
			job->counted = true;
		}
		if (vm == NULL)
			continue;
		err = run ? jsl_runner__job_run(job, vm)
			  : jsl_runner__job_compile(job, vm);
		if (err != 0)
			fail_job(job, JSL_STATUS_INTERNAL, jsl_strerror(err));
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

		jsl_runner__profile_make(p->kind, &job->limits, &want);
		if (is_same(&want, p))
			n += p->kind == JSL_VM_COMPILER ? job->state <= JSL_JOB_COMPILING
							: job->state <= JSL_JOB_TO_RUN;
		if (job == last)
			break;
	}
	return n;
}

static void boost_starting(struct jsl_runner *r, const struct jsl_runner__profile *p)
{
	jsl_list_foreach (it, &r->vms) {
		struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_STARTING && is_same(&vm->profile, p))
			jsl_runner__vm_boost(vm);
	}
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
		uint32_t have, want;

		for (int kind = JSL_VM_COMPILER; kind <= JSL_VM_RUN; kind++) {
			if (job->state >
			    (kind == JSL_VM_RUN ? JSL_JOB_TO_RUN : JSL_JOB_TO_COMPILE))
				continue;
			jsl_runner__profile_make((enum jsl_runner__kind)kind,
						 &job->limits, &p);
			want = demand(r, &p, job);
			have = count(r, &p, JSL_VM_STARTING) + count(r, &p, JSL_VM_READY);
			if (kind == JSL_VM_COMPILER) {
				have += count(r, &p, JSL_VM_BUSY);
				want = want < compilers_max ? want : compilers_max;
			}
			if (have < want)
				start_for(r, job, &p);
			else
				boost_starting(r, &p);
		}
	}
}

static bool is_starting_in_background(const struct jsl_runner *r)
{
	jsl_list_foreach (it, &r->vms) {
		const struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_STARTING)
			return true;
	}
	return false;
}

/** One at a time: a compiler, a run JVM, more of these, and the spare compiler last. */
static void refill(struct jsl_runner *r)
{
	uint32_t pool = r->slots < JSL_RUNNER__POOL_MAX ? r->slots : JSL_RUNNER__POOL_MAX;
	struct jsl_runner__profile compiler, run;
	uint32_t compilers, worn = 0;

	if (!r->warm || is_starting_in_background(r))
		return;
	jsl_runner__profile_make(JSL_VM_COMPILER, &r->limits, &compiler);
	jsl_runner__profile_make(JSL_VM_RUN, &r->limits, &run);
	jsl_list_foreach (it, &r->vms) {
		const struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		worn += is_same(&vm->profile, &compiler) && vm->state <= JSL_VM_BUSY &&
			vm->served >= JSL_RUNNER__COMPILER_JOBS;
	}
	compilers = count(r, &compiler, JSL_VM_READY) + count(r, &compiler, JSL_VM_BUSY) -
		    worn;
	if (compilers == 0)
		start_background(r, &compiler);
	else if (count(r, &run, JSL_VM_READY) < pool)
		start_background(r, &run);
	else if (compilers < 2 && r->slots > 1 && r->stats.jobs > 0)
		start_background(r, &compiler);
}

/** Whether @vm, which is idle, shall stay. */
static bool is_wanted(struct jsl_runner *r, const struct jsl_runner__vm *vm)
{
	struct jsl_runner__profile usual;

	if (demand(r, &vm->profile, NULL) > 0)
		return vm->served < JSL_RUNNER__COMPILER_JOBS ||
		       count(r, &vm->profile, JSL_VM_READY) < 2;
	jsl_runner__profile_make(vm->profile.kind, &r->limits, &usual);
	if (!r->warm || !is_same(&vm->profile, &usual))
		return false;
	return vm->served < JSL_RUNNER__COMPILER_JOBS ||
	       count(r, &vm->profile, JSL_VM_READY) < 2;
}

static void let_go(struct jsl_runner *r)
{
	jsl_list_foreach_safe (it, &r->vms) {
		struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state == JSL_VM_ENDED && vm->child.pidfd < 0) {
			jsl_runner__vm_free(vm);
		} else if (vm->state == JSL_VM_READY && !is_wanted(r, vm)) {
			r->stats.compiler_recycles +=
				vm->served >= JSL_RUNNER__COMPILER_JOBS;
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

		result->isolation = jsl_runner__layers(r->host.isolation, r->drop,
						       &result->n_isolation);
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
	hand_over(r);
	start_wanted(r);
	let_go(r);
	if (deliver(r))
		refill(r);
}
