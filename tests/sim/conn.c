/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simulated connections: frames arrive in order, stall while the way is cut, and
 * a side that dies is noticed by a reset, or by the keepalive if that cannot
 * arrive.
 */

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

static int index_of(struct world_node *n)
{
	return (int)(n - net_world(n)->nodes);
}

static void free_frame(struct world_frame *f)
{
	jsl_blob_unref(f->queue.payload);
	free((void *)f->queue.items);
	free(f);
}

static void drop_frames(struct world_conn *c, int side)
{
	struct jsl_list *it;

	while ((it = jsl_list_pop_front(&c->frames[side])) != NULL)
		free_frame(jsl_container_of(it, struct world_frame, link));
}

static void end_conn(struct world_conn *c)
{
	drop_frames(c, 0);
	drop_frames(c, 1);
	c->used = false;
}

static bool alive(const struct world *w, const struct world_conn *c, int side)
{
	const struct world_node *n = &w->nodes[c->node[side]];

	return n->cluster != NULL && n->life == c->life[side] && !n->dying;
}

static struct world_conn *find_conn(struct world *w, int node, uint64_t link,
				    int *ret_side)
{
	for (size_t i = 0; i < WORLD_CONNS_MAX; i++)
		for (int side = 0; side < 2; side++) {
			struct world_conn *c = &w->conns[i];

			if (c->used && c->node[side] == node && c->link[side] == link &&
			    link != 0 && alive(w, c, side)) {
				*ret_side = side;
				return c;
			}
		}
	return NULL;
}

static void move(struct world *w, struct world_conn *c, int side, uint64_t after)
{
	if (c->moving[side] || jsl_list_empty(&c->frames[side]))
		return;
	c->moving[side] = true;
	world_push(w, (struct world_event){.at = w->now + after,
					   .what = WORLD_STREAM,
					   .node = -1,
					   .index = (size_t)(c - w->conns),
					   .serial = c->serial,
					   .side = side});
}

/* Put a frame on its way from @side to the other. */
static void push_frame(struct world *w, struct world_conn *c, int side,
		       struct world_frame f)
{
	struct world_frame *copy = malloc(sizeof(*copy));

	assert(copy != NULL);
	*copy = f;
	copy->sent = w->now;
	jsl_list_push_back(&c->frames[!side], &copy->link);
	move(w, c, !side, net_delay(w, c->node[side], c->node[!side]));
}

void conn_connect(void *arg, uint64_t link, const struct jsl_addr *to)
{
	struct world_node *n = arg;
	struct world *w = net_world(n);
	int from = index_of(n), dest = (int)to->port - 1;
	size_t i = 0;

	if (n->dying)
		return;
	w->connects++;
	while (i < WORLD_CONNS_MAX && w->conns[i].used)
		i++;
	assert(i < WORLD_CONNS_MAX && dest >= 0 && dest < w->n_nodes);
	w->conns[i] = (struct world_conn){.used = true,
					  .serial = ++w->n_conns,
					  .since = w->now,
					  .node = {from, dest},
					  .life = {n->life, w->nodes[dest].life},
					  .link = {link, 0}};
	jsl_list_init(&w->conns[i].frames[0]);
	jsl_list_init(&w->conns[i].frames[1]);
	world_push(w, (struct world_event){.at = w->now + net_delay(w, from, dest),
					   .what = WORLD_CONNECT,
					   .node = -1,
					   .index = i,
					   .serial = w->conns[i].serial});
}

void conn_send_hello(void *arg, uint64_t link, const struct jsl_cluster_hello *hello)
{
	struct world *w = net_world(arg);
	int side;
	struct world_conn *c = find_conn(w, index_of(arg), link, &side);

	if (c != NULL)
		push_frame(w, c, side,
			   (struct world_frame){.kind = FRAME_HELLO, .hello = *hello});
}

static void send_copy(struct world *w, struct world_conn *c, int side,
		      const struct jsl_queue_message *m)
{
	struct world_frame f = {.kind = FRAME_QUEUE, .queue = *m};
	struct jsl_queue_item *items = NULL;

	if (m->n_items > 0) {
		items = malloc(m->n_items * sizeof(*items));
		assert(items != NULL);
		memcpy(items, m->items, m->n_items * sizeof(*items));
	}
	f.queue.items = items;
	jsl_blob_ref(f.queue.payload);
	push_frame(w, c, side, f);
}

