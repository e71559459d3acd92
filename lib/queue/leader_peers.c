/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nodes that a leader knows, and their links. A node is (id, boot): a higher
 * boot supersedes everything of the lower one. Invariant: a peer's wlink and
 * slink are links that are up and of its present boot; what comes on any other
 * link is ignored (Q5).
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "queue/leader_int.h"

struct jsl_queue_peer *jsl_queue__peer_get(const struct jsl_queue_leader *l, uint64_t id)
{
	struct jsl_map_node *n = jsl_map_get(&l->peers, jsl_key_u64(id));

	return n != NULL ? jsl_container_of(n, struct jsl_queue_peer, by_id) : NULL;
}

struct jsl_queue_peer *jsl_queue__peer_make(struct jsl_queue_leader *l, uint64_t id)
{
	struct jsl_queue_peer *p = jsl_queue__peer_get(l, id);

	if (p != NULL)
		return p;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	if (jsl_map_put(&l->peers, jsl_key_u64(id), &p->by_id) < 0) {
		free(p);
		return NULL;
	}
	p->node.id = id;
	jsl_list_init(&p->jobs);
	jsl_list_init(&p->ready_list);
	jsl_list_init(&p->free_list);
	jsl_list_init(&p->waway_list);
	jsl_list_init(&p->blocked_list);
	jsl_list_init(&p->owned);
	jsl_list_init(&p->saway_list);
	return p;
}

static bool is_failed(const struct jsl_queue_peer *p)
{
	return p->member == JSL_QUEUE_MEMBER_FAILED || p->member == JSL_QUEUE_MEMBER_LEFT;
}

static void move(struct jsl_list *node, struct jsl_list *list, bool in)
{
	if (in && jsl_list_empty(node))
		jsl_list_push_back(list, node);
	else if (!in)
		jsl_list_remove(node);
}

void jsl_queue__peer_refresh(struct jsl_queue_leader *l, struct jsl_queue_peer *p)
{
	bool useful = p->ready && !is_failed(p) && p->slots > 0;
	bool is_free = useful && p->reserved == NULL && p->n_alone == 0 &&
		       p->used < p->slots && jsl_list_empty(&p->blocked_list);
	bool silent = !p->reported && !is_failed(p) &&
		      (p->wlink != NULL ||
		       (p->member == JSL_QUEUE_MEMBER_ALIVE && p->member_worker));

	if (p->reserved != NULL && !useful) {
		jsl_queue__entry_unreserve(l, p->reserved); /* refreshes again */
		return;
	}
	move(&p->ready_list, &l->ready, useful);
	move(&p->free_list, &l->free, is_free);
	if (silent != p->silent) {
		l->n_silent += silent ? 1 : -1;
		p->silent = silent;
	}
	l->recheck = true;
}

void jsl_queue__peer_block(struct jsl_queue_leader *l, struct jsl_queue_peer *w)
{
	jsl_list_remove(&w->blocked_list);
	jsl_list_push_back(&l->blocked, &w->blocked_list);
	w->blocked_us = l->now_us;
	jsl_queue__peer_refresh(l, w);
}

void jsl_queue__peer_unblock(struct jsl_queue_leader *l, struct jsl_queue_peer *w)
{
	jsl_list_remove(&w->blocked_list);
	jsl_queue__peer_refresh(l, w);
}

void jsl_queue__peer_away(struct jsl_queue_leader *l, struct jsl_queue_peer *p)
{
	if (p->slink != NULL || p->expired || !jsl_list_empty(&p->saway_list))
		return;
	p->saway_us = l->now_us;
	jsl_list_push_back(&l->saway, &p->saway_list);
}

static void unlink_worker(struct jsl_queue_leader *l, struct jsl_queue_peer *p)
{
	p->wlink = NULL;
	p->ready = false;
	if (p->reserved != NULL)
		jsl_queue__entry_unreserve(l, p->reserved);
	jsl_list_foreach (it, &p->jobs) {
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, of_worker);

		jsl_queue__group_unoffer(e);
	}
	jsl_queue__peer_unblock(l, p);
}

static void unlink_submitter(struct jsl_queue_peer *p)
{
	p->slink = NULL;
	jsl_list_foreach (it, &p->owned)
		jsl_queue__entry_unoffer(
			jsl_container_of(it, struct jsl_queue_entry, of_owner));
}

