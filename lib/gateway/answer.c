/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the end of a job to an HTTP answer; see answer.h. The text is made once;
 * JSON is made from the payload for whoever asks for it.
 */

#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/answer.h"
#include "gateway/render.h"

#define MESSAGE_MAX 256
#define RETRY_S	    1 /* while the cluster changes */

int jsl_answer_code(enum jsl_status status)
{
	switch (status) {
	case JSL_STATUS_OK: return 200;
	case JSL_STATUS_EXPIRED: return 504;
	case JSL_STATUS_CANCELLED:
	case JSL_STATUS_NO_SANDBOX: return 503;
	case JSL_STATUS_INTERNAL: return 500;
	default: return 400;
	}
}

bool jsl_answer_cacheable(enum jsl_status status)
{
	switch (status) {
	case JSL_STATUS_OK:
	case JSL_STATUS_COMPILE_ERROR:
	case JSL_STATUS_EXCEPTION:
	case JSL_STATUS_NONZERO_EXIT:
	case JSL_STATUS_OUTPUT_LIMIT:
	case JSL_STATUS_SECURITY: return true;
	default: return false;
	}
}

static void put_id(struct jsl_answer *a, struct jsl_queue_id job)
{
	for (size_t i = 0; i < sizeof(job.bytes); i++)
		snprintf(a->id + 2 * i, 3, "%02x", job.bytes[i]);
}

/* A verdict of the cluster, not of a program: its text is @message. */
static int set_plain(struct jsl_answer *a, enum jsl_status status, const char *message)
{
	a->status = status;
	a->code = jsl_answer_code(status);
	a->text = jsl_blob_new(message, strlen(message));
	return a->text != NULL ? 0 : -1;
}

static int set_done(struct jsl_answer *a, const struct jsl_queue_message *end)
{
	struct jsl_result *result = NULL;
	int r = jsl_result_decode(&result, jsl_blob_data(end->payload),
				  jsl_blob_len(end->payload));

	if (r < 0)
		return set_plain(a, JSL_STATUS_INTERNAL, "The result was not understood");
	a->ran = true;
	a->status = result->status;
	a->code = jsl_answer_code(result->status);
	a->cacheable = jsl_answer_cacheable(result->status);
	a->compile_us = result->compile_us;
	a->run_us = result->run_us;
	/* It has not the JDK: the set of workers has changed meanwhile. */
	a->retry_after_s = result->status == JSL_STATUS_CANCELLED ? RETRY_S : 0;
	a->payload = jsl_blob_ref(end->payload);
	a->text = jsl_render_text(result);
	jsl_result_free(result);
	return a->text != NULL ? 0 : -1;
}

static bool is_final(const struct jsl_answer *a)
{
	return a->status == JSL_STATUS_QUARANTINED || (a->ran && a->code < 500);
}

static int set_expired(struct jsl_answer *a, bool led, uint64_t wait_ms)
{
	char text[MESSAGE_MAX];

	snprintf(text, sizeof(text), "%sNot started within %llu ms",
		 led ? "" : "There is no leader: ", (unsigned long long)wait_ms);
	if (set_plain(a, JSL_STATUS_EXPIRED, text) < 0)
		return -1;
	if (!led) {
		a->code = 503;
		a->retry_after_s = RETRY_S;
	}
	return 0;
}

static int set_rejected(struct jsl_answer *a, const struct jsl_queue_message *end)
{
	if (end->reason != JSL_QUEUE_FULL)
		return set_plain(a, JSL_STATUS_INTERNAL, "The queue refused the job");
	a->retry_after_s = (uint32_t)(end->retry_after_ms / 1000) + 1;
	return set_plain(a, JSL_STATUS_CANCELLED, "The queue is full");
}

static int set_quarantined(struct jsl_answer *a, const struct jsl_queue_message *end)
{
	char text[MESSAGE_MAX];
	size_t n;

	n = (size_t)snprintf(
		text, sizeof(text),
		"The job is not run again: %u workers failed while they ran it",
		end->deaths);
	for (uint32_t i = 0; i < end->n_tried && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%llu",
				      i == 0 ? " (" : ", ",
				      (unsigned long long)end->tried[i]);
	if (end->n_tried > 0 && n + 1 < sizeof(text))
		strcpy(text + n, ")");
	return set_plain(a, JSL_STATUS_QUARANTINED, text);
}

