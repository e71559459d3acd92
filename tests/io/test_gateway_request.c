/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a request asks for, and what of it reaches the cluster: limits, forms.
 */

#include "config.h"

#include "gateway_fixture.h"
#include "../lib/suite.h"

static void expect_refusal(struct fixture *f, const char *headers, const char *body,
			   const char *text)
{
	struct client c = fixture_post(f, headers, body);

	client_hear(&c, 1);
	ck_assert_msg(client_status(&c) == 400, "%s%s", headers, c.text);
	ck_assert_msg(strstr(fixture_body(&c), text) != NULL, "%s%s", headers, c.text);
	ck_assert(fixture_has(&c, "Cached-Response: false"));
	client_close(&c);
}

/* Post; the spec that the cluster gets, which is the first one. Free it. */
static struct jsl_spec *post_spec(struct fixture *f, const char *headers,
				  const char *body)
{
	struct client c = fixture_post(f, headers, body);
	struct jsl_spec *spec = NULL;

	fixture_until(f, 1, 0);
	ck_assert_int_eq(jsl_spec_decode(&spec, jsl_blob_data(f->cluster.jobs[0].payload),
					 jsl_blob_len(f->cluster.jobs[0].payload)),
			 0);
	client_close(&c);
	fixture_until(f, 1, 1);
	return spec;
}

#define LIMIT(name_, field)                                                 \
	{                                                                   \
		.name = name_, .offset = offsetof(struct jsl_limits, field) \
	}

/* All of them, with the limits as they are without a configuration. */
static const struct {
	const char *name;
	size_t offset;
} limits[] = {
	LIMIT("JSL-Compile-Wall-Ms", compile_wall_ms),
	LIMIT("JSL-Wall-Ms", wall_ms),
	LIMIT("JSL-Cpu-Ms", cpu_ms),
	LIMIT("JSL-Memory-Mb", memory_mb),
	LIMIT("JSL-Output-Kb", output_kb),
	LIMIT("JSL-Processes", processes),
};

/* The limits of a job that asks for @value, a whole number or text, of one limit. */
static struct jsl_limits ask(const char *name, const char *value)
{
	struct jsl_limits got;
	struct jsl_spec *spec;
	struct fixture f;
	char headers[256];

	fixture_init(&f);
	snprintf(headers, sizeof(headers), JAVA "%s: %s\r\n", name, value);
	spec = post_spec(&f, headers, "x");
	got = spec->limits;
	jsl_spec_free(spec);
	fixture_deinit(&f);
	return got;
}

START_TEST(each_limit_can_be_lowered_and_none_raised)
{
	static const struct jsl_limits configured = JSL_LIMITS_INIT, none = {0};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		size_t at = limits[i].offset;
		uint32_t max = *(const uint32_t *)((const char *)&configured + at);
		struct jsl_limits got, want = none;
		char value[32];

		snprintf(value, sizeof(value), "%u", max - 1);
		got = ask(limits[i].name, value);
		*(uint32_t *)((char *)&want + at) = max - 1;
		ck_assert_mem_eq(&got, &want, sizeof(got)); /* and no other one */
		snprintf(value, sizeof(value), "%u", max);
		got = ask(limits[i].name, value);
		ck_assert_mem_eq(&got, &none, sizeof(got));
		snprintf(value, sizeof(value), "%u", max + 1);
		got = ask(limits[i].name, value);
		ck_assert_mem_eq(&got, &none, sizeof(got));
		got = ask(limits[i].name, "99999999999999999999999");
		ck_assert_mem_eq(&got, &none, sizeof(got));
	}
}
END_TEST

START_TEST(a_limit_is_a_positive_whole_number)
{
	static const char *const values[] = {"0", "-1", "1.5", "", "many", "0x10", "+5"};
	struct fixture f;
	char headers[256], text[128];

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			snprintf(headers, sizeof(headers), JAVA "%s: %s\r\n",
				 limits[i].name, values[j]);
			snprintf(text, sizeof(text), "%s must be", limits[i].name);
			expect_refusal(&f, headers, "x", text);
		}
	expect_refusal(&f, JAVA "Idempotency-Key: \r\n", "x", "Idempotency-Key must be");
	expect_refusal(&f, JAVA "Idempotency-Key: \xc3\xa4\r\n", "x",
		       "Idempotency-Key must be");
	ck_assert_uint_eq(f.cluster.submitted, 0);
	fixture_deinit(&f);
}
END_TEST

