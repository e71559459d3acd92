/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence of life from elsewhere (G5): who acks the leader's heartbeats is not dead,
 * whatever becomes of pings.
 */

#include "gossip_one.h"
#include "../lib/suite.h"

static bool all_but_2(uint64_t id)
{
	return id != 2;
}

static void setup(struct one *o)
{
	one_init(o);
	for (uint64_t id = 2; id <= 5; id++)
		one_joins(o, id);
	o->answers = all_but_2;
	o->n_messages = o->n_changes = 0;
}

static void heard(struct one *o, uint64_t id, uint64_t boot)
{
	one_step(o, (struct jsl_gossip_event){
			    .type = JSL_GOSSIP_EV_HEARD, .id = id, .boot = boot});
}

START_TEST(who_is_heard_elsewhere_is_not_suspected)
{
	struct one o;

	setup(&o);
	for (int i = 0; i < 100; i++) {
		one_run_ms(&o, 100);
		heard(&o, 2, 1);
	}
	ck_assert_uint_eq(o.n_changes, 0);
	ck_assert_uint_eq(o.g->health, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(who_is_heard_elsewhere_is_not_declared_failed)
{
	struct one o;

	setup(&o);
	for (uint64_t accuser = 3; accuser <= 5; accuser++) {
		struct jsl_gossip_entry e = one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT);

		e.accuser = accuser;
		one_says(&o, accuser, e);
	}
	for (int i = 0; i < 100; i++) {
		one_run_ms(&o, 100);
		heard(&o, 2, 1);
	}
	/* Only its own word ends the suspicion. */
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	one_run(&o, 2);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_FAILED);
	one_deinit(&o);
}
END_TEST

START_TEST(an_earlier_life_that_was_heard_proves_nothing)
{
	struct one o;

	setup(&o);
	one_says(&o, 2, one_entry(2, 2, 1, JSL_GOSSIP_ALIVE));
	for (int i = 0; i < 50; i++) {
		one_run_ms(&o, 100);
		heard(&o, 2, 1);
		heard(&o, ONE_ID, ONE_BOOT);
		heard(&o, 77, 1);
	}
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	one_deinit(&o);
}
END_TEST

SUITE_MAIN("gossip_heard", who_is_heard_elsewhere_is_not_suspected,
	   who_is_heard_elsewhere_is_not_declared_failed,
	   an_earlier_life_that_was_heard_proves_nothing)
