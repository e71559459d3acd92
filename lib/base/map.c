/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intrusive chained hash map; see map.h.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/map.h"

#define MAP_MIN_BUCKETS 16

/* The finalizer of splitmix64 over both halves and the seed. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static size_t bucket_of(const struct jsl_map *m, struct jsl_key key)
{
	return (size_t)mix(mix(key.hi ^ m->seed) ^ key.lo) & (m->n_buckets - 1);
}

void jsl_map_init(struct jsl_map *m, uint64_t seed)
{
	*m = (struct jsl_map){.seed = seed};
}

void jsl_map_deinit(struct jsl_map *m)
{
	free(m->buckets);
	*m = (struct jsl_map){0};
}

struct jsl_map_node *jsl_map_get(const struct jsl_map *m, struct jsl_key key)
{
	struct jsl_map_node *n;

	if (m->count == 0)
		return NULL;
	for (n = m->buckets[bucket_of(m, key)]; n != NULL; n = n->next)
		if (jsl_key_equal(n->key, key))
			return n;
	return NULL;
}

static void link_node(struct jsl_map *m, struct jsl_map_node *n)
{
	struct jsl_map_node **head = &m->buckets[bucket_of(m, n->key)];

	n->next = *head;
	*head = n;
}

static int grow(struct jsl_map *m)
{
	size_t old_n = m->n_buckets;
	struct jsl_map_node **old = m->buckets;
	size_t n = old_n == 0 ? MAP_MIN_BUCKETS : old_n * 2;
	struct jsl_map_node **buckets = calloc(n, sizeof(*buckets));

	if (buckets == NULL)
		return -ENOMEM;
	m->buckets = buckets;
	m->n_buckets = n;
	for (size_t i = 0; i < old_n; i++) {
		struct jsl_map_node *it = old[i];

		while (it != NULL) {
			struct jsl_map_node *next = it->next;

			link_node(m, it);
			it = next;
		}
	}
	free(old);
	return 0;
}

int jsl_map_put(struct jsl_map *m, struct jsl_key key, struct jsl_map_node *n)
{
	assert(jsl_map_get(m, key) == NULL);
	if (m->count >= m->n_buckets) {
		int r = grow(m);

		if (r < 0)
			return r;
	}
	n->key = key;
	link_node(m, n);
	m->count++;
	return 0;
}

void jsl_map_remove(struct jsl_map *m, struct jsl_map_node *n)
{
	struct jsl_map_node **it = &m->buckets[bucket_of(m, n->key)];

	while (*it != n) {
		assert(*it != NULL);
		it = &(*it)->next;
	}
	*it = n->next;
	n->next = NULL;
	m->count--;
}

struct jsl_map_node *jsl_map_next(const struct jsl_map *m, const struct jsl_map_node *n)
{
	size_t i = 0;

	if (n != NULL) {
		if (n->next != NULL)
			return n->next;
		i = bucket_of(m, n->key) + 1;
	}
	for (; i < m->n_buckets; i++)
		if (m->buckets[i] != NULL)
			return m->buckets[i];
	return NULL;
}
