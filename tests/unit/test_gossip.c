/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which news a node accepts, from whom, and what it answers. The others are played
 * by messages, see gossip_one.h.
 */

#include <string.h>

#include <jsl/err.h>

#include "gossip_one.h"
#include "../lib/suite.h"

START_TEST(own_row_is_in_the_table)
{
	struct one o;
	const struct jsl_gossip_entry *row;

	one_init(&o);
	row = jsl_gossip_member(o.g, ONE_ID);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(row->state, JSL_GOSSIP_ALIVE);
	ck_assert_ptr_eq(jsl_gossip_next(o.g, 0), row);
	ck_assert_ptr_null(jsl_gossip_next(o.g, ONE_ID));
	ck_assert_ptr_null(jsl_gossip_next(o.g, UINT64_MAX));
	ck_assert_uint_eq(jsl_gossip_view(o.g), 0);
	one_deinit(&o);
}
END_TEST

START_TEST(failed_triple_is_final)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_fails(&o, 2);
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_ALIVE));
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT));
	one_says(&o, 2, one_entry(2, 1, 1, JSL_GOSSIP_ALIVE));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_FAILED);
	ck_assert_uint_eq(o.n_changes, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(tells_a_suspicion_that_ended_from_a_death)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	ck_assert_int_eq(o.changes[0].was, 0);
	one_joins(&o, 3);
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT));
	ck_assert_int_eq(o.changes[0].was, JSL_GOSSIP_ALIVE);
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_ALIVE));
	ck_assert(one_changed(&o, JSL_GOSSIP_RECOVERED, 2));
	ck_assert_int_eq(o.changes[0].was, JSL_GOSSIP_SUSPECT);
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_SUSPECT));
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_FAILED));
	one_says(&o, 3, one_entry(2, 1, 9, JSL_GOSSIP_ALIVE));
	ck_assert(one_changed(&o, JSL_GOSSIP_RECOVERED, 2));
	ck_assert_int_eq(o.changes[0].was, JSL_GOSSIP_FAILED);
	one_deinit(&o);
}
END_TEST

START_TEST(owner_lives_on_by_raising_its_incarnation)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_fails(&o, 2);
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_ALIVE));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	ck_assert(one_changed(&o, JSL_GOSSIP_RECOVERED, 2));
	one_deinit(&o);
}
END_TEST

START_TEST(owner_refutes_by_incarnation)
{
	static const enum jsl_gossip_state words[] = {JSL_GOSSIP_SUSPECT,
						      JSL_GOSSIP_FAILED, JSL_GOSSIP_LEFT};
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	for (uint64_t i = 0; i < 3; i++) {
		const struct jsl_gossip_entry *said;

		one_says(&o, 2, one_entry(ONE_ID, ONE_BOOT, 1 + i, words[i]));
		ck_assert_uint_eq(jsl_gossip_member(o.g, ONE_ID)->incarnation, 2 + i);
		said = one_said(&o, 2, ONE_ID);
		ck_assert_ptr_nonnull(said);
		ck_assert_int_eq(said->state, JSL_GOSSIP_ALIVE);
		ck_assert_uint_eq(said->incarnation, 2 + i);
	}
	/* An old accusation needs no new incarnation, only an answer. */
	one_says(&o, 2, one_entry(ONE_ID, ONE_BOOT, 2, JSL_GOSSIP_FAILED));
	ck_assert_uint_eq(jsl_gossip_member(o.g, ONE_ID)->incarnation, 4);
	ck_assert_ptr_nonnull(one_said(&o, 2, ONE_ID));
	ck_assert_uint_eq(o.n_changes, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(higher_boot_supersedes)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_says(&o, 3, one_entry(2, 1, 7, JSL_GOSSIP_SUSPECT));
	one_says(&o, 3, one_entry(2, 2, 1, JSL_GOSSIP_ALIVE));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->incarnation, 1);
	ck_assert(one_changed(&o, JSL_GOSSIP_JOINED, 2));
	one_says(&o, 3, one_entry(2, 1, 9, JSL_GOSSIP_FAILED));
	one_says(&o, 3, one_entry(2, 1, 9, JSL_GOSSIP_LEFT));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->boot, 2);
	one_deinit(&o);
}
END_TEST

