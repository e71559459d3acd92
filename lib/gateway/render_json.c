/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verdict as JSON. What a program wrote may be any bytes: invalid UTF-8 is
 * replaced, and then the bytes themselves stand beside it in base64.
 */

#include "config.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "gateway/render.h"
#include "gateway/utf8.h"

static json_t *integer(uint64_t n)
{
	char text[24];

	if (n <= INT64_MAX)
		return json_integer((json_int_t)n);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	return json_string(text); /* an id that JSON's integers here cannot hold */
}

/* Milliseconds with three digits behind the point. */
static json_t *milliseconds(uint64_t us)
{
	return json_real((double)us / 1000.0);
}

static json_t *text_or_empty(const char *text)
{
	struct jsl_bytes b = {.data = text != NULL ? text : "",
			      .len = text != NULL ? strlen(text) : 0};
	jsl_autofree char *clean = NULL;
	size_t len;

	if (jsl_utf8_clean(&b, &clean, &len) < 0)
		return NULL;
	return json_stringn(clean != NULL ? clean : b.data, clean != NULL ? len : b.len);
}

static int set_base64(json_t *o, const char *key, struct jsl_bytes bytes)
{
	jsl_autofree char *text = malloc(bytes.len / 3 * 4 + 5);
	char name[32];
	int n;

	if (text == NULL)
		return -1;
	n = EVP_EncodeBlock((unsigned char *)text, bytes.data, (int)bytes.len);
	snprintf(name, sizeof(name), "%s_base64", key);
	return json_object_set_new(o, name, json_stringn(text, (size_t)n));
}

static int set_bytes(json_t *o, const char *key, struct jsl_bytes bytes)
{
	jsl_autofree char *clean = NULL;
	size_t len = 0;

	if (jsl_utf8_clean(&bytes, &clean, &len) < 0)
		return -1;
	if (clean == NULL)
		return json_object_set_new(
			o, key, json_stringn(bytes.len > 0 ? bytes.data : "", bytes.len));
	if (json_object_set_new(o, key, json_stringn(clean, len)) < 0)
		return -1;
	return set_base64(o, key, bytes);
}

static json_t *names(const char *const *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < n; i++)
		json_array_append_new(array, text_or_empty(list[i]));
	return array;
}

static json_t *diagnostics(const struct jsl_result *r)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < r->n_diagnostics; i++) {
		const struct jsl_diagnostic *d = &r->diagnostics[i];

		json_array_append_new(array,
				      json_pack("{s:i,s:i,s:s,s:o}", "line", (int)d->line,
						"column", (int)d->column, "severity",
						d->warning ? "warning" : "error",
						"message", text_or_empty(d->message)));
	}
	return array;
}

/* The message, and behind it what the text answer has there. */
static json_t *message(const struct jsl_result *r)
{
	jsl_autofree char *text = NULL;
	bool more = r->detail != NULL && r->detail[0] != '\0';

	if (!more)
		return text_or_empty(r->message);
	if (asprintf(&text, "%s\n%s", r->message != NULL ? r->message : "", r->detail) <
	    0) {
		text = NULL;
		return NULL;
	}
	return text_or_empty(text);
}

static int set_run(json_t *o, const struct jsl_answer *a, const struct jsl_result *r,
		   bool cached)
{
	json_t *timing = json_object();

	json_object_set_new(o, "truncated", json_boolean(r->truncated));
	json_object_set_new(o, "exit_code",
			    r->exit_code >= 0 && a->ran ? json_integer(r->exit_code)
							: json_null());
	json_object_set_new(o, "signal",
			    r->signal != 0 ? json_integer(r->signal) : json_null());
	json_object_set_new(o, "diagnostics", diagnostics(r));
	json_object_set_new(o, "cached", json_boolean(cached));
	json_object_set_new(o, "worker",
			    a->worker != 0 ? integer(a->worker) : json_null());
	json_object_set_new(o, "epoch", a->epoch != 0 ? integer(a->epoch) : json_null());
	json_object_set_new(o, "attempts", json_integer(a->attempts));
	json_object_set_new(timing, "queue_ms", milliseconds(a->queued_us));
	json_object_set_new(timing, "compile_ms", milliseconds(r->compile_us));
	json_object_set_new(timing, "run_ms", milliseconds(r->run_us));
	json_object_set_new(timing, "cpu_ms", milliseconds(r->cpu_us));
	json_object_set_new(o, "timing", timing);
	json_object_set_new(o, "memory_bytes", integer(r->memory_bytes));
	json_object_set_new(o, "isolation", names(r->isolation, r->n_isolation));
	return json_object_set_new(o, "denied", names(r->denied, r->n_denied));
}

static int set_all(json_t *o, const struct jsl_answer *a, const struct jsl_result *r,
		   bool cached)
{
	int n = 0;

	n |= json_object_set_new(o, "id", json_string(a->id));
	n |= json_object_set_new(o, "status", json_string(jsl_status_str(r->status)));
	n |= json_object_set_new(o, "message", message(r));
	if (r->has_returned)
		n |= set_bytes(o, "result", r->returned);
	else
		n |= json_object_set_new(o, "result", json_null());
	n |= set_bytes(o, "stdout", r->output);
	n |= set_bytes(o, "stderr", r->error_output);
	n |= set_run(o, a, r, cached);
	return n;
}

struct jsl_blob *jsl_render_json(const struct jsl_answer *a,
				 const struct jsl_result *result, bool cached)
{
	size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(12);
	struct jsl_blob *blob = NULL;
	json_t *o = json_object();

	if (o != NULL && set_all(o, a, result, cached) == 0) {
		size_t len = json_dumpb(o, NULL, 0, flags);

		blob = jsl_blob_new(NULL, len + 1);
		if (blob != NULL) {
			char *at = jsl_blob_fill(blob);

			json_dumpb(o, at, len, flags);
			at[len] = '\n';
		}
	}
	json_decref(o);
	return blob;
}