/* What may have been said on the connection before already, and be said again. */
static bool is_repeatable(enum jsl_queue_kind kind)
{
	return kind == JSL_QUEUE_SUBMIT || kind == JSL_QUEUE_DELIVERED ||
	       kind == JSL_QUEUE_STARTED || kind == JSL_QUEUE_ASSIGN ||
	       kind == JSL_QUEUE_CANCEL || kind == JSL_QUEUE_FORGET ||
	       kind == JSL_QUEUE_RESULT || kind == JSL_QUEUE_PROGRESS;
}

void conn_send_queue(void *arg, const struct jsl_queue_message *m)
{
	struct world *w = net_world(arg);
	int side;
	struct world_conn *c = find_conn(w, index_of(arg), m->link, &side);

	if (c == NULL)
		return;
	if (m->kind == JSL_QUEUE_FORGET ||
	    (m->kind == JSL_QUEUE_CANCEL && m->leader.epoch != 0))
		reruns_given_up(w, c->node[!side], m->job);
	send_copy(w, c, side, m);
	if (w->again_ppm > 0 && is_repeatable(m->kind) && w->now - c->since < MS(200) &&
	    jsl_rng_below(&w->rng, 1000000) < w->again_ppm)
		send_copy(w, c, side, m);
}

/* One side has no link any more; if that was the leader's, the other is away. */
static void unlink_side(struct world *w, struct world_conn *c, int side)
{
	c->link[side] = 0;
	if (side == 1 && c->greeted)
		reruns_linked(w, c->node[1], c->node[0], false);
	if (side == 1)
		c->greeted = false;
}

void conn_close(void *arg, uint64_t link, bool goodbye)
{
	struct world *w = net_world(arg);
	int side;
	struct world_conn *c = find_conn(w, index_of(arg), link, &side);

	if (c == NULL)
		return;
	unlink_side(w, c, side);
	drop_frames(c, side);
	push_frame(w, c, side,
		   (struct world_frame){.kind = FRAME_CLOSE,
					.close = goodbye ? JSL_CLUSTER_CLOSE_CLEAN
							 : JSL_CLUSTER_CLOSE_LOST});
}

static void tell_closed(struct world *w, struct world_conn *c, int side,
			enum jsl_cluster_close close)
{
	uint64_t link = c->link[side];

	unlink_side(w, c, side);
	if (link != 0 && alive(w, c, side))
		(void)world_step(
			w, c->node[side],
			(struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LINK_CLOSED,
						   .link = link,
						   .close = close});
}

/* What a process is told by its kernel waits until it runs again. */
static bool waits_for(struct world *w, const struct world_event *ev, int node)
{
	struct world_event later = *ev;

	if (w->nodes[node].cluster == NULL || w->nodes[node].paused_until <= w->now)
		return false;
	later.at = w->nodes[node].paused_until;
	world_push(w, later);
	return true;
}

static void connect_arrives(struct world *w, struct world_conn *c,
			    const struct world_event *ev)
{
	struct world_node *dest = &w->nodes[c->node[1]];

	if (!c->used || w->cut[c->node[0]][c->node[1]] ||
	    w->cut[c->node[1]][c->node[0]] || !alive(w, c, 0)) {
		if (c->used) /* a SYN that is lost: the initiator's timer sees to it */
			end_conn(c);
		return;
	}
	if (waits_for(w, ev, c->node[0]))
		return;
	if (dest->cluster == NULL || dest->dying) {
		tell_closed(w, c, 0, JSL_CLUSTER_CLOSE_REFUSED);
		end_conn(c);
		return;
	}
	c->life[1] = dest->life;
	c->link[1] = jsl_cluster_accept(dest->cluster);
	(void)world_step(w, c->node[0],
			 (struct jsl_cluster_event){.type = JSL_CLUSTER_EV_LINK_OPEN,
						    .link = c->link[0]});
}

static void deliver(struct world *w, struct world_conn *c, int side,
		    struct world_frame *f)
{
	struct jsl_cluster_event ev = {.link = c->link[side]};

