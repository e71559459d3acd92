/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be true of the history, checked as it happens (protocols, section
 * 3): one result per submission, no second run without a reason, epochs that
 * never go down at a worker (at a voter not even when it crashes: they are no
 * higher than what it has promised), nothing lost.
 */

#include <stdarg.h>

#include "sim_queue.h"

/* By then a crash is known to everybody. */
#define CALM_US (8 * SECOND)

void sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	printf("seed %lu at %lu us: ", (unsigned long)s->seed, (unsigned long)s->now);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\nreplay: test_sim_queue --seed %lu --trace\n", (unsigned long)s->seed);
	exit(EXIT_FAILURE);
}

void sim_trace(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->trace)
		return;
	printf("%10lu ", (unsigned long)s->now);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

struct jsl_queue_id sim_job_id(int job)
{
	struct jsl_queue_id id = {{0}};

	memcpy(id.bytes, &job, sizeof(job));
	return id;
}

int sim_job_of(struct jsl_queue_id id)
{
	int job;

	memcpy(&job, id.bytes, sizeof(job));
	return job;
}

/* ---- reasons to run a job again ---- */

void sim_excuse(struct sim *s, int node, bool as_submitter)
{
	(as_submitter ? s->sexcused : s->excused)[node] = s->now;
	s->any_excuse = s->now;
}

/* Away from the leader for longer than resume-ms: as good as gone (Q3, Q6). */
static void check_away(struct sim *s, int leader, int node)
{
	uint64_t since = s->nodes[leader].down_since[node];

	if (since != 0 && s->now - since >= RESUME_US)
		sim_excuse(s, node, !s->nodes[node].peer);
}

void sim_link_changed(struct sim *s, int leader, int node, bool up)
{
	sim_trace(s, "leader %d: link of node %d %s", leader, node, up ? "up" : "down");
	check_away(s, leader, node);
	if (!up && s->nodes[leader].thinks_failed[node]) /* a link was all it had left */
		sim_excuse(s, node, !s->nodes[node].peer);
	s->nodes[leader].down_since[node] = up ? 0 : s->now;
}

static bool is_excused(const struct sim *s, const struct sim_job *j,
		       const struct sim_exec *e)
{
	return s->excused[e->node] >= e->start || s->sexcused[j->submitter] >= e->start;
}

/* Of each two runs, there was a reason to order another after the earlier one. */
static void check_again(struct sim *s, int job, const struct sim_exec *exec)
{
	struct sim_job *j = &s->jobs[job];

	for (int i = 0; i < j->n_execs; i++) {
		const struct sim_exec *first =
			j->execs[i].start <= exec->start ? &j->execs[i] : exec;

		if (!first->surplus && !is_excused(s, j, first))
			sim_fail(s,
				 "job %d runs again, without a reason since %lu on "
				 "node %d",
				 job, (unsigned long)first->start, first->node);
	}
}

/* ---- as it happens ---- */

void sim_started(struct sim *s, int node, const struct jsl_queue_message *m)
{
	int job = sim_job_of(m->job);
	struct sim_job *j = &s->jobs[job];
	struct sim_node *n = &s->nodes[node];
	const struct sim_exec exec = {node, n->boot, s->sent, false};

	for (int i = 0; i < s->n_peers; i++)
		for (int k = 0;
		     s->nodes[i].alive && s->nodes[i].leading && k < s->n_nodes; k++)
			if (!s->nodes[k].peer || s->nodes[i].down_since[k] > 1)
				check_away(s, i, k);
	if (job < 0 || job >= s->n_jobs ||
	    memcmp(jsl_blob_data(m->payload), &j->content, sizeof(int)) != 0)
		sim_fail(s, "node %d starts what nobody submitted", node);
	if (n->running[job] != 0)
		sim_fail(s, "Q4: job %d runs twice on node %d", job, node);
	if (m->leader.epoch < n->floor.epoch ||
	    (m->leader.epoch == n->floor.epoch && m->leader.id != n->floor.id))
		sim_fail(s, "R11: node %d obeys epoch %lu after %lu", node,
			 (unsigned long)m->leader.epoch, (unsigned long)n->floor.epoch);
	if (n->electable && m->leader.epoch > n->promised.epoch)
		sim_fail(s, "I3: node %d obeys epoch %lu and has promised %lu", node,
			 (unsigned long)m->leader.epoch,
			 (unsigned long)n->promised.epoch);
	n->floor = m->leader;
	check_again(s, job, &exec);
	if (j->n_execs == EXECS_MAX)
		sim_fail(s, "job %d runs for ever", job);
	s->n_execs_again += j->n_execs > 0;
	j->execs[j->n_execs++] = exec;
}

