/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A gateway as a part of a process; see front.h.
 */

#include <stdlib.h>

#include <event2/event.h>

#include "front.h"

static void changed(struct daemon_node *owner)
{
	struct front *f = owner->arg;

	if (f->gateway != NULL)
		jsl_gateway_changed(f->gateway);
}

/* Tokens or a certificate that cannot be used leave the old ones in their place. */
static void reload(struct daemon_node *owner)
{
	struct front *f = owner->arg;
	char errmsg[JSL_CONF_ERRMSG_MAX] = "out of memory";

	if (f->gateway != NULL &&
	    jsl_gateway_reload(f->gateway, errmsg, sizeof(errmsg)) < 0)
		daemon_log(owner, JSL_LOG_ERROR, errmsg);
}

static int fail(struct front *f, const char *errmsg)
{
	return daemon_fail(f->owner->daemon->program, "%s", errmsg);
}

static int listen_http(struct front *f, const struct jsl_conf *conf,
		       const struct jsl_conf_node *self)
{
	struct jsl_gateway_opts opts = JSL_GATEWAY_OPTS_INIT;
	char errmsg[JSL_CONF_ERRMSG_MAX] = "out of memory";

	jsl_gateway_opts_conf(&opts, conf, self);
	opts.base = f->owner->daemon->base;
	opts.log = f->owner->log;
	opts.logfile = f->owner->logfile;
	opts.cluster = jsl_gateway_cluster_node(f->node);
	if (jsl_gateway_new(&f->gateway, &opts, errmsg, sizeof(errmsg)) < 0)
		return fail(f, errmsg);
	return 0;
}

int front_init(struct front *f, struct daemon_node *owner, const struct jsl_conf *conf,
	       const struct jsl_conf_node *self, const struct jsl_node_peer *peers,
	       size_t n_peers, const char *data_dir)
{
	char errmsg[JSL_CONF_ERRMSG_MAX];
	struct jsl_node_opts opts;

	*f = (struct front){.owner = owner, .drain_ms = conf->queue.drain_ms};
	owner->arg = f;
	owner->on_change = changed;
	owner->on_reload = reload;
	daemon_node_opts(owner, conf, self, &opts);
	opts.peers = peers;
	opts.n_peers = n_peers;
	opts.data_dir = data_dir;
	if (jsl_node_new(&f->node, &opts, errmsg, sizeof(errmsg)) < 0)
		return fail(f, errmsg);
	owner->node = f->node;
	return listen_http(f, conf, self);
}

void front_deinit(struct front *f)
{
	if (f->overdue != NULL)
		event_free(f->overdue);
	jsl_gateway_free(f->gateway);
	jsl_node_free(f->node);
}

static void drained(void *arg)
{
	struct front *f = arg;

	jsl_node_leave(f->node);
}

static void overdue(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drained(arg);
}

void front_leave(struct front *f)
{
	struct timeval limit = {.tv_sec = (time_t)(f->drain_ms / 1000),
				.tv_usec = (suseconds_t)(f->drain_ms % 1000 * 1000)};

	jsl_gateway_drain(f->gateway, drained, f);
	f->overdue = evtimer_new(f->owner->daemon->base, overdue, f);
	if (f->overdue == NULL || event_add(f->overdue, &limit) < 0)
		drained(f);
}
