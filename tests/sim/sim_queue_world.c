/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual time, and the cores in it: each step is checked against the core's
 * invariants, and its update carried out.
 */

#include <errno.h>

#include "sim_queue.h"

/* ---- the heap of events, by (time, seq) ---- */

static bool before(const struct sim_event *a, const struct sim_event *b)
{
	return a->time != b->time ? a->time < b->time : a->seq < b->seq;
}

struct sim_event *sim_push(struct sim *s, uint64_t time, enum sim_event_type type,
			   int node)
{
	struct sim_event *ev = calloc(1, sizeof(*ev));
	size_t i = s->n_heap++;

	if (s->n_heap > s->cap_heap) {
		s->cap_heap = s->cap_heap == 0 ? 256 : 2 * s->cap_heap;
		s->heap = realloc(s->heap, s->cap_heap * sizeof(*s->heap));
	}
	if (ev == NULL || s->heap == NULL)
		abort();
	ev->time = time;
	ev->seq = s->seq++;
	ev->sent = s->now;
	ev->type = type;
	ev->node = node;
	for (; i > 0 && before(ev, s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = ev;
	return ev;
}

struct sim_event *sim_pop(struct sim *s)
{
	struct sim_event *first = s->heap[0], *last;
	size_t i = 0, child;

	if (s->n_heap == 0)
		return NULL;
	last = s->heap[--s->n_heap];
	while ((child = 2 * i + 1) < s->n_heap) {
		if (child + 1 < s->n_heap && before(s->heap[child + 1], s->heap[child]))
			child++;
		if (!before(s->heap[child], last))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return first;
}

void sim_event_free(struct sim_event *ev)
{
	jsl_blob_unref(ev->message.payload);
	free((void *)ev->message.items);
	free(ev);
}

/* ---- cores ---- */

static void start_run(struct sim *s, int node, const struct jsl_queue_message *m)
{
	int job = sim_job_of(m->job);
	struct sim_event *done;

	sim_started(s, node, m);
	s->nodes[node].running[job] = ++s->next_serial;
	if (s->jobs[job].limit > 0 && !s->healed && sim_chance(s, 4)) {
		sim_trace(s, "job %d hangs on node %d", job, node);
		return; /* Q13: and its worker lives */
	}
	for (int i = 0; i < 2; i++) {
		if (i == 0 && sim_chance(s, 50))
			continue;
		done = sim_push(s, s->now + s->jobs[job].duration / (i == 0 ? 2 : 1),
				i == 0 ? SIM_PROGRESS : SIM_RUN_DONE, node);
		done->job = job;
		done->boot = s->nodes[node].boot;
		done->serial = (uint64_t)s->next_serial;
	}
}

static void say_progress(struct sim *s, const struct sim_event *ev)
{
	struct sim_node *n = &s->nodes[ev->node];
	struct jsl_queue_event word = {.type = JSL_QUEUE_EV_PROGRESS,
				       .job = sim_job_id(ev->job)};

	if (!n->alive || n->boot != ev->boot ||
	    (uint64_t)n->running[ev->job] != ev->serial)
		return;
	word.payload = jsl_blob_new(&s->jobs[ev->job].content, sizeof(int));
	sim_step(s, ev->node, WORKER, &word);
	jsl_blob_unref(word.payload);
}

static void finish_run(struct sim *s, const struct sim_event *ev)
{
	struct sim_node *n = &s->nodes[ev->node];
	struct jsl_queue_event done = {.type = JSL_QUEUE_EV_FINISHED,
				       .job = sim_job_id(ev->job)};

	if (!n->alive || n->boot != ev->boot ||
	    (uint64_t)n->running[ev->job] != ev->serial)
		return;
	if (s->jobs[ev->job].poison) {
		sim_trace(s, "job %d takes node %d down", ev->job, ev->node);
		sim_crash(s, ev->node);
		return;
	}
	n->running[ev->job] = 0;
	done.payload = jsl_blob_new(&s->jobs[ev->job].content, sizeof(int));
	sim_step(s, ev->node, WORKER, &done);
	jsl_blob_unref(done.payload);
}

static void apply(struct sim *s, int node, enum sim_core core,
		  const struct jsl_queue_update *up)
{
	struct sim_node *n = &s->nodes[node];

	for (size_t i = 0; i < up->n_notes; i++)
		sim_noted(s, node, &up->notes[i]);
	if (core == LEADER && up->n_messages > 0 && s->now >= n->lease_end)
		sim_fail(s, "R4: node %d speaks outside its lease", node);
	for (size_t i = 0; i < up->n_starts; i++)
		start_run(s, node, &up->starts[i]);
	for (size_t i = 0; i < up->n_stops; i++)
		n->running[sim_job_of(up->stops[i])] = 0;
	for (size_t i = 0; i < up->n_progress; i++)
		sim_progress(s, node, &up->progress[i]);
	for (size_t i = 0; i < up->n_results; i++)
		sim_ended(s, node, &up->results[i]);
	for (size_t i = 0; i < up->n_probes; i++)
		sim_probed(s, node, up->probes[i]);
	for (size_t i = 0; i < up->n_messages; i++) {
		if (core == LEADER)
			sim_sent(s, &up->messages[i]);
		sim_send(s, node, core == LEADER, &up->messages[i]);
	}
}

static int step_core(struct sim_node *n, enum sim_core core,
		     const struct jsl_queue_event *ev, struct jsl_queue_update *up,
		     uint64_t *ret_deadline)
{
	int r;

	switch (core) {
	case LEADER:
		r = jsl_queue_leader_step(n->leader, ev, up);
		jsl_queue_leader__check(n->leader);
		*ret_deadline = jsl_queue_leader_deadline(n->leader);
		return r;
	case WORKER:
		r = jsl_queue_worker_step(n->worker, ev, up);
		jsl_queue_worker__check(n->worker);
		*ret_deadline = jsl_queue_worker_deadline(n->worker);
		return r;
	default:
		r = jsl_queue_submitter_step(n->submitter, ev, up);
		jsl_queue_submitter__check(n->submitter);
		*ret_deadline = jsl_queue_submitter_deadline(n->submitter);
		return r;
	}
}

int sim_step(struct sim *s, int node, enum sim_core core, struct jsl_queue_event *ev)
{
	struct sim_node *n = &s->nodes[node];
	struct jsl_queue_update up = {0};
	uint64_t deadline;
	int r;

	ev->now_us = s->now;
	ev->act_until_us = n->lease_end;
	s->steps++;
	r = step_core(n, core, ev, &up, &deadline);
	if (r == -EPROTO || r == -EINVAL)
		sim_fail(s, "node %d core %d: event %d: error %d", node, core, ev->type,
			 r);
	if (deadline < n->wake[core]) {
		n->wake[core] = deadline < s->now ? s->now : deadline;
		sim_push(s, n->wake[core], SIM_WAKE, node)->core = core;
	}
	if (r == 0)
		apply(s, node, core, &up);
	return r;
}

static void wake(struct sim *s, const struct sim_event *ev)
{
	struct sim_node *n = &s->nodes[ev->node];
	struct jsl_queue_event timer = {.type = JSL_QUEUE_EV_TIMER};

	if (!n->alive || n->wake[ev->core] != ev->time)
		return;
	n->wake[ev->core] = UINT64_MAX;
	sim_step(s, ev->node, ev->core, &timer);
}

/* ---- nodes ---- */

static void make_peer(struct sim *s, struct sim_node *n)
{
	struct jsl_queue_leader_opts lo = JSL_QUEUE_LEADER_OPTS_INIT;
	struct jsl_queue_worker_opts wo = JSL_QUEUE_WORKER_OPTS_INIT;

	lo.self = wo.self = (struct jsl_queue_node){n->id, n->boot};
	lo.resume_us = RESUME_US;
	lo.max_deaths = MAX_DEATHS;
	lo.max_jobs = s->seed % 4 == 0 ? 6 : 10000;
	lo.policy = s->seed % 2 ? JSL_QUEUE_ROUND_ROBIN : JSL_QUEUE_LEAST_LOADED;
	wo.slots = n->slots;
	wo.voter = n->electable;
	wo.floor = n->promised;
	if (jsl_queue_leader_new(&n->leader, &lo) < 0 ||
	    jsl_queue_worker_new(&n->worker, &wo) < 0)
		abort();
}

void sim_node_start(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];
	struct jsl_queue_submitter_opts so = JSL_QUEUE_SUBMITTER_OPTS_INIT;

	n->boot++;
	n->alive = true;
	n->stopping = false;
	n->known = (struct jsl_election_leader){0};
	if (!n->electable)
		n->floor =
			(struct jsl_election_leader){0}; /* I3: a voter's is for ever */
	so.self = (struct jsl_queue_node){n->id, n->boot};
	for (int i = 0; i < N_CORES; i++)
		n->wake[i] = UINT64_MAX;
	for (int i = 0; i < s->n_nodes; i++) {
		n->thinks_failed[i] = false;
		n->told_at[i] = 0;
	}
	if (n->peer)
		make_peer(s, n);
	else if (jsl_queue_submitter_new(&n->submitter, &so) < 0)
		abort();
	sim_trace(s, "node %d starts, boot %lu", node, (unsigned long)n->boot);
}

void sim_node_stop(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];

	for (int i = 0; n->leading && i < s->n_nodes; i++)
		sim_link_changed(s, node, i, true); /* ends the times without a link */
	n->alive = n->leading = false;
	memset(n->running, 0, sizeof(n->running));
	jsl_queue_leader_free(n->leader);
	jsl_queue_worker_free(n->worker);
	jsl_queue_submitter_free(n->submitter);
	n->leader = NULL;
	n->worker = NULL;
	n->submitter = NULL;
	if (s->leader == node)
		s->leader = -1;
	for (int j = 0; !n->peer && j < s->n_jobs; j++)
		if (s->jobs[j].submitter == node && s->jobs[j].submitted > 0)
			s->jobs[j].ended = true; /* nobody waits for it any more */
}

/* ---- jobs ---- */

static void submit(struct sim *s, int job)
{
	struct sim_job *j = &s->jobs[job];
	struct sim_node *n = &s->nodes[j->submitter];
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_SUBMIT, .job = sim_job_id(job)};

	j->submitted = s->now;
	if (!n->alive) {
		j->ended = true;
		return;
	}
	j->boot = n->boot;
	if (sim_chance(s, 15))
		ev.wait_us = sim_rand(s, 4 * SECOND) + 1;
	ev.limit_us = j->limit;
	if (j->key >= 0) {
		ev.key = sim_job_id(j->key);
		ev.key.bytes[15] = 1;
	}
	ev.payload = jsl_blob_new(&j->content, sizeof(int));
	sim_step(s, j->submitter, SUBMITTER, &ev);
	jsl_blob_unref(ev.payload);
}

