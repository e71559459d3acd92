/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_CLUSTER_ONE_H
#define JSL_TESTS_CLUSTER_ONE_H

/*
 * One cluster node, the only voter of its cluster, in a world that is played by
 * the test: what the node does is counted in `one`, what comes in is said with
 * step(), and time passes with pass() at the node's own pace.
 */

#include <string.h>

#include <check.h>

#include "cluster/cluster.h"

#define SECOND UINT64_C(1000000)

static struct {
	struct jsl_cluster *c;
	uint64_t now_us;
	int persist; /* what it returns */
	enum jsl_election_role role;
	unsigned roles, left, heartbeats, releases, pings, turns; /* of wanted */
	uint64_t lease_us;	   /* in the last heartbeat */
	uint64_t closed, answered; /* link of the last close and HELLO */
	bool leading, wanted;	   /* in that HELLO; it takes jobs */
	size_t told;		   /* gossip messages since it began to leave */
} one;

static int persist(void *arg, const struct jsl_election_record *record)
{
	(void)arg;
	(void)record;
	return one.persist;
}

static void send_election(void *arg, const struct jsl_addr *to,
			  const struct jsl_election_message *m)
{
	(void)arg;
	(void)to;
	if (m->kind == JSL_ELECTION_RELEASE)
		one.releases++;
	if (m->kind != JSL_ELECTION_HEARTBEAT)
		return;
	one.heartbeats++;
	one.lease_us = m->lease_us;
}

static void send_gossip(void *arg, const struct jsl_gossip_message *m)
{
	(void)arg;
	if (m->kind == JSL_GOSSIP_PING)
		one.pings++;
	one.told++;
}

static void connect_to(void *arg, uint64_t link, const struct jsl_addr *to)
{
	(void)arg, (void)link, (void)to;
}

static void send_hello(void *arg, uint64_t link, const struct jsl_cluster_hello *hello)
{
	(void)arg;
	one.answered = link;
	one.leading = hello->leading;
}

static void send_queue(void *arg, const struct jsl_queue_message *m)
{
	(void)arg;
	(void)m;
}

static void close_link(void *arg, uint64_t link, bool goodbye)
{
	(void)arg;
	(void)goodbye;
	one.closed = link;
}

static void start_job(void *arg, const struct jsl_queue_message *job)
{
	(void)arg, (void)job;
}

static void stop_job(void *arg, struct jsl_queue_id job)
{
	(void)arg, (void)job;
}

static void wanted(void *arg, bool yes)
{
	(void)arg;
	one.wanted = yes;
	one.turns++;
}

static void result(void *arg, const struct jsl_queue_message *end)
{
	(void)arg, (void)end;
}

static void role(void *arg, enum jsl_election_role from, enum jsl_election_role to)
{
	(void)arg;
	ck_assert_int_ne(from, to);
	ck_assert_int_eq(from, one.role);
	one.role = to;
	one.roles++;
}

static void leader(void *arg, struct jsl_election_leader l)
{
	(void)arg, (void)l;
}

static void member(void *arg, const struct jsl_gossip_change *change)
{
	(void)arg, (void)change;
}

static void note(void *arg, const struct jsl_queue_note *it)
{
	(void)arg, (void)it;
}

static void alarm_of(void *arg, enum jsl_election_alarm alarm, uint64_t id)
{
	(void)arg;
	ck_assert_int_eq(alarm, JSL_ELECTION_ALARM_STORAGE);
	ck_assert_uint_eq(id, 1);
}

static void left(void *arg)
{
	(void)arg;
	one.left++;
}

static const struct jsl_cluster_io io = {
	.persist = persist,
	.send_election = send_election,
	.send_gossip = send_gossip,
	.connect = connect_to,
	.send_hello = send_hello,
	.send_queue = send_queue,
	.close = close_link,
	.start = start_job,
	.stop = stop_job,
	.wanted = wanted,
	.result = result,
	.progress = result,
	.role = role,
	.leader = leader,
	.member = member,
	.note = note,
	.alarm = alarm_of,
	.left = left,
};

static int step(struct jsl_cluster_event ev)
{
	ev.now_us = one.now_us;
	return jsl_cluster_step(one.c, &ev);
}

/* Let time pass, at the node's own pace. */
static void pass(uint64_t us)
{
	uint64_t end = one.now_us + us;

	while (jsl_cluster_deadline(one.c) <= end) {
		uint64_t at = jsl_cluster_deadline(one.c);

		one.now_us = at > one.now_us ? at : one.now_us + 1;
		ck_assert_int_eq(
			step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_TIMER}),
			0);
	}
	one.now_us = end;
}

/* Node @id, with a slot, of a cluster whose only voter is 1, of @n_peers. */
static inline void begin_among(uint64_t id, size_t n_peers)
{
	static const uint64_t voter = 1;
	struct jsl_node_peer peers[] = {{.id = 1, .vote = true, .addr = {.port = 1}},
					{.id = 2, .addr = {.port = 2}}};
	struct jsl_cluster_opts opts = {
		.io = &io,
		.self = {.id = id, .boot = 1},
		.addr = {.port = (uint16_t)id},
		.peers = peers,
		.n_peers = n_peers,
		.slots = 1,
		.drain_us = 10 * SECOND,
		.seed = 1,
		.election = JSL_ELECTION_OPTS_INIT,
		.gossip = JSL_GOSSIP_OPTS_INIT,
		.submitter = JSL_QUEUE_SUBMITTER_OPTS_INIT,
		.leader = JSL_QUEUE_LEADER_OPTS_INIT,
		.worker = JSL_QUEUE_WORKER_OPTS_INIT,
	};

	opts.election.voters = &voter;
	opts.election.n_voters = 1;
	memset(&one, 0, sizeof(one));
	one.now_us = SECOND;
	ck_assert_int_eq(jsl_cluster_new(&one.c, &opts), 0);
}

#define begin_as(id) begin_among(id, 1)
#define begin()	     begin_as(1)

static void end(void)
{
	jsl_cluster_free(one.c);
}

static inline void lead_among(size_t n_peers)
{
	begin_among(1, n_peers);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_START});
	pass(2 * SECOND);
	ck_assert_int_eq(one.role, JSL_ELECTION_LEADING);
}

#define lead() lead_among(1)

static inline void hear_of(uint64_t id, enum jsl_gossip_state state)
{
	struct jsl_gossip_entry entry = {.id = id,
					 .boot = 5,
					 .incarnation = 1,
					 .state = state,
					 .addr = {.port = (uint16_t)id}};
	struct jsl_gossip_message m = {.kind = JSL_GOSSIP_NEWS,
				       .from = id,
				       .boot = 5,
				       .from_addr = entry.addr,
				       .news = &entry,
				       .n_news = 1};

	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_GOSSIP, .gossip = &m});
}

#endif
