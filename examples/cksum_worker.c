/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker of a cluster that computes checksums of files, as cksum(1) does.
 *
 *	cksum_worker ID DIR ADDRESS...
 *
 * The ADDRESSes are those of all workers, the same list for each; ID is which of them
 * this is, from 1. They elect a leader among themselves, which hands the work out.
 * DIR keeps what a node may not forget. In three terminals, with 1, 2 and 3 as the ID:
 *
 *	cksum_worker 1 /tmp/c 127.0.0.1:7001 127.0.0.1:7002 127.0.0.1:7003
 *
 * and in a fourth the other half, cksum_files.c. Kill any of them while they work.
 *
 *	cc cksum_worker.c $(pkg-config --cflags --libs libjsl libevent_core)
 */

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/node.h>

#define SLICE_BYTES (1u << 20)

struct worker {
	struct event_base *base;
	struct jsl_node *node;
	struct event *slice;
	struct jsl_queue_id job; /* while there is a file */
	struct jsl_blob *file;
	size_t done;
	uint32_t crc;
};

static uint32_t add(uint32_t crc, uint8_t byte)
{
	crc ^= (uint32_t)byte << 24;
	for (int bit = 0; bit < 8; bit++)
		crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7u : 0);
	return crc;
}

static void drop(struct worker *w)
{
	jsl_blob_unref(w->file);
	w->file = NULL;
	event_del(w->slice);
}

/* The loop must run on, or this node misses its heartbeats: long work is done in slices,
 * as here, or in a thread or process of your own. */
static void work(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	const uint8_t *bytes = jsl_blob_data(w->file);
	size_t size = jsl_blob_len(w->file), end = w->done + SLICE_BYTES;
	struct jsl_blob *text = jsl_blob_new(NULL, 32);

	(void)fd;
	(void)what;
	while (w->done < size && w->done < end)
		w->crc = add(w->crc, bytes[w->done++]);
	if (w->done < size) {
		snprintf(jsl_blob_fill(text), 32, "%zu %%", w->done * 100 / size);
		(void)jsl_node_progress(w->node, w->job, text);
		event_active(w->slice, EV_TIMEOUT, 0);
	} else {
		for (size_t n = size; n > 0; n >>= 8)
			w->crc = add(w->crc, n & 0xff);
		snprintf(jsl_blob_fill(text), 32, "%" PRIu32 " %zu", ~w->crc, size);
		(void)jsl_node_finish(w->node, w->job, text);
		drop(w);
	}
	jsl_blob_unref(text);
}

/* One job at a time, as the options say. */
static void start_job(void *arg, struct jsl_queue_id job, struct jsl_blob *payload)
{
	struct worker *w = arg;

	w->job = job;
	w->file = jsl_blob_ref(payload);
	w->done = w->crc = 0;
	event_active(w->slice, EV_TIMEOUT, 0);
}

/* Nobody waits for it any more, or another worker has it: no answer is wanted. */
static void stop_job(void *arg, struct jsl_queue_id job)
{
	struct worker *w = arg;

	if (w->file != NULL && memcmp(&w->job, &job, sizeof(job)) == 0)
		drop(w);
}

static int start(struct worker *w, uint64_t id, const char *dir, char **addresses,
		 size_t n)
{
	struct jsl_node_peer peers[JSL_ELECTION_VOTERS_MAX];
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	char errmsg[256];

	if (n > JSL_ELECTION_VOTERS_MAX || id < 1 || id > n)
		return fprintf(stderr, "cksum_worker: ID is the place of an address\n"),
		       1;
	for (size_t i = 0; i < n; i++) {
		peers[i] = (struct jsl_node_peer){.id = i + 1, .vote = true};
		if (jsl_addr_parse(&peers[i].addr, addresses[i]) < 0)
			return fprintf(stderr, "cksum_worker: %s?\n", addresses[i]), 1;
	}
	opts.base = w->base;
	opts.callbacks = (struct jsl_node_callbacks){.arg = w,
						     .work_arg = w,

						     .start = start_job,
						     .stop = stop_job};
	opts.cluster = "cksum";
	opts.id = id;
	opts.addr = peers[id - 1].addr;
	opts.peers = peers;
	opts.n_peers = n;
	opts.data_dir = dir;
	opts.slots = 1;
	if (jsl_node_new(&w->node, &opts, errmsg, sizeof(errmsg)) < 0)
		return fprintf(stderr, "cksum_worker: %s\n", errmsg), 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct worker w = {.base = event_base_new()};
	int exit_code;

	if (argc < 4)
		return fprintf(stderr, "usage: cksum_worker ID DIR ADDRESS...\n"), 2;
	w.slice = evtimer_new(w.base, work, &w);
	exit_code = start(&w, strtoull(argv[1], NULL, 10), argv[2], argv + 3,
			  (size_t)argc - 3);
	if (exit_code == 0)
		event_base_dispatch(w.base);
	drop(&w);
	event_free(w.slice);
	jsl_node_free(w.node);
	event_base_free(w.base);
	return exit_code;
}
