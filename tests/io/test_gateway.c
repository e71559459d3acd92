/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POST /compileandrun and GET /cluster-info against a fake cluster: each row of
 * interface.md's tables, and what reaches the cluster.
 */

#include "config.h"

#include "gateway_fixture.h"
#include "../lib/suite.h"

#define OK(text)                                                                 \
	{                                                                        \
		.status = JSL_STATUS_OK, .entry = JSL_ENTRY_MAIN, .message = "", \
		.detail = "", .output = {.data = text, .len = sizeof(text) - 1}, \
	}

START_TEST(runs_a_program)
{
	struct jsl_result result = OK("hello\n");
	struct jsl_spec *spec = NULL;
	struct fixture f;
	struct client c;

	fixture_init(&f);
	c = fixture_post(&f, JAVA, "class A {}");
	fixture_until(&f, 1, 0);
	ck_assert_uint_eq(f.cluster.jobs[0].wait_ms, 1234);
	ck_assert_int_eq(jsl_spec_decode(&spec, jsl_blob_data(f.cluster.jobs[0].payload),
					 jsl_blob_len(f.cluster.jobs[0].payload)),
			 0);
	ck_assert_uint_eq(spec->n_sources, 1);
	ck_assert_uint_eq(spec->sources[0].len, 10);
	ck_assert_mem_eq(spec->sources[0].data, "class A {}", 10);
	ck_assert_uint_eq(spec->limits.wall_ms, 0);
	jsl_spec_free(spec);
	result.compile_us = 12345;
	result.run_us = 2000;
	fake_finish(&f.cluster, 0, &result);
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert_str_eq(fixture_body(&c), "hello\n");
	ck_assert(fixture_has(&c, "Cached-Response: false"));
	ck_assert(fixture_has(&c, "JSL-Job-Id: 01010101010101010101010101010101"));
	ck_assert(fixture_has(&c, "JSL-Worker: 2"));
	ck_assert(fixture_has(&c, "JSL-Epoch: 3"));
	ck_assert(fixture_has(&c, "JSL-Attempts: 1"));
	ck_assert(fixture_has(
		&c, "Server-Timing: queue;dur=1.500, compile;dur=12.345, run;dur=2.000"));
	ck_assert(fixture_has(&c, "Content-Type: text/plain; charset=utf-8"));
	ck_assert(fixture_has(&c, "X-Content-Type-Options: nosniff"));
	client_close(&c);
	fixture_deinit(&f);
}
END_TEST

static int post_status(struct fixture *f, const char *headers, const char *source)
{
	struct client c = fixture_post(f, headers, source);
	int status;

	client_hear(&c, 1);
	status = client_status(&c);
	ck_assert(fixture_has(&c, "Cached-Response: false"));
	client_close(&c);
	return status;
}

