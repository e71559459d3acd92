/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_WIRE_SAMPLES_H
#define JSL_TESTS_WIRE_SAMPLES_H

/*
 * Random messages for the tests of the codecs. A seed gives the same message
 * always. Numbers are zero, small or large, since these differ on the wire.
 */

#include <string.h>

#include <jsl/election.h>
#include <jsl/gossip.h>
#include <jsl/queue_message.h>

#include "base/rng.h"

static inline uint64_t any_u64(struct jsl_rng *r)
{
	switch (jsl_rng_below(r, 4)) {
	case 0: return 0;
	case 1: return jsl_rng_below(r, 200);
	case 2: return UINT64_MAX - jsl_rng_below(r, 3);
	default: return jsl_rng_next(r);
	}
}

static inline uint64_t any_id(struct jsl_rng *r)
{
	uint64_t id = any_u64(r);

	return id != 0 ? id : 1;
}

static inline bool any_bool(struct jsl_rng *r)
{
	return jsl_rng_below(r, 2) == 1;
}

static inline void any_bytes(struct jsl_rng *r, uint8_t *bytes, size_t len)
{
	bool none = jsl_rng_below(r, 4) == 0;

	for (size_t i = 0; i < len; i++)
		bytes[i] = none ? 0 : (uint8_t)jsl_rng_next(r);
}

static inline struct jsl_addr any_addr(struct jsl_rng *r)
{
	static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
	struct jsl_addr addr = {0};

	if (jsl_rng_below(r, 4) == 0)
		return addr;
	any_bytes(r, addr.ip, sizeof(addr.ip));
	if (any_bool(r))
		memcpy(addr.ip, v4, sizeof(v4));
	addr.port = (uint16_t)jsl_rng_next(r);
	return addr;
}

static inline struct jsl_election_message any_election(struct jsl_rng *r)
{
	struct jsl_election_message m = {
		.kind = 1 + jsl_rng_below(r, JSL_ELECTION_ADMIT),
		.from = any_id(r),
		.to = any_u64(r),
		.boot = any_u64(r),
		.round = any_u64(r),
		.vote = {any_u64(r), any_u64(r), any_u64(r)},
		.heard = (uint32_t)any_u64(r),
		.role = jsl_rng_below(r, JSL_ELECTION_OBSERVING + 1),
		.leader = {any_u64(r), any_u64(r)},
		.epoch = any_u64(r),
		.seq = any_u64(r),
		.lease_us = any_u64(r),
		.since = any_u64(r),
		.promised_to = any_u64(r),
		.fresh = any_bool(r),
		.all_fresh = any_bool(r),
	};

	any_bytes(r, m.record_id, sizeof(m.record_id));
	any_bytes(r, m.config_hash, sizeof(m.config_hash));
	any_bytes(r, m.known[0], sizeof(m.known));
	return m;
}

static inline struct jsl_gossip_entry any_entry(struct jsl_rng *r, size_t meta_max)
{
	struct jsl_gossip_entry e = {
		.id = any_u64(r),
		.boot = any_u64(r),
		.incarnation = any_u64(r),
		.state = 1 + jsl_rng_below(r, JSL_GOSSIP_LEFT),
		.accuser = any_u64(r),
		.addr = any_addr(r),
		.meta_version = (uint32_t)any_u64(r),
		.meta_len = (uint16_t)jsl_rng_below(r, meta_max + 1),
	};

	for (size_t i = 0; i < e.meta_len; i++)
		e.meta[i] = (uint8_t)jsl_rng_next(r);
	return e;
}

/* @news has room for JSL_GOSSIP_NEWS_MAX; they fit into one datagram. */
static inline struct jsl_gossip_message any_gossip(struct jsl_rng *r,
						   struct jsl_gossip_entry *news)
{
	struct jsl_gossip_message m = {
		.kind = 1 + jsl_rng_below(r, JSL_GOSSIP_NEWS),
		.from = any_id(r),
		.boot = any_u64(r),
		.seq = any_u64(r),
		.target = any_u64(r),
		.target_addr = any_addr(r),
		.digest = any_u64(r),
		.news = news,
		.n_news = jsl_rng_below(r, JSL_GOSSIP_NEWS_MAX + 1),
	};

	if (any_bool(r)) {
		m.wanted = any_u64(r);
	} else if (any_bool(r)) {
		m.has_buckets = true;
		m.n_news %= 5;
		for (size_t i = 0; i < JSL_GOSSIP_BUCKETS; i++)
			m.buckets[i] = (uint32_t)any_u64(r);
	}
	for (size_t i = 0; i < m.n_news; i++)
		news[i] = any_entry(r, 400 / m.n_news);
	return m;
}

static inline struct jsl_queue_item any_item(struct jsl_rng *r)
{
	struct jsl_queue_item it = {
		.submitter = {any_u64(r), any_u64(r)},
		.attempt = (uint32_t)any_u64(r),
		.deaths = (uint32_t)any_u64(r),
		.epoch = any_u64(r),
		.finished = any_bool(r),
		.tag = any_u64(r),
	};

	any_bytes(r, it.job.bytes, sizeof(it.job.bytes));
	any_bytes(r, it.key.bytes, sizeof(it.key.bytes));
	return it;
}

/* Without payload and items. */
static inline struct jsl_queue_message any_queue(struct jsl_rng *r)
{
	struct jsl_queue_message m = {
		.kind = 1 + jsl_rng_below(r, JSL_QUEUE_PROGRESS),
		.attempt = (uint32_t)any_u64(r),
		.deaths = (uint32_t)any_u64(r),
		.node = {any_u64(r), any_u64(r)},
		.submitter = {any_u64(r), any_u64(r)},
		.leader = {any_u64(r), any_u64(r)},
		.first_epoch = any_u64(r),
		.epoch = any_u64(r),
		.remaining_ms = any_u64(r),
		.limit_ms = any_u64(r),
		.queued_us = any_u64(r),
		.retry_after_ms = any_u64(r),
		.reason = jsl_rng_below(r, JSL_QUEUE_NO_SLOT + 1),
		.outcome = jsl_rng_below(r, JSL_QUEUE_CANCELLED + 1),
		.slots = (uint32_t)any_u64(r),
		.n_tried = (uint32_t)jsl_rng_below(r, JSL_QUEUE_TRIED_MAX + 1),
		.more = any_bool(r),
		.tag = any_u64(r),
	};

	any_bytes(r, m.job.bytes, sizeof(m.job.bytes));
	any_bytes(r, m.key.bytes, sizeof(m.key.bytes));
	for (uint32_t i = 0; i < m.n_tried; i++)
		m.tried[i] = any_u64(r);
	return m;
}

#endif