START_TEST(a_message_of_an_earlier_boot_changes_nothing)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 4);
	one_says(&o, 2, one_entry(2, 5, 1, JSL_GOSSIP_ALIVE));
	o.boot = 4;
	one_says(&o, 2, one_entry(4, 1, 1, JSL_GOSSIP_SUSPECT));
	ck_assert_int_eq(o.refused, JSL_E_STALE);
	ck_assert_int_eq(one_state(&o, 4), JSL_GOSSIP_ALIVE);
	ck_assert_uint_eq(o.n_messages, 0);
	one_deinit(&o);
}
END_TEST

START_TEST(left_is_not_failed)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_says(&o, 2, one_entry(2, 1, 2, JSL_GOSSIP_LEFT));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_LEFT);
	ck_assert(one_changed(&o, JSL_GOSSIP_GONE, 2));
	ck_assert(!one_changed(&o, JSL_GOSSIP_FAILURE, 2));
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_FAILED));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_LEFT);
	/* Nobody looks for it, neither before nor after it was cleaned up. */
	one_run(&o, 60);
	ck_assert(one_changed(&o, JSL_GOSSIP_CLEANED, 2));
	ck_assert_ptr_null(jsl_gossip_member(o.g, 2));
	ck_assert_uint_eq(one_sent(&o, JSL_GOSSIP_PING, 2), 0);
	one_deinit(&o);
}
END_TEST

START_TEST(stale_rumour_cannot_resurrect_cleaned_member)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_fails(&o, 2);
	one_run(&o, 40);
	ck_assert(one_changed(&o, JSL_GOSSIP_CLEANED, 2));
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_ALIVE));
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_SUSPECT));
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_FAILED));
	ck_assert_ptr_null(jsl_gossip_member(o.g, 2));
	ck_assert_uint_eq(o.n_changes, 0);
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_ALIVE));
	ck_assert(one_changed(&o, JSL_GOSSIP_RECOVERED, 2));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	one_deinit(&o);
}
END_TEST

START_TEST(the_dead_that_were_never_met_are_not_listed)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 3);
	one_says(&o, 3, one_entry(2, 4, 3, JSL_GOSSIP_FAILED));
	one_says(&o, 3, one_entry(2, 4, 3, JSL_GOSSIP_ALIVE));
	one_says(&o, 3, one_entry(2, 3, 9, JSL_GOSSIP_ALIVE));
	ck_assert_ptr_null(jsl_gossip_member(o.g, 2));
	ck_assert_uint_eq(o.n_changes, 0);
	one_says(&o, 3, one_entry(2, 5, 1, JSL_GOSSIP_ALIVE));
	ck_assert(one_changed(&o, JSL_GOSSIP_JOINED, 2));
	one_deinit(&o);
}
END_TEST

START_TEST(who_holds_it_alive_suspects_first)
{
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_FAILED));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	ck_assert_ptr_nonnull(one_said(&o, 2, 2));
	/* The verdict heard again is no second verdict. */
	one_says(&o, 3, one_entry(2, 1, 1, JSL_GOSSIP_FAILED));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_SUSPECT);
	one_says(&o, 2, one_entry(2, 1, 2, JSL_GOSSIP_ALIVE));
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_ALIVE);
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_FAILED));
	one_run(&o, 1);
	ck_assert_int_eq(one_state(&o, 2), JSL_GOSSIP_FAILED);
	one_deinit(&o);
}
END_TEST

START_TEST(news_from_owner_only_moves_address)
{
	struct jsl_gossip_entry e = one_entry(2, 1, 1, JSL_GOSSIP_ALIVE);
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	e.addr.port = 777;
	one_says(&o, 3, e);
	e.incarnation = 2;
	one_says(&o, 3, e);
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->addr.port, one_addr(2).port);
	ck_assert_uint_eq(o.n_changes, 0);
	one_says(&o, 2, e);
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->addr.port, 777);
	ck_assert(one_changed(&o, JSL_GOSSIP_UPDATED, 2));
	one_deinit(&o);
}
END_TEST

