/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-gateway: HTTP in front of a cluster, or with --dev a whole one-peer cluster
 * in one process.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dev.h"
#include "front.h"

static const struct program program = {
	.name = "jsl-gateway",
	.takes = "cidlehv",
	.help = "usage: jsl-gateway --config FILE --id N [options]\n"
		"       jsl-gateway --dev [--http ADDR:PORT]\n"
		"\n"
		"HTTP in front of a jsl cluster: POST Java source to /compileandrun.\n"
		"\n"
		"  --config FILE     the cluster's configuration, the same for all "
		"nodes\n"
		"  --id N            which gateway of it this is\n"
		"  --data-dir DIR    state in DIR/peer-N (default: $STATE_DIRECTORY,\n"
		"                    /var/lib/jsl as root, else ~/.local/state/jsl)\n"
		"  --log-dir DIR     logs (default: DATADIR/log)\n"
		"  --dev             a one-peer cluster in this process, on "
		"127.0.0.1:8888,\n"
		"                    without a configuration, its state gone at the end\n"
		"  --http ADDR:PORT  with --dev: listen there\n"
		"  -v, --verbose     log to stderr too\n"
		"  --version         print the version\n"
		"  --help            print this\n"
		"\n"
		"SIGTERM, SIGINT: leave cleanly. SIGHUP: open logs, read secrets anew.\n"
		"See jsl-gateway(8) and jsl.conf(5).\n",
};

struct gateway_daemon {
	struct daemon daemon;
	struct daemon_node node;
	struct front front;
};

static void leave(struct daemon *d)
{
	struct gateway_daemon *g = (struct gateway_daemon *)d;

	front_leave(&g->front);
}

static int serve(struct gateway_daemon *g, const struct options *o,
		 const struct jsl_conf *conf, const struct jsl_conf_node *self)
{
	size_t n;
	struct jsl_node_peer *peers = daemon_peers(conf, &n);
	struct daemon_paths paths;
	char name[32];
	int r = 1;

	snprintf(name, sizeof(name), "gateway-%" PRIu64, self->id);
	if (peers == NULL)
		(void)daemon_fail(program.name, "out of memory");
	else if (daemon_paths(&paths, program.name, o) == 0 &&
		 daemon_node_init(&g->node, &g->daemon, name, self->id, paths.log, conf,
				  o->verbose) == 0 &&
		 front_init(&g->front, &g->node, conf, self, peers, n, paths.data) == 0)
		r = daemon_run(&g->daemon);
	front_deinit(&g->front);
	daemon_node_deinit(&g->node);
	free(peers);
	return r;
}

static int run(const struct options *o, const struct jsl_conf *conf)
{
	char errmsg[JSL_CONF_ERRMSG_MAX];
	const struct jsl_conf_node *self;
	struct gateway_daemon g = {0};
	int r = 1;

	if (jsl_conf_pick(conf, true, o->id, &self, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(program.name, "%s", errmsg);
	if (daemon_init(&g.daemon, program.name, leave) == 0 &&
	    daemon_secrets(&g.daemon, conf->cluster.secret_file) == 0)
		r = serve(&g, o, conf, self);
	daemon_deinit(&g.daemon);
	return r;
}

static int complain(const char *text)
{
	fprintf(stderr, "%s: %s (see --help)\n", program.name, text);
	return 2;
}

int main(int argc, char **argv)
{
	char errmsg[JSL_CONF_ERRMSG_MAX];
	struct jsl_conf *conf;
	struct options o;
	int r = options_parse(&program, argc, argv, &o);

	if (r >= 0)
		return r;
	if (o.dev && (o.config != NULL || o.id != 0 || o.data_dir != NULL))
		return complain("--dev goes with --http, --log-dir and -v only");
	if (!o.dev && (o.config == NULL || o.id == 0))
		return complain("--config and --id are needed, or --dev");
	if (!o.dev && o.http != NULL)
		return complain("--http goes with --dev only");
	if (o.dev)
		return dev_run(&program, &o);
	if (jsl_conf_load(&conf, o.config, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(program.name, "%s", errmsg);
	r = run(&o, conf);
	jsl_conf_free(conf);
	return r;
}
