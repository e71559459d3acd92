/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums of files, computed by the workers of cksum_worker.c:
 *
 *	cksum_files ID ADDRESS... -- FILE...
 *
 * The ADDRESSes are those of the workers; ID is any other number, for a node without a
 * vote. Each file is a job, held here until its result is: workers may die, the one
 * that leads as well, and each line still comes once. Prints what cksum(1) does, as the
 * files are done, and progress to standard error.
 *
 *	cc cksum_files.c $(pkg-config --cflags --libs libjsl libevent_core)
 */

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>
#include <jsl/node.h>

#define AT_A_TIME 16 /* files in memory */
static struct {
	struct event_base *base;
	struct jsl_node *node;
	char **next; /* file to submit; NULL at the end */
	size_t waiting;
	int exit_code;
} client;

static void submit_more(void);

static void result(void *arg, const struct jsl_queue_message *end)
{
	const char *name = arg;

	if (end->outcome == JSL_QUEUE_DONE) {
		printf("%.*s %s\n", (int)jsl_blob_len(end->payload),
		       (const char *)jsl_blob_data(end->payload), name);
	} else { /* it took down too many workers (Q6) */
		fprintf(stderr, "%s: %u attempts in vain\n", name, end->attempt);
		client.exit_code = 1;
	}
	client.waiting--;
	submit_more();
}

static void progress(void *arg, const struct jsl_queue_message *word)
{
	fprintf(stderr, "%s: %.*s\n", (const char *)arg, (int)jsl_blob_len(word->payload),
		(const char *)jsl_blob_data(word->payload));
}

/* NULL if it cannot be read: then jsl_node_submit() refuses it. */
static struct jsl_blob *read_file(const char *name)
{
	FILE *in = fopen(name, "re");
	struct jsl_blob *blob = NULL;
	long size = -1;

	if (in != NULL && fseek(in, 0, SEEK_END) == 0)
		size = ftell(in);
	if (size >= 0)
		blob = jsl_blob_new(NULL, (size_t)size);
	if (blob != NULL) {
		rewind(in);
		(void)!fread(jsl_blob_fill(blob), 1, (size_t)size, in);
	}
	if (in != NULL)
		fclose(in);
	return blob;
}

static void submit(char *name)
{
	struct jsl_node_job_opts opts = JSL_NODE_JOB_OPTS_INIT;
	int r;

	opts.payload = read_file(name);
	opts.limit_ms = 60000; /* no word for so long and 10 s: another worker (Q13) */
	opts.result = result;
	opts.progress = progress;
	opts.arg = name;
	r = jsl_node_submit(client.node, &opts, NULL);
	jsl_blob_unref(opts.payload);
	if (r == 0) {
		client.waiting++;
		return;
	}
	fprintf(stderr, "%s: %s\n", name, jsl_strerror(r));
	client.exit_code = 1;
}

static void submit_more(void)
{
	while (*client.next != NULL && client.waiting < AT_A_TIME)
		submit(*client.next++);
	if (client.waiting == 0)
		jsl_node_leave(client.node);
}

static void left(void *arg)
{
	(void)arg;
	event_base_loopbreak(client.base);
}

static int start(const char *id, char **addresses, size_t n)
{
	struct jsl_node_peer peers[JSL_ELECTION_VOTERS_MAX];
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	char errmsg[256];

	if (n > JSL_ELECTION_VOTERS_MAX)
		return fputs("cksum_files: too many addresses\n", stderr), 1;
	for (size_t i = 0; i < n; i++) {
		peers[i] = (struct jsl_node_peer){.id = i + 1, .vote = true};
		if (jsl_addr_parse(&peers[i].addr, addresses[i]) < 0)
			return fprintf(stderr, "cksum_files: %s?\n", addresses[i]), 1;
	}
	opts.base = client.base;
	opts.callbacks.left = left;
	opts.cluster = "cksum";
	opts.id = strtoull(id, NULL, 10);
	(void)jsl_addr_parse(&opts.addr, "127.0.0.1:0");
	opts.peers = peers;
	opts.n_peers = n;
	if (jsl_node_new(&client.node, &opts, errmsg, sizeof(errmsg)) < 0)
		return fprintf(stderr, "cksum_files: %s\n", errmsg), 1;
	return 0;
}

int main(int argc, char **argv)
{
	client.next = argv + 2;
	while (argc > 2 && *client.next != NULL && strcmp(*client.next, "--") != 0)
		client.next++;
	if (argc < 5 || *client.next == NULL || client.next == argv + 2)
		return fputs("usage: cksum_files ID ADDRESS... -- FILE...\n", stderr), 2;
	client.base = event_base_new();
	client.exit_code = start(argv[1], argv + 2, (size_t)(client.next++ - argv) - 2);
	if (client.exit_code == 0) {
		submit_more();
		event_base_dispatch(client.base);
	}
	jsl_node_free(client.node);
	event_base_free(client.base);
	return client.exit_code;
}
