/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiled classes by the hash of their sources; see classes.h. The sum of the entries
 * is c->bytes and never above c->max_bytes.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "io/hash.h"
#include "runner/classes.h"
#include "runner/jdk.h"

enum { SHARE = 4 }; /* one entry takes at most this part of the room */

struct entry {
	struct jsl_map_node map;
	struct jsl_list lru;
	struct jsl_runner__classes_key key;
	size_t len;
	uint8_t data[];
};

/* Of a hash, any half is as good as the other; the whole is compared as well. */
static struct jsl_key map_key(const struct jsl_runner__classes_key *key)
{
	return jsl_key_bytes(key->bytes);
}

void jsl_runner__classes_init(struct jsl_runner__classes *c, size_t max_bytes)
{
	*c = (struct jsl_runner__classes){.max_bytes = max_bytes};
	jsl_map_init(&c->map, 0);
	jsl_list_init(&c->lru);
}

static void drop(struct jsl_runner__classes *c, struct entry *e)
{
	assert(c->bytes >= sizeof(*e) + e->len);
	c->bytes -= sizeof(*e) + e->len;
	jsl_map_remove(&c->map, &e->map);
	jsl_list_remove(&e->lru);
	free(e);
}

void jsl_runner__classes_deinit(struct jsl_runner__classes *c)
{
	jsl_list_foreach_safe (it, &c->lru)
		drop(c, jsl_container_of(it, struct entry, lru));
	assert(c->bytes == 0 && c->map.count == 0);
	jsl_map_deinit(&c->map);
}

int jsl_runner__classes_key(struct jsl_runner__classes_key *ret_key,
			    const struct jsl_runner__jdk *jdk, struct evbuffer *sources)
{
	const struct jsl_bytes parts[] = {
		{jdk->home, strlen(jdk->home) + 1}, /* with the NUL at their ends */
		{jdk->version, strlen(jdk->version) + 1},
		{evbuffer_pullup(sources, -1), evbuffer_get_length(sources)},
	};

	if (parts[2].data == NULL)
		return -ENOMEM;
	return jsl_io_sha256_parts(parts, sizeof(parts) / sizeof(parts[0]),
				   ret_key->bytes);
}

/* The entry in @key's place, which may be that of another key with the same half. */
static struct entry *find(struct jsl_runner__classes *c,
			  const struct jsl_runner__classes_key *key)
{
	struct jsl_map_node *n = jsl_map_get(&c->map, map_key(key));

	return n != NULL ? jsl_container_of(n, struct entry, map) : NULL;
}

int jsl_runner__classes_get(struct jsl_runner__classes *c,
			    const struct jsl_runner__classes_key *key,
			    struct jsl_bytes *ret_compiled)
{
	struct entry *e = find(c, key);

	if (e == NULL || memcmp(&e->key, key, sizeof(*key)) != 0)
		return 0;
	jsl_list_remove(&e->lru);
	jsl_list_push_front(&c->lru, &e->lru);
	*ret_compiled = (struct jsl_bytes){e->data, e->len};
	return 1;
}

void jsl_runner__classes_put(struct jsl_runner__classes *c,
			     const struct jsl_runner__classes_key *key,
			     struct jsl_bytes compiled)
{
	size_t room = c->max_bytes / SHARE, bytes = sizeof(struct entry) + compiled.len;
	struct entry *e = find(c, key);

	if (e != NULL)
		drop(c, e);
	if (bytes > room)
		return;
	while (c->bytes > c->max_bytes - bytes)
		drop(c, jsl_container_of(c->lru.prev, struct entry, lru));
	e = malloc(bytes);
	if (e == NULL)
		return;
	*e = (struct entry){.key = *key, .len = compiled.len};
	if (jsl_map_put(&c->map, map_key(key), &e->map) < 0) {
		free(e);
		return;
	}
	if (compiled.len > 0)
		memcpy(e->data, compiled.data, compiled.len);
	c->bytes += bytes;
	jsl_list_push_front(&c->lru, &e->lru);
}
