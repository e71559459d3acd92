/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One job: from its sources to the frames of a compiler, from the classes to those of a
 * run JVM, and from what both say to the verdict. What it needs for a second try stays
 * until it is done.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>

#include "base/log.h"
#include "runner/runner_int.h"

static uint32_t lower(uint32_t asked, uint32_t configured, uint32_t floor)
{
	uint32_t n = asked == 0 || asked > configured ? configured : asked;

	return n < floor ? floor : n;
}

/** A spec can only lower what is configured, and not below what a JVM needs to start. */
static void set_limits(struct jsl_limits *l, const struct jsl_limits *asked,
		       const struct jsl_limits *configured)
{
	l->compile_wall_ms =
		lower(asked->compile_wall_ms, configured->compile_wall_ms, 1);
	l->compile_memory_mb =
		lower(asked->compile_memory_mb, configured->compile_memory_mb,
		      JSL_RUNNER__COMPILER_MB_MIN);
	l->wall_ms = lower(asked->wall_ms, configured->wall_ms, 1);
	l->cpu_ms = lower(asked->cpu_ms, configured->cpu_ms, 1);
	l->memory_mb =
		lower(asked->memory_mb, configured->memory_mb, JSL_RUNNER__RUN_MB_MIN);
	l->output_kb = lower(asked->output_kb, configured->output_kb, 1);
	l->processes = lower(asked->processes, configured->processes, 1);
	l->disk_mb = lower(asked->disk_mb, configured->disk_mb, 1);
	l->inodes = lower(asked->inodes, configured->inodes, 1);
}

static int check_spec(const struct jsl_spec *spec)
{
	size_t total = spec->input.len;

	if (spec->n_sources == 0 || spec->n_sources > JSL_SPEC_FILES_MAX ||
	    spec->n_args > JSL_SPEC_ARGS_MAX || total > JSL_SPEC_BYTES_MAX)
		return JSL_E_LIMIT;
	for (size_t i = 0; i < spec->n_sources + spec->n_args; i++) {
		size_t len = i < spec->n_sources ? spec->sources[i].len
						 : spec->args[i - spec->n_sources].len;

		if (len > JSL_SPEC_BYTES_MAX - total)
			return JSL_E_LIMIT;
		total += len;
	}
	return 0;
}

static int copy_spec(struct jsl_runner_job *job, const struct jsl_spec *spec)
{
	int err = 0;

	job->sources = evbuffer_new();
	job->program = evbuffer_new();
	job->input = malloc(spec->input.len > 0 ? spec->input.len : 1);
	if (job->sources == NULL || job->program == NULL || job->input == NULL)
		return -ENOMEM;
	if (spec->input.len > 0)
		memcpy(job->input, spec->input.data, spec->input.len);
	job->input_len = spec->input.len;
	for (size_t i = 0; err == 0 && i < spec->n_sources; i++)
		err = jsl_runner__frame_put(job->sources, JSL_TAG_SOURCE,
					    spec->sources[i].data, spec->sources[i].len);
	for (size_t i = 0; err == 0 && i < spec->n_args; i++)
		err = jsl_runner__frame_put(job->program, JSL_TAG_ARG, spec->args[i].data,
					    spec->args[i].len);
	return err;
}

int jsl_runner__job_new(struct jsl_runner_job **ret_job, struct jsl_runner *r,
			const struct jsl_spec *spec)
{
	struct jsl_runner__jdk *jdk;
	struct jsl_runner_job *job;
	int err = check_spec(spec);

	if (err == 0)
		err = jsl_runner__jdks_pick(r, spec->jdk, &jdk);
	if (err != 0)
		return err;
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return -ENOMEM;
	job->r = r;
	job->jdk = jdk;
	if (jdk != NULL)
		jdk->used = true;
	jsl_list_init(&job->link);
	set_limits(&job->limits, &spec->limits, &r->limits);
	job->verdict.result.message = job->verdict.result.detail = "";
	job->verdict.result.exit_code = -1;
	err = copy_spec(job, spec);
	if (err == 0)
		err = jsl_runner__classes_key(&job->key, jdk != NULL ? jdk : &r->host.jdk,
					      job->sources);
	if (err != 0) {
		jsl_runner__job_free(job);
		return err;
	}
	*ret_job = job;
	return 0;
}

