/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a leader says to those without a vote. Configured ones (gateways, which
 * answer people) hear each heartbeat. Those that joined by gossip may be
 * thousands, and the leader's work must not grow with them: beyond a number for
 * each beat they take turns, and what they hear is good for as much longer. What
 * changes the leader goes to all of them at once.
 */

#include "cluster/cluster_int.h"

static bool is_observer(const struct jsl_cluster *c, const struct jsl_gossip_entry *it)
{
	return it->id != c->self.id && jsl_cluster__is_live(it) &&
	       !jsl_cluster__is_voter(c, it->id);
}

static uint64_t count_joined(const struct jsl_cluster *c)
{
	const struct jsl_gossip_entry *it;
	uint64_t n = 0;

	for (it = jsl_gossip_next(c->gossip, 0); it != NULL;
	     it = jsl_gossip_next(c->gossip, it->id))
		n += is_observer(c, it) && !jsl_cluster__is_configured(c, it->id);
	return n;
}

/* Beats from one turn of an observer to its next. */
static uint64_t count_turns(const struct jsl_cluster *c,
			    const struct jsl_election_message *m)
{
	uint64_t turns =
		(count_joined(c) + JSL_CLUSTER_BEAT_MAX - 1) / JSL_CLUSTER_BEAT_MAX;
	uint64_t most = JSL_CLUSTER_OBSERVE_MAX_US / (m->lease_us + 1);

	if (turns > most)
		turns = most;
	return m->kind == JSL_ELECTION_HEARTBEAT && m->seq > 1 && turns > 1 ? turns : 1;
}

void jsl_cluster__tell_observers(struct jsl_cluster *c,
				 const struct jsl_election_message *m)
{
	struct jsl_election_message in_turn = *m;
	uint64_t turns = count_turns(c, m), i = 0;
	const struct jsl_gossip_entry *it;

	in_turn.lease_us *= turns;
	for (it = jsl_gossip_next(c->gossip, 0); it != NULL;
	     it = jsl_gossip_next(c->gossip, it->id)) {
		if (!is_observer(c, it))
			continue;
		if (jsl_cluster__is_configured(c, it->id))
			c->io->send_election(c->arg, &it->addr, m);
		else if (i++ % turns == m->seq % turns)
			c->io->send_election(c->arg, &it->addr, &in_turn);
	}
}
