/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants of the election that span nodes, and those of each node's cores.
 * With clocks beyond rho two nodes may be inside their leases at once (I4); nothing
 * else rests on clocks: epochs fence the orders of the one that is late (I1, I3), and
 * what is promised of jobs holds all the same.
 */

#include <inttypes.h>

#include "election/election_int.h"
#include "gossip/gossip_int.h"
#include "history.h"
#include "queue/queue_int.h"

static void check_epoch(struct world *w, struct jsl_election_leader token)
{
	for (size_t i = 0; i < w->n_leaders; i++)
		if (w->leaders[i].epoch == token.epoch) {
			if (w->leaders[i].id != token.id)
				world_violated(w, "I1: epoch %" PRIu64 " has two leaders",
					       token.epoch);
			return;
		}
	if (w->n_leaders < sizeof(w->leaders) / sizeof(w->leaders[0])) {
		w->leaders[w->n_leaders].epoch = token.epoch;
		w->leaders[w->n_leaders++].id = token.id;
	}
}

/* I1 and I4, after every event. */
void rules_of_leaders(struct world *w)
{
	int leading = 0;

	for (int i = 0; i < w->n_peers; i++) {
		struct jsl_election_leader token;

		if (w->nodes[i].cluster == NULL ||
		    !jsl_cluster_is_leader(w->nodes[i].cluster, world_clock(w, i),
					   &token))
			continue;
		leading++;
		check_epoch(w, token);
	}
	if (leading > 1 && w->clocks_in_bound)
		world_violated(w, "I4: %d nodes are inside their leases", leading);
}

#ifdef NDEBUG /* mutants are built with it: they must break more than this */
void rules_of_node(struct world *w, int node)
{
	(void)w, (void)node;
}
#else
void rules_of_node(struct world *w, int node)
{
	const struct world_node *n = &w->nodes[node];
	const char *broken = jsl_gossip__check(jsl_cluster_gossip(n->cluster));

	if (broken != NULL)
		world_violated(w, "%" PRIu64 ": gossip: %s", n->id, broken);
	if (!jsl_election__check(jsl_cluster_election(n->cluster)))
		world_violated(w, "%" PRIu64 ": the election's own invariant", n->id);
	jsl_queue_leader__check(jsl_cluster_queue_leader(n->cluster));
	jsl_queue_submitter__check(jsl_cluster_queue_submitter(n->cluster));
	if (n->slots > 0)
		jsl_queue_worker__check(jsl_cluster_queue_worker(n->cluster));
}
#endif

void rules_of_record(struct world *w, int node, const struct jsl_election_record *next)
{
	const struct world_node *n = &w->nodes[node];

	if (n->has_record && next->promised_epoch < n->record.promised_epoch)
		world_violated(w, "R1: %" PRIu64 " lowers its promise to %" PRIu64, n->id,
			       next->promised_epoch);
}
