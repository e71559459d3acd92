/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * R13 inside a node: how a voter looks whether the process of its leader is gone. The
 * test plays the leader's port, and sees each connect to it: when it is made, and
 * that it is ended exactly once, by one side or the other.
 */

#include "../lib/suite.h"
#include "cluster_one.h"

#define LEADER	 3
#define EPOCH	 5
#define LEASE_US (SECOND / 2)
/* A heartbeat is overdue after one and a half of its intervals. */
#define OVERDUE_US 150000
/* Of evidence.c. */
#define TRIES	 4
#define PAUSE_US 4000
#define LINKS	 16

/* The connects that were made: the uplink's, then those of evidence. */
static struct {
	struct {
		uint64_t id, at_us;
		uint16_t port;
		bool ended;
	} links[LINKS];
	size_t n;
	struct jsl_election_leader leader;
} made;

static size_t find(uint64_t link)
{
	size_t i = 0;

	while (i < made.n && made.links[i].id != link)
		i++;
	ck_assert_uint_lt(i, made.n);
	return i;
}

static void connect_made(void *arg, uint64_t link, const struct jsl_addr *to)
{
	(void)arg;
	ck_assert_uint_lt(made.n, LINKS);
	made.links[made.n].id = link;
	made.links[made.n].at_us = one.now_us;
	made.links[made.n++].port = to->port;
}

static void link_ended(void *arg, uint64_t link, bool goodbye)
{
	size_t i = find(link);

	(void)arg;
	(void)goodbye;
	ck_assert_msg(!made.links[i].ended, "link %zu is ended twice", i);
	made.links[i].ended = true;
}

static void leader_told(void *arg, struct jsl_election_leader l)
{
	(void)arg;
	made.leader = l;
}

/* The other side of link @i ends it, or nobody is there. */
static void hang_up(size_t i, enum jsl_cluster_close close)
{
	link_ended(NULL, made.links[i].id, false);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LINK_CLOSED,
					.link = made.links[i].id,
					.close = close});
}

static void take(size_t i)
{
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LINK_OPEN,
					.link = made.links[i].id});
}

static void say(enum jsl_election_kind kind, uint64_t from, uint64_t epoch,
		uint64_t since)
{
	struct jsl_election_message m = {.kind = kind,
					 .from = from,
					 .to = 1,
					 .boot = 5,
					 .epoch = epoch,
					 .config_hash = {1}};

	if (kind == JSL_ELECTION_HEARTBEAT) {
		m.since = since;
		m.seq = 1;
		m.lease_us = LEASE_US;
	}
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_ELECTION, .election = &m});
}

/* What cluster_one.h has, but for the three above. */
static const struct jsl_cluster_io *world_of(void)
{
	static struct jsl_cluster_io world;

	world = io;
	world.connect = connect_made;
	world.close = link_ended;
	world.leader = leader_told;
	return &world;
}

static void make(enum jsl_node_trust trust, const char *ip_of_leader)
{
	static const uint64_t voters[] = {1, 2, 3};
	struct jsl_election_record record = {.record_id = {1},
					     .config_hash = {1},
					     .promised_epoch = EPOCH,
					     .promised_to = LEADER,
					     .lease_max_us = LEASE_US};
	struct jsl_node_peer peers[3] = {{.id = 1, .vote = true},
					 {.id = 2, .vote = true},
					 {.id = 3, .vote = true}};
	struct jsl_cluster_opts opts = {.io = world_of(),
					.self = {.id = 1, .boot = 1},
					.addr = {.port = 1},
					.peers = peers,
					.n_peers = 3,
					.trust_refused = trust,
					.seed = 1,
					.election = JSL_ELECTION_OPTS_INIT,
					.gossip = JSL_GOSSIP_OPTS_INIT,
					.submitter = JSL_QUEUE_SUBMITTER_OPTS_INIT,
					.leader = JSL_QUEUE_LEADER_OPTS_INIT,
					.worker = JSL_QUEUE_WORKER_OPTS_INIT};

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(jsl_addr_parse(&peers[i].addr, ip_of_leader), 0);
		peers[i].addr.port = (uint16_t)peers[i].id;
	}
	opts.election.voters = voters;
	opts.election.n_voters = 3;
	opts.election.config_hash[0] = 1;
	opts.election.record = &record;
	memset(&one, 0, sizeof(one));
	memset(&made, 0, sizeof(made));
	one.now_us = SECOND;
	ck_assert_int_eq(jsl_cluster_new(&one.c, &opts), 0);
}

