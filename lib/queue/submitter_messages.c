/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a leader tells a submitter. A result is given to the caller once (Q7)
 * and acknowledged each time, so that the worker may forget it (Q3).
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/rule.h"
#include "queue/submitter_int.h"

static void add_tried(struct jsl_queue_held *h, uint64_t id)
{
	if (h->n_tried == JSL_QUEUE_TRIED_MAX)
		memmove(h->tried, h->tried + 1, --h->n_tried * sizeof(h->tried[0]));
	h->tried[h->n_tried++] = id;
}

static void started(struct jsl_queue_submitter *s, const struct jsl_queue_message *m)
{
	struct jsl_queue_held *h = jsl_queue__held_get(s, m->job);

	if (h == NULL)
		return;
	/* An adopted run was heard of before: only a new one sets the time. */
	if (!h->started || h->attempt != m->attempt ||
	    !jsl_queue__same_node(h->node, m->node)) {
		h->queued_us = s->now_us - h->submitted_us;
		add_tried(h, m->node.id);
	}
	h->started = true;
	h->expire_us = UINT64_MAX;
	h->attempt = m->attempt;
	h->deaths = m->deaths;
	h->node = m->node;
}

static int refused(struct jsl_queue_submitter *s, const struct jsl_queue_message *m)
{
	struct jsl_queue_held *h = jsl_queue__held_get(s, m->job);
	struct jsl_queue_message end = *m;

	if (m->reason != JSL_QUEUE_FULL && m->reason != JSL_QUEUE_CONFLICT)
		return -EPROTO;
	if (h == NULL)
		return 0;
	if (m->reason == JSL_QUEUE_FULL && h->resent)
		return -EPROTO; /* Q8: a resubmission is never refused */
	end.kind = JSL_QUEUE_RESULT;
	end.outcome = JSL_QUEUE_REJECTED;
	end.payload = NULL;
	jsl_queue__out_result(&s->out, &end);
	jsl_queue__held_note(s, JSL_QUEUE_NOTE_REFUSED, h->id, h->attempt);
	jsl_queue__held_take(s, h);
	free(h);
	return 0;
}

/* Q7: the first result ends the job; each is acknowledged, so that it is forgotten. */
static int result(struct jsl_queue_submitter *s, const struct jsl_queue_message *m)
{
	struct jsl_queue_held *h = jsl_queue__held_get(s, m->job);
	struct jsl_queue_message *end;

	if (m->outcome != JSL_QUEUE_DONE && m->outcome != JSL_QUEUE_QUARANTINED)
		return -EPROTO;
	if (m->n_tried > JSL_QUEUE_TRIED_MAX)
		return -EPROTO;
	jsl_queue__out_message(&s->out, JSL_QUEUE_DELIVERED, s->link, m->job);
	if (h == NULL && !JSL_RULE(Q7))
		jsl_queue__out_result(&s->out, m);
	if (h == NULL) {
		jsl_queue__held_note(s, JSL_QUEUE_NOTE_DUPLICATE, m->job, m->attempt);
		return 0;
	}
	end = jsl_queue__out_result(&s->out, m);
	if (h->started)
		end->queued_us = h->queued_us;
	jsl_queue__held_note(s, JSL_QUEUE_NOTE_DONE, m->job, m->attempt);
	jsl_queue__held_take(s, h);
	free(h);
	return 0;
}

/* Best effort, all the way: without memory it is not told. */
static void progress(struct jsl_queue_submitter *s, const struct jsl_queue_message *m)
{
	if (jsl_queue__held_get(s, m->job) != NULL)
		jsl_queue__out_progress(&s->out, m);
}

int jsl_queue__submitter_message(struct jsl_queue_submitter *s,
				 const struct jsl_queue_message *m)
{
	if (m == NULL)
		return -EINVAL;
	if (!s->linked || m->link != s->link)
		return 0; /* of a link that was replaced */
	if (jsl_queue__out_reserve(&s->out, JSL_QUEUE_DIRECT) < 0 ||
	    jsl_queue__vec_reserve(&s->out.results, 1, sizeof(*m)) < 0)
		return -ENOMEM;
	switch (m->kind) {
	case JSL_QUEUE_STARTED: started(s, m); return 0;
	case JSL_QUEUE_REFUSED: return refused(s, m);
	case JSL_QUEUE_RESULT: return result(s, m);
	case JSL_QUEUE_PROGRESS: progress(s, m); return 0;
	default: return -EPROTO;
	}
}

void jsl_queue_submitter__check(const struct jsl_queue_submitter *s)
{
	size_t n = 0;
	uint64_t bytes = 0;
	bool pending = false;

	jsl_list_foreach (it, &s->jobs) {
		const struct jsl_queue_held *h =
			jsl_container_of(it, struct jsl_queue_held, list);

		pending = pending || it == s->cursor;
		assert(h->payload != NULL && jsl_queue__held_get(s, h->id) == h);
		assert(h->expire_us >= s->expire_us);
		assert(!h->started || h->expire_us == UINT64_MAX);
		assert(!s->linked || pending || h->first_epoch != 0);
		bytes += jsl_blob_len(h->payload);
		n++;
	}
	assert(n == s->map.count && n <= s->max_jobs);
	assert(bytes == s->bytes && bytes <= s->max_bytes);
	assert(pending || s->cursor == &s->jobs);
	assert(s->n_tombstones <= TOMBSTONES_MAX);
}
