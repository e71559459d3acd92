/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The descriptors of a JVM in its box: control (to jsl-box), standard input, frames,
 * standard output and error, and what the set-up says. Everything is read to its end:
 * when all have ended and jsl-box has reported, nothing of the box is left.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <jsl/err.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "runner/box/box_proto.h"
#include "runner/runner_int.h"

enum { LOG_KEEP = 4096, IOVECS = 16, READ_MAX = 1 << 16 };

void jsl_runner__vm_tell(struct jsl_runner__vm *vm, uint32_t type, uint32_t cpu_ms)
{
	struct jsl_box_message m = {.type = type, .cpu_ms = cpu_ms};

	if (vm->control >= 0)
		(void)send(vm->control, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/** The kernel killed something in the box, java or even jsl-box, for want of memory. */
static void note_overrun(struct jsl_runner__vm *vm)
{
	struct jsl_runner__facts *f = &vm->facts;

	if (vm->served == 0 || f->hit != JSL_BOX_HIT_NONE ||
	    !jsl_runner__cgroup_overran(&vm->group, &vm->r->groups))
		return;
	f->hit = JSL_BOX_HIT_MEMORY;
	if (!f->reported)
		f->wait_status = SIGKILL;
	f->reported = true;
}

/** Whether all is over; then whoever waits is told, once. */
static void check_end(struct jsl_runner__vm *vm)
{
	struct jsl_runner_job *job = vm->job;

	if (vm->state == JSL_VM_ENDED || vm->control >= 0 || vm->frames.fd >= 0 ||
	    vm->out.fd >= 0 || vm->err.fd >= 0)
		return; /* the end of set-up text is not waited for: it is in vain there
			 */
	if (vm->busy_us != 0)
		vm->facts.wall_us = jsl_io_now_us() - vm->busy_us;
	if (vm->profile.kind == JSL_VM_ARCHIVER)
		jsl_runner__archives_ended(vm);
	else if (vm->served == 0 && vm->facts.stop != JSL_STOP_DISMISSED)
		jsl_runner__start_failed(vm->r, vm, NULL, NULL);
	note_overrun(vm);
	vm->state = JSL_VM_ENDED;
	vm->job = NULL;
	/* bwrap follows its child; then what they used is accounted to us. */
	jsl_runner__vm_set_timer(vm, JSL_RUNNER__GRACE_MS);
	if (!vm->facts.reported)
		jsl_runner__child_kill(&vm->child);
	if (job != NULL)
		jsl_runner__job_vm_ended(job, vm);
	jsl_runner__kick(vm->r);
}

static void close_stream(struct jsl_runner__stream *s)
{
	if (s->fd < 0)
		return;
	event_del(&s->ev);
	close(s->fd);
	s->fd = -1;
}

/** Hand complete frames up. A run JVM that sends rubbish is heard no more. */
static void take_frames(struct jsl_runner__vm *vm)
{
	struct evbuffer *buf = vm->frames.buf;
	size_t max = vm->profile.kind != JSL_VM_RUN
			     ? JSL_RUNNER__CLASSES_MAX + (4u << 20)
			     : ((size_t)vm->r->limits.output_kb << 10) + (1u << 20);
	size_t len;
	uint8_t type;
	int rc = 0;

	while (!vm->frames_bad &&
	       (rc = jsl_runner__frame_peek(buf, max, &type, &len)) > 0) {
		struct jsl_runner__reader fields;

		evbuffer_drain(buf, JSL_RUNNER__FRAME_HEAD);
		fields.at = evbuffer_pullup(buf, (ev_ssize_t)len);
		if (fields.at == NULL && len > 0)
			break;
		fields.end = fields.at + len;
		if (vm->profile.kind == JSL_VM_ARCHIVER) {
			jsl_runner__archives_frame(vm, type, fields);
		} else if (type == JSL_FRAME_READY && vm->state == JSL_VM_STARTING) {
			jsl_runner__vm_ready(vm);
		} else if (vm->job != NULL) {
			jsl_runner__job_frame(vm->job, type, fields);
		} else if (type == JSL_FRAME_COMPILED && vm->state == JSL_VM_BUSY) {
			jsl_runner__vm_rest(vm); /* its job was cancelled */
			jsl_runner__kick(vm->r);
		}
		evbuffer_drain(buf, len);
	}
	vm->frames_bad = vm->frames_bad || rc < 0;
	if (vm->frames_bad)
		evbuffer_drain(buf, evbuffer_get_length(buf));
}

/** Take the last @excess bytes off @buf. */
static void cut_tail(struct evbuffer *buf, size_t excess)
{
	size_t keep = evbuffer_get_length(buf) - excess;
	struct evbuffer *head = evbuffer_new();

	if (head != NULL)
		(void)evbuffer_remove_buffer(buf, head, keep);
	(void)evbuffer_drain(buf, evbuffer_get_length(buf));
	if (head == NULL)
		return;
	(void)evbuffer_add_buffer(buf, head);
	evbuffer_free(head);
}

/** What a program wrote is kept up to its limit; of other JVMs, a little for the log. */
static void bound_output(struct jsl_runner__vm *vm, struct jsl_runner__stream *s)
{
	size_t total =
		evbuffer_get_length(vm->out.buf) + evbuffer_get_length(vm->err.buf);
	size_t max = LOG_KEEP;

	if (vm->profile.kind == JSL_VM_RUN && vm->job != NULL)
		max = (size_t)vm->job->limits.output_kb << 10;
	if (total <= max)
		return;
	cut_tail(s->buf, total - max);
	if (vm->profile.kind == JSL_VM_RUN && vm->job != NULL)
		jsl_runner__vm_stop(vm, JSL_STOP_OUTPUT);
}

static void on_stream(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_runner__stream *s = arg;
	struct jsl_runner__vm *vm = s->vm;
	int n = evbuffer_read(s->buf, fd, READ_MAX);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		close_stream(s);
	else if (s == &vm->frames)
		take_frames(vm);
	else if (s != &vm->setup)
		bound_output(vm, s);
	else if (evbuffer_get_length(s->buf) > JSL_RUNNER__SETUP_TEXT_MAX)
		cut_tail(s->buf,
			 evbuffer_get_length(s->buf) - JSL_RUNNER__SETUP_TEXT_MAX);
	check_end(vm);
}

static void close_control(struct jsl_runner__vm *vm)
{
	if (vm->control < 0)
		return;
	event_del(&vm->control_ev);
	close(vm->control);
	vm->control = -1;
}

/** One message, with the kernel's word on who sent it. */
static ssize_t receive(int fd, struct jsl_box_message *m, pid_t *ret_pid)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {m, sizeof(*m)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	struct ucred cred;

	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		*ret_pid = cred.pid;
	}
	return n;
}

/**
 * A call that is denied before a job came or to a compiler is not a program's, but a
 * JDK's that the table does not know.
 */
static void on_denied(struct jsl_runner__vm *vm, const struct jsl_box_message *m)
{
	struct jsl_runner__facts *f = &vm->facts;

	if (m->in_job == 0 || vm->profile.kind != JSL_VM_RUN)
		jsl_log_write(&vm->r->log, JSL_LOG_VERBOSE, "runner",
			      "the JDK was denied a system call: %s", m->name);
	else if (f->n_denied < JSL_BOX_DENIED_MAX)
		memcpy(f->denied[f->n_denied++], m->name, sizeof(m->name));
}

static void on_exited(struct jsl_runner__vm *vm, const struct jsl_box_message *m)
{
	struct jsl_runner__facts *f = &vm->facts;

	f->reported = true;
	f->wait_status = m->wait_status;
	f->cpu_us = m->cpu_us;
	f->rss_bytes = m->rss_bytes;
	f->disk_bytes = m->disk_bytes;
	f->inodes_left = m->inodes_left;
	f->hit = (enum jsl_box_hit)m->hit;
	memcpy(f->denied_last, m->name, sizeof(m->name));
}

static void on_control(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_runner__vm *vm = arg;
	struct jsl_box_message m;
	pid_t pid = 0;
	ssize_t n = receive(fd, &m, &pid);

	m.name[sizeof(m.name) - 1] = '\0';
	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != (ssize_t)sizeof(m)) {
		close_control(vm);
	} else if (m.type == JSL_BOX_STARTED) {
		vm->box_pid = pid;
		if (!vm->background && pid > 0 && vm->r->can_background)
			jsl_runner__child_to_foreground(pid);
	} else if (m.type == JSL_BOX_FAILED) {
		jsl_runner__start_failed(vm->r, vm, m.name, strerrordesc_np(m.err));
	} else if (m.type == JSL_BOX_EXITED) {
		on_exited(vm, &m);
		close_control(vm); /* nobody is left in the box, nothing more comes */
	} else if (m.type == JSL_BOX_DENIED) {
		on_denied(vm, &m);
	}
	check_end(vm);
}