void jsl_runner__job_free(struct jsl_runner_job *job)
{
	jsl_list_remove(&job->link);
	if (job->vm != NULL)
		job->vm->job = NULL;
	if (job->sources != NULL)
		evbuffer_free(job->sources);
	if (job->program != NULL)
		evbuffer_free(job->program);
	free(job->input);
	jsl_runner__verdict_deinit(&job->verdict);
	free(job);
}

void jsl_runner__job_finish(struct jsl_runner_job *job, enum jsl_status status)
{
	struct jsl_runner *r = job->r;

	assert(job->state != JSL_JOB_DONE);
	if (job->vm != NULL)
		job->vm->job = NULL;
	job->vm = NULL;
	job->verdict.result.status = status;
	if (job->state != JSL_JOB_WAITING)
		r->n_active--;
	job->state = JSL_JOB_DONE;
	jsl_list_remove(&job->link);
	jsl_list_push_back(&r->finished, &job->link);
	r->stats.jobs++;
	r->stats.run_us += job->verdict.result.run_us;
	r->stats.cpu_us += job->verdict.result.cpu_us;
	jsl_runner__kick(r);
}

void jsl_runner__job_fail(struct jsl_runner_job *job, enum jsl_status status,
			  const char *text)
{
	int err = jsl_runner__verdict_set(&job->verdict, status, "%s", text);

	jsl_runner__job_finish(job, err == 0 ? status : JSL_STATUS_INTERNAL);
}

/** Without memory there are no words: the status has to do. */
static void finish(struct jsl_runner_job *job, int err)
{
	jsl_runner__job_finish(job, err == 0 ? job->verdict.result.status
					     : JSL_STATUS_INTERNAL);
}

int jsl_runner__job_compile(struct jsl_runner_job *job, struct jsl_runner__vm *vm)
{
	size_t len = evbuffer_get_length(job->sources);
	const void *fields = evbuffer_pullup(job->sources, -1);

	if (fields == NULL ||
	    jsl_runner__frame_begin(vm->to_vm, JSL_FRAME_COMPILE, len) != 0 ||
	    evbuffer_add(vm->to_vm, fields, len) < 0)
		return -ENOMEM;
	job->state = JSL_JOB_COMPILING;
	job->vm = vm;
	job->r->stats.compiles++;
	jsl_runner__vm_go(vm, job);
	return 0;
}

int jsl_runner__job_run(struct jsl_runner_job *job, struct jsl_runner__vm *vm)
{
	uint32_t max = job->limits.output_kb << 10;
	uint8_t max_be[4] = {(uint8_t)(max >> 24), (uint8_t)(max >> 16),
			     (uint8_t)(max >> 8), (uint8_t)max};
	size_t len = evbuffer_get_length(job->program);
	const void *fields = evbuffer_pullup(job->program, -1);

	if (fields == NULL ||
	    jsl_runner__frame_begin(vm->to_vm, JSL_FRAME_RUN,
				    len + JSL_RUNNER__FIELD_HEAD + sizeof(max_be)) != 0 ||
	    jsl_runner__frame_put(vm->to_vm, JSL_TAG_RETURN_MAX, max_be,
				  sizeof(max_be)) != 0 ||
	    evbuffer_add(vm->to_vm, fields, len) < 0 ||
	    evbuffer_add(vm->to_vm, job->input, job->input_len) < 0)
		return -ENOMEM;
	vm->close_stdin = true;
	job->state = JSL_JOB_RUNNING;
	job->vm = vm;
	/* Until now they held what a JVM says while it starts: not the program's. */
	evbuffer_drain(vm->out.buf, evbuffer_get_length(vm->out.buf));
	evbuffer_drain(vm->err.buf, evbuffer_get_length(vm->err.buf));
	jsl_runner__vm_go(vm, job);
	return 0;
}

