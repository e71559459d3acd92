/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_UNIT_QUEUE_KEYS_H
#define JSL_TESTS_UNIT_QUEUE_KEYS_H

/*
 * A leader under test and submissions of one key. Submitters are S, S + 1 …, their
 * links have the same numbers.
 */

#include "queue/leader_int.h"
#include "test_queue_leader.h"

static const struct jsl_queue_id key = {"sixteen bytes .."};

static inline void submitters(int n)
{
	for (uint64_t id = S; id < S + (uint64_t)n; id++)
		ck_assert_int_eq(link_node(id, id, 1, false), 0);
}

/* Job @n of the submitter S + @from, under the key. */
static inline void submit_keyed(int from, uint8_t n, const char *payload)
{
	ck_assert_int_eq(submit_message((struct jsl_queue_message){.link = S + from,
								   .job = job_id(n),
								   .key = key},
					payload),
			 0);
}

static inline void resubmit_keyed(int from, uint8_t n, uint64_t node, uint32_t attempt)
{
	ck_assert_int_eq(
		submit_message((struct jsl_queue_message){.link = S + from,
							  .job = job_id(n),
							  .key = key,
							  .first_epoch = 3,
							  .attempt = attempt,
							  .node = {node, node > 0}},
			       "program"),
		0);
}

static inline struct jsl_queue_item keyed_item(uint8_t n, int from, bool finished)
{
	struct jsl_blob *b = text("program");
	struct jsl_queue_item it = item(n, 1, finished);

	it.submitter.id = S + (uint64_t)from;
	it.key = key;
	it.tag = jsl_queue__tag(b);
	jsl_blob_unref(b);
	return it;
}

static inline int result_of(uint64_t link, uint8_t n, const char *output)
{
	struct jsl_blob *b = text(output);
	int r = hear((struct jsl_queue_message){.kind = JSL_QUEUE_RESULT,
						.link = link,
						.job = job_id(n),
						.attempt = 1,
						.outcome = JSL_QUEUE_DONE,
						.payload = b});

	ck_assert_int_eq(r, 0);
	jsl_blob_unref(b);
	return r;
}

static inline const struct jsl_queue_message *result_for(int from, uint8_t n)
{
	return find_message(&up, JSL_QUEUE_RESULT, S + (uint64_t)from, n);
}

#endif
