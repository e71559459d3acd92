/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failure detection: who is probed and when, what silence leads to, and how many
 * words it takes to declare a member failed (SWIM 3.1, Lifeguard, G5).
 */

#include <string.h>

#include "gossip/gossip_int.h"
#include "gossip_one.h"
#include "../lib/suite.h"

static bool all(uint64_t id)
{
	return id != ONE_ID;
}

static bool all_but_2(uint64_t id)
{
	return id != 2;
}

static void setup(struct one *o, uint64_t last, bool (*answers)(uint64_t))
{
	one_init(o);
	for (uint64_t id = 2; id <= last; id++)
		one_joins(o, id);
	o->answers = all;
	one_run(o, 2);
	o->answers = answers;
	o->n_messages = o->n_changes = 0;
}

/* Everybody else says that it asked 2 in vain, for the probe that runs now. */
static void nacks(struct one *o, size_t at_most)
{
	size_t n = o->n_messages;

	for (size_t i = 0; i < n && at_most > 0; i++) {
		struct jsl_gossip_message nack =
			one_message(o->messages[i].to.port - 1000u, JSL_GOSSIP_NACK);

		if (o->messages[i].kind != JSL_GOSSIP_PING_REQ)
			continue;
		nack.seq = o->messages[i].seq;
		nack.target = o->messages[i].target;
		one_step(o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_RECEIVE,
						      .message = &nack});
		at_most--;
	}
}

static void refuse(struct one *o, uint64_t id)
{
	one_give(o, (struct jsl_gossip_event){.type = JSL_GOSSIP_EV_REFUSED, .id = id});
}

START_TEST(a_small_cluster_is_probed_whole_each_period)
{
	struct one o;

	setup(&o, 8, all);
	one_run(&o, 20);
	for (uint64_t id = 2; id <= 8; id++) {
		ck_assert_uint_ge(one_sent(&o, JSL_GOSSIP_PING, id), 16);
		ck_assert_uint_le(one_sent(&o, JSL_GOSSIP_PING, id), 25);
	}
	ck_assert_uint_eq(o.n_changes, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(a_large_cluster_costs_one_probe_a_period)
{
	size_t pings = 0;
	struct one o;

	setup(&o, 40, all);
	one_run(&o, 80);
	for (uint64_t id = 2; id <= 40; id++) {
		pings += one_sent(&o, JSL_GOSSIP_PING, id);
		ck_assert_uint_ge(one_sent(&o, JSL_GOSSIP_PING, id), 1);
		ck_assert_uint_le(one_sent(&o, JSL_GOSSIP_PING, id), 4);
	}
	ck_assert_uint_ge(pings, 65);
	ck_assert_uint_le(pings, 100);
	one_deinit(&o);
}
END_TEST

START_TEST(silence_leads_to_indirect_probes_then_to_suspicion)
{
	struct one o;
	size_t asked = 0;

	setup(&o, 6, all_but_2);
	while (!one_changed(&o, JSL_GOSSIP_SUSPECTED, 2)) {
		one_run_ms(&o, 10);
		ck_assert_uint_lt(o.now_us, 10000000);
	}
	for (uint64_t id = 3; id <= 6; id++) {
		if (one_sent(&o, JSL_GOSSIP_PING_REQ, id) == 0)
			continue;
		asked++;
		ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_PING_REQ, id)->target, 2);
	}
	ck_assert_uint_eq(asked, JSL_GOSSIP__INDIRECT);
	/* Nobody sent a NACK: the fault may be ours. */
	ck_assert_uint_eq(o.g->health, JSL_GOSSIP__INDIRECT);
	one_deinit(&o);
}
END_TEST

START_TEST(a_lost_ping_is_repeated)
{
	const struct jsl_gossip__probe *p;
	uint64_t seq;
	struct one o;

	setup(&o, 4, all_but_2);
	p = &jsl_gossip__find(o.g, 2)->probe;
	while (p->phase != JSL_GOSSIP__PHASE_FIRST)
		one_run_ms(&o, 10);
	seq = p->seq;
	o.n_messages = 0;
	one_run_ms(&o, 270);
	ck_assert_int_eq(p->phase, JSL_GOSSIP__PHASE_AGAIN);
	ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_PING, 2)->seq, seq);
	o.n_messages = 0;
	one_run_ms(&o, 250);
	ck_assert_int_eq(p->phase, JSL_GOSSIP__PHASE_INDIRECT);
	ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_PING, 2)->seq, seq);
	one_deinit(&o);
}
END_TEST

