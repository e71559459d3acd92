/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verdicts; see verdict.h. What the agent said in a run JVM may have been forged by the
 * program: it can only ever worsen or reword that program's own verdict.
 */

#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "runner/verdict.h"

enum { EXIT_NO_MEMORY = 3 /* of a JVM under -XX:+ExitOnOutOfMemoryError */ };

static const char cannot_run[] = "Could not create and run instance of class";

int jsl_runner__verdict_set(struct jsl_runner__verdict *v, enum jsl_status status,
			    const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	free(v->message);
	v->message = text;
	v->result.message = text;
	v->result.status = status;
	return 0;
}

static int set_detail(struct jsl_runner__verdict *v, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return -ENOMEM;
	free(v->detail);
	v->detail = copy;
	v->result.detail = copy;
	return 0;
}

/** What a limit's message leaves out: how far everything got. */
static int set_reached(struct jsl_runner__verdict *v, const struct jsl_runner__facts *f)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "Reached: wall time %llu ms, CPU time %llu ms, "
		 "memory %llu MB, disk %llu MB\n",
		 (unsigned long long)f->wall_us / 1000,
		 (unsigned long long)f->cpu_us / 1000,
		 (unsigned long long)f->rss_bytes >> 20,
		 (unsigned long long)f->disk_bytes >> 20);
	return set_detail(v, text);
}

static int set_trace(struct jsl_runner__verdict *v)
{
	return set_detail(v, v->trace != NULL ? v->trace : "");
}

static int set_signal(struct jsl_runner__verdict *v, const char *who, int sig)
{
	const char *name = sigabbrev_np(sig);

	v->result.signal = sig;
	return jsl_runner__verdict_set(v, JSL_STATUS_SIGNAL, "%s died: signal %d (SIG%s)",
				       who, sig, name != NULL ? name : "?");
}

/** The first lines of a failed compilation: one for each error. */
static int set_compile_error(struct jsl_runner__verdict *v)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err;

	if (out == NULL)
		return -ENOMEM;
	fputs("Code did not compile:", out);
	for (size_t i = 0; i < v->result.n_diagnostics; i++) {
		const struct jsl_diagnostic *d = &v->diagnostics[i];

		if (!d->warning && d->line > 0)
			fprintf(out, "\nError on line %u, column %u in %s", d->line,
				d->column, d->file);
	}
	err = fclose(out) != 0 ? -ENOMEM : 0;
	if (err == 0)
		err = jsl_runner__verdict_set(v, JSL_STATUS_COMPILE_ERROR, "%s", text);
	free(text);
	return err;
}

int jsl_runner__verdict_compiled(struct jsl_runner__verdict *v,
				 enum jsl_runner__compile_outcome outcome)
{
	int err;

	switch (outcome) {
	case JSL_COMPILE_NO_TYPE:
		return jsl_runner__verdict_set(v, JSL_STATUS_COMPILE_ERROR,
					       "No class name found in code");
	case JSL_COMPILE_TOO_LARGE:
		return jsl_runner__verdict_set(v, JSL_STATUS_COMPILE_LIMIT,
					       "Compiled size limit exceeded: %u MB",
					       JSL_RUNNER__CLASSES_MAX >> 20);
	case JSL_COMPILE_OK:
	case JSL_COMPILE_FAILED:
	default: err = set_compile_error(v); return err != 0 ? err : set_trace(v);
	}
}

int jsl_runner__verdict_compiler_ended(struct jsl_runner__verdict *v,
				       const struct jsl_runner__facts *f,
				       const struct jsl_limits *limits)
{
	int err;

	if (f->stop == JSL_STOP_WALL)
		err = jsl_runner__verdict_set(v, JSL_STATUS_COMPILE_LIMIT,
					      "Compile wall time limit exceeded: %u ms",
					      limits->compile_wall_ms);
	else if (f->reported && (f->hit == JSL_BOX_HIT_MEMORY ||
				 (WIFEXITED(f->wait_status) &&
				  WEXITSTATUS(f->wait_status) == EXIT_NO_MEMORY)))
		err = jsl_runner__verdict_set(v, JSL_STATUS_COMPILE_LIMIT,
					      "Compile memory limit exceeded: %u MB",
					      limits->compile_memory_mb);
	else
		return 1;
	return err != 0 ? err : set_reached(v, f);
}