static void cancel(struct sim *s, int job)
{
	struct sim_job *j = &s->jobs[job];
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_CANCEL, .job = sim_job_id(job)};

	if (!s->nodes[j->submitter].alive)
		return;
	j->cancelled = true;
	sim_step(s, j->submitter, SUBMITTER, &ev);
}

void sim_dispatch(struct sim *s, struct sim_event *ev)
{
	switch (ev->type) {
	case SIM_WAKE: wake(s, ev); break;
	case SIM_DELIVER: sim_deliver(s, ev); break;
	case SIM_CONNECT: sim_connect(s, ev->node); break;
	case SIM_CLIENT_UP: sim_client_up(s, ev->conn); break;
	case SIM_DOWN: sim_notice(s, ev->conn, ev->to_server, false); break;
	case SIM_HEARTBEAT: sim_heartbeat(s, ev->node, ev->leader); break;
	case SIM_RUN_DONE: finish_run(s, ev); break;
	case SIM_PROGRESS: say_progress(s, ev); break;
	case SIM_LIE: sim_lie(s, ev->node); break;
	case SIM_SUBMIT: submit(s, ev->job); break;
	case SIM_CANCEL: cancel(s, ev->job); break;
	case SIM_MEMBER: sim_member(s, ev); break;
	case SIM_LEASE: sim_lease(s, ev); break;
	case SIM_RESIGN: sim_resign(s, ev->node, ev->leader); break;
	case SIM_ELECT: sim_elect(s); break;
	case SIM_RESTART:
		if (!s->nodes[ev->node].alive) {
			sim_node_start(s, ev->node);
			sim_tell_member(s, -1, 0);
			sim_tell_member(s, ev->node, JSL_QUEUE_MEMBER_ALIVE);
			sim_fix_slots(s);
		}
		break;
	case SIM_STOPPED: sim_stopped(s, ev->node); break;
	case SIM_FAULT: sim_fault(s); break;
	}
}