/* Of the job, or of others of its key and content. */
static int runs_since(const struct sim *s, const struct sim_job *j, uint64_t since)
{
	int n = 0;

	for (int i = 0; i < s->n_jobs; i++) {
		const struct sim_job *other = &s->jobs[i];

		if (other != j &&
		    (j->key < 0 || other->key != j->key || other->content != j->content))
			continue;
		for (int k = 0; k < other->n_execs; k++)
			n += other->execs[k].start >= since;
	}
	return n;
}

static void check_refused(struct sim *s, int job, const struct jsl_queue_message *m)
{
	const struct sim_job *j = &s->jobs[job];

	if (m->reason != JSL_QUEUE_CONFLICT)
		return;
	for (int i = 0; j->key >= 0 && i < s->n_jobs; i++)
		if (s->jobs[i].key == j->key && s->jobs[i].content != j->content)
			return;
	sim_fail(s, "job %d is refused for nothing", job);
}

/* Not after the end, and never of another run. */
void sim_progress(struct sim *s, int node, const struct jsl_queue_message *m)
{
	int job = sim_job_of(m->job);
	const struct sim_job *j = &s->jobs[job];

	if (j->ended || j->submitter != node ||
	    memcmp(jsl_blob_data(m->payload), &j->content, sizeof(int)) != 0)
		sim_fail(s, "job %d: progress of another", job);
}

/* Only of what it never had: a worker's word of its own jobs is believed. */
bool sim_may_lie(const struct sim *s, int node, int job)
{
	return s->jobs[job].submitted > 0 && !s->jobs[job].given[node];
}

/* Q13: only after the time that it states, and then the next run has its reason. */
static void check_silent(struct sim *s, const struct jsl_queue_note *note)
{
	struct sim_job *j = &s->jobs[sim_job_of(note->job)];
	uint64_t least = j->limit + JSL_QUEUE_SILENCE_US;

	s->any_excuse = s->now;
	if (j->limit == 0 || s->now - j->word < least)
		sim_fail(s, "Q13: job %d is given up too early", sim_job_of(note->job));
	for (int i = 0; i < j->n_execs; i++) {
		if (s->nodes[j->execs[i].node].id != note->node.id)
			continue;
		if (s->now - j->execs[i].start < least)
			sim_fail(s, "Q13: job %d is given up too early",
				 sim_job_of(note->job));
		j->execs[i].surplus = true;
	}
}

void sim_ended(struct sim *s, int node, const struct jsl_queue_message *m)
{
	int job = sim_job_of(m->job);
	struct sim_job *j = &s->jobs[job];

	sim_trace(s, "job %d ends at node %d: outcome %d, attempt %u", job, node,
		  m->outcome, m->attempt);
	if (j->ended)
		sim_fail(s, "Q7: job %d has two results", job);
	if (j->submitter != node || j->boot != s->nodes[node].boot)
		sim_fail(s, "job %d ends at a stranger", job);
	j->ended = true;
	j->outcome = m->outcome;
	if (m->outcome == JSL_QUEUE_QUARANTINED && m->deaths < MAX_DEATHS)
		sim_fail(s, "Q6: job %d is quarantined after %u deaths", job, m->deaths);
	if (m->outcome == JSL_QUEUE_REJECTED)
		check_refused(s, job, m);
	if (m->outcome == JSL_QUEUE_CANCELLED && !j->cancelled)
		sim_fail(s, "job %d was never cancelled", job);
	if (m->outcome != JSL_QUEUE_DONE)
		return;
	if (runs_since(s, j, 0) == 0 || j->poison)
		sim_fail(s, "job %d has a result and never finished", job);
	if (memcmp(jsl_blob_data(m->payload), &j->content, sizeof(int)) != 0)
		sim_fail(s, "job %d has the result of another", job);
	/* One run for each key, of those that one leader has seen: a new one lets a first
	 * submission go before it knows what runs (Q2). */
	if ((s->any_excuse == 0 || s->any_excuse + CALM_US < j->submitted) &&
	    (m->attempt != 1 || j->n_execs > 1 ||
	     (j->accepted > s->elected && runs_since(s, j, j->accepted) > 1)))
		sim_fail(s, "job %d: attempt %u, %d runs, and nobody failed", job,
			 m->attempt, runs_since(s, j, j->accepted));
}

