/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a lost record must not do (R12), in the one order of events that would show
 * it; see election_stories.h.
 */

#include <string.h>

#include "election_stories.h"
#include "election_world.h"

static void cut_off(struct world *w, size_t a, size_t b)
{
	w->cut[a][b] = w->cut[b][a] = true;
}

static bool all_lead_once(struct world *w)
{
	for (size_t i = 0; i < w->n_voters; i++)
		world_start(w, i);
	if (!world_run(w, w->now + 1300 * MS))
		return false;
	for (size_t i = 0; i < w->n_voters; i++)
		world_crash(w, i);
	return w->established[1] == w->n_voters;
}

/*
 * The highest asks for epoch 2 and has all promises but one when the first of those
 * that gave it one loses its record. The others, but for the last, of which nobody has
 * heard of epoch 2, admit that voter anew and elect another with its vote. Then the
 * last promise comes.
 */
static bool ask(struct world *w, size_t top, size_t last)
{
	for (size_t i = last + 1; i < top; i++)
		cut_off(w, top, i);
	for (size_t i = 0; i < w->n_voters; i++)
		world_start(w, i);
	world_run(w, w->now + w->opts.settle_us - 5 * MS);
	w->links[top][last].delay_us = 1500 * MS;
	for (size_t i = 0; i < last; i++)
		for (size_t j = last; j < top; j++)
			cut_off(w, i, j);
	return world_run(w, w->now + 20 * MS) && w->nodes[0].record.promised_epoch == 2 &&
	       w->nodes[last].record.promised_epoch == 1;
}

static void begin_anew(struct world *w, size_t top, size_t last)
{
	cut_off(w, 0, top);
	for (size_t j = last; j < top; j++)
		w->cut[0][j] = w->cut[j][0] = false;
	w->cut[top - 1][last] = true;
	world_lose_record(w, 0);
	world_start(w, 0);
}

bool story_lost_promise_is_void(struct world *w)
{
	size_t top = w->n_voters - 1, last = w->n_voters / 2 - 1;

	if (w->n_voters % 2 == 0)
		return true; /* the others and the new vote are no quorum there */
	w->opts.prepare_us = 3000 * MS;
	if (!all_lead_once(w))
		return world_fail(w, "all have promised", 1, 0);
	if (!ask(w, top, last))
		return world_fail(w, "one promise is missing", 2, 0);
	begin_anew(w, top, last);
	world_run(w, w->now + 1200 * MS);
	if (w->established[2] != top)
		return world_fail(w, "another leads with its new vote", 2, 0);
	world_run(w, w->now + 600 * MS);
	if (w->nodes[last].record.promised_to != top + 1)
		return world_fail(w, "the last promise is given", 2, 0);
	return w->failure[0] == '\0';
}
