/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Specs and results as payloads.
 */

#include <string.h>

#include <jsl/err.h>
#include <jsl/job.h>

#include "../lib/suite.h"
#include "wire_same.h"
#include "wire_samples.h"

static void same_bytes(struct jsl_bytes a, struct jsl_bytes b)
{
	ck_assert_uint_eq(a.len, b.len);
	if (a.len > 0)
		ck_assert_mem_eq(a.data, b.data, a.len);
}

static const char text[] = "public class A { /* \0 and \xff */ }";

/* Some part of the text, perhaps none. */
static struct jsl_bytes any_part(struct jsl_rng *rng)
{
	size_t at = jsl_rng_below(rng, sizeof(text));

	return (struct jsl_bytes){text + at, jsl_rng_below(rng, sizeof(text) - at)};
}

static void same_limits(const struct jsl_limits *a, const struct jsl_limits *b)
{
	SAME(a, b, compile_wall_ms);
	SAME(a, b, compile_memory_mb);
	SAME(a, b, wall_ms);
	SAME(a, b, cpu_ms);
	SAME(a, b, memory_mb);
	SAME(a, b, output_kb);
	SAME(a, b, processes);
	SAME(a, b, disk_mb);
	SAME(a, b, inodes);
}

static void spec_round_trip(uint64_t seed)
{
	struct jsl_bytes sources[JSL_SPEC_FILES_MAX], args[JSL_SPEC_ARGS_MAX];
	struct jsl_spec in = {.sources = sources, .args = args}, *out;
	struct jsl_blob *payload;
	struct jsl_rng rng;

	jsl_rng_init(&rng, seed);
	in.n_sources = 1 + jsl_rng_below(&rng, JSL_SPEC_FILES_MAX);
	in.n_args = jsl_rng_below(&rng, JSL_SPEC_ARGS_MAX + 1);
	for (size_t i = 0; i < in.n_sources; i++)
		sources[i] = any_part(&rng);
	for (size_t i = 0; i < in.n_args; i++)
		args[i] = any_part(&rng);
	in.input = any_part(&rng);
	in.jdk = any_bool(&rng) ? "21" : NULL;
	for (size_t i = 0; i < sizeof(in.limits) / sizeof(uint32_t); i++)
		((uint32_t *)&in.limits)[i] = (uint32_t)any_u64(&rng);
	ck_assert_int_eq(jsl_spec_encode(&payload, &in), 0);
	ck_assert_int_eq(
		jsl_spec_decode(&out, jsl_blob_data(payload), jsl_blob_len(payload)), 0);
	jsl_blob_unref(payload); /* what was decoded owns its bytes */
	ck_assert_uint_eq(out->n_sources, in.n_sources);
	ck_assert_uint_eq(out->n_args, in.n_args);
	for (size_t i = 0; i < in.n_sources; i++)
		same_bytes(in.sources[i], out->sources[i]);
	for (size_t i = 0; i < in.n_args; i++)
		same_bytes(in.args[i], out->args[i]);
	same_bytes(in.input, out->input);
	same_limits(&in.limits, &out->limits);
	ck_assert_str_eq(out->jdk, in.jdk != NULL ? in.jdk : "");
	jsl_spec_free(out);
}

START_TEST(spec_comes_out_as_it_went_in)
{
	for (uint64_t seed = 0; seed < 300; seed++)
		spec_round_trip(seed);
	jsl_spec_free(NULL);
}
END_TEST

START_TEST(spec_of_megabytes_comes_out_as_it_went_in)
{
	struct jsl_blob *big = jsl_blob_new(NULL, 8 << 20), *payload;
	struct jsl_bytes source = {jsl_blob_data(big), jsl_blob_len(big)};
	struct jsl_spec in = {.sources = &source, .n_sources = 1}, *out;

	memset(jsl_blob_fill(big), 'x', source.len);
	ck_assert_int_eq(jsl_spec_encode(&payload, &in), 0);
	ck_assert_int_eq(
		jsl_spec_decode(&out, jsl_blob_data(payload), jsl_blob_len(payload)), 0);
	same_bytes(out->sources[0], source);
	jsl_spec_free(out);
	jsl_blob_unref(payload);
	jsl_blob_unref(big);
}
END_TEST

