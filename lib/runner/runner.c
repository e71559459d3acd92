/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public face of the runner; see jsl/runner.h.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jsl/err.h>

#include "base/log.h"
#include "runner/runner_int.h"

__attribute__((format(printf, 4, 5))) static int refuse(char *errmsg, size_t size,
							int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (errmsg != NULL)
		vsnprintf(errmsg, size, fmt, ap);
	va_end(ap);
	return err;
}

static uint32_t or_default(uint32_t n, uint32_t otherwise)
{
	return n != 0 ? n : otherwise;
}

static void set_limits(struct jsl_limits *l, const struct jsl_limits *given)
{
	static const struct jsl_limits d = JSL_LIMITS_INIT;

	l->compile_wall_ms = or_default(given->compile_wall_ms, d.compile_wall_ms);
	l->compile_memory_mb = or_default(given->compile_memory_mb, d.compile_memory_mb);
	l->wall_ms = or_default(given->wall_ms, d.wall_ms);
	l->cpu_ms = or_default(given->cpu_ms, d.cpu_ms);
	l->memory_mb = or_default(given->memory_mb, d.memory_mb);
	l->output_kb = or_default(given->output_kb, d.output_kb);
	l->processes = or_default(given->processes, d.processes);
	l->disk_mb = or_default(given->disk_mb, d.disk_mb);
	l->inodes = or_default(given->inodes, d.inodes);
	if (l->compile_memory_mb < JSL_RUNNER__COMPILER_MB_MIN)
		l->compile_memory_mb = JSL_RUNNER__COMPILER_MB_MIN;
	if (l->memory_mb < JSL_RUNNER__RUN_MB_MIN)
		l->memory_mb = JSL_RUNNER__RUN_MB_MIN;
}

/** Rule 11: root runs nothing; a box is built by an unprivileged user, or not at all. */
static int find_user(struct jsl_runner *r, const char *user, char *errmsg, size_t size)
{
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	pw = user != NULL ? getpwnam(user) : NULL;
	if (pw == NULL)
		return refuse(errmsg, size, -EINVAL, "runner: there is no user \"%s\"",
			      user != NULL ? user : "");
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		return refuse(errmsg, size, -EINVAL, "runner: user \"%s\" is privileged",
			      user);
	r->drop = true;
	r->uid = pw->pw_uid;
	r->gid = pw->pw_gid;
	return 0;
}

static int find_file(char **ret_path, const char *given, const char *installed,
		     char *errmsg, size_t size)
{
	*ret_path = strdup(given != NULL ? given : installed);
	if (*ret_path == NULL)
		return -ENOMEM;
	if (access(*ret_path, R_OK) < 0) {
		int err = -errno;

		return refuse(errmsg, size, err, "runner: %s: %s", *ret_path,
			      jsl_strerror(err));
	}
	return 0;
}

static int find_groups(struct jsl_runner *r, enum jsl_cgroup wanted, char *errmsg,
		       size_t size)
{
	int err;

	if (wanted == JSL_CGROUP_NONE)
		return 0;
	err = jsl_runner__cgroups_claim(&r->groups);
	if (err != 0 && wanted == JSL_CGROUP_REQUIRED)
		return refuse(errmsg, size, JSL_E_SANDBOX,
			      "runner: no control groups: %s", r->groups.why);
	if (err != 0)
		jsl_log_write(&r->log, JSL_LOG_VERBOSE, "runner", "no control groups: %s",
			      r->groups.why);
	return 0;
}

static int find_host(struct jsl_runner *r, const struct jsl_runner_opts *opts,
		     char *errmsg, size_t size)
{
	int err = find_user(r, opts->user, errmsg, size);

	if (err == 0)
		err = jsl_runner__jdks_find(r, opts, errmsg, size);
	if (err == 0)
		err = find_file(&r->host.jar, opts->agent_jar,
				JSL_PKGDATADIR "/jsl-agent.jar", errmsg, size);
	if (err == 0)
		err = find_file(&r->host.box, opts->box, JSL_PKGLIBEXECDIR "/jsl-box",
				errmsg, size);
	if (err == 0)
		err = find_groups(r, opts->cgroup, errmsg, size);
	if (err == 0) {
		jsl_runner__fit_init(r, opts);
		jsl_runner__layers_init(r);
		jsl_runner__archives_init(r, opts);
	}
	return err;
}

static void init(struct jsl_runner *r, const struct jsl_runner_opts *opts)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	r->base = opts->base;
	r->log = opts->log;
	r->slots = or_default(opts->slots, cores > 0 ? (uint32_t)cores : 1);
	r->host.isolation = opts->isolation;
	r->can_background = jsl_runner__child_can_background();
	set_limits(&r->limits, &opts->limits);
	jsl_runner__classes_init(&r->classes, opts->class_cache_bytes);
	jsl_list_init(&r->vms);
	jsl_list_init(&r->waiting);
	jsl_list_init(&r->active);
	jsl_list_init(&r->finished);
	evtimer_assign(&r->work, r->base, jsl_runner__work, r);
	evtimer_assign(&r->retry, r->base, jsl_runner__retry, r);
}

