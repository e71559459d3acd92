/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The leader's invariants, as assertions over the whole state.
 */

#include <assert.h>

#include "queue/leader_int.h"

static void check_joined(const struct jsl_queue_entry *e, bool linked)
{
	const struct jsl_queue_entry *run = e->primary;
	bool ready = run->state == JSL_QUEUE_CONDEMNED ||
		     (run->state == JSL_QUEUE_FINISHED && run->worker->ready);

	assert(e->payload != NULL && e->worker == NULL && e->n_joined == 0);
	assert(run->mapped && e->keyed &&
	       memcmp(&e->key, &run->key, sizeof(e->key)) == 0);
	assert(jsl_queue__match(run, e->payload, e->tag) == JSL_QUEUE_MATCH_SAME);
	assert(!linked || !ready || e->delivery != JSL_QUEUE_IDLE);
	assert(e->delivery == JSL_QUEUE_IDLE || ready ||
	       e->delivery == JSL_QUEUE_FORWARDED);
}

static void check_group(const struct jsl_queue_entry *e)
{
	uint32_t n = 0;

	if (e->state == JSL_QUEUE_JOINED)
		return;
	jsl_list_foreach (it, &e->group) {
		assert(jsl_container_of(it, struct jsl_queue_entry, group)->primary == e);
		n++;
	}
	assert(n == e->n_joined);
}

static void check_entry(const struct jsl_queue_leader *l, const struct jsl_queue_entry *e)
{
	bool linked = jsl_queue__owner_linked(e);

	assert(e->owner->node.id == e->submitter.id);
	assert(e->n_tries <= JSL_QUEUE_TRIED_MAX);
	assert(!e->recovering || e->state == JSL_QUEUE_HELD);
	assert(e->delivery == JSL_QUEUE_IDLE || linked);
	assert(e->reserved == NULL ||
	       (e->state == JSL_QUEUE_WAITING && l->reserving == e));
	assert(jsl_list_empty(&e->timed) == !jsl_queue__is_timed(e));
	assert(jsl_list_empty(&e->timed) ||
	       (e->word_us <= l->now_us && l->sweep_us < UINT64_MAX));
	assert(e->n_joined == 0 || e->mapped);
	assert(!e->mapped || (e->keyed && e->state != JSL_QUEUE_JOINED));
	assert(!e->headless || (e->n_joined > 0 && jsl_list_empty(&e->of_owner)));
	assert(!e->keyed || e->payload == NULL || e->tag == jsl_queue__tag(e->payload));
	switch (e->state) {
	case JSL_QUEUE_HELD:
		assert(e->worker == NULL && e->recovering == (e->payload != NULL));
		assert(!e->headless && (e->recovering || e->n_joined == 0));
		break;
	case JSL_QUEUE_WAITING:
		assert(e->worker == NULL && e->payload != NULL && !e->headless);
		assert(!jsl_list_empty(&e->queue) && e->deaths < l->opts.max_deaths);
		break;
	case JSL_QUEUE_AT_WORK:
		assert(e->worker != NULL && e->attempt > 0);
		assert(e->alone || e->deaths == 0);
		break;
	case JSL_QUEUE_FINISHED:
		assert(e->worker != NULL || e->delivery == JSL_QUEUE_FORWARDED ||
		       !linked);
		assert(e->worker != NULL || !e->mapped);
		assert(e->delivery == JSL_QUEUE_IDLE ||
		       e->delivery == JSL_QUEUE_FORWARDED || e->worker->ready);
		/* Nothing that could go on stands still. */
		assert(e->delivery != JSL_QUEUE_IDLE || !linked || !e->worker->ready);
		break;
	case JSL_QUEUE_JOINED: check_joined(e, linked); break;
	default:
		assert(e->state == JSL_QUEUE_CONDEMNED && e->worker == NULL);
		assert(!linked || e->delivery != JSL_QUEUE_IDLE);
		break;
	}
}

static void check_peer(const struct jsl_queue_peer *p)
{
	uint32_t used = 0, alone = 0;

	assert(!p->ready || (p->wlink != NULL && p->reported));
	assert(p->wlink == NULL || p->wlink->peer == p);
	assert(p->slink == NULL || p->slink->peer == p);
	assert(p->slink == NULL || jsl_list_empty(&p->saway_list));
	assert(p->wlink == NULL || jsl_list_empty(&p->waway_list));
	assert(p->ready || jsl_list_empty(&p->free_list));
	assert(jsl_list_empty(&p->jobs) || p->wlink != NULL ||
	       !jsl_list_empty(&p->waway_list));
	jsl_list_foreach (it, &p->jobs) {
		const struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, of_worker);

		assert(e->worker == p);
		used += e->state == JSL_QUEUE_AT_WORK;
		alone += e->alone;
	}
	assert(used == p->used && alone == p->n_alone);
}

static size_t count(const struct jsl_list *list)
{
	size_t n = 0;

	jsl_list_foreach (it, list)
		n++;
	return n;
}

void jsl_queue_leader__check(const struct jsl_queue_leader *l)
{
	size_t n = 0, recovering = 0, silent = 0, mapped = 0;
	uint64_t bytes = 0;

	jsl_map_foreach (it, &l->entries) {
		const struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, by_id);

		check_entry(l, e);
		check_group(e);
		mapped += e->mapped;
		bytes += jsl_blob_len(e->payload);
		recovering += e->recovering;
	}
	jsl_map_foreach (it, &l->peers) {
		const struct jsl_queue_peer *p =
			jsl_container_of(it, struct jsl_queue_peer, by_id);

		check_peer(p);
		silent += p->silent;
	}
	for (int i = 0; i < JSL_QUEUE_N_STATES; i++)
		n += l->n_state[i];
	assert(n == l->entries.count && bytes == l->bytes);
	assert(mapped == l->keys.count);
	assert(recovering == l->n_recovering && silent == l->n_silent);
	assert(count(&l->held) + count(&l->orphans) == l->n_state[JSL_QUEUE_HELD]);
	assert(count(&l->suspects) + count(&l->urgent) + count(&l->fresh) ==
	       l->n_state[JSL_QUEUE_WAITING]);
	assert(l->leading || n == 0);
}
