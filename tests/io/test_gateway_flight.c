/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Identical requests: one job for those in flight, the cache for those after,
 * and when the cache is emptied.
 */

#include "config.h"

#include "gateway_fixture.h"
#include "../lib/suite.h"

static const struct jsl_result ok = {
	.status = JSL_STATUS_OK,
	.entry = JSL_ENTRY_MAIN,
	.message = "",
	.detail = "",
	.output = {.data = "done", .len = 4},
};

START_TEST(six_identical_run_once)
{
	unsigned int cached = 0, fresh = 0;
	struct client c[6];
	struct fixture f;

	fixture_init(&f);
	for (int i = 0; i < 6; i++)
		c[i] = fixture_post(&f, JAVA, "class A {}");
	fixture_settle(&f);
	ck_assert_uint_eq(f.cluster.submitted, 1);
	fake_finish(&f.cluster, 0, &ok);
	for (int i = 0; i < 6; i++) {
		client_hear(&c[i], 1);
		ck_assert_int_eq(client_status(&c[i]), 200);
		ck_assert_str_eq(fixture_body(&c[i]), "done");
		cached += fixture_has(&c[i], "Cached-Response: true");
		fresh += fixture_has(&c[i], "Cached-Response: false");
		client_close(&c[i]);
	}
	ck_assert_uint_eq(fresh, 1);
	ck_assert_uint_eq(cached, 5);
	fixture_deinit(&f);
}
END_TEST

static bool from_cache(struct fixture *f, const char *headers, const char *source)
{
	unsigned int submitted = f->cluster.submitted;
	struct client c = fixture_post(f, headers, source);
	bool cached;

	fixture_settle(f);
	if (f->cluster.submitted > submitted)
		fake_finish(&f->cluster, submitted, &ok);
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert(fixture_has(&c, "JSL-Worker: 2"));
	cached = fixture_has(&c, "Cached-Response: true");
	ck_assert(cached == (f->cluster.submitted == submitted));
	client_close(&c);
	return cached;
}

START_TEST(what_can_change_the_result_is_in_the_key)
{
	struct fixture f;

	fixture_init(&f);
	ck_assert(!from_cache(&f, JAVA, "class A {}"));
	ck_assert(from_cache(&f, JAVA, "class A {}"));
	ck_assert(!from_cache(&f, JAVA, "class A {} "));
	ck_assert(!from_cache(&f, JAVA "JSL-Wall-Ms: 100\r\n", "class A {}"));
	ck_assert(from_cache(&f, JAVA "JSL-Wall-Ms: 100\r\n", "class A {}"));
	ck_assert(from_cache(&f, JAVA "JSL-Wall-Ms: 60000\r\n", "class A {}"));
	ck_assert(!from_cache(&f, JAVA "JSL-Memory-Mb: 100\r\n", "class A {}"));
	ck_assert(from_cache(&f, JAVA "X-Other: 1\r\n", "class A {}"));
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_hit_needs_no_leader)
{
	struct fixture f;

	fixture_init(&f);
	ck_assert(!from_cache(&f, JAVA, "class A {}"));
	f.cluster.leader = (struct jsl_election_leader){0};
	f.cluster.n_infos = 0;
	f.cluster.app_hash = 99;
	jsl_gateway_changed(f.gateway);
	ck_assert(from_cache(&f, JAVA, "class A {}"));
	fixture_deinit(&f);
}
END_TEST

START_TEST(another_leader_or_other_jdks_empty_it)
{
	struct fixture f;

	fixture_init(&f);
	ck_assert(!from_cache(&f, JAVA, "class A {}"));
	jsl_gateway_changed(f.gateway);
	ck_assert(from_cache(&f, JAVA, "class A {}"));
	f.cluster.leader.epoch++; /* the same reign (R10) */
	jsl_gateway_changed(f.gateway);
	ck_assert(from_cache(&f, JAVA, "class A {}"));
	f.cluster.leader = (struct jsl_election_leader){.epoch = 4, .id = 6, .since = 4};
	jsl_gateway_changed(f.gateway);
	ck_assert(!from_cache(&f, JAVA, "class A {}"));
	ck_assert(from_cache(&f, JAVA, "class A {}"));
	f.cluster.app_hash = 99;
	jsl_gateway_changed(f.gateway);
	ck_assert(!from_cache(&f, JAVA, "class A {}"));
	fixture_deinit(&f);
}
END_TEST

