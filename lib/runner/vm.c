/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of one JVM in its box: STARTING -> READY -> BUSY -> … -> STOPPING -> ENDED.
 * Its end is certain: asked for through jsl-box, which then reports; enforced on bwrap,
 * with which everything in the box dies.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "runner/box/box_proto.h"
#include "runner/runner_int.h"

void jsl_runner__vm_set_timer(struct jsl_runner__vm *vm, uint32_t ms)
{
	struct timeval tv = jsl_runner__timeval(ms);

	(void)event_add(&vm->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_runner__vm *vm = arg;

	(void)fd;
	(void)what;
	switch (vm->state) {
	case JSL_VM_STARTING:
		if (vm->child.pidfd < 0)
			jsl_runner__vm_abandon(vm);
		else
			jsl_runner__vm_stop(vm, JSL_STOP_START);
		break;
	case JSL_VM_BUSY: jsl_runner__vm_stop(vm, JSL_STOP_WALL); break;
	case JSL_VM_STOPPING: /* jsl-box did not manage it */
		if (vm->child.pidfd < 0)
			jsl_runner__vm_abandon(vm);
		jsl_runner__child_kill(&vm->child);
		break;
	case JSL_VM_ENDED: jsl_runner__child_kill(&vm->child); break;
	case JSL_VM_READY: break;
	}
}

int jsl_runner__vm_new(struct jsl_runner *r, const struct jsl_runner__profile *profile,
		       bool background)
{
	struct jsl_runner__vm *vm = calloc(1, sizeof(*vm));
	int err;

	if (vm == NULL)
		return -ENOMEM;
	vm->r = r;
	vm->profile = *profile;
	/* One that nobody ever waits for need not come back from there. */
	vm->background =
		background && (r->can_background || profile->kind == JSL_VM_ARCHIVER);
	vm->state = JSL_VM_STARTING;
	vm->child.pidfd = vm->control = vm->stdin_fd = -1;
	vm->frames.fd = vm->out.fd = vm->err.fd = vm->setup.fd = -1;
	vm->started_us = jsl_io_now_us();
	jsl_list_init(&vm->link);
	evtimer_assign(&vm->timer, r->base, on_timer, vm);
	err = jsl_runner__vm_spawn(vm);
	if (err != 0) {
		jsl_runner__vm_free(vm);
		return err;
	}
	jsl_runner__vm_set_timer(vm, vm->background ? JSL_RUNNER__WARM_UP_MS
						    : JSL_RUNNER__START_MS);
	jsl_list_push_back(&r->vms, &vm->link);
	r->stats.archived_starts += vm->archived;
	if (profile->kind != JSL_VM_ARCHIVER)
		(*(profile->kind == JSL_VM_COMPILER ? &r->stats.compiler_starts
						    : &r->stats.pool_starts))++;
	return 0;
}

void jsl_runner__vm_free(struct jsl_runner__vm *vm)
{
	jsl_list_remove(&vm->link);
	event_del(&vm->timer);
	jsl_runner__child_kill(&vm->child);
	jsl_runner__vm_io_deinit(vm);
	(void)jsl_runner__child_reap(&vm->child, JSL_RUNNER__REAP_MS);
	jsl_runner__cgroup_deinit(&vm->group, &vm->r->groups);
	free(vm);
}

void jsl_runner__vm_stop(struct jsl_runner__vm *vm, enum jsl_runner__stop why)
{
	if (vm->state == JSL_VM_STOPPING || vm->state == JSL_VM_ENDED)
		return;
	assert(why != JSL_STOP_NONE);
	vm->facts.stop = why;
	vm->state = JSL_VM_STOPPING;
	jsl_runner__vm_tell(vm, JSL_BOX_KILL, 0);
	jsl_runner__vm_set_timer(vm, JSL_RUNNER__GRACE_MS);
}

void jsl_runner__vm_dismiss(struct jsl_runner__vm *vm)
{
	if (vm->state == JSL_VM_READY || (vm->state == JSL_VM_STARTING && vm->rehearsed))
		jsl_runner__vm_stop(vm, JSL_STOP_DISMISSED);
}

void jsl_runner__vm_boost(struct jsl_runner__vm *vm)
{
	if (!vm->background)
		return;
	vm->background = false;
	if (vm->state == JSL_VM_STARTING)
		jsl_runner__vm_set_timer(vm, JSL_RUNNER__START_MS);
	if (vm->box_pid > 0) /* else when it says who it is */
		jsl_runner__child_to_foreground(vm->box_pid);
}

void jsl_runner__vm_ready(struct jsl_runner__vm *vm)
{
	struct jsl_runner *r = vm->r;
	uint64_t took = jsl_io_now_us() - vm->started_us;

	*(vm->profile.kind == JSL_VM_COMPILER ? &r->stats.compiler_start_us
					      : &r->stats.pool_start_us) += took;
	vm->state = JSL_VM_READY;
	event_del(&vm->timer);
	r->backoff_ms = 0;
	if (!vm->was_ready)
		jsl_runner__fit_note(r, &vm->profile, true);
	vm->was_ready = true;
	if (vm->outdated)
		jsl_runner__vm_dismiss(vm);
	jsl_runner__kick(r);
}

void jsl_runner__vm_rehearse(struct jsl_runner__vm *vm)
{
	assert(vm->state == JSL_VM_READY && vm->profile.kind == JSL_VM_RUN);
	if (jsl_runner__frame_begin(vm->to_vm, JSL_FRAME_REHEARSE, 0) != 0)
		return;
	vm->rehearsed = true;
	vm->state = JSL_VM_STARTING;
	vm->started_us = jsl_io_now_us();
	jsl_runner__vm_set_timer(vm, JSL_RUNNER__START_MS);
	jsl_runner__vm_write(vm);
}

void jsl_runner__vm_rest(struct jsl_runner__vm *vm)
{
	event_del(&vm->timer);
	vm->state = JSL_VM_READY;
	vm->job = NULL;
	jsl_runner__vm_tell(vm, JSL_BOX_REST, 0);
}

void jsl_runner__vm_go(struct jsl_runner__vm *vm, struct jsl_runner_job *job)
{
	bool compiler = vm->profile.kind == JSL_VM_COMPILER;

	assert(vm->state == JSL_VM_READY && vm->job == NULL);
	vm->state = JSL_VM_BUSY;
	vm->job = job;
	vm->busy_us = jsl_io_now_us();
	vm->served++;
	jsl_runner__vm_boost(vm);
	/* Of a compilation the wall time is limited, not the CPU time. */
	jsl_runner__vm_tell(vm, JSL_BOX_GO, compiler ? 0 : job->limits.cpu_ms);
	jsl_runner__vm_set_timer(vm, compiler ? job->limits.compile_wall_ms
					      : job->limits.wall_ms);
	jsl_runner__vm_write(vm);
}
