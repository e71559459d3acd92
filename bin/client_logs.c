/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-client logs: prints a log of the gateway. To follow it, it is fetched again
 * and what was printed already is skipped; nothing of it is kept but its first
 * bytes, which tell a log that grew from one that was rotated away.
 */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include "client.h"

#define HEAD_BYTES 128 /* more than a time stamp; a log's lines differ within it */
#define POLL_S	   1

struct tail {
	struct client_out out;
	/* The log as printed so far. */
	char head[HEAD_BYTES];
	size_t head_len;
	uint64_t seen; /* bytes */
	/* This transfer. */
	char new_head[HEAD_BYTES];
	size_t new_len;
	bool decided;  /* whether it is the same log */
	uint64_t skip; /* bytes printed before */
	uint64_t pos;
};

static void print_new(struct tail *t, const char *data, size_t len)
{
	if (t->pos + len > t->skip) {
		size_t old = t->skip > t->pos ? (size_t)(t->skip - t->pos) : 0;

		client_out_write(&t->out, data + old, len - old);
	}
	t->pos += len;
}

static void decide(struct tail *t)
{
	bool same = t->new_len >= t->head_len &&
		    memcmp(t->new_head, t->head, t->head_len) == 0;

	t->skip = same ? t->seen : 0;
	t->decided = true;
	print_new(t, t->new_head, t->new_len);
}

static int on_data(void *arg, const char *data, size_t len)
{
	struct tail *t = arg;

	if (!t->decided) {
		size_t room = sizeof(t->new_head) - t->new_len;
		size_t n = len < room ? len : room;

		memcpy(t->new_head + t->new_len, data, n);
		t->new_len += n;
		data += n;
		len -= n;
		if (t->new_len < sizeof(t->new_head))
			return 0;
		decide(t);
	}
	print_new(t, data, len);
	return ferror(t->out.file) ? -1 : 0;
}

/* Also after a transfer that broke off: what was printed stays printed. */
static void end_transfer(struct tail *t)
{
	if (!t->decided)
		decide(t);
	memcpy(t->head, t->new_head, t->new_len);
	t->head_len = t->new_len;
	t->seen = t->pos > t->skip ? t->pos : t->skip;
	t->decided = false;
	t->pos = 0;
}

/* Returns 0, or an exit code. Complains unless @quiet. */
static int fetch(const struct client *c, struct tail *t, bool verbose, bool quiet)
{
	__attribute__((cleanup(client_reply_free))) struct client_reply reply = {0};
	const struct client_request req = {
		.path = verbose ? "/logs/verbose" : "/logs/summary",
		.sink = on_data,
		.arg = t,
	};
	int err = client_fetch(c, &req, &reply);
	bool answered = reply.status == 200;

	if (t->decided || (err == 0 && answered))
		end_transfer(t);
	t->new_len = 0;
	if (client_out_finish(&t->out) != 0) {
		client_complain("stdout: cannot write");
		return CLIENT_EXIT_CLUSTER;
	}
	if (err == 0 && answered)
		return 0;
	if (!quiet)
		client_reply_complain(c, &reply);
	return CLIENT_EXIT_CLUSTER;
}

int client_logs(const struct client *c, bool verbose, bool follow)
{
	struct tail t = {0};
	int code;

	client_out_init(&t.out, stdout, c);
	code = fetch(c, &t, verbose, false);
	if (code != 0 || !follow)
		return code;
	/* From here on a gateway that is away is waited for; it is said once. */
	while (!ferror(t.out.file)) {
		sleep(POLL_S);
		code = fetch(c, &t, verbose, code != 0);
	}
	return CLIENT_EXIT_CLUSTER;
}