/* A new life of the node: the old one is dead, whatever its links say (Q6). */
static void see_boot(struct jsl_queue_leader *l, struct jsl_queue_peer *p, uint64_t boot)
{
	if (boot <= p->node.boot)
		return;
	if (p->node.boot != 0) {
		unlink_worker(l, p);
		unlink_submitter(p);
		jsl_queue__worker_gone(l, p, JSL_QUEUE_GONE_DIED);
	}
	p->node.boot = boot;
	p->member = 0;
	p->member_worker = false;
	p->reported = false;
	p->expired = false;
	p->slots = 0;
	jsl_list_remove(&p->waway_list);
	jsl_list_remove(&p->saway_list);
	jsl_queue__owner_gone(l, p, boot);
	if (!jsl_list_empty(&p->owned))
		jsl_queue__peer_away(l, p);
	jsl_queue__peer_refresh(l, p);
}

/* ---- links ---- */

static void worker_up(struct jsl_queue_leader *l, struct jsl_queue_link *k)
{
	struct jsl_queue_peer *p = k->peer;

	unlink_worker(l, p);
	p->wlink = k;
	p->inventory++;
	p->slots = 0;
	jsl_list_remove(&p->waway_list);
	jsl_queue__peer_refresh(l, p);
}

static void submitter_up(struct jsl_queue_leader *l, struct jsl_queue_link *k)
{
	struct jsl_queue_peer *p = k->peer;

	unlink_submitter(p);
	p->slink = k;
	p->slink_us = l->now_us;
	p->expired = false;
	jsl_list_remove(&p->saway_list);
	jsl_list_foreach_safe (it, &p->owned) {
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, of_owner);

		/* Was on its way when its worker died: submitted again if it is lost. */
		if (e->state == JSL_QUEUE_FINISHED && e->worker == NULL)
			jsl_queue__entry_free(l, e);
		else
			jsl_queue__entry_offer(l, e);
	}
}

int jsl_queue__link_up(struct jsl_queue_leader *l, const struct jsl_queue_event *ev)
{
	struct jsl_queue_peer *p;
	struct jsl_queue_link *k;

	if (!l->leading)
		return -ESTALE;
	if (ev->node.id == 0 || ev->node.boot == 0 || !(ev->worker || ev->submitter) ||
	    jsl_map_get(&l->links, jsl_key_u64(ev->link)) != NULL)
		return -EINVAL;
	p = jsl_queue__peer_make(l, ev->node.id);
	if (p == NULL)
		return -ENOMEM;
	if (ev->node.boot < p->node.boot)
		return -EPROTO; /* a process that was superseded */
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return -ENOMEM;
	if (jsl_map_put(&l->links, jsl_key_u64(ev->link), &k->by_link) < 0) {
		free(k);
		return -ENOMEM;
	}
	k->peer = p;
	k->link = ev->link;
	k->serial = ++l->n_links;
	k->worker = ev->worker;
	k->submitter = ev->submitter;
	see_boot(l, p, ev->node.boot);
	if (is_failed(p))
		jsl_queue__worker_revived(l, p);
	/* A link is fresher than what gossip says, and outlives this leadership. */
	p->member = JSL_QUEUE_MEMBER_ALIVE;
	p->member_worker = p->member_worker || k->worker;
	if (k->worker)
		worker_up(l, k);
	if (k->submitter)
		submitter_up(l, k);
	return 0;
}

static void worker_down(struct jsl_queue_leader *l, struct jsl_queue_peer *p, bool clean)
{
	unlink_worker(l, p);
	if (clean || p->member == JSL_QUEUE_MEMBER_LEFT) {
		jsl_queue__worker_gone(l, p, JSL_QUEUE_GONE_CLEAN);
	} else if (p->member == JSL_QUEUE_MEMBER_FAILED) {
		jsl_queue__worker_gone(l, p, JSL_QUEUE_GONE_DIED);
	} else {
		p->waway_us = l->now_us;
		jsl_list_remove(&p->waway_list);
		jsl_list_push_back(&l->waway, &p->waway_list);
	}
}

void jsl_queue__link_down(struct jsl_queue_leader *l, uint64_t link, bool clean)
{
	struct jsl_map_node *n = jsl_map_get(&l->links, jsl_key_u64(link));
	struct jsl_queue_link *k;
	struct jsl_queue_peer *p;

	if (n == NULL)
		return;
	k = jsl_container_of(n, struct jsl_queue_link, by_link);
	p = k->peer;
	if (p->wlink == k)
		worker_down(l, p, clean);
	if (p->slink == k) {
		unlink_submitter(p);
		if (clean || is_failed(p))
			jsl_queue__owner_gone(l, p, UINT64_MAX);
		else
			jsl_queue__peer_away(l, p);
	}
	jsl_map_remove(&l->links, n);
	free(k);
}

