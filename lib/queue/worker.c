/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker's half of the queue: it goes on without a leader (Q5), reports
 * what it has on every new link, and keeps a result until its submitter has it
 * (Q3). The orders of leaders are in worker_orders.c.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/rule.h"
#include "queue/worker_int.h"

struct jsl_queue_run *jsl_queue__run_get(const struct jsl_queue_worker *w,
					 struct jsl_queue_id id)
{
	struct jsl_map_node *n = jsl_map_get(&w->runs, jsl_queue__key(id));

	return n != NULL ? jsl_container_of(n, struct jsl_queue_run, by_id) : NULL;
}

uint64_t jsl_queue__run_cost(const struct jsl_queue_run *run)
{
	return jsl_blob_len(run->result) + sizeof(*run);
}

void jsl_queue__run_note(struct jsl_queue_worker *w, enum jsl_queue_note_type type,
			 const struct jsl_queue_run *run)
{
	jsl_queue__out_note(&w->out, &(struct jsl_queue_note){
					     .type = type,
					     .job = run->id,
					     .node = w->self,
					     .attempt = run->attempt,
					     .epoch = run->epoch,
				     });
}

void jsl_queue__run_free(struct jsl_queue_worker *w, struct jsl_queue_run *run)
{
	if (run->finished) {
		w->n_finished--;
		w->finished_bytes -= jsl_queue__run_cost(run);
	} else {
		w->n_running--;
	}
	jsl_map_remove(&w->runs, &run->by_id);
	jsl_list_remove(&run->list);
	jsl_list_remove(&run->offer);
	jsl_blob_unref(run->result);
	free(run);
}

void jsl_queue__run_tell(struct jsl_queue_worker *w, const struct jsl_queue_run *run)
{
	struct jsl_queue_message *m = jsl_queue__out_message(
		&w->out, run->finished ? JSL_QUEUE_RESULT : JSL_QUEUE_RUNNING, w->link,
		run->id);

	assert(w->linked && m != NULL);
	m->attempt = run->attempt;
	if (!run->finished)
		return;
	m->outcome = JSL_QUEUE_DONE;
	m->epoch = run->epoch;
	m->node = w->self;
	m->submitter = run->submitter;
	m->deaths = run->deaths;
	m->queued_us = run->queued_us;
	jsl_queue__set_payload(m, run->result);
}

/* One part of the inventory: up to JSL_QUEUE_INVENTORY_MAX items from @from. */
static size_t tell_part(struct jsl_queue_worker *w, size_t from, size_t total)
{
	struct jsl_queue_message *m = jsl_queue__out_message(
		&w->out, JSL_QUEUE_INVENTORY, w->link, (struct jsl_queue_id){{0}});
	size_t n = total - from;

	if (n > JSL_QUEUE_INVENTORY_MAX)
		n = JSL_QUEUE_INVENTORY_MAX;
	assert(m != NULL);
	m->slots = w->slots;
	m->items = n > 0 ? (struct jsl_queue_item *)w->items.items + from : NULL;
	m->n_items = n;
	m->more = from + n < total;
	return from + n;
}

static void list_runs(struct jsl_queue_worker *w, const struct jsl_list *head)
{
	struct jsl_queue_item *items = w->items.items;

	jsl_list_foreach (it, head) {
		const struct jsl_queue_run *run =
			jsl_container_of(it, struct jsl_queue_run, list);

		assert(w->items.n < w->items.cap);
		items[w->items.n++] = (struct jsl_queue_item){
			.job = run->id,
			.submitter = run->submitter,
			.attempt = run->attempt,
			.deaths = run->deaths,
			.epoch = run->epoch,
			.finished = run->finished,
			.key = run->key,
			.tag = run->tag,
		};
	}
}

/* Q2: the first thing on a new link is what is here. */
static int link_up(struct jsl_queue_worker *w, uint64_t link)
{
	size_t total = w->n_running + w->n_finished;
	size_t from = 0;
	int r;

	w->items.n = 0;
	r = jsl_queue__vec_reserve(&w->items, total, sizeof(struct jsl_queue_item));
	if (r < 0)
		return r;
	r = jsl_queue__out_reserve(&w->out, total / JSL_QUEUE_INVENTORY_MAX + 1);
	if (r < 0)
		return r;
	w->linked = true;
	w->link = link;
	while (jsl_list_pop_front(&w->offers) != NULL)
		;
	list_runs(w, &w->running);
	list_runs(w, &w->finished);
	do
		from = tell_part(w, from, total);
	while (from < total);
	return 0;
}

