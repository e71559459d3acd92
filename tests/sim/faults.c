/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a seed does to a cluster: its weather for the whole time, and one fault after
 * another. Everything that may go wrong may do so at once.
 */

#include "faults.h"
#include "history.h"

static uint64_t below(struct world *w, uint64_t n)
{
	return jsl_rng_below(&w->rng, n);
}

static bool one_in(struct world *w, uint64_t n)
{
	return below(w, n) == 0;
}

void faults_start_all(struct world *w)
{
	for (int i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].cluster == NULL)
			world_start(w, i);
}

/* ---- the load ---- */

/* Many share a key with one of the last few, some of them with other content. */
static struct world_job draw_job(struct world *w)
{
	struct world_job job = {.key = WORLD_NONE, .content = w->n_jobs};
	size_t back = 1 + below(w, 8);

	if (one_in(w, 3))
		job.limit_us = MS(500);
	if (one_in(w, 20))
		job.wait_us = MS(100) + below(w, MS(4000));
	if (one_in(w, 2))
		return job;
	job.key = w->n_jobs;
	if (back > w->n_jobs || w->jobs[w->n_jobs - back].key == WORLD_NONE)
		return job;
	job.key = w->jobs[w->n_jobs - back].key;
	if (one_in(w, 30))
		return job;
	job.content = job.key;
	job.limit_us = w->jobs[job.key].limit_us;
	return job;
}

static void submit_again(struct world *w)
{
	uint64_t gateway = below(w, (uint64_t)(w->n_nodes - w->n_peers));
	size_t last = w->n_jobs < 8 ? w->n_jobs : 8;

	if (w->now >= FAULTS_END_US)
		return;
	history_submit_as(w, w->n_peers + (int)gateway, draw_job(w));
	if (last > 0 && one_in(w, 20))
		history_cancel(w, w->n_jobs - 1 - below(w, last));
	world_at(w, w->now + MS(20) + below(w, MS(200)), submit_again);
}

/* ---- faults ---- */

static void cut_or_heal(struct world *w, int a, int b)
{
	bool cut = !w->cut[a][b];

	conn_cut(w, a, b, cut);
	if (one_in(w, 2))
		conn_cut(w, b, a, cut);
}

static void heal_links(struct world *w)
{
	for (int i = 0; i < w->n_nodes; i++)
		for (int j = 0; j < w->n_nodes; j++)
			if (w->cut[i][j])
				conn_cut(w, i, j, false);
}

/* It is heard by nobody, or hears nobody, or both. */
static void isolate(struct world *w, int a)
{
	uint64_t how = below(w, 3);

	for (int b = 0; b < w->n_nodes; b++) {
		if (b == a)
			continue;
		if (how != 1)
			conn_cut(w, a, b, true);
		if (how != 2)
			conn_cut(w, b, a, true);
	}
}

/* R12: a minority, and not before everybody has promised. */
static bool may_lose(const struct world *w, int voter)
{
	for (int i = 0; i < w->n_voters; i++)
		if (w->nodes[i].record.promised_epoch == 0)
			return false;
	return (w->losers >> voter & 1) != 0;
}

static void hurt_disk(struct world *w, int peer)
{
	int voter = peer % w->n_voters;

	if (one_in(w, 3))
		w->nodes[peer].disk_full = true;
	else if (may_lose(w, voter))
		world_lose_record(w, voter);
}

static void weary(struct world *w, int node)
{
	struct world_node *n = &w->nodes[node];

	n->slow_us = one_in(w, 2) ? MS(4) : 0;
	n->starved_us = n->slow_us == 0 ? MS(20) + below(w, MS(280)) : 0;
	n->weary_until = w->now + below(w, MS(4000));
	n->turn_until = w->now;
	world_note(w, "node %d is %s", node, n->slow_us > 0 ? "slow" : "starved");
}

static void hurt_leader(struct world *w)
{
	struct jsl_cluster_event transfer = {.type = JSL_CLUSTER_EV_TRANSFER};
	int leader = world_leader(w);

	if (leader < 0)
		return;
	switch (below(w, 3)) {
	case 0:
		world_crash(w, leader);
		world_at(w, w->now + MS(1) + below(w, MS(50)), faults_start_all);
		break;
	case 1: world_pause(w, leader, MS(300) + below(w, MS(600))); break;
	default:
		transfer.id = w->nodes[below(w, (uint64_t)w->n_voters)].id;
		if (world_is_up(w, leader))
			(void)world_step(w, leader, transfer);
		break;
	}
}