#define FORM		 "Content-Type: multipart/form-data; boundary=\"a b\"\r\n"
#define HELD(name, text) PART(name) text "\r\n"
#define PART(name)	 "--a b\r\nContent-Disposition: form-data; name=" name "\r\n\r\n"
#define END		 "--a b--\r\n"

static void expect_bytes(struct jsl_bytes got, const char *text)
{
	ck_assert_uint_eq(got.len, strlen(text));
	if (got.len > 0) /* of nothing there may be no pointer */
		ck_assert_mem_eq(got.data, text, got.len);
}

START_TEST(a_form_has_files_arguments_and_input)
{
	static const char form[] = HELD("source; filename=A.java", "class A {}")
		HELD("arg", "one") HELD("source; filename=B.java", "class B {}")
			HELD("stdin", "in") HELD("arg", "") END;
	struct jsl_spec *spec;
	struct fixture f;

	fixture_init(&f);
	spec = post_spec(&f, FORM "JSL-Wall-Ms: 7\r\n", form);
	ck_assert_uint_eq(spec->n_sources, 2);
	expect_bytes(spec->sources[0], "class A {}");
	expect_bytes(spec->sources[1], "class B {}");
	ck_assert_uint_eq(spec->n_args, 2);
	expect_bytes(spec->args[0], "one");
	expect_bytes(spec->args[1], "");
	expect_bytes(spec->input, "in");
	ck_assert_uint_eq(spec->limits.wall_ms, 7);
	jsl_spec_free(spec);
	fixture_deinit(&f);
}
END_TEST

/* How a program came is not what it is: without arguments and input it is the same. */
START_TEST(a_form_of_one_source_is_that_source)
{
	struct jsl_result result = {.status = JSL_STATUS_OK,
				    .entry = JSL_ENTRY_MAIN,
				    .message = "",
				    .detail = "",
				    .output = {"hi", 2}};
	struct fixture f;
	struct client c;

	fixture_init(&f);
	c = fixture_post(&f, JAVA, "class A {}");
	fixture_until(&f, 1, 0);
	fake_finish(&f.cluster, 0, &result);
	client_hear(&c, 1);
	client_close(&c);
	c = fixture_post(&f, FORM, PART("source; filename=B.java") "class A {}\r\n" END);
	client_hear(&c, 1);
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert(fixture_has(&c, "Cached-Response: true"));
	client_close(&c);
	c = fixture_post(&f, FORM,
			 PART("source") "class A {}\r\n" PART("stdin") "x\r\n" END);
	fixture_until(&f, 2, 0);
	client_close(&c);
	fixture_until(&f, 2, 1);
	fixture_deinit(&f);
}
END_TEST

START_TEST(refuses_a_form_that_is_wrong)
{
	struct fixture f;

	fixture_init(&f);
	expect_refusal(&f, "Content-Type: multipart/form-data\r\n", "x", "no boundary");
	expect_refusal(&f, FORM, "", "does not begin with its boundary");
	expect_refusal(&f, FORM, PART("arg") "x\r\n" END, "no part source");
	expect_refusal(&f, FORM, PART("source") "x\r\n", "ends before");
	expect_refusal(&f, FORM "JSL-Wall-Ms: 0\r\n", PART("source") "x\r\n" END,
		       "JSL-Wall-Ms must be");
	expect_refusal(&f, FORM JAVA, PART("source") "x\r\n" END,
		       "Content-Type must be given once");
	ck_assert_uint_eq(f.cluster.submitted, 0);
	fixture_deinit(&f);
}
END_TEST

static void announce(struct fixture *f, const char *first, const char *second)
{
	const char *texts[] = {first, second};

	for (size_t i = 0; i < 2; i++) {
		f->cluster.infos[i].app_meta = texts[i];
		f->cluster.infos[i].app_meta_len = strlen(texts[i]);
	}
}

