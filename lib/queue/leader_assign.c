/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs what next (Q6, Q9). The order is: suspects, which took a worker down
 * and run alone; then what ran or waited before; then first submissions. The
 * list free holds the workers that may be given a job now, the one that was
 * served last at its end: round robin over the free ones, so that a slow worker
 * never holds up another.
 */

#include <assert.h>

#include "queue/leader_int.h"

/* So many that must go elsewhere are passed over before the rest waits too. */
#define SKIP_MAX 32

static struct jsl_queue_peer *less_loaded(struct jsl_queue_peer *a,
					  struct jsl_queue_peer *b)
{
	return (uint64_t)b->used * a->slots < (uint64_t)a->used * b->slots ? b : a;
}

/* The next free worker, if need be one that did not have @e yet. */
static struct jsl_queue_peer *next_free(const struct jsl_queue_leader *l,
					const struct jsl_queue_entry *e, bool elsewhere)
{
	struct jsl_queue_peer *best = NULL;

	jsl_list_foreach (it, &l->free) {
		struct jsl_queue_peer *w =
			jsl_container_of(it, struct jsl_queue_peer, free_list);

		if (elsewhere && jsl_queue__entry_tried_id(e, w->node.id))
			continue;
		if (l->opts.policy != JSL_QUEUE_LEAST_LOADED)
			return w;
		best = best == NULL ? w : less_loaded(best, w);
	}
	return best;
}

static bool has_elsewhere(const struct jsl_queue_leader *l,
			  const struct jsl_queue_entry *e)
{
	if (e->n_tries == 0)
		return false;
	jsl_list_foreach (it, &l->ready) {
		const struct jsl_queue_peer *w =
			jsl_container_of(it, struct jsl_queue_peer, ready_list);

		if (!jsl_queue__entry_tried_id(e, w->node.id))
			return true;
	}
	return false;
}

static void give(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		 struct jsl_queue_peer *w)
{
	struct jsl_queue_message *m;

	assert(w->ready && w->used < w->slots && e->payload != NULL);
	e->attempt += e->attempt < UINT32_MAX;
	e->queued_us = l->now_us - e->accepted_us;
	jsl_queue__entry_place(l, e, w, false);
	jsl_list_remove(&w->free_list); /* to the end, if it is free still */
	jsl_queue__peer_refresh(l, w);
	m = jsl_queue__send(l, JSL_QUEUE_ASSIGN, w->wlink, e->id);
	assert(m != NULL);
	m->attempt = e->attempt;
	m->deaths = e->deaths;
	m->submitter = e->submitter;
	m->key = e->key;
	m->tag = e->tag;
	m->leader = l->leader;
	m->epoch = l->leader.epoch;
	m->queued_us = e->queued_us;
	jsl_queue__set_payload(m, e->payload);
	jsl_queue__group_started(l, e);
	jsl_queue__entry_note(l, JSL_QUEUE_NOTE_ASSIGNED, e, w->node);
}

/* Q8: its submitter has given up by its own clock. */
static bool drop_expired(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	if (l->now_us < e->expire_us)
		return false;
	jsl_queue__entry_note(l, JSL_QUEUE_NOTE_EXPIRED, e, e->submitter);
	jsl_queue__entry_discard(l, e);
	return true;
}

static struct jsl_queue_entry *first(const struct jsl_list *list)
{
	struct jsl_list *it = jsl_list_first(list);

	return it != NULL ? jsl_container_of(it, struct jsl_queue_entry, queue) : NULL;
}

/*
 * Q6: a suspect needs a worker that is idle. Without one, the least used is
 * kept free for it; for one suspect at a time, or suspects would stop the rest.
 */
static struct jsl_queue_peer *idle_worker(struct jsl_queue_leader *l,
					  struct jsl_queue_entry *e)
{
	bool elsewhere = has_elsewhere(l, e);
	struct jsl_queue_peer *least = NULL;

	jsl_list_foreach (it, &l->ready) {
		struct jsl_queue_peer *w =
			jsl_container_of(it, struct jsl_queue_peer, ready_list);

		if (w->n_alone > 0 || !jsl_list_empty(&w->blocked_list) ||
		    (elsewhere && jsl_queue__entry_tried_id(e, w->node.id)))
			continue;
		if (w->used == 0)
			return w;
		if (least == NULL || w->used < least->used)
			least = w;
	}
	if (least != NULL && l->reserving == NULL) {
		l->reserving = e;
		e->reserved = least;
		least->reserved = e;
		jsl_queue__peer_refresh(l, least);
	}
	return NULL;
}

static void assign_suspects(struct jsl_queue_leader *l)
{
	struct jsl_queue_entry *e;
	struct jsl_queue_peer *w;

	while ((e = first(&l->suspects)) != NULL) {
		if (drop_expired(l, e))
			continue;
		if (l->reserving != NULL && l->reserving != e) /* it has lost its turn */
			jsl_queue__entry_unreserve(l, l->reserving);
		w = idle_worker(l, e);
		if (w == NULL || !jsl_queue__out_room_for(&l->out, e->n_joined))
			return;
		give(l, e, w);
	}
}

static void assign_urgent(struct jsl_queue_leader *l)
{
	unsigned skipped = 0;

	jsl_list_foreach_safe (it, &l->urgent) {
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, queue);
		struct jsl_queue_peer *w;

		if (drop_expired(l, e))
			continue;
		if (jsl_list_empty(&l->free) || skipped == SKIP_MAX)
			return;
		w = next_free(l, e, has_elsewhere(l, e));
		if (w == NULL) {
			skipped++;
			continue;
		}
		if (!jsl_queue__out_room_for(&l->out, e->n_joined))
			return;
		give(l, e, w);
	}
}

static void assign_fresh(struct jsl_queue_leader *l)
{
	struct jsl_queue_entry *e;

	while ((e = first(&l->fresh)) != NULL) {
		if (drop_expired(l, e))
			continue;
		if (jsl_list_empty(&l->free) ||
		    !jsl_queue__out_room_for(&l->out, e->n_joined))
			return;
		give(l, e, next_free(l, e, false));
	}
}

void jsl_queue__assign(struct jsl_queue_leader *l)
{
	assign_suspects(l);
	assign_urgent(l);
	assign_fresh(l);
}
