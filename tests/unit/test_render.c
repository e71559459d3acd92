/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verdicts as text and JSON: each row of the tables in interface.md.
 */

#include "config.h"

#include <jansson.h>
#include <string.h>

#include "gateway/render.h"
#include "gateway/utf8.h"
#include "../lib/suite.h"

#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct {
	struct jsl_result result;
	const char *text;
	size_t len;
	int code;
} rows[] = {
#define ROW(code_, text_, ...)                                 \
	{                                                      \
		{__VA_ARGS__}, text_, sizeof(text_) - 1, code_ \
	}
	ROW(200, "out\0\xff", .status = JSL_STATUS_OK, .entry = JSL_ENTRY_MAIN,
	    .output = BYTES("out\0\xff"), .error_output = BYTES("err")),
	ROW(200, "", .status = JSL_STATUS_OK, .entry = JSL_ENTRY_MAIN),
	ROW(200, "ret", .status = JSL_STATUS_OK, .entry = JSL_ENTRY_RUN_STRING,
	    .has_returned = true, .returned = BYTES("ret"), .output = BYTES("out")),
	ROW(200, "null", .status = JSL_STATUS_OK, .entry = JSL_ENTRY_RUN_STRING,
	    .has_returned = true, .returned = BYTES("null")),
	ROW(200, "System.err:\n[]\nSystem.out:\n[]", .status = JSL_STATUS_OK,
	    .entry = JSL_ENTRY_RUN_VOID),
	ROW(200, "System.err:\n[trace\n]\nSystem.out:\n[out\n]", .status = JSL_STATUS_OK,
	    .entry = JSL_ENTRY_RUN_VOID, .output = BYTES("out\n"),
	    .error_output = BYTES("trace\n")),
	ROW(400, "No class name found in code", .status = JSL_STATUS_COMPILE_ERROR,
	    .message = "No class name found in code", .detail = ""),
	ROW(400,
	    "Code did not compile:\nError on line 1, column 9 in "
	    "string:///A.java\nA.java:1: no",
	    .status = JSL_STATUS_COMPILE_ERROR,
	    .message = "Code did not compile:\n"
		       "Error on line 1, column 9 in string:///A.java",
	    .detail = "A.java:1: no", .output = BYTES("never")),
	ROW(400, "Could not create and run instance of class\njava.lang.X\n\tat A.run",
	    .status = JSL_STATUS_EXCEPTION, .entry = JSL_ENTRY_RUN_STRING,
	    .message = "Could not create and run instance of class",
	    .detail = "java.lang.X\n\tat A.run", .output = BYTES("out")),
	ROW(400, "Could not create and run instance of class\ntrace",
	    .status = JSL_STATUS_EXCEPTION, .entry = JSL_ENTRY_NONE,
	    .message = "Could not create and run instance of class", .detail = "trace"),
	ROW(400, "The return type of the class was int, not java.lang.String",
	    .status = JSL_STATUS_EXCEPTION, .entry = JSL_ENTRY_NONE,
	    .message = "The return type of the class was int, not java.lang.String",
	    .detail = ""),
	ROW(400, "Uncaught exception\ntrace\nout", .status = JSL_STATUS_EXCEPTION,
	    .entry = JSL_ENTRY_MAIN, .message = "Uncaught exception", .detail = "",
	    .output = BYTES("out"), .error_output = BYTES("trace\n")),
	ROW(400, "Exited with code 3\nerrout", .status = JSL_STATUS_NONZERO_EXIT,
	    .entry = JSL_ENTRY_MAIN, .message = "Exited with code 3", .detail = "",
	    .output = BYTES("out"), .error_output = BYTES("err"), .exit_code = 3),
	ROW(400, "Exited with code 0\nout", .status = JSL_STATUS_NONZERO_EXIT,
	    .entry = JSL_ENTRY_RUN_STRING, .message = "Exited with code 0", .detail = "",
	    .output = BYTES("out")),
	ROW(400, "Memory limit exceeded: 256 MB\njava.lang.OutOfMemoryError\nerr",
	    .status = JSL_STATUS_MEMORY_LIMIT, .entry = JSL_ENTRY_MAIN,
	    .message = "Memory limit exceeded: 256 MB",
	    .detail = "java.lang.OutOfMemoryError", .error_output = BYTES("err")),
	ROW(400, "Wall time limit exceeded: 60000 ms\nout",
	    .status = JSL_STATUS_TIME_LIMIT, .entry = JSL_ENTRY_MAIN,
	    .message = "Wall time limit exceeded: 60000 ms", .detail = "",
	    .output = BYTES("out")),
	ROW(400, "Denied system call: socket\ntrace\n", .status = JSL_STATUS_SECURITY,
	    .entry = JSL_ENTRY_MAIN, .message = "Denied system call: socket",
	    .detail = "trace\n"),
	ROW(400, "Compile wall time limit exceeded: 10 ms",
	    .status = JSL_STATUS_COMPILE_LIMIT,
	    .message = "Compile wall time limit exceeded: 10 ms"),
	ROW(400, "quarantined", .status = JSL_STATUS_QUARANTINED,
	    .message = "quarantined"),
	ROW(504, "expired", .status = JSL_STATUS_EXPIRED, .message = "expired"),
	ROW(503, "cancelled", .status = JSL_STATUS_CANCELLED, .message = "cancelled"),
	ROW(503, "no user namespaces", .status = JSL_STATUS_NO_SANDBOX,
	    .message = "no user namespaces"),
	ROW(500, "oops", .status = JSL_STATUS_INTERNAL, .message = "oops"),
};

