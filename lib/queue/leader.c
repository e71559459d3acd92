/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The leader's half of the queue: events in, what follows from the state out.
 * It holds nothing that submitters and workers could not tell it again, and
 * outside its lease it says nothing at all (R4).
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "queue/leader_int.h"

static int lead(struct jsl_queue_leader *l, struct jsl_election_leader leader)
{
	struct jsl_list *it;

	if (leader.id != l->opts.self.id || leader.epoch <= l->leader.epoch)
		return leader.id == l->opts.self.id && leader.epoch == l->leader.epoch &&
				       l->leading
			       ? 0
			       : -EINVAL;
	l->leader = leader;
	if (!l->leading) {
		l->leading = true;
		l->window_us = l->now_us;
		l->window_done = 0;
		l->rate_millihz = 0;
		return 0;
	}
	/* R10: the same leader in a higher epoch; who refused may obey now. */
	while ((it = jsl_list_first(&l->blocked)) != NULL)
		jsl_queue__peer_unblock(
			l, jsl_container_of(it, struct jsl_queue_peer, blocked_list));
	return 0;
}

static int from_submitter(struct jsl_queue_leader *l, struct jsl_queue_link *k,
			  const struct jsl_queue_message *m)
{
	if (!k->submitter)
		return -EPROTO;
	if (k->peer->slink != k)
		return 0; /* of a link that was replaced */
	if (m->kind == JSL_QUEUE_SUBMIT)
		return jsl_queue__leader_submit(l, k->peer, m);
	jsl_queue__leader_dropped(l, k->peer, m);
	return 0;
}

static int from_worker(struct jsl_queue_leader *l, struct jsl_queue_link *k,
		       const struct jsl_queue_message *m)
{
	if (!k->worker)
		return -EPROTO;
	if (k->peer->wlink != k)
		return 0;
	return jsl_queue__leader_worker_message(l, k, m);
}

static int receive(struct jsl_queue_leader *l, const struct jsl_queue_message *m)
{
	struct jsl_map_node *n;
	struct jsl_queue_link *k;

	if (m == NULL)
		return -EINVAL;
	if (!l->acting) /* it could not be answered; it will be said again */
		return -ESTALE;
	n = jsl_map_get(&l->links, jsl_key_u64(m->link));
	if (n == NULL)
		return 0;
	if (jsl_queue__out_reserve(&l->out, JSL_QUEUE_DIRECT) < 0)
		return -ENOMEM;
	k = jsl_container_of(n, struct jsl_queue_link, by_link);
	switch (m->kind) {
	case JSL_QUEUE_SUBMIT:
	case JSL_QUEUE_DELIVERED:
	case JSL_QUEUE_CANCEL: return from_submitter(l, k, m);
	case JSL_QUEUE_INVENTORY:
	case JSL_QUEUE_RUNNING:
	case JSL_QUEUE_PROGRESS:
	case JSL_QUEUE_HANDBACK:
	case JSL_QUEUE_SLOTS:
	case JSL_QUEUE_RESULT:
	case JSL_QUEUE_REFUSED: return from_worker(l, k, m);
	default: return -EPROTO;
	}
}

static int dispatch(struct jsl_queue_leader *l, const struct jsl_queue_event *ev)
{
	switch (ev->type) {
	case JSL_QUEUE_EV_TIMER: return 0;
	case JSL_QUEUE_EV_LINK_UP: return jsl_queue__link_up(l, ev);
	case JSL_QUEUE_EV_LINK_DOWN:
		jsl_queue__link_down(l, ev->link, ev->clean);
		return 0;
	case JSL_QUEUE_EV_MESSAGE: return receive(l, ev->message);
	case JSL_QUEUE_EV_LEAD: return lead(l, ev->leader);
	case JSL_QUEUE_EV_RESIGN:
		l->leading = false;
		l->acting = false;
		jsl_queue__leader_clear(l, false);
		return 0;
	case JSL_QUEUE_EV_MEMBER: return jsl_queue__member(l, ev);
	default: return -EINVAL;
	}
}

/* What follows from the state; the order gives the dead's jobs a chance first. */
static void follow_up(struct jsl_queue_leader *l)
{
	if (!l->leading)
		return;
	jsl_queue__peer_timers(l);
	jsl_queue__drop_orphans(l);
	jsl_queue__release_held(l);
	if (!l->acting) {
		l->out.starved = true; /* the lease may be renewed yet */
		return;
	}
	jsl_queue__probe(l);
	jsl_queue__sweep_silent(l);
	jsl_queue__deliver_due(l);
	jsl_queue__assign(l);
}

int jsl_queue_leader_step(struct jsl_queue_leader *l, const struct jsl_queue_event *ev,
			  struct jsl_queue_update *ret_up)
{
	int r;

