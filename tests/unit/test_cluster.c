/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One node of a cluster, fed by hand: what it does when a record cannot be kept,
 * a link cannot be taken, a goodbye is due. Whole clusters are in tests/sim.
 */

#include <errno.h>

#include "../lib/suite.h"
#include "cluster/meta.h"
#include "cluster_one.h"

static uint64_t say_hello(uint64_t id, uint64_t boot)
{
	struct jsl_cluster_hello hello = {
		.node = {.id = id, .boot = boot}, .worker = true, .submitter = true};
	uint64_t link = jsl_cluster_accept(one.c);

	one.answered = one.closed = 0;
	step((struct jsl_cluster_event){
		.type = JSL_CLUSTER_EV_LINK_HELLO, .link = link, .hello = &hello});
	return link;
}

START_TEST(reports_each_role_once_when_the_record_cannot_be_kept)
{
	begin();
	one.persist = -ENOSPC;
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_START});
	pass(5 * SECOND);
	ck_assert_int_ne(one.role, JSL_ELECTION_LEADING);
	ck_assert_int_eq(one.role, jsl_cluster_role(one.c));
	ck_assert_uint_eq(one.heartbeats, 0);
	end();
}
END_TEST

static uint32_t slots_told(void)
{
	const struct jsl_gossip_entry *self =
		jsl_gossip_member(jsl_cluster_gossip(one.c), 1);
	struct jsl_cluster_meta meta;

	ck_assert_int_eq(jsl_cluster_meta_decode(&meta, self->meta, self->meta_len), 0);
	return meta.slots;
}

/* I3: it can promise no epoch any more, and obeys none that it has not promised. */
START_TEST(takes_no_jobs_when_the_record_cannot_be_kept)
{
	lead();
	ck_assert_uint_eq(slots_told(), 1);
	end();
	begin();
	one.persist = -ENOSPC;
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_START});
	ck_assert_uint_eq(slots_told(), 0);
	end();
}
END_TEST

START_TEST(refuses_links_of_a_superseded_process)
{
	uint64_t newer, older;

	lead();
	newer = say_hello(9, 7);
	ck_assert(one.leading && one.closed == 0 && one.answered == newer);
	older = say_hello(9, 6);
	ck_assert(!one.leading && one.answered == older);
	ck_assert_uint_eq(one.closed, older);
	end();
}
END_TEST

START_TEST(refuses_hello_of_its_own_id_and_without_a_boot)
{
	uint64_t link;

	lead();
	link = say_hello(1, 7);
	ck_assert(one.closed == link && one.answered == 0);
	link = say_hello(9, 0);
	ck_assert(one.closed == link && one.answered == 0);
	end();
}
END_TEST

START_TEST(sends_heartbeats_to_an_observer_without_metadata)
{
	lead();
	one.heartbeats = 0;
	pass(SECOND / 4);
	ck_assert_uint_eq(one.heartbeats, 0);
	hear_of(9, JSL_GOSSIP_ALIVE);
	pass(SECOND / 4);
	ck_assert_uint_ge(one.heartbeats, 2);
	end();
}
END_TEST

/* 100 of them: 25 a beat and a lease of four. */
START_TEST(many_joined_observers_hear_heartbeats_in_turn)
{
	lead();
	for (uint64_t id = 10; id < 110; id++)
		hear_of(id, JSL_GOSSIP_ALIVE);
	pass(SECOND / 20);
	one.heartbeats = 0;
	pass(SECOND);
	ck_assert_uint_ge(one.heartbeats, 225);
	ck_assert_uint_le(one.heartbeats, 275);
	ck_assert_uint_eq(one.lease_us, 4 * SECOND / 2);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LEAVE});
	pass(SECOND);
	ck_assert_uint_eq(one.releases, 100); /* that changes the leader: to all */
	end();
}
END_TEST

START_TEST(suspects_a_node_whose_link_is_lost)
{
	uint64_t link;

	lead();
	hear_of(9, JSL_GOSSIP_ALIVE);
	pass(SECOND / 100);
	link = say_hello(9, 5);
	ck_assert(one.leading);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LINK_CLOSED,
					.link = link,
					.close = JSL_CLUSTER_CLOSE_LOST});
	ck_assert_int_eq(jsl_gossip_member(jsl_cluster_gossip(one.c), 9)->state,
			 JSL_GOSSIP_SUSPECT);
	end();
}
END_TEST

