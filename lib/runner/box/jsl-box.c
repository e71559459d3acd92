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
 *	jsl-box sandbox|none DISK-BYTES INODES PROCESSES DATA-BYTES RSS-BYTES -- JAVA
 *ARG...
 */

#include "config.h"

#include "box.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WATCH_MS = 50 }; /* between two looks at the memory while a job runs */

struct box {
	struct box_opts opts;
	pid_t java;
	int signals;  /* signalfd of SIGCHLD */
	int listener; /* of denied calls; -1: none (any more) */
	bool in_job;
	uint64_t cpu_base_us;
	uint64_t cpu_limit_us; /* 0: none */
	uint64_t rss_peak_bytes;
	enum jsl_box_hit hit;
	int denied[JSL_BOX_DENIED_MAX]; /* since GO, each once */
	size_t n_denied;
	int last_denied; /* -1: none */
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

	snprintf(m.name, sizeof(m.name), "%s", layer);
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
	if (argc < 9 || strcmp(argv[7], "--") != 0)
		box_die("arguments", EINVAL);
	o->sandbox = strcmp(argv[1], "none") != 0;
	o->disk_bytes = parse_number(argv[2]);
	o->inodes = parse_number(argv[3]);
	o->processes = parse_number(argv[4]);
	o->data_bytes = parse_number(argv[5]);
	o->rss_bytes = parse_number(argv[6]);
	o->command = argv + 8;
}

static void start_java(struct box *b)
{
	struct jsl_box_message m = {.type = JSL_BOX_STARTED};
	struct box_usage u;
	sigset_t mask;

	if (!box_measure(&b->opts, getpid(), &u))
		box_die("memory watch", errno);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		box_die("signals", errno);
	b->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (b->signals < 0)
		box_die("signals", errno);
	b->java = box_start(&b->opts, &b->listener);
	for (int fd = JSL_BOX_FD_REPORT; fd <= JSL_BOX_FD_STDERR; fd++)
		close(fd);
	send_message(&m);
}

