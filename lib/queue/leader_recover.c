/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a new leader learns what runs (Q2): workers list what they have, and a
 * job that was submitted to an earlier leader waits until everybody who could
 * run it has spoken or is gone. Time alone never lets one go: it only has the
 * silent ones probed.
 */

#include <assert.h>
#include <errno.h>

#include "base/rule.h"
#include "queue/leader_int.h"

#define PARTS_MAX  256 /* of one inventory */
#define PROBES_MAX 64  /* at once */

/* ---- inventories ---- */

static uint32_t at_least(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void found(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		  struct jsl_queue_entry *e, const struct jsl_queue_item *it)
{
	jsl_queue__entry_place(l, e, w, it->finished);
	e->attempt = at_least(e->attempt, at_least(it->attempt, 1));
	jsl_queue__entry_note(l, JSL_QUEUE_NOTE_ADOPTED, e, w->node);
	if (!it->finished)
		jsl_queue__send_started(l, e);
	jsl_queue__key_claim(l, e);
}

/* Somebody else has it: @w shall stop, or forget its result. */
static void surplus(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
		    const struct jsl_queue_item *it)
{
	struct jsl_queue_message *m = jsl_queue__send(
		l, it->finished ? JSL_QUEUE_FORGET : JSL_QUEUE_CANCEL, w->wlink, it->job);

	if (m != NULL && !it->finished)
		m->leader = l->leader;
	jsl_queue__out_note(&l->out, &(struct jsl_queue_note){
					     .type = JSL_QUEUE_NOTE_DUPLICATE,
					     .job = it->job,
					     .node = w->node,
					     .attempt = it->attempt,
					     .epoch = l->leader.epoch,
				     });
}

static void list_finished(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			  struct jsl_queue_entry *e, const struct jsl_queue_item *it)
{
	assert(w != NULL);
	if (e->state == JSL_QUEUE_FINISHED && e->worker == NULL &&
	    e->delivery == JSL_QUEUE_FORWARDED) { /* its holder is back */
		e->worker = w;
		jsl_list_push_back(&w->jobs, &e->of_worker);
	}
	if (e->state == JSL_QUEUE_FINISHED && e->worker == w) {
		e->listed = w->inventory;
		jsl_queue__key_claim(l, e);
		return;
	}
	if (e->state == JSL_QUEUE_FINISHED || jsl_queue__verdict_is_out(e)) {
		surplus(l, w, it);
		return;
	}
	if (e->state == JSL_QUEUE_AT_WORK && e->worker != w)
		jsl_queue__send_cancel(l, e->worker, e->id);
	found(l, w, e, it);
}

static void list_running(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			 struct jsl_queue_entry *e, const struct jsl_queue_item *it)
{
	if (e->state == JSL_QUEUE_HELD || e->state == JSL_QUEUE_WAITING) {
		found(l, w, e, it);
	} else if (e->state == JSL_QUEUE_AT_WORK && e->worker == w) {
		e->listed = w->inventory;
		e->word_us = l->now_us;
		e->attempt = at_least(e->attempt, it->attempt);
	} else if (e->worker != w) {
		surplus(l, w, it);
	}
}

static bool submitter_is_gone(const struct jsl_queue_peer *p,
			      const struct jsl_queue_item *it)
{
	bool failed = p->member == JSL_QUEUE_MEMBER_FAILED ||
		      p->member == JSL_QUEUE_MEMBER_LEFT;

	if (p->node.boot != it->submitter.boot)
		return p->node.boot > it->submitter.boot;
	return p->slink == NULL && (failed || (p->expired && !it->finished));
}

/* Its submitter is gone, but others wait for such a run. */
static bool is_shared(const struct jsl_queue_leader *l, const struct jsl_queue_item *it)
{
	const struct jsl_queue_entry *p = jsl_queue__key_get(l, it->key);

	return p != NULL &&
	       (p->state == JSL_QUEUE_HELD || p->state == JSL_QUEUE_WAITING) &&
	       p->payload != NULL &&
	       jsl_queue__match(p, NULL, it->tag) == JSL_QUEUE_MATCH_SAME;
}

/* Nobody has spoken of it yet: adopt it, its payload comes with its submitter. */
static int adopt(struct jsl_queue_leader *l, struct jsl_queue_link *k,
		 const struct jsl_queue_item *it)
{
	struct jsl_queue_peer *w = k->peer;
	struct jsl_queue_peer *owner = jsl_queue__peer_make(l, it->submitter.id);
	struct jsl_queue_entry *e;
	bool gone;

	if (owner == NULL)
		return -ENOMEM;
	gone = submitter_is_gone(owner, it);
	if (gone && !is_shared(l, it)) {
		surplus(l, w, it);
		return 0;
	}
	e = jsl_queue__entry_new(l, it->job, owner, it->submitter);
	if (e == NULL)
		return -ENOMEM;
	e->deaths = it->deaths < l->opts.max_deaths ? it->deaths : l->opts.max_deaths - 1;
	e->seen = k->serial;
	e->old = true;
	e->key = it->key;
	e->keyed = !jsl_queue__is_zero(it->key);
	e->tag = e->keyed ? it->tag : 0;
	found(l, w, e, it);
	if (gone)
		jsl_queue__entry_discard(l, e); /* it has others */
	else
		jsl_queue__peer_away(l, owner);
	return 0;
}

/* Joined here, run under its own id by the order of an earlier leader. */
static bool list_joined(struct jsl_queue_leader *l, struct jsl_queue_peer *w,
			struct jsl_queue_entry *e, const struct jsl_queue_item *it)
{
	struct jsl_queue_entry *p = e->primary;

	if (e->delivery == JSL_QUEUE_FORWARDED) {
		surplus(l, w, it);
		return false;
	}
	jsl_queue__entry_leave(l, e);
	if (p->headless && p->n_joined == 0)
		jsl_queue__entry_discard(l, p);
	return true;
}

static int list_item(struct jsl_queue_leader *l, struct jsl_queue_link *k,
		     const struct jsl_queue_item *it)
{
	struct jsl_queue_entry *e = jsl_queue__entry_get(l, it->job);
	struct jsl_queue_peer *w = k->peer;

	if (it->submitter.id == 0 || it->submitter.boot == 0 ||
	    it->attempt > JSL_QUEUE_ATTEMPT_MAX)
		return -EPROTO;
	k->running += !it->finished;
	if (k->running > JSL_QUEUE_SLOTS_MAX)
		return -EPROTO;
	if (e == NULL)
		return adopt(l, k, it);
	if (e->seen == k->serial)
		return -EPROTO; /* listed twice */
	e->seen = k->serial;
	if (!jsl_queue__same_node(e->submitter, it->submitter))
		return -EPROTO; /* an id names one job for ever */
	if (e->state == JSL_QUEUE_JOINED && !list_joined(l, w, e, it))
		return 0;
	if (it->finished)
		list_finished(l, w, e, it);
	else
		list_running(l, w, e, it);
	return 0;
}

/* Q5: what was assigned and is not listed did not arrive, or is lost. */
static void finish_inventory(struct jsl_queue_leader *l, struct jsl_queue_peer *w)
{
	struct jsl_list *it = w->jobs.prev;

	while (it != &w->jobs) { /* the newest first: each goes to the front */
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, of_worker);

		it = it->prev;
		if (e->listed == w->inventory)
			continue;
		if (e->state == JSL_QUEUE_FINISHED)
			jsl_queue__entry_lose(l, e);
		else
			jsl_queue__entry_requeue(l, e, true);
	}
	w->ready = true;
	w->reported = true;
	jsl_queue__peer_refresh(l, w);
	jsl_list_foreach (done, &w->jobs)
		jsl_queue__group_offer(
			l, jsl_container_of(done, struct jsl_queue_entry, of_worker));
}