START_TEST(nacks_from_all_end_the_wait)
{
	struct one o;

	setup(&o, 6, all_but_2);
	while (one_changed(&o, JSL_GOSSIP_SUSPECTED, 2) == false &&
	       jsl_gossip__find(o.g, 2)->probe.phase != JSL_GOSSIP__PHASE_INDIRECT)
		one_run_ms(&o, 10);
	nacks(&o, 2);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	nacks(&o, 3);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	ck_assert_uint_eq(o.g->health, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(a_relayed_ack_is_an_answer)
{
	struct jsl_gossip_message ack = one_message(3, JSL_GOSSIP_ACK);
	struct one o;

	setup(&o, 4, all_but_2);
	while (jsl_gossip__find(o.g, 2)->probe.phase != JSL_GOSSIP__PHASE_INDIRECT)
		one_run_ms(&o, 10);
	ack.seq = one_last(&o, JSL_GOSSIP_PING_REQ, 3)->seq;
	ack.target = 2;
	one_receive(&o, &ack);
	ck_assert_int_eq(jsl_gossip__find(o.g, 2)->probe.phase, JSL_GOSSIP__PHASE_IDLE);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	one_deinit(&o);
}
END_TEST

START_TEST(suspicion_needs_a_second_word)
{
	struct one o;

	setup(&o, 6, all_but_2);
	one_run(&o, 60);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	one_says(&o, 4, one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT));
	one_run_ms(&o, 10);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_FAILED);
	ck_assert(one_changed(&o, JSL_GOSSIP_FAILURE, 2));
	one_deinit(&o);
}
END_TEST

START_TEST(a_nack_is_a_second_word)
{
	struct one o;

	setup(&o, 6, all_but_2);
	while (jsl_gossip__find(o.g, 2)->probe.phase != JSL_GOSSIP__PHASE_INDIRECT)
		one_run_ms(&o, 10);
	nacks(&o, 1);
	one_run(&o, 6);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_FAILED);
	one_deinit(&o);
}
END_TEST

START_TEST(without_a_third_member_one_word_is_enough)
{
	struct one o;

	setup(&o, 2, all_but_2);
	one_run(&o, 6);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_FAILED);
	one_deinit(&o);
}
END_TEST

START_TEST(confirmations_shrink_the_suspicion)
{
	const struct jsl_gossip__suspicion *s;
	uint64_t last = UINT64_MAX;
	struct one o;

	setup(&o, 8, all);
	s = &jsl_gossip__find(o.g, 2)->suspicion;
	for (uint64_t accuser = 3; accuser <= 5; accuser++) {
		struct jsl_gossip_entry e = one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT);

		e.accuser = accuser;
		one_says(&o, accuser, e);
		ck_assert_uint_lt(s->until_us - s->since_us, last);
		last = s->until_us - s->since_us;
		/* The same word again is none. */
		one_says(&o, 6, e);
		ck_assert_uint_eq(s->until_us - s->since_us, last);
	}
	/* mult x timeout / 2 */
	ck_assert_uint_eq(last, 1000000);
	one_deinit(&o);
}
END_TEST

START_TEST(a_suspect_hears_it_from_who_pings_it)
{
	const struct jsl_gossip_message *ping;
	struct one o;

	setup(&o, 6, all_but_2);
	jsl_gossip__find(o.g, 2)->probe.phase = JSL_GOSSIP__PHASE_IDLE;
	jsl_gossip__arm(o.g, jsl_gossip__find(o.g, 2));
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT));
	/* Here at once, to be a second witness. */
	ping = one_last(&o, JSL_GOSSIP_PING, 2);
	ck_assert_uint_ge(ping->n_news, 1);
	ck_assert_uint_eq(ping->news[0].id, 2);
	ck_assert_int_eq(ping->news[0].state, JSL_GOSSIP_SUSPECT);
	one_deinit(&o);
}
END_TEST

START_TEST(a_refused_connection_is_checked_by_others_at_once)
{
	struct one o;

	setup(&o, 6, all_but_2);
	refuse(&o, 2);
	ck_assert(one_changed(&o, JSL_GOSSIP_SUSPECTED, 2));
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING_REQ, 3) +
				  one_sent(&o, JSL_GOSSIP_PING_REQ, 4) +
				  one_sent(&o, JSL_GOSSIP_PING_REQ, 5) +
				  one_sent(&o, JSL_GOSSIP_PING_REQ, 6),
			  JSL_GOSSIP__INDIRECT);
	nacks(&o, 1);
	one_run_ms(&o, 490);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	one_run_ms(&o, 10);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_FAILED);
	one_deinit(&o);
}
END_TEST