	if (ev->now_us < l->now_us)
		return -EINVAL;
	l->now_us = ev->now_us;
	l->acting = (l->leading || ev->type == JSL_QUEUE_EV_LEAD) &&
		    ev->now_us < ev->act_until_us;
	jsl_queue__out_begin(&l->out, ev->now_us);
	r = dispatch(l, ev);
	if (r < 0) {
		l->out.more = l->leading; /* what followed before still follows */
		return r;
	}
	follow_up(l);
	JSL_QUEUE_CHECK(jsl_queue_leader__check(l));
	jsl_queue__out_publish(&l->out, ret_up);
	return 0;
}

/* When the first of a list is due, or never: each list is in the order of time. */
#define FIRST_DUE(head, type, list, since, wait)                                     \
	(jsl_list_empty(head)                                                        \
		 ? UINT64_MAX                                                        \
		 : jsl_queue__after(                                                 \
			   jsl_container_of((head)->next, struct type, list)->since, \
			   wait))

uint64_t jsl_queue_leader_deadline(const struct jsl_queue_leader *l)
{
	const uint64_t resume = l->opts.resume_us, wait = l->opts.inventory_wait_us;
	const uint64_t due[] = {
		FIRST_DUE(&l->waway, jsl_queue_peer, waway_list, waway_us, resume),
		FIRST_DUE(&l->saway, jsl_queue_peer, saway_list, saway_us, resume),
		FIRST_DUE(&l->blocked, jsl_queue_peer, blocked_list, blocked_us, wait),
		FIRST_DUE(&l->orphans, jsl_queue_entry, queue, orphan_us, resume),
	};
	uint64_t t = jsl_queue__out_deadline(&l->out);

	if (!l->leading)
		return UINT64_MAX;
	for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++)
		t = jsl_queue__min(t, due[i]);
	if (l->acting)
		t = jsl_queue__min(t, l->sweep_us);
	if (l->n_recovering > 0 && l->acting)
		t = jsl_queue__min(t, l->probe_us);
	return t;
}

void jsl_queue_leader_stats(const struct jsl_queue_leader *l,
			    struct jsl_queue_leader_stats *ret_stats)
{
	struct jsl_queue_leader_stats s = {
		.waiting = l->n_state[JSL_QUEUE_HELD] + l->n_state[JSL_QUEUE_WAITING],
		.running = l->n_state[JSL_QUEUE_AT_WORK],
		.finished =
			l->n_state[JSL_QUEUE_FINISHED] + l->n_state[JSL_QUEUE_CONDEMNED],
		.joined = l->n_state[JSL_QUEUE_JOINED],
		.bytes = l->bytes,
	};

	jsl_list_foreach (it, &l->ready) {
		const struct jsl_queue_peer *w =
			jsl_container_of(it, struct jsl_queue_peer, ready_list);

		s.workers++;
		s.slots += w->slots;
	}
	*ret_stats = s;
}

int jsl_queue_leader_new(struct jsl_queue_leader **ret_l,
			 const struct jsl_queue_leader_opts *opts)
{
	struct jsl_queue_leader *l;

	if (opts->size != sizeof(*opts) || opts->self.id == 0 || opts->max_jobs == 0 ||
	    opts->max_bytes == 0 || opts->max_deaths == 0 ||
	    opts->inventory_wait_us == 0 || opts->resume_us == 0 ||
	    opts->silence_us == 0 ||
	    (opts->policy != JSL_QUEUE_ROUND_ROBIN &&
	     opts->policy != JSL_QUEUE_LEAST_LOADED))
		return -EINVAL;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return -ENOMEM;
	l->opts = *opts;
	jsl_map_init(&l->entries, opts->seed);
	jsl_map_init(&l->keys, opts->seed);
	jsl_map_init(&l->peers, opts->seed);
	jsl_map_init(&l->links, opts->seed);
	jsl_list_init(&l->held);
	jsl_list_init(&l->orphans);
	jsl_list_init(&l->suspects);
	jsl_list_init(&l->urgent);
	jsl_list_init(&l->fresh);
	jsl_list_init(&l->due);
	jsl_list_init(&l->ready);
	jsl_list_init(&l->free);
	jsl_list_init(&l->waway);
	jsl_list_init(&l->saway);
	jsl_list_init(&l->blocked);
	jsl_list_init(&l->timed);
	l->sweep_us = UINT64_MAX;
	*ret_l = l;
	return 0;
}

void jsl_queue_leader_free(struct jsl_queue_leader *l)
{
	if (l == NULL)
		return;
	jsl_queue__leader_clear(l, true);
	assert(l->bytes == 0);
	jsl_map_deinit(&l->entries);
	jsl_map_deinit(&l->keys);
	jsl_map_deinit(&l->peers);
	jsl_map_deinit(&l->links);
	jsl_queue__out_deinit(&l->out);
	free(l);
}
