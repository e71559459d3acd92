/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connects in the simulated cluster: a process that is gone refuses, one that is
 * there takes them even while it is paused, a cut link answers nothing. What the
 * cluster does in lib/cluster/evidence.c is played here.
 */

#include <assert.h>
#include <stdlib.h>

#include "election_world.h"

#define TRIES	 3
#define PAUSE_US (5 * MS)

static void connect_later(struct world *w, const struct world_connect *c, uint64_t at)
{
	struct world_event ev = {.type = WORLD_CONNECT, .at = at};

	ev.connect = malloc(sizeof(*c));
	assert(ev.connect != NULL);
	*ev.connect = *c;
	ev.node = (size_t)c->leader.id - 1; /* voters are 1, 2, ... */
	world_schedule(w, ev);
}

void world_reset(struct world *w, size_t node)
{
	for (size_t i = 0; i < w->n_nodes; i++)
		if (i != node && w->nodes[i].e != NULL && !w->cut[node][i])
			world_schedule(w,
				       (struct world_event){
					       .type = WORLD_RESET,
					       .node = i,
					       .at = w->now + world_delay(w, node, i)});
}

void world_look_for_leader(struct world *w, size_t node)
{
	struct world_node *n = &w->nodes[node];
	struct world_connect c = {.from = node, .tries = TRIES};

	if (n->e == NULL)
		return;
	c.begun_us = world_clock(n, w->now);
	c.from_boot = n->boot;
	c.leader = jsl_election_leader(n->e, c.begun_us);
	if (c.leader.id == 0 || c.leader.id == n->id)
		return;
	connect_later(w, &c, w->now + world_delay(w, node, (size_t)c.leader.id - 1));
}

void world_connect_arrives(struct world *w, const struct world_event *ev)
{
	struct world_connect c = *ev->connect;
	struct world_node *from = &w->nodes[c.from];
	struct world_event back = {.type = WORLD_REFUSED, .node = c.from};

	if (w->cut[c.from][ev->node] || w->cut[ev->node][c.from] || from->e == NULL ||
	    from->boot != c.from_boot)
		return;
	if (w->nodes[ev->node].e != NULL) {
		c.begun_us = world_clock(from, w->now + PAUSE_US);
		if (--c.tries > 0)
			connect_later(w, &c, w->now + PAUSE_US + w->weather.delay_max_us);
		return;
	}
	back.at = w->now + world_delay(w, ev->node, c.from);
	back.connect = malloc(sizeof(c));
	assert(back.connect != NULL);
	*back.connect = c;
	world_schedule(w, back);
}

void world_refused(struct world *w, const struct world_event *ev)
{
	const struct world_connect *c = ev->connect;
	struct world_node *n = &w->nodes[ev->node];

	if (n->e == NULL || n->boot != c->from_boot)
		return;
	w->n_refused++;
	world_step(w, ev->node,
		   (struct jsl_election_event){.type = JSL_ELECTION_EV_REFUSED,
					       .leader = c->leader,
					       .begun_us = c->begun_us,
					       .trusted = w->trusts});
}

void world_lie(struct world *w, size_t node)
{
	struct world_node *n = &w->nodes[node];
	struct jsl_election_event ev = {.type = JSL_ELECTION_EV_REFUSED,
					.trusted = w->lies};

	if (n->e == NULL || (w->trusts && !w->lies))
		return;
	ev.begun_us = world_clock(n, w->now);
	ev.leader = jsl_election_leader(n->e, ev.begun_us);
	world_step(w, node, ev);
}