START_TEST(spec_limits_hold_when_encoding)
{
	static struct jsl_bytes many[JSL_SPEC_ARGS_MAX + 1];
	struct jsl_blob *big = jsl_blob_new(NULL, JSL_SPEC_BYTES_MAX), *payload = NULL;
	struct jsl_spec spec = {.sources = many};

	ck_assert_int_eq(jsl_spec_encode(&payload, &spec), JSL_E_LIMIT);
	spec.n_sources = JSL_SPEC_FILES_MAX + 1;
	ck_assert_int_eq(jsl_spec_encode(&payload, &spec), JSL_E_LIMIT);
	spec.n_sources = 1;
	spec.args = many;
	spec.n_args = JSL_SPEC_ARGS_MAX + 1;
	ck_assert_int_eq(jsl_spec_encode(&payload, &spec), JSL_E_LIMIT);
	spec.n_args = 0;
	spec.input = (struct jsl_bytes){jsl_blob_data(big), jsl_blob_len(big)};
	ck_assert_int_eq(jsl_spec_encode(&payload, &spec), JSL_E_LIMIT);
	ck_assert_ptr_null(payload);
	jsl_blob_unref(big);
}
END_TEST

START_TEST(spec_limits_hold_when_decoding)
{
	enum { SWARM = 1 << 20 };
	static uint8_t data[SWARM]; /* 0x0a 0x00: an empty source in two bytes */
	struct jsl_spec *out = NULL;

	for (size_t i = 0; i < sizeof(data); i += 2)
		data[i] = 0x0a;
	ck_assert_int_eq(jsl_spec_decode(&out, data, 0), JSL_E_MALFORMED);
	ck_assert_int_eq(jsl_spec_decode(&out, data, 2 * JSL_SPEC_FILES_MAX + 2),
			 JSL_E_LIMIT);
	ck_assert_int_eq(jsl_spec_decode(&out, data, SWARM), JSL_E_LIMIT);
	ck_assert_int_eq(jsl_spec_decode(&out, data, JSL_SPEC_BYTES_MAX + 1),
			 JSL_E_LIMIT);
	ck_assert_int_eq(jsl_spec_decode(&out, data, 3), JSL_E_MALFORMED);
	ck_assert_ptr_null(out);
	ck_assert_int_eq(jsl_spec_decode(&out, data, 2 * JSL_SPEC_FILES_MAX), 0);
	ck_assert_uint_eq(out->n_sources, JSL_SPEC_FILES_MAX);
	jsl_spec_free(out);
}
END_TEST

static const struct jsl_diagnostic diags[] = {
	{.line = 3,
	 .column = 7,
	 .warning = true,
	 .file = "string:///A.java",
	 .message = "unchecked"},
	{.file = "string:///pkg/B.java", .message = "expected ';'\n  int x\n       ^"},
};
static const char *const layers[] = {"bwrap", "seccomp", "cgroup"};
static const char *const calls[] = {"socket"};

