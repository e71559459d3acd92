/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The least that an HTTP server on evhttp can do, for bench/cached.py to compare with:
 * "hello" to every request.
 *
 *	bench/hello PORT
 */

#include "config.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>

static void hello(struct evhttp_request *req, void *arg)
{
	(void)arg;
	(void)evbuffer_add(evhttp_request_get_output_buffer(req), "hello\n", 6);
	evhttp_send_reply(req, HTTP_OK, "OK", NULL);
}

int main(int argc, char **argv)
{
	unsigned long port = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct event_base *base = event_base_new();
	struct evhttp *http = evhttp_new(base);

	evhttp_set_gencb(http, hello, NULL);
	if (port == 0 || port > 65535 ||
	    evhttp_bind_socket(http, "127.0.0.1", (ev_uint16_t)port) < 0) {
		fprintf(stderr, "usage: hello PORT, a free one\n");
		return 1;
	}
	event_base_dispatch(base); /* until a signal ends it */
	evhttp_free(http);
	event_base_free(base);
	return 0;
}