START_TEST(does_not_suspect_a_node_that_said_goodbye)
{
	uint64_t link;

	lead();
	hear_of(9, JSL_GOSSIP_ALIVE);
	link = say_hello(9, 5);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LINK_CLOSED,
					.link = link,
					.close = JSL_CLUSTER_CLOSE_CLEAN});
	ck_assert_int_eq(jsl_gossip_member(jsl_cluster_gossip(one.c), 9)->state,
			 JSL_GOSSIP_ALIVE);
	end();
}
END_TEST

/* Q2: 9 submits a job again, last run by @named, and works itself, with one slot. */
static void submit_again(struct jsl_queue_node named)
{
	struct jsl_queue_message m = {
		.kind = JSL_QUEUE_SUBMIT,
		.job = {{1}},
		.first_epoch = 1,
		.attempt = 1,
		.node = named,
		.submitter = {.id = 9, .boot = 5},
		.slots = 1,
		.payload = jsl_blob_new("x", 1),
	};
	const struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_LINK_QUEUE,
					     .queue = &m};

	m.link = say_hello(9, 5);
	ck_assert_int_eq(step(ev), 0);
	m.kind = JSL_QUEUE_INVENTORY;
	ck_assert_int_eq(step(ev), 0);
	jsl_blob_unref(m.payload);
}

/* That it has not heard of somebody is no sign of death while its process is young:
 * 3 s, of which lead() has taken 2. */
static void check_waits_while_young(void)
{
	struct jsl_queue_leader_stats stats;

	pass(SECOND - 1);
	jsl_queue_leader_stats(jsl_cluster_queue_leader(one.c), &stats);
	ck_assert_uint_eq(stats.waiting, 1);
	pass(2 * SECOND);
	jsl_queue_leader_stats(jsl_cluster_queue_leader(one.c), &stats);
	ck_assert_uint_eq(stats.waiting, 0);
	ck_assert_uint_eq(stats.running, 1);
}

START_TEST(waits_for_a_node_that_a_job_names_while_it_is_young)
{
	lead();
	submit_again((struct jsl_queue_node){.id = 77, .boot = 3});
	check_waits_while_young();
	end();
}
END_TEST

START_TEST(waits_for_a_configured_worker_while_it_is_young)
{
	lead_among(2);
	submit_again((struct jsl_queue_node){0});
	check_waits_while_young();
	end();
}
END_TEST

START_TEST(tells_of_its_leave_more_than_once_before_it_is_gone)
{
	lead();
	hear_of(9, JSL_GOSSIP_ALIVE);
	pass(SECOND / 100);
	one.told = 0;
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LEAVE});
	ck_assert_uint_eq(one.left, 0);
	pass(2 * SECOND);
	ck_assert_uint_eq(one.left, 1);
	ck_assert_uint_ge(one.told, 3);
	ck_assert_uint_eq(jsl_cluster_deadline(one.c), UINT64_MAX);
	end();
}
END_TEST

START_TEST(takes_no_job_when_it_has_left)
{
	struct jsl_blob *payload = jsl_blob_new("x", 1);
	struct jsl_cluster_event submit = {
		.type = JSL_CLUSTER_EV_SUBMIT, .job = {{1}}, .payload = payload};

	lead();
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LEAVE});
	pass(2 * SECOND);
	ck_assert_uint_eq(one.left, 1);
	ck_assert_int_eq(step(submit), -ESHUTDOWN);
	jsl_blob_unref(payload);
	end();
}
END_TEST