/* Q7, at the leader: one link carries one result of a job, until it is acknowledged;
 * a worker that never heard FORGET may offer it once more. */
static void check_result(struct sim *s, const struct jsl_queue_message *m)
{
	struct sim_job *j = &s->jobs[sim_job_of(m->job)];

	if (j->forwarded_on == m->link)
		sim_fail(s, "Q7: two results of job %d on link %lu", sim_job_of(m->job),
			 (unsigned long)m->link);
	j->forwarded_on = (uint32_t)m->link;
}

/* One of two runs is stopped, or its result forgotten; should the other be lost, a third
 * is no surprise. */
static void note_surplus(struct sim *s, const struct jsl_queue_message *m)
{
	struct sim_job *j = &s->jobs[sim_job_of(m->job)];

	for (int i = 0; j->n_execs > 1 && i < j->n_execs; i++)
		if (j->execs[i].node == s->conns[m->link].client)
			j->execs[i].surplus = true;
}

void sim_sent(struct sim *s, const struct jsl_queue_message *m)
{
	if (m->kind == JSL_QUEUE_RESULT)
		check_result(s, m);
	else if (m->kind == JSL_QUEUE_CANCEL || m->kind == JSL_QUEUE_FORGET)
		note_surplus(s, m);
	else if (m->kind == JSL_QUEUE_ASSIGN)
		s->jobs[sim_job_of(m->job)].given[s->conns[m->link].client] = true;
}

void sim_noted(struct sim *s, int node, const struct jsl_queue_note *note)
{
	const uint64_t parts[] = {s->now,
				  (uint64_t)node,
				  (uint64_t)note->type,
				  (uint64_t)sim_job_of(note->job),
				  note->node.id,
				  note->attempt};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		s->hash = (s->hash ^ parts[i]) * UINT64_C(0x100000001b3);
	s->counts[note->type]++;
	if (note->type == JSL_QUEUE_NOTE_SILENT)
		check_silent(s, note);
	if ((note->type == JSL_QUEUE_NOTE_ACCEPTED ||
	     note->type == JSL_QUEUE_NOTE_RESUBMITTED) &&
	    s->jobs[sim_job_of(note->job)].accepted == 0)
		s->jobs[sim_job_of(note->job)].accepted = s->now;
	sim_trace(s, "node %d: job %d %s, node %lu, attempt %u, epoch %lu", node,
		  sim_job_of(note->job), jsl_queue_note_str(note->type),
		  (unsigned long)note->node.id, note->attempt,
		  (unsigned long)note->epoch);
}

/* ---- at the end ---- */

/* Every job has ended, and nobody holds anything for anybody. */
bool sim_is_done(const struct sim *s)
{
	for (int i = 0; i < s->n_jobs; i++)
		if (!s->jobs[i].ended)
			return false;
	for (int i = 0; i < s->n_nodes; i++) {
		const struct sim_node *n = &s->nodes[i];
		struct jsl_queue_leader_stats st = {0};

		if (!n->alive)
			return false;
		if (n->leader != NULL)
			jsl_queue_leader_stats(n->leader, &st);
		if (st.waiting + st.running + st.finished + st.joined > 0)
			return false;
		if (n->worker != NULL && (jsl_queue_worker_running(n->worker) > 0 ||
					  jsl_queue_worker_finished(n->worker) > 0))
			return false;
		if (n->submitter != NULL && jsl_queue_submitter_count(n->submitter) > 0)
			return false;
	}
	return true;
}

void sim_check_end(struct sim *s)
{
	for (int i = 0; i < s->n_jobs; i++)
		if (!s->jobs[i].ended)
			sim_fail(s, "job %d has not ended %lu s after the faults", i,
				 (unsigned long)(FINISH_WITHIN / SECOND));
	if (!sim_is_done(s))
		sim_fail(s, "something is held for nobody %lu s after the faults",
			 (unsigned long)(FINISH_WITHIN / SECOND));
}
