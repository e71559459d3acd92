/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold after every event, as only somebody sees it who knows all nodes. The
 * text of a violation names the invariant:
 *
 *	failed is final         a failed (id, boot, incarnation) never lives again (G1)
 *	never down              incarnations within a boot, and boots, in one table
 *	the owner's             no incarnation or boot that its owner has not made
 *	views without gaps      changes are numbered 1, 2, 3 … (G3)
 *	changes tell the table  who hears the changes knows the table (G3)
 *	own row lives           of the boot that runs
 *	tables bounded          no more rows or tombstones than there are ids
 *	no storm                steps and bytes of a node in a second are bounded (G4)
 */

#include <stdlib.h>

#include "gossip/gossip_int.h"
#include "gossip_sim.h"

/* Steps of a node in one second, on average, that are no more an honest talk. */
#define STEPS_MAX 1500

/* Of bytes in any second: what was saved up, earned, and what is urgent; and for each
 * message that came an answer and a ping. */
#define ANSWER_MAX  (2 * JSL_GOSSIP__BYTES_MAX)
#define BUDGETS_MAX 3

static bool lives(enum jsl_gossip_state state)
{
	return state == JSL_GOSSIP_ALIVE || state == JSL_GOSSIP_SUSPECT;
}

/* A change as a listener takes it: the row is as it says, or gone. */
static void hear(struct sim_shadow *row, const struct jsl_gossip_change *c)
{
	if (c->type == JSL_GOSSIP_FAILURE) {
		row->failed_boot = c->entry.boot;
		row->failed_inc = c->entry.incarnation;
	}
	if (c->type == JSL_GOSSIP_HEALED)
		return;
	row->told.state = c->type == JSL_GOSSIP_CLEANED ? 0 : c->entry.state;
	row->told.boot = c->entry.boot;
	row->told.meta_version = c->entry.meta_version;
	row->told.addr = c->entry.addr;
}

void sim_check_change(struct sim *sim, size_t i, const struct jsl_gossip_change *c)
{
	struct sim_node *node = &sim->nodes[i];
	struct sim_shadow *row = &node->rows[sim_index(c->entry.id)];

	if (c->view != ++node->view)
		sim_violation(sim, i, "views without gaps");
	if (c->was != row->told.state)
		sim_violation(sim, i, "changes tell the table: as it was");
	if (lives(c->entry.state) && c->entry.boot == row->failed_boot &&
	    c->entry.incarnation <= row->failed_inc)
		sim_violation(sim, i, "failed is final");
	hear(row, c);
}

static void check_row(struct sim *sim, size_t i, const struct jsl_gossip_entry *e)
{
	const struct sim_node *owner = &sim->nodes[sim_index(e->id)];
	struct sim_shadow *row = &sim->nodes[i].rows[sim_index(e->id)];

	if (lives(e->state) && e->boot == row->failed_boot &&
	    e->incarnation <= row->failed_inc)
		sim_violation(sim, i, "failed is final");
	if (e->boot < row->boot ||
	    (e->boot == row->boot && e->incarnation < row->incarnation))
		sim_violation(sim, i, "never down");
	row->boot = e->boot;
	row->incarnation = e->incarnation;
	if (e->boot > owner->boot ||
	    (e->boot == owner->boot && e->incarnation > owner->incarnation))
		sim_violation(sim, i, "the owner's");
	if (e->state == JSL_GOSSIP_FAILED) {
		row->failed_boot = e->boot;
		row->failed_inc = e->incarnation;
	}
	/* Of the dead it is told that they are, not of which of their lives that is. */
	if (e->state != row->told.state ||
	    (lives(e->state) &&
	     (e->boot != row->told.boot || e->meta_version != row->told.meta_version ||
	      !jsl_addr_equal(&e->addr, &row->told.addr))))
		sim_violation(sim, i, "changes tell the table");
}

static void check_table(struct sim *sim, size_t i)
{
	struct sim_node *node = &sim->nodes[i];
	const struct jsl_gossip *g = node->g;
	const struct jsl_gossip_entry *own = jsl_gossip_member(g, node->id);
	size_t told = 0;

	if (own == NULL || own->boot != node->boot ||
	    own->state != (g->leave_rounds > 0 ? JSL_GOSSIP_LEFT : JSL_GOSSIP_ALIVE) ||
	    own->incarnation < node->incarnation)
		sim_violation(sim, i, "own row lives");
	node->incarnation = own->incarnation;
	for (size_t r = 0; r < g->n_rows; r++)
		if (g->rows[r] != g->self)
			check_row(sim, i, &g->rows[r]->row);
	for (size_t r = 0; r < sim->n; r++)
		told += node->rows[r].told.state != 0;
	if (told + 1 != g->n_rows)
		sim_violation(sim, i, "changes tell the table: who is in it");
	if (g->n_rows > sim->n || g->n_tombs > sim->n)
		sim_violation(sim, i, "tables bounded");
}

static void check_storm(struct sim *sim, size_t i, const struct jsl_gossip_update *up)
{
	struct sim_node *node = &sim->nodes[i];
	uint64_t now_us = sim->net.now_us;

	if (now_us - sim->second_us >= SIM_SECOND) {
		sim->second_us = now_us;
		sim->second_steps = sim->net.n_steps;
	}
	if (sim->net.n_steps - sim->second_steps > STEPS_MAX * sim->n)
		sim_violation(sim, i, "no storm: of messages or timers");
	if (now_us - node->second_us >= SIM_SECOND) {
		node->second_us = now_us;
		node->second_bytes = node->second_came = 0;
	}
	for (size_t m = 0; m < up->n_messages; m++)
		node->second_bytes += jsl_gossip__message_bytes(&up->messages[m]);
	if (node->second_bytes >
	    BUDGETS_MAX * node->g->opts.budget_bytes + node->second_came * ANSWER_MAX)
		sim_violation(sim, i, "no storm: of bytes");
}

void sim_check_step(struct sim *sim, size_t i, const struct jsl_gossip_update *up)
{
	const char *broken = jsl_gossip__check(sim->nodes[i].g);

	check_table(sim, i);
	check_storm(sim, i, up);
	if (broken != NULL)
		sim_violation(sim, i, broken);
}
