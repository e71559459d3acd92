/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A gateway that answers what the test tells it to, so that jsl-client meets
 * answers that a real one gives rarely or never.
 *
 *	canned_gateway DIR
 *
 * Prints its port once it listens, writes each request to DIR/request, and answers
 * with DIR/answer: a line with the status, then the body. Ends after a minute.
 */

#include "config.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIFE_S 600

static const char *header(struct evhttp_request *req, const char *name)
{
	const char *value =
		evhttp_find_header(evhttp_request_get_input_headers(req), name);

	return value != NULL ? value : "none";
}

static void record(struct evhttp_request *req)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(req);
	size_t len = evbuffer_get_length(body);
	FILE *file = fopen("request", "w");

	if (file == NULL)
		abort();
	fprintf(file, "%s %s\n",
		evhttp_request_get_command(req) == EVHTTP_REQ_POST ? "POST" : "GET",
		evhttp_request_get_uri(req));
	fprintf(file, "Content-Type: %s\n", header(req, "Content-Type"));
	fprintf(file, "Accept: %s\n", header(req, "Accept"));
	fprintf(file, "Authorization: %s\n", header(req, "Authorization"));
	if (len > 0)
		fwrite(evbuffer_pullup(body, -1), 1, len, file);
	if (fclose(file) != 0)
		abort();
}

static void answer(struct evhttp_request *req, void *arg)
{
	struct evbuffer *reply = evbuffer_new();
	int fd = open("answer", O_RDONLY | O_CLOEXEC);
	char *line;

	(void)arg;
	record(req);
	if (reply == NULL || fd < 0)
		abort();
	while (evbuffer_read(reply, fd, 1 << 20) > 0)
		;
	(void)close(fd);
	line = evbuffer_readln(reply, NULL, EVBUFFER_EOL_LF);
	if (line == NULL)
		abort();
	evhttp_send_reply(req, atoi(line), "Canned", reply);
	free(line);
	evbuffer_free(reply);
}

static void print_port(struct evhttp_bound_socket *sock)
{
	struct sockaddr_in sin = {0};
	ev_socklen_t len = sizeof(sin);

	if (getsockname(evhttp_bound_socket_get_fd(sock), (struct sockaddr *)&sin,
			&len) != 0)
		abort();
	printf("%d\n", ntohs(sin.sin_port));
	if (fflush(stdout) != 0)
		abort();
}

int main(int argc, char **argv)
{
	const struct timeval life = {.tv_sec = LIFE_S};
	struct event_base *base = event_base_new();
	struct evhttp *http = evhttp_new(base);
	struct evhttp_bound_socket *sock;

	if (argc != 2 || chdir(argv[1]) != 0 || http == NULL)
		return 2;
	evhttp_set_gencb(http, answer, NULL);
	sock = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	if (sock == NULL)
		return 1;
	print_port(sock);
	event_base_loopexit(base, &life);
	event_base_dispatch(base);
	evhttp_free(http);
	event_base_free(base);
	return 0;
}
