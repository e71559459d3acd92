/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node can tell about its cluster: who leads, who is alive, in which role.
 */

#include "cluster/cluster_int.h"

enum jsl_election_role jsl_cluster_role(const struct jsl_cluster *c)
{
	return c->role;
}

struct jsl_election_leader jsl_cluster_leader(const struct jsl_cluster *c,
					      uint64_t now_us)
{
	return jsl_election_leader(c->election, now_us);
}

bool jsl_cluster_is_leader(const struct jsl_cluster *c, uint64_t now_us,
			   struct jsl_election_leader *ret_token)
{
	return jsl_election_is_leader(c->election, now_us, ret_token);
}

uint64_t jsl_cluster_lease_end(const struct jsl_cluster *c)
{
	return jsl_election_lease_end(c->election);
}

/* Exactly the node that is the leader is shown as leading, whatever gossip still says. */
static enum jsl_election_role role_of(const struct jsl_gossip_entry *entry,
				      const struct jsl_cluster_meta *meta,
				      struct jsl_election_leader leader)
{
	if (leader.epoch != 0 && entry->id == leader.id)
		return JSL_ELECTION_LEADING;
	return meta->role == JSL_ELECTION_LEADING ? JSL_ELECTION_LOOKING : meta->role;
}

size_t jsl_cluster_infos(const struct jsl_cluster *c, uint64_t now_us,
			 struct jsl_node_info *infos, size_t max)
{
	struct jsl_election_leader leader = jsl_cluster_leader(c, now_us);
	const struct jsl_gossip_entry *it;
	size_t n = 0;

	for (it = jsl_gossip_next(c->gossip, 0); it != NULL;
	     it = jsl_gossip_next(c->gossip, it->id)) {
		struct jsl_cluster_meta meta;

		if (!jsl_cluster__is_live(it) ||
		    jsl_cluster_meta_decode(&meta, it->meta, it->meta_len) < 0)
			continue;
		if (n < max)
			infos[n] = (struct jsl_node_info){
				.id = it->id,
				.role = role_of(it, &meta, leader),
				.addr = it->addr,
				.slots = meta.slots,
				.unfit = meta.unfit,
				.leader = meta.leader,
				.app_meta = jsl_cluster_meta_app(it->meta),
				.app_meta_len = meta.app_len,
			};
		n++;
	}
	return n;
}

bool jsl_cluster_ready(const struct jsl_cluster *c, uint64_t now_us)
{
	const struct jsl_gossip_entry *it;

	if (jsl_cluster_leader(c, now_us).epoch == 0)
		return false;
	for (it = jsl_gossip_next(c->gossip, 0); it != NULL;
	     it = jsl_gossip_next(c->gossip, it->id)) {
		struct jsl_cluster_meta meta;

		if (jsl_cluster__is_live(it) &&
		    jsl_cluster_meta_decode(&meta, it->meta, it->meta_len) == 0 &&
		    meta.slots > 0)
			return true;
	}
	return false;
}

uint64_t jsl_cluster_app_hash(const struct jsl_cluster *c)
{
	return c->app_hash;
}

const struct jsl_election *jsl_cluster_election(const struct jsl_cluster *c)
{
	return c->election;
}

const struct jsl_gossip *jsl_cluster_gossip(const struct jsl_cluster *c)
{
	return c->gossip;
}

const struct jsl_queue_leader *jsl_cluster_queue_leader(const struct jsl_cluster *c)
{
	return c->queue_leader;
}

const struct jsl_queue_worker *jsl_cluster_queue_worker(const struct jsl_cluster *c)
{
	return c->worker;
}

const struct jsl_queue_submitter *jsl_cluster_queue_submitter(const struct jsl_cluster *c)
{
	return c->submitter;
}