/** The file system is full, of bytes or of files: it tells itself which. */
static int set_disk_full(struct jsl_runner__verdict *v, const struct jsl_runner__facts *f,
			 const struct jsl_limits *limits)
{
	if (f->inodes_left == 0)
		return jsl_runner__verdict_set(v, JSL_STATUS_DISK_LIMIT,
					       "Disk limit exceeded: %u inodes",
					       limits->inodes);
	return jsl_runner__verdict_set(v, JSL_STATUS_DISK_LIMIT,
				       "Disk limit exceeded: %u MB", limits->disk_mb);
}

static int set_exception(struct jsl_runner__verdict *v, const struct jsl_runner__facts *f)
{
	return jsl_runner__verdict_set(v, JSL_STATUS_EXCEPTION, "%s",
				       f->entry == JSL_ENTRY_MAIN ? "Uncaught exception"
								  : cannot_run);
}

/** The program says that something was denied; jsl-box says whether it was. */
static int set_not_permitted(struct jsl_runner__verdict *v,
			     const struct jsl_runner__facts *f)
{
	if (f->denied_last[0] == '\0')
		return set_exception(v, f);
	return jsl_runner__verdict_set(v, JSL_STATUS_SECURITY, "Denied system call: %s",
				       f->denied_last);
}

/** The agent told how the program ended, and the program did not end it otherwise. */
static int ended_by_itself(struct jsl_runner__verdict *v,
			   const struct jsl_runner__facts *f,
			   const struct jsl_limits *limits)
{
	int err;

	switch (f->outcome) {
	case JSL_RUN_RETURNED: return jsl_runner__verdict_set(v, JSL_STATUS_OK, "%s", "");
	case JSL_RUN_TOO_LONG:
		return jsl_runner__verdict_set(v, JSL_STATUS_OUTPUT_LIMIT,
					       "Output limit exceeded: %u KB",
					       limits->output_kb);
	case JSL_RUN_BAD_TYPE:
		return jsl_runner__verdict_set(v, JSL_STATUS_EXCEPTION,
					       "The return type of the class was %s, not "
					       "java.lang.String",
					       v->type_name != NULL ? v->type_name : "?");
	case JSL_RUN_NO_MEMORY:
		err = jsl_runner__verdict_set(v, JSL_STATUS_MEMORY_LIMIT,
					      "Memory limit exceeded: %u MB",
					      limits->memory_mb);
		break;
	case JSL_RUN_NO_THREADS:
		err = jsl_runner__verdict_set(v, JSL_STATUS_PROCESS_LIMIT,
					      "Process limit exceeded: %u",
					      limits->processes);
		break;
	case JSL_RUN_DISK_FULL: err = set_disk_full(v, f, limits); break;
	case JSL_RUN_NOT_PERMITTED: err = set_not_permitted(v, f); break;
	case JSL_RUN_THREW:
	case JSL_RUN_NO_ENTRY:
	default: err = set_exception(v, f); break;
	}
	return err != 0 ? err : set_trace(v);
}

static int exceeded(struct jsl_runner__verdict *v, const struct jsl_runner__facts *f,
		    const struct jsl_limits *limits)
{
	int err;

	if (f->stop == JSL_STOP_OUTPUT)
		err = jsl_runner__verdict_set(v, JSL_STATUS_OUTPUT_LIMIT,
					      "Output limit exceeded: %u KB",
					      limits->output_kb);
	else if (f->stop == JSL_STOP_WALL)
		err = jsl_runner__verdict_set(v, JSL_STATUS_TIME_LIMIT,
					      "Wall time limit exceeded: %u ms",
					      limits->wall_ms);
	else if (f->hit == JSL_BOX_HIT_MEMORY)
		err = jsl_runner__verdict_set(v, JSL_STATUS_MEMORY_LIMIT,
					      "Memory limit exceeded: %u MB",
					      limits->memory_mb);
	else
		err = jsl_runner__verdict_set(v, JSL_STATUS_TIME_LIMIT,
					      "CPU time limit exceeded: %u ms",
					      limits->cpu_ms);
	return err != 0 ? err : set_reached(v, f);
}

static int exited(struct jsl_runner__verdict *v, const struct jsl_runner__facts *f)
{
	int code = WEXITSTATUS(f->wait_status);

	v->result.exit_code = code;
	if (code == 0 && f->entry == JSL_ENTRY_MAIN)
		return jsl_runner__verdict_set(v, JSL_STATUS_OK, "%s", "");
	return jsl_runner__verdict_set(v, JSL_STATUS_NONZERO_EXIT, "Exited with code %d",
				       code);
}