START_TEST(refuses_what_is_no_java_source)
{
	struct fixture f;

	fixture_init(&f);
	ck_assert_int_eq(post_status(&f, "", "class A {}"), 400);
	ck_assert_int_eq(post_status(&f, "Content-Type: text/plain\r\n", "x"), 400);
	ck_assert_int_eq(post_status(&f, "Content-Type: text/x-java-sourcecode\r\n", "x"),
			 400);
	ck_assert_int_eq(
		post_status(&f, "Content-Type: multipart/form-data; boundary=x\r\n", "x"),
		400);
	ck_assert_uint_eq(f.cluster.submitted, 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(takes_the_type_in_any_case_and_with_parameters)
{
	static const char *const types[] = {
		"Content-Type: TEXT/X-Java-Source\r\n",
		"content-type: text/x-java-source; charset=utf-8\r\n",
		"Content-Type:text/x-java-source ;x=y\r\n",
	};
	struct fixture f;

	fixture_init(&f);
	for (unsigned int i = 0; i < 3; i++) {
		struct client c = fixture_post(&f, types[i], i == 0 ? "" : types[i]);

		fixture_until(&f, i + 1, i);
		client_close(&c);
		fixture_until(&f, i + 1, i + 1);
	}
	fixture_deinit(&f);
}
END_TEST

/* Path, then method, then size, then type. */
START_TEST(checks_in_the_order_of_the_interface)
{
#define AT "HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	struct fixture f;
	struct client c;

	fixture_init(&f);
	ck_assert_int_eq(client_once(f.base, f.port,
				     "POST /run " AT "Content-Length: 20000\r\n\r\n"),
			 404);
	ck_assert_int_eq(client_once(f.base, f.port,
				     "PUT /compileandrun " AT
				     "Content-Length: 20000\r\n\r\n"),
			 405);
	ck_assert_int_eq(client_once(f.base, f.port,
				     "POST /compileandrun " AT
				     "Content-Length: 20000\r\n\r\n"),
			 413);
	fixture_get(&f, &c, "/compileandrun", "");
	ck_assert_int_eq(client_status(&c), 405);
	ck_assert(fixture_has(&c, "Allow: POST"));
	ck_assert(fixture_has(&c, "Cached-Response: false"));
	client_close(&c);
	ck_assert_int_eq(client_once(f.base, f.port, "DELETE /cluster-info " AT "\r\n"),
			 405);
	ck_assert_uint_eq(f.cluster.submitted, 0);
	fixture_deinit(&f);
}
END_TEST

/* One job, ended as @end says; its answer. */
static struct client post_end(struct fixture *f, const char *headers,
			      const struct jsl_queue_message *end)
{
	unsigned int i = f->cluster.submitted;
	struct client c = fixture_post(f, headers, "class A {}");

	fixture_until(f, i + 1, 0);
	fake_end(&f->cluster, i, end);
	client_hear(&c, 1);
	return c;
}

static const struct {
	struct jsl_queue_message end;
	uint64_t epoch; /* of the leader */
	int status;
	bool retry;
	const char *body;
} ends[] = {
	{{.outcome = JSL_QUEUE_EXPIRED}, 3, 504, false, "Not started within 1234 ms"},
	{{.outcome = JSL_QUEUE_EXPIRED}, 0, 503, true, "There is no leader"},
	{{.outcome = JSL_QUEUE_CANCELLED}, 3, 503, false, "cancelled"},
	{{.outcome = JSL_QUEUE_REJECTED,
	  .reason = JSL_QUEUE_FULL,
	  .retry_after_ms = 2500},
	 3,
	 503,
	 true,
	 "The queue is full"},
	{{.outcome = JSL_QUEUE_QUARANTINED,
	  .deaths = 2,
	  .attempt = 2,
	  .n_tried = 2,
	  .tried = {4, 5}},
	 3,
	 400,
	 false,
	 "2 workers failed while they ran it (4, 5)"},
};

#define VERDICTS(status) "gateway_verdicts_total{status=\"" status "\"}"

START_TEST(answers_for_the_cluster)
{
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct client c;

		f.cluster.leader.epoch = ends[i].epoch;
		c = post_end(&f, JAVA, &ends[i].end);
		ck_assert_int_eq(client_status(&c), ends[i].status);
		ck_assert_msg(strstr(fixture_body(&c), ends[i].body) != NULL, "%s",
			      c.text);
		ck_assert_int_eq(strstr(c.text, "Retry-After: ") != NULL, ends[i].retry);
		ck_assert(fixture_has(&c, "Cached-Response: false"));
		client_close(&c);
	}
	ck_assert_uint_eq(f.cluster.submitted, sizeof(ends) / sizeof(ends[0]));
	ck_assert(fixture_metric(&f, "gateway_full_total") == 1);
	ck_assert(fixture_metric(&f, VERDICTS("expired")) == 2);
	ck_assert(fixture_metric(&f, VERDICTS("cancelled")) == 2);
	ck_assert(fixture_metric(&f, VERDICTS("quarantined")) == 1);
	ck_assert(fixture_metric(&f, VERDICTS("ok")) == 0);
	ck_assert(fixture_metric(&f, "gateway_job_seconds_count") == 0);
	fixture_deinit(&f);
}
END_TEST

START_TEST(jobs_are_counted_by_verdict_and_time)
{
	struct jsl_result result = OK("out");
	struct fixture f;
	struct client c;

	fixture_init(&f);
	for (unsigned int i = 0; i < 3; i++) {
		char source[] = "class A {}";

		source[6] = (char)('A' + i);
		c = fixture_post(&f, JAVA, source);
		fixture_until(&f, i + 1, 0);
		result.compile_us = 20000;
		result.run_us = i < 2 ? 40000 : 300000000;
		result.status = i < 2 ? JSL_STATUS_OK : JSL_STATUS_NO_SANDBOX;
		fake_finish(&f.cluster, i, &result);
		client_hear(&c, 1);
		client_close(&c);
	}
	ck_assert(fixture_metric(&f, VERDICTS("ok")) == 2);
	ck_assert(fixture_metric(&f, VERDICTS("no_sandbox")) == 1);
	ck_assert(fixture_metric(&f, VERDICTS("internal")) == 0);
	ck_assert(fixture_metric(&f, "gateway_job_seconds_bucket{le=\"0.05\"}") == 0);
	ck_assert(fixture_metric(&f, "gateway_job_seconds_bucket{le=\"0.1\"}") == 2);
	ck_assert(fixture_metric(&f, "gateway_job_seconds_bucket{le=\"120\"}") == 2);
	ck_assert(fixture_metric(&f, "gateway_job_seconds_bucket{le=\"+Inf\"}") == 3);
	ck_assert(fixture_metric(&f, "gateway_job_seconds_count") == 3);
	ck_assert(fixture_metric(&f, "gateway_job_seconds_sum") > 300.13);
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_garbled_result_is_internal)
{
	struct jsl_queue_message end = {.outcome = JSL_QUEUE_DONE};
	struct fixture f;
	struct client c;

	fixture_init(&f);
	end.payload = jsl_blob_new("\xff\xff\xff", 3);
	c = post_end(&f, JAVA, &end);
	ck_assert_int_eq(client_status(&c), 500);
	jsl_blob_unref(end.payload);
	client_close(&c);
	fixture_deinit(&f);
}
END_TEST

START_TEST(a_full_submitter_is_503)
{
	struct fixture f;
	struct client c;

	fixture_init(&f);
	f.cluster.refuse = -ENOBUFS;
	c = fixture_post(&f, JAVA, "x");
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 503);
	ck_assert(fixture_has(&c, "Retry-After: 1"));
	ck_assert(fixture_has(&c, "Cached-Response: false"));
	client_close(&c);
	ck_assert(fixture_metric(&f, "gateway_full_total") == 1);
	fixture_deinit(&f);
}
END_TEST

