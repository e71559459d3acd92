/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache with a bound on bytes and least-recently-used eviction; see cache.h.
 * The sum of the entries is c->bytes and never above c->max_bytes.
 */

#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cache.h"

struct entry {
	struct jsl_map_node map;
	struct jsl_list lru;
	struct jsl_cache_key key;
	struct jsl_answer *answer;
	uint64_t bytes;
};

struct jsl_key jsl_cache_map_key(const struct jsl_cache_key *key)
{
	struct jsl_key k;

	memcpy(&k.hi, key->bytes, sizeof(k.hi));
	memcpy(&k.lo, key->bytes + sizeof(k.hi), sizeof(k.lo));
	return k;
}

void jsl_cache_init(struct jsl_cache *c, uint64_t max_bytes)
{
	*c = (struct jsl_cache){.max_bytes = max_bytes};
	jsl_map_init(&c->map, 0);
	jsl_list_init(&c->lru);
}

static void drop(struct jsl_cache *c, struct entry *e)
{
	assert(c->bytes >= e->bytes);
	c->bytes -= e->bytes;
	jsl_map_remove(&c->map, &e->map);
	jsl_list_remove(&e->lru);
	jsl_answer_unref(e->answer);
	free(e);
}

void jsl_cache_clear(struct jsl_cache *c)
{
	jsl_list_foreach_safe (it, &c->lru)
		drop(c, jsl_container_of(it, struct entry, lru));
	assert(c->bytes == 0 && c->map.count == 0);
	c->generation++;
}

void jsl_cache_deinit(struct jsl_cache *c)
{
	jsl_cache_clear(c);
	jsl_map_deinit(&c->map);
}

/* The entry in @key's place, which may be that of another key with the same half. */
static struct entry *find(struct jsl_cache *c, const struct jsl_cache_key *key)
{
	struct jsl_map_node *n = jsl_map_get(&c->map, jsl_cache_map_key(key));

	return n != NULL ? jsl_container_of(n, struct entry, map) : NULL;
}

struct jsl_answer *jsl_cache_get(struct jsl_cache *c, const struct jsl_cache_key *key)
{
	struct entry *e = find(c, key);

	if (e == NULL || memcmp(&e->key, key, sizeof(*key)) != 0) {
		c->misses++;
		return NULL;
	}
	c->hits++;
	jsl_list_remove(&e->lru);
	jsl_list_push_front(&c->lru, &e->lru);
	return e->answer;
}

void jsl_cache_put(struct jsl_cache *c, const struct jsl_cache_key *key,
		   struct jsl_answer *a)
{
	uint64_t bytes = sizeof(struct entry) + jsl_answer_bytes(a);
	struct entry *e = find(c, key);

	if (e != NULL)
		drop(c, e);
	if (bytes > c->max_bytes)
		return;
	while (c->bytes > c->max_bytes - bytes)
		drop(c, jsl_container_of(c->lru.prev, struct entry, lru));
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return;
	if (jsl_map_put(&c->map, jsl_cache_map_key(key), &e->map) < 0) {
		free(e);
		return;
	}
	e->key = *key;
	e->answer = jsl_answer_ref(a);
	e->bytes = bytes;
	c->bytes += bytes;
	jsl_list_push_front(&c->lru, &e->lru);
}
