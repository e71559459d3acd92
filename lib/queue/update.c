/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The update under construction: vectors that grow, are reused by the next
 * step, and hold a reference to every payload they show, so that an update
 * outlives the jobs it speaks of.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "queue/queue_int.h"

#define VEC_MIN 16

/* One chore: an ASSIGN and a STARTED, a FETCH, a RESULT … and their notes. */
#define ROOM 4

int jsl_queue__vec_reserve(struct jsl_queue_vec *v, size_t n, size_t size)
{
	size_t cap = v->cap == 0 ? VEC_MIN : v->cap;
	void *items;

	assert(v->n <= v->cap);
	if (n <= v->cap - v->n)
		return 0;
	if (n > SIZE_MAX / size / 4 - v->n)
		return -ENOMEM;
	while (cap - v->n < n)
		cap *= 2;
	items = realloc(v->items, cap * size);
	if (items == NULL)
		return -ENOMEM;
	v->items = items;
	v->cap = cap;
	return 0;
}

static void *vec_push(struct jsl_queue_vec *v, size_t size)
{
	if (jsl_queue__vec_reserve(v, 1, size) < 0)
		return NULL;
	return (char *)v->items + size * v->n++;
}

static void drop_payloads(struct jsl_queue_vec *v)
{
	struct jsl_queue_message *m = v->items;

	for (size_t i = 0; i < v->n; i++)
		jsl_blob_unref(m[i].payload);
	v->n = 0;
}

static void out_clear(struct jsl_queue_out *out)
{
	drop_payloads(&out->messages);
	drop_payloads(&out->starts);
	drop_payloads(&out->results);
	drop_payloads(&out->progress);
	out->stops.n = 0;
	out->probes.n = 0;
	out->notes.n = 0;
}

void jsl_queue__out_deinit(struct jsl_queue_out *out)
{
	out_clear(out);
	free(out->messages.items);
	free(out->starts.items);
	free(out->results.items);
	free(out->progress.items);
	free(out->stops.items);
	free(out->probes.items);
	free(out->notes.items);
	*out = (struct jsl_queue_out){0};
}

void jsl_queue__out_begin(struct jsl_queue_out *out, uint64_t now_us)
{
	out_clear(out);
	out->now_us = now_us;
	out->more = false;
	out->starved = false;
}

void jsl_queue__out_publish(const struct jsl_queue_out *out,
			    struct jsl_queue_update *ret_up)
{
	*ret_up = (struct jsl_queue_update){
		.messages = out->messages.items,
		.n_messages = out->messages.n,
		.starts = out->starts.items,
		.n_starts = out->starts.n,
		.stops = out->stops.items,
		.n_stops = out->stops.n,
		.results = out->results.items,
		.n_results = out->results.n,
		.progress = out->progress.items,
		.n_progress = out->progress.n,
		.probes = out->probes.items,
		.n_probes = out->probes.n,
		.notes = out->notes.items,
		.n_notes = out->notes.n,
	};
}

int jsl_queue__out_reserve(struct jsl_queue_out *out, size_t n)
{
	int r;

	r = jsl_queue__vec_reserve(&out->messages, n, sizeof(struct jsl_queue_message));
	if (r < 0)
		return r;
	return jsl_queue__vec_reserve(&out->notes, n, sizeof(struct jsl_queue_note));
}

bool jsl_queue__out_room_for(struct jsl_queue_out *out, size_t n)
{
	/* A thing that alone is larger than a batch goes when there is nothing else. */
	if (out->messages.n > 0 && out->messages.n + n + ROOM > JSL_QUEUE_BATCH) {
		out->more = true;
		return false;
	}
	if (jsl_queue__out_reserve(out, n + ROOM) < 0) {
		out->starved = true;
		return false;
	}
	return true;
}

bool jsl_queue__out_room(struct jsl_queue_out *out)
{
	return jsl_queue__out_room_for(out, 0);
}

uint64_t jsl_queue__out_deadline(const struct jsl_queue_out *out)
{
	if (out->more)
		return out->now_us;
	if (out->starved)
		return jsl_queue__after(out->now_us, JSL_QUEUE_RETRY_US);
	return UINT64_MAX;
}

struct jsl_queue_message *jsl_queue__out_message(struct jsl_queue_out *out,
						 enum jsl_queue_kind kind, uint64_t link,
						 struct jsl_queue_id job)
{
	struct jsl_queue_message *m = vec_push(&out->messages, sizeof(*m));

	if (m != NULL)
		*m = (struct jsl_queue_message){.kind = kind, .link = link, .job = job};
	return m;
}

static struct jsl_queue_message *push_copy(struct jsl_queue_vec *v,
					   const struct jsl_queue_message *m)
{
	struct jsl_queue_message *copy = vec_push(v, sizeof(*copy));

	if (copy != NULL) {
		*copy = *m;
		jsl_blob_ref(copy->payload);
	}
	return copy;
}

struct jsl_queue_message *jsl_queue__out_start(struct jsl_queue_out *out,
					       const struct jsl_queue_message *m)
{
	return push_copy(&out->starts, m);
}

struct jsl_queue_message *jsl_queue__out_result(struct jsl_queue_out *out,
						const struct jsl_queue_message *m)
{
	return push_copy(&out->results, m);
}

struct jsl_queue_message *jsl_queue__out_progress(struct jsl_queue_out *out,
						  const struct jsl_queue_message *m)
{
	return push_copy(&out->progress, m);
}

void jsl_queue__out_stop(struct jsl_queue_out *out, struct jsl_queue_id job)
{
	struct jsl_queue_id *stop = vec_push(&out->stops, sizeof(*stop));

	if (stop != NULL)
		*stop = job;
}

void jsl_queue__out_probe(struct jsl_queue_out *out, struct jsl_queue_node node)
{
	struct jsl_queue_node *probe = vec_push(&out->probes, sizeof(*probe));

	if (probe != NULL)
		*probe = node;
}

void jsl_queue__out_note(struct jsl_queue_out *out, const struct jsl_queue_note *note)
{
	struct jsl_queue_note *n = vec_push(&out->notes, sizeof(*n));

	if (n != NULL)
		*n = *note;
}
