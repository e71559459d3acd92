/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants that span nodes, from what can be seen from outside: messages,
 * records, and the public answers of each node at its own clock.
 */

#include <string.h>

#include "election/election_int.h"
#include "election_world.h"

bool world_has_vote(const struct world *w, size_t node)
{
	const struct jsl_election *e = w->nodes[node].e;

	return e != NULL &&
	       (!jsl_election__is_voter(e) || e->phase != JSL_ELECTION__WATCH);
}

static bool is_quorum(const struct world *w, size_t n)
{
	return n > w->n_voters / 2;
}

/* The highest epoch that a quorum has promised or passed. */
static uint64_t of_quorum(const struct world *w, const uint64_t *epochs)
{
	uint64_t best = 0;

	for (size_t i = 0; i < w->n_voters; i++) {
		size_t n = 0;

		for (size_t j = 0; j < w->n_voters; j++)
			n += epochs[j] >= epochs[i];
		if (is_quorum(w, n) && epochs[i] > best)
			best = epochs[i];
	}
	return best;
}

/* A record lost later takes nothing back (R12). */
void world_note_record(struct world *w, size_t node)
{
	uint64_t now[WORLD_VOTERS_MAX], epoch;

	for (size_t i = 0; i < w->n_voters; i++)
		now[i] = w->nodes[i].record.promised_epoch;
	if (w->ever[node] < now[node])
		w->ever[node] = now[node];
	epoch = of_quorum(w, now);
	if (w->promised < epoch)
		w->promised = epoch;
}

/* I2: an ack, or the leader's own, of an epoch below what a quorum has promised. */
static void note_ack(struct world *w, size_t node, uint64_t epoch)
{
	if (epoch >= w->promised)
		return;
	w->late_acks[epoch] |= UINT32_C(1) << node;
	if (is_quorum(w, (size_t)__builtin_popcount(w->late_acks[epoch])))
		world_fail(w, "I2: a quorum acked below a quorum's promise", epoch,
			   w->nodes[node].id);
}

/* I5: @node's word that it acknowledged heartbeat @seq is with the leader now. */
static void note_acked(struct world *w, size_t leader, uint64_t since, size_t node,
		       uint64_t seq)
{
	const struct world_beats *b = &w->beats[leader];
	uint64_t *acked_us = &w->acked_us[since][node];

	if (b->since == since && seq <= b->seq && b->seq - seq < WORLD_BEATS_MAX &&
	    *acked_us < b->sent_us[seq % WORLD_BEATS_MAX])
		*acked_us = b->sent_us[seq % WORLD_BEATS_MAX];
}

void world_note_delivery(struct world *w, size_t node,
			 const struct jsl_election_message *m)
{
	if (m->kind == JSL_ELECTION_ACK)
		note_acked(w, node, w->since[m->epoch], (size_t)m->from - 1, m->seq);
}

/* I5: of one heartbeat that is said again the first copy counts. */
static void note_beat(struct world *w, size_t node, const struct jsl_election_message *m)
{
	struct world_beats *b = &w->beats[node];

	if (b->since == m->since && m->seq <= b->seq)
		return;
	b->since = m->since;
	b->seq = m->seq;
	b->sent_us[m->seq % WORLD_BEATS_MAX] = world_clock(&w->nodes[node], w->now);
}

/* I1: only one node sends heartbeats of an epoch. It acks them itself while it has
 * promised nothing higher (R10). */
static void note_heartbeat(struct world *w, size_t node,
			   const struct jsl_election_message *m)
{
	uint64_t epoch = m->epoch, id = w->nodes[node].id;

	if (w->established[epoch] != 0 && w->established[epoch] != id)
		world_fail(w, "I1: two leaders of one epoch", epoch, id);
	if (m->since != epoch && w->established[m->since] != id)
		world_fail(w, "R10: a reign that began as another's", epoch, id);
	if (w->since[epoch] != 0 && w->since[epoch] != m->since)
		world_fail(w, "R10: one epoch in two reigns", epoch, id);
	w->established[epoch] = id;
	w->n_raises += w->since[epoch] == 0 && m->since != epoch;
	w->since[epoch] = m->since;
	note_beat(w, node, m);
	if (w->nodes[node].record.promised_epoch != epoch)
		return;
	note_ack(w, node, epoch);
	note_acked(w, node, m->since, node, m->seq);
}

void world_note_message(struct world *w, size_t node,
			const struct jsl_election_message *m)
{
	const struct jsl_election_record *r = &w->nodes[node].record;

	if (m->epoch >= WORLD_EPOCHS_MAX) {
		world_fail(w, "epochs run away", m->epoch, m->from);
		return;
	}
	if (m->kind == JSL_ELECTION_HEARTBEAT) {
		/* R2: a quorum's promises, by their records. */
		if (m->epoch > of_quorum(w, w->ever))
			world_fail(w, "R2: established without a quorum", m->epoch,
				   m->from);
		note_heartbeat(w, node, m);
	} else if (m->kind == JSL_ELECTION_ACK) {
		note_ack(w, node, m->epoch);
	}
	if (m->kind == JSL_ELECTION_PROMISE &&
	    (r->promised_epoch != m->epoch || r->promised_to != m->to))
		world_fail(w, "R1: a promise that is not on disk", m->epoch, m->from);
	if (m->kind != JSL_ELECTION_PREPARE)
		return;
	w->n_asked += m->epoch > w->asked[node];
	w->asked[node] = m->epoch;
	if (w->hurts)
		world_hurt(w, node);
}

/* D_L. */
static uint64_t lead_lease_us(const struct world *w, const struct world_node *n)
{
	uint64_t d = n->lease_us;

	return d - (2 * d * w->opts.rate_error_ppm + 999999) / 1000000 -
	       w->opts.granularity_us;
}

/* I5: whoever leads sent, within D_L, what a quorum's acks of are with it. */
static void check_acks(struct world *w, const struct world_node *n,
		       struct jsl_election_leader token)
{
	uint64_t now = world_clock(n, w->now), d_l = lead_lease_us(w, n);
	size_t acks = 0;

	for (size_t i = 0; i < w->n_voters; i++)
		acks += w->acked_us[token.since][i] != 0 &&
			w->acked_us[token.since][i] + d_l > now;
	if (!is_quorum(w, acks))
		world_fail(w, "I5: leads without a quorum of acks", token.epoch, n->id);
}

static void check_node(struct world *w, struct world_node *n)
{
	struct jsl_election_leader floor = jsl_election_floor(n->e);

	if (floor.epoch < n->floor.epoch)
		world_fail(w, "R11: the floor went down", floor.epoch, n->id);
	n->floor = floor;
#ifndef NDEBUG /* mutants are built with it: they must break more than this */
	if (!jsl_election__check(n->e))
		world_fail(w, "the node's own invariant", floor.epoch, n->id);
#endif
}

void world_check(struct world *w)
{
	struct jsl_election_leader token;
	size_t leaders = 0;

	for (size_t i = 0; i < w->n_nodes; i++) {
		struct world_node *n = &w->nodes[i];

		if (n->e == NULL)
			continue;
		check_node(w, n);
		if (!jsl_election_is_leader(n->e, world_clock(n, w->now), &token))
			continue;
		if (w->established[token.epoch] != n->id)
			world_fail(w, "I1: leads what it did not establish", token.epoch,
				   n->id);
		if (!w->clocks_in_bound)
			continue;
		if (++leaders > 1 && !w->lies)
			world_fail(w, "I4: two leaders at once", token.epoch, n->id);
		check_acks(w, n, token);
	}
}
