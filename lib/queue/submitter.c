/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The submitter's half of the queue (Q1): a job is held here until its result
 * is, and everything held is submitted again on every new link to a leader, in
 * the order it was given. What the leader says of a job (attempt, deaths, its
 * worker) is kept so that it survives the leader.
 *
 * Invariant: jobs before the cursor have been submitted on the present link.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "queue/submitter_int.h"

struct jsl_queue_held *jsl_queue__held_get(const struct jsl_queue_submitter *s,
					   struct jsl_queue_id id)
{
	struct jsl_map_node *n = jsl_map_get(&s->map, jsl_queue__key(id));

	return n != NULL ? jsl_container_of(n, struct jsl_queue_held, by_id) : NULL;
}

void jsl_queue__held_note(struct jsl_queue_submitter *s, enum jsl_queue_note_type type,
			  struct jsl_queue_id job, uint32_t attempt)
{
	jsl_queue__out_note(&s->out, &(struct jsl_queue_note){
					     .type = type,
					     .job = job,
					     .node = s->self,
					     .attempt = attempt,
					     .epoch = s->epoch,
				     });
}

/* Take @h out of what is held; it is the caller's then. */
void jsl_queue__held_take(struct jsl_queue_submitter *s, struct jsl_queue_held *h)
{
	if (s->cursor == &h->list)
		s->cursor = h->list.next;
	jsl_list_remove(&h->list);
	jsl_map_remove(&s->map, &h->by_id);
	s->bytes -= jsl_blob_len(h->payload);
	jsl_blob_unref(h->payload);
	h->payload = NULL;
}

/* The leader, when there is one again, shall hear that @h is wanted no more. */
static void bury(struct jsl_queue_submitter *s, struct jsl_queue_held *h)
{
	jsl_list_push_back(&s->tombstones, &h->list);
	if (++s->n_tombstones <= TOMBSTONES_MAX)
		return;
	free(jsl_container_of(jsl_list_pop_front(&s->tombstones), struct jsl_queue_held,
			      list));
	s->n_tombstones--;
}

static void send_cancel(struct jsl_queue_submitter *s, struct jsl_queue_id job)
{
	if (jsl_queue__out_message(&s->out, JSL_QUEUE_CANCEL, s->link, job) == NULL)
		assert(!"no room was reserved");
}

/* End @h without a result of the leader; it is told. Needs room for one result. */
static void give_up(struct jsl_queue_submitter *s, struct jsl_queue_held *h,
		    enum jsl_queue_outcome outcome)
{
	struct jsl_queue_message end = {
		.kind = JSL_QUEUE_RESULT,
		.job = h->id,
		.attempt = h->attempt,
		.deaths = h->deaths,
		.node = h->node,
		.outcome = outcome,
	};
	bool sent = h->first_epoch != 0;

	jsl_queue__out_result(&s->out, &end);
	jsl_queue__held_note(s,
			     outcome == JSL_QUEUE_EXPIRED ? JSL_QUEUE_NOTE_EXPIRED
							  : JSL_QUEUE_NOTE_CANCELLED,
			     h->id, h->attempt);
	jsl_queue__held_take(s, h);
	if (sent && !s->linked) {
		bury(s, h);
		return;
	}
	if (sent)
		send_cancel(s, h->id);
	free(h);
}

static bool result_room(struct jsl_queue_submitter *s)
{
	if (!jsl_queue__out_room(&s->out))
		return false;
	if (jsl_queue__vec_reserve(&s->out.results, 1,
				   sizeof(struct jsl_queue_message)) == 0)
		return true;
	s->out.starved = true;
	return false;
}

/* ---- events ---- */

static int submit(struct jsl_queue_submitter *s, const struct jsl_queue_event *ev)
{
	size_t len = jsl_blob_len(ev->payload);
	struct jsl_queue_held *h;
	int r;

	if (ev->payload == NULL)
		return -EINVAL;
	if (jsl_queue__held_get(s, ev->job) != NULL)
		return -EEXIST;
	if (s->map.count >= s->max_jobs || len > s->max_bytes - s->bytes)
		return -ENOBUFS;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return -ENOMEM;
	r = jsl_map_put(&s->map, jsl_queue__key(ev->job), &h->by_id);
	if (r < 0) {
		free(h);
		return r;
	}
	h->id = ev->job;
	h->key = ev->key;
	h->limit_us = ev->limit_us;
	h->payload = jsl_blob_ref(ev->payload);
	h->submitted_us = ev->now_us;
	h->expire_us =
		ev->wait_us > 0 ? jsl_queue__after(ev->now_us, ev->wait_us) : UINT64_MAX;
	s->expire_us = jsl_queue__min(s->expire_us, h->expire_us);
	s->bytes += len;
	jsl_list_push_back(&s->jobs, &h->list);
	if (s->cursor == &s->jobs)
		s->cursor = &h->list;
	return 0;
}

static int cancel(struct jsl_queue_submitter *s, struct jsl_queue_id job)
{
	struct jsl_queue_held *h = jsl_queue__held_get(s, job);

	if (h == NULL)
		return 0;
	if (jsl_queue__out_reserve(&s->out, 1) < 0 ||
	    jsl_queue__vec_reserve(&s->out.results, 1, sizeof(struct jsl_queue_message)) <
		    0)
		return -ENOMEM;
	give_up(s, h, JSL_QUEUE_CANCELLED);
	return 0;
}

