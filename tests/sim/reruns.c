/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a job may run again (protocols, section 3): only if the worker of the
 * earlier run died, was declared failed, was away from the leader beyond resume-ms,
 * drained or fell under Q13; or if its submitter did, for then the job was dropped,
 * and that it came back is news. The reasons are taken where they arise: when a node
 * dies, and, as a leader sees them, at each of its orders. And jobs of one key are one
 * run, of all that one leader knows (keys).
 */

#include <inttypes.h>
#include <string.h>

#include "history.h"

/* ---- reasons ---- */

static bool leads(const struct world_node *n)
{
	return n->cluster != NULL && jsl_cluster_role(n->cluster) == JSL_ELECTION_LEADING;
}

static bool is_gone(const struct world *w, int leader, int node)
{
	const struct world_node *l = &w->nodes[leader];
	const struct jsl_gossip_entry *entry =
		jsl_gossip_member(jsl_cluster_gossip(l->cluster), w->nodes[node].id);
	uint64_t since = l->away_since[node];

	/* It may have failed before the leader's process began: nobody tells that of it,
	 * but it counts only when gossip would have had the time to say so. */
	if (entry == NULL && world_clock(w, leader) - l->started_at >= WORLD_UNHEARD_US)
		return true;
	if (entry != NULL && entry->boot == w->nodes[node].life &&
	    (entry->state == JSL_GOSSIP_FAILED || entry->state == JSL_GOSSIP_LEFT))
		return true;
	return since != 0 && world_clock(w, leader) - since >= WORLD_RESUME_US;
}

/* As @leader sees them now. */
void reruns_look(struct world *w, int leader)
{
	for (int i = 0; i < w->n_nodes; i++)
		if (i != leader && is_gone(w, leader, i))
			w->nodes[i].excused_at = w->now;
}

void reruns_failed(struct world *w, int observer, int node)
{
	if (leads(&w->nodes[observer]))
		w->nodes[node].excused_at = w->now;
}

void reruns_linked(struct world *w, int leader, int node, bool linked)
{
	if (leads(&w->nodes[leader]) && w->nodes[leader].away_since[node] != 0)
		reruns_look(w, leader);
	w->nodes[leader].away_since[node] = linked ? 0 : world_clock(w, leader);
}

void reruns_reign(struct world *w, int leader)
{
	for (int i = 0; i < w->n_nodes; i++)
		w->nodes[leader].away_since[i] = world_clock(w, leader);
	reruns_look(w, leader);
}

static struct world_run *last_run_on(struct world *w, int node, struct jsl_queue_id id)
{
	const struct world_job *job = history_find(w, id);

	for (size_t i = job != NULL ? job->last_run : WORLD_NONE; i != WORLD_NONE;
	     i = w->runs[i].before)
		if (w->runs[i].node == node && w->runs[i].life == w->nodes[node].life)
			return &w->runs[i];
	return NULL;
}

/* It is told to stop it, or to forget its result. */
void reruns_given_up(struct world *w, int node, struct jsl_queue_id id)
{
	struct world_run *run = last_run_on(w, node, id);

	if (run != NULL)
		run->surplus = true;
}

/* ---- second runs ---- */

static bool is_excused(const struct world *w, const struct world_run *run)
{
	return run->surplus || w->nodes[run->node].excused_at >= run->ordered_at ||
	       w->nodes[w->jobs[run->job].gateway].excused_at >= run->ordered_at;
}

static void check_again(struct world *w, const struct world_run *run)
{
	for (size_t i = run->before; i != WORLD_NONE; i = w->runs[i].before) {
		const struct world_run *other = &w->runs[i];
		const struct world_run *first =
			other->ordered_at <= run->ordered_at ? other : run;

		if (other->node == run->node && other->life == run->life &&
		    !other->ended && !other->stopped)
			world_violated(w, "Q4: job %zu runs twice on %" PRIu64, run->job,
				       w->nodes[run->node].id);
		if (!is_excused(w, first))
			world_violated(w,
				       "job %zu runs again though %" PRIu64 " was well",
				       run->job, w->nodes[first->node].id);
	}
}

