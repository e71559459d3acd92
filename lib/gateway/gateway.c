/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gateway's making and end, and when its cache is emptied.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "gateway/gateway_int.h"

#define OWN_ROUTES  2
#define NAMES_SHARE 4 /* of the cache's size, one part more for idempotency keys */

void jsl_gateway_opts_conf(struct jsl_gateway_opts *opts, const struct jsl_conf *conf,
			   const struct jsl_conf_node *self)
{
	opts->http = self->http;
	opts->token_file = self->token_file;
	opts->tls_cert = self->tls_cert;
	opts->tls_key = self->tls_key;
	opts->limits = conf->runner.limits;
	opts->body_max = (uint64_t)conf->gateway.body_kb << 10;
	opts->queue_wait_ms = conf->gateway.queue_wait_ms;
	opts->request_ms = conf->gateway.request_ms;
	opts->connections = conf->gateway.connections;
	opts->cache_bytes = (uint64_t)conf->cache.size_mb << 20;
	opts->invalidate_on_leader_change = conf->cache.invalidate_on_leader_change;
}

static bool ready(void *arg)
{
	struct jsl_gateway *g = arg;

	return g->cluster.ready(g->cluster.arg);
}

static int start_http(struct jsl_gateway *g, const struct jsl_gateway_opts *opts,
		      char *errmsg, size_t errmsg_size)
{
	struct jsl_http_opts http = JSL_HTTP_OPTS_INIT;
	struct jsl_http_route routes[JSL_COMMON_ROUTES + OWN_ROUTES] = {
		{
			.path = "/compileandrun",
			.post = true,
			.fn = jsl_gateway__on_compile,
			.arg = g,
			.refused = "Cached-Response: false\r\n",
		},
		{.path = "/cluster-info", .fn = jsl_gateway__on_info, .arg = g},
	};

	g->common = (struct jsl_common){
		.logfile = opts->logfile,
		.arg = g,
		.ready = ready,
		.metrics = jsl_gateway__metrics,
	};
	jsl_common_routes(&g->common, routes + OWN_ROUTES);
	http.base = opts->base;
	http.log = opts->log;
	http.addr = opts->http;
	http.routes = routes;
	http.n_routes = JSL_COMMON_ROUTES + OWN_ROUTES;
	http.token_file = opts->token_file;
	http.tls_cert = opts->tls_cert;
	http.tls_key = opts->tls_key;
	http.body_max = opts->body_max;
	http.request_ms = opts->request_ms;
	http.connections = opts->connections;
	return jsl_http_new(&g->http, &http, errmsg, errmsg_size);
}

int jsl_gateway_new(struct jsl_gateway **ret_g, const struct jsl_gateway_opts *opts,
		    char *errmsg, size_t errmsg_size)
{
	struct jsl_gateway *g = calloc(1, sizeof(*g));
	int r = -ENOMEM;

	if (g == NULL)
		return -ENOMEM;
	g->base = opts->base;
	g->log = opts->log;
	g->cluster = opts->cluster;
	g->limits = opts->limits;
	g->queue_wait_ms = opts->queue_wait_ms;
	g->invalidate_on_leader_change = opts->invalidate_on_leader_change;
	jsl_map_init(&g->flights, 0);
	jsl_cache_init(&g->cache, opts->cache_bytes);
	jsl_names_init(&g->names, opts->cache_bytes / NAMES_SHARE);
	g->hash = EVP_MD_CTX_new();
	if (g->hash != NULL)
		r = start_http(g, opts, errmsg, errmsg_size);
	if (r < 0) {
		jsl_gateway_free(g);
		return r;
	}
	jsl_gateway_changed(g);
	*ret_g = g;
	return 0;
}

void jsl_gateway_free(struct jsl_gateway *g)
{
	if (g == NULL)
		return;
	jsl_http_free(g->http); /* whoever waits is gone now, and so are the flights */
	assert(g->flights.count == 0);
	jsl_map_deinit(&g->flights);
	jsl_names_deinit(&g->names);
	jsl_cache_deinit(&g->cache);
	EVP_MD_CTX_free(g->hash);
	free(g);
}

void jsl_gateway_drain(struct jsl_gateway *g, void (*fn)(void *arg), void *arg)
{
	jsl_http_drain(g->http, fn, arg);
}

int jsl_gateway_reload(struct jsl_gateway *g, char *errmsg, size_t errmsg_size)
{
	return jsl_http_reload(g->http, errmsg, errmsg_size);
}

struct jsl_addr jsl_gateway_addr(const struct jsl_gateway *g)
{
	return jsl_http_addr(g->http);
}

/* No worker at all is no other set of JDKs: what is cached is still right. */
static bool has_workers(struct jsl_gateway *g)
{
	size_t n = g->cluster.infos(g->cluster.arg, NULL, 0);
	jsl_autofree struct jsl_node_info *infos = calloc(n + 1, sizeof(*infos));

	if (infos == NULL)
		return false;
	n = g->cluster.infos(g->cluster.arg, infos, n);
	for (size_t i = 0; i < n; i++)
		if (infos[i].slots > 0)
			return true;
	return false;
}

void jsl_gateway_changed(struct jsl_gateway *g)
{
	struct jsl_election_leader leader = g->cluster.leader(g->cluster.arg);
	uint64_t app_hash = g->cluster.app_hash(g->cluster.arg);
	const char *why = NULL;

	if (leader.epoch != 0 &&
	    (leader.since != g->leader.since || leader.id != g->leader.id)) {
		if (g->leader.epoch != 0 && g->invalidate_on_leader_change)
			why = "the leader changed";
		g->leader = leader;
	}
	if (app_hash != g->app_hash && has_workers(g)) {
		why = "the workers' JDKs changed";
		g->app_hash = app_hash;
	}
	if (why == NULL)
		return;
	jsl_log_write(&g->log, JSL_LOG_VERBOSE, "gateway", "cache emptied: %s", why);
	jsl_cache_clear(&g->cache);
}
