/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-peer: a node that votes, works and, elected, leads.
 */

#include <stdio.h>
#include <stdlib.h>

#include <jsl/peer.h>

#include "daemon.h"
#include "java.h"
#include "status.h"

static const struct program program = {
	.name = "jsl-peer",
	.takes = "cidlkv",
	.help = "usage: jsl-peer --config FILE --id N [options]\n"
		"       jsl-peer --check [--config FILE]\n"
		"\n"
		"A node of a jsl cluster: votes for a leader, runs Java jobs, leads.\n"
		"\n"
		"  --config FILE     the cluster's configuration, the same for all "
		"nodes\n"
		"  --id N            which peer of it this is\n"
		"  --data-dir DIR    state in DIR/peer-N (default: $STATE_DIRECTORY,\n"
		"                    /var/lib/jsl as root, else ~/.local/state/jsl)\n"
		"  --log-dir DIR     logs (default: DATADIR/log)\n"
		"  --check           say what running jobs needs and whether it is "
		"there\n"
		"  -v, --verbose     log to stderr too\n"
		"  --version         print the version\n"
		"  --help            print this\n"
		"\n"
		"SIGTERM, SIGINT: leave cleanly. SIGHUP: open logs, read secrets anew.\n"
		"See jsl-peer(8) and jsl.conf(5).\n",
};

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
		 const struct jsl_conf *conf, const struct jsl_conf_node *self)
{
	char name[32], errmsg[JSL_CONF_ERRMSG_MAX] = "out of memory";
	struct jsl_runner_opts runner;
	struct java_parts parts;
	struct jsl_node_opts node;
	struct daemon_paths paths;
	struct status *status = NULL;
	int r = 1;

	snprintf(name, sizeof(name), "peer-%llu", (unsigned long long)self->id);
	if (daemon_paths(&paths, program.name, o) != 0 ||
	    daemon_node_init(&p->node, &p->daemon, name, self->id, paths.log, conf,
			     o->verbose) != 0)
		return 1;
	java_opts(conf, &parts, &runner);
	daemon_node_opts(&p->node, conf, self, &node);
	node.data_dir = paths.data;
	node.peers = daemon_peers(conf, &node.n_peers);
	if (node.peers == NULL ||
	    jsl_peer_new(&p->peer, &node, &runner, errmsg, sizeof(errmsg)) < 0)
		(void)daemon_fail(program.name, "%s", errmsg);
	else if (status_new(&status, &p->node, p->peer, conf, self) == 0)
		r = daemon_run(&p->daemon);
	status_free(status);
	jsl_peer_free(p->peer);
	free((void *)node.peers);
	daemon_node_deinit(&p->node);
	return r;
}

static int run(const struct options *o, const struct jsl_conf *conf)
{
	char errmsg[JSL_CONF_ERRMSG_MAX];
	const struct jsl_conf_node *self;
	struct peer_daemon p = {0};
	int r = 1;

	if (jsl_conf_pick(conf, false, o->id, &self, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(program.name, "%s", errmsg);
	if (daemon_init(&p.daemon, program.name, leave) == 0 &&
	    daemon_secrets(&p.daemon, conf->cluster.secret_file) == 0)
		r = serve(&p, o, conf, self);
	daemon_deinit(&p.daemon);
	return r;
}

int main(int argc, char **argv)
{
	char errmsg[JSL_CONF_ERRMSG_MAX];
	struct jsl_conf *conf;
	struct options o;
	int r = options_parse(&program, argc, argv, &o);

	if (r >= 0)
		return r;
	if (o.check)
		return java_check(&program, &o);
	if (o.config == NULL || o.id == 0) {
		fprintf(stderr, "%s: --config and --id are needed (see --help)\n",
			program.name);
		return 2;
	}
	if (jsl_conf_load(&conf, o.config, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(program.name, "%s", errmsg);
	r = run(&o, conf);
	jsl_conf_free(conf);
	return r;
}
