/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_ANSWER_H
#define JSL_GATEWAY_ANSWER_H

/*
 * How a job ended, as it is told over HTTP: immutable, counted, shared by all
 * who asked for the same and by the cache.
 */

#include <stdbool.h>

#include <jsl/blob.h>
#include <jsl/job.h>
#include <jsl/queue_message.h>

#include "service/http.h"

struct jsl_answer {
	unsigned int refs;
	int code;	/* HTTP status */
	bool cacheable; /* an outcome of the program itself */
	bool ran;	/* worker, epoch and times are known */
	bool final;	/* says what became of the program, not of the cluster */
	char id[33];	/* of the job, in hex; "" for none */
	uint64_t worker;
	uint64_t epoch;
	uint32_t attempts;
	uint64_t queued_us, compile_us, run_us;
	uint32_t retry_after_s; /* 0: not said */
	/* Values of headers, made once: a cached answer is sent often. "" for none. */
	struct {
		char retry[12], attempts[12], worker[24], epoch[24], timing[128];
	} header;
	enum jsl_status status;
	struct jsl_blob *text;	  /* the text body */
	struct jsl_blob *payload; /* the encoded result; NULL: only status and text */
};

/**
 * Make the answer (given) from the end of @job. @led: there is a leader now;
 * @wait_ms: how long the job was allowed to wait.
 *
 * Returns NULL without memory.
 */
struct jsl_answer *jsl_answer_new(const struct jsl_queue_message *end,
				  struct jsl_queue_id job, bool led, uint64_t wait_ms);

struct jsl_answer *jsl_answer_ref(struct jsl_answer *a);
void jsl_answer_unref(struct jsl_answer *a);

/** What it takes in a cache. */
size_t jsl_answer_bytes(const struct jsl_answer *a);

/** Answer @req with it. @cached: nothing was run for this request. */
void jsl_answer_send(const struct jsl_answer *a, struct jsl_http_req *req, bool json,
		     bool cached);

/** The HTTP status that a verdict has. */
int jsl_answer_code(enum jsl_status status);

/** Whether @status is an outcome of the program itself, the same at every run. */
bool jsl_answer_cacheable(enum jsl_status status);

#endif
