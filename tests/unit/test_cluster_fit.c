/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which workers offer their slots when some can run nothing (Q12): node 1, which leads,
 * or node 2, which follows it, beside others that gossip tells of. Whether jobs then
 * come to the right ones is in tests/sim.
 */

#include "../lib/suite.h"
#include "cluster/meta.h"
#include "cluster_one.h"

static uint32_t version;

/* The worker @id, with a slot, says so in gossip. */
static void hear_worker(uint64_t id, bool fit, enum jsl_gossip_state state)
{
	const struct jsl_cluster_meta meta = {.slots = 1, .unfit = !fit};
	struct jsl_gossip_entry entry = {.id = id,
					 .boot = 5,
					 .incarnation = 1,
					 .state = state,
					 .meta_version = ++version,
					 .addr = {.port = (uint16_t)id}};
	struct jsl_gossip_message m = {.kind = JSL_GOSSIP_NEWS,
				       .from = id,
				       .boot = 5,
				       .from_addr = entry.addr,
				       .news = &entry,
				       .n_news = 1};

	entry.meta_len = (uint16_t)jsl_cluster_meta_encode(&meta, entry.meta);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_GOSSIP, .gossip = &m});
	pass(SECOND / 100);
}

static void be(bool fit)
{
	ck_assert_int_eq(
		step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_FIT, .fit = fit}),
		0);
	pass(SECOND / 100);
}

/* As the queue of the leader, which is this node, knows it. */
static size_t slots(void)
{
	struct jsl_queue_leader_stats stats;

	jsl_queue_leader_stats(jsl_cluster_queue_leader(one.c), &stats);
	return stats.slots;
}

START_TEST(alone_an_unfit_worker_takes_jobs)
{
	lead();
	ck_assert_uint_eq(slots(), 1);
	be(false);
	ck_assert_uint_eq(slots(), 1);
	ck_assert(one.wanted);
	end();
}
END_TEST

START_TEST(a_leader_works_beside_those_that_are_unfit_only)
{
	lead();
	hear_worker(9, true, JSL_GOSSIP_ALIVE);
	ck_assert_uint_eq(slots(), 0);
	hear_worker(9, false, JSL_GOSSIP_ALIVE);
	ck_assert_uint_eq(slots(), 1);
	be(false); /* as bad as they, and the leader */
	ck_assert_uint_eq(slots(), 0);
	hear_worker(9, false, JSL_GOSSIP_LEFT);
	ck_assert_uint_eq(slots(), 1);
	end();
}
END_TEST

/* Node 2 hears that 1 leads; whether it offers its slots shows in `wanted`. */
static void follow(void)
{
	struct jsl_election_message m = {.kind = JSL_ELECTION_HEARTBEAT,
					 .from = 1,
					 .to = 2,
					 .boot = 5,
					 .role = JSL_ELECTION_LEADING,
					 .leader = {.epoch = 1, .id = 1},
					 .epoch = 1,
					 .seq = 1,
					 .lease_us = 5 * SECOND,
					 .since = 1,
					 .config_hash = {1}};

	begin_among(2, 2);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_START});
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_ELECTION, .election = &m});
	ck_assert(one.wanted);
}

START_TEST(an_unfit_worker_leaves_jobs_to_one_that_is_fit)
{
	follow();
	hear_worker(9, true, JSL_GOSSIP_ALIVE);
	ck_assert(one.wanted);
	be(false);
	ck_assert(!one.wanted);
	hear_worker(9, false, JSL_GOSSIP_ALIVE); /* nobody is: it says why */
	ck_assert(one.wanted);
	hear_worker(8, true, JSL_GOSSIP_ALIVE);
	ck_assert(!one.wanted);
	hear_worker(8, true, JSL_GOSSIP_LEFT);
	ck_assert(one.wanted);
	hear_worker(7, true, JSL_GOSSIP_ALIVE);
	ck_assert(!one.wanted);
	be(true);
	ck_assert(one.wanted);
	end();
}
END_TEST

/* It looks at what others are, not at what they offer: nothing turns by itself. */
START_TEST(two_that_are_unfit_do_not_take_turns)
{
	unsigned turns;

	follow();
	be(false);
	hear_worker(9, false, JSL_GOSSIP_ALIVE);
	turns = one.turns;
	for (int i = 0; i < 100; i++) {
		be(false);
		hear_worker(9, false, JSL_GOSSIP_ALIVE);
	}
	ck_assert_uint_eq(one.turns, turns);
	ck_assert(one.wanted);
	end();
}
END_TEST

START_TEST(others_are_told_at_once)
{
	const struct jsl_gossip_entry *self;
	struct jsl_node_info infos[2];
	struct jsl_cluster_meta meta;

	follow();
	be(false);
	self = jsl_gossip_member(jsl_cluster_gossip(one.c), 2);
	ck_assert_int_eq(jsl_cluster_meta_decode(&meta, self->meta, self->meta_len), 0);
	ck_assert(meta.unfit && meta.slots == 1);
	ck_assert_uint_eq(jsl_cluster_infos(one.c, one.now_us, infos, 2), 1);
	ck_assert(infos[0].unfit && infos[0].slots == 1);
	be(true);
	ck_assert_uint_eq(jsl_cluster_infos(one.c, one.now_us, infos, 2), 1);
	ck_assert(!infos[0].unfit);
	end();
}
END_TEST

SUITE_MAIN("cluster fitness", alone_an_unfit_worker_takes_jobs,
	   a_leader_works_beside_those_that_are_unfit_only,
	   an_unfit_worker_leaves_jobs_to_one_that_is_fit,
	   two_that_are_unfit_do_not_take_turns, others_are_told_at_once)
