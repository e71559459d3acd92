/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a seed does to a cluster: a weather that lasts, faults that come one after
 * another, and among them a few that follow a plan, because what a rule is there
 * for seldom comes about by chance.
 */

#include <string.h>

#include "election_world.h"

static void fault_link(struct world *w)
{
	size_t a = jsl_rng_below(&w->rng, w->n_nodes);
	size_t b = jsl_rng_below(&w->rng, w->n_nodes);
	bool cut = jsl_rng_below(&w->rng, 2) == 0;

	w->cut[a][b] = cut;
	if (jsl_rng_below(&w->rng, 2) == 0)
		w->cut[b][a] = cut;
}

static void fault_isolate(struct world *w)
{
	size_t a = jsl_rng_below(&w->rng, w->n_nodes);
	bool cut = jsl_rng_below(&w->rng, 3) != 0;

	for (size_t b = 0; b < w->n_nodes; b++)
		w->cut[a][b] = w->cut[b][a] = cut;
}

/* R12: a minority may lose its records, but not before everybody has promised. */
static bool may_lose(const struct world *w, size_t i)
{
	for (size_t j = 0; j < w->n_voters; j++)
		if (w->nodes[j].record.promised_epoch == 0)
			return false;
	return (w->losers & (UINT32_C(1) << i)) != 0;
}

void world_keep_echo(struct world *w, const struct jsl_election_message *m)
{
	bool first = m->kind == JSL_ELECTION_LOOK ? m->fresh : m->all_fresh;

	if (first && m->to <= w->n_voters && w->n_echoes < WORLD_ECHOES_MAX &&
	    (w->losers & (UINT32_C(1) << (m->to - 1))) != 0)
		w->echoes[w->n_echoes++] = *m;
}

static void lose(struct world *w, size_t i)
{
	bool echo = jsl_rng_below(&w->rng, 2) == 0;

	world_lose_record(w, i);
	for (size_t k = 0; echo && k < w->n_echoes; k++)
		if (w->echoes[k].to == w->nodes[i].id && jsl_rng_below(&w->rng, 2) == 0)
			world_deliver(w, i, &w->echoes[k], world_between(w, 0, 60 * MS));
}

static void fault_disk(struct world *w)
{
	size_t i = jsl_rng_below(&w->rng, w->n_voters);

	if (!may_lose(w, i))
		return;
	lose(w, i);
	world_start_at(w, i, w->now + world_between(w, 0, 300 * MS));
}

/* A clean stop, or leadership handed over, or a refusal that is no evidence. */
static void fault_end(struct world *w, size_t i)
{
	size_t leader = world_leader(w);

	switch (jsl_rng_below(&w->rng, 4)) {
	case 0:
		if (leader < w->n_nodes)
			i = leader;
		world_give(w, i, JSL_ELECTION_EV_RELEASE, 0);
		world_crash(w, i);
		world_start_at(w, i, w->now + world_between(w, MS, 500 * MS));
		break;
	case 1:
		if (leader < w->n_nodes)
			world_give(w, leader, JSL_ELECTION_EV_TRANSFER,
				   w->voters[jsl_rng_below(&w->rng, w->n_voters)]);
		break;
	default:
		for (size_t j = 0; j < w->n_voters; j++)
			if (jsl_rng_below(&w->rng, 2) == 0)
				world_lie(w, j);
		break;
	}
}

static void fault_process(struct world *w)
{
	size_t i = jsl_rng_below(&w->rng, w->n_nodes);
	struct world_node *n = &w->nodes[i];

	switch (jsl_rng_below(&w->rng, 8)) {
	case 0:
		world_crash(w, i);
		world_start_at(w, i, w->now + world_between(w, MS, 1500 * MS));
		break;
	case 1: /* the leader, most of all, and back at once */
		i = world_leader(w);
		if (i == w->n_nodes)
			break;
		world_crash(w, i);
		world_start_at(w, i, w->now + world_between(w, MS, 50 * MS));
		break;
	case 2: n->paused_until = w->now + world_between(w, MS, 1200 * MS); break;
	case 3:
		i = world_leader(w);
		if (i < w->n_nodes)
			w->nodes[i].paused_until =
				w->now + world_between(w, 300 * MS, 700 * MS);
		break;
	case 4: fault_disk(w); break;
	case 5:
	case 6: fault_end(w, i); break;
	default:
		world_give(w, i,
			   jsl_rng_below(&w->rng, 2) ? JSL_ELECTION_EV_VOTER_DOWN
						     : JSL_ELECTION_EV_VOTER_UP,
			   w->voters[jsl_rng_below(&w->rng, w->n_voters)]);
		break;
	}
}

/* A bare quorum is left to @leader, those among it that may lose their records. */
static void leave_quorum(struct world *w, size_t leader)
{
	size_t keep = w->n_voters / 2;

	for (int losers = 1; losers >= 0; losers--)
		for (size_t i = 0; i < w->n_voters; i++) {
			if (i == leader || may_lose(w, i) != losers)
				continue;
			w->cut[leader][i] = w->cut[i][leader] = keep == 0;
			keep -= keep > 0;
		}
}

/* What R5 and R12b are there for: first the leader keeps a bare quorum, so that the
 * others look for another; then just those that had granted it a lease are cut off
 * and restart, and may have lost their records. */
static void fault_betray(struct world *w)
{
	size_t leader = w->victim;

	if (leader == w->n_nodes) {
		w->victim = leader = world_leader(w);
		if (leader < w->n_nodes)
			leave_quorum(w, leader);
		return;
	}
	for (size_t i = 0; i < w->n_voters; i++) {
		bool restart = i != leader && !w->cut[leader][i];

		w->cut[leader][i] = w->cut[i][leader] = true;
		if (!restart)
			continue;
		if (may_lose(w, i) && jsl_rng_below(&w->rng, 4) != 0)
			lose(w, i);
		else
			world_crash(w, i);
		world_start_at(w, i, w->now + world_between(w, 0, 30 * MS));
	}
	w->victim = w->n_nodes;
}

