/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole cluster in one process: the same peer and the same gateway as
 * elsewhere, on one loop, talking over loopback. State lives in a temporary
 * directory that is removed at the end.
 */

#include "config.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/peer.h>

#include "dev.h"
#include "front.h"
#include "java.h"

#define PEER_ID	     1
#define GATEWAY_ID   2
#define DEFAULT_HTTP "127.0.0.1:8888"

struct dev {
	struct daemon daemon;
	struct daemon_node peer_node, front_node;
	struct jsl_peer *peer;
	struct front front;
	struct jsl_conf *conf;
	char dir[64];
};

/* The gateway first: the peer runs what it still waits for. */
static void leave(struct daemon *d)
{
	struct dev *v = (struct dev *)d;

	front_leave(&v->front);
}

static void front_left(struct daemon_node *n)
{
	struct dev *v = (struct dev *)n->daemon;

	jsl_node_leave(jsl_peer_node(v->peer));
}

static int loopback(const char *text, struct jsl_addr *ret_addr)
{
	if (jsl_addr_parse(ret_addr, text) < 0 || !jsl_addr_is_loopback(ret_addr))
		return -1;
	return 0;
}

static int start_peer(struct dev *v, struct jsl_node_peer *ret_peer)
{
	struct jsl_conf_node self = {.id = PEER_ID, .vote = true};
	struct jsl_node_peer table = {.id = PEER_ID, .vote = true};
	char errmsg[JSL_CONF_ERRMSG_MAX];
	struct jsl_runner_opts runner;
	struct java_parts parts;
	struct jsl_node_opts node;

	(void)loopback("127.0.0.1:0", &self.addr);
	table.addr = self.addr;
	java_opts(v->conf, &parts, v->dir, &runner);
	daemon_node_opts(&v->peer_node, v->conf, &self, &node);
	node.data_dir = v->dir;
	node.peers = &table;
	node.n_peers = 1;
	if (jsl_peer_new(&v->peer, &node, &runner, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(v->daemon.program, "%s", errmsg);
	table.addr = jsl_node_addr(jsl_peer_node(v->peer));
	*ret_peer = table;
	return 0;
}

static int start_front(struct dev *v, const struct jsl_node_peer *peer,
		       const struct jsl_addr *http)
{
	struct jsl_conf_node self = {.id = GATEWAY_ID, .http = *http};
	int r;

	(void)loopback("127.0.0.1:0", &self.addr);
	v->front_node.on_left = front_left;
	r = front_init(&v->front, &v->front_node, v->conf, &self, peer, 1, v->dir);
	if (r == 0) {
		char addr[JSL_ADDR_STR_MAX];
		struct jsl_addr bound = jsl_gateway_addr(v->front.gateway);

		printf("serving on http://%s\n", jsl_addr_str(&bound, addr));
	}
	return r;
}

static int open_logs(struct dev *v, const struct options *o)
{
	const char *dir = o->log_dir != NULL ? o->log_dir : v->dir;

	if (daemon_node_init(&v->peer_node, &v->daemon, "peer-1", PEER_ID, dir, v->conf,
			     o->verbose) != 0)
		return 1;
	return daemon_node_init(&v->front_node, &v->daemon, "gateway-2", GATEWAY_ID, dir,
				v->conf, o->verbose);
}

static int serve(struct dev *v, const struct options *o, const struct jsl_addr *http)
{
	struct jsl_node_peer peer;
	int r = 1;

	if (daemon_init(&v->daemon, v->daemon.program, leave) == 0 &&
	    open_logs(v, o) == 0 && start_peer(v, &peer) == 0 &&
	    start_front(v, &peer, http) == 0)
		r = daemon_run(&v->daemon);
	front_deinit(&v->front);
	jsl_peer_free(v->peer);
	daemon_node_deinit(&v->front_node);
	daemon_node_deinit(&v->peer_node);
	daemon_deinit(&v->daemon);
	return r;
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int dev_run(const struct program *p, const struct options *o)
{
	const char *tmp = getenv("TMPDIR");
	struct dev v = {.daemon = {.program = p->name}};
	struct jsl_addr http;
	int r = 1;

	if (loopback(o->http != NULL ? o->http : DEFAULT_HTTP, &http) < 0)
		return daemon_fail(p->name, "--http %s: not a loopback address and port",
				   o->http);
	snprintf(v.dir, sizeof(v.dir), "%s/jsl-dev-XXXXXX",
		 tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	if (mkdtemp(v.dir) == NULL)
		return daemon_fail(p->name, "%s: cannot make a directory", v.dir);
	v.conf = jsl_conf_new();
	if (v.conf == NULL)
		(void)daemon_fail(p->name, "out of memory");
	else
		r = serve(&v, o, &http);
	jsl_conf_free(v.conf);
	(void)nftw(v.dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return r;
}
