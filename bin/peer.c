/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer as a daemon; see peer.h.
 */

#include <stdio.h>
#include <stdlib.h>

#include <jsl/peer.h>

#include "daemon.h"
#include "java.h"
#include "peer.h"
#include "status.h"

struct peer_daemon {
	struct daemon daemon;
	struct daemon_node node;
	struct jsl_peer *peer;
};

static void leave(struct daemon *d)
{
	jsl_node_leave(jsl_peer_node(((struct peer_daemon *)d)->peer));
}

static int serve(struct peer_daemon *p, const struct options *o,
		 const struct jsl_conf *conf, const struct jsl_conf_node *self,
		 const struct join *join)
{
	const char *program = p->daemon.program;
	char name[32], errmsg[JSL_CONF_ERRMSG_MAX] = "out of memory";
	struct jsl_runner_opts runner;
	struct java_parts parts;
	struct jsl_node_opts node;
	struct daemon_paths paths;
	struct status *status = NULL;
	int r = 1;

	snprintf(name, sizeof(name), "peer-%llu", (unsigned long long)self->id);
	if (daemon_paths(&paths, program, o) != 0 ||
	    daemon_node_init(&p->node, &p->daemon, name, self->id, paths.log, conf,
			     o->verbose) != 0)
		return 1;
	java_opts(conf, &parts, paths.data, &runner);
	daemon_node_opts(&p->node, conf, self, &node);
	node.data_dir = paths.data;
	node.join = join->addrs;
	node.n_join = join->n_addrs;
	node.peers = daemon_peers(conf, &node.n_peers);
	if (node.peers == NULL ||
	    jsl_peer_new(&p->peer, &node, &runner, errmsg, sizeof(errmsg)) < 0)
		(void)daemon_fail(program, "%s", errmsg);
	else if (status_new(&status, &p->node, p->peer, conf, self) == 0)
		r = daemon_run(&p->daemon);
	status_free(status);
	jsl_peer_free(p->peer);
	free((void *)node.peers);
	daemon_node_deinit(&p->node);
	return r;
}

int peer_run(const char *program, const struct options *o, const struct jsl_conf *conf,
	     const struct join *join)
{
	char errmsg[JSL_CONF_ERRMSG_MAX];
	const struct jsl_conf_node *self;
	struct peer_daemon p = {0};
	int r = 1;

	if (jsl_conf_pick(conf, false, o->id, &self, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(program, "%s", errmsg);
	if (daemon_init(&p.daemon, program, leave) == 0 &&
	    daemon_secrets(&p.daemon, conf->cluster.secret_file) == 0)
		r = serve(&p, o, conf, self, join);
	daemon_deinit(&p.daemon);
	return r;
}