START_TEST(text_is_bound_by_the_interface)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jsl_blob *blob = jsl_render_text(&rows[i].result);

		ck_assert_ptr_nonnull(blob);
		ck_assert_msg(jsl_blob_len(blob) == rows[i].len &&
				      (rows[i].len == 0 ||
				       memcmp(jsl_blob_data(blob), rows[i].text,
					      rows[i].len) == 0),
			      "row %zu: %.*s", i, (int)jsl_blob_len(blob),
			      (const char *)jsl_blob_data(blob));
		ck_assert_int_eq(jsl_answer_code(rows[i].result.status), rows[i].code);
		jsl_blob_unref(blob);
	}
}
END_TEST

static json_t *render(const struct jsl_answer *a, const struct jsl_result *r)
{
	struct jsl_blob *blob = jsl_render_json(a, r, true);
	json_error_t error;
	json_t *o;

	ck_assert_ptr_nonnull(blob);
	o = json_loadb(jsl_blob_data(blob), jsl_blob_len(blob), JSON_ALLOW_NUL, &error);
	ck_assert_msg(o != NULL, "%s: %.*s", error.text, (int)jsl_blob_len(blob),
		      (const char *)jsl_blob_data(blob));
	jsl_blob_unref(blob);
	return o;
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	ck_assert_msg(s != NULL, "%s", key);
	return s;
}

static const char *const keys[] = {
	"id",	     "status",	  "message", "result",	     "stdout",	  "stderr",
	"truncated", "exit_code", "signal",  "diagnostics",  "cached",	  "worker",
	"epoch",     "attempts",  "timing",  "memory_bytes", "isolation", "denied"};
static const struct jsl_diagnostic diags[] = {
	{.line = 3, .column = 9, .message = "bad \"x\""},
	{.line = 4, .column = 1, .warning = true, .message = "old"},
};
static const char *const layers[] = {"userns", "seccomp"};

START_TEST(json_has_every_field)
{
	const struct jsl_answer a = {.id = "00ff",
				     .ran = true,
				     .worker = 7,
				     .epoch = 3,
				     .attempts = 2,
				     .queued_us = 1500};
	const struct jsl_result r = {.status = JSL_STATUS_NONZERO_EXIT,
				     .message = "m",
				     .detail = "d",
				     .exit_code = 3,
				     .compile_us = 12345,
				     .diagnostics = diags,
				     .n_diagnostics = 2,
				     .isolation = layers,
				     .n_isolation = 2,
				     .memory_bytes = 1 << 20};
	json_t *o = render(&a, &r), *d;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ck_assert_msg(json_object_get(o, keys[i]) != NULL, "%s", keys[i]);
	ck_assert_uint_eq(json_object_size(o), sizeof(keys) / sizeof(keys[0]));
	ck_assert_str_eq(text(o, "status"), "nonzero_exit");
	ck_assert_str_eq(text(o, "message"), "m\nd");
	ck_assert(json_is_null(json_object_get(o, "result")));
	ck_assert(json_is_null(json_object_get(o, "signal")));
	ck_assert(json_is_true(json_object_get(o, "cached")));
	ck_assert_int_eq(json_integer_value(json_object_get(o, "exit_code")), 3);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "worker")), 7);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "attempts")), 2);
	d = json_object_get(o, "timing");
	ck_assert(json_real_value(json_object_get(d, "queue_ms")) == 1.5);
	ck_assert(json_real_value(json_object_get(d, "compile_ms")) == 12.345);
	d = json_array_get(json_object_get(o, "diagnostics"), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(d, "line")), 3);
	ck_assert_str_eq(text(d, "severity"), "error");
	ck_assert_str_eq(text(d, "message"), "bad \"x\"");
	ck_assert_uint_eq(json_array_size(json_object_get(o, "isolation")), 2);
	json_decref(o);
}
END_TEST

