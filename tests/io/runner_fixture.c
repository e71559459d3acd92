/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A runner for tests; see runner_fixture.h.
 */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner_fixture.h"

enum { WAIT_S = 240, NOBODY = 65534 };

static void keep_log(void *arg, enum jsl_log_level level, const char *module,
		     const char *text)
{
	struct fixture *f = arg;

	(void)level;
	(void)module;
	snprintf(f->log, sizeof(f->log), "%s", text);
}

static char *in_build_tree(const char *name)
{
	static char paths[2][512];
	char *path = paths[strcmp(name, "jsl-box") == 0];

	ck_assert_ptr_nonnull(getenv("JSL_BUILD"));
	snprintf(path, sizeof(paths[0]), "%s/lib/runner/%s", getenv("JSL_BUILD"), name);
	return path;
}

/** Whether an unprivileged user may make a user namespace here; 0 or an errno. */
static int try_namespace(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(errno);
		_exit(unshare(CLONE_NEWUSER) < 0 ? errno : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

bool fixture_init_opts(struct fixture *f, struct jsl_runner_opts *opts)
{
	char errmsg[256] = "";
	int err = opts->isolation == JSL_ISOLATION_SANDBOX ? try_namespace() : 0;

	if (err != 0) {
		fprintf(stderr, "SKIPPED: no user namespaces: %s\n", strerror(err));
		return false;
	}
	memset(f, 0, sizeof(*f));
	f->base = event_base_new();
	ck_assert_ptr_nonnull(f->base);
	opts->base = f->base;
	if (opts->agent_jar == NULL)
		opts->agent_jar = in_build_tree("jsl-agent.jar");
	if (opts->box == NULL)
		opts->box = in_build_tree("jsl-box");
	opts->log = (struct jsl_log){.fn = keep_log, .arg = f, .level = JSL_LOG_INFO};
	err = jsl_runner_new(&f->runner, opts, errmsg, sizeof(errmsg));
	ck_assert_msg(err == 0, "%s", errmsg);
	return true;
}

bool fixture_init(struct fixture *f)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;

	opts.slots = 2;
	opts.class_cache_bytes = 0; /* most tests are about compilers as well */
	if (!fixture_init_opts(f, &opts))
		return false;
	jsl_runner_warm(f->runner, true);
	return true;
}

static void forget(struct fixture *f)
{
	free(f->message);
	free(f->detail);
	free(f->returned);
	free(f->output);
	free(f->error_output);
	free(f->isolation);
	free(f->denied);
	f->message = f->detail = f->returned = f->output = f->error_output = NULL;
	f->isolation = f->denied = NULL;
}

void fixture_deinit(struct fixture *f)
{
	jsl_runner_free(f->runner);
	event_base_free(f->base);
	forget(f);
}

static char *text_of(struct jsl_bytes bytes)
{
	char *copy = calloc(1, bytes.len + 1);

	ck_assert_ptr_nonnull(copy);
	if (bytes.len > 0)
		memcpy(copy, bytes.data, bytes.len);
	return copy;
}

static char *join(const char *const *names, size_t n)
{
	char text[1024] = "";

	for (size_t i = 0; i < n; i++) {
		strncat(text, names[i], sizeof(text) - strlen(text) - 1);
		strncat(text, " ", sizeof(text) - strlen(text) - 1);
	}
	return strdup(text);
}

static void on_done(void *arg, const struct jsl_result *r)
{
	struct fixture *f = arg;

	forget(f);
	f->n_done++;
	f->status = r->status;
	f->entry = r->entry;
	f->message = strdup(r->message);
	f->detail = strdup(r->detail);
	f->returned = text_of(r->returned);
	f->output = text_of(r->output);
	f->output_len = r->output.len;
	f->error_output = text_of(r->error_output);
	f->error_len = r->error_output.len;
	f->has_returned = r->has_returned;
	f->truncated = r->truncated;
	f->exit_code = r->exit_code;
	if (r->status == JSL_STATUS_NONZERO_EXIT)
		f->exit_codes |= (uint64_t)1 << (r->exit_code & 63);
	f->signal = r->signal;
	f->cpu_us = r->cpu_us;
	f->run_us = r->run_us;
	f->memory_bytes = r->memory_bytes;
	f->n_diagnostics = r->n_diagnostics;
	f->line = r->n_diagnostics > 0 ? r->diagnostics[0].line : 0;
	f->column = r->n_diagnostics > 0 ? r->diagnostics[0].column : 0;
	f->n_isolation = r->n_isolation;
	f->isolation = join(r->isolation, r->n_isolation);
	f->denied = join(r->denied, r->n_denied);
	event_base_loopbreak(f->base);
}

struct jsl_runner_job *submit(struct fixture *f, const char *source, size_t len)
{
	struct jsl_bytes file = {source, len}, arg = {"arg", 3};
	struct jsl_spec spec = {.sources = &file,
				.n_sources = 1,
				.args = &arg,
				.n_args = 1,
				.limits = f->limits,
				.jdk = f->jdk};
	struct jsl_runner_job *job = NULL;

	if (f->input != NULL)
		spec.input = (struct jsl_bytes){f->input, strlen(f->input)};
	ck_assert_int_eq(jsl_runner_run(f->runner, &spec, on_done, f, &job), 0);
	return job;
}

static void give_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

void wait_done(struct fixture *f, int n)
{
	struct timeval limit = {.tv_sec = WAIT_S};
	/* Not event_base_loopexit(): that of one job would end the wait for another. */
	struct event *timer = evtimer_new(f->base, give_up, f->base);

	while (f->n_done < n) {
		int before = f->n_done;

		event_add(timer, &limit);
		event_base_dispatch(f->base);
		ck_assert_msg(f->n_done > before, "no result within %d s: %s", WAIT_S,
			      f->log);
	}
	event_free(timer);
}

void run_bytes(struct fixture *f, const char *source, size_t len)
{
	int n = f->n_done;

	submit(f, source, len);
	wait_done(f, n + 1);
}

void run(struct fixture *f, const char *source)
{
	run_bytes(f, source, strlen(source));
}
