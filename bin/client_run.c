/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-client run: sends one source file and asks for the verdict as JSON, in which
 * the program's output cannot be mistaken for ours.
 */

#include "config.h"

#include <string.h>

#include "base/cleanup.h"
#include "client.h"

int client_run(const struct client *c, const char *path)
{
	__attribute__((cleanup(client_reply_free))) struct client_reply reply = {0};
	jsl_autofree char *source = NULL;
	struct client_request req = {
		.path = "/compileandrun",
		.accept = "application/json",
		.content_type = "text/x-java-source",
	};
	int err = client_file_read(path, CLIENT_SOURCE_MAX, &source, &req.body_len);

	if (err != 0) {
		client_complain("%s: %s", path, strerror(-err));
		return CLIENT_EXIT_USAGE;
	}
	req.body = source;
	if (client_fetch(c, &req, &reply) != 0)
		return client_reply_complain(c, &reply);
	return client_result_print(c, &reply, path);
}
