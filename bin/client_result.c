/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict on a program: its output to our output, its errors to our errors,
 * its exit code as ours; or why it has none.
 */

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "client.h"

#define EXIT_SIGNAL_BASE 128 /* as shells have it */

/* Statuses that do not carry an exit code of the program. */
static const struct {
	const char *status;
	int exit_code;
} exits[] = {
	{"compile_error", CLIENT_EXIT_COMPILE}, {"compile_limit", CLIENT_EXIT_COMPILE},
	{"time_limit", CLIENT_EXIT_TIME},	{"quarantined", CLIENT_EXIT_CLUSTER},
	{"expired", CLIENT_EXIT_CLUSTER},	{"cancelled", CLIENT_EXIT_CLUSTER},
	{"internal", CLIENT_EXIT_CLUSTER},
};

static int exit_code(const json_t *verdict, const char *status)
{
	json_int_t code = json_integer_value(json_object_get(verdict, "exit_code"));
	json_int_t signal = json_integer_value(json_object_get(verdict, "signal"));

	if (strcmp(status, "ok") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (strcmp(exits[i].status, status) == 0)
			return exits[i].exit_code;
	if (code > 0 && code <= 255)
		return (int)code;
	if (signal > 0 && signal < 128)
		return EXIT_SIGNAL_BASE + (int)signal;
	return EXIT_FAILURE;
}

/* The string @key; as bytes from @key_base64 where it was not UTF-8. */
static void print_bytes(struct client_out *out, const json_t *verdict, const char *key,
			const char *key_base64)
{
	const json_t *text = json_object_get(verdict, key);
	const json_t *base64 = json_object_get(verdict, key_base64);
	jsl_autofree char *data = NULL;
	size_t len;

	if (json_is_string(base64) &&
	    client_base64_decode(json_string_value(base64), json_string_length(base64),
				 &data, &len) == 0)
		client_out_write(out, data, len);
	else if (json_is_string(text))
		client_out_write(out, json_string_value(text), json_string_length(text));
}

static const char *string_or(const json_t *object, const char *key, const char *other)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : other;
}

/* Compilers' way, with the file as the user named it. */
static void print_diagnostics(struct client_out *err, const json_t *verdict,
			      const char *path)
{
	const json_t *diagnostics = json_object_get(verdict, "diagnostics");

	for (size_t i = 0; i < json_array_size(diagnostics); i++) {
		const json_t *d = json_array_get(diagnostics, i);
		const char *message = string_or(d, "message", "");
		char where[64];

		snprintf(where, sizeof(where), ":%lld:%lld: %s: ",
			 (long long)json_integer_value(json_object_get(d, "line")),
			 (long long)json_integer_value(json_object_get(d, "column")),
			 string_or(d, "severity", "error"));
		client_out_write(err, path, strlen(path));
		client_out_write(err, where, strlen(where));
		client_out_write(err, message, strlen(message));
		client_out_write(err, "\n", 1);
	}
}

/* Whether the message says nothing that the program's own output does not. A trace
 * that the program did not print itself is in the message, behind its first line. */
static bool speaks_for_itself(const json_t *verdict, const char *status,
			      const char *message, const char *path)
{
	if (strcmp(status, "ok") == 0 || strcmp(status, "nonzero_exit") == 0)
		return true;
	if (strcmp(status, "exception") == 0)
		return strchr(message, '\n') == NULL &&
		       *string_or(verdict, "stderr", "") != '\0';
	return strcmp(status, "compile_error") == 0 && path != NULL &&
	       json_array_size(json_object_get(verdict, "diagnostics")) > 0;
}

static int print(const struct client *c, const json_t *verdict, const char *status,
		 const char *path)
{
	struct client_out out, err;
	const char *message = string_or(verdict, "message", status);
	int failed;

	client_out_init(&out, stdout, c);
	client_out_init(&err, stderr, c);
	print_bytes(&out, verdict, "stdout", "stdout_base64");
	print_bytes(&out, verdict, "result", "result_base64");
	print_bytes(&err, verdict, "stderr", "stderr_base64");
	if (path != NULL) /* else only the message says which file each is in */
		print_diagnostics(&err, verdict, path);
	if (!speaks_for_itself(verdict, status, message, path)) {
		size_t len = strlen(message);

		client_out_write(&err, message, len);
		if (len == 0 || message[len - 1] != '\n')
			client_out_write(&err, "\n", 1);
	}
	if (json_is_true(json_object_get(verdict, "truncated")))
		client_complain("the output was cut at its limit");
	(void)client_out_finish(&err);
	failed = client_out_finish(&out);
	if (failed != 0) {
		client_complain("stdout: %s", strerror(-failed));
		return CLIENT_EXIT_CLUSTER;
	}
	return exit_code(verdict, status);
}

int client_result_print(const struct client *c, const struct client_reply *reply,
			const char *path)
{
	/* Output may hold NUL bytes. */
	json_t *verdict = json_loadb(reply->data, reply->len, JSON_ALLOW_NUL, NULL);
	const char *status = json_string_value(json_object_get(verdict, "status"));
	int code;

	if (status != NULL)
		code = print(c, verdict, status, path);
	else
		code = client_reply_complain(c, reply);
	json_decref(verdict);
	return code;
}
