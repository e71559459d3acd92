/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An entry of the leader and the moves between its states. Invariant: an entry
 * is in at most one of the lists held, orphans, suspects, urgent, fresh and due, as
 * its state says, and its worker's counters agree with it.
 */

#include <assert.h>
#include <stdlib.h>

#include "queue/leader_int.h"

struct jsl_queue_entry *jsl_queue__entry_get(const struct jsl_queue_leader *l,
					     struct jsl_queue_id id)
{
	struct jsl_map_node *n = jsl_map_get(&l->entries, jsl_queue__key(id));

	return n != NULL ? jsl_container_of(n, struct jsl_queue_entry, by_id) : NULL;
}

struct jsl_queue_entry *jsl_queue__entry_new(struct jsl_queue_leader *l,
					     struct jsl_queue_id id,
					     struct jsl_queue_peer *owner,
					     struct jsl_queue_node submitter)
{
	struct jsl_queue_entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	if (jsl_map_put(&l->entries, jsl_queue__key(id), &e->by_id) < 0) {
		free(e);
		return NULL;
	}
	e->id = id;
	e->owner = owner;
	e->submitter = submitter;
	e->state = JSL_QUEUE_HELD;
	e->accepted_us = l->now_us;
	e->expire_us = UINT64_MAX;
	jsl_list_push_back(&l->held, &e->queue);
	jsl_list_init(&e->of_worker);
	jsl_list_init(&e->group);
	jsl_list_init(&e->timed);
	jsl_list_push_back(&owner->owned, &e->of_owner);
	l->n_state[e->state]++;
	return e;
}

static void settle(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	if (e->recovering) {
		e->recovering = false;
		l->n_recovering--;
	}
}

void jsl_queue__entry_free(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	settle(l, e);
	if (e->primary != NULL)
		e->primary->n_joined--;
	jsl_list_remove(&e->group);
	jsl_queue__key_unmap(l, e);
	jsl_queue__entry_unreserve(l, e);
	jsl_queue__entry_take(l, e);
	l->n_state[e->state]--;
	l->bytes -= jsl_blob_len(e->payload);
	jsl_blob_unref(e->payload);
	jsl_list_remove(&e->queue);
	jsl_list_remove(&e->of_owner);
	jsl_map_remove(&l->entries, &e->by_id);
	free(e);
}

void jsl_queue__entry_note(struct jsl_queue_leader *l, enum jsl_queue_note_type type,
			   const struct jsl_queue_entry *e, struct jsl_queue_node node)
{
	jsl_queue__out_note(&l->out, &(struct jsl_queue_note){
					     .type = type,
					     .job = e->id,
					     .node = node,
					     .attempt = e->attempt,
					     .epoch = l->leader.epoch,
				     });
}

void jsl_queue__entry_payload(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			      struct jsl_blob *payload)
{
	jsl_blob_ref(payload);
	l->bytes += jsl_blob_len(payload);
	l->bytes -= jsl_blob_len(e->payload);
	jsl_blob_unref(e->payload);
	e->payload = payload;
	jsl_queue__entry_time(l, e);
}

struct jsl_queue_try *jsl_queue__entry_tried(struct jsl_queue_entry *e,
					     struct jsl_queue_node node)
{
	for (uint32_t i = e->n_tries; i > 0; i--)
		if (jsl_queue__same_node(e->tries[i - 1].node, node))
			return &e->tries[i - 1];
	return NULL;
}

bool jsl_queue__entry_tried_id(const struct jsl_queue_entry *e, uint64_t id)
{
	for (uint32_t i = 0; i < e->n_tries; i++)
		if (e->tries[i].node.id == id)
			return true;
	return false;
}

struct jsl_queue_try *jsl_queue__entry_try(struct jsl_queue_entry *e,
					   struct jsl_queue_node node)
{
	struct jsl_queue_try *t = jsl_queue__entry_tried(e, node);

	if (t != NULL)
		return t;
	/* The last one may be this worker by hearsay: now its boot is known. */
	t = e->n_tries > 0 ? &e->tries[e->n_tries - 1] : NULL;
	if (t == NULL || t->node.id != node.id || t->node.boot != 0) {
		if (e->n_tries == JSL_QUEUE_TRIED_MAX)
			memmove(e->tries, e->tries + 1, --e->n_tries * sizeof(*t));
		t = &e->tries[e->n_tries++];
	}
	*t = (struct jsl_queue_try){.node = node};
	return t;
}

