/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the process of a box with its descriptors: socket pairs where the runner
 * writes (a write to a pipe could raise SIGPIPE), pipes where it reads. The files that
 * the box's user may not reach are opened here, with the runner's rights, and handed in.
 */

#include "config.h"

#include <errno.h>
#include <event2/buffer.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jsl/err.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "runner/box/box_proto.h"
#include "runner/runner_int.h"

enum { CHILD_FDS = JSL_BOX_FD_SELF + 1 };

/** Ends of one box: theirs[] is indexed as the child sees them. */
struct ends {
	int theirs[CHILD_FDS];
};

static int set_nonblocking(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int make_pair(int type, int *ret_ours, int *ret_theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return set_nonblocking(pair[0]);
}

/** The pair to jsl-box; what comes from it shall say from which process. */
static int make_control(struct jsl_runner__vm *vm, int *ret_theirs)
{
	int err = make_pair(SOCK_SEQPACKET, &vm->control, ret_theirs), on = 1;

	if (err == 0 &&
	    setsockopt(vm->control, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		err = -errno;
	return err;
}

static int make_stream(struct jsl_runner__vm *vm, struct jsl_runner__stream *s,
		       int *ret_theirs)
{
	int ends[2];

	s->vm = vm;
	s->buf = evbuffer_new();
	if (s->buf == NULL)
		return -ENOMEM;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	s->fd = ends[0];
	*ret_theirs = ends[1];
	return set_nonblocking(ends[0]);
}

static int open_file(const char *path, int *ret_fd)
{
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

static int make_streams(struct jsl_runner__vm *vm, int *theirs)
{
	int err = make_stream(vm, &vm->frames, &theirs[JSL_BOX_FD_REPORT]);

	/* The agent opens it by its name in /proc, so its user must own it. Where that
	 * cannot be, the user cannot be changed either, and that says why. */
	if (err == 0 && vm->r->drop)
		(void)!fchown(theirs[JSL_BOX_FD_REPORT], vm->r->uid, vm->r->gid);
	if (err == 0)
		err = make_stream(vm, &vm->out, &theirs[JSL_BOX_FD_STDOUT]);
	if (err == 0)
		err = make_stream(vm, &vm->err, &theirs[JSL_BOX_FD_STDERR]);
	if (err == 0)
		err = make_stream(vm, &vm->setup, &theirs[2]);
	return err;
}

static int make_ends(struct jsl_runner__vm *vm, struct ends *e)
{
	int *theirs = e->theirs;
	int err = open_file("/dev/null", &theirs[0]);

	if (err == 0)
		err = make_control(vm, &theirs[JSL_BOX_FD_CONTROL]);
	if (err == 0)
		err = make_pair(SOCK_STREAM, &vm->stdin_fd, &theirs[JSL_BOX_FD_STDIN]);
	if (err == 0)
		err = make_streams(vm, theirs);
	if (err == 0)
		err = open_file(vm->r->host.jar, &theirs[JSL_BOX_FD_JAR]);
	if (err == 0)
		err = open_file(vm->r->host.box, &theirs[JSL_BOX_FD_SELF]);
	vm->to_vm = evbuffer_new();
	return err == 0 && vm->to_vm == NULL ? -ENOMEM : err;
}

static int make_group(struct jsl_runner__vm *vm)
{
	int err = jsl_runner__cgroup_init(&vm->group, &vm->r->groups,
					  jsl_runner__group_memory(&vm->profile),
					  jsl_runner__group_pids(&vm->profile));

	if (err == 0)
		return 0;
	jsl_log_write(&vm->r->log, JSL_LOG_WARN, "runner",
		      "no control group for a box: %s", jsl_strerror(err));
	return JSL_E_SANDBOX;
}

static int spawn(struct jsl_runner__vm *vm, struct ends *e)
{
	struct jsl_runner *r = vm->r;
	struct jsl_runner__child_opts o = {
		.fds = e->theirs,
		.n_fds = CHILD_FDS,
		.drop = r->drop,
		.uid = r->uid,
		.gid = r->gid,
		.background = vm->background,
		.groups = vm->group.procs,
		.n_groups = vm->group.n_procs,
	};
	struct jsl_runner__profile p = vm->profile;
	struct jsl_runner__command c;
	int stdout_fd = e->theirs[1], err;

	p.archive = jsl_runner__archives_use(r, &p);
	vm->archived = p.archive != NULL;
	err = jsl_runner__command_init(&c, &r->host, &p);
	if (err == 0) {
		o.path = c.argv[0];
		o.argv = c.argv;
		e->theirs[1] = e->theirs[2]; /* all that bwrap says is set-up text */
		err = jsl_runner__child_spawn(&vm->child, &o);
		e->theirs[1] = stdout_fd;
	}
	jsl_runner__command_deinit(&c);
	return err;
}

int jsl_runner__vm_spawn(struct jsl_runner__vm *vm)
{
	struct ends e;
	int err;

	if (!jsl_runner__fit_find_bwrap(vm->r))
		return -ENOPKG;
	for (int i = 0; i < CHILD_FDS; i++)
		e.theirs[i] = -1;
	err = make_ends(vm, &e);
	if (err == 0)
		err = make_group(vm);
	if (err == 0)
		err = spawn(vm, &e);
	jsl_runner__cgroup_close(&vm->group);
	for (int i = 0; i < CHILD_FDS; i++)
		if (e.theirs[i] >= 0)
			close(e.theirs[i]);
	/* Also what was made before an error: taking it down needs the events. */
	jsl_runner__vm_watch(vm);
	return err;
}
