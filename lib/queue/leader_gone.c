/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is gone, and what becomes of the jobs (Q3, Q6). Only the death of a
 * process counts against the job that it ran: silence that ends is no death,
 * and a clean stop never is.
 */

#include <assert.h>

#include "queue/leader_int.h"

/* The processes of @id up to @boot died: also the jobs they lost before count. */
static void count_deaths(struct jsl_queue_leader *l, uint64_t id, uint64_t boot)
{
	jsl_map_foreach (n, &l->entries) {
		struct jsl_queue_entry *e =
			jsl_container_of(n, struct jsl_queue_entry, by_id);
		uint32_t before = e->deaths;

		for (uint32_t i = 0; i < e->n_tries; i++) {
			struct jsl_queue_try *t = &e->tries[i];

			if (t->node.id != id || t->node.boot == 0 ||
			    t->node.boot > boot || !t->lost || t->died)
				continue;
			t->died = true;
			e->deaths++;
		}
		if (e->deaths != before)
			jsl_queue__entry_reconsider(l, e);
	}
}

/* On a link that is still up, it is told: it may live after all. */
static void lose_result(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			struct jsl_queue_entry *e)
{
	if (w->ready && !jsl_queue__is_wanted(e))
		return; /* to be forgotten when it is delivered */
	if (w->ready)
		jsl_queue__send(l, JSL_QUEUE_FORGET, w->wlink, e->id);
	jsl_queue__entry_lose(l, e);
}

static void lose_run(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		     struct jsl_queue_entry *e, enum jsl_queue_gone how)
{
	jsl_queue__entry_tried(e, w->node)->lost = how != JSL_QUEUE_GONE_CLEAN;
	jsl_queue__send_cancel(l, w, e->id);
	jsl_queue__entry_requeue(l, e, false);
}

void jsl_queue__worker_gone(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			    enum jsl_queue_gone how)
{
	struct jsl_list *it = w->jobs.prev;

	jsl_list_remove(&w->waway_list);
	while (it != &w->jobs) { /* the newest first: each goes to the front */
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, of_worker);

		it = it->prev;
		if (e->state == JSL_QUEUE_FINISHED)
			lose_result(l, w, e);
		else
			lose_run(l, w, e, how);
	}
	if (how == JSL_QUEUE_GONE_DIED)
		count_deaths(l, w->node.id, w->node.boot);
	jsl_queue__peer_refresh(l, w);
}

void jsl_queue__worker_revived(struct jsl_queue_leader *l, struct jsl_queue_peer *w)
{
	jsl_map_foreach (n, &l->entries) {
		struct jsl_queue_entry *e =
			jsl_container_of(n, struct jsl_queue_entry, by_id);
		struct jsl_queue_try *t = jsl_queue__entry_tried(e, w->node);

		if (t == NULL || !t->died)
			continue;
		if (e->state == JSL_QUEUE_CONDEMNED && jsl_queue__verdict_is_out(e))
			continue;
		assert(e->deaths > 0);
		t->died = false;
		e->deaths--;
		jsl_queue__entry_reconsider(l, e);
	}
}

void jsl_queue__owner_gone(struct jsl_queue_leader *l, struct jsl_queue_peer *p,
			   uint64_t boot)
{
	jsl_list_remove(&p->saway_list);
	jsl_list_foreach_safe (it, &p->owned) {
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, of_owner);

		if (e->submitter.boot >= boot)
			continue;
		jsl_queue__entry_note(l, JSL_QUEUE_NOTE_CANCELLED, e, p->node);
		jsl_queue__entry_discard(l, e);
	}
}

void jsl_queue__owner_away(struct jsl_queue_leader *l, struct jsl_queue_peer *p)
{
	jsl_list_remove(&p->saway_list);
	p->expired = true;
	jsl_list_foreach_safe (it, &p->owned) {
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, of_owner);

		const struct jsl_queue_entry *run = jsl_queue__run_of(e);

		if (run->state == JSL_QUEUE_CONDEMNED)
			continue;
		if (run->state == JSL_QUEUE_FINISHED && run->worker != NULL) {
			if (e == run)
				jsl_queue__entry_payload(l, e, NULL);
			continue;
		}
		jsl_queue__entry_note(l, JSL_QUEUE_NOTE_CANCELLED, e, p->node);
		jsl_queue__entry_discard(l, e);
	}
}