static struct jsl_result any_result(struct jsl_rng *rng)
{
	return (struct jsl_result){
		.status = 1 + jsl_rng_below(rng, JSL_STATUS_NO_SANDBOX),
		.entry = jsl_rng_below(rng, JSL_ENTRY_RUN_VOID + 1),
		.message = any_bool(rng) ? "Uncaught exception" : "",
		.detail = any_bool(rng) ? "java.lang.Error\n\tat A.main" : NULL,
		.has_returned = any_bool(rng),
		.returned = any_part(rng),
		.output = any_part(rng),
		.error_output = any_part(rng),
		.truncated = any_bool(rng),
		.exit_code = (int32_t)jsl_rng_below(rng, 300) - 1,
		.signal = (int32_t)jsl_rng_below(rng, 64),
		.compile_us = any_u64(rng),
		.run_us = any_u64(rng),
		.cpu_us = any_u64(rng),
		.memory_bytes = any_u64(rng),
		.diagnostics = diags,
		.n_diagnostics = jsl_rng_below(rng, 3),
		.isolation = layers,
		.n_isolation = jsl_rng_below(rng, 4),
		.denied = calls,
		.n_denied = jsl_rng_below(rng, 2),
	};
}

static void same_diagnostic(const struct jsl_diagnostic *a,
			    const struct jsl_diagnostic *b)
{
	SAME(a, b, line);
	SAME(a, b, column);
	SAME(a, b, warning);
	ck_assert_str_eq(a->file, b->file);
	ck_assert_str_eq(a->message, b->message);
}

static void same_result(const struct jsl_result *a, const struct jsl_result *b)
{
	SAME(a, b, status);
	SAME(a, b, entry);
	ck_assert_str_eq(a->message, b->message);
	ck_assert_str_eq(a->detail != NULL ? a->detail : "", b->detail);
	SAME(a, b, has_returned);
	same_bytes(a->returned, b->returned);
	same_bytes(a->output, b->output);
	same_bytes(a->error_output, b->error_output);
	SAME(a, b, truncated);
	ck_assert_int_eq(a->exit_code, b->exit_code);
	ck_assert_int_eq(a->signal, b->signal);
	SAME(a, b, compile_us);
	SAME(a, b, run_us);
	SAME(a, b, cpu_us);
	SAME(a, b, memory_bytes);
	SAME(a, b, n_diagnostics);
	for (size_t i = 0; i < a->n_diagnostics; i++)
		same_diagnostic(&a->diagnostics[i], &b->diagnostics[i]);
	SAME(a, b, n_isolation);
	for (size_t i = 0; i < a->n_isolation; i++)
		ck_assert_str_eq(a->isolation[i], b->isolation[i]);
	SAME(a, b, n_denied);
	for (size_t i = 0; i < a->n_denied; i++)
		ck_assert_str_eq(a->denied[i], b->denied[i]);
}

START_TEST(result_comes_out_as_it_went_in)
{
	struct jsl_blob *payload;
	struct jsl_result *out;
	struct jsl_rng rng;

	jsl_rng_init(&rng, 1);
	for (int i = 0; i < 1000; i++) {
		struct jsl_result in = any_result(&rng);

		ck_assert_int_eq(jsl_result_encode(&payload, &in), 0);
		ck_assert_int_eq(jsl_result_decode(&out, jsl_blob_data(payload),
						   jsl_blob_len(payload)),
				 0);
		jsl_blob_unref(payload);
		same_result(&in, out);
		jsl_result_free(out);
	}
	jsl_result_free(NULL);
}
END_TEST

START_TEST(largest_result_within_its_limits_is_decoded)
{
	static struct jsl_diagnostic many[JSL_RESULT_DIAGS_MAX];
	const char *names[JSL_RESULT_NAMES_MAX];
	struct jsl_result in = {
		.status = JSL_STATUS_OK, .message = "", .diagnostics = many};
	struct jsl_result *out;
	struct jsl_blob *payload;

	for (size_t i = 0; i < JSL_RESULT_DIAGS_MAX; i++)
		many[i] = (struct jsl_diagnostic){9, 9, true, "f", "m"};
	for (size_t i = 0; i < JSL_RESULT_NAMES_MAX; i++)
		names[i] = "n";
	in.n_diagnostics = JSL_RESULT_DIAGS_MAX;
	in.isolation = in.denied = names;
	in.n_isolation = in.n_denied = JSL_RESULT_NAMES_MAX;
	ck_assert_int_eq(jsl_result_encode(&payload, &in), 0);
	ck_assert_int_eq(
		jsl_result_decode(&out, jsl_blob_data(payload), jsl_blob_len(payload)),
		0);
	same_result(&in, out);
	jsl_result_free(out);
	jsl_blob_unref(payload);
	in.n_denied++;
	ck_assert_int_eq(jsl_result_encode(&payload, &in), JSL_E_LIMIT);
	in.n_denied--;
	in.n_diagnostics++;
	ck_assert_int_eq(jsl_result_encode(&payload, &in), JSL_E_LIMIT);
}
END_TEST