START_TEST(a_refused_connection_alone_declares_nobody)
{
	struct one o;

	setup(&o, 6, all_but_2);
	refuse(&o, 2);
	one_run(&o, 30);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	refuse(&o, 999);
	refuse(&o, ONE_ID);
	ck_assert_uint_eq(o.n_changes, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(an_answer_takes_the_haste_out_of_a_refusal)
{
	struct jsl_gossip_message ack = one_message(2, JSL_GOSSIP_ACK);
	struct one o;

	setup(&o, 6, all_but_2);
	refuse(&o, 2);
	ack.seq = one_last(&o, JSL_GOSSIP_PING, 2)->seq;
	one_receive(&o, &ack);
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT));
	one_run_ms(&o, 600);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	one_deinit(&o);
}
END_TEST

static size_t n_pings(const struct one *o, uint64_t seq)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_messages; i++)
		n += o->messages[i].kind == JSL_GOSSIP_PING && o->messages[i].seq == seq;
	return n;
}

START_TEST(it_probes_for_others)
{
	struct jsl_gossip_message req = one_message(3, JSL_GOSSIP_PING_REQ), ack;
	struct one o;

	setup(&o, 4, all_but_2);
	req.seq = 1234;
	req.target = 2;
	req.target_addr = one_addr(2);
	one_receive(&o, &req);
	ack = one_message(2, JSL_GOSSIP_ACK);
	ack.seq = one_last(&o, JSL_GOSSIP_PING, 2)->seq;
	one_receive(&o, &ack);
	ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_ACK, 3)->seq, 1234);
	ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_ACK, 3)->target, 2);

	one_receive(&o, &req);
	ack.seq = one_last(&o, JSL_GOSSIP_PING, 2)->seq;
	one_run_ms(&o, 240);
	ck_assert_uint_eq(n_pings(&o, ack.seq), 2);
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_NACK, 3), 0);
	one_run_ms(&o, 20);
	ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_NACK, 3)->seq, 1234);
	ck_assert_uint_eq(one_last(&o, JSL_GOSSIP_NACK, 3)->target, 2);
	one_deinit(&o);
}
END_TEST

START_TEST(it_probes_for_members_only)
{
	struct jsl_gossip_message req = one_message(77, JSL_GOSSIP_PING_REQ);
	struct one o;

	setup(&o, 4, all);
	req.seq = 1;
	req.target = 2;
	req.target_addr = one_addr(2);
	one_receive(&o, &req);
	ck_assert_uint_eq(o.n_messages, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(a_node_that_hears_nobody_grows_patient)
{
	struct one o;

	setup(&o, 8, NULL);
	one_run(&o, 3);
	ck_assert_uint_eq(o.g->health, JSL_GOSSIP__HEALTH_MAX);
	o.answers = all;
	one_run(&o, 30);
	ck_assert_uint_eq(o.g->health, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(patience_stretches_the_period)
{
	struct one o;
	size_t pings = 0;

	setup(&o, 8, all);
	o.g->health = JSL_GOSSIP__HEALTH_MAX;
	o.n_messages = 0;
	one_run(&o, 2);
	for (uint64_t id = 2; id <= 8; id++)
		pings += one_sent(&o, JSL_GOSSIP_PING, id);
	ck_assert_uint_ge(pings, 1);
	ck_assert_uint_le(pings, 4); /* of 14 */
	one_deinit(&o);
}
END_TEST

SUITE_MAIN("gossip_probe", a_small_cluster_is_probed_whole_each_period,
	   a_large_cluster_costs_one_probe_a_period,
	   silence_leads_to_indirect_probes_then_to_suspicion,
	   nacks_from_all_end_the_wait, a_lost_ping_is_repeated,
	   a_relayed_ack_is_an_answer, suspicion_needs_a_second_word,
	   a_nack_is_a_second_word, without_a_third_member_one_word_is_enough,
	   confirmations_shrink_the_suspicion, a_suspect_hears_it_from_who_pings_it,
	   a_refused_connection_is_checked_by_others_at_once,
	   a_refused_connection_alone_declares_nobody,
	   an_answer_takes_the_haste_out_of_a_refusal, it_probes_for_others,
	   it_probes_for_members_only, a_node_that_hears_nobody_grows_patient,
	   patience_stretches_the_period)
