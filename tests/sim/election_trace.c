/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The history of a simulated cluster: printed, and as one number.
 */

#include <inttypes.h>

#include "election_world.h"

static void trace_message(const struct world *w, const struct jsl_election_message *m)
{
	static const char *const kinds[] = {"?",       "LOOK",	  "PREPARE",
					    "PROMISE", "NACK",	  "HEARTBEAT",
					    "ACK",     "RELEASE", "ADMIT"};

	printf("%12" PRIu64 " %" PRIu64 " -> %" PRIu64 " %s round %" PRIu64
	       " vote %" PRIu64 " heard %x epoch %" PRIu64 " seq %" PRIu64 " %s\n",
	       w->now, m->from, m->to, kinds[m->kind], m->round, m->vote.id,
	       (unsigned)m->heard, m->epoch, m->seq, jsl_election_role_str(m->role));
}

static void trace_update(const struct world *w, const struct world_node *n,
			 const struct jsl_election_update *up)
{
	if (up->role_changed || up->leader_changed)
		printf("%12" PRIu64 " %" PRIu64 " is %s, leader %" PRIu64
		       " of epoch %" PRIu64 "\n",
		       w->now, n->id, jsl_election_role_str(up->role), up->leader.id,
		       up->leader.epoch);
	if (up->persist)
		printf("%12" PRIu64 " %" PRIu64 " saves promise of %" PRIu64
		       " to %" PRIu64 "\n",
		       w->now, n->id, up->record->promised_epoch,
		       up->record->promised_to);
}

/* FNV-1a by words: the same history, the same number, in any build. */
static void mix(struct world *w, uint64_t x)
{
	w->hash = (w->hash ^ x) * UINT64_C(0x100000001b3);
	w->hash ^= w->hash >> 29;
}

static void mix_step(struct world *w, size_t node, const struct jsl_election_event *ev,
		     const struct jsl_election_update *up)
{
	mix(w, w->now);
	mix(w, node << 8 | ev->type);
	if (ev->message != NULL) {
		mix(w, ev->message->from << 8 | ev->message->kind);
		mix(w, ev->message->epoch << 32 ^ ev->message->seq);
	}
	mix(w, up->leader.epoch << 16 ^ up->leader.id << 8 ^ up->role);
	mix(w, up->record->promised_epoch << 16 ^ up->n_messages << 1 ^ up->persist);
}

void world_trace(struct world *w, size_t node, const struct jsl_election_event *ev,
		 const struct jsl_election_update *up)
{
	mix_step(w, node, ev, up);
	if (!w->trace)
		return;
	if (ev->message != NULL)
		trace_message(w, ev->message);
	else if (ev->type != JSL_ELECTION_EV_TIMER)
		printf("%12" PRIu64 " %" PRIu64 " event %d\n", w->now, w->nodes[node].id,
		       (int)ev->type);
	trace_update(w, &w->nodes[node], up);
}