START_TEST(result_that_is_none_is_refused)
{
	static const uint8_t status[] = {0x08, 99};
	static const uint8_t entry[] = {0x08, 1, 0x10, 9};
	static const uint8_t torn[] = {0x08, 1, 0x1a, 5, 'a'};
	uint8_t names[2 + 3 * (JSL_RESULT_NAMES_MAX + 1)] = {0x08, 1};
	struct jsl_result *out = NULL;

	for (size_t i = 2; i < sizeof(names); i += 3)
		memcpy(names + i, "\x92\x01\x00", 3);
	ck_assert_int_eq(jsl_result_decode(&out, status, sizeof(status)),
			 JSL_E_MALFORMED);
	ck_assert_int_eq(jsl_result_decode(&out, entry, sizeof(entry)), JSL_E_MALFORMED);
	ck_assert_int_eq(jsl_result_decode(&out, torn, sizeof(torn)), JSL_E_MALFORMED);
	ck_assert_int_eq(jsl_result_decode(&out, NULL, 0), JSL_E_MALFORMED);
	ck_assert_int_eq(jsl_result_decode(&out, names, sizeof(names)), JSL_E_LIMIT);
	ck_assert_int_eq(jsl_result_decode(&out, names, JSL_RESULT_BYTES_MAX + 1),
			 JSL_E_LIMIT);
	ck_assert_ptr_null(out);
}
END_TEST

START_TEST(truncated_anywhere_does_no_harm)
{
	struct jsl_blob *payload;
	struct jsl_result in, *out;
	struct jsl_rng rng;

	jsl_rng_init(&rng, 3);
	in = any_result(&rng);
	in.n_diagnostics = 2;
	ck_assert_int_eq(jsl_result_encode(&payload, &in), 0);
	for (size_t n = 0; n < jsl_blob_len(payload); n++)
		if (jsl_result_decode(&out, jsl_blob_data(payload), n) == 0)
			jsl_result_free(out);
	jsl_blob_unref(payload);
}
END_TEST

START_TEST(every_status_has_its_name)
{
	ck_assert_str_eq(jsl_status_str(JSL_STATUS_OK), "ok");
	ck_assert_str_eq(jsl_status_str(JSL_STATUS_COMPILE_ERROR), "compile_error");
	ck_assert_str_eq(jsl_status_str(JSL_STATUS_QUARANTINED), "quarantined");
	for (enum jsl_status s = JSL_STATUS_OK; s < JSL_STATUS_INTERNAL; s++)
		ck_assert_str_ne(jsl_status_str(s), "internal");
	ck_assert_str_eq(jsl_status_str(JSL_STATUS_NO_SANDBOX), "internal");
	ck_assert_str_eq(jsl_status_str(0), "internal");
	ck_assert_str_eq(jsl_status_str(1000), "internal");
}
END_TEST

SUITE_MAIN("wire job", spec_comes_out_as_it_went_in,
	   spec_of_megabytes_comes_out_as_it_went_in, spec_limits_hold_when_encoding,
	   spec_limits_hold_when_decoding, result_comes_out_as_it_went_in,
	   largest_result_within_its_limits_is_decoded, result_that_is_none_is_refused,
	   truncated_anywhere_does_no_harm, every_status_has_its_name)
