/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-box: pid 1 of a sandbox. bubblewrap has built the namespaces and the read-only
 * tree; this mounts /tmp, gives up all privileges, sets the limits, starts java and
 * reports on a private descriptor how it ended and what it used. It fails closed: a
 * layer that cannot be set up is named and nothing is executed.
 *
 * Nothing in the box can touch it: it is non-dumpable, and no signal from inside its
 * own pid namespace reaches it.
 *
 *	jsl-box sandbox|none DISK-BYTES INODES PROCESSES DATA-BYTES -- JAVA ARG...
 */

#include "config.h"

#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct box {
	struct box_opts opts;
	pid_t java;
	int signals; /* signalfd of SIGCHLD */
	uint64_t cpu_base_us;
	uint64_t cpu_limit_us; /* 0 until a job was handed over */
	bool cpu_hit;
	bool java_dead;
	bool orphan; /* nobody listens any more */
	int wait_status;
};

static void send_message(const struct jsl_box_message *m)
{
	(void)send(JSL_BOX_FD_CONTROL, m, sizeof(*m), MSG_NOSIGNAL);
}

void box_die(const char *layer, int err)
{
	struct jsl_box_message m = {.type = JSL_BOX_FAILED, .err = err};

	snprintf(m.layer, sizeof(m.layer), "%s", layer);
	send_message(&m);
	_exit(127);
}

static uint64_t parse_number(const char *text)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || n == 0)
		box_die("arguments", EINVAL);
	return n;
}

static void parse(struct box_opts *o, int argc, char **argv)
{
	if (argc < 8 || strcmp(argv[6], "--") != 0)
		box_die("arguments", EINVAL);
	o->sandbox = strcmp(argv[1], "none") != 0;
	o->disk_bytes = parse_number(argv[2]);
	o->inodes = parse_number(argv[3]);
	o->processes = parse_number(argv[4]);
	o->data_bytes = parse_number(argv[5]);
	o->command = argv + 7;
}

/** In the child: the descriptors of the program, and no others; then java. */
static void exec_java(const struct box_opts *o)
{
	static const char *const env[] = {"LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/tmp", NULL};
	sigset_t none;

	sigemptyset(&none);
	if (dup2(JSL_BOX_FD_STDIN, 0) >= 0 && dup2(JSL_BOX_FD_STDOUT, 1) >= 0 &&
	    dup2(JSL_BOX_FD_STDERR, 2) >= 0 && dup2(JSL_BOX_FD_REPORT, 3) >= 0 &&
	    close_range(4, ~0U, 0) >= 0 && sigprocmask(SIG_SETMASK, &none, NULL) >= 0)
		execve(o->command[0], o->command, (char *const *)env);
	_exit(127); /* before the agent could say that it is ready: seen as that */
}

static void start_java(struct box *b)
{
	struct jsl_box_message m = {.type = JSL_BOX_STARTED};
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		box_die("signals", errno);
	b->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (b->signals < 0)
		box_die("signals", errno);
	b->java = fork();
	if (b->java < 0)
		box_die("fork", errno);
	if (b->java == 0)
		exec_java(&b->opts);
	for (int fd = JSL_BOX_FD_REPORT; fd <= JSL_BOX_FD_STDERR; fd++)
		close(fd);
	send_message(&m);
}

static uint64_t java_cpu_us(const struct box *b)
{
	struct timespec ts;
	clockid_t clock;

	if (b->java_dead || clock_getcpuclockid(b->java, &clock) != 0 ||
	    clock_gettime(clock, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void kill_java(struct box *b)
{
	if (!b->java_dead)
		kill(b->java, SIGKILL);
}

/** A job begins, with a CPU time of its own. */
static void take_over(struct box *b, uint32_t cpu_ms)
{
	struct rlimit cpu;

	b->cpu_base_us = java_cpu_us(b);
	b->cpu_limit_us = (uint64_t)cpu_ms * 1000;
	/* The kernel's limit counts whole seconds: it backs the poll below. */
	cpu.rlim_cur = cpu.rlim_max = (b->cpu_base_us + b->cpu_limit_us) / 1000000 + 2;
	if (!b->java_dead)
		(void)prlimit(b->java, RLIMIT_CPU, &cpu, NULL);
}

static void read_control(struct box *b)
{
	struct jsl_box_message m;
	ssize_t n = recv(JSL_BOX_FD_CONTROL, &m, sizeof(m), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(m) || m.type == JSL_BOX_KILL)
		kill_java(b); /* the runner has gone, or wants it so */
	else if (m.type == JSL_BOX_GO)
		take_over(b, m.cpu_ms);
	if (n <= 0)
		b->orphan = true;
}

/** Take note of the end of one process. Returns false when there is none (yet). */
static bool reap(struct box *b, int flags)
{
	int status;
	pid_t pid = waitpid(-1, &status, flags);

	if (pid == b->java) {
		b->java_dead = true;
		b->wait_status = status;
	}
	return pid > 0;
}

/** How long it may run on before its CPU time can be used up; -1: for ever. */
static int cpu_timeout_ms(struct box *b)
{
	uint64_t used, left_us;

	if (b->cpu_limit_us == 0)
		return -1;
	used = java_cpu_us(b) - b->cpu_base_us;
	if (used >= b->cpu_limit_us) {
		b->cpu_hit = true;
		kill_java(b);
		return -1;
	}
	left_us = (b->cpu_limit_us - used) / (uint64_t)b->opts.cores;
	return left_us > 1000000 ? 1000 : (int)(left_us / 1000) + 1;
}

static void supervise(struct box *b)
{
	struct pollfd fds[] = {{.fd = JSL_BOX_FD_CONTROL, .events = POLLIN},
			       {.fd = b->signals, .events = POLLIN}};
	struct signalfd_siginfo info;

	while (!b->java_dead) {
		int timeout = cpu_timeout_ms(b);

		if (poll(fds, 2, timeout) < 0 && errno != EINTR)
			_exit(127);
		if (fds[0].revents != 0)
			read_control(b);
		if (b->orphan)
			fds[0].fd = -1;
		while (read(b->signals, &info, sizeof(info)) > 0)
			;
		while (reap(b, WNOHANG))
			;
	}
}

static void report(struct box *b)
{
	struct jsl_box_message m = {.type = JSL_BOX_EXITED,
				    .wait_status = b->wait_status};
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	m.cpu_us = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 +
		   (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
	m.cpu_us -= m.cpu_us < b->cpu_base_us ? m.cpu_us : b->cpu_base_us;
	m.rss_bytes = (uint64_t)ru.ru_maxrss * 1024;
	m.cpu_hit = b->cpu_hit || (b->cpu_limit_us != 0 && m.cpu_us >= b->cpu_limit_us);
	send_message(&m);
}

int main(int argc, char **argv)
{
	struct box b = {.signals = -1};

	box_follow_priority();
	prctl(PR_SET_DUMPABLE, 0);
	parse(&b.opts, argc, argv);
	b.opts.cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (b.opts.cores < 1)
		b.opts.cores = 1;
	box_set_up(&b.opts);
	start_java(&b);
	supervise(&b);
	do {
		box_kill_rest(&b.opts);
	} while (reap(&b, 0)); /* nobody is left: all output is in the pipes */
	report(&b);
	return 0;
}
