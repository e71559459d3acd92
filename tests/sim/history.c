/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened to the jobs, and whether it was allowed to: the invariants of
 * the work queue over the whole history, and those of the election at each
 * instant.
 */

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "world.h"

static struct world_job *find_job(struct world *w, struct jsl_queue_id id)
{
	size_t i;

	memcpy(&i, id.bytes, sizeof(i));
	return i < w->n_jobs && memcmp(&w->jobs[i].id, &id, sizeof(id)) == 0 ? &w->jobs[i]
									     : NULL;
}

void history_submit(struct world *w, int gateway)
{
	struct world_job *job = &w->jobs[w->n_jobs];
	struct jsl_blob *payload;
	size_t i = w->n_jobs;

	if (w->nodes[gateway].cluster == NULL || i == WORLD_JOBS_MAX)
		return;
	*job = (struct world_job){.gateway = gateway,
				  .gateway_life = w->nodes[gateway].life,
				  .submitted_at = w->now};
	memcpy(job->id.bytes, &i, sizeof(i));
	job->id.bytes[15] = 1;
	w->n_jobs++;
	payload = jsl_blob_new(&job->id, sizeof(job->id));
	world_note(w, "submit %zu at %" PRIu64, i, w->nodes[gateway].id);
	if (world_step(w, gateway,
		       (struct jsl_cluster_event){.type = JSL_CLUSTER_EV_SUBMIT,
						  .job = job->id,
						  .payload = payload}) < 0)
		world_violated(w, "submission %zu was refused", i);
	jsl_blob_unref(payload);
}

static bool is_cut_off(const struct world *w, int node)
{
	for (int i = 0; i < w->n_nodes; i++)
		if (w->cut[node][i] || w->cut[i][node])
			return true;
	return false;
}

/* Whether the cluster had a reason to think that the node, or an order to it, is lost. */
static bool was_troubled(const struct world *w, int node, uint64_t since)
{
	const struct world_node *n = &w->nodes[node];

	return n->cluster == NULL || n->stopping || n->troubled_at >= since ||
	       is_cut_off(w, node);
}

/*
 * A second run is right only if the first worker died or was out of reach since
 * it started, or if this is an order that was held up on its way to a worker out
 * of reach and given to another meanwhile. With crashes alone that is strict.
 */
static void check_rerun(struct world *w, const struct world_job *job, int node)
{
	const struct world_run *run = &w->runs[job->last_run];
	/* Its order may have been on its way still when it was given up. */
	uint64_t sent_at = run->started_at - 2 * w->delay_max;

	if (run->stopped || w->nodes[run->node].life != run->life ||
	    was_troubled(w, run->node, sent_at) ||
	    was_troubled(w, node, job->submitted_at))
		return;
	world_violated(w, "job %zu runs again though %" PRIu64 " was well", run->job,
		       w->nodes[run->node].id);
}

void history_started(struct world *w, int node, const struct jsl_queue_message *m)
{
	struct world_job *job = find_job(w, m->job);
	struct world_run *run = &w->runs[w->n_runs];

	assert(w->n_runs < sizeof(w->runs) / sizeof(w->runs[0]));
	if (job == NULL || jsl_blob_len(m->payload) != sizeof(m->job) ||
	    memcmp(jsl_blob_data(m->payload), &m->job, sizeof(m->job)) != 0) {
		world_violated(w, "%" PRIu64 " starts what nobody submitted",
			       w->nodes[node].id);
		return;
	}
	if (job->runs > 0)
		check_rerun(w, job, node);
	*run = (struct world_run){.job = (size_t)(job - w->jobs),
				  .node = node,
				  .life = w->nodes[node].life,
				  .started_at = w->now};
	job->runs++;
	job->last_run = w->n_runs;
	world_note(w, "%" PRIu64 " runs %zu attempt %u", w->nodes[node].id, run->job,
		   m->attempt);
	world_push(w, (struct world_event){
			      .at = w->now + w->run_min +
				    jsl_rng_below(&w->rng, w->run_max - w->run_min + 1),
			      .what = WORLD_DONE,
			      .node = node,
			      .life = w->nodes[node].life,
			      .index = w->n_runs});
	w->n_runs++;
}

void history_stopped(struct world *w, int node, struct jsl_queue_id id)
{
	for (size_t i = 0; i < w->n_runs; i++)
		if (w->runs[i].node == node && w->runs[i].life == w->nodes[node].life &&
		    memcmp(&w->jobs[w->runs[i].job].id, &id, sizeof(id)) == 0)
			w->runs[i].stopped = true;
}

