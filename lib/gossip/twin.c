/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two processes under one id. A higher boot supersedes a lower one (G1), so that a
 * restart is known at once; but a second process, started by mistake with the id of a
 * member that lives elsewhere, would supersede it, too. Therefore:
 *
 *  - a higher boot at another address is believed only when the known life does not
 *    answer; until then it is a claim, and whoever makes it is told of the other;
 *  - who hears of a lower boot of its own id at another address asks there. An answer
 *    is the proof: the later process has to go, and says so with CONFLICT.
 */

#include <string.h>

#include "gossip/gossip_int.h"

bool jsl_gossip__is_claim(const struct jsl_gossip__member *m, uint64_t boot,
			  const struct jsl_addr *addr)
{
	return m->row.state == JSL_GOSSIP_ALIVE && boot > m->row.boot &&
	       addr->port != 0 && !jsl_addr_equal(&m->row.addr, addr);
}

void jsl_gossip__twin_ask(struct jsl_gossip *g, const struct jsl_addr *addr)
{
	struct jsl_gossip_message *msg;

	if (g->twin.seq != 0 && g->now_us < g->twin.next_us)
		return;
	g->twin.addr = *addr;
	g->twin.seq = jsl_rng_next(&g->rng) | 1;
	g->twin.next_us = g->now_us + g->opts.probe_timeout_us;
	msg = jsl_gossip__begin(g, JSL_GOSSIP_PING, addr);
	msg->seq = g->twin.seq;
	msg->target = g->opts.id;
}

static void tell_conflict(struct jsl_gossip *g, uint64_t boot)
{
	struct jsl_gossip_change *change = &g->changes[g->n_changes++];

	*change = (struct jsl_gossip_change){.type = JSL_GOSSIP_CONFLICT,
					     .view = ++g->view,
					     .was = JSL_GOSSIP_ALIVE,
					     .entry = {.id = g->opts.id,
						       .boot = boot,
						       .incarnation = 1,
						       .state = JSL_GOSSIP_ALIVE,
						       .addr = g->twin.addr}};
	g->twin.seq = 0;
}

void jsl_gossip__twin_receive(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	bool later = msg->boot > g->opts.boot;

	if (msg->boot == 0 || msg->boot == g->opts.boot)
		return;
	if (later && msg->kind == JSL_GOSSIP_PING) {
		jsl_gossip__begin(g, JSL_GOSSIP_ACK, &msg->from_addr)->seq = msg->seq;
	} else if (!later && msg->kind == JSL_GOSSIP_ACK) {
		if (g->twin.seq != 0 && msg->seq == g->twin.seq)
			tell_conflict(g, msg->boot);
		else
			jsl_gossip__twin_ask(g, &msg->from_addr);
	}
}