static char *text_of(const struct jsl_runner__field *f)
{
	return strndup((const char *)f->data, f->len);
}

static int take_compiled(struct jsl_runner_job *job, struct jsl_runner__reader fields,
			 uint8_t *ret_outcome)
{
	struct jsl_runner__verdict *v = &job->verdict;
	struct jsl_runner__field f;
	int err = 0;

	while (err == 0 && jsl_runner__frame_next(&fields, &f)) {
		if (f.tag == JSL_TAG_OUTCOME && f.len == 1) {
			*ret_outcome = f.data[0];
		} else if (f.tag == JSL_TAG_CLASS || f.tag == JSL_TAG_TYPE) {
			err = jsl_runner__frame_put(job->program, f.tag, f.data, f.len);
		} else if (f.tag == JSL_TAG_DIAGNOSTIC) {
			err = jsl_runner__verdict_add_diagnostic(v, &f);
		} else if (f.tag == JSL_TAG_TEXT && v->trace == NULL) {
			v->trace = text_of(&f);
			err = v->trace == NULL ? -ENOMEM : 0;
		} else if (f.tag == JSL_TAG_WORN && job->vm != NULL) {
			job->vm->served = JSL_RUNNER__COMPILER_JOBS;
		}
	}
	return err;
}

static void is_compiled(struct jsl_runner_job *job)
{
	free(job->verdict.trace); /* only warnings */
	job->verdict.trace = NULL;
	job->state = JSL_JOB_TO_RUN;
	jsl_runner__kick(job->r);
}

void jsl_runner__job_recall(struct jsl_runner_job *job)
{
	struct jsl_bytes compiled;
	uint8_t outcome;
	int err;

	assert(job->state == JSL_JOB_TO_COMPILE && job->vm == NULL);
	if (!jsl_runner__classes_get(&job->r->classes, &job->key, &compiled))
		return;
	job->r->stats.class_hits++;
	err = take_compiled(job,
			    (struct jsl_runner__reader){compiled.data,
							(const uint8_t *)compiled.data +
								compiled.len},
			    &outcome);
	if (err == 0)
		is_compiled(job);
	else
		finish(job, err);
}

/** The compiler has answered and is free again. */
static void on_compiled(struct jsl_runner_job *job, struct jsl_runner__reader fields)
{
	const struct jsl_bytes whole = {fields.at, (size_t)(fields.end - fields.at)};
	struct jsl_runner__vm *vm = job->vm;
	uint64_t took = jsl_io_now_us() - vm->busy_us;
	uint8_t outcome = JSL_COMPILE_FAILED;
	int err = take_compiled(job, fields, &outcome);

	jsl_runner__vm_rest(vm);
	job->vm = NULL;
	job->verdict.result.compile_us = took;
	job->r->stats.compile_us += took;
	if (err == 0 && outcome == JSL_COMPILE_OK) {
		jsl_runner__classes_put(&job->r->classes, &job->key, whole);
		is_compiled(job);
		return;
	}
	if (err == 0)
		err = jsl_runner__verdict_compiled(&job->verdict, outcome);
	finish(job, err);
}

/** What the agent in the run JVM says. The first word on each thing counts. */
static void on_run_frame(struct jsl_runner_job *job, uint8_t type,
			 struct jsl_runner__reader fields)
{
	struct jsl_runner__facts *facts = &job->vm->facts;
	struct jsl_runner__verdict *v = &job->verdict;
	struct jsl_runner__field f;