/* Voter 1 has followed the leader before, does again, its link is up, and then no
 * heartbeat comes. */
static void suspect(enum jsl_node_trust trust, const char *ip_of_leader)
{
	struct jsl_cluster_hello hello = {.node = {.id = LEADER, .boot = 5},
					  .leading = true,
					  .leader = {EPOCH, LEADER, EPOCH}};

	make(trust, ip_of_leader);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_START});
	pass(LEASE_US); /* R5 */
	hear_of(LEADER, JSL_GOSSIP_ALIVE);
	say(JSL_ELECTION_HEARTBEAT, LEADER, EPOCH, EPOCH);
	ck_assert_int_eq(one.role, JSL_ELECTION_FOLLOWING);
	ck_assert_uint_eq(made.n, 1);
	take(0);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LINK_HELLO,
					.link = made.links[0].id,
					.hello = &hello});
	pass(OVERDUE_US);
	ck_assert_uint_eq(made.n, 2);
	ck_assert_uint_eq(made.links[1].port, LEADER);
}

/* All but the uplink, 0, have ended. */
static void check_ended(void)
{
	for (size_t i = 1; i < made.n; i++)
		ck_assert_msg(made.links[i].ended, "link %zu is left open", i);
	ck_assert(!made.links[0].ended);
	end();
}

/* Each connect ends as @how says; how often, and with which pauses, is always the same.
 */
static void retries(void (*how)(size_t i))
{
	uint64_t pause_us = PAUSE_US;

	suspect(JSL_NODE_TRUST_YES, "127.0.0.1:3");
	for (size_t i = 1; i <= TRIES; i++) {
		ck_assert_uint_eq(made.n, i + 1);
		how(i);
		ck_assert(made.links[i].ended);
		pass(pause_us - 1);
		ck_assert_uint_eq(made.n, i + 1);
		pass(1);
		pause_us *= 2;
	}
	pass(LEASE_US / 4);
	ck_assert_uint_eq(made.n, 1 + TRIES);
	ck_assert_int_eq(one.role, JSL_ELECTION_FOLLOWING);
	check_ended();
}

static void lose(size_t i)
{
	hang_up(i, JSL_CLUSTER_CLOSE_LOST);
}

START_TEST(r13_one_that_is_taken_is_tried_again_a_few_times)
{
	retries(take);
}
END_TEST

START_TEST(r13_one_that_is_lost_is_tried_again_a_few_times)
{
	retries(lose);
}
END_TEST

