/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A singleton service: however many processes run, one of them does the job.
 *
 *	singleton ID DIR ADDRESS...
 *
 * The ADDRESSes are those of all processes, the same list for each; ID is which of
 * them this is, from 1. DIR keeps what a node may not forget. In three terminals,
 * with 1, 2 and 3 as the ID:
 *
 *	singleton 1 /tmp/s 127.0.0.1:7001 127.0.0.1:7002 127.0.0.1:7003
 *
 * Stop one with Ctrl-C, or kill it: another goes on, with a higher token.
 *
 *	cc singleton.c $(pkg-config --cflags --libs libjsl libevent_core)
 */

#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <jsl/node.h>

#define PERIOD_MS 50

struct service {
	struct event_base *base;
	struct jsl_node *node;
	uint64_t id;
	struct event *on_period, *on_int, *on_term;
	int exit_code;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/*
 * The job. It is asked at each action whether this node leads, not once when it was
 * elected: a process that was paused for a minute finds out here (R4).
 *
 * A pause right after the question cannot be excluded by any clock. So whatever the
 * job changes should get the token along, keep the highest it has seen, and refuse
 * a lower one.
 */
static void act(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	struct jsl_election_leader token;
	uint64_t now = now_us();

	(void)fd;
	(void)what;
	if (!jsl_node_is_leader(s->node, &token))
		return;
	printf("%" PRIu64 " us: node %" PRIu64 " acts, token %" PRIu64 ".%" PRIu64 "\n",
	       now, s->id, token.epoch, token.id);
}

static void role_changed(void *arg, enum jsl_election_role from,
			 enum jsl_election_role to)
{
	struct service *s = arg;

	printf("%" PRIu64 " us: node %" PRIu64 " was %s, is %s\n", now_us(), s->id,
	       jsl_election_role_str(from), jsl_election_role_str(to));
}

static void left(void *arg)
{
	event_base_loopbreak(((struct service *)arg)->base);
}

static void fatal(void *arg, int err, const char *text)
{
	struct service *s = arg;

	(void)err;
	fprintf(stderr, "singleton: %s\n", text);
	s->exit_code = 1;
	event_base_loopbreak(s->base);
}

/* A leader that leaves frees its lease: the next one need not wait for its end. */
static void stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	jsl_node_leave(((struct service *)arg)->node);
}

static int start(struct service *s, const char *dir, char **addresses, size_t n)
{
	struct jsl_node_peer peers[JSL_ELECTION_VOTERS_MAX];
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	char errmsg[256];

	if (n > JSL_ELECTION_VOTERS_MAX || s->id < 1 || s->id > n)
		return fprintf(stderr, "singleton: ID is the place of an address\n"), 1;
	for (size_t i = 0; i < n; i++) {
		peers[i] = (struct jsl_node_peer){.id = i + 1, .vote = true};
		if (jsl_addr_parse(&peers[i].addr, addresses[i]) < 0)
			return fprintf(stderr, "singleton: %s?\n", addresses[i]), 1;
	}
	opts.base = s->base;
	opts.callbacks = (struct jsl_node_callbacks){
		.arg = s, .role = role_changed, .left = left, .fatal = fatal};
	opts.cluster = "singleton";
	opts.id = s->id;
	opts.addr = peers[s->id - 1].addr;
	opts.peers = peers;
	opts.n_peers = n;
	opts.data_dir = dir;
	if (jsl_node_new(&s->node, &opts, errmsg, sizeof(errmsg)) < 0)
		return fprintf(stderr, "singleton: %s\n", errmsg), 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct service s = {.base = event_base_new()};
	struct timeval period = {.tv_usec = PERIOD_MS * 1000};

	if (argc < 4)
		return fprintf(stderr, "usage: singleton ID DIR ADDRESS...\n"), 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	s.id = strtoull(argv[1], NULL, 10);
	s.exit_code = start(&s, argv[2], argv + 3, (size_t)argc - 3);
	s.on_period = event_new(s.base, -1, EV_PERSIST, act, &s);
	s.on_int = evsignal_new(s.base, SIGINT, stop, &s);
	s.on_term = evsignal_new(s.base, SIGTERM, stop, &s);
	event_add(s.on_period, &period);
	event_add(s.on_int, NULL);
	event_add(s.on_term, NULL);
	if (s.exit_code == 0)
		event_base_dispatch(s.base);
	event_free(s.on_period);
	event_free(s.on_int);
	event_free(s.on_term);
	jsl_node_free(s.node);
	event_base_free(s.base);
	return s.exit_code;
}