	if (facts->ended || (type != JSL_FRAME_ENTERED && type != JSL_FRAME_ENDED))
		return;
	if (type == JSL_FRAME_ENDED)
		facts->ended = true;
	while (jsl_runner__frame_next(&fields, &f)) {
		if (f.tag == JSL_TAG_ENTRY && f.len == 1 && !facts->entered &&
		    f.data[0] <= JSL_ENTRY_RUN_VOID) {
			facts->entered = true;
			facts->entry = (enum jsl_entry)f.data[0];
		} else if (f.tag == JSL_TAG_OUTCOME && f.len == 1 &&
			   f.data[0] <= JSL_RUN_DISK_FULL) {
			facts->outcome = (enum jsl_runner__run_outcome)f.data[0];
		} else if (f.tag == JSL_TAG_TEXT && v->trace == NULL) {
			v->trace = text_of(&f);
		} else if (f.tag == JSL_TAG_NAME && v->type_name == NULL) {
			v->type_name = text_of(&f);
		} else if (f.tag == JSL_TAG_RETURNED && v->returned == NULL &&
			   f.len <= job->limits.output_kb << 10) {
			v->returned = malloc(f.len > 0 ? f.len : 1);
			if (v->returned == NULL)
				continue;
			memcpy(v->returned, f.data, f.len);
			v->result.returned = (struct jsl_bytes){v->returned, f.len};
			v->result.has_returned = true;
		}
	}
}

void jsl_runner__job_frame(struct jsl_runner_job *job, uint8_t type,
			   struct jsl_runner__reader fields)
{
	if (job->state == JSL_JOB_RUNNING)
		on_run_frame(job, type, fields);
	else if (job->state == JSL_JOB_COMPILING && type == JSL_FRAME_COMPILED)
		on_compiled(job, fields);
}

static int take_output(struct evbuffer *buf, void **ret_copy, struct jsl_bytes *ret_bytes)
{
	size_t len = evbuffer_get_length(buf);
	void *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		return -ENOMEM;
	evbuffer_copyout(buf, copy, len);
	*ret_copy = copy;
	*ret_bytes = (struct jsl_bytes){copy, len};
	return 0;
}

/** Its JVM or its box died under it, through no doing of its own: once more, afresh. */
static void try_again(struct jsl_runner_job *job, bool compiling)
{
	struct jsl_runner__verdict *v = &job->verdict;

	if (++job->tries >= JSL_RUNNER__TRIES_MAX) {
		int err = jsl_runner__verdict_set(
			v, compiling ? JSL_STATUS_COMPILE_LIMIT : JSL_STATUS_INTERNAL,
			compiling ? "The compiler died twice" : "The sandbox died twice");

		finish(job, err);
		return;
	}
	jsl_log_write(&job->r->log, JSL_LOG_WARN, "runner", "lost the %s of a job: again",
		      compiling ? "compiler" : "sandbox");
	free(v->trace);
	free(v->type_name);
	free(v->returned);
	v->trace = v->type_name = NULL;
	v->returned = NULL;
	v->result.has_returned = false;
	v->result.returned = (struct jsl_bytes){NULL, 0};
	job->state = compiling ? JSL_JOB_TO_COMPILE : JSL_JOB_TO_RUN;
	job->r->lost = true;
	jsl_runner__kick(job->r);
}

void jsl_runner__job_vm_ended(struct jsl_runner_job *job, struct jsl_runner__vm *vm)
{
	struct jsl_runner__verdict *v = &job->verdict;
	int rc;

	job->vm = NULL;
	if (job->state == JSL_JOB_COMPILING) {
		v->result.compile_us = vm->facts.wall_us;
		rc = jsl_runner__verdict_compiler_ended(v, &vm->facts, &job->limits);
	} else {
		assert(job->state == JSL_JOB_RUNNING);
		rc = jsl_runner__verdict_ran(v, &vm->facts, &job->limits);
		if (rc == 0)
			rc = take_output(vm->out.buf, &v->output, &v->result.output);
		if (rc == 0)
			rc = take_output(vm->err.buf, &v->error_output,
					 &v->result.error_output);
	}
	if (rc > 0)
		try_again(job, job->state == JSL_JOB_COMPILING);
	else
		finish(job, rc);
}
