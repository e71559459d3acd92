/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened to the jobs: each accepted one is answered, once, with what was
 * asked for; the epochs of the orders that a worker obeys never go down. The runner
 * is a stub: a job takes its time, says so once, or hangs.
 */

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/types.h>

#include "history.h"

struct world_job *history_find(struct world *w, struct jsl_queue_id id)
{
	size_t i;

	memcpy(&i, id.bytes, sizeof(i));
	return i < w->n_jobs && memcmp(&w->jobs[i].id, &id, sizeof(id)) == 0 ? &w->jobs[i]
									     : NULL;
}

/* ---- gateways ---- */

static struct jsl_blob *content_of(const struct world *w, const struct world_job *job)
{
	const struct jsl_queue_id *id = &w->jobs[job->content].id;

	return jsl_blob_new(id, sizeof(*id));
}

static bool is_content_of(const struct world *w, const struct world_job *job,
			  const struct jsl_blob *payload)
{
	const struct jsl_queue_id *id = &w->jobs[job->content].id;

	return payload != NULL && jsl_blob_len(payload) == sizeof(*id) &&
	       memcmp(jsl_blob_data(payload), id, sizeof(*id)) == 0;
}

void history_submit_as(struct world *w, int gateway, struct world_job job)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_SUBMIT,
				       .wait_us = job.wait_us,
				       .limit_us = job.limit_us};
	size_t i = w->n_jobs;

	if (!world_is_up(w, gateway) || i == WORLD_JOBS_MAX)
		return;
	job.gateway = gateway;
	job.gateway_life = w->nodes[gateway].life;
	job.last_run = WORLD_NONE;
	memcpy(job.id.bytes, &i, sizeof(i));
	job.id.bytes[15] = 1;
	w->jobs[w->n_jobs++] = job;
	ev.job = job.id;
	if (job.key != WORLD_NONE)
		ev.key = w->jobs[job.key].id;
	ev.payload = content_of(w, &job);
	world_note(w, "submit %zu at %" PRIu64 ", key %zd, content %zu, limit %" PRIu64,
		   i, w->nodes[gateway].id, (ssize_t)job.key, job.content, job.limit_us);
	if (world_step(w, gateway, ev) < 0)
		world_violated(w, "submission %zu was refused", i);
	jsl_blob_unref(ev.payload);
}

void history_submit(struct world *w, int gateway)
{
	history_submit_as(w, gateway,
			  (struct world_job){.key = WORLD_NONE, .content = w->n_jobs});
}

void history_cancel(struct world *w, size_t i)
{
	struct world_job *job = &w->jobs[i];

	if (!world_is_up(w, job->gateway) || job->results > 0 ||
	    w->nodes[job->gateway].life != job->gateway_life)
		return;
	world_note(w, "cancel %zu", i);
	job->cancelled = true;
	(void)world_step(w, job->gateway,
			 (struct jsl_cluster_event){.type = JSL_CLUSTER_EV_CANCEL,
						    .job = job->id});
}

/* ---- the stub runners ---- */

static void push_run(struct world *w, enum world_what what, size_t run, uint64_t after)
{
	int node = w->runs[run].node;

	world_push(w, (struct world_event){.at = w->now + after,
					   .what = what,
					   .node = node,
					   .life = w->nodes[node].life,
					   .index = run});
}

/* It speaks half-way, perhaps, and ends; or it hangs, and its worker lives (Q13). */
static void schedule_run(struct world *w, size_t run)
{
	uint64_t us = w->run_min + jsl_rng_below(&w->rng, w->run_max - w->run_min + 1);

	if (w->jobs[w->runs[run].job].limit_us > 0 && w->hangs_in > 0 &&
	    jsl_rng_below(&w->rng, w->hangs_in) == 0) {
		world_note(w, "%zu hangs", w->runs[run].job);
		return;
	}
	if (jsl_rng_below(&w->rng, 2) == 0)
		push_run(w, WORLD_WORD, run, us / 2);
	push_run(w, WORLD_DONE, run, us);
}

