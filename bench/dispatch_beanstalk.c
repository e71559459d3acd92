/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * beanstalkd's worker and client for bench/dispatch.py:
 *
 *	dispatch_beanstalk PORT AHEAD				a worker
 *	dispatch_beanstalk PORT SIZE WINDOW COUNT SECONDS	the submitter
 *
 * A job goes through the tube "jobs", its result, as a job with the same number, through
 * "results". Each has two connections, since a "reserve" that waits holds up what comes
 * behind it: one puts; the other deletes and reserves, a worker AHEAD jobs at a time and
 * the submitter as many as may be on their way. Commands of one pass are one write. A
 * body begins with the job's number, so an empty job is one of NUMBER bytes.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "dispatch.h"

#define NUMBER 8 /* digits */
#define SPACE  (1u << 18)

struct buffer {
	char *data;
	size_t at, len, size; /* from at to len is used */
};

struct conn {
	int fd;
	struct buffer in, out;
};

static struct dispatch run; /* window 0: a worker */
static struct conn puts_, takes;
static char *body; /* of a job */

static void grow(struct buffer *b, size_t room)
{
	if (b->size - b->len >= room)
		return;
	b->size = 2 * (b->len + room);
	b->data = realloc(b->data, b->size);
	if (b->data == NULL)
		dispatch_die("out of memory");
}

static void add(struct conn *c, const void *data, size_t len)
{
	grow(&c->out, len);
	memcpy(c->out.data + c->out.len, data, len);
	c->out.len += len;
}

static void add_text(struct conn *c, const char *text)
{
	add(c, text, strlen(text));
}

static void drop(struct buffer *b, size_t len)
{
	b->at += len;
	if (b->at < b->len && b->at < b->size / 2)
		return;
	b->len -= b->at;
	memmove(b->data, b->data + b->at, b->len);
	b->at = 0;
}

static void dial(struct conn *c, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		dispatch_die("beanstalkd: no connection");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void put(size_t number, size_t size)
{
	char command[64];

	snprintf(command, sizeof(command), "put 0 0 3600 %zu\r\n", size + NUMBER);
	add_text(&puts_, command);
	snprintf(command, sizeof(command), "%0*zu", NUMBER, number);
	add(&puts_, command, NUMBER);
	add(&puts_, body, size);
	add_text(&puts_, "\r\n");
}

static void submit(void)
{
	size_t job;

	while (dispatch_next(&run, &job))
		put(job, run.size);
}

/* A job, or a result. */
static void reserved(unsigned long id, const char *data)
{
	char number[NUMBER + 1] = "", command[64];
	size_t job;

	memcpy(number, data, NUMBER);
	job = strtoul(number, NULL, 10);
	snprintf(command, sizeof(command), "delete %lu\r\nreserve\r\n", id);
	add_text(&takes, command);
	if (run.window == 0)
		put(job, 0);
	else if (dispatch_result(&run, job))
		submit();
}

/* Takes one whole reply of @len bytes at @data; returns its length, or 0. */
static size_t reply(const char *data, size_t len)
{
	const char *end = memchr(data, '\n', len);
	size_t line = end != NULL ? (size_t)(end - data) + 1 : 0, size = 0;
	unsigned long id;

	if (line == 0)
		return 0;
	if (strncmp(data, "RESERVED ", 9) != 0) {
		if (strncmp(data, "INSERTED ", 9) != 0 &&
		    strncmp(data, "DELETED", 7) != 0 && strncmp(data, "USING ", 6) != 0 &&
		    strncmp(data, "WATCHING ", 9) != 0)
			dispatch_die("beanstalkd: an error");
		return line;
	}
	if (sscanf(data, "RESERVED %lu %zu", &id, &size) != 2 || size < NUMBER)
		dispatch_die("beanstalkd: not understood");
	if (len < line + size + 2)
		return 0;
	reserved(id, data + line);
	return line + size + 2;
}

static void take(struct conn *c)
{
	size_t used;
	ssize_t n;

	grow(&c->in, SPACE);
	n = recv(c->fd, c->in.data + c->in.len, c->in.size - c->in.len, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		dispatch_die("beanstalkd: connection lost");
	c->in.len += (size_t)n;
	while (!run.over &&
	       (used = reply(c->in.data + c->in.at, c->in.len - c->in.at)) > 0)
		c->in.at += used;
	drop(&c->in, 0);
}

static void flush(struct conn *c)
{
	ssize_t n;

	if (c->out.len == c->out.at)
		return;
	n = send(c->fd, c->out.data + c->out.at, c->out.len - c->out.at,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN)
		dispatch_die("beanstalkd: connection lost");
	if (n > 0)
		drop(&c->out, (size_t)n);
}

static void loop(void)
{
	while (!run.over) {
		struct pollfd fds[] = {{.fd = puts_.fd, .events = POLLIN},
				       {.fd = takes.fd, .events = POLLIN}};

		flush(&puts_);
		flush(&takes);
		fds[0].events |= puts_.out.len > puts_.out.at ? POLLOUT : 0;
		fds[1].events |= takes.out.len > takes.out.at ? POLLOUT : 0;
		if (poll(fds, 2, -1) < 0)
			dispatch_die("poll");
		if (fds[0].revents & (POLLIN | POLLHUP))
			take(&puts_);
		if (fds[1].revents & (POLLIN | POLLHUP))
			take(&takes);
	}
}

int main(int argc, char **argv)
{
	uint16_t port = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0;
	size_t ahead;

	if (port == 0 || (argc != 3 && argc != 6))
		dispatch_die("usage: dispatch_beanstalk PORT AHEAD|" DISPATCH_ARGS);
	if (argc == 6)
		dispatch_init(&run, argv + 2);
	ahead = argc == 6 ? run.window : strtoul(argv[2], NULL, 10);
	body = calloc(1, run.size + 1);
	dial(&puts_, port);
	dial(&takes, port);
	add_text(&puts_, argc == 6 ? "use jobs\r\n" : "use results\r\n");
	add_text(&takes, argc == 6 ? "watch results\r\nignore default\r\n"
				   : "watch jobs\r\nignore default\r\n");
	while (ahead-- > 0)
		add_text(&takes, "reserve\r\n");
	submit();
	loop();
	dispatch_rest();
}
