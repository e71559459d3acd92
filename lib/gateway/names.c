/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Idempotency keys and their answers; see names.h. n->bytes is the sum of the settled
 * ones and never above n->max_bytes.
 */

#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/names.h"

static uint64_t cost(const struct jsl_name *it)
{
	return sizeof(*it) + jsl_answer_bytes(it->answer);
}

static void drop(struct jsl_names *n, struct jsl_name *it)
{
	if (it->answer != NULL) {
		assert(n->bytes >= cost(it));
		n->bytes -= cost(it);
	}
	jsl_map_remove(&n->map, &it->map);
	jsl_list_remove(&it->list);
	jsl_answer_unref(it->answer);
	free(it);
}

void jsl_names_init(struct jsl_names *n, uint64_t max_bytes)
{
	*n = (struct jsl_names){.max_bytes = max_bytes};
	jsl_map_init(&n->map, 0);
	jsl_list_init(&n->lru);
}

void jsl_names_deinit(struct jsl_names *n)
{
	jsl_list_foreach_safe (it, &n->lru)
		drop(n, jsl_container_of(it, struct jsl_name, list));
	assert(n->map.count == 0 && n->bytes == 0);
	jsl_map_deinit(&n->map);
}

struct jsl_name *jsl_names_get(struct jsl_names *n, const struct jsl_cache_key *name)
{
	struct jsl_map_node *node = jsl_map_get(&n->map, jsl_cache_map_key(name));
	struct jsl_name *it;

	if (node == NULL)
		return NULL;
	it = jsl_container_of(node, struct jsl_name, map);
	assert(memcmp(&it->name, name, sizeof(*name)) == 0); /* or SHA-256 is broken */
	if (it->answer != NULL) {
		jsl_list_remove(&it->list);
		jsl_list_push_front(&n->lru, &it->list);
	}
	return it;
}

struct jsl_name *jsl_names_new(struct jsl_names *n, const struct jsl_cache_key *name,
			       const struct jsl_cache_key *content,
			       struct jsl_list *owner)
{
	struct jsl_name *it = calloc(1, sizeof(*it));

	if (it == NULL)
		return NULL;
	if (jsl_map_put(&n->map, jsl_cache_map_key(name), &it->map) < 0) {
		free(it);
		return NULL;
	}
	it->name = *name;
	it->content = *content;
	jsl_list_push_back(owner, &it->list);
	return it;
}

void jsl_names_settle(struct jsl_names *n, struct jsl_name *it, struct jsl_answer *answer)
{
	uint64_t bytes;

	assert(it->answer == NULL);
	if (answer == NULL || sizeof(*it) + jsl_answer_bytes(answer) > n->max_bytes) {
		drop(n, it);
		return;
	}
	jsl_list_remove(&it->list);
	it->answer = jsl_answer_ref(answer);
	bytes = cost(it);
	while (n->bytes > n->max_bytes - bytes)
		drop(n, jsl_container_of(n->lru.prev, struct jsl_name, list));
	n->bytes += bytes;
	jsl_list_push_front(&n->lru, &it->list);
}
