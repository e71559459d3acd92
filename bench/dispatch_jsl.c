/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One node of bench/dispatch.py's cluster, a process each, with the public API only:
 *
 *	dispatch_jsl DIR PORT WORKERS SLOTS SECRET ID [SIZE WINDOW COUNT SECONDS]
 *
 * Node 1 votes and leads, the WORKERS after it run up to SLOTS jobs at once, which end
 * at once with an empty result, and the last one submits. Node I is at 127.0.0.1, port
 * PORT + I. SECRET: "-" for none.
 */

#include "config.h"

#include <event2/event.h>
#include <signal.h>
#include <string.h>

#include <jsl/node.h>

#include "dispatch.h"

#define USAGE "usage: dispatch_jsl DIR PORT WORKERS SLOTS SECRET ID [" DISPATCH_ARGS "]"

struct bench {
	struct event_base *base;
	struct jsl_node_peer peers[JSL_NODE_PEERS_MAX];
	size_t n_peers;
	struct jsl_node *node;
	struct jsl_blob *payload; /* of each job, or of each result */
	struct dispatch run;
};

static struct bench bench;

static void start(void *arg, struct jsl_queue_id job, struct jsl_blob *payload)
{
	(void)arg;
	(void)payload;
	if (jsl_node_finish(bench.node, job, bench.payload) < 0)
		dispatch_die("cannot finish");
}

static void submit(void);

/* The number of the job is its argument. */
static void ended(void *arg, const struct jsl_queue_message *end)
{
	if (end->outcome != JSL_QUEUE_DONE)
		dispatch_die("a job was not done");
	if (dispatch_result(&bench.run, (size_t)(uintptr_t)arg))
		submit();
	else
		event_base_loopbreak(bench.base);
}

static void submit(void)
{
	struct jsl_node_job_opts opts = JSL_NODE_JOB_OPTS_INIT;
	size_t job;

	opts.payload = bench.payload;
	opts.result = ended;
	while (dispatch_next(&bench.run, &job)) {
		opts.arg = (void *)(uintptr_t)job;
		if (jsl_node_submit(bench.node, &opts, NULL) < 0)
			dispatch_die("cannot submit");
	}
}

static void fatal(void *arg, int err, const char *text)
{
	(void)arg;
	(void)err;
	dispatch_die(text);
}

static void stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static size_t number(const char *text, size_t min, size_t max)
{
	size_t n = strtoul(text, NULL, 10);

	if (n < min || n > max)
		dispatch_die(USAGE);
	return n;
}

static void make_peers(size_t port, size_t n)
{
	bench.n_peers = n;
	for (size_t i = 0; i < n; i++) {
		bench.peers[i] = (struct jsl_node_peer){.id = i + 1, .vote = i == 0};
		(void)jsl_addr_parse(&bench.peers[i].addr, "127.0.0.1:0");
		bench.peers[i].addr.port = (uint16_t)(port + i + 1);
	}
}

static void make_node(const char *dir, uint32_t slots, const char *secret, size_t id)
{
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	struct jsl_bytes secrets = {secret, strlen(secret)};
	char errmsg[256];

	opts.base = bench.base;
	opts.callbacks.start = start;
	opts.callbacks.fatal = fatal;
	opts.cluster = "bench";
	opts.id = id;
	opts.addr = bench.peers[id - 1].addr;
	opts.peers = bench.peers;
	opts.n_peers = bench.n_peers;
	opts.data_dir = id == 1 ? dir : NULL;
	opts.slots = id > 1 && id < bench.n_peers ? slots : 0;
	opts.secrets = &secrets;
	opts.n_secrets = strcmp(secret, "-") != 0;
	if (jsl_node_new(&bench.node, &opts, errmsg, sizeof(errmsg)) < 0)
		dispatch_die(errmsg);
}

int main(int argc, char **argv)
{
	struct event *on_term;
	void *bytes;
	size_t id;

	if (argc != 7 && argc != 11)
		dispatch_die(USAGE);
	make_peers(number(argv[2], 1, 65535 - JSL_NODE_PEERS_MAX),
		   number(argv[3], 1, JSL_NODE_PEERS_MAX - 2) + 2);
	id = number(argv[6], 1, bench.n_peers);
	if ((argc == 11) != (id == bench.n_peers))
		dispatch_die(USAGE);
	if (argc == 11)
		dispatch_init(&bench.run, argv + 7);
	bytes = calloc(1, bench.run.size + 1);
	bench.payload = jsl_blob_new(bytes, bench.run.size);
	free(bytes);
	bench.base = event_base_new();
	on_term = evsignal_new(bench.base, SIGTERM, stop, bench.base);
	if (argc == 7) /* it ends a submitter at once, at any time */
		event_add(on_term, NULL);
	make_node(argv[1], (uint32_t)number(argv[4], 1, 65536), argv[5], id);
	if (argc == 11)
		submit();
	event_base_dispatch(bench.base);
	if (argc == 11)
		dispatch_rest();
	jsl_node_free(bench.node);
	jsl_blob_unref(bench.payload);
	event_free(on_term);
	event_base_free(bench.base);
	return 0;
}
