/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is going to happen, earliest first. Ties in time are broken by the order
 * of scheduling, so a seed gives one history.
 */

#include <assert.h>
#include <stdlib.h>

#include "election_world.h"

static bool is_before(const struct world_event *a, const struct world_event *b)
{
	return a->at != b->at ? a->at < b->at : a->number < b->number;
}

void world_push(struct world *w, struct world_event ev)
{
	size_t i = w->n_heap++;

	if (w->n_heap > w->cap_heap) {
		w->cap_heap = 2 * w->cap_heap + 64;
		w->heap = realloc(w->heap, w->cap_heap * sizeof(w->heap[0]));
		assert(w->heap != NULL);
	}
	for (; i > 0 && is_before(&ev, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = ev;
}

struct world_event world_pop(struct world *w)
{
	struct world_event first = w->heap[0], last = w->heap[--w->n_heap];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < w->n_heap) {
		if (child + 1 < w->n_heap &&
		    is_before(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!is_before(&w->heap[child], &last))
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = last;
	return first;
}

uint64_t world_schedule(struct world *w, struct world_event ev)
{
	ev.number = ++w->next_number;
	world_push(w, ev);
	return ev.number;
}