	switch (f->kind) {
	case FRAME_HELLO:
		ev.type = JSL_CLUSTER_EV_LINK_HELLO;
		ev.hello = &f->hello;
		break;
	case FRAME_QUEUE:
		ev.type = JSL_CLUSTER_EV_LINK_QUEUE;
		f->queue.link = c->link[side];
		ev.queue = &f->queue;
		break;
	case FRAME_CLOSE: tell_closed(w, c, side, f->close); return;
	}
	if (c->link[side] == 0)
		return;
	w->frame_sent = f->sent;
	(void)world_step(w, c->node[side], ev);
	w->frame_sent = 0;
	if (f->kind == FRAME_HELLO && side == 1 && c->link[1] != 0) {
		c->greeted = true;
		reruns_linked(w, c->node[1], c->node[0], true);
	}
}

static void stream_arrives(struct world *w, struct world_conn *c, int side)
{
	struct world_frame *f;
	struct jsl_list *it;

	c->moving[side] = false;
	if (!c->used)
		return;
	if (!alive(w, c, side)) {
		end_conn(c);
		return;
	}
	if (w->cut[c->node[!side]][c->node[side]]) {
		move(w, c, side, MS(20)); /* TCP sends again */
		return;
	}
	if (w->nodes[c->node[side]].paused_until > w->now) {
		move(w, c, side, w->nodes[c->node[side]].paused_until - w->now);
		return;
	}
	it = jsl_list_pop_front(&c->frames[side]);
	if (it == NULL)
		return;
	f = jsl_container_of(it, struct world_frame, link);
	deliver(w, c, side, f);
	if (f->kind == FRAME_CLOSE)
		end_conn(c);
	else
		move(w, c, side, 1 + jsl_rng_below(&w->rng, 50));
	free_frame(f);
}

static void keepalive_expires(struct world *w, struct world_conn *c,
			      const struct world_event *ev)
{
	if (!c->used ||
	    (!w->cut[c->node[0]][c->node[1]] && !w->cut[c->node[1]][c->node[0]]))
		return;
	if (waits_for(w, ev, c->node[0]) || waits_for(w, ev, c->node[1]))
		return;
	tell_closed(w, c, 0, JSL_CLUSTER_CLOSE_LOST);
	tell_closed(w, c, 1, JSL_CLUSTER_CLOSE_LOST);
	end_conn(c);
}

/* The kernel of a dead process resets its connections; what it had sent may arrive. */
void conn_crashed(struct world *w, int node)
{
	for (size_t i = 0; i < WORLD_CONNS_MAX; i++)
		for (int side = 0; side < 2; side++) {
			struct world_conn *c = &w->conns[i];

			if (!c->used || c->node[side] != node || c->link[side] == 0)
				continue;
			unlink_side(w, c, side);
			drop_frames(c, side);
			push_frame(w, c, side,
				   (struct world_frame){.kind = FRAME_CLOSE,
							.close = JSL_CLUSTER_CLOSE_LOST});
		}
}

void conn_cut(struct world *w, int from, int to, bool cut)
{
	world_note(w, "%s %" PRIu64 " -> %" PRIu64, cut ? "cut" : "heal",
		   w->nodes[from].id, w->nodes[to].id);
	w->cut[from][to] = cut;
	for (size_t i = 0; cut && i < WORLD_CONNS_MAX; i++) {
		const struct world_conn *c = &w->conns[i];

		if (c->used && ((c->node[0] == from && c->node[1] == to) ||
				(c->node[0] == to && c->node[1] == from)))
			world_push(w,
				   (struct world_event){.at = w->now + WORLD_KEEPALIVE_US,
							.what = WORLD_EXPIRE,
							.node = -1,
							.index = i,
							.serial = c->serial});
	}
}

void conn_deinit(struct world *w)
{
	for (size_t i = 0; i < WORLD_CONNS_MAX; i++)
		if (w->conns[i].used)
			end_conn(&w->conns[i]);
}

void conn_event(struct world *w, const struct world_event *ev)
{
	struct world_conn *c = &w->conns[ev->index];

	if (c->serial != ev->serial)
		return; /* of one that had this place before */
	if (ev->what == WORLD_CONNECT)
		connect_arrives(w, c, ev);
	else if (ev->what == WORLD_STREAM)
		stream_arrives(w, c, ev->side);
	else
		keepalive_expires(w, c, ev);
}