static void set_state(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		      enum jsl_queue_state state)
{
	assert(e->worker == NULL);
	if (state != JSL_QUEUE_HELD)
		settle(l, e);
	if (state != JSL_QUEUE_WAITING)
		jsl_queue__entry_unreserve(l, e);
	jsl_queue__group_unoffer(e);
	jsl_list_remove(&e->queue);
	e->delivery = JSL_QUEUE_IDLE;
	l->n_state[e->state]--;
	l->n_state[state]++;
	e->state = state;
}

void jsl_queue__entry_wait(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			   bool front)
{
	struct jsl_list *list = e->deaths > 0 ? &l->suspects
				: e->again    ? &l->urgent
					      : &l->fresh;

	assert(e->payload != NULL);
	set_state(l, e, JSL_QUEUE_WAITING);
	if (list != &l->suspects)
		jsl_queue__entry_unreserve(l, e);
	if (front)
		jsl_list_push_front(list, &e->queue);
	else
		jsl_list_push_back(list, &e->queue);
}

void jsl_queue__entry_hold(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	set_state(l, e, JSL_QUEUE_HELD);
	e->orphan_us = l->now_us;
	jsl_list_push_back(e->payload == NULL ? &l->orphans : &l->held, &e->queue);
}

void jsl_queue__entry_place(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			    struct jsl_queue_peer *w, bool finished)
{
	if (e->worker != NULL)
		jsl_queue__entry_take(l, e);
	set_state(l, e, finished ? JSL_QUEUE_FINISHED : JSL_QUEUE_AT_WORK);
	e->worker = w;
	e->listed = w->inventory;
	jsl_list_push_back(&w->jobs, &e->of_worker);
	jsl_queue__entry_try(e, w->node)->lost = false;
	if (!finished) {
		w->used++;
		e->alone = e->deaths > 0;
		w->n_alone += e->alone;
		e->word_us = l->now_us;
		jsl_queue__entry_time(l, e);
	}
	jsl_queue__peer_refresh(l, w);
}

void jsl_queue__entry_take(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_peer *w = e->worker;

	if (w == NULL)
		return;
	jsl_list_remove(&e->of_worker);
	jsl_list_remove(&e->timed);
	e->worker = NULL;
	if (e->state == JSL_QUEUE_AT_WORK) {
		assert(w->used > 0);
		w->used--;
		w->n_alone -= e->alone;
		e->alone = false;
	}
	jsl_queue__peer_refresh(l, w);
}

void jsl_queue__entry_unreserve(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_peer *w = e->reserved;

	if (w == NULL)
		return;
	assert(l->reserving == e && w->reserved == e);
	l->reserving = NULL;
	w->reserved = NULL;
	e->reserved = NULL;
	jsl_queue__peer_refresh(l, w);
}

/* It waits again, for those who wait for it still; nobody may. May free it. */
static void wait_again(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		       struct jsl_queue_node node)
{
	jsl_queue__drop_away(l, e);
	if (e->n_joined > 0 && (e->headless || e->payload == NULL)) {
		struct jsl_queue_entry *to = jsl_queue__hand_over(l, e);

		if (e->headless || e->owner->expired)
			jsl_queue__entry_free(l, e);
		else
			jsl_queue__entry_hold(l, e); /* who knows whether it is wanted */
		e = to;
	}
	e->again = true;
	jsl_queue__entry_note(l, JSL_QUEUE_NOTE_REQUEUED, e, node);
	if (e->headless || (e->payload == NULL && e->owner->expired)) {
		jsl_queue__entry_free(l, e); /* nobody waits for it (Q3) */
	} else if (e->payload == NULL) {
		jsl_queue__entry_hold(l, e);
	} else if (jsl_queue__key_rejoin(l, e)) {
		return;
	} else if (e->old && l->n_silent > 0) {
		e->named = (struct jsl_queue_node){0}; /* that one has spoken */
		jsl_queue__recover(l, e);
	} else {
		jsl_queue__entry_wait(l, e, true);
	}
}

