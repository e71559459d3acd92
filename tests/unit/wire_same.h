/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_WIRE_SAME_H
#define JSL_TESTS_WIRE_SAME_H

/*
 * Whether two messages are the same, field by field: for the tests of the codecs.
 */

#include <check.h>

#include <jsl/election.h>
#include <jsl/gossip.h>
#include <jsl/queue_message.h>

#define SAME(a, b, field) ck_assert_uint_eq((a)->field, (b)->field)
#define SAME_BYTES(a, b, field) \
	ck_assert_mem_eq((a)->field, (b)->field, sizeof((a)->field))

static inline void same_election(const struct jsl_election_message *a,
				 const struct jsl_election_message *b)
{
	SAME(a, b, kind);
	SAME(a, b, from);
	SAME(a, b, to);
	SAME(a, b, boot);
	SAME(a, b, round);
	SAME(a, b, vote.log_epoch);
	SAME(a, b, vote.log_index);
	SAME(a, b, vote.id);
	SAME(a, b, heard);
	SAME(a, b, role);
	SAME(a, b, leader.epoch);
	SAME(a, b, leader.id);
	SAME(a, b, epoch);
	SAME(a, b, seq);
	SAME(a, b, lease_us);
	SAME(a, b, since);
	SAME(a, b, promised_to);
	SAME(a, b, fresh);
	SAME(a, b, all_fresh);
	SAME_BYTES(a, b, record_id);
	SAME_BYTES(a, b, config_hash);
	SAME_BYTES(a, b, known);
}

static inline void same_entry(const struct jsl_gossip_entry *a,
			      const struct jsl_gossip_entry *b)
{
	SAME(a, b, id);
	SAME(a, b, boot);
	SAME(a, b, incarnation);
	SAME(a, b, state);
	SAME(a, b, accuser);
	ck_assert(jsl_addr_equal(&a->addr, &b->addr));
	SAME(a, b, meta_version);
	SAME(a, b, meta_len);
	ck_assert_mem_eq(a->meta, b->meta, a->meta_len);
}

static inline void same_gossip(const struct jsl_gossip_message *a,
			       const struct jsl_gossip_message *b)
{
	SAME(a, b, kind);
	SAME(a, b, from);
	SAME(a, b, boot);
	SAME(a, b, seq);
	SAME(a, b, target);
	ck_assert(jsl_addr_equal(&a->target_addr, &b->target_addr));
	SAME(a, b, digest);
	SAME(a, b, wanted);
	SAME(a, b, has_buckets);
	ck_assert_mem_eq(a->buckets, b->buckets, sizeof(a->buckets));
	SAME(a, b, n_news);
	for (size_t i = 0; i < a->n_news; i++)
		same_entry(&a->news[i], &b->news[i]);
}

static inline void same_item(const struct jsl_queue_item *a,
			     const struct jsl_queue_item *b)
{
	SAME_BYTES(a, b, job.bytes);
	SAME(a, b, submitter.id);
	SAME(a, b, submitter.boot);
	SAME(a, b, attempt);
	SAME(a, b, deaths);
	SAME(a, b, epoch);
	SAME(a, b, finished);
	SAME_BYTES(a, b, key.bytes);
	SAME(a, b, tag);
}

static inline void same_queue(const struct jsl_queue_message *a,
			      const struct jsl_queue_message *b)
{
	SAME(a, b, kind);
	SAME_BYTES(a, b, job.bytes);
	SAME(a, b, attempt);
	SAME(a, b, deaths);
	SAME(a, b, node.id);
	SAME(a, b, node.boot);
	SAME(a, b, submitter.id);
	SAME(a, b, submitter.boot);
	SAME(a, b, leader.epoch);
	SAME(a, b, leader.id);
	SAME(a, b, first_epoch);
	SAME(a, b, epoch);
	SAME(a, b, remaining_ms);
	SAME(a, b, limit_ms);
	SAME(a, b, queued_us);
	SAME(a, b, retry_after_ms);
	SAME(a, b, reason);
	SAME(a, b, outcome);
	SAME(a, b, slots);
	SAME(a, b, n_tried);
	for (uint32_t i = 0; i < a->n_tried; i++)
		SAME(a, b, tried[i]);
	SAME(a, b, more);
	SAME_BYTES(a, b, key.bytes);
	SAME(a, b, tag);
	SAME(a, b, n_items);
	for (size_t i = 0; i < a->n_items; i++)
		same_item(&a->items[i], &b->items[i]);
}

#endif
