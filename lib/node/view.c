/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node can be asked; see jsl/node_view.h.
 */

#include "io/clock.h"
#include "node/node_int.h"

struct jsl_addr jsl_node_addr(const struct jsl_node *n)
{
	return n->addr;
}

enum jsl_election_role jsl_node_role(const struct jsl_node *n)
{
	return jsl_cluster_role(n->cluster);
}

struct jsl_election_leader jsl_node_leader(const struct jsl_node *n)
{
	return jsl_cluster_leader(n->cluster, jsl_io_now_us());
}

bool jsl_node_is_leader(const struct jsl_node *n, struct jsl_election_leader *ret_token)
{
	return jsl_cluster_is_leader(n->cluster, jsl_io_now_us(), ret_token);
}

uint64_t jsl_node_lease_left_us(const struct jsl_node *n)
{
	uint64_t end_us = jsl_cluster_lease_end(n->cluster);
	uint64_t now_us = jsl_io_now_us();

	return end_us > now_us ? end_us - now_us : 0;
}

size_t jsl_node_infos(const struct jsl_node *n, struct jsl_node_info *infos, size_t max)
{
	return jsl_cluster_infos(n->cluster, jsl_io_now_us(), infos, max);
}

const struct jsl_gossip_entry *jsl_node_member(const struct jsl_node *n, uint64_t id)
{
	return jsl_gossip_member(jsl_cluster_gossip(n->cluster), id);
}

const struct jsl_gossip_entry *jsl_node_next_member(const struct jsl_node *n, uint64_t id)
{
	return jsl_gossip_next(jsl_cluster_gossip(n->cluster), id);
}

uint64_t jsl_node_view(const struct jsl_node *n)
{
	return jsl_gossip_view(jsl_cluster_gossip(n->cluster));
}

bool jsl_node_ready(const struct jsl_node *n)
{
	return jsl_cluster_ready(n->cluster, jsl_io_now_us());
}

uint64_t jsl_node_app_hash(const struct jsl_node *n)
{
	return jsl_cluster_app_hash(n->cluster);
}

void jsl_node_stats(const struct jsl_node *n, struct jsl_node_stats *ret_stats)
{
	const struct jsl_queue_worker *worker = jsl_cluster_queue_worker(n->cluster);
	struct jsl_node_stats stats = n->stats;
	struct jsl_io_listener_stats listener;
	struct jsl_io_udp_stats udp;

	jsl_io_udp_stats(n->udp, &udp);
	stats.datagrams_in += udp.too_long;
	stats.datagrams_refused[JSL_NODE_MALFORMED] += udp.too_long;
	jsl_io_listener_stats(n->listener, &listener);
	stats.links_refused[JSL_NODE_STRANGER] += listener.full;
	stats.links = listener.links;
	stats.strangers = listener.strangers;
	jsl_queue_leader_stats(jsl_cluster_queue_leader(n->cluster), &stats.queue);
	stats.running = worker != NULL ? (uint32_t)jsl_queue_worker_running(worker) : 0;
	stats.held = (uint32_t)jsl_queue_submitter_count(
		jsl_cluster_queue_submitter(n->cluster));
	*ret_stats = stats;
}
