/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting JVMs, and what follows when one does not start: a layer that cannot be set
 * up refuses the job by its name (rule 5), and nothing is tried in a tight loop.
 */

#include "config.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include <jsl/err.h>

#include "base/log.h"
#include "runner/runner_int.h"

void jsl_runner__profile_make(enum jsl_runner__kind kind,
			      const struct jsl_runner__jdk *jdk,
			      const struct jsl_limits *l,
			      struct jsl_runner__profile *ret_profile)
{
	bool compiler = kind == JSL_VM_COMPILER;

	if (kind == JSL_VM_ARCHIVER) {
		/* It starts JVMs of its own, one at a time. */
		*ret_profile = (struct jsl_runner__profile){.kind = kind,
							    .jdk = jdk,
							    .memory_mb = 256,
							    .processes = 64,
							    .disk_mb = 64,
							    .inodes = 64};
		return;
	}
	*ret_profile = (struct jsl_runner__profile){
		.kind = kind,
		.jdk = jdk,
		.memory_mb = compiler ? l->compile_memory_mb : l->memory_mb,
		/* A compiler is ours: what it does is bounded by its time and memory. */
		.processes = compiler ? 1 : l->processes,
		.disk_mb = compiler ? 1 : l->disk_mb,
		.inodes = compiler ? 16 : l->inodes,
	};
}

bool jsl_runner__profile_is_same(const struct jsl_runner__profile *a,
				 const struct jsl_runner__profile *b)
{
	return a->kind == b->kind && a->jdk == b->jdk && a->memory_mb == b->memory_mb &&
	       a->processes == b->processes && a->disk_mb == b->disk_mb &&
	       a->inodes == b->inodes;
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
					 job->jdk, &job->limits, &want);
		if (!jsl_runner__profile_is_same(&want, &vm->profile))
			continue;
		if (++job->failed_starts >= JSL_RUNNER__STARTS_MAX)
			jsl_runner__job_fail(job,
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

/** No start in the background for a while. */
static void back_off(struct jsl_runner *r)
{
	r->backoff_ms = r->backoff_ms == 0 ? JSL_RUNNER__BACKOFF_MS : r->backoff_ms * 2;
	if (r->backoff_ms > JSL_RUNNER__BACKOFF_MAX_MS)
		r->backoff_ms = JSL_RUNNER__BACKOFF_MAX_MS;
	r->not_before_us = jsl_io_now_us() + (uint64_t)r->backoff_ms * 1000;
}

void jsl_runner__start_failed(struct jsl_runner *r, struct jsl_runner__vm *vm,
			      const char *layer, const char *text)
{
	char line[160] = "";

	if (vm->start_failed)
		return;
	vm->start_failed = true;
	if (vm->profile.kind == JSL_VM_ARCHIVER) { /* its end tells */
		snprintf(r->archives.failure, sizeof(r->archives.failure), "%s: %s",
			 layer, text);
		return;
	}
	if (vm->archived && !vm->was_ready && !vm->outdated)
		jsl_runner__archives_doubt(r, &vm->profile);
	r->stats.starts_failed++;
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
	back_off(r);
	if (!vm->was_ready) {
		jsl_runner__fit_note(r, &vm->profile, false);
		blame(r, vm);
	}
	jsl_runner__kick(r);
}

void jsl_runner__retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	jsl_runner__kick(arg);
}

/** Start a JVM. On an error, nothing was started, r->failure says why. */
static int start(struct jsl_runner *r, const struct jsl_runner__profile *p,
		 bool background)
{
	const char *why;
	int err;

	jsl_runner__jdks_refresh(r, p);
	err = jsl_runner__vm_new(r, p, background);
	why = jsl_strerror(err);
	if (err == 0)
		return 0;
	jsl_runner__fit_note(r, p, false);
	if (err == -ENOPKG) {
		why = JSL_RUNNER__NO_BWRAP;
		jsl_runner__fit_lost(r);
	} else if (err == JSL_E_SANDBOX) {
		why = "no control group";
	}
	snprintf(r->failure, sizeof(r->failure), "No sandbox: %s", why);
	r->stats.starts_failed++;
	back_off(r);
	jsl_runner__kick(r);
	return err;
}

/** Start a JVM that nobody waits for yet, unless starts have just failed. */
void jsl_runner__start_background(struct jsl_runner *r,
				  const struct jsl_runner__profile *p)
{
	uint64_t now_us = jsl_io_now_us();
	struct timeval tv;

	if (now_us < r->not_before_us) {
		tv.tv_sec = (time_t)((r->not_before_us - now_us) / 1000000);
		tv.tv_usec = (suseconds_t)((r->not_before_us - now_us) % 1000000);
		(void)event_add(&r->retry, &tv);
		return;
	}
	if (start(r, p, true) != 0)
		jsl_log_write(&r->log, JSL_LOG_WARN, "runner", "%s", r->failure);
}

/** Start one that @job waits for. If that cannot even be tried, the job ends. */
void jsl_runner__start_for(struct jsl_runner *r, struct jsl_runner_job *job,
			   const struct jsl_runner__profile *p)
{
	if (start(r, p, false) != 0)
		jsl_runner__job_fail(job, JSL_STATUS_NO_SANDBOX, r->failure);
}
