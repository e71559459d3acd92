/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer's HTTP; see status.h.
 */

#include <stdlib.h>

#include "service/common.h"
#include "service/http.h"
#include "service/metrics.h"
#include "status.h"

struct status {
	struct daemon_node *node;
	struct jsl_peer *peer;
	struct jsl_common common;
	struct jsl_http *http;
};

static bool ready(void *arg)
{
	struct status *s = arg;

	return jsl_node_ready(jsl_peer_node(s->peer));
}

static void metrics(void *arg, struct evbuffer *out)
{
	struct status *s = arg;
	struct jsl_node *node = jsl_peer_node(s->peer);
	struct jsl_node_stats node_stats;
	struct jsl_runner_stats runner_stats;
	struct jsl_http_stats http_stats;

	jsl_node_stats(node, &node_stats);
	jsl_runner_stats(jsl_peer_runner(s->peer), &runner_stats);
	jsl_http_stats(s->http, &http_stats);
	jsl_metrics_election(out, jsl_node_role(node), jsl_node_leader(node),
			     jsl_node_ready(node));
	jsl_metrics_node(out, &node_stats);
	jsl_metrics_runner(out, &runner_stats);
	jsl_metrics_http(out, &http_stats);
}

/* Tokens that cannot be used leave the old ones in their place. */
static void reload(struct daemon_node *n)
{
	struct status *s = n->arg;
	char errmsg[JSL_CONF_ERRMSG_MAX] = "out of memory";

	if (s->http != NULL && jsl_http_reload(s->http, errmsg, sizeof(errmsg)) < 0)
		daemon_log(n, JSL_LOG_ERROR, errmsg);
}

static int listen_http(struct status *s, const struct jsl_conf *conf,
		       const struct jsl_conf_node *self)
{
	struct jsl_http_route routes[JSL_COMMON_ROUTES];
	struct jsl_http_opts opts = JSL_HTTP_OPTS_INIT;
	char errmsg[JSL_CONF_ERRMSG_MAX] = "out of memory";

	jsl_common_routes(&s->common, routes);
	opts.base = s->node->daemon->base;
	opts.log = s->node->log;
	opts.addr = self->http;
	opts.routes = routes;
	opts.n_routes = JSL_COMMON_ROUTES;
	opts.token_file = self->token_file;
	opts.request_ms = conf->gateway.request_ms;
	if (jsl_http_new(&s->http, &opts, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(s->node->daemon->program, "%s", errmsg);
	return 0;
}

int status_new(struct status **ret_s, struct daemon_node *n, struct jsl_peer *peer,
	       const struct jsl_conf *conf, const struct jsl_conf_node *self)
{
	struct status *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return daemon_fail(n->daemon->program, "out of memory");
	s->node = n;
	s->peer = peer;
	n->node = jsl_peer_node(peer);
	n->arg = s;
	n->on_reload = reload;
	s->common = (struct jsl_common){
		.logfile = n->logfile, .arg = s, .ready = ready, .metrics = metrics};
	if (listen_http(s, conf, self) != 0) {
		status_free(s);
		return 1;
	}
	*ret_s = s;
	return 0;
}

void status_free(struct status *s)
{
	if (s == NULL)
		return;
	jsl_http_free(s->http);
	free(s);
}