/* Somebody waits for what @run brings. */
static bool is_awaited(const struct world *w, const struct world_run *run)
{
	const struct world_job *job = &w->jobs[run->job];
	const struct world_node *gateway = &w->nodes[job->gateway];

	return job->results == 0 && !job->cancelled && gateway->cluster != NULL &&
	       gateway->life == job->gateway_life;
}

/* Of one key and content, under another id, and known to the same leader. */
static bool is_rival(const struct world *w, const struct world_run *run,
		     const struct world_run *other)
{
	const struct world_job *job = &w->jobs[run->job], *of = &w->jobs[other->job];

	return job->key != WORLD_NONE && of != job && of->key == job->key &&
	       of->content == job->content && other->leader.id == run->leader.id &&
	       other->leader.since == run->leader.since;
}

/* Two runs of one key: not if this leader knew the other before. What it adopts when
 * it has given the order already is no more the key's run. */
static void check_key(struct world *w, const struct world_run *run)
{
	for (size_t i = 0; i < w->n_runs; i++) {
		struct world_run *other = &w->runs[i];

		if (!is_rival(w, run, other))
			continue;
		if (other->known_at >= run->ordered_at)
			other->leader.id = 0;
		else if (is_awaited(w, other) && !is_excused(w, other))
			world_violated(w, "jobs %zu and %zu of one key have a run each",
				       other->job, run->job);
	}
}

void reruns_check(struct world *w, size_t run)
{
	check_again(w, &w->runs[run]);
	check_key(w, &w->runs[run]);
}

/* ---- what leaders decide ---- */

/* Q13: not before the time that it states, by this leader's clock. */
static void check_silent(struct world *w, int leader, const struct jsl_queue_note *note)
{
	struct world_job *job = history_find(w, note->job);
	struct world_run *run = NULL;
	uint64_t since;

	for (int i = 0; i < w->n_peers; i++)
		if (w->nodes[i].id == note->node.id)
			run = last_run_on(w, i, note->job);
	if (job == NULL || job->limit_us == 0)
		world_violated(w, "Q13: what has no limit is given up");
	if (job == NULL || run == NULL)
		return; /* the order is on its way still */
	since = world_clock_at(w, leader, run->ordered_at);
	if (world_clock(w, leader) - since < job->limit_us + w->silence_us)
		world_violated(w, "Q13: job %zu is given up too early", run->job);
	run->surplus = true;
}

/* A leader knows the run from here on, and if it is the first of its key, it is the
 * key's. */
static void adopted(struct world *w, int leader, struct world_run *run)
{
	run->leader =
		jsl_cluster_leader(w->nodes[leader].cluster, world_clock(w, leader));
	run->known_at = w->now;
	for (size_t i = 0; i < w->n_runs && run->leader.id != 0; i++)
		if (is_rival(w, run, &w->runs[i]) && is_awaited(w, &w->runs[i]))
			run->leader.id = 0;
}

static void adopt(struct world *w, int leader, const struct jsl_queue_note *note)
{
	for (int i = 0; i < w->n_peers; i++) {
		struct world_run *run = w->nodes[i].id == note->node.id
						? last_run_on(w, i, note->job)
						: NULL;

		if (run != NULL)
			adopted(w, leader, run);
	}
}

void reruns_note(struct world *w, int node, const struct jsl_queue_note *note)
{
	switch (note->type) {
	case JSL_QUEUE_NOTE_ASSIGNED:
	case JSL_QUEUE_NOTE_REQUEUED: reruns_look(w, node); break;
	case JSL_QUEUE_NOTE_ADOPTED: adopt(w, node, note); break;
	case JSL_QUEUE_NOTE_SILENT: check_silent(w, node, note); break;
	case JSL_QUEUE_NOTE_FORGOTTEN: reruns_given_up(w, node, note->job); break;
	default: break;
	}
}
