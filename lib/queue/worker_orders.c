/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a leader may order a worker to do. Orders carry (epoch, leader) and are
 * obeyed only at or above the floor (R11), by a voter only at its promise (I3): a
 * refused job is asked for again, uncounted. A job that is here already is never
 * started again (Q4). FETCH and FORGET speak of facts and carry no epoch.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/rule.h"
#include "queue/worker_int.h"

bool jsl_queue__worker_raise(struct jsl_queue_worker *w,
			     struct jsl_election_leader leader, struct jsl_queue_id job)
{
	struct jsl_queue_note note = {
		.job = job,
		.node = {.id = leader.id},
		.epoch = leader.epoch,
	};

	/* Whose epoch it is may be forgotten with a record (R12b); the first says it. */
	if (leader.epoch > w->floor.epoch ||
	    (leader.epoch == w->floor.epoch && w->floor.id == 0)) {
		w->floor = leader;
		return true;
	}
	if (leader.epoch == w->floor.epoch && leader.id == w->floor.id)
		return true;
	if (!JSL_RULE(R11))
		return true;
	note.type = leader.epoch < w->floor.epoch ? JSL_QUEUE_NOTE_STALE
						  : JSL_QUEUE_NOTE_IMPOSTOR;
	jsl_queue__out_note(&w->out, &note);
	return false;
}

/* I3: a promise is on stable storage, an order is not. Obeyed above the promise, it
 * would be forgotten in a crash, and with it the floor that it raised. */
static bool may_obey(struct jsl_queue_worker *w, const struct jsl_queue_message *m)
{
	if (!w->voter || m->leader.epoch <= w->promised || !JSL_RULE(R11_VOTER))
		return true;
	jsl_queue__out_note(&w->out, &(struct jsl_queue_note){
					     .type = JSL_QUEUE_NOTE_EARLY,
					     .job = m->job,
					     .node = {.id = m->leader.id},
					     .epoch = m->leader.epoch,
				     });
	return false;
}

static void refuse(struct jsl_queue_worker *w, struct jsl_queue_id job,
		   enum jsl_queue_reason reason)
{
	struct jsl_queue_message *m =
		jsl_queue__out_message(&w->out, JSL_QUEUE_REFUSED, w->link, job);

	assert(m != NULL);
	m->reason = reason;
	m->leader = w->floor;
}

static int start(struct jsl_queue_worker *w, const struct jsl_queue_message *m)
{
	struct jsl_queue_run *run;
	int r = jsl_queue__vec_reserve(&w->out.starts, 1, sizeof(*m));

	if (r < 0)
		return r;
	run = calloc(1, sizeof(*run));
	if (run == NULL)
		return -ENOMEM;
	r = jsl_map_put(&w->runs, jsl_queue__key(m->job), &run->by_id);
	if (r < 0) {
		free(run);
		return r;
	}
	run->id = m->job;
	run->submitter = m->submitter;
	run->key = m->key;
	run->tag = m->tag;
	run->attempt = m->attempt;
	run->deaths = m->deaths;
	run->epoch = m->leader.epoch;
	run->queued_us = m->queued_us;
	jsl_list_init(&run->offer);
	jsl_list_push_back(&w->running, &run->list);
	w->n_running++;
	jsl_queue__out_start(&w->out, m);
	jsl_queue__run_note(w, JSL_QUEUE_NOTE_STARTED, run);
	return 0;
}

static int assign(struct jsl_queue_worker *w, const struct jsl_queue_message *m)
{
	struct jsl_queue_run *run = jsl_queue__run_get(w, m->job);

	if (run != NULL && !JSL_RULE(Q4)) {
		jsl_queue__run_free(w, run);
	} else if (run != NULL) {
		jsl_queue__run_tell(w, run); /* Q4 */
		return 0;
	}
	if (w->n_running >= w->slots) {
		refuse(w, m->job, JSL_QUEUE_NO_SLOT);
		return 0;
	}
	return start(w, m);
}

static int cancel(struct jsl_queue_worker *w, const struct jsl_queue_message *m)
{
	struct jsl_queue_run *run = jsl_queue__run_get(w, m->job);

	if (run == NULL)
		return 0;
	if (!run->finished) {
		int r = jsl_queue__vec_reserve(&w->out.stops, 1, sizeof(m->job));

		if (r < 0)
			return r;
		jsl_queue__out_stop(&w->out, m->job);
	}
	jsl_queue__run_note(w, JSL_QUEUE_NOTE_CANCELLED, run);
	jsl_queue__run_free(w, run);
	return 0;
}

/* A result that is no longer kept counts as not run: the leader decides. */
static void fetch(struct jsl_queue_worker *w, struct jsl_queue_id job)
{
	struct jsl_queue_run *run = jsl_queue__run_get(w, job);

	if (run == NULL) {
		jsl_queue__out_message(&w->out, JSL_QUEUE_HANDBACK, w->link, job);
		return;
	}
	jsl_list_remove(&run->offer);
	jsl_queue__run_tell(w, run);
}

static void forget(struct jsl_queue_worker *w, struct jsl_queue_id job)
{
	struct jsl_queue_run *run = jsl_queue__run_get(w, job);

	if (run == NULL || !run->finished)
		return;
	jsl_queue__run_note(w, JSL_QUEUE_NOTE_FORGOTTEN, run);
	jsl_queue__run_free(w, run);
}

int jsl_queue__worker_message(struct jsl_queue_worker *w,
			      const struct jsl_queue_message *m)
{
	int r = jsl_queue__out_reserve(&w->out, JSL_QUEUE_DIRECT);

	if (r < 0)
		return r;
	switch (m->kind) {
	case JSL_QUEUE_ASSIGN:
	case JSL_QUEUE_CANCEL:
		if (m->leader.epoch == 0)
			return -EPROTO;
		if (!jsl_queue__worker_raise(w, m->leader, m->job) || !may_obey(w, m)) {
			refuse(w, m->job, JSL_QUEUE_STALE);
			return 0;
		}
		return m->kind == JSL_QUEUE_ASSIGN ? assign(w, m) : cancel(w, m);
	case JSL_QUEUE_FETCH: fetch(w, m->job); return 0;
	case JSL_QUEUE_FORGET: forget(w, m->job); return 0;
	default: return -EPROTO;
	}
}

static size_t check_list(const struct jsl_queue_worker *w, const struct jsl_list *head,
			 bool finished, uint64_t *bytes)
{
	size_t n = 0;

	jsl_list_foreach (it, head) {
		const struct jsl_queue_run *run =
			jsl_container_of(it, struct jsl_queue_run, list);

		assert(run->finished == finished);
		assert(run->finished || run->result == NULL);
		assert(run->epoch > 0 && run->epoch <= w->floor.epoch);
		assert(!w->voter || run->epoch <= w->promised || !JSL_RULE(R11_VOTER));
		assert(jsl_queue__run_get(w, run->id) == run);
		*bytes += finished ? jsl_queue__run_cost(run) : 0;
		n++;
	}
	return n;
}

void jsl_queue_worker__check(const struct jsl_queue_worker *w)
{
	uint64_t bytes = 0;

	assert(check_list(w, &w->running, false, &bytes) == w->n_running);
	assert(check_list(w, &w->finished, true, &bytes) == w->n_finished);
	assert(bytes == w->finished_bytes);
	assert(w->runs.count == w->n_running + w->n_finished);
	assert(w->linked || jsl_list_empty(&w->offers));
}
