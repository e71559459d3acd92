/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_NAMES_H
#define JSL_GATEWAY_NAMES_H

/*
 * What each Idempotency-Key was used for: a client that sends its request again
 * under the same key gets the same answer, however the first one ended and whoever
 * leads by now. Bounded by bytes: the one not used for longest goes first; a name
 * whose answer is on its way is bounded by the connection that waits for it.
 */

#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "gateway/answer.h"
#include "gateway/cache.h"

struct jsl_name {
	struct jsl_map_node map;
	struct jsl_list list;	      /* the owner's until it is settled, then lru */
	struct jsl_cache_key name;    /* hash of the Idempotency-Key */
	struct jsl_cache_key content; /* key of the request that it was used for */
	struct jsl_answer *answer;    /* owned; NULL: on its way */
};

struct jsl_names {
	struct jsl_map map;
	struct jsl_list lru; /* the latest used first; only settled ones */
	uint64_t bytes, max_bytes;
};

void jsl_names_init(struct jsl_names *n, uint64_t max_bytes);
/** None may be on its way. */
void jsl_names_deinit(struct jsl_names *n);

/** The one called @name, now the latest used, or NULL. Borrowed. */
struct jsl_name *jsl_names_get(struct jsl_names *n, const struct jsl_cache_key *name);

/**
 * A new one, on its way, listed in @owner until it is settled; borrowed. NULL without
 * memory. There is none of that @name.
 */
struct jsl_name *jsl_names_new(struct jsl_names *n, const struct jsl_cache_key *name,
			       const struct jsl_cache_key *content,
			       struct jsl_list *owner);

/** Its answer (a reference is taken) is here; NULL, or one too large: forget it. */
void jsl_names_settle(struct jsl_names *n, struct jsl_name *it,
		      struct jsl_answer *answer);

#endif
