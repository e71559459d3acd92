/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An Ethernet switch with faults, for the tests in network namespaces: it makes the
 * tap device eth0 in each namespace that it is given, the n-th with the address
 * 02:00:00:00:00:0n, and carries frames between them. Not tc netem, because that is
 * not in every kernel, and because here each direction of each pair can be cut.
 * Orders on stdin, a line each, answered with "ok" once they hold:
 *
 *	cut FROM TO	one way; nodes count from 1
 *	join		no cuts any more
 *	loss PERCENT	of all frames
 *	delay MIN MAX	microseconds, drawn for each frame: frames overtake each other
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NODES_MAX 9
#define FRAME_MAX 2048
#define QUEUE_MAX 100000 /* frames on their way; more are lost */

struct frame {
	struct frame *next;
	uint64_t at_us;
	size_t to, len;
	uint8_t data[FRAME_MAX];
};

static struct {
	struct pollfd fds[NODES_MAX + 1]; /* the last in use: stdin */
	size_t n, n_queued;
	bool cut[NODES_MAX][NODES_MAX];
	unsigned loss_percent;
	uint64_t delay_min_us, delay_max_us;
	struct frame *queue; /* by time */
} hub;

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(path);
	close(fd);
}

static int open_tap(const char *netns)
{
	struct ifreq req = {.ifr_name = "eth0", .ifr_flags = IFF_TAP | IFF_NO_PI};
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	enter(path);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req) < 0)
		die("/dev/net/tun");
	return fd;
}

static void queue(size_t to, const uint8_t *data, size_t len)
{
	uint64_t spread = hub.delay_max_us - hub.delay_min_us + 1;
	struct frame **at = &hub.queue, *f;

	if ((unsigned)(random() % 100) < hub.loss_percent || hub.n_queued == QUEUE_MAX)
		return;
	f = malloc(sizeof(*f));
	if (f == NULL)
		die("malloc");
	f->at_us = now_us() + hub.delay_min_us + (uint64_t)random() % spread;
	f->to = to;
	f->len = len;
	memcpy(f->data, data, len);
	while (*at != NULL && (*at)->at_us <= f->at_us)
		at = &(*at)->next;
	f->next = *at;
	*at = f;
	hub.n_queued++;
}

static void forward(size_t from)
{
	uint8_t data[FRAME_MAX];
	ssize_t len;

	while ((len = read(hub.fds[from].fd, data, sizeof(data))) >= 6)
		for (size_t to = 0; to < hub.n; to++) /* multicast, or to this one */
			if (to != from && !hub.cut[from][to] &&
			    ((data[0] & 1) != 0 || data[5] == to + 1))
				queue(to, data, (size_t)len);
}

static void deliver(void)
{
	uint64_t now = now_us();

	while (hub.queue != NULL && hub.queue->at_us <= now) {
		struct frame *f = hub.queue;

		hub.queue = f->next;
		hub.n_queued--;
		if (write(hub.fds[f->to].fd, f->data, f->len) < 0 && errno == EBADF)
			die("tap");
		free(f);
	}
}

static bool obey(const char *line)
{
	unsigned a, b;

	if (sscanf(line, "cut %u %u", &a, &b) == 2 && a - 1 < hub.n && b - 1 < hub.n)
		hub.cut[a - 1][b - 1] = true;
	else if (strcmp(line, "join\n") == 0)
		memset(hub.cut, 0, sizeof(hub.cut));
	else if (sscanf(line, "loss %u", &a) == 1 && a <= 100)
		hub.loss_percent = a;
	else if (sscanf(line, "delay %u %u", &a, &b) == 2 && a <= b)
		hub.delay_min_us = a, hub.delay_max_us = b;
	else
		return false;
	return true;
}

/* One order at a time: whoever gives it waits for the answer. */
static void take_order(void)
{
	char line[128];
	ssize_t len = read(STDIN_FILENO, line, sizeof(line) - 1);

	if (len <= 0)
		exit(EXIT_SUCCESS);
	line[len] = '\0';
	puts(obey(line) ? "ok" : "what?");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > NODES_MAX + 1)
		return 2;
	hub.n = (size_t)argc - 1;
	srandom(1);
	for (size_t i = 0; i < hub.n; i++)
		hub.fds[i] =
			(struct pollfd){.fd = open_tap(argv[i + 1]), .events = POLLIN};
	hub.fds[hub.n] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	puts("ok");
	fflush(stdout);
	for (;;) {
		/* A millisecond is fine enough for what is simulated here. */
		if (poll(hub.fds, hub.n + 1, hub.queue != NULL ? 1 : -1) < 0)
			die("poll");
		for (size_t i = 0; i < hub.n; i++)
			if ((hub.fds[i].revents & POLLIN) != 0)
				forward(i);
		if ((hub.fds[hub.n].revents & (POLLIN | POLLHUP)) != 0)
			take_order();
		deliver();
	}
}