void history_started(struct world *w, int node, const struct jsl_queue_message *m)
{
	struct world_job *job = history_find(w, m->job);
	struct world_run *run = &w->runs[w->n_runs];

	assert(w->n_runs < WORLD_RUNS_MAX);
	if (job == NULL || !is_content_of(w, job, m->payload)) {
		world_violated(w, "%" PRIu64 " starts what nobody submitted",
			       w->nodes[node].id);
		return;
	}
	*run = (struct world_run){.job = (size_t)(job - w->jobs),
				  .before = job->last_run,
				  .node = node,
				  .life = w->nodes[node].life,
				  .ordered_at =
					  w->frame_sent != 0 ? w->frame_sent : w->now,
				  .leader = m->leader};
	run->known_at = run->ordered_at;
	job->runs++;
	job->last_run = w->n_runs++;
	world_note(w, "%" PRIu64 " runs %zu attempt %u", w->nodes[node].id, run->job,
		   m->attempt);
	reruns_check(w, job->last_run);
	schedule_run(w, job->last_run);
}

void history_stopped(struct world *w, int node, struct jsl_queue_id id)
{
	const struct world_job *job = history_find(w, id);

	for (size_t i = job != NULL ? job->last_run : WORLD_NONE; i != WORLD_NONE;
	     i = w->runs[i].before)
		if (w->runs[i].node == node && w->runs[i].life == w->nodes[node].life)
			w->runs[i].stopped = w->runs[i].surplus = true;
}

static void runner_says(struct world *w, size_t i, enum jsl_cluster_event_type type)
{
	const struct world_run *run = &w->runs[i];
	struct jsl_cluster_event ev = {.type = type, .job = w->jobs[run->job].id};

	ev.payload = content_of(w, &w->jobs[run->job]);
	(void)world_step(w, run->node, ev);
	jsl_blob_unref(ev.payload);
}

void history_run_over(struct world *w, size_t i)
{
	if (w->runs[i].stopped)
		return;
	w->runs[i].ended = true;
	runner_says(w, i, JSL_CLUSTER_EV_FINISHED);
}

void history_run_speaks(struct world *w, size_t i)
{
	if (!w->runs[i].stopped)
		runner_says(w, i, JSL_CLUSTER_EV_PROGRESS);
}

/* ---- answers ---- */

static bool is_its_own(const struct world *w, int node, const struct world_job *job)
{
	return job != NULL && job->gateway == node &&
	       job->gateway_life == w->nodes[node].life;
}

/* Not after the end, and never of another run. */
void history_progress(struct world *w, int node, const struct jsl_queue_message *word)
{
	struct world_job *job = history_find(w, word->job);

	if (!is_its_own(w, node, job) || job->results > 0 ||
	    !is_content_of(w, job, word->payload))
		world_violated(w, "%" PRIu64 " hears of progress that is not its own",
			       w->nodes[node].id);
	else
		job->words++;
}

/* Of the job, or of another of its key and content. */
static bool has_run(const struct world *w, const struct world_job *job)
{
	for (size_t i = 0; i < w->n_runs; i++) {
		const struct world_job *of = &w->jobs[w->runs[i].job];

		if (w->runs[i].ended &&
		    (of == job || (job->key != WORLD_NONE && of->key == job->key &&
				   of->content == job->content)))
			return true;
	}
	return false;
}

/* Another job has its key and not its content. */
static bool has_rival(const struct world *w, const struct world_job *job)
{
	for (size_t i = 0; job->key != WORLD_NONE && i < w->n_jobs; i++)
		if (w->jobs[i].key == job->key && w->jobs[i].content != job->content)
			return true;
	return false;
}

