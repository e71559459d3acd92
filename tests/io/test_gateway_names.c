/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Idempotency-Key: the same request under the same key gets the same answer, another
 * request under it is refused, and only what became of the program is remembered.
 */

#include "config.h"

#include "gateway_fixture.h"
#include "../lib/suite.h"

#define K1 JAVA "Idempotency-Key: one\r\n"
#define K2 JAVA "Idempotency-Key: two\r\n"

static struct jsl_result with_status(enum jsl_status status)
{
	return (struct jsl_result){
		.status = status,
		.entry = JSL_ENTRY_MAIN,
		.message = "why",
		.detail = "",
		.output = {.data = "done", .len = 4},
	};
}

/* The answer to a request that needs no new job. */
static int status_at_once(struct fixture *f, const char *headers, const char *source)
{
	unsigned int submitted = f->cluster.submitted;
	struct client c = fixture_post(f, headers, source);
	int status;

	client_hear(&c, 1);
	status = client_status(&c);
	ck_assert(fixture_has(&c, status == 422 ? "Cached-Response: false"
						: "Cached-Response: true"));
	ck_assert_uint_eq(f->cluster.submitted, submitted);
	client_close(&c);
	return status;
}

/* The answer to a request that is run, with @status as its verdict. */
static int status_of_run(struct fixture *f, const char *headers, const char *source,
			 enum jsl_status status)
{
	struct jsl_result result = with_status(status);
	unsigned int n = f->cluster.submitted;
	struct client c = fixture_post(f, headers, source);
	int code;

	fixture_until(f, n + 1, f->cluster.cancelled);
	fake_finish(&f->cluster, n, &result);
	client_hear(&c, 1);
	ck_assert(fixture_has(&c, "Cached-Response: false"));
	code = client_status(&c);
	client_close(&c);
	return code;
}

START_TEST(the_same_request_gets_the_same_answer)
{
	struct fixture f;

	fixture_init(&f);
	ck_assert_int_eq(status_of_run(&f, K1, "class A {}", JSL_STATUS_OK), 200);
	ck_assert_int_eq(status_of_run(&f, K2, "class B {}", JSL_STATUS_TIME_LIMIT), 400);
	f.cluster.leader = (struct jsl_election_leader){.epoch = 4, .id = 6, .since = 4};
	jsl_gateway_changed(f.gateway);
	ck_assert_int_eq(status_at_once(&f, K1, "class A {}"), 200);
	ck_assert_int_eq(status_at_once(&f, K2, "class B {}"), 400);
	/* Without the key, or under another one, it runs again. */
	ck_assert_int_eq(status_of_run(&f, JAVA, "class B {}", JSL_STATUS_OK), 200);
	fixture_deinit(&f);
}
END_TEST

START_TEST(another_request_under_a_used_key_is_refused)
{
	struct fixture f;
	struct client c;

	fixture_init(&f);
	ck_assert_int_eq(status_of_run(&f, K1, "class A {}", JSL_STATUS_OK), 200);
	ck_assert_int_eq(status_at_once(&f, K1, "class B {}"), 422);
	ck_assert_int_eq(status_at_once(&f, K1 "JSL-Wall-Ms: 5\r\n", "class A {}"), 422);
	c = fixture_post(&f, K2, "class B {}");
	fixture_until(&f, 2, 0);
	ck_assert_int_eq(status_at_once(&f, K2, "class C {}"), 422); /* on its way */
	client_close(&c);
	fixture_until(&f, 2, 1);
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_key_names_what_the_cache_answered)
{
	struct fixture f;

	fixture_init(&f);
	ck_assert_int_eq(status_of_run(&f, JAVA, "class A {}", JSL_STATUS_OK), 200);
	ck_assert_int_eq(status_at_once(&f, K1, "class A {}"), 200);
	ck_assert_int_eq(status_at_once(&f, K1, "class B {}"), 422);
	fixture_deinit(&f);
}
END_TEST

START_TEST(who_comes_again_in_flight_waits_for_it)
{
	struct jsl_result limit = with_status(JSL_STATUS_MEMORY_LIMIT);
	struct client a, b;
	struct fixture f;

	fixture_init(&f);
	a = fixture_post(&f, JAVA, "class A {}");
	fixture_until(&f, 1, 0);
	b = fixture_post(&f, K1, "class A {}");
	fixture_settle(&f);
	client_close(&a);
	fixture_settle(&f);
	fake_finish(&f.cluster, 0, &limit);
	client_hear(&b, 1);
	ck_assert_int_eq(client_status(&b), 400);
	client_close(&b);
	ck_assert_int_eq(status_at_once(&f, K1, "class A {}"), 400);
	fixture_deinit(&f);
}
END_TEST