START_TEST(json_carries_the_same_code)
{
	struct jsl_result result = OK("out\xff");
	struct jsl_queue_message expired = {.outcome = JSL_QUEUE_EXPIRED};
	struct fixture f;
	struct client c;

	fixture_init(&f);
	c = fixture_post(&f, JAVA JSON, "class A {}");
	fixture_until(&f, 1, 0);
	result.status = JSL_STATUS_NONZERO_EXIT;
	result.message = "Exited with code 3";
	result.exit_code = 3;
	fake_finish(&f.cluster, 0, &result);
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 400);
	ck_assert(fixture_has(&c, "Content-Type: application/json"));
	ck_assert_ptr_nonnull(strstr(c.text, "\"status\":\"nonzero_exit\""));
	ck_assert_ptr_nonnull(strstr(c.text, "\"exit_code\":3"));
	ck_assert_ptr_nonnull(strstr(c.text, "\"stdout\":\"out\xef\xbf\xbd\""));
	ck_assert_ptr_nonnull(strstr(c.text, "\"stdout_base64\":\"b3V0/w==\""));
	ck_assert_ptr_nonnull(strstr(c.text, "\"cached\":false"));
	client_close(&c);
	c = fixture_post(&f, JAVA JSON, "class A {}");
	client_hear(&c, 1);
	ck_assert(fixture_has(&c, "Cached-Response: true"));
	ck_assert_ptr_nonnull(strstr(c.text, "\"cached\":true"));
	client_close(&c);
	jsl_gateway_changed(f.gateway);
	c = post_end(&f, JAVA JSON "JSL-Wall-Ms: 7\r\n", &expired);
	ck_assert_int_eq(client_status(&c), 504);
	ck_assert_ptr_nonnull(strstr(c.text, "\"status\":\"expired\""));
	client_close(&c);
	fixture_deinit(&f);
}
END_TEST