void history_run_over(struct world *w, size_t i)
{
	struct world_run *run = &w->runs[i];
	struct world_job *job = &w->jobs[run->job];
	struct jsl_blob *payload;

	if (run->stopped)
		return;
	run->ended = true;
	payload = jsl_blob_new(&job->id, sizeof(job->id));
	(void)world_step(w, run->node,
			 (struct jsl_cluster_event){.type = JSL_CLUSTER_EV_FINISHED,
						    .job = job->id,
						    .payload = payload});
	jsl_blob_unref(payload);
}

void history_result(struct world *w, int node, const struct jsl_queue_message *end)
{
	struct world_job *job = find_job(w, end->job);

	if (job == NULL || job->gateway != node ||
	    job->gateway_life != w->nodes[node].life) {
		world_violated(w, "%" PRIu64 " got a result that is not its own",
			       w->nodes[node].id);
		return;
	}
	world_note(w, "result %zu attempt %u outcome %d", (size_t)(job - w->jobs),
		   end->attempt, (int)end->outcome);
	job->outcome = end->outcome;
	job->attempt = end->attempt;
	if (++job->results != 1)
		world_violated(w, "job %zu was answered %u times",
			       (size_t)(job - w->jobs), job->results);
	if (end->outcome != JSL_QUEUE_DONE)
		world_violated(w, "job %zu ended with outcome %d",
			       (size_t)(job - w->jobs), (int)end->outcome);
	else if (jsl_blob_len(end->payload) != sizeof(end->job) ||
		 memcmp(jsl_blob_data(end->payload), &end->job, sizeof(end->job)) != 0)
		world_violated(w, "job %zu got the answer of another",
			       (size_t)(job - w->jobs));
	else if (job->runs == 0)
		world_violated(w, "job %zu was answered and never ran",
			       (size_t)(job - w->jobs));
}

/* I3: the epochs of what a worker starts never go down, not even from one life of a
 * voter to the next: at that moment its disk already says what it will not go below. */
void history_note(struct world *w, int node, const struct jsl_queue_note *note)
{
	struct world_node *n = &w->nodes[node];

	world_note(w, "%" PRIu64 ": job %s node %" PRIu64 " attempt %u", n->id,
		   jsl_queue_note_str(note->type), note->node.id, note->attempt);
	if (note->type != JSL_QUEUE_NOTE_STARTED)
		return;
	if (note->epoch < n->last_epoch)
		world_violated(w, "%" PRIu64 " obeyed epoch %" PRIu64 " after %" PRIu64,
			       n->id, note->epoch, n->last_epoch);
	n->last_epoch = note->epoch;
	if (n->voter && note->epoch > n->record.promised_epoch)
		world_violated(w,
			       "%" PRIu64 " obeyed epoch %" PRIu64
			       " and has promised %" PRIu64,
			       n->id, note->epoch, n->record.promised_epoch);
}

static void check_epoch(struct world *w, struct jsl_election_leader token)
{
	for (size_t i = 0; i < w->n_leaders; i++)
		if (w->leaders[i].epoch == token.epoch) {
			if (w->leaders[i].id != token.id)
				world_violated(w, "I1: epoch %" PRIu64 " has two leaders",
					       token.epoch);
			return;
		}
	if (w->n_leaders < sizeof(w->leaders) / sizeof(w->leaders[0])) {
		w->leaders[w->n_leaders].epoch = token.epoch;
		w->leaders[w->n_leaders++].id = token.id;
	}
}

/* I1 and I4, after every event. */
void history_check_leaders(struct world *w)
{
	int leading = 0;

	for (int i = 0; i < w->n_peers; i++) {
		struct jsl_election_leader token;

		if (w->nodes[i].cluster == NULL ||
		    !jsl_cluster_is_leader(w->nodes[i].cluster, world_clock(w, i),
					   &token))
			continue;
		leading++;
		check_epoch(w, token);
	}
	if (leading > 1)
		world_violated(w, "I4: %d nodes are inside their leases", leading);
}

/* Every job whose submitter still lives has its one result. */
bool history_all_answered(struct world *w)
{
	for (size_t i = 0; i < w->n_jobs; i++) {
		const struct world_job *job = &w->jobs[i];
		const struct world_node *gw = &w->nodes[job->gateway];

		if (job->results == 0 && gw->cluster != NULL &&
		    gw->life == job->gateway_life)
			return false;
	}
	return true;
}