int jsl_queue__inventory(struct jsl_queue_leader *l, struct jsl_queue_link *k,
			 const struct jsl_queue_message *m)
{
	int r;

	if (m->n_items > JSL_QUEUE_INVENTORY_MAX || ++k->parts > PARTS_MAX)
		return -EPROTO;
	r = jsl_queue__out_reserve(&l->out, 2 * m->n_items);
	for (size_t i = 0; r == 0 && i < m->n_items; i++)
		r = list_item(l, k, &m->items[i]);
	if (r == 0 && !m->more)
		finish_inventory(l, k->peer);
	return r;
}

/* ---- what waits for them ---- */

bool jsl_queue__has_spoken(const struct jsl_queue_leader *l, struct jsl_queue_node node)
{
	const struct jsl_queue_peer *p = jsl_queue__peer_get(l, node.id);

	if (node.id == 0)
		return true;
	if (p == NULL || p->node.boot < node.boot)
		return false;
	return p->node.boot > node.boot || p->reported ||
	       p->member == JSL_QUEUE_MEMBER_FAILED || p->member == JSL_QUEUE_MEMBER_LEFT;
}

/* All that the submitters of one run have named. */
static bool all_have_spoken(const struct jsl_queue_leader *l,
			    const struct jsl_queue_entry *e)
{
	if (!jsl_queue__has_spoken(l, e->named))
		return false;
	if (e->n_joined == 0)
		return true;
	jsl_list_foreach (it, &e->group)
		if (!jsl_queue__has_spoken(
			    l,
			    jsl_container_of(it, struct jsl_queue_entry, group)->named))
			return false;
	return true;
}