START_TEST(metadata_spreads_by_version)
{
	struct jsl_gossip_entry e = one_entry(2, 1, 1, JSL_GOSSIP_ALIVE);
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_joins(&o, 3);
	e.meta_version = 5;
	e.meta_len = 3;
	memcpy(e.meta, "new", 3);
	one_says(&o, 3, e);
	ck_assert(one_changed(&o, JSL_GOSSIP_UPDATED, 2));
	e.meta_version = 4;
	memcpy(e.meta, "old", 3);
	one_says(&o, 3, e);
	ck_assert_uint_eq(o.n_changes, 0);
	ck_assert_mem_eq(jsl_gossip_member(o.g, 2)->meta, "new", 3);
	/* A word that carries none leaves it as it is. */
	one_says(&o, 3, one_entry(2, 1, 2, JSL_GOSSIP_SUSPECT));
	ck_assert_uint_eq(jsl_gossip_member(o.g, 2)->meta_len, 3);
	one_deinit(&o);
}
END_TEST

START_TEST(own_metadata_is_told)
{
	struct jsl_gossip_event ev = {
		.type = JSL_GOSSIP_EV_META, .meta = "slots=4", .meta_len = 7};
	const struct jsl_gossip_entry *said;
	struct one o;

	one_init(&o);
	one_joins(&o, 2);
	one_run(&o, 3);
	one_give(&o, ev);
	one_run(&o, 1);
	said = one_said(&o, 2, ONE_ID);
	ck_assert_ptr_nonnull(said);
	ck_assert_uint_eq(said->meta_version, 2);
	ck_assert_mem_eq(said->meta, "slots=4", 7);
	one_deinit(&o);
}
END_TEST

START_TEST(changes_are_numbered_without_gaps)
{
	struct one o;

	one_init(&o);
	for (uint64_t id = 2; id < 10; id++)
		one_joins(&o, id);
	ck_assert_uint_eq(jsl_gossip_view(o.g), 8);
	one_fails(&o, 4);
	ck_assert_uint_eq(jsl_gossip_view(o.g), 10); /* suspected, failure */
	one_deinit(&o);
}
END_TEST

/* One for each, all different; what a later version may add has one as well. */
START_TEST(each_change_has_a_text)
{
	enum { LAST = JSL_GOSSIP_CONFLICT };
	const char *unknown = jsl_gossip_change_str((enum jsl_gossip_change_type)99);

	ck_assert_str_eq(jsl_gossip_change_str(JSL_GOSSIP_JOINED), "joined");
	ck_assert_str_eq(jsl_gossip_change_str(JSL_GOSSIP_FAILURE), "failed");
	for (int i = JSL_GOSSIP_JOINED; i <= LAST; i++) {
		const char *text = jsl_gossip_change_str((enum jsl_gossip_change_type)i);

		ck_assert_str_ne(text, unknown);
		for (int j = JSL_GOSSIP_JOINED; j < i; j++)
			ck_assert_str_ne(text, jsl_gossip_change_str(
						       (enum jsl_gossip_change_type)j));
	}
}
END_TEST

SUITE_MAIN("gossip", own_row_is_in_the_table, failed_triple_is_final,
	   tells_a_suspicion_that_ended_from_a_death,
	   owner_lives_on_by_raising_its_incarnation, owner_refutes_by_incarnation,
	   higher_boot_supersedes, a_message_of_an_earlier_boot_changes_nothing,
	   left_is_not_failed, stale_rumour_cannot_resurrect_cleaned_member,
	   the_dead_that_were_never_met_are_not_listed, who_holds_it_alive_suspects_first,
	   news_from_owner_only_moves_address, metadata_spreads_by_version,
	   own_metadata_is_told, changes_are_numbered_without_gaps,
	   each_change_has_a_text)
