/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes that say what they see, for the benches to start, kill and pause: one process
 * with one node of a cluster or with several. A line is "US ID WHAT ...", US being
 * CLOCK_BOOTTIME in microseconds:
 *
 *	US ID role ROLE EPOCH LEADER	after each change of either
 *	US ID acts EPOCH		its first "yes" to: do you lead, in this epoch?
 *	US ID rests EPOCH LAST_US	its first "no" since; LAST_US is the last "yes"
 *	US ID joined|suspected|failed|recovered|left OTHER
 *
 *	bench/node DIR PORT N VOTERS FIRST LAST [ask [HOSTS]]
 *
 * With "ask" a node that has the role of a leader is asked each millisecond whether it
 * leads; else only at changes, so that an idle one costs nothing more.
 *
 * Nodes FIRST to LAST of the cluster 1 to N, node I at 127.0.0.1, port PORT + I, or at
 * the host HOSTS with I in the place of its "%"; the first VOTERS vote. SIGTERM: all
 * leave.
 */

#include "config.h"

#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jsl/node.h>

struct bench {
	struct event_base *base;
	struct jsl_node_peer peers[JSL_NODE_PEERS_MAX];
	size_t n_peers, n_left, n_nodes;
	bool often;
	struct node {
		struct bench *bench;
		struct jsl_node *node;
		uint64_t id, acts_epoch, last_yes_us;
		struct event *ask;
	} nodes[JSL_NODE_PEERS_MAX];
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "bench/node: %s\n", what);
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void ask(struct node *n)
{
	struct jsl_election_leader token = {0};
	uint64_t now = now_us();
	bool yes = jsl_node_is_leader(n->node, &token);

	if (n->acts_epoch != 0 && (!yes || token.epoch != n->acts_epoch)) {
		printf("%" PRIu64 " %" PRIu64 " rests %" PRIu64 " %" PRIu64 "\n", now,
		       n->id, n->acts_epoch, n->last_yes_us);
		n->acts_epoch = 0;
	}
	if (!yes)
		return;
	if (n->acts_epoch == 0)
		printf("%" PRIu64 " %" PRIu64 " acts %" PRIu64 "\n", now, n->id,
		       token.epoch);
	n->acts_epoch = token.epoch;
	n->last_yes_us = now;
}

static void ask_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

static void tell_role(struct node *n)
{
	struct timeval often = {.tv_usec = 1000};
	struct jsl_election_leader leader = jsl_node_leader(n->node);
	enum jsl_election_role role = jsl_node_role(n->node);

	printf("%" PRIu64 " %" PRIu64 " role %s %" PRIu64 " %" PRIu64 "\n", now_us(),
	       n->id, jsl_election_role_str(role), leader.epoch, leader.id);
	ask(n);
	if (n->bench->often && role == JSL_ELECTION_LEADING)
		event_add(n->ask, &often);
	else
		event_del(n->ask);
}

static void role_changed(void *arg, enum jsl_election_role from,
			 enum jsl_election_role to)
{
	(void)from;
	(void)to;
	tell_role(arg);
}

static void leader_changed(void *arg, struct jsl_election_leader leader)
{
	(void)leader;
	tell_role(arg);
}

static void member_changed(void *arg, const struct jsl_gossip_change *change)
{
	static const char *const words[] = {
		[JSL_GOSSIP_JOINED] = "joined",	 [JSL_GOSSIP_SUSPECTED] = "suspected",
		[JSL_GOSSIP_FAILURE] = "failed", [JSL_GOSSIP_RECOVERED] = "recovered",
		[JSL_GOSSIP_GONE] = "left",	 [JSL_GOSSIP_UPDATED] = NULL,
		[JSL_GOSSIP_CLEANED] = NULL,
	};
	const struct node *n = arg;

	if (change->type < sizeof(words) / sizeof(words[0]) && words[change->type])
		printf("%" PRIu64 " %" PRIu64 " %s %" PRIu64 "\n", now_us(), n->id,
		       words[change->type], change->entry.id);
}

static void left(void *arg)
{
	struct bench *b = ((struct node *)arg)->bench;

	if (++b->n_left == b->n_nodes)
		event_base_loopbreak(b->base);
}

static void fatal(void *arg, int err, const char *text)
{
	(void)arg;
	(void)err;
	die(text);
}

static void leave(evutil_socket_t fd, short what, void *arg)
{
	struct bench *b = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < b->n_nodes; i++)
		jsl_node_leave(b->nodes[i].node);
}

static void start_node(struct bench *b, const char *dir, size_t at)
{
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	struct node *n = &b->nodes[b->n_nodes++];
	char errmsg[256];

	*n = (struct node){.bench = b, .id = at + 1};
	n->ask = event_new(b->base, -1, EV_PERSIST, ask_again, n);
	opts.base = b->base;
	opts.callbacks = (struct jsl_node_callbacks){.arg = n,
						     .role = role_changed,
						     .leader = leader_changed,
						     .member = member_changed,
						     .left = left,
						     .fatal = fatal};
	opts.cluster = "bench";
	opts.id = n->id;
	opts.addr = b->peers[at].addr;
	opts.peers = b->peers;
	opts.n_peers = b->n_peers;
	opts.data_dir = b->peers[at].vote ? dir : NULL;
	if (jsl_node_new(&n->node, &opts, errmsg, sizeof(errmsg)) < 0)
		die(errmsg);
}

static const char usage[] = "usage: node DIR PORT N VOTERS FIRST LAST [ask [HOSTS]]";

static size_t number(const char *text, size_t min, size_t max)
{
	size_t n = strtoul(text, NULL, 10);

	if (n < min || n > max)
		die(usage);
	return n;
}

static struct jsl_addr address(const char *hosts, size_t id, size_t port)
{
	size_t before = strcspn(hosts, "%");
	struct jsl_addr addr;
	char text[64];

	if (hosts[before] == '%')
		snprintf(text, sizeof(text), "%.*s%zu%s:%zu", (int)before, hosts, id,
			 hosts + before + 1, port);
	else
		snprintf(text, sizeof(text), "%s:%zu", hosts, port);
	if (jsl_addr_parse(&addr, text) < 0)
		die(usage);
	return addr;
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct event *on_term;
	size_t port, voters, first, last;

	if (argc < 7 || argc > 9)
		die(usage);
	port = number(argv[2], 1, 65535 - JSL_NODE_PEERS_MAX);
	b.n_peers = number(argv[3], 1, JSL_NODE_PEERS_MAX);
	voters = number(argv[4], 0, b.n_peers);
	first = number(argv[5], 1, b.n_peers);
	last = number(argv[6], first, b.n_peers);
	b.often = argc > 7;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < b.n_peers; i++) {
		b.peers[i] = (struct jsl_node_peer){.id = i + 1, .vote = i < voters};
		b.peers[i].addr =
			address(argc > 8 ? argv[8] : "127.0.0.1", i + 1, port + i + 1);
	}
	b.base = event_base_new();
	on_term = evsignal_new(b.base, SIGTERM, leave, &b);
	event_add(on_term, NULL);
	for (size_t i = first - 1; i < last; i++)
		start_node(&b, argv[1], i);
	event_base_dispatch(b.base);
	for (size_t i = 0; i < b.n_nodes; i++) {
		jsl_node_free(b.nodes[i].node);
		event_free(b.nodes[i].ask);
	}
	event_free(on_term);
	event_base_free(b.base);
	return 0;
}