/* @node has spoken and did not have it: it died with it, or never got it. */
static bool count_named(struct jsl_queue_leader *l, struct jsl_queue_entry *e,
			struct jsl_queue_node node)
{
	const struct jsl_queue_peer *p = jsl_queue__peer_get(l, node.id);
	struct jsl_queue_try *t;

	if (node.id == 0)
		return true;
	if (p->node.boot == node.boot && p->reported)
		return false;
	t = jsl_queue__entry_try(e, node);
	if (t->died)
		return true;
	t->lost = p->member != JSL_QUEUE_MEMBER_LEFT || p->node.boot > node.boot;
	t->died = t->lost;
	e->deaths += t->died;
	return true;
}

/* It runs nowhere. What became of the run that its submitter knew of? */
static void release(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	e->again = true;
	if (!count_named(l, e, e->named))
		e->attempt -= e->attempt > 0; /* it is not there: it did not arrive */
	if (e->n_joined > 0)
		jsl_list_foreach (it, &e->group)
			(void)count_named(
				l, e,
				jsl_container_of(it, struct jsl_queue_entry, group)
					->named);
	jsl_queue__entry_wait(l, e, false);
	jsl_queue__entry_reconsider(l, e);
}

void jsl_queue__recover(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	assert(e->payload != NULL && e->worker == NULL);
	e->old = true;
	jsl_queue__entry_hold(l, e);
	if (!JSL_RULE(Q2)) {
		e->again = true;
		jsl_queue__entry_wait(l, e, false);
		return;
	}
	if (l->n_silent == 0 && all_have_spoken(l, e)) {
		release(l, e);
		return;
	}
	if (l->n_recovering++ == 0)
		l->probe_us = jsl_queue__after(l->now_us, l->opts.inventory_wait_us);
	e->recovering = true;
}

/* Adopted, then lost with its worker. Its submitter submits all that it wants as
 * soon as it is linked: what it did not bring in that time, it has given up. */
void jsl_queue__drop_orphans(struct jsl_queue_leader *l)
{
	while (!jsl_list_empty(&l->orphans)) {
		struct jsl_queue_entry *e =
			jsl_container_of(l->orphans.next, struct jsl_queue_entry, queue);

		assert(e->payload == NULL);
		if (l->now_us < jsl_queue__after(e->orphan_us, l->opts.resume_us))
			break;
		jsl_queue__entry_note(l, JSL_QUEUE_NOTE_CANCELLED, e, e->submitter);
		jsl_queue__entry_free(l, e);
	}
}

void jsl_queue__release_held(struct jsl_queue_leader *l)
{
	if (!l->recheck)
		return;
	l->recheck = false;
	if (l->n_silent > 0 || l->n_recovering == 0)
		return;
	jsl_list_foreach_safe (it, &l->held) {
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, queue);

		if (e->recovering && all_have_spoken(l, e))
			release(l, e);
	}
}

static void probe(struct jsl_queue_leader *l, struct jsl_queue_node node)
{
	const struct jsl_queue_node *probes = l->out.probes.items;

	for (size_t i = 0; i < l->out.probes.n; i++)
		if (probes[i].id == node.id)
			return;
	if (l->out.probes.n < PROBES_MAX)
		jsl_queue__out_probe(&l->out, node);
}

static void probe_named(struct jsl_queue_leader *l, const struct jsl_queue_entry *e)
{
	if (!jsl_queue__has_spoken(l, e->named))
		probe(l, e->named);
	if (e->n_joined == 0)
		return;
	jsl_list_foreach (it, &e->group) {
		struct jsl_queue_node named =
			jsl_container_of(it, struct jsl_queue_entry, group)->named;

		if (!jsl_queue__has_spoken(l, named))
			probe(l, named);
	}
}

void jsl_queue__probe(struct jsl_queue_leader *l)
{
	if (l->n_recovering == 0 || l->now_us < l->probe_us)
		return;
	l->probe_us = jsl_queue__after(l->now_us, l->opts.inventory_wait_us);
	jsl_map_foreach (n, &l->peers) {
		const struct jsl_queue_peer *p =
			jsl_container_of(n, struct jsl_queue_peer, by_id);

		if (p->silent)
			probe(l, p->node);
	}
	jsl_list_foreach (it, &l->held) {
		const struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, queue);

		if (e->recovering)
			probe_named(l, e);
	}
}
