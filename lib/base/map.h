/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BASE_MAP_H
#define JSL_BASE_MAP_H

/*
 * Intrusive hash map from a 128-bit key (a job id, or a 64-bit number in .lo)
 * to the object that embeds the node. Chained, doubling; growing is the only
 * allocation. The iteration order depends on nothing but the history of calls,
 * so the cores stay deterministic; keys chosen by an adversary are spread by a
 * keyed mix (@seed).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsl_key {
	uint64_t hi, lo;
};

struct jsl_map_node {
	struct jsl_map_node *next;
	struct jsl_key key;
};

struct jsl_map {
	struct jsl_map_node **buckets;
	size_t n_buckets; /* a power of two, or 0 before the first put */
	size_t count;
	uint64_t seed;
};

static inline struct jsl_key jsl_key_u64(uint64_t n)
{
	return (struct jsl_key){.hi = 0, .lo = n};
}

/** The key of a random 128-bit id. */
static inline struct jsl_key jsl_key_bytes(const uint8_t bytes[16])
{
	struct jsl_key key = {0, 0};

	for (int i = 0; i < 8; i++) {
		key.hi = key.hi << 8 | bytes[i];
		key.lo = key.lo << 8 | bytes[8 + i];
	}
	return key;
}

static inline bool jsl_key_equal(struct jsl_key a, struct jsl_key b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

void jsl_map_init(struct jsl_map *m, uint64_t seed);

/** Frees the table, not the objects in it. */
void jsl_map_deinit(struct jsl_map *m);

/** The node under @key, or NULL. */
struct jsl_map_node *jsl_map_get(const struct jsl_map *m, struct jsl_key key);

/**
 * Put @n under @key, which must not be in the map.
 *
 * Returns 0, or -ENOMEM with the map unchanged.
 */
int jsl_map_put(struct jsl_map *m, struct jsl_key key, struct jsl_map_node *n);

/** Take out @n, which must be in the map. */
void jsl_map_remove(struct jsl_map *m, struct jsl_map_node *n);

/** The first node, or the one after @n; NULL at the end. */
struct jsl_map_node *jsl_map_next(const struct jsl_map *m, const struct jsl_map_node *n);

/** Walk; nothing may be put or removed. */
#define jsl_map_foreach(it, m)                                            \
	for (struct jsl_map_node *it = jsl_map_next(m, NULL); it != NULL; \
	     it = jsl_map_next(m, it))

#endif