static void link_down(struct jsl_queue_worker *w, uint64_t link)
{
	if (!w->linked || link != w->link)
		return;
	w->linked = false;
	while (jsl_list_pop_front(&w->offers) != NULL)
		;
}

/* Q3: the bounds of what is kept. The newest result always is. */
static void trim_finished(struct jsl_queue_worker *w)
{
	struct jsl_list *it;

	while ((it = jsl_list_first(&w->finished)) != NULL) {
		struct jsl_queue_run *run =
			jsl_container_of(it, struct jsl_queue_run, list);
		bool old = w->now_us >=
			   jsl_queue__after(run->finished_us, w->result_keep_us);

		if (!old &&
		    (w->n_finished == 1 || w->finished_bytes <= w->result_max_bytes))
			break;
		jsl_queue__run_note(w, JSL_QUEUE_NOTE_DROPPED, run);
		jsl_queue__run_free(w, run);
	}
}

static void finish(struct jsl_queue_worker *w, struct jsl_queue_id id,
		   struct jsl_blob *result)
{
	struct jsl_queue_run *run = jsl_queue__run_get(w, id);

	if (run == NULL || run->finished)
		return;
	run->finished = true;
	run->finished_us = w->now_us;
	run->result = jsl_blob_ref(result);
	jsl_list_remove(&run->list);
	jsl_list_push_back(&w->finished, &run->list);
	w->n_running--;
	w->n_finished++;
	w->finished_bytes += jsl_queue__run_cost(run);
	if (w->linked)
		jsl_list_push_back(&w->offers, &run->offer);
	jsl_queue__run_note(w, JSL_QUEUE_NOTE_FINISHED, run);
}

/* Nobody waits for it so much that it would be kept or said again. */
static int progress(struct jsl_queue_worker *w, const struct jsl_queue_event *ev)
{
	const struct jsl_queue_run *run = jsl_queue__run_get(w, ev->job);
	struct jsl_queue_message *m;

	if (jsl_blob_len(ev->payload) > JSL_QUEUE_PROGRESS_MAX)
		return -EMSGSIZE;
	if (run == NULL || run->finished || !w->linked)
		return 0;
	m = jsl_queue__out_message(&w->out, JSL_QUEUE_PROGRESS, w->link, run->id);
	if (m == NULL)
		return -ENOMEM;
	m->attempt = run->attempt;
	m->node = w->self;
	jsl_queue__set_payload(m, ev->payload);
	return 0;
}

/* Q12: the end of the drain. Unlinked, the next inventory says it by silence. */
static int hand_back(struct jsl_queue_worker *w)
{
	struct jsl_list *it;
	int r = jsl_queue__out_reserve(&w->out, w->n_running);

	if (r == 0)
		r = jsl_queue__vec_reserve(&w->out.stops, w->n_running,
					   sizeof(struct jsl_queue_id));
	if (r < 0)
		return r;
	while ((it = jsl_list_first(&w->running)) != NULL) {
		struct jsl_queue_run *run =
			jsl_container_of(it, struct jsl_queue_run, list);

		jsl_queue__out_stop(&w->out, run->id);
		if (w->linked)
			jsl_queue__out_message(&w->out, JSL_QUEUE_HANDBACK, w->link,
					       run->id)
				->attempt = run->attempt;
		jsl_queue__run_free(w, run);
	}
	return 0;
}

static int set_slots(struct jsl_queue_worker *w, uint32_t slots)
{
	int r = jsl_queue__out_reserve(&w->out, 1);

	if (r < 0)
		return r;
	w->slots = slots;
	if (w->linked)
		jsl_queue__out_message(&w->out, JSL_QUEUE_SLOTS, w->link,
				       (struct jsl_queue_id){{0}})
			->slots = slots;
	return 0;
}

/* A lower one is old news. */
static void learn_epoch(struct jsl_queue_worker *w, const struct jsl_queue_event *ev)
{
	if (ev->leader.epoch >= w->floor.epoch)
		jsl_queue__worker_raise(w, ev->leader, (struct jsl_queue_id){{0}});
	if (ev->promised > w->promised)
		w->promised = ev->promised;
}

