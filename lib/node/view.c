/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node can be asked.
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

size_t jsl_node_infos(const struct jsl_node *n, struct jsl_node_info *infos, size_t max)
{
	return jsl_cluster_infos(n->cluster, jsl_io_now_us(), infos, max);
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

	jsl_queue_leader_stats(jsl_cluster_queue_leader(n->cluster), &stats.queue);
	stats.running = worker != NULL ? (uint32_t)jsl_queue_worker_running(worker) : 0;
	stats.held = (uint32_t)jsl_queue_submitter_count(
		jsl_cluster_queue_submitter(n->cluster));
	*ret_stats = stats;
}
