/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The byte budget of a node (G4): so many bytes are earned in a probe interval and
 * spent with every message. With nothing left only what is urgent is sent: probes
 * and their answers, suspicions, failures, refutations, leaves. Those run up a debt of
 * one interval at most.
 */

#include "gossip/gossip_int.h"

void jsl_gossip__budget_earn(struct jsl_gossip *g)
{
	int64_t most = (int64_t)g->opts.budget_bytes;
	uint64_t since = g->now_us - g->budget_us;
	uint64_t period = g->opts.probe_interval_us;

	if (since >= 2 * period)
		g->budget = most;
	else
		g->budget += (int64_t)(since * g->opts.budget_bytes / period);
	if (g->budget > most)
		g->budget = most;
	/* Less than a byte is earned in time that is too short: let it add up. */
	if (since * g->opts.budget_bytes >= period)
		g->budget_us = g->now_us;
}

void jsl_gossip__budget_spend(struct jsl_gossip *g)
{
	int64_t least = -(int64_t)g->opts.budget_bytes;

	for (size_t i = 0; i < g->n_messages; i++)
		g->budget -= (int64_t)jsl_gossip__message_bytes(&g->messages[i]);
	if (g->budget < least)
		g->budget = least;
}

bool jsl_gossip__is_spent(const struct jsl_gossip *g)
{
	return g->budget <= 0;
}

uint64_t jsl_gossip__unspent_us(const struct jsl_gossip *g)
{
	uint64_t debt = g->budget > 0 ? 0 : (uint64_t)(1 - g->budget);

	return g->now_us + debt * g->opts.probe_interval_us / g->opts.budget_bytes +
	       (debt > 0);
}
