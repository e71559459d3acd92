/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The link inside a node: while it leads, its own worker and submitter talk to
 * its own queue leader as others do over TCP. Messages wait in a queue, so that
 * no core is stepped from inside another's update.
 */

#include <stdlib.h>
#include <string.h>

#include "cluster/cluster_int.h"

static void release(struct jsl_cluster_local *slot)
{
	jsl_blob_unref(slot->message.payload);
	free((void *)slot->message.items);
}

/* Take over what the message borrows. */
static int own(struct jsl_queue_message *m)
{
	struct jsl_queue_item *items = NULL;

	if (m->n_items > 0) {
		items = malloc(m->n_items * sizeof(*items));
		if (items == NULL)
			return -1;
		memcpy(items, m->items, m->n_items * sizeof(*items));
	}
	m->items = items;
	jsl_blob_ref(m->payload);
	return 0;
}

static int make_room(struct jsl_cluster *c)
{
	size_t size = c->local_size == 0 ? 64 : c->local_size * 2;
	struct jsl_cluster_local *local;

	if (c->local_len < c->local_size)
		return 0;
	local = realloc(c->local, size * sizeof(*local));
	if (local == NULL)
		return -1;
	c->local = local;
	c->local_size = size;
	return 0;
}

void jsl_cluster__local_push(struct jsl_cluster *c, bool to_leader,
			     const struct jsl_queue_message *m)
{
	struct jsl_cluster_local slot = {.to_leader = to_leader, .message = *m};

	if (!c->local_up || c->local_broken)
		return;
	if (make_room(c) < 0 || own(&slot.message) < 0) {
		c->local_broken = true;
		return;
	}
	c->local[c->local_len++] = slot;
}

static void clear(struct jsl_cluster *c)
{
	while (c->local_head < c->local_len)
		release(&c->local[c->local_head++]);
	c->local_head = c->local_len = 0;
}

static void deliver(struct jsl_cluster *c, const struct jsl_cluster_local *slot)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MESSAGE,
				     .message = &slot->message};
	int r = slot->to_leader ? jsl_cluster__lead(c, &ev)
				: jsl_cluster__from_leader(c, &slot->message);

	if (r < 0)
		c->local_broken = true;
}

void jsl_cluster__local_drain(struct jsl_cluster *c)
{
	while (c->local_head < c->local_len && !c->local_broken) {
		struct jsl_cluster_local slot = c->local[c->local_head++];

		deliver(c, &slot);
		release(&slot);
	}
	clear(c);
	if (c->local_broken) {
		jsl_cluster__local_set(c, false);
		jsl_cluster__local_set(c, c->leading);
	}
}

/* Both ends of the link go up or down together. */
void jsl_cluster__local_set(struct jsl_cluster *c, bool up)
{
	struct jsl_queue_event ev = {
		.type = up ? JSL_QUEUE_EV_LINK_UP : JSL_QUEUE_EV_LINK_DOWN,
		.link = JSL_CLUSTER_LINK_LOCAL,
		.node = c->self,
		.worker = c->worker != NULL,
		.submitter = true,
		.leader = c->leader,
	};

	if (c->local_up == up)
		return;
	clear(c);
	c->local_up = up;
	c->local_broken = false;
	if (jsl_cluster__lead(c, &ev) < 0 ||
	    (c->worker != NULL && jsl_cluster__work(c, &ev) < 0) ||
	    jsl_cluster__submit(c, &ev) < 0)
		c->local_broken = up; /* tried anew at the end of the next step */
}

void jsl_cluster__local_deinit(struct jsl_cluster *c)
{
	clear(c);
	free(c->local);
}
