/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what befalls three voters: the simulator's world (tests/sim), where the
 * bytes and not a seed say when a message is lost, late or doubled, who crashes, stands
 * still or is cut off, and who loses its record. The world checks I1, I2, I4, I5 and
 * each node's own invariant after every event. The input is a row of
 *
 *	what, and to whom (1): enum act, times 4, plus the voter
 *	how much (1)
 *
 * Refusals are trusted (R13). Records are lost within the assumption of R12: by voter 3
 *only, once all have promised.
 */

#include <stdio.h>

#include "../sim/election_world.h"
#include "fuzz.h"

#define VOTERS	   3
#define LOSER	   2
#define EVENTS_MAX 20000 /* so that an input is fast */

enum act {
	RUN,	     /* arg x 2 ms */
	RUN_ONE,     /* until the next event has happened */
	DROP,	     /* the next message */
	DELAY,	     /* it, by arg x 4 ms */
	DOUBLE,	     /* it, the copy later by arg x 4 ms */
	CRASH,	     /* the voter */
	START,	     /* it */
	LOSE,	     /* its record */
	PAUSE,	     /* it, for arg x 8 ms */
	CUT,	     /* what it sends to those in the mask arg */
	RELEASE,     /* it leaves cleanly, if it runs */
	CRASH_START, /* it, and starts again arg x 2 ms later */
	TRANSFER,    /* the leader hands over to it */
	ACTS
};

/* The next message, taken off the heap; NULL if another kind of event is next. */
static struct jsl_election_message *next_message(struct world *w,
						 struct world_event *ret_ev)
{
	if (w->n_heap == 0 || w->heap[0].type != WORLD_MESSAGE)
		return NULL;
	*ret_ev = world_pop(w);
	return ret_ev->message;
}

static void delay(struct world *w, uint64_t by_us)
{
	struct world_event ev;

	if (next_message(w, &ev) == NULL)
		return;
	ev.at += by_us;
	world_schedule(w, ev);
}

static void copy(struct world *w, uint64_t by_us)
{
	struct world_event ev, again;

	if (next_message(w, &ev) == NULL)
		return;
	again = ev;
	again.at += by_us;
	again.message = malloc(sizeof(*again.message));
	MUST(again.message != NULL);
	*again.message = *ev.message;
	world_push(w, ev);
	world_schedule(w, again);
}

static void drop(struct world *w)
{
	struct world_event ev;

	if (next_message(w, &ev) != NULL)
		free(ev.message);
}

static void lose(struct world *w)
{
	for (size_t i = 0; i < VOTERS; i++)
		if (w->nodes[i].record.promised_epoch == 0)
			return;
	world_lose_record(w, LOSER);
}

static void run(struct world *w, uint64_t until)
{
	if (w->n_events < EVENTS_MAX)
		(void)world_run(w, until);
}

static void apply(struct world *w, enum act act, size_t who, uint64_t arg)
{
	switch (act) {
	case RUN: run(w, w->now + arg * 2 * MS); break;
	case RUN_ONE:
		if (w->n_heap > 0)
			run(w, w->heap[0].at);
		break;
	case DROP: drop(w); break;
	case DELAY: delay(w, arg * 4 * MS); break;
	case DOUBLE: copy(w, arg * 4 * MS); break;
	case CRASH: world_crash(w, who); break;
	case START: world_start(w, who); break;
	case LOSE: lose(w); break;
	case PAUSE: w->nodes[who].paused_until = w->now + arg * 8 * MS; break;
	case CUT:
		for (size_t to = 0; to < VOTERS; to++)
			w->cut[who][to] = (arg >> to) & 1;
		break;
	case RELEASE: world_give(w, who, JSL_ELECTION_EV_RELEASE, 0); break;
	case TRANSFER:
		if (world_leader(w) < w->n_nodes)
			world_give(w, world_leader(w), JSL_ELECTION_EV_TRANSFER,
				   w->nodes[who].id);
		break;
	case CRASH_START:
		world_crash(w, who);
		world_start_at(w, who, w->now + arg * 2 * MS);
		break;
	case ACTS: break;
	}
	world_check(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w;

	world_init(&w, 1, VOTERS, 0);
	w.trusts = true;
	w.losers = UINT32_C(1) << LOSER;
	for (size_t i = 0; i < VOTERS; i++)
		world_start(&w, i);
	for (; size >= 2 && w.failure[0] == '\0'; data += 2, size -= 2)
		apply(&w, data[0] / 4 % ACTS, data[0] % 4 % VOTERS, data[1]);
	if (w.failure[0] != '\0')
		fprintf(stderr, "%s\n", w.failure);
	MUST(w.failure[0] == '\0');
	world_deinit(&w);
	return 0;
}