static void break_something(struct world *w)
{
	int peer = (int)below(w, (uint64_t)w->n_peers);
	int node = (int)below(w, (uint64_t)w->n_nodes);
	int other = (int)below(w, (uint64_t)w->n_nodes);

	if (w->now >= FAULTS_END_US)
		return;
	switch (below(w, 15)) {
	case 0:
	case 1: world_crash(w, peer); break;
	case 2:
	case 3:
	case 4: faults_start_all(w); break;
	case 5: world_pause(w, node, below(w, MS(2000))); break;
	case 6:
	case 7: cut_or_heal(w, node, other); break;
	case 8: isolate(w, node); break;
	case 9: heal_links(w); break;
	case 10:
		if (world_is_up(w, peer))
			world_leave(w, peer);
		break;
	case 11: hurt_disk(w, peer); break;
	case 12: world_crash(w, node); break; /* a gateway, perhaps */
	case 13: weary(w, node); break;
	default: hurt_leader(w); break;
	}
	world_at(w, w->now + MS(100) + below(w, MS(1500)), break_something);
}

/* What a worker says of itself; it runs what it is given in either case. */
static void turn_unfit(struct world *w)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_FIT};
	int peer = (int)below(w, (uint64_t)w->n_peers);

	if (w->now >= FAULTS_END_US)
		return;
	ev.fit = one_in(w, 2);
	if (world_is_up(w, peer)) {
		world_note(w, "node %d is %s", peer, ev.fit ? "fit" : "unfit");
		(void)world_step(w, peer, ev);
	}
	world_at(w, w->now + MS(50) + below(w, MS(500)), turn_unfit);
}

/* ---- the weather ---- */

static void draw_network(struct world *w)
{
	w->loss_ppm = (uint32_t)below(w, 50000);
	w->dup_ppm = (uint32_t)below(w, 20000);
	w->late_ppm = one_in(w, 2) ? (uint32_t)below(w, 30000) : 0;
	w->late_us = MS(10) + below(w, MS(2000));
	w->again_ppm = (uint32_t)below(w, 200000);
	if (!one_in(w, 3))
		return;
	for (int i = 0; i < w->n_nodes; i++)
		for (int j = 0; j < w->n_nodes; j++) {
			if (one_in(w, 3))
				w->links[i][j].delay_us = below(w, MS(60));
			if (one_in(w, 6))
				w->links[i][j].loss_ppm = 800000;
		}
}

static void draw_nodes(struct world *w)
{
	w->timer_late_us = below(w, 2000);
	w->torn_ppm = one_in(w, 2) ? 30000 : 0;
	w->trust = one_in(w, 2) ? JSL_NODE_TRUST_YES : JSL_NODE_TRUST_NO;
	w->clocks_in_bound = !one_in(w, 8);
	for (int i = 0; i < w->n_nodes && !w->clocks_in_bound; i++)
		w->nodes[i].rate_ppm = (int32_t)below(w, 600001) - 300000;
	for (int n = (w->n_voters - 1) / 2; n > 0; n--)
		w->losers |= UINT32_C(1) << below(w, (uint64_t)w->n_voters);
}

void faults_draw(struct world *w)
{
	draw_network(w);
	draw_nodes(w);
	w->silence_us = MS(3000);
	w->hangs_in = 16;
	world_at(w, MS(500), submit_again);
	if (w->turns_unfit)
		world_at(w, MS(700), turn_unfit);
	if (!one_in(w, 10)) /* the others are calm, but for the weather */
		world_at(w, MS(1500), break_something);
}

/* What is down starts, what is beyond recovery does so again; of the others, whatever
 * the faults left behind in them must undo itself. */
void faults_end(struct world *w)
{
	w->loss_ppm = w->dup_ppm = w->late_ppm = w->torn_ppm = w->hangs_in = 0;
	heal_links(w);
	for (int i = 0; i < w->n_nodes; i++) {
		struct world_node *n = &w->nodes[i];

		for (int j = 0; j < w->n_nodes; j++) {
			w->links[i][j].delay_us = 0;
			w->links[i][j].loss_ppm = 0;
		}
		n->weary_until = w->now;
		if (n->stopping || n->disk_full || n->dying)
			world_crash(w, i);
	}
	faults_start_all(w);
}