/* R9 would have it release at once, but nobody could deliver what runs here. */
START_TEST(leads_until_it_is_drained_when_nobody_can_follow)
{
	struct jsl_blob *payload = jsl_blob_new("x", 1);
	struct jsl_queue_id job = {{1}};

	lead();
	ck_assert_int_eq(step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_SUBMIT,
							 .job = job,
							 .payload = payload}),
			 0);
	pass(SECOND / 10);
	ck_assert_uint_eq(jsl_queue_worker_running(jsl_cluster_queue_worker(one.c)), 1);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LEAVE});
	pass(SECOND);
	ck_assert_int_eq(one.role, JSL_ELECTION_LEADING);
	step((struct jsl_cluster_event){
		.type = JSL_CLUSTER_EV_FINISHED, .job = job, .payload = payload});
	ck_assert_uint_eq(jsl_queue_submitter_count(jsl_cluster_queue_submitter(one.c)),
			  0);
	pass(SECOND);
	ck_assert_uint_eq(one.left, 1);
	jsl_blob_unref(payload);
	end();
}
END_TEST

/* A node without a vote, 9, that knows of the voter 3. */
static void watch(void)
{
	static const uint64_t voter = 3;
	struct jsl_node_peer peer = {.id = 3, .vote = true, .addr = {.port = 3}};
	struct jsl_cluster_opts opts = {
		.io = &io,
		.self = {.id = 9, .boot = 1},
		.addr = {.port = 9},
		.peers = &peer,
		.n_peers = 1,
		.election = JSL_ELECTION_OPTS_INIT,
		.gossip = JSL_GOSSIP_OPTS_INIT,
		.submitter = JSL_QUEUE_SUBMITTER_OPTS_INIT,
		.leader = JSL_QUEUE_LEADER_OPTS_INIT,
		.worker = JSL_QUEUE_WORKER_OPTS_INIT,
	};

	opts.election.voters = &voter;
	opts.election.n_voters = 1;
	opts.election.config_hash[0] = 1;
	memset(&one, 0, sizeof(one));
	one.now_us = SECOND;
	ck_assert_int_eq(jsl_cluster_new(&one.c, &opts), 0);
	step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_START});
	hear_of(3, JSL_GOSSIP_ALIVE);
}

static enum jsl_gossip_state state_of(uint64_t id)
{
	return jsl_gossip_member(jsl_cluster_gossip(one.c), id)->state;
}

/* It hears the leader's heartbeats for @ms, and no answer to a ping. */
static void hear_heartbeats(uint64_t ms)
{
	static uint64_t seq;

	for (uint64_t at = 0; at < ms; at += 100) {
		struct jsl_election_message m = {.kind = JSL_ELECTION_HEARTBEAT,
						 .from = 3,
						 .to = JSL_ELECTION_TO_OBSERVERS,
						 .boot = 5,
						 .role = JSL_ELECTION_LEADING,
						 .leader = {.epoch = 1, .id = 3},
						 .epoch = 1,
						 .seq = ++seq,
						 .lease_us = SECOND / 2,
						 .since = 1,
						 .config_hash = {1}};

		step((struct jsl_cluster_event){.type = JSL_CLUSTER_EV_ELECTION,
						.election = &m});
		pass(SECOND / 10);
	}
}

/* G5: heartbeats cover the leader; when they end, it is looked at without delay. */
START_TEST(takes_heartbeats_for_signs_of_life)
{
	watch();
	hear_heartbeats(10000);
	ck_assert_int_eq(state_of(3), JSL_GOSSIP_ALIVE);
	ck_assert_uint_eq(jsl_cluster_leader(one.c, one.now_us).id, 3);
	pass(2 * SECOND);
	ck_assert_int_eq(state_of(3), JSL_GOSSIP_SUSPECT);
	end();
}
END_TEST

SUITE_MAIN("cluster", takes_heartbeats_for_signs_of_life,
	   reports_each_role_once_when_the_record_cannot_be_kept,
	   takes_no_jobs_when_the_record_cannot_be_kept,
	   refuses_links_of_a_superseded_process,
	   refuses_hello_of_its_own_id_and_without_a_boot,
	   sends_heartbeats_to_an_observer_without_metadata,
	   many_joined_observers_hear_heartbeats_in_turn,
	   suspects_a_node_whose_link_is_lost, does_not_suspect_a_node_that_said_goodbye,
	   waits_for_a_node_that_a_job_names_while_it_is_young,
	   waits_for_a_configured_worker_while_it_is_young,
	   tells_of_its_leave_more_than_once_before_it_is_gone,
	   takes_no_job_when_it_has_left,
	   leads_until_it_is_drained_when_nobody_can_follow)