/* A job that started before the cache was emptied does not fill it. */
START_TEST(an_old_flight_is_not_kept)
{
	struct fixture f;
	struct client c;

	fixture_init(&f);
	c = fixture_post(&f, JAVA, "class A {}");
	fixture_until(&f, 1, 0);
	f.cluster.app_hash = 99;
	jsl_gateway_changed(f.gateway);
	fake_finish(&f.cluster, 0, &ok);
	client_hear(&c, 1);
	client_close(&c);
	ck_assert(!from_cache(&f, JAVA, "class A {}"));
	fixture_deinit(&f);
}
END_TEST

static const struct {
	enum jsl_status status;
	bool kept;
} statuses[] = {
	{JSL_STATUS_OK, true},
	{JSL_STATUS_COMPILE_ERROR, true},
	{JSL_STATUS_COMPILE_LIMIT, false},
	{JSL_STATUS_EXCEPTION, true},
	{JSL_STATUS_NONZERO_EXIT, true},
	{JSL_STATUS_SIGNAL, false},
	{JSL_STATUS_TIME_LIMIT, false},
	{JSL_STATUS_MEMORY_LIMIT, false},
	{JSL_STATUS_INTERNAL, false},
	{JSL_STATUS_NO_SANDBOX, false},
};

START_TEST(only_outcomes_of_the_program_are_kept)
{
	struct fixture f;

	fixture_init(&f);
	for (unsigned int i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct jsl_result result = ok;
		unsigned int n = f.cluster.submitted;
		struct client c;
		char source[32];

		snprintf(source, sizeof(source), "class A%u {}", i);
		result.status = statuses[i].status;
		result.message = "why";
		c = fixture_post(&f, JAVA, source);
		fixture_until(&f, n + 1, 0);
		fake_finish(&f.cluster, n, &result);
		client_hear(&c, 1);
		client_close(&c);
		ck_assert_msg(from_cache(&f, JAVA, "class B {}") || i == 0, "%u", i);
		c = fixture_post(&f, JAVA, source);
		fixture_settle(&f);
		ck_assert_msg((f.cluster.submitted == n + 1 + (i == 0)) ==
				      statuses[i].kept,
			      "%u", i);
		if (!statuses[i].kept)
			fake_finish(&f.cluster, f.cluster.submitted - 1, &ok);
		client_hear(&c, 1);
		client_close(&c);
	}
	fixture_deinit(&f);
}
END_TEST

START_TEST(the_last_one_who_leaves_cancels)
{
	struct client a, b;
	struct fixture f;

	fixture_init(&f);
	a = fixture_post(&f, JAVA, "class A {}");
	b = fixture_post(&f, JAVA, "class A {}");
	fixture_settle(&f);
	ck_assert_uint_eq(f.cluster.submitted, 1);
	client_close(&a);
	fixture_settle(&f);
	fixture_settle(&f);
	ck_assert_uint_eq(f.cluster.cancelled, 0);
	client_close(&b);
	fixture_until(&f, 1, 1);
	a = fixture_post(&f, JAVA, "class A {}");
	fixture_until(&f, 2, 1);
	fake_finish(&f.cluster, 1, &ok);
	client_hear(&a, 1);
	ck_assert_int_eq(client_status(&a), 200);
	client_close(&a);
	fixture_deinit(&f);
}
END_TEST

START_TEST(who_stays_gets_the_fresh_answer)
{
	struct client a, b;
	struct fixture f;

	fixture_init(&f);
	a = fixture_post(&f, JAVA, "class A {}");
	fixture_until(&f, 1, 0);
	b = fixture_post(&f, JAVA, "class A {}");
	fixture_settle(&f);
	client_close(&a);
	fixture_settle(&f);
	fixture_settle(&f);
	fake_finish(&f.cluster, 0, &ok);
	client_hear(&b, 1);
	ck_assert(fixture_has(&b, "Cached-Response: false"));
	client_close(&b);
	fixture_deinit(&f);
}
END_TEST

START_TEST(free_cancels_what_is_in_flight)
{
	struct fixture f;
	struct client c;

	fixture_init(&f);
	c = fixture_post(&f, JAVA, "class A {}");
	fixture_until(&f, 1, 0);
	jsl_gateway_free(f.gateway);
	f.gateway = NULL;
	ck_assert_uint_eq(f.cluster.cancelled, 1);
	client_close(&c);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("gateway flights", six_identical_run_once,
	   what_can_change_the_result_is_in_the_key, a_hit_needs_no_leader,
	   another_leader_or_other_jdks_empty_it, an_old_flight_is_not_kept,
	   only_outcomes_of_the_program_are_kept, the_last_one_who_leaves_cancels,
	   who_stays_gets_the_fresh_answer, free_cancels_what_is_in_flight)