/* ---- gossip, time ---- */

int jsl_queue__member(struct jsl_queue_leader *l, const struct jsl_queue_event *ev)
{
	struct jsl_queue_peer *p;
	bool revived;

	if (ev->node.id == 0 || ev->member < JSL_QUEUE_MEMBER_ALIVE ||
	    ev->member > JSL_QUEUE_MEMBER_LEFT)
		return -EINVAL;
	p = jsl_queue__peer_make(l, ev->node.id);
	if (p == NULL)
		return -ENOMEM;
	if (ev->node.boot != 0 && ev->node.boot < p->node.boot)
		return 0; /* of a life that is over */
	see_boot(l, p, ev->node.boot);
	revived = p->member == JSL_QUEUE_MEMBER_FAILED &&
		  ev->member == JSL_QUEUE_MEMBER_ALIVE;
	p->member = ev->member;
	p->member_worker = ev->worker;
	jsl_queue__peer_refresh(l, p);
	if (revived)
		jsl_queue__worker_revived(l, p);
	/* One that stops cleanly and is still linked says goodbye on its link. */
	if (p->member == JSL_QUEUE_MEMBER_FAILED)
		jsl_queue__worker_gone(l, p, JSL_QUEUE_GONE_DIED);
	else if (p->member == JSL_QUEUE_MEMBER_LEFT && p->wlink == NULL)
		jsl_queue__worker_gone(l, p, JSL_QUEUE_GONE_CLEAN);
	/* A linked submitter gets what it waits for, whatever gossip thinks. */
	if (is_failed(p) && p->slink == NULL)
		jsl_queue__owner_gone(l, p, UINT64_MAX);
	return 0;
}

void jsl_queue__peer_timers(struct jsl_queue_leader *l)
{
	struct jsl_queue_peer *p;
	struct jsl_list *it;

	while ((it = jsl_list_first(&l->waway)) != NULL) {
		p = jsl_container_of(it, struct jsl_queue_peer, waway_list);
		if (l->now_us < jsl_queue__after(p->waway_us, l->opts.resume_us))
			break;
		jsl_queue__worker_gone(l, p, JSL_QUEUE_GONE_SILENT);
	}
	while ((it = jsl_list_first(&l->saway)) != NULL) {
		p = jsl_container_of(it, struct jsl_queue_peer, saway_list);
		if (l->now_us < jsl_queue__after(p->saway_us, l->opts.resume_us))
			break;
		jsl_queue__owner_away(l, p);
	}
	while ((it = jsl_list_first(&l->blocked)) != NULL) {
		p = jsl_container_of(it, struct jsl_queue_peer, blocked_list);
		if (l->now_us <
		    jsl_queue__after(p->blocked_us, l->opts.inventory_wait_us))
			break;
		jsl_queue__peer_unblock(l, p);
	}
}

static void peer_clear(struct jsl_queue_leader *l, struct jsl_queue_peer *p)
{
	p->wlink = p->slink = NULL;
	p->ready = p->reported = p->expired = false;
	p->slots = 0;
	jsl_list_remove(&p->waway_list);
	jsl_list_remove(&p->saway_list);
	jsl_list_remove(&p->blocked_list);
	jsl_queue__peer_refresh(l, p);
}

void jsl_queue__leader_clear(struct jsl_queue_leader *l, bool all)
{
	struct jsl_map_node *n, *next;

	jsl_map_foreach (it, &l->entries) {
		struct jsl_queue_entry *e =
			jsl_container_of(it, struct jsl_queue_entry, by_id);

		jsl_list_remove(&e->group);
		e->primary = NULL;
		e->n_joined = 0;
	}
	while ((n = jsl_map_next(&l->entries, NULL)) != NULL)
		jsl_queue__entry_free(l,
				      jsl_container_of(n, struct jsl_queue_entry, by_id));
	while ((n = jsl_map_next(&l->links, NULL)) != NULL) {
		jsl_map_remove(&l->links, n);
		free(jsl_container_of(n, struct jsl_queue_link, by_link));
	}
	for (n = jsl_map_next(&l->peers, NULL); n != NULL; n = next) {
		struct jsl_queue_peer *p =
			jsl_container_of(n, struct jsl_queue_peer, by_id);

		next = jsl_map_next(&l->peers, n);
		peer_clear(l, p);
		if (!all && p->member == JSL_QUEUE_MEMBER_ALIVE)
			continue;
		p->member = 0;
		jsl_queue__peer_refresh(l, p);
		jsl_map_remove(&l->peers, n);
		free(p);
	}
}
