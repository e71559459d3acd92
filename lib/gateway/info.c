/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GET /cluster-info, and the gateway's part of /metrics.
 */

#include "config.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "gateway/gateway_int.h"
#include "gateway/render.h"
#include "service/metrics.h"

void jsl_gateway__on_info(void *arg, struct jsl_http_req *req)
{
	struct jsl_gateway *g = arg;
	size_t n = g->cluster.infos(g->cluster.arg, NULL, 0), now;
	jsl_autofree struct jsl_node_info *infos = calloc(n + 1, sizeof(*infos));
	bool json = jsl_http_wants_json(req);
	struct jsl_blob *blob = NULL;

	if (infos != NULL) {
		now = g->cluster.infos(g->cluster.arg, infos, n);
		n = now < n ? now : n;
		blob = json ? jsl_render_info_json(infos, n,
						   g->cluster.leader(g->cluster.arg))
			    : jsl_render_info_text(infos, n);
	}
	if (blob == NULL)
		jsl_http_reply_text(req, 503, "Out of memory");
	else
		jsl_http_reply_blob(req, 200, json ? JSL_HTTP_JSON : JSL_HTTP_TEXT, blob);
	jsl_blob_unref(blob);
}

void jsl_gateway__metrics(void *arg, struct evbuffer *out)
{
	struct jsl_gateway *g = arg;
	struct jsl_http_stats http;

	jsl_http_stats(g->http, &http);
	jsl_metrics_http(out, &http);
	jsl_metrics_counter(out, "cache_hits_total", "Requests answered from the cache",
			    g->cache.hits);
	jsl_metrics_counter(out, "cache_misses_total",
			    "Requests that the cache did not know", g->cache.misses);
	jsl_metrics_counter(out, "cache_cleared_total",
			    "Times that the cache was emptied", g->cache.generation);
	jsl_metrics_gauge(out, "cache_entries", "Answers in the cache",
			  g->cache.map.count);
	jsl_metrics_gauge(out, "cache_bytes", "Bytes of the cache in use",
			  g->cache.bytes);
	jsl_metrics_counter(out, "flights_joined_total",
			    "Requests that waited for the job of an identical one",
			    g->joined);
	jsl_metrics_counter(out, "idempotency_replays_total",
			    "Requests answered as the first one with their "
			    "Idempotency-Key was",
			    g->replayed);
	jsl_metrics_gauge(out, "idempotency_keys", "Idempotency-Keys that are remembered",
			  g->names.map.count);
	jsl_metrics_gauge(out, "flights", "Jobs that requests wait for",
			  g->flights.count);
	jsl_metrics_counter(out, "gateway_jobs_total", "Jobs made from requests",
			    g->jobs);
	jsl_metrics_counter(out, "gateway_full_total",
			    "Jobs refused by a full queue, here or at the leader",
			    g->full);
	jsl_verdicts_metrics(&g->verdicts, out);
	if (g->cluster.metrics != NULL)
		g->cluster.metrics(g->cluster.arg, out);
}
