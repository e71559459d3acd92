/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_IO_HTTP_CLIENT_H
#define JSL_TESTS_IO_HTTP_CLIENT_H

/*
 * A raw HTTP client in the process of the server: bytes out, bytes in, while
 * the server's loop turns. Every wait is for an event, and bounded.
 */

#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_BYTES_MAX (8u << 20)
#define CLIENT_WAIT_S	 10

struct client {
	struct event_base *base;
	int fd;
	char *text; /* what came, with a NUL behind it */
	size_t len;
	bool eof, reset, late;
};

static inline struct client client_open(struct event_base *base, uint16_t port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct client c = {.base = base,
			   .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

	ck_assert_int_ge(c.fd, 0);
	ck_assert_int_eq(connect(c.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	c.text = calloc(1, CLIENT_BYTES_MAX + 1);
	ck_assert_ptr_nonnull(c.text);
	return c;
}

static inline void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->text);
	*c = (struct client){.fd = -1};
}

static inline void client_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

static inline void client_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Turn the loop until @done says so. Returns false when that takes too long. */
static inline bool client_until(struct event_base *base, bool (*done)(void *), void *arg)
{
	struct timeval tv = {.tv_sec = CLIENT_WAIT_S};
	bool late = false;
	struct event *timer = evtimer_new(base, client_late, &late);

	event_add(timer, &tv);
	while (!late && !done(arg))
		event_base_loop(base, EVLOOP_ONCE);
	event_free(timer);
	return !late;
}

static inline void client_send(struct client *c, const char *data, size_t len)
{
	struct event *ev = event_new(c->base, c->fd, EV_WRITE, client_ready, NULL);
	size_t done = 0;

	while (done < len) {
		ssize_t n =
			send(c->fd, data + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN)
			break; /* the server has closed */
		event_add(ev, NULL);
		event_base_loop(c->base, EVLOOP_ONCE);
	}
	event_free(ev);
}

static inline void client_say(struct client *c, const char *text)
{
	client_send(c, text, strlen(text));
}

/* The length of the first answer in @text, or 0 while it is not complete. */
static inline size_t client_answer_len(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	const char *length = strcasestr(text, "\r\nContent-Length: ");
	size_t head, body = 0;

	if (end == NULL)
		return 0;
	head = (size_t)(end - text) + 4;
	if (length != NULL && length < end)
		body = strtoul(length + 18, NULL, 10);
	return len >= head + body ? head + body : 0;
}

struct client_wait {
	struct client *c;
	unsigned int answers; /* 0: until the end */
};

static inline bool client_heard(void *arg)
{
	struct client_wait *w = arg;
	struct client *c = w->c;
	size_t at = 0;

	for (;;) {
		ssize_t n = recv(c->fd, c->text + c->len, CLIENT_BYTES_MAX - c->len,
				 MSG_DONTWAIT);

		if (n <= 0) {
			c->eof = n == 0 || (errno != EAGAIN && errno != EINTR);
			c->reset = n < 0 && c->eof;
			break;
		}
		c->len += (size_t)n;
		c->text[c->len] = '\0';
	}
	for (unsigned int i = 0; i < w->answers; i++) {
		size_t n = client_answer_len(c->text + at, c->len - at);

		if (n == 0)
			return c->eof;
		at += n;
	}
	return w->answers > 0 || c->eof;
}

/* Wait for so many complete answers, or with 0 for the end of the connection. */
static inline const char *client_hear(struct client *c, unsigned int answers)
{
	struct client_wait w = {.c = c, .answers = answers};
	struct event *ev =
		event_new(c->base, c->fd, EV_READ | EV_PERSIST, client_ready, NULL);

	event_add(ev, NULL);
	c->late = !client_until(c->base, client_heard, &w);
	event_free(ev);
	return c->text;
}

static inline int client_status(const struct client *c)
{
	return strncmp(c->text, "HTTP/1.", 7) == 0 ? atoi(c->text + 9) : 0;
}

/* One request on a connection of its own; the status of its answer. */
static inline int client_once(struct event_base *base, uint16_t port, const char *request)
{
	struct client c = client_open(base, port);
	int status;

	client_say(&c, request);
	client_hear(&c, 1);
	status = client_status(&c);
	client_close(&c);
	return status;
}

#endif