/* The kernel of a dying process took the first ones. */
START_TEST(r13_one_that_is_refused_at_last_frees_the_lease)
{
	suspect(JSL_NODE_TRUST_YES, "10.0.0.3:3");
	take(1);
	pass(PAUSE_US);
	take(2);
	pass(2 * PAUSE_US);
	ck_assert_uint_eq(made.leader.epoch, EPOCH);
	hang_up(3, JSL_CLUSTER_CLOSE_REFUSED);
	ck_assert_int_eq(one.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(made.leader.epoch, 0);
	pass(LEASE_US / 4);
	ck_assert_uint_eq(made.n, 4);
	check_ended();
}
END_TEST

static void refused_is(enum jsl_node_trust trust, const char *ip, bool trusted)
{
	unsigned pings;

	suspect(trust, ip);
	pings = one.pings;
	hang_up(1, JSL_CLUSTER_CLOSE_REFUSED);
	ck_assert_int_eq(one.role,
			 trusted ? JSL_ELECTION_LOOKING : JSL_ELECTION_FOLLOWING);
	ck_assert_uint_gt(one.pings, pings); /* G5: gossip looks as well */
	ck_assert_uint_eq(made.n, 2);
	check_ended();
}

START_TEST(r13_a_refusal_is_trusted_as_configured)
{
	refused_is(JSL_NODE_TRUST_YES, "10.0.0.3:3", true);
	refused_is(JSL_NODE_TRUST_AUTO, "127.0.0.1:3", true);
	refused_is(JSL_NODE_TRUST_AUTO, "10.0.0.3:3", false);
	refused_is(JSL_NODE_TRUST_NO, "127.0.0.1:3", false);
}
END_TEST

/* Nothing answers: it is ended when the lease is over too, and not tried again. */
START_TEST(r13_one_that_hangs_is_ended)
{
	suspect(JSL_NODE_TRUST_YES, "127.0.0.1:3");
	pass(2 * SECOND);
	ck_assert_int_eq(one.role, JSL_ELECTION_LOOKING);
	ck_assert_uint_eq(made.n, 2);
	check_ended();
}
END_TEST

/* 3 releases its lease, and 2 leads: it gets the uplink. */
static void change_leader(void)
{
	say(JSL_ELECTION_RELEASE, LEADER, EPOCH, 0);
	say(JSL_ELECTION_HEARTBEAT, 2, EPOCH + 1, EPOCH + 1);
	ck_assert_int_eq(one.role, JSL_ELECTION_FOLLOWING);
	ck_assert_uint_eq(made.leader.id, 2);
	ck_assert(made.links[0].ended);
	ck_assert_uint_eq(made.n, 3);
	ck_assert_uint_eq(made.links[2].port, 2);
}

START_TEST(r13_stops_when_the_leader_changes)
{
	suspect(JSL_NODE_TRUST_YES, "127.0.0.1:3");
	take(1);
	change_leader();
	pass(8 * PAUSE_US);
	ck_assert_uint_eq(made.n, 3);
	end();
}
END_TEST

START_TEST(r13_a_refusal_by_an_earlier_leader_says_nothing_of_this_one)
{
	suspect(JSL_NODE_TRUST_YES, "127.0.0.1:3");
	change_leader();
	ck_assert(!made.links[1].ended);
	hang_up(1, JSL_CLUSTER_CLOSE_REFUSED);
	pass(8 * PAUSE_US);
	ck_assert_int_eq(one.role, JSL_ELECTION_FOLLOWING);
	ck_assert_uint_eq(made.leader.id, 2);
	ck_assert_uint_eq(made.n, 3);
	end();
}
END_TEST

/* A look at the earlier one that still hangs is in nobody's way. */
START_TEST(r13_looks_at_the_leader_that_is_suspected_now)
{
	suspect(JSL_NODE_TRUST_YES, "127.0.0.1:3");
	change_leader();
	pass(OVERDUE_US);
	ck_assert(made.links[1].ended);
	ck_assert_uint_eq(made.n, 4);
	ck_assert_uint_eq(made.links[3].port, 2);
	hang_up(3, JSL_CLUSTER_CLOSE_REFUSED);
	ck_assert_int_eq(one.role, JSL_ELECTION_LOOKING);
	end();
}
END_TEST

/* R10: the same process leads on, so the look goes on too. */
START_TEST(r13_goes_on_when_the_leader_raises_its_epoch)
{
	suspect(JSL_NODE_TRUST_YES, "127.0.0.1:3");
	say(JSL_ELECTION_HEARTBEAT, LEADER, EPOCH + 1, EPOCH);
	take(1);
	pass(PAUSE_US);
	ck_assert_uint_eq(made.n, 3);
	hang_up(2, JSL_CLUSTER_CLOSE_REFUSED);
	ck_assert_int_eq(one.role, JSL_ELECTION_LOOKING);
	check_ended();
}
END_TEST

SUITE_MAIN("cluster_evidence", r13_one_that_is_taken_is_tried_again_a_few_times,
	   r13_one_that_is_lost_is_tried_again_a_few_times,
	   r13_one_that_is_refused_at_last_frees_the_lease,
	   r13_a_refusal_is_trusted_as_configured, r13_one_that_hangs_is_ended,
	   r13_stops_when_the_leader_changes,
	   r13_a_refusal_by_an_earlier_leader_says_nothing_of_this_one,
	   r13_looks_at_the_leader_that_is_suspected_now,
	   r13_goes_on_when_the_leader_raises_its_epoch)
