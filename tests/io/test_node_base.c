/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any event_base will do, and no write raises SIGPIPE: a voter and a worker without a
 * vote do a job on each kind of base that libevent has, with SIGPIPE at its default.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include <event2/event.h>

#include <jsl/node.h>

#include "../lib/suite.h"
#include "io/sock.h"
#include "loop.h"

#define FDS 256 /* that may be open */

static struct {
	struct event_base *base;
	struct jsl_node *voter, *worker;
	struct jsl_node_peer peers[2];
	char dir[64];
	bool secret;
	size_t size; /* bytes of a job, and of its result */
	unsigned done, words;
	bool flood; /* of progress */
} two;

#define FLOOD 200 /* of the longest words: more than a connection takes at once */

static void flood(struct jsl_queue_id job)
{
	struct jsl_blob *word = jsl_blob_new(NULL, JSL_QUEUE_PROGRESS_MAX);

	for (int i = 0; i < FLOOD; i++)
		ck_assert_int_eq(jsl_node_progress(two.worker, job, word), 0);
	jsl_blob_unref(word);
}

static void start_job(void *arg, struct jsl_queue_id job, struct jsl_blob *payload)
{
	struct jsl_blob *large = jsl_blob_new(NULL, JSL_QUEUE_PROGRESS_MAX + 1);

	(void)arg;
	ck_assert_ptr_nonnull(payload);
	ck_assert_int_eq(jsl_node_progress(two.worker, job, large), -EMSGSIZE);
	if (two.flood)
		flood(job);
	else
		ck_assert_int_eq(jsl_node_progress(two.worker, job, payload), 0);
	ck_assert_int_eq(jsl_node_finish(two.worker, job, payload), 0);
	jsl_blob_unref(large);
}

static void progress(void *arg, const struct jsl_queue_message *word)
{
	(void)arg;
	ck_assert_uint_eq(two.done, 0);
	ck_assert_uint_eq(word->node.id, 2);
	ck_assert_uint_eq(jsl_blob_len(word->payload), two.size);
	two.words++;
}

static void result(void *arg, const struct jsl_queue_message *end)
{
	(void)arg;
	ck_assert_int_eq(end->outcome, JSL_QUEUE_DONE);
	ck_assert_ptr_nonnull(end->payload);
	ck_assert_uint_eq(jsl_blob_len(end->payload), two.size);
	two.done++;
}

static void start_one(struct jsl_node **ret_n, size_t i, size_t n_peers)
{
	const struct jsl_bytes secret = {"no secret to anybody", 20};
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	char errmsg[256] = "";
	int r;

	opts.base = two.base;
	opts.callbacks.start = start_job;
	opts.cluster = "base";
	opts.secrets = &secret;
	opts.n_secrets = two.secret;
	opts.id = two.peers[i].id;
	opts.addr = two.peers[i].addr;
	opts.peers = two.peers;
	opts.n_peers = n_peers;
	opts.data_dir = two.peers[i].vote ? two.dir : NULL;
	opts.slots = two.peers[i].vote ? 0 : 1;
	opts.lease_ms = 5000; /* it leads on also when this process gets no time */
	r = jsl_node_new(ret_n, &opts, errmsg, sizeof(errmsg));
	ck_assert_msg(r == 0, "%s", errmsg);
	two.peers[i].addr = jsl_node_addr(*ret_n);
}

static void do_job(size_t size)
{
	struct jsl_node_job_opts opts = JSL_NODE_JOB_OPTS_INIT;

	two.done = two.words = 0;
	two.size = size;
	opts.payload = jsl_blob_new("x", size);
	opts.result = result;
	opts.progress = progress;
	ck_assert_int_eq(jsl_node_submit(two.worker, &opts, NULL), 0);
	jsl_blob_unref(opts.payload);
	RUN_UNTIL(two.base, two.done == 1);
	ck_assert_uint_eq(two.words, 1);
}