START_TEST(json_escapes_what_a_program_wrote)
{
	const struct jsl_answer a = {.ran = true};
	const struct jsl_result r = {
		.status = JSL_STATUS_OK,
		.entry = JSL_ENTRY_RUN_STRING,
		.has_returned = true,
		.returned = BYTES("\",\"status\":\"forged\\"),
		.output = BYTES("a\0b\x1b[2J\xc3\xa4"),
		.error_output = BYTES("\xff\xfe"),
		.exit_code = -1,
	};
	json_t *o = render(&a, &r);

	ck_assert_str_eq(text(o, "status"), "ok");
	ck_assert_str_eq(text(o, "result"), "\",\"status\":\"forged\\");
	ck_assert_uint_eq(json_string_length(json_object_get(o, "stdout")), 9);
	ck_assert_mem_eq(text(o, "stdout"), "a\0b\x1b[2J\xc3\xa4", 9);
	ck_assert_ptr_null(json_object_get(o, "stdout_base64"));
	ck_assert_str_eq(text(o, "stderr"), "\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(text(o, "stderr_base64"), "//4=");
	ck_assert(json_is_null(json_object_get(o, "exit_code")));
	json_decref(o);
}
END_TEST

START_TEST(utf8_is_that_of_the_rfc)
{
	static const struct {
		const char *in, *out; /* NULL: good as it is */
	} utf8[] = {
		{"", NULL},
		{"plain", NULL},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", NULL},
		{"\xef\xbf\xbd", NULL},
		{"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"a\xc3", "a\xef\xbf\xbd"},
		{"\xe2\x82z", "\xef\xbf\xbd\xef\xbf\xbdz"},
		{"\x80", "\xef\xbf\xbd"},
	};

	for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++) {
		struct jsl_bytes in = {utf8[i].in, strlen(utf8[i].in)};
		char *out = NULL;
		size_t len;

		ck_assert_int_eq(jsl_utf8_clean(&in, &out, &len), 0);
		if (utf8[i].out == NULL) {
			ck_assert_ptr_null(out);
		} else {
			ck_assert_str_eq(out, utf8[i].out);
			ck_assert_uint_eq(len, strlen(utf8[i].out));
		}
		free(out);
	}
}
END_TEST

START_TEST(ids_have_64_bits)
{
	struct jsl_node_info info = {.id = UINT64_MAX, .role = JSL_ELECTION_LEADING};
	struct jsl_election_leader leader = {.epoch = 1, .id = UINT64_MAX};
	struct jsl_blob *blob;

	ck_assert_int_eq(jsl_addr_parse(&info.addr, "[::1]:5"), 0);
	blob = jsl_render_info_json(&info, 1, leader);
	ck_assert_mem_eq(
		jsl_blob_data(blob),
		"{\"epoch\":1,\"leader\":\"18446744073709551615\",\"nodes\":["
		"{\"id\":\"18446744073709551615\",\"role\":\"LEADING\",\"address\":"
		"\"[::1]:5\"}]}",
		jsl_blob_len(blob) - 1);
	jsl_blob_unref(blob);
	blob = jsl_render_info_text(&info, 1);
	ck_assert_mem_eq(jsl_blob_data(blob), "Server 18446744073709551615 - LEADING\n",
			 jsl_blob_len(blob));
	jsl_blob_unref(blob);
}
END_TEST

/* Of the others nothing is said: ids_have_64_bits has the whole row of one. */
START_TEST(a_worker_that_is_unfit_is_marked)
{
	const struct jsl_node_info info = {.id = 2, .slots = 1, .unfit = true};
	const struct jsl_election_leader none = {0};
	struct jsl_blob *blob = jsl_render_info_json(&info, 1, none);

	ck_assert_ptr_nonnull(memmem(jsl_blob_data(blob), jsl_blob_len(blob),
				     "\",\"unfit\":true}]}\n", 18));
	jsl_blob_unref(blob);
}
END_TEST

SUITE_MAIN("render", text_is_bound_by_the_interface, json_has_every_field,
	   json_escapes_what_a_program_wrote, utf8_is_that_of_the_rfc, ids_have_64_bits,
	   a_worker_that_is_unfit_is_marked)
