/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-peer: a node that votes, works and, elected, leads; or that joins and works.
 */

#include <stdio.h>

#include "daemon.h"
#include "java.h"
#include "peer.h"

static const struct program program = {
	.name = "jsl-peer",
	.takes = "cidlkvjnush",
	.help = "usage: jsl-peer --config FILE --id N [options]\n"
		"       jsl-peer --join HOST:PORT --listen ADDR:PORT --id N [options]\n"
		"       jsl-peer --check [--config FILE]\n"
		"\n"
		"A node of a jsl cluster: votes for a leader, runs Java jobs, leads.\n"
		"\n"
		"  --config FILE     the cluster's configuration, the same for all "
		"nodes\n"
		"  --id N            which peer of it this is\n"
		"  --join HOST:PORT  be a worker without a vote that is not in the "
		"file: any\n"
		"                    node of the cluster; may be given several times\n"
		"  --listen ADDR:PORT  where that worker is reached; HTTP on port + 3\n"
		"  --http ADDR:PORT  its HTTP elsewhere, on loopback\n"
		"  --cluster NAME    which cluster it joins (default: jsl)\n"
		"  --secret-file FILE  the cluster's secret; needed beyond loopback\n"
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

static int wrong(const char *text)
{
	fprintf(stderr, "%s: %s (see --help)\n", program.name, text);
	return 2;
}

static int check_usage(const struct options *o)
{
	if (o->n_join > 0)
		return o->id == 0 || o->listen == NULL
			       ? wrong("--join needs --listen and --id")
			       : 0;
	if (o->listen != NULL || o->cluster != NULL || o->secret_file != NULL ||
	    o->http != NULL)
		return wrong("--listen, --http, --cluster and --secret-file go with "
			     "--join");
	return o->config == NULL || o->id == 0 ? wrong("--config and --id are needed")
					       : 0;
}

static int load(const struct options *o, struct jsl_conf **ret_conf, struct join *ret_j)
{
	char errmsg[JSL_CONF_ERRMSG_MAX];

	if (o->n_join > 0)
		return join_conf(ret_j, ret_conf, program.name, o);
	if (jsl_conf_load(ret_conf, o->config, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(program.name, "%s", errmsg);
	return 0;
}

int main(int argc, char **argv)
{
	struct join join = {0};
	struct jsl_conf *conf;
	struct options o;
	int r = options_parse(&program, argc, argv, &o);

	if (r >= 0)
		return r;
	if (o.check)
		return java_check(&program, &o);
	r = check_usage(&o);
	if (r == 0)
		r = load(&o, &conf, &join);
	if (r != 0)
		return r;
	r = peer_run(program.name, &o, conf, &join);
	jsl_conf_free(conf);
	return r;
}