int jsl_runner_new(struct jsl_runner **ret_r, const struct jsl_runner_opts *opts,
		   char *errmsg, size_t errmsg_size)
{
	struct jsl_runner *r;
	int err;

	if (opts->size != sizeof(*opts) || opts->base == NULL ||
	    opts->cgroup > JSL_CGROUP_REQUIRED ||
	    (opts->isolation != JSL_ISOLATION_SANDBOX &&
	     opts->isolation != JSL_ISOLATION_NONE))
		return refuse(errmsg, errmsg_size, -EINVAL, "runner: bad options");
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	init(r, opts);
	err = find_host(r, opts, errmsg, errmsg_size);
	if (err != 0) {
		jsl_runner_free(r);
		return err;
	}
	if (r->host.isolation == JSL_ISOLATION_NONE)
		jsl_log_write(
			&r->log, JSL_LOG_WARN, "runner",
			"isolation = none: submitted programs run WITHOUT A SANDBOX "
			"and can do whatever %s can",
			r->drop ? opts->user : "this process");
	*ret_r = r;
	return 0;
}

static void free_jobs(struct jsl_list *jobs)
{
	struct jsl_list *n;

	while ((n = jsl_list_pop_front(jobs)) != NULL)
		jsl_runner__job_free(jsl_container_of(n, struct jsl_runner_job, link));
}

void jsl_runner_free(struct jsl_runner *r)
{
	struct jsl_list *n;

	if (r == NULL)
		return;
	if (r->gone != NULL)
		*r->gone = true;
	free_jobs(&r->waiting);
	free_jobs(&r->active);
	free_jobs(&r->finished);
	/* All are killed before any is waited for. */
	jsl_list_foreach (it, &r->vms)
		jsl_runner__child_kill(
			&jsl_container_of(it, struct jsl_runner__vm, link)->child);
	while ((n = jsl_list_first(&r->vms)) != NULL)
		jsl_runner__vm_free(jsl_container_of(n, struct jsl_runner__vm, link));
	event_del(&r->work);
	event_del(&r->retry);
	jsl_runner__jdks_deinit(r);
	jsl_runner__classes_deinit(&r->classes);
	jsl_runner__archives_deinit(r);
	jsl_runner__cgroups_deinit(&r->groups);
	free(r->host.bwrap);
	free(r->host.box);
	free(r->host.jar);
	free(r);
}

void jsl_runner_warm(struct jsl_runner *r, bool on)
{
	r->warm = on;
	if (!on)
		jsl_runner__archives_cancel(r);
	jsl_runner__kick(r);
}

int jsl_runner_run(struct jsl_runner *r, const struct jsl_spec *spec,
		   jsl_runner_done_fn done, void *arg, struct jsl_runner_job **ret_job)
{
	struct jsl_runner_job *job;
	int err = jsl_runner__job_new(&job, r, spec);

	assert(done != NULL);
	if (err != 0)
		return err;
	job->done = done;
	job->arg = arg;
	jsl_list_push_back(&r->waiting, &job->link);
	jsl_runner__kick(r);
	*ret_job = job;
	return 0;
}

void jsl_runner_cancel(struct jsl_runner *r, struct jsl_runner_job *job)
{
	assert(job->r == r);
	if (job->state == JSL_JOB_RUNNING)
		jsl_runner__vm_stop(job->vm, JSL_STOP_DISMISSED);
	if (job->state != JSL_JOB_WAITING && job->state != JSL_JOB_DONE)
		r->n_active--;
	jsl_runner__job_free(job);
	jsl_runner__kick(r);
}

uint32_t jsl_runner_slots(const struct jsl_runner *r)
{
	return r->slots;
}

const char *jsl_runner_jdk(const struct jsl_runner *r)
{
	return r->host.jdk.version;
}

void jsl_runner_stats(const struct jsl_runner *r, struct jsl_runner_stats *ret_stats)
{
	*ret_stats = r->stats;
	ret_stats->running = r->n_active;
	ret_stats->class_bytes = r->classes.bytes;
	ret_stats->fit = jsl_runner__fit_is(r);
	jsl_list_foreach (it, &r->vms) {
		const struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (vm->state != JSL_VM_READY)
			continue;
		if (vm->profile.kind == JSL_VM_COMPILER)
			ret_stats->compilers_ready++;
		else
			ret_stats->pool_ready++;
		ret_stats->pool_rehearsed += vm->rehearsed;
	}
}