START_TEST(a_jdk_is_chosen_by_its_name)
{
	struct jsl_spec *spec;
	struct fixture f;

	fixture_init(&f);
	announce(&f, "17.0.15 21=21.0.3 25=25", "17.0.15 25=25.0.1 21=21.0.3");
	spec = post_spec(&f, JAVA "jsl-jdk: 21\r\n", "x");
	ck_assert_str_eq(spec->jdk, "21");
	jsl_spec_free(spec);
	fixture_deinit(&f);
}
END_TEST

static const struct {
	const char *first, *second; /* what two workers have */
	const char *jdk;
	int status; /* 0: it is a job */
	const char *text;
} choices[] = {
	{"17.0.15 21=21.0.3", "17.0.15 21=21.0.3", "17", 400,
	 "No worker has the JDK 17; there are: the default, 21\n"},
	{"17.0.15", "17.0.15", "21", 400,
	 "No worker has the JDK 21; there are: the default\n"},
	{"17 a=1 b=1", "17 c=1 a=1", "2", 400, "there are: the default, a, b, c\n"},
	{"17.0.15 21=21.0.3", "17.0.15", "21", 503,
	 "Only 1 of 2 workers have the JDK 21 yet\n"},
	{"17.0.15", "17.0.15 21=21.0.3", "21", 503, "Only 1 of 2"},
	{"17 21=", "17 21=x 22=y", "21", 0, NULL},
	{"17 210=x", "17 x21=x", "21", 400, "No worker"},
	{"17 21", "17 =21", "21", 400, "there are: the default\n"},
	/* Metadata of something else. */
	{"", "\xff=\xff a/b=c  =", "21", 400, "there are: the default\n"},
	{"21=21", "21=21", "", 400, "JSL-JDK must be the name of a JDK"},
	{"21=21", "21=21", "2 1", 400, "JSL-JDK must be the name of a JDK"},
	{"21=21", "21=21", "../21", 400, "JSL-JDK must be the name of a JDK"},
	{"21=21", "21=21", "012345678901234567890123456789012", 400,
	 "JSL-JDK must be the name of a JDK"},
	{"21=21", "21=21", "21\r\nJSL-JDK: 21", 400, "JSL-JDK must be given once"},
};

START_TEST(a_jdk_that_not_all_have_is_refused)
{
	struct fixture f;
	char headers[256];

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct client c;

		announce(&f, choices[i].first, choices[i].second);
		snprintf(headers, sizeof(headers), JAVA "JSL-JDK: %s\r\n",
			 choices[i].jdk);
		c = fixture_post(&f, headers, "x");
		if (choices[i].status == 0) {
			fixture_until(&f, 1, 0);
			client_close(&c);
			fixture_until(&f, 1, 1);
			continue;
		}
		client_hear(&c, 1);
		ck_assert_msg(client_status(&c) == choices[i].status, "%s: %s",
			      choices[i].jdk, c.text);
		ck_assert_msg(strstr(fixture_body(&c), choices[i].text) != NULL, "%s: %s",
			      choices[i].jdk, c.text);
		ck_assert(fixture_has(&c, "Retry-After: 1") ==
			  (choices[i].status == 503));
		client_close(&c);
	}
	fixture_deinit(&f);
}
END_TEST

/* It waits for the first worker, as any request does. */
START_TEST(without_workers_nobody_knows_which_jdks_there_are)
{
	struct jsl_spec *spec;
	struct fixture f;

	fixture_init(&f);
	f.cluster.infos[0].slots = f.cluster.infos[1].slots = 0;
	spec = post_spec(&f, JAVA "JSL-JDK: 21\r\n", "x");
	ck_assert_str_eq(spec->jdk, "21");
	jsl_spec_free(spec);
	fixture_deinit(&f);
}
END_TEST

SUITE_MAIN("gateway requests", a_jdk_is_chosen_by_its_name,
	   a_jdk_that_not_all_have_is_refused,
	   without_workers_nobody_knows_which_jdks_there_are,
	   each_limit_can_be_lowered_and_none_raised, a_limit_is_a_positive_whole_number,
	   a_form_has_files_arguments_and_input, a_form_of_one_source_is_that_source,
	   refuses_a_form_that_is_wrong)
