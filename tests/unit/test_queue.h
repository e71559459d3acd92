/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_UNIT_QUEUE_H
#define JSL_TESTS_UNIT_QUEUE_H

/*
 * What the suites of the three queue cores share: job ids from small numbers,
 * payloads from strings, and the search for what an update must or must not
 * contain.
 */

#include <string.h>

#include <jsl/queue.h>

#include "queue/queue_int.h"
#include "../lib/suite.h"

static inline struct jsl_queue_id job_id(uint8_t n)
{
	struct jsl_queue_id id = {{0}};

	id.bytes[0] = n;
	id.bytes[15] = (uint8_t)~n;
	return id;
}

static inline bool same_job(struct jsl_queue_id id, uint8_t n)
{
	struct jsl_queue_id other = job_id(n);

	return memcmp(&id, &other, sizeof(id)) == 0;
}

static inline struct jsl_blob *text(const char *s)
{
	struct jsl_blob *b = jsl_blob_new(s, strlen(s));

	ck_assert_ptr_nonnull(b);
	return b;
}

static inline bool is_text(const struct jsl_blob *b, const char *s)
{
	return b != NULL && jsl_blob_len(b) == strlen(s) &&
	       memcmp(jsl_blob_data(b), s, strlen(s)) == 0;
}

/** The only message of @kind about job @n on @link, or NULL; more than one fails. */
static inline const struct jsl_queue_message *
find_message(const struct jsl_queue_update *up, enum jsl_queue_kind kind, uint64_t link,
	     uint8_t n)
{
	const struct jsl_queue_message *found = NULL;

	for (size_t i = 0; i < up->n_messages; i++) {
		const struct jsl_queue_message *m = &up->messages[i];

		if (m->kind != kind || m->link != link || !same_job(m->job, n))
			continue;
		ck_assert_ptr_null(found);
		found = m;
	}
	return found;
}

static inline size_t count_kind(const struct jsl_queue_update *up,
				enum jsl_queue_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < up->n_messages; i++)
		n += up->messages[i].kind == kind;
	return n;
}

static inline size_t count_notes(const struct jsl_queue_update *up,
				 enum jsl_queue_note_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < up->n_notes; i++)
		n += up->notes[i].type == type;
	return n;
}

#endif