/** Whether the agent's word on the end counts. main() returns without one. */
static bool is_told(const struct jsl_runner__facts *f)
{
	return f->ended &&
	       (f->entry != JSL_ENTRY_MAIN || f->outcome == JSL_RUN_THREW ||
		f->outcome == JSL_RUN_NO_MEMORY || f->outcome == JSL_RUN_NO_THREADS ||
		f->outcome == JSL_RUN_NOT_PERMITTED || f->outcome == JSL_RUN_DISK_FULL);
}

static int take_denied(struct jsl_runner__verdict *v, const struct jsl_runner__facts *f)
{
	if (f->n_denied == 0)
		return 0;
	v->denied = calloc(JSL_BOX_DENIED_MAX, sizeof(*v->denied));
	if (v->denied == NULL)
		return -ENOMEM;
	v->result.denied = (const char *const *)v->denied;
	for (size_t i = 0; i < f->n_denied; i++) {
		v->denied[i] = strdup(f->denied[i]);
		if (v->denied[i] == NULL)
			return -ENOMEM;
		v->result.n_denied++;
	}
	return 0;
}

/** It ended by itself, or died, within its limits. */
static int judge(struct jsl_runner__verdict *v, const struct jsl_runner__facts *f,
		 const struct jsl_limits *limits)
{
	if (WIFEXITED(f->wait_status))
		v->result.exit_code = WEXITSTATUS(f->wait_status);
	if (is_told(f))
		return ended_by_itself(v, f, limits);
	if (WIFSIGNALED(f->wait_status))
		return set_signal(v, "The JVM", WTERMSIG(f->wait_status));
	return exited(v, f);
}

int jsl_runner__verdict_ran(struct jsl_runner__verdict *v,
			    const struct jsl_runner__facts *f,
			    const struct jsl_limits *limits)
{
	bool settled = f->ended && f->entry != JSL_ENTRY_MAIN;
	bool over = f->stop == JSL_STOP_OUTPUT ||
		    (f->stop == JSL_STOP_WALL && !settled) ||
		    (f->reported && f->hit != JSL_BOX_HIT_NONE && !settled);
	int err;

	v->result.entry = f->entry;
	v->result.exit_code = -1;
	v->result.run_us = f->wall_us;
	v->result.cpu_us = f->cpu_us;
	v->result.memory_bytes = f->rss_bytes;
	v->result.truncated = f->stop == JSL_STOP_OUTPUT;
	if (!over && !f->reported)
		return 1;
	err = take_denied(v, f);
	if (err != 0)
		return err;
	return over ? exceeded(v, f, limits) : judge(v, f, limits);
}

static char *copy_text(const uint8_t *data, size_t len)
{
	return strndup((const char *)data, len);
}

int jsl_runner__verdict_add_diagnostic(struct jsl_runner__verdict *v,
				       const struct jsl_runner__field *f)
{
	enum { FIXED = 11 }; /* line, column, warning, length of the file's name */
	struct jsl_diagnostic *d;
	size_t name_len;

	if (f->len < FIXED)
		return 0;
	name_len = (size_t)f->data[9] << 8 | f->data[10];
	if (f->len - FIXED < name_len || v->result.n_diagnostics == JSL_RESULT_DIAGS_MAX)
		return 0;
	if (v->diagnostics == NULL)
		v->diagnostics = calloc(JSL_RESULT_DIAGS_MAX, sizeof(*d));
	if (v->diagnostics == NULL)
		return -ENOMEM;
	v->result.diagnostics = v->diagnostics;
	d = &v->diagnostics[v->result.n_diagnostics];
	d->line = jsl_runner__get_u32(f->data);
	d->column = jsl_runner__get_u32(f->data + 4);
	d->warning = f->data[8] != 0;
	d->file = copy_text(f->data + FIXED, name_len);
	d->message = copy_text(f->data + FIXED + name_len, f->len - FIXED - name_len);
	v->result.n_diagnostics++; /* so that it is freed in any case */
	return d->file == NULL || d->message == NULL ? -ENOMEM : 0;
}

void jsl_runner__verdict_deinit(struct jsl_runner__verdict *v)
{
	for (size_t i = 0; i < v->result.n_diagnostics; i++) {
		free((char *)v->diagnostics[i].file);
		free((char *)v->diagnostics[i].message);
	}
	free(v->diagnostics);
	for (size_t i = 0; i < v->result.n_denied; i++)
		free(v->denied[i]);
	free(v->denied);
	free(v->trace);
	free(v->type_name);
	free(v->message);
	free(v->detail);
	free(v->returned);
	free(v->output);
	free(v->error_output);
	memset(v, 0, sizeof(*v));
}
