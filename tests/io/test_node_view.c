/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node says of itself and of others: its lease, its table of members, and the
 * order in which it tells of one change; on any event_base, and without any voter.
 */

#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <jsl/node.h>

#include "../lib/suite.h"
#include "loop.h"

#define LEASE_US UINT64_C(500000)

struct end {
	struct event_base *base;
	struct jsl_node *node;
	char told[16]; /* r: role, l: leader, a letter for each */
	unsigned changes, left;
	uint64_t view; /* of the last change */
	char dir[64];
};

static void tell(struct end *e, char what)
{
	size_t len = strlen(e->told);

	ck_assert_uint_lt(len + 1, sizeof(e->told));
	e->told[len] = what;
}

/* A voter alone tells the cause of either: it leads, or it does not. */
static void role(void *arg, enum jsl_election_role from, enum jsl_election_role to)
{
	struct end *e = arg;

	ck_assert_int_ne(from, to);
	if (to == JSL_ELECTION_LEADING || from == JSL_ELECTION_LEADING)
		tell(e, 'r');
}

static void leader(void *arg, struct jsl_election_leader l)
{
	(void)l;
	tell(arg, 'l');
}

static void member(void *arg, const struct jsl_gossip_change *change)
{
	struct end *e = arg;

	ck_assert_uint_eq(change->view, e->view + 1);
	ck_assert_uint_ge(jsl_node_view(e->node), change->view);
	e->view = change->view;
	e->changes++;
}

static void left(void *arg)
{
	((struct end *)arg)->left++;
}

static struct jsl_node_opts opts_of(struct end *e, uint64_t id)
{
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;

	opts.base = e->base;
	opts.callbacks = (struct jsl_node_callbacks){
		.arg = e, .role = role, .leader = leader, .member = member, .left = left};
	opts.cluster = "view";
	opts.id = id;
	ck_assert_int_eq(jsl_addr_parse(&opts.addr, "127.0.0.1:0"), 0);
	return opts;
}

static void start(struct end *e, const struct jsl_node_opts *opts)
{
	char errmsg[256] = "";
	int r = jsl_node_new(&e->node, opts, errmsg, sizeof(errmsg));

	ck_assert_msg(r == 0, "%s", errmsg);
}

/* The only voter of its cluster. */
static void start_voter(struct end *e)
{
	struct jsl_node_opts opts = opts_of(e, 1);
	struct jsl_node_peer self = {.id = 1, .addr = opts.addr, .vote = true};

	snprintf(e->dir, sizeof(e->dir), "/tmp/jsl-view.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(e->dir));
	opts.data_dir = e->dir;
	opts.peers = &self;
	opts.n_peers = 1;
	start(e, &opts);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void stop(struct end *e)
{
	jsl_node_free(e->node);
	if (e->dir[0] != '\0')
		nftw(e->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

START_TEST(role_is_told_before_leader)
{
	struct end e = {.base = event_base_new()};

	start_voter(&e);
	RUN_UNTIL(e.base, strlen(e.told) == 2);
	ck_assert_str_eq(e.told, "rl");
	jsl_node_leave(e.node);
	RUN_UNTIL(e.base, e.left == 1);
	ck_assert_str_eq(e.told, "rlrl");
	stop(&e);
	event_base_free(e.base);
}
END_TEST

START_TEST(lease_is_left_only_to_who_leads)
{
	struct end e = {.base = event_base_new()};
	uint64_t left_us, end_us, now_us;

	start_voter(&e);
	ck_assert_uint_eq(jsl_node_lease_left_us(e.node), 0);
	RUN_UNTIL(e.base, jsl_node_is_leader(e.node, NULL));
	left_us = jsl_node_lease_left_us(e.node);
	ck_assert(left_us > 0 && left_us < LEASE_US);
	/* It runs while nothing else does, and the lease ends with it. */
	end_us = jsl_io_now_us() + left_us;
	for (now_us = jsl_io_now_us(); jsl_node_lease_left_us(e.node) > 0;
	     now_us = jsl_io_now_us())
		ck_assert_uint_le(now_us, end_us);
	ck_assert(!jsl_node_is_leader(e.node, NULL));
	stop(&e);
	event_base_free(e.base);
}
END_TEST

enum { NODES = 3 };

/* Nodes 1, 2, ..., none with a vote; each knows those before it. */
static void start_all(struct end ends[NODES], struct jsl_node_peer peers[NODES],
		      struct event_base *base)
{
	for (size_t i = 0; i < NODES; i++) {
		struct jsl_node_opts opts;

		ends[i] = (struct end){.base = base};
		opts = opts_of(&ends[i], i + 1);
		opts.peers = peers;
		opts.n_peers = i;
		start(&ends[i], &opts);
		peers[i] = (struct jsl_node_peer){
			.id = i + 1, .addr = jsl_node_addr(ends[i].node), .vote = false};
	}
}

static void check_table(const struct jsl_node *n, const struct jsl_node_peer peers[NODES])
{
	uint64_t id = 0;

	for (size_t i = 0; i < NODES; i++) {
		const struct jsl_gossip_entry *row = jsl_node_next_member(n, id);

		ck_assert_ptr_nonnull(row);
		id = row->id;
		ck_assert_uint_eq(id, peers[i].id);
		ck_assert_int_eq(row->state, JSL_GOSSIP_ALIVE);
		ck_assert(jsl_addr_equal(&row->addr, &peers[i].addr));
		ck_assert_ptr_eq(jsl_node_member(n, id), row);
	}
	ck_assert_ptr_null(jsl_node_next_member(n, id));
	ck_assert_ptr_null(jsl_node_member(n, id + 1));
}

static void check_no_leader(const struct jsl_node *n)
{
	ck_assert_uint_eq(jsl_node_leader(n).epoch, 0);
	ck_assert_int_eq(jsl_node_role(n), JSL_ELECTION_LOOKING);
	ck_assert(!jsl_node_is_leader(n, NULL));
	ck_assert_uint_eq(jsl_node_lease_left_us(n), 0);
}

START_TEST(without_voters_there_are_members_and_no_leader)
{
	struct event_base *base = event_base_new();
	struct end ends[NODES];
	struct jsl_node_peer peers[NODES];

	start_all(ends, peers, base);
	for (size_t i = 0; i < NODES; i++) {
		RUN_UNTIL(base, ends[i].changes >= NODES - 1);
		ck_assert_uint_ge(jsl_node_view(ends[i].node), NODES - 1);
		check_table(ends[i].node, peers);
		check_no_leader(ends[i].node);
	}
	for (size_t i = 0; i < NODES; i++)
		stop(&ends[i]);
	event_base_free(base);
}
END_TEST

SUITE_MAIN("node_view", role_is_told_before_leader, lease_is_left_only_to_who_leads,
	   without_voters_there_are_members_and_no_leader)
