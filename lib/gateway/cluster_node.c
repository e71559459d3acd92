/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cluster that a node belongs to, as the gateway asks for it: each call is
 * the one of jsl/node.h.
 */

#include "config.h"

#include "gateway/gateway.h"
#include "service/metrics.h"

static int node_submit(void *arg, const struct jsl_node_job_opts *opts,
		       struct jsl_queue_id *ret_job)
{
	return jsl_node_submit(arg, opts, ret_job);
}

static void node_cancel(void *arg, struct jsl_queue_id job)
{
	jsl_node_cancel(arg, job);
}

static struct jsl_election_leader node_leader(void *arg)
{
	return jsl_node_leader(arg);
}

static size_t node_infos(void *arg, struct jsl_node_info *infos, size_t max)
{
	return jsl_node_infos(arg, infos, max);
}

static bool node_ready(void *arg)
{
	return jsl_node_ready(arg);
}

static uint64_t node_app_hash(void *arg)
{
	return jsl_node_app_hash(arg);
}

static void node_metrics(void *arg, struct evbuffer *out)
{
	struct jsl_node_stats stats;

	jsl_node_stats(arg, &stats);
	jsl_metrics_election(out, jsl_node_role(arg), jsl_node_leader(arg),
			     jsl_node_ready(arg));
	jsl_metrics_node(out, &stats);
}

struct jsl_gateway_cluster jsl_gateway_cluster_node(struct jsl_node *node)
{
	return (struct jsl_gateway_cluster){
		.arg = node,
		.submit = node_submit,
		.cancel = node_cancel,
		.leader = node_leader,
		.infos = node_infos,
		.ready = node_ready,
		.app_hash = node_app_hash,
		.metrics = node_metrics,
	};
}