static int link_up(struct jsl_queue_submitter *s, const struct jsl_queue_event *ev)
{
	struct jsl_list *it;
	int r;

	if (ev->leader.epoch == 0)
		return -EINVAL;
	r = jsl_queue__out_reserve(&s->out, s->n_tombstones);
	if (r < 0)
		return r;
	s->linked = true;
	s->link = ev->link;
	s->epoch = ev->leader.epoch;
	s->cursor = s->jobs.next;
	while ((it = jsl_list_pop_front(&s->tombstones)) != NULL) {
		struct jsl_queue_held *h =
			jsl_container_of(it, struct jsl_queue_held, list);

		send_cancel(s, h->id);
		free(h);
		s->n_tombstones--;
	}
	return 0;
}

static void link_down(struct jsl_queue_submitter *s, uint64_t link)
{
	if (s->linked && s->link == link)
		s->linked = false;
}

/* ---- what follows from the state ---- */

static void send_submit(struct jsl_queue_submitter *s, struct jsl_queue_held *h)
{
	struct jsl_queue_message *m =
		jsl_queue__out_message(&s->out, JSL_QUEUE_SUBMIT, s->link, h->id);

	assert(m != NULL);
	m->key = h->key;
	m->limit_ms = h->limit_us / 1000 + (h->limit_us % 1000 != 0);
	m->first_epoch = h->first_epoch;
	m->attempt = h->attempt;
	m->deaths = h->deaths;
	m->node = h->node;
	m->submitter = s->self;
	m->n_tried = h->n_tried;
	memcpy(m->tried, h->tried, sizeof(m->tried));
	if (h->expire_us != UINT64_MAX) /* rounded up: the leader is never earlier */
		m->remaining_ms = h->expire_us > s->now_us
					  ? (h->expire_us - s->now_us + 999) / 1000
					  : 1;
	jsl_queue__set_payload(m, h->payload);
	h->resent = h->first_epoch != 0;
	if (h->first_epoch == 0)
		h->first_epoch = s->epoch;
}

static void send_held(struct jsl_queue_submitter *s)
{
	while (s->linked && s->cursor != &s->jobs && jsl_queue__out_room(&s->out)) {
		send_submit(s, jsl_container_of(s->cursor, struct jsl_queue_held, list));
		s->cursor = s->cursor->next;
	}
}

/* Q8. Runs before anything is sent, so that nothing expired is submitted. */
static void expire(struct jsl_queue_submitter *s)
{
	uint64_t next = UINT64_MAX;

	if (s->now_us < s->expire_us)
		return;
	jsl_list_foreach_safe (it, &s->jobs) {
		struct jsl_queue_held *h =
			jsl_container_of(it, struct jsl_queue_held, list);

		if (h->expire_us <= s->now_us && result_room(s))
			give_up(s, h, JSL_QUEUE_EXPIRED);
		else
			next = jsl_queue__min(next, h->expire_us);
	}
	s->expire_us = next;
}

/* ---- public ---- */

int jsl_queue_submitter_step(struct jsl_queue_submitter *s,
			     const struct jsl_queue_event *ev,
			     struct jsl_queue_update *ret_up)
{
	int r = 0;

	if (ev->now_us < s->now_us)
		return -EINVAL;
	s->now_us = ev->now_us;
	jsl_queue__out_begin(&s->out, ev->now_us);
	switch (ev->type) {
	case JSL_QUEUE_EV_TIMER: break;
	case JSL_QUEUE_EV_LINK_UP: r = link_up(s, ev); break;
	case JSL_QUEUE_EV_LINK_DOWN: link_down(s, ev->link); break;
	case JSL_QUEUE_EV_MESSAGE:
		r = jsl_queue__submitter_message(s, ev->message);
		break;
	case JSL_QUEUE_EV_SUBMIT: r = submit(s, ev); break;
	case JSL_QUEUE_EV_CANCEL: r = cancel(s, ev->job); break;
	default: r = -EINVAL; break;
	}
	if (r < 0)
		return r;
	expire(s);
	send_held(s);
	JSL_QUEUE_CHECK(jsl_queue_submitter__check(s));
	jsl_queue__out_publish(&s->out, ret_up);
	return 0;
}

uint64_t jsl_queue_submitter_deadline(const struct jsl_queue_submitter *s)
{
	uint64_t rest = jsl_queue__out_deadline(&s->out);

	/* What could not expire for want of memory is not due again at once. */
	return rest != UINT64_MAX ? rest : s->expire_us;
}

size_t jsl_queue_submitter_count(const struct jsl_queue_submitter *s)
{
	return s->map.count;
}

int jsl_queue_submitter_new(struct jsl_queue_submitter **ret_s,
			    const struct jsl_queue_submitter_opts *opts)
{
	struct jsl_queue_submitter *s;

	if (opts->size != sizeof(*opts) || opts->self.id == 0 || opts->self.boot == 0 ||
	    opts->max_jobs == 0 || opts->max_bytes == 0)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->self = opts->self;
	s->max_jobs = opts->max_jobs;
	s->max_bytes = opts->max_bytes;
	s->expire_us = UINT64_MAX;
	jsl_map_init(&s->map, opts->seed);
	jsl_list_init(&s->jobs);
	jsl_list_init(&s->tombstones);
	s->cursor = &s->jobs;
	*ret_s = s;
	return 0;
}

void jsl_queue_submitter_free(struct jsl_queue_submitter *s)
{
	struct jsl_list *it;

	if (s == NULL)
		return;
	while ((it = jsl_list_first(&s->jobs)) != NULL) {
		struct jsl_queue_held *h =
			jsl_container_of(it, struct jsl_queue_held, list);

		jsl_queue__held_take(s, h);
		free(h);
	}
	while ((it = jsl_list_pop_front(&s->tombstones)) != NULL)
		free(jsl_container_of(it, struct jsl_queue_held, list));
	jsl_map_deinit(&s->map);
	jsl_queue__out_deinit(&s->out);
	free(s);
}