void jsl_queue__entry_requeue(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			      bool same_attempt)
{
	struct jsl_queue_node node = e->worker->node;

	jsl_queue__entry_take(l, e);
	if (same_attempt) {
		e->attempt -= e->attempt > 0;
		if (e->n_tries > 0 &&
		    jsl_queue__same_node(e->tries[e->n_tries - 1].node, node))
			e->n_tries--;
	}
	wait_again(l, e, node);
}

/* Its result is lost. It is on its way to some: they want nothing else. */
void jsl_queue__entry_lose(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_node node = e->worker->node;
	struct jsl_queue_entry *to;

	assert(e->state == JSL_QUEUE_FINISHED);
	jsl_queue__part_forwarded(l, e);
	if (e->delivery != JSL_QUEUE_FORWARDED) {
		jsl_queue__entry_requeue(l, e, false);
		return;
	}
	jsl_queue__entry_take(l, e);
	if (e->n_joined == 0) {
		jsl_queue__key_unmap(l, e);
		return;
	}
	to = jsl_queue__hand_over(l, e);
	wait_again(l, to, node);
}

static void condemn(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_node node = {0};

	if (e->n_tries > 0)
		node = e->tries[e->n_tries - 1].node;
	if (e->worker != NULL)
		jsl_queue__send_cancel(l, e->worker, e->id);
	jsl_queue__entry_take(l, e);
	set_state(l, e, JSL_QUEUE_CONDEMNED);
	jsl_queue__entry_note(l, JSL_QUEUE_NOTE_QUARANTINED, e, node);
	jsl_queue__group_offer(l, e);
}

void jsl_queue__entry_reconsider(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	if (e->recovering || e->state == JSL_QUEUE_FINISHED)
		return;
	jsl_queue__borrow_payload(l, e);
	if (e->deaths >= l->opts.max_deaths) {
		if (e->state != JSL_QUEUE_CONDEMNED)
			condemn(l, e);
	} else if (e->state == JSL_QUEUE_AT_WORK) {
		if (e->deaths > 0 && !e->alone) {
			e->alone = true;
			e->worker->n_alone++;
			jsl_queue__peer_refresh(l, e->worker);
		}
	} else if (e->payload == NULL) {
		jsl_queue__entry_hold(l, e);
	} else {
		jsl_queue__entry_wait(l, e, true);
	}
}

void jsl_queue__entry_join(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			   struct jsl_queue_entry *p)
{
	assert(e->payload != NULL && e->n_joined == 0 && !e->mapped && p->mapped);
	set_state(l, e, JSL_QUEUE_JOINED);
	e->primary = p;
	jsl_list_push_back(&p->group, &e->group);
	p->n_joined++;
}

static void leave(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
		  enum jsl_queue_state state)
{
	assert(e->state == JSL_QUEUE_JOINED);
	jsl_list_remove(&e->group);
	e->primary->n_joined--;
	e->primary = NULL;
	set_state(l, e, state);
}

void jsl_queue__entry_leave(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	leave(l, e, JSL_QUEUE_HELD);
	jsl_list_push_back(&l->held, &e->queue);
}

void jsl_queue__entry_part(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	assert(e->delivery == JSL_QUEUE_FORWARDED);
	leave(l, e, JSL_QUEUE_FINISHED);
	e->delivery = JSL_QUEUE_FORWARDED;
}

/* Its submitter waits no more, others do: they keep the run, or run in its turn. */
static void discard_primary(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	if (e->state == JSL_QUEUE_HELD || e->state == JSL_QUEUE_WAITING) {
		jsl_queue__promote(l, e);
		jsl_queue__entry_free(l, e);
		return;
	}
	jsl_list_remove(&e->of_owner);
	jsl_queue__entry_unoffer(e);
	e->headless = true;
	jsl_queue__entry_time(l, e);
}

void jsl_queue__entry_discard(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_peer *w = e->worker;
	struct jsl_queue_entry *p = e->primary;

	if (e->n_joined > 0) {
		discard_primary(l, e);
		return;
	}
	if (w != NULL && e->state == JSL_QUEUE_AT_WORK)
		jsl_queue__send_cancel(l, w, e->id);
	else if (w != NULL && w->ready)
		jsl_queue__send(l, JSL_QUEUE_FORGET, w->wlink, e->id);
	jsl_queue__entry_free(l, e);
	if (p != NULL && p->headless && p->n_joined == 0)
		jsl_queue__entry_discard(l, p);
}
