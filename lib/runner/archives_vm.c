/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The JVM that builds an archive: its frames become a file, and its end tells what came
 * of it. It works for nobody, so it is no job's and is never waited for.
 */

#include "config.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include <jsl/err.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "runner/box/box_proto.h"
#include "runner/runner_int.h"

static void take_part(struct jsl_runner__vm *vm, const struct jsl_runner__field *part)
{
	struct jsl_runner__archives *a = &vm->r->archives;
	int err = jsl_runner__archive_add(&a->file, part->data, part->len);

	if (err == 0)
		return;
	snprintf(a->failure, sizeof(a->failure), "%s", jsl_strerror(err));
	jsl_runner__vm_stop(vm, JSL_STOP_DISMISSED);
}

/** It has started, and works without being told. */
static void on_ready(struct jsl_runner__vm *vm)
{
	vm->state = JSL_VM_BUSY;
	vm->busy_us = jsl_io_now_us();
	vm->served++;
	jsl_runner__vm_tell(vm, JSL_BOX_GO, 0);
	jsl_runner__kick(vm->r);
}

void jsl_runner__archives_frame(struct jsl_runner__vm *vm, uint8_t type,
				struct jsl_runner__reader fields)
{
	struct jsl_runner__archives *a = &vm->r->archives;
	struct jsl_runner__field f;

	assert(a->builder == vm);
	if (type == JSL_FRAME_READY && vm->state == JSL_VM_STARTING)
		on_ready(vm);
	while (a->failure[0] == '\0' && jsl_runner__frame_next(&fields, &f)) {
		if (type == JSL_FRAME_ARCHIVE && f.tag == JSL_TAG_PART && !a->complete)
			take_part(vm, &f);
		else if (type == JSL_FRAME_ENDED && f.tag == JSL_TAG_OUTCOME &&
			 f.len == 1)
			a->complete = f.data[0] == JSL_RUN_RETURNED && a->file.bytes > 0;
		else if (type == JSL_FRAME_ENDED && f.tag == JSL_TAG_TEXT)
			snprintf(a->failure, sizeof(a->failure), "%.*s", (int)f.len,
				 (const char *)f.data);
	}
}

/** What it said, if not in a frame. */
static const char *why_not(struct jsl_runner__vm *vm)
{
	struct jsl_runner__archives *a = &vm->r->archives;
	size_t n;

	if (a->failure[0] == '\0') {
		n = (size_t)evbuffer_copyout(vm->err.buf, a->failure,
					     sizeof(a->failure) - 1);
		a->failure[n] = '\0';
	}
	a->failure[strcspn(a->failure, "\n")] = '\0';
	if (a->failure[0] != '\0')
		return a->failure;
	return vm->facts.stop == JSL_STOP_WALL ? "not in time" : "it was lost";
}

void jsl_runner__archives_ended(struct jsl_runner__vm *vm)
{
	struct jsl_runner *r = vm->r;
	struct jsl_runner__archives *a = &r->archives;
	const struct jsl_runner__jdk *jdk = jsl_runner__jdks_of(r, &vm->profile);
	size_t bytes = a->file.bytes;
	jsl_autofree char *name = NULL;
	const char *why = NULL;
	int err = 0;

	assert(a->builder == vm);
	a->builder = NULL;
	if (a->complete && !vm->outdated)
		err = jsl_runner__archive_commit(&a->file, &name);
	else
		jsl_runner__archive_abort(&a->file);
	if (name != NULL) {
		r->stats.archive_builds++;
		jsl_log_write(&r->log, JSL_LOG_INFO, "runner",
			      "class archive of JDK %s (%s): built, %zu MB", jdk->version,
			      jsl_runner__command_mode(vm->profile.archive_of),
			      bytes >> 20);
	} else if (err != 0) {
		why = jsl_strerror(err);
	} else if (r->warm && !vm->outdated) { /* else it was not wanted any more */
		why = why_not(vm);
	}
	jsl_runner__archives_settle(r, &vm->profile, name, why);
}
