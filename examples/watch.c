/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A membership watcher: says who joins, is suspected, failed, is back, or left, and
 * when those that a cut had parted have found each other again.
 *
 *	watch ID CLUSTER ADDRESS...
 *
 * CLUSTER is the cluster's name; the ADDRESSes are those of its voters, whose ids
 * are 1, 2, ... The watcher itself has no vote and no fixed address: ID is any other
 * number. Beside the three of singleton.c:
 *
 *	watch 100 singleton 127.0.0.1:7001 127.0.0.1:7002 127.0.0.1:7003
 *
 * Changes are numbered without gaps. A view is this node's own: another node may see
 * the same changes in another order.
 *
 *	cc watch.c $(pkg-config --cflags --libs libjsl libevent_core)
 */

#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <jsl/node.h>

struct watcher {
	struct event_base *base;
	struct jsl_node *node;
	struct event *on_int, *on_term;
	int exit_code;
};

static void member_changed(void *arg, const struct jsl_gossip_change *change)
{
	const struct jsl_gossip_entry *entry = &change->entry;
	char addr[JSL_ADDR_STR_MAX];

	(void)arg;
	if (change->type == JSL_GOSSIP_HEALED) {
		printf("view %" PRIu64 ": healed, %" PRIu32 " are back\n", change->view,
		       change->n_healed);
		return;
	}
	printf("view %" PRIu64 ": node %" PRIu64 " at %s %s", change->view, entry->id,
	       jsl_addr_str(&entry->addr, addr), jsl_gossip_change_str(change->type));
	if (change->type == JSL_GOSSIP_SUSPECTED || change->type == JSL_GOSSIP_FAILURE)
		printf(" (says node %" PRIu64 ")", entry->accuser);
	printf("\n");
}

static void left(void *arg)
{
	event_base_loopbreak(((struct watcher *)arg)->base);
}

static void fatal(void *arg, int err, const char *text)
{
	struct watcher *w = arg;

	(void)err;
	fprintf(stderr, "watch: %s\n", text);
	w->exit_code = 1;
	event_base_loopbreak(w->base);
}

/* Who leaves says so: the others need not find out. */
static void stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	jsl_node_leave(((struct watcher *)arg)->node);
}

static int start(struct watcher *w, const char *id, const char *cluster, char **addresses,
		 size_t n)
{
	struct jsl_node_peer peers[JSL_ELECTION_VOTERS_MAX];
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	char errmsg[256];

	opts.id = strtoull(id, NULL, 10);
	if (n > JSL_ELECTION_VOTERS_MAX || opts.id <= n)
		return fprintf(stderr, "watch: ID is not one of the voters'\n"), 1;
	for (size_t i = 0; i < n; i++) {
		peers[i] = (struct jsl_node_peer){.id = i + 1, .vote = true};
		if (jsl_addr_parse(&peers[i].addr, addresses[i]) < 0)
			return fprintf(stderr, "watch: %s?\n", addresses[i]), 1;
	}
	opts.base = w->base;
	opts.callbacks = (struct jsl_node_callbacks){
		.arg = w, .member = member_changed, .left = left, .fatal = fatal};
	opts.cluster = cluster;
	(void)jsl_addr_parse(&opts.addr, "127.0.0.1:0");
	opts.peers = peers;
	opts.n_peers = n;
	if (jsl_node_new(&w->node, &opts, errmsg, sizeof(errmsg)) < 0)
		return fprintf(stderr, "watch: %s\n", errmsg), 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct watcher w = {.base = event_base_new()};

	if (argc < 4)
		return fprintf(stderr, "usage: watch ID CLUSTER ADDRESS...\n"), 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	w.exit_code = start(&w, argv[1], argv[2], argv + 3, (size_t)argc - 3);
	w.on_int = evsignal_new(w.base, SIGINT, stop, &w);
	w.on_term = evsignal_new(w.base, SIGTERM, stop, &w);
	event_add(w.on_int, NULL);
	event_add(w.on_term, NULL);
	if (w.exit_code == 0)
		event_base_dispatch(w.base);
	event_free(w.on_int);
	event_free(w.on_term);
	jsl_node_free(w.node);
	event_base_free(w.base);
	return w.exit_code;
}