/** bwrap has ended, and the box with it: what still holds our pipes has little time. */
static void on_child(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_runner__vm *vm = arg;

	(void)fd;
	(void)what;
	event_del(&vm->ended_ev);
	(void)jsl_runner__child_reap(&vm->child, 0);
	if (vm->state != JSL_VM_ENDED) {
		jsl_runner__vm_set_timer(vm, JSL_RUNNER__GRACE_MS);
		if (vm->state != JSL_VM_STARTING)
			vm->state = JSL_VM_STOPPING;
	}
	jsl_runner__kick(vm->r);
}

void jsl_runner__vm_abandon(struct jsl_runner__vm *vm)
{
	close_control(vm);
	close_stream(&vm->frames);
	close_stream(&vm->out);
	close_stream(&vm->err);
	check_end(vm);
}

static void close_stdin(struct jsl_runner__vm *vm)
{
	if (vm->stdin_fd < 0)
		return;
	event_del(&vm->stdin_ev);
	close(vm->stdin_fd);
	vm->stdin_fd = -1;
}

void jsl_runner__vm_write(struct jsl_runner__vm *vm)
{
	struct evbuffer_iovec pieces[IOVECS];
	struct msghdr msg = {.msg_iov = pieces};
	ssize_t n = 0;

	while (vm->stdin_fd >= 0 && evbuffer_get_length(vm->to_vm) > 0) {
		int count = evbuffer_peek(vm->to_vm, -1, NULL, pieces, IOVECS);

		msg.msg_iovlen = count < IOVECS ? (size_t)count : IOVECS;
		n = sendmsg(vm->stdin_fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0)
			break;
		evbuffer_drain(vm->to_vm, (size_t)n);
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		(void)event_add(&vm->stdin_ev, NULL);
	else if (n < 0 || vm->close_stdin)
		close_stdin(vm); /* it does not read any more, or has had it all */
}

static void on_stdin(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	jsl_runner__vm_write(arg);
}

void jsl_runner__vm_io_deinit(struct jsl_runner__vm *vm)
{
	struct jsl_runner__stream *streams[] = {&vm->frames, &vm->out, &vm->err,
						&vm->setup};

	close_control(vm);
	close_stdin(vm);
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		close_stream(streams[i]);
		if (streams[i]->buf != NULL)
			evbuffer_free(streams[i]->buf);
	}
	if (vm->to_vm != NULL)
		evbuffer_free(vm->to_vm);
	if (vm->child.pidfd >= 0)
		event_del(&vm->ended_ev);
}

static void watch_stream(struct jsl_runner__stream *s, struct event_base *base)
{
	if (s->fd < 0)
		return;
	event_assign(&s->ev, base, s->fd, EV_READ | EV_PERSIST, on_stream, s);
	(void)event_add(&s->ev, NULL);
}

void jsl_runner__vm_watch(struct jsl_runner__vm *vm)
{
	struct event_base *base = vm->r->base;

	watch_stream(&vm->frames, base);
	watch_stream(&vm->out, base);
	watch_stream(&vm->err, base);
	watch_stream(&vm->setup, base);
	if (vm->control >= 0) {
		event_assign(&vm->control_ev, base, vm->control, EV_READ | EV_PERSIST,
			     on_control, vm);
		(void)event_add(&vm->control_ev, NULL);
	}
	if (vm->stdin_fd >= 0)
		event_assign(&vm->stdin_ev, base, vm->stdin_fd, EV_WRITE, on_stdin, vm);
	if (vm->child.pidfd >= 0) {
		event_assign(&vm->ended_ev, base, vm->child.pidfd, EV_READ, on_child, vm);
		(void)event_add(&vm->ended_ev, NULL);
	}
}