static bool may_end_so(const struct world *w, const struct world_job *job,
		       const struct jsl_queue_message *end)
{
	switch (end->outcome) {
	case JSL_QUEUE_DONE: return has_run(w, job);
	case JSL_QUEUE_CANCELLED: return job->cancelled;
	case JSL_QUEUE_EXPIRED: return job->wait_us > 0;
	case JSL_QUEUE_REJECTED:
		return end->reason == JSL_QUEUE_CONFLICT && has_rival(w, job);
	default: return false;
	}
}

void history_result(struct world *w, int node, const struct jsl_queue_message *end)
{
	struct world_job *job = history_find(w, end->job);

	if (!is_its_own(w, node, job)) {
		world_violated(w, "%" PRIu64 " got a result that is not its own",
			       w->nodes[node].id);
		return;
	}
	world_note(w, "result %zu attempt %u outcome %d", (size_t)(job - w->jobs),
		   end->attempt, (int)end->outcome);
	job->outcome = end->outcome;
	job->attempt = end->attempt;
	if (++job->results != 1)
		world_violated(w, "Q7: job %zu was answered %u times",
			       (size_t)(job - w->jobs), job->results);
	if (!may_end_so(w, job, end))
		world_violated(w, "job %zu ended with outcome %d",
			       (size_t)(job - w->jobs), (int)end->outcome);
	else if (end->outcome == JSL_QUEUE_DONE && !is_content_of(w, job, end->payload))
		world_violated(w, "job %zu got the answer of another",
			       (size_t)(job - w->jobs));
}

/* R11: nor below what the node has heard of in a heartbeat, or has promised. */
static void check_floor(struct world *w, const struct world_node *n, uint64_t epoch)
{
	struct jsl_election_leader floor =
		jsl_election_floor(jsl_cluster_election(n->cluster));

	if (epoch < floor.epoch)
		world_violated(
			w, "R11: %" PRIu64 " obeyed epoch %" PRIu64 " and knew %" PRIu64,
			n->id, epoch, floor.epoch);
}

/* I3: the epochs of what a worker starts never go down, not even from one life of a
 * voter to the next: at that moment its disk already says what it will not go below. */
void history_note(struct world *w, int node, const struct jsl_queue_note *note)
{
	const struct world_job *job = history_find(w, note->job);
	struct world_node *n = &w->nodes[node];

	world_note(w, "%" PRIu64 ": job %zu %s node %" PRIu64 " attempt %u", n->id,
		   job != NULL ? (size_t)(job - w->jobs) : 0,
		   jsl_queue_note_str(note->type), note->node.id, note->attempt);
	reruns_note(w, node, note);
	if (note->type != JSL_QUEUE_NOTE_STARTED)
		return;
	if (note->epoch < n->last_epoch)
		world_violated(w, "%" PRIu64 " obeyed epoch %" PRIu64 " after %" PRIu64,
			       n->id, note->epoch, n->last_epoch);
	n->last_epoch = note->epoch;
	check_floor(w, n, note->epoch);
	if (n->voter && note->epoch > n->record.promised_epoch)
		world_violated(w,
			       "%" PRIu64 " obeyed epoch %" PRIu64
			       " and has promised %" PRIu64,
			       n->id, note->epoch, n->record.promised_epoch);
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

static bool holds_nothing(const struct jsl_cluster *c)
{
	const struct jsl_queue_worker *worker = jsl_cluster_queue_worker(c);
	struct jsl_queue_leader_stats st;

	jsl_queue_leader_stats(jsl_cluster_queue_leader(c), &st);
	return st.waiting + st.running + st.finished + st.joined == 0 &&
	       jsl_queue_submitter_count(jsl_cluster_queue_submitter(c)) == 0 &&
	       (worker == NULL || (jsl_queue_worker_running(worker) == 0 &&
				   jsl_queue_worker_finished(worker) == 0));
}

/* All are answered, and nobody holds anything for anybody. */
bool history_is_over(struct world *w)
{
	if (!history_all_answered(w))
		return false;
	for (int i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].cluster == NULL || !holds_nothing(w->nodes[i].cluster))
			return false;
	return true;
}