static void start(struct event_base *base, bool secret)
{
	ck_assert_ptr_nonnull(base);
	two.base = base;
	two.secret = secret;
	for (size_t i = 0; i < 2; i++) {
		two.peers[i] = (struct jsl_node_peer){.id = i + 1, .vote = i == 0};
		ck_assert_int_eq(jsl_addr_parse(&two.peers[i].addr, "127.0.0.1:0"), 0);
	}
	snprintf(two.dir, sizeof(two.dir), "/tmp/jsl-base.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(two.dir));
	start_one(&two.voter, 0, 1);
	start_one(&two.worker, 1, 2);
	do_job(1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void stop(void)
{
	jsl_node_free(two.voter);
	jsl_node_free(two.worker);
	nftw(two.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	event_base_free(two.base);
}

static void run_on(struct event_config *config)
{
	start(event_base_new_with_config(config), true);
	stop();
	event_config_free(config);
}

START_TEST(each_flag_of_a_base_will_do)
{
	static const enum event_base_config_flag flags[] = {
		EVENT_BASE_FLAG_NOLOCK, EVENT_BASE_FLAG_NO_CACHE_TIME,
		EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST, EVENT_BASE_FLAG_PRECISE_TIMER};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct event_config *config = event_config_new();

		ck_assert_int_eq(event_config_set_flag(config, flags[i]), 0);
		run_on(config);
	}
}
END_TEST

START_TEST(each_method_of_a_base_will_do)
{
	const char **methods = event_get_supported_methods();

	for (size_t i = 0; methods[i] != NULL; i++) {
		struct event_config *config = event_config_new();

		for (size_t j = 0; methods[j] != NULL; j++)
			if (j != i)
				event_config_avoid_method(config, methods[j]);
		run_on(config);
	}
}
END_TEST

/* Of every connection of the process: who writes to it next finds a broken pipe. */
static unsigned break_connections(void)
{
	unsigned n = 0;

	for (int fd = 3; fd < FDS; fd++) {
		struct sockaddr_storage ss = {0};
		socklen_t len = sizeof(ss);

		if (getpeername(fd, (struct sockaddr *)&ss, &len) == 0 &&
		    ss.ss_family == AF_INET)
			n += shutdown(fd, SHUT_WR) == 0;
	}
	return n;
}

static void break_pipes(bool secret)
{
	signal(SIGPIPE, SIG_DFL);
	start(event_base_new(), secret);
	ck_assert_uint_ge(break_connections(), 2);
	do_job(1); /* over the next connection */
	stop();
}

START_TEST(no_write_raises_sigpipe)
{
	break_pipes(false);
	break_pipes(true);
}
END_TEST

static void count_word(void *arg, const struct jsl_queue_message *word)
{
	(void)arg;
	ck_assert_uint_eq(jsl_blob_len(word->payload), JSL_QUEUE_PROGRESS_MAX);
	two.words++;
}

/* The worker says more than the connection takes: the result is none the later. */
START_TEST(a_flood_of_progress_is_dropped)
{
	struct jsl_node_job_opts opts = JSL_NODE_JOB_OPTS_INIT;
	struct jsl_node_stats worker, voter;

	start(event_base_new(), false);
	two.flood = true;
	two.done = two.words = 0;
	two.size = 1;
	opts.payload = jsl_blob_new("x", 1);
	opts.result = result;
	opts.progress = count_word;
	ck_assert_int_eq(jsl_node_submit(two.worker, &opts, NULL), 0);
	jsl_blob_unref(opts.payload);
	RUN_UNTIL(two.base, two.done == 1);
	jsl_node_stats(two.worker, &worker);
	jsl_node_stats(two.voter, &voter);
	ck_assert_uint_ge(two.words, 16);
	ck_assert_uint_lt(two.words, FLOOD / 2);
	ck_assert_uint_eq(two.words + worker.progress_dropped + voter.progress_dropped,
			  FLOOD);
	two.flood = false;
	stop();
}
END_TEST

START_TEST(an_empty_job_has_an_empty_result)
{
	start(event_base_new(), false);
	do_job(0);
	stop();
}
END_TEST

SUITE_MAIN("node_base", an_empty_job_has_an_empty_result, a_flood_of_progress_is_dropped,
	   each_flag_of_a_base_will_do, each_method_of_a_base_will_do,
	   no_write_raises_sigpipe)