static uint64_t clock_us(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/** Answering denied calls is work for the program, too. */
static uint64_t own_cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t children_cpu_us(void)
{
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	return (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
}

/** To the microsecond, of java itself and for it. */
static uint64_t java_cpu_us(const struct box *b)
{
	clockid_t clock;

	if (b->java_dead || clock_getcpuclockid(b->java, &clock) != 0)
		return own_cpu_us();
	return clock_us(clock) + own_cpu_us();
}

static void kill_java(struct box *b)
{
	if (!b->java_dead)
		kill(b->java, SIGKILL);
}

static void kill_for(struct box *b, enum jsl_box_hit hit)
{
	if (b->hit == JSL_BOX_HIT_NONE)
		b->hit = hit;
	kill_java(b);
}

/** A job begins, with a CPU time of its own. */
static void take_over(struct box *b, uint32_t cpu_ms)
{
	struct rlimit cpu;

	b->in_job = true;
	b->n_denied = 0;
	b->last_denied = -1;
	b->cpu_base_us = java_cpu_us(b);
	b->cpu_limit_us = (uint64_t)cpu_ms * 1000;
	if (cpu_ms == 0)
		return;
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
	else if (m.type == JSL_BOX_REST)
		b->in_job = false;
	if (n <= 0)
		b->orphan = true;
}

/** Tell the runner the name of a denied call, once a job. */
static void note_denied(struct box *b, int nr)
{
	struct jsl_box_message m = {.type = JSL_BOX_DENIED, .in_job = b->in_job};

	b->last_denied = nr;
	for (size_t i = 0; i < b->n_denied; i++)
		if (b->denied[i] == nr)
			return;
	if (b->n_denied == JSL_BOX_DENIED_MAX)
		return;
	b->denied[b->n_denied++] = nr;
	box_filter_name(nr, m.name, sizeof(m.name));
	send_message(&m);
}

static void read_denied(struct box *b)
{
	int nr;

	/* That a job was handed over was said before the job could do anything. */
	if (!b->orphan)
		read_control(b);
	if (box_filter_answer(b->listener, &nr))
		note_denied(b, nr);
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

/** What all processes use, between two events. */
static void watch(struct box *b)
{
	struct box_usage u;
	uint64_t cpu_us;

	if (!box_measure(&b->opts, b->java, &u))
		return; /* the limits of the kernel still hold */
	if (u.rss_bytes > b->rss_peak_bytes)
		b->rss_peak_bytes = u.rss_bytes;
	if (u.rss_bytes > b->opts.rss_bytes)
		kill_for(b, JSL_BOX_HIT_MEMORY);
	cpu_us = u.cpu_us + children_cpu_us() + own_cpu_us();
	if (b->cpu_limit_us != 0 && cpu_us >= b->cpu_base_us + b->cpu_limit_us)
		kill_for(b, JSL_BOX_HIT_CPU);
}

/** How long it may run on before there is something to look at; -1: for ever. */
static int next_look_ms(struct box *b)
{
	uint64_t used, left_us;

	if (!b->in_job)
		return -1;
	if (b->cpu_limit_us == 0)
		return WATCH_MS;
	used = java_cpu_us(b) - b->cpu_base_us;
	if (used >= b->cpu_limit_us) {
		kill_for(b, JSL_BOX_HIT_CPU);
		return -1;
	}
	left_us = (b->cpu_limit_us - used) / (uint64_t)b->opts.cores;
	return left_us / 1000 >= WATCH_MS ? WATCH_MS : (int)(left_us / 1000) + 1;
}

static void supervise(struct box *b)
{
	struct pollfd fds[] = {{.fd = JSL_BOX_FD_CONTROL, .events = POLLIN},
			       {.fd = b->signals, .events = POLLIN},
			       {.fd = b->listener, .events = POLLIN}};
	struct signalfd_siginfo info;
	uint64_t looked_us = 0;

	while (!b->java_dead) {
		uint64_t now_us = clock_us(CLOCK_BOOTTIME);

		if (b->in_job && now_us - looked_us >= WATCH_MS * 1000) {
			watch(b);
			looked_us = now_us;
		}
		if (poll(fds, 3, next_look_ms(b)) < 0 && errno != EINTR)
			_exit(127);
		if (fds[0].revents != 0)
			read_control(b);
		if (b->orphan)
			fds[0].fd = -1;
		if ((fds[2].revents & POLLIN) != 0)
			read_denied(b);
		else if (fds[2].revents != 0)
			fds[2].fd = -1; /* nobody is left behind the filter */
		while (read(b->signals, &info, sizeof(info)) > 0)
			;
		while (reap(b, WNOHANG))
			;
	}
}

static void report(struct box *b)
{
	struct jsl_box_message m = {.type = JSL_BOX_EXITED,
				    .wait_status = b->wait_status,
				    .rss_bytes = b->rss_peak_bytes};
	struct rusage ru;
	struct statvfs tmp;

	getrusage(RUSAGE_CHILDREN, &ru);
	if (m.rss_bytes < (uint64_t)ru.ru_maxrss * 1024)
		m.rss_bytes = (uint64_t)ru.ru_maxrss * 1024;
	m.cpu_us = children_cpu_us() + own_cpu_us();
	m.cpu_us -= m.cpu_us < b->cpu_base_us ? m.cpu_us : b->cpu_base_us;
	m.hit = b->hit;
	if (m.hit == JSL_BOX_HIT_NONE && b->cpu_limit_us != 0 &&
	    m.cpu_us >= b->cpu_limit_us)
		m.hit = JSL_BOX_HIT_CPU;
	if (b->opts.sandbox && statvfs("/tmp", &tmp) == 0) {
		m.disk_bytes = (tmp.f_blocks - tmp.f_bfree) * tmp.f_frsize;
		m.inodes_left = (uint32_t)tmp.f_ffree;
	}
	if (b->last_denied >= 0)
		box_filter_name(b->last_denied, m.name, sizeof(m.name));
	send_message(&m);
}

int main(int argc, char **argv)
{
	struct box b = {.signals = -1, .listener = -1, .last_denied = -1};

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