static int set_outcome(struct jsl_answer *a, const struct jsl_queue_message *end,
		       bool led, uint64_t wait_ms)
{
	switch (end->outcome) {
	case JSL_QUEUE_DONE: return set_done(a, end);
	case JSL_QUEUE_QUARANTINED: return set_quarantined(a, end);
	case JSL_QUEUE_EXPIRED: return set_expired(a, led, wait_ms);
	case JSL_QUEUE_REJECTED: return set_rejected(a, end);
	case JSL_QUEUE_CANCELLED:
		return set_plain(a, JSL_STATUS_CANCELLED, "The job was cancelled");
	}
	return set_plain(a, JSL_STATUS_INTERNAL, "The job ended in an unknown way");
}

static void put_number(char *text, size_t size, uint64_t n)
{
	if (n > 0)
		snprintf(text, size, "%llu", (unsigned long long)n);
}

static void make_headers(struct jsl_answer *a)
{
	put_number(a->header.retry, sizeof(a->header.retry), a->retry_after_s);
	put_number(a->header.attempts, sizeof(a->header.attempts), a->attempts);
	put_number(a->header.worker, sizeof(a->header.worker), a->worker);
	put_number(a->header.epoch, sizeof(a->header.epoch), a->epoch);
	if (a->ran)
		snprintf(a->header.timing, sizeof(a->header.timing),
			 "queue;dur=%.3f, compile;dur=%.3f, run;dur=%.3f",
			 (double)a->queued_us / 1000, (double)a->compile_us / 1000,
			 (double)a->run_us / 1000);
}

struct jsl_answer *jsl_answer_new(const struct jsl_queue_message *end,
				  struct jsl_queue_id job, bool led, uint64_t wait_ms)
{
	struct jsl_answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->refs = 1;
	put_id(a, job);
	a->worker = end->node.id;
	a->epoch = end->epoch;
	a->attempts = end->attempt;
	a->queued_us = end->queued_us;
	if (set_outcome(a, end, led, wait_ms) < 0) {
		jsl_answer_unref(a);
		return NULL;
	}
	a->final = is_final(a);
	make_headers(a);
	return a;
}

struct jsl_answer *jsl_answer_ref(struct jsl_answer *a)
{
	assert(a->refs > 0);
	a->refs++;
	return a;
}

void jsl_answer_unref(struct jsl_answer *a)
{
	if (a == NULL || --a->refs > 0)
		return;
	jsl_blob_unref(a->text);
	jsl_blob_unref(a->payload);
	free(a);
}

size_t jsl_answer_bytes(const struct jsl_answer *a)
{
	return sizeof(*a) + jsl_blob_len(a->text) + jsl_blob_len(a->payload);
}

static void set_headers(const struct jsl_answer *a, struct jsl_http_req *req, bool cached)
{
	const char *const values[][2] = {
		{"Cached-Response", cached ? "true" : "false"},
		{"JSL-Job-Id", a->id},
		{"JSL-Attempts", a->header.attempts},
		{"JSL-Worker", a->header.worker},
		{"JSL-Epoch", a->header.epoch},
		{"Server-Timing", a->header.timing},
		{"Retry-After", a->header.retry},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (*values[i][1] != '\0')
			jsl_http_set(req, values[i][0], values[i][1]);
}

static struct jsl_blob *make_json(const struct jsl_answer *a, bool cached)
{
	char message[MESSAGE_MAX + 1] = "";
	struct jsl_result plain = {.status = a->status, .message = message};
	struct jsl_result *result = NULL;
	struct jsl_blob *blob;

	if (a->payload == NULL) {
		memcpy(message, jsl_blob_data(a->text), jsl_blob_len(a->text));
		return jsl_render_json(a, &plain, cached);
	}
	if (jsl_result_decode(&result, jsl_blob_data(a->payload),
			      jsl_blob_len(a->payload)) < 0)
		return NULL;
	blob = jsl_render_json(a, result, cached);
	jsl_result_free(result);
	return blob;
}

void jsl_answer_send(const struct jsl_answer *a, struct jsl_http_req *req, bool json,
		     bool cached)
{
	struct jsl_blob *blob;

	set_headers(a, req, cached);
	if (!json) {
		jsl_http_reply_blob(req, a->code, JSL_HTTP_TEXT, a->text);
		return;
	}
	blob = make_json(a, cached);
	if (blob == NULL)
		jsl_http_reply_text(req, 503, "Out of memory");
	else
		jsl_http_reply_blob(req, a->code, JSL_HTTP_JSON, blob);
	jsl_blob_unref(blob);
}