START_TEST(failures_of_the_cluster_may_be_tried_again)
{
	const struct jsl_queue_message ends[] = {
		{.outcome = JSL_QUEUE_EXPIRED},
		{.outcome = JSL_QUEUE_REJECTED, .reason = JSL_QUEUE_FULL},
		{.outcome = JSL_QUEUE_CANCELLED},
	};
	struct fixture f;
	struct client c;

	fixture_init(&f);
	for (unsigned int i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		c = fixture_post(&f, K1, "class A {}");
		fixture_until(&f, i + 1, 0);
		fake_end(&f.cluster, i, &ends[i]);
		client_hear(&c, 1);
		ck_assert_int_ge(client_status(&c), 503);
		client_close(&c);
	}
	ck_assert_int_eq(status_of_run(&f, K1, "class A {}", JSL_STATUS_INTERNAL), 500);
	ck_assert_int_eq(status_of_run(&f, K1, "class A {}", JSL_STATUS_NO_SANDBOX), 503);
	ck_assert_int_eq(status_of_run(&f, K1, "class A {}", JSL_STATUS_CANCELLED), 503);
	ck_assert_int_eq(status_of_run(&f, K1, "class A {}", JSL_STATUS_OK), 200);
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_key_that_everybody_left_is_free)
{
	struct fixture f;
	struct client c;

	fixture_init(&f);
	c = fixture_post(&f, K1, "class A {}");
	fixture_until(&f, 1, 0);
	client_close(&c);
	fixture_until(&f, 1, 1);
	ck_assert_int_eq(status_of_run(&f, K1, "class B {}", JSL_STATUS_OK), 200);
	fixture_deinit(&f);
}
END_TEST

START_TEST(keys_are_bounded)
{
	enum { KEYS = 300 }; /* of some 200 bytes each, in 25 000 */
	struct fixture f;
	char headers[128];

	fixture_init(&f);
	ck_assert_int_eq(status_of_run(&f, K1, "class A {}", JSL_STATUS_OK), 200);
	for (int i = 0; i < KEYS; i++) {
		snprintf(headers, sizeof(headers), JAVA "Idempotency-Key: %d\r\n", i);
		ck_assert_int_eq(status_at_once(&f, headers, "class A {}"), 200);
	}
	ck_assert_int_eq(status_at_once(&f, headers, "class B {}"), 422);
	ck_assert_int_eq(status_of_run(&f, K1, "class B {}", JSL_STATUS_OK), 200);
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_job_carries_its_key_and_its_limit)
{
	struct client a, b;
	struct fixture f;

	fixture_init(&f);
	a = fixture_post(&f, K1 "JSL-Wall-Ms: 250\r\n", "class A {}");
	fixture_until(&f, 1, 0);
	b = fixture_post(&f, JAVA, "class A {}");
	fixture_until(&f, 2, 0);
	ck_assert_uint_eq(f.cluster.jobs[0].limit_ms, 10000 + 250);
	ck_assert_uint_eq(f.cluster.jobs[1].limit_ms, 10000 + 60000);
	ck_assert_mem_ne(&f.cluster.jobs[0].key, &f.cluster.jobs[1].key,
			 sizeof(f.cluster.jobs[0].key));
	client_close(&a);
	client_close(&b);
	fixture_until(&f, 2, 2);
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_key_is_given_once)
{
	struct fixture f;
	struct client c;

	fixture_init(&f);
	c = fixture_post(&f, K1 "Idempotency-Key: two\r\n", "class A {}");
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 400);
	client_close(&c);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("gateway idempotency keys", the_same_request_gets_the_same_answer,
	   another_request_under_a_used_key_is_refused,
	   a_key_names_what_the_cache_answered, who_comes_again_in_flight_waits_for_it,
	   failures_of_the_cluster_may_be_tried_again, a_key_that_everybody_left_is_free,
	   keys_are_bounded, a_job_carries_its_key_and_its_limit, a_key_is_given_once)