/* What R1, R6 and R10 are there for: promises that are asked for, given and used
 * at times that no longer fit together. The questions of a candidate are long on their
 * way, and it may sleep meanwhile; or they reach some voters only. */
void world_hurt(struct world *w, size_t node)
{
	struct world_event mend = {.type = WORLD_MEND, .node = node};
	uint64_t us = world_between(w, MS, 400 * MS);
	uint64_t how = jsl_rng_below(&w->rng, 4);

	if (jsl_rng_below(&w->rng, 16) != 0)
		return;
	for (size_t i = 0; i < w->n_voters; i++) {
		if (how > 0)
			w->links[node][i].delay_us = world_between(w, 0, us);
		else if (jsl_rng_below(&w->rng, 2) == 0)
			w->cut[node][i] = w->cut[i][node] = true;
	}
	if (how == 1)
		w->nodes[node].paused_until = w->now + us;
	mend.at = w->now + us;
	world_schedule(w, mend);
}

void world_mend(struct world *w, size_t node)
{
	for (size_t i = 0; i < w->n_nodes; i++) {
		w->cut[node][i] = w->cut[i][node] = false;
		w->links[node][i].delay_us = 0;
	}
}

static void fault(struct world *w)
{
	if (w->victim < w->n_nodes) {
		fault_betray(w);
		world_fault_at(w, w->now + world_between(w, MS, 700 * MS));
		return;
	}
	switch (jsl_rng_below(&w->rng, 7)) {
	case 0:
	case 1: fault_link(w); break;
	case 2: fault_isolate(w); break;
	case 3: memset(w->cut, 0, sizeof(w->cut)); break;
	case 4:
		fault_betray(w);
		world_fault_at(w,
			       w->now + w->opts.lease_us + world_between(w, 0, 99 * MS));
		return;
	default: fault_process(w); break;
	}
	world_fault_at(w, w->now + world_between(w, MS, 400 * MS));
}

static void draw_weather(struct world *w)
{
	struct world_weather *x = &w->weather;

	x->loss_pct = (uint32_t)jsl_rng_below(&w->rng, 4) * 10;
	x->dup_pct = (uint32_t)jsl_rng_below(&w->rng, 3) * 5;
	x->late_pct = (uint32_t)jsl_rng_below(&w->rng, 3) * 3;
	x->late_us = world_between(w, 10 * MS, 2000 * MS);
	x->delay_max_us = world_between(w, 100, 20 * MS);
	x->sync_us = world_between(w, 0, 20 * MS);
	x->disk_pm = (uint32_t)jsl_rng_below(&w->rng, 3) * 50;
	x->disk_fail_pm = jsl_rng_below(&w->rng, 4) == 0 ? 10 : 0;
	x->timer_late_us = (uint32_t)jsl_rng_below(&w->rng, 2000);
}

static void draw_options(struct world *w)
{
	w->opts.lease_us = world_between(w, 3, 8) * w->opts.heartbeat_us;
	w->opts.settle_us = world_between(w, 0, 3) * 250 * MS;
	w->opts.finalize_us = world_between(w, 0, 1) * 50 * MS;
	w->opts.prepare_us = world_between(w, 1, 4) * 50 * MS;
	w->hurts = jsl_rng_below(&w->rng, 2) == 0;
	w->clocks_in_bound = jsl_rng_below(&w->rng, 8) != 0;
	w->lies = jsl_rng_below(&w->rng, 16) == 0;
	w->trusts = w->lies || jsl_rng_below(&w->rng, 2) == 0;
}

static void draw_nodes(struct world *w)
{
	uint64_t bound = w->clocks_in_bound ? 1000 : 300000;
	bool own_leases = jsl_rng_below(&w->rng, 4) == 0;
	bool slow = jsl_rng_below(&w->rng, 4) == 0;

	for (size_t n = (w->n_voters - 1) / 2; n > 0; n--)
		w->losers |= UINT32_C(1) << jsl_rng_below(&w->rng, w->n_voters);
	for (size_t i = 0; i < w->n_nodes; i++) {
		struct world_node *n = &w->nodes[i];

		n->rate_ppm = (int64_t)world_between(w, 0, 2 * bound) - (int64_t)bound;
		n->lease_us = w->opts.lease_us;
		if (own_leases)
			n->lease_us = world_between(w, 3, 8) * w->opts.heartbeat_us;
		if (slow && jsl_rng_below(&w->rng, 3) == 0)
			n->slow_us = world_between(w, 0, 4 * MS);
	}
}

/* Some links are long, or bad. */
static void draw_links(struct world *w)
{
	if (jsl_rng_below(&w->rng, 3) != 0)
		return;
	for (size_t i = 0; i < w->n_nodes; i++)
		for (size_t j = 0; j < w->n_nodes; j++) {
			if (jsl_rng_below(&w->rng, 3) == 0)
				w->links[i][j].delay_us = world_between(w, 0, 60 * MS);
			if (jsl_rng_below(&w->rng, 6) == 0)
				w->links[i][j].loss_pct = 80;
		}
}

void world_draw(struct world *w)
{
	w->on_fault = fault;
	draw_weather(w);
	draw_options(w);
	draw_nodes(w);
	draw_links(w);
	world_draw_rest(w);
	for (size_t i = 0; i < w->n_nodes; i++)
		world_start_at(w, i, w->now + world_between(w, 0, 1500 * MS));
	world_fault_at(w, w->now + world_between(w, 0, 2000 * MS));
}