START_TEST(shows_the_cluster)
{
	struct fixture f;
	struct client c;

	fixture_init(&f);
	fixture_get(&f, &c, "/cluster-info", "");
	ck_assert_str_eq(fixture_body(&c), "Server 2 - FOLLOWING\nServer 7 - LEADING\n"
					   "Server 100 - OBSERVING\n");
	client_close(&c);
	fixture_get(&f, &c, "/cluster-info",
		    "Accept: text/html, application/json;q=0.9\r\n");
	ck_assert_str_eq(
		fixture_body(&c),
		"{\"epoch\":3,\"leader\":7,\"nodes\":["
		"{\"id\":2,\"role\":\"FOLLOWING\",\"address\":\"127.0.0.1:8000\"},"
		"{\"id\":7,\"role\":\"LEADING\",\"address\":\"127.0.0.1:8010\"},"
		"{\"id\":100,\"role\":\"OBSERVING\",\"address\":\"127.0.0.1:8020\"}]}\n");
	client_close(&c);
	f.cluster.leader = (struct jsl_election_leader){0};
	fixture_get(&f, &c, "/cluster-info", JSON);
	ck_assert_ptr_nonnull(strstr(c.text, "{\"epoch\":0,\"leader\":null,"));
	client_close(&c);
	fixture_deinit(&f);
}
END_TEST

START_TEST(tells_health_and_readiness_and_counts)
{
	struct fixture f;
	struct client c;

	fixture_init(&f);
	fixture_get(&f, &c, "/readyz", "");
	ck_assert_int_eq(client_status(&c), 200);
	client_close(&c);
	f.cluster.ready = false;
	fixture_get(&f, &c, "/readyz", "");
	ck_assert_int_eq(client_status(&c), 503);
	client_close(&c);
	fixture_get(&f, &c, "/healthz", "");
	ck_assert_int_eq(client_status(&c), 200);
	client_close(&c);
	fixture_get(&f, &c, "/logs/summary", "");
	ck_assert_int_eq(client_status(&c), 404); /* this one has no log */
	client_close(&c);
	fixture_get(&f, &c, "/metrics", "");
	ck_assert(fixture_has(&c,
			      "Content-Type: text/plain; version=0.0.4; charset=utf-8"));
	ck_assert_ptr_nonnull(strstr(c.text, "# TYPE jsl_http_requests_total counter\n"
					     "jsl_http_requests_total 5\n"));
	ck_assert_ptr_nonnull(strstr(c.text, "# HELP jsl_cache_entries "));
	client_close(&c);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("gateway", runs_a_program, refuses_what_is_no_java_source,
	   takes_the_type_in_any_case_and_with_parameters,
	   checks_in_the_order_of_the_interface, answers_for_the_cluster,
	   jobs_are_counted_by_verdict_and_time, a_garbled_result_is_internal,
	   a_full_submitter_is_503, json_carries_the_same_code, shows_the_cluster,
	   tells_health_and_readiness_and_counts)
