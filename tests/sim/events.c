/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is going to happen in a simulated cluster, and what is told of it. Events
 * are kept in a heap by (time, order of creation), so that ties are always broken
 * the same way.
 */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

/* ---- trace ---- */

static void mix(struct world *w, const char *line)
{
	for (; *line != '\0'; line++)
		w->hash = (w->hash ^ (uint8_t)*line) * UINT64_C(0x100000001b3);
}

void world_note(struct world *w, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	mix(w, line);
	w->hash ^= w->now;
	if (w->trace)
		printf("[%10.6f] %s\n", (double)w->now / 1e6, line);
}

void world_violated(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->violation[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(w->violation, sizeof(w->violation), fmt, ap);
	va_end(ap);
	world_note(w, "VIOLATED: %s", w->violation);
}

/* ---- the heap ---- */

static bool before(const struct world_event *a, const struct world_event *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

void world_push(struct world *w, struct world_event ev)
{
	size_t i = w->heap_len++;

	if (w->heap_len > w->heap_size) {
		w->heap_size = w->heap_size == 0 ? 1024 : w->heap_size * 2;
		w->heap = realloc(w->heap, w->heap_size * sizeof(*w->heap));
		assert(w->heap != NULL);
	}
	ev.seq = w->seq++;
	assert(ev.at >= w->now);
	for (; i > 0 && before(&ev, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = ev;
}

struct world_event world_pop(struct world *w)
{
	struct world_event top = w->heap[0], last = w->heap[--w->heap_len];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= w->heap_len)
			break;
		if (child + 1 < w->heap_len &&
		    before(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!before(&w->heap[child], &last))
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = last;
	return top;
}
