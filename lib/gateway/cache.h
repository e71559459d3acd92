/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_CACHE_H
#define JSL_GATEWAY_CACHE_H

/*
 * Answers by the hash of everything that can change them. Bounded by bytes; the
 * one not used for longest goes first.
 */

#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "gateway/answer.h"

/** SHA-256. */
struct jsl_cache_key {
	uint8_t bytes[32];
};

/** The part of @key that the hash map uses. */
struct jsl_key jsl_cache_map_key(const struct jsl_cache_key *key);

struct jsl_cache {
	struct jsl_map map;
	struct jsl_list lru; /* the latest used first */
	uint64_t bytes, max_bytes;
	uint64_t hits, misses;
	uint64_t generation; /* grows each time that it is emptied */
};

void jsl_cache_init(struct jsl_cache *c, uint64_t max_bytes);
void jsl_cache_deinit(struct jsl_cache *c);

/** The answer under @key, now the latest used, or NULL. Borrowed. */
struct jsl_answer *jsl_cache_get(struct jsl_cache *c, const struct jsl_cache_key *key);

/**
 * Keep @a (a reference is taken) under @key, in place of what is there. What is
 * larger than the cache, or finds no memory, is not kept.
 */
void jsl_cache_put(struct jsl_cache *c, const struct jsl_cache_key *key,
		   struct jsl_answer *a);

/** Drop everything. */
void jsl_cache_clear(struct jsl_cache *c);

#endif