static int dispatch(struct jsl_queue_worker *w, const struct jsl_queue_event *ev)
{
	switch (ev->type) {
	case JSL_QUEUE_EV_TIMER: return 0;
	case JSL_QUEUE_EV_LINK_UP: return link_up(w, ev->link);
	case JSL_QUEUE_EV_LINK_DOWN: link_down(w, ev->link); return 0;
	case JSL_QUEUE_EV_MESSAGE:
		if (ev->message == NULL)
			return -EINVAL;
		if (!w->linked || ev->message->link != w->link)
			return 0; /* of a link that was replaced */
		return jsl_queue__worker_message(w, ev->message);
	case JSL_QUEUE_EV_FINISHED: finish(w, ev->job, ev->payload); return 0;
	case JSL_QUEUE_EV_PROGRESS: return progress(w, ev);
	case JSL_QUEUE_EV_EPOCH: learn_epoch(w, ev); return 0;
	case JSL_QUEUE_EV_SLOTS: return set_slots(w, ev->slots);
	case JSL_QUEUE_EV_HANDBACK: return hand_back(w);
	default: return -EINVAL;
	}
}

/* What finished on this link is sent at once, as far as there is room. */
static void send_offers(struct jsl_queue_worker *w)
{
	struct jsl_list *it;

	while ((it = jsl_list_first(&w->offers)) != NULL &&
	       jsl_queue__out_room(&w->out)) {
		struct jsl_queue_run *run =
			jsl_container_of(it, struct jsl_queue_run, offer);

		jsl_list_remove(it);
		jsl_queue__run_tell(w, run);
		if (!JSL_RULE(Q3))
			jsl_queue__run_free(w, run);
	}
}

int jsl_queue_worker_step(struct jsl_queue_worker *w, const struct jsl_queue_event *ev,
			  struct jsl_queue_update *ret_up)
{
	int r;

	if (ev->now_us < w->now_us)
		return -EINVAL;
	w->now_us = ev->now_us;
	jsl_queue__out_begin(&w->out, ev->now_us);
	r = dispatch(w, ev);
	if (r < 0)
		return r;
	send_offers(w);
	trim_finished(w);
	JSL_QUEUE_CHECK(jsl_queue_worker__check(w));
	jsl_queue__out_publish(&w->out, ret_up);
	return 0;
}

uint64_t jsl_queue_worker_deadline(const struct jsl_queue_worker *w)
{
	struct jsl_list *oldest = jsl_list_first(&w->finished);
	uint64_t t = jsl_queue__out_deadline(&w->out);

	if (oldest != NULL)
		t = jsl_queue__min(
			t, jsl_queue__after(
				   jsl_container_of(oldest, struct jsl_queue_run, list)
					   ->finished_us,
				   w->result_keep_us));
	return t;
}

size_t jsl_queue_worker_running(const struct jsl_queue_worker *w)
{
	return w->n_running;
}

size_t jsl_queue_worker_finished(const struct jsl_queue_worker *w)
{
	return w->n_finished;
}

int jsl_queue_worker_new(struct jsl_queue_worker **ret_w,
			 const struct jsl_queue_worker_opts *opts)
{
	struct jsl_queue_worker *w;

	if (opts->size != sizeof(*opts) || opts->self.id == 0 || opts->self.boot == 0 ||
	    opts->result_keep_us == 0 || opts->result_max_bytes == 0)
		return -EINVAL;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return -ENOMEM;
	w->self = opts->self;
	w->floor = opts->floor;
	w->voter = opts->voter;
	w->promised = opts->floor.epoch;
	w->slots = opts->slots;
	w->result_keep_us = opts->result_keep_us;
	w->result_max_bytes = opts->result_max_bytes;
	jsl_map_init(&w->runs, opts->seed);
	jsl_list_init(&w->running);
	jsl_list_init(&w->finished);
	jsl_list_init(&w->offers);
	*ret_w = w;
	return 0;
}

void jsl_queue_worker_free(struct jsl_queue_worker *w)
{
	struct jsl_map_node *n;

	if (w == NULL)
		return;
	while ((n = jsl_map_next(&w->runs, NULL)) != NULL)
		jsl_queue__run_free(w, jsl_container_of(n, struct jsl_queue_run, by_id));
	jsl_map_deinit(&w->runs);
	free(w->items.items);
	jsl_queue__out_deinit(&w->out);
	free(w);
}
