/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A node of a daemon: its logs, and its options from the configuration file.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon.h"

static void write_log(void *arg, enum jsl_log_level level, const char *module,
		      const char *text)
{
	struct daemon_node *n = arg;

	n->file_sink.fn(n->file_sink.arg, level, module, text);
	if (n->echo)
		fprintf(stderr, "%" PRIu64 ": %s: %s\n", n->id, module, text);
}

void daemon_log(struct daemon_node *n, enum jsl_log_level level, const char *text)
{
	write_log(n, level, "node", text);
}

int daemon_node_init(struct daemon_node *n, struct daemon *d, const char *name,
		     uint64_t id, const char *log_dir, const struct jsl_conf *conf,
		     bool echo)
{
	struct jsl_logfile_opts opts = JSL_LOGFILE_OPTS_INIT;
	char errmsg[JSL_CONF_ERRMSG_MAX];

	*n = (struct daemon_node){.daemon = d, .id = id, .echo = echo};
	opts.base = d->base;
	opts.dir = log_dir;
	opts.name = name;
	opts.id = id;
	opts.max_bytes = (uint64_t)conf->log.size_mb << 20;
	opts.keep = conf->log.keep;
	opts.out_fd = STDOUT_FILENO;
	if (jsl_logfile_new(&n->logfile, &opts, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(d->program, "%s", errmsg);
	n->file_sink = jsl_logfile_sink(n->logfile, JSL_LOG_VERBOSE);
	n->log = (struct jsl_log){.fn = write_log, .arg = n, .level = JSL_LOG_VERBOSE};
	n->next = d->nodes;
	d->nodes = n;
	return 0;
}

void daemon_node_deinit(struct daemon_node *n)
{
	jsl_logfile_free(n->logfile);
	n->logfile = NULL;
}

static void role(void *arg, enum jsl_election_role from, enum jsl_election_role to)
{
	struct daemon_node *n = arg;

	jsl_logfile_role(n->logfile, from, to);
}

static void changed(struct daemon_node *n)
{
	if (n->on_change != NULL)
		n->on_change(n);
}

static void leader(void *arg, struct jsl_election_leader leader)
{
	(void)leader;
	changed(arg);
}

static void member(void *arg, const struct jsl_gossip_change *change)
{
	struct daemon_node *n = arg;
	enum jsl_log_level level = JSL_LOG_INFO;
	char addr[JSL_ADDR_STR_MAX], text[256];

	/* A suspicion that came to nothing is no news for the summary either. */
	if (change->type == JSL_GOSSIP_UPDATED || change->type == JSL_GOSSIP_SUSPECTED ||
	    (change->type == JSL_GOSSIP_RECOVERED && change->was == JSL_GOSSIP_SUSPECT))
		level = JSL_LOG_VERBOSE;
	if (change->type == JSL_GOSSIP_FAILURE)
		jsl_logfile_failed(n->logfile, change->entry.id);
	snprintf(text, sizeof(text),
		 "server %" PRIu64 " at %s %s (view %" PRIu64 ", incarnation %" PRIu64
		 ")",
		 change->entry.id, jsl_addr_str(&change->entry.addr, addr),
		 jsl_gossip_change_str(change->type), change->view,
		 change->entry.incarnation);
	write_log(n, level, "gossip", text);
	changed(n);
}

static void left(void *arg)
{
	struct daemon_node *n = arg;
	bool all = true;

	n->left = true;
	if (n->on_left != NULL)
		n->on_left(n);
	for (struct daemon_node *it = n->daemon->nodes; it != NULL; it = it->next)
		all = all && it->left;
	if (all)
		daemon_quit(n->daemon, EXIT_SUCCESS);
}

static void fatal(void *arg, int err, const char *text)
{
	struct daemon_node *n = arg;

	(void)err;
	daemon_log(n, JSL_LOG_ERROR, text);
	daemon_quit(n->daemon, daemon_fail(n->daemon->program, "%s", text));
}

void daemon_node_opts(struct daemon_node *n, const struct jsl_conf *conf,
		      const struct jsl_conf_node *self, struct jsl_node_opts *ret_opts)
{
	*ret_opts = (struct jsl_node_opts)JSL_NODE_OPTS_INIT;
	ret_opts->base = n->daemon->base;
	ret_opts->log = n->log;
	ret_opts->callbacks = (struct jsl_node_callbacks){.arg = n,
							  .role = role,
							  .leader = leader,
							  .member = member,
							  .left = left,
							  .fatal = fatal};
	ret_opts->cluster = conf->cluster.name;
	ret_opts->id = self->id;
	ret_opts->addr = self->addr;
	ret_opts->secrets = n->daemon->secrets.items;
	ret_opts->n_secrets = n->daemon->secrets.n;
	ret_opts->heartbeat_ms = conf->election.heartbeat_ms;
	ret_opts->lease_ms = conf->election.lease_ms;
	ret_opts->finalize_ms = conf->election.finalize_ms;
	ret_opts->prepare_ms = conf->election.prepare_ms;
	ret_opts->trust_refused = (enum jsl_node_trust)conf->election.trust_refused;
	ret_opts->probe_interval_ms = conf->gossip.probe_interval_ms;
	ret_opts->probe_timeout_ms = conf->gossip.probe_timeout_ms;
	ret_opts->cleanup_ms = conf->gossip.cleanup_ms;
	ret_opts->suspicion_mult = conf->gossip.suspicion_mult;
	ret_opts->max_jobs = conf->queue.max_jobs;
	ret_opts->max_mb = conf->queue.max_mb;
	ret_opts->max_deaths = conf->queue.max_deaths;
	ret_opts->inventory_wait_ms = conf->queue.inventory_wait_ms;
	ret_opts->resume_ms = conf->queue.resume_ms;
	ret_opts->drain_ms = conf->queue.drain_ms;
	ret_opts->result_keep_ms = conf->queue.result_keep_ms;
	ret_opts->policy = (enum jsl_queue_policy)conf->queue.policy;
}

struct jsl_node_peer *daemon_peers(const struct jsl_conf *conf, size_t *ret_n)
{
	size_t n = conf->n_peers + conf->n_gateways;
	struct jsl_node_peer *peers = calloc(n, sizeof(*peers));

	for (size_t i = 0; peers != NULL && i < n; i++) {
		const struct jsl_conf_node *node =
			i < conf->n_peers ? &conf->peers[i]
					  : &conf->gateways[i - conf->n_peers];

		peers[i] = (struct jsl_node_peer){
			.id = node->id, .addr = node->addr, .vote = node->vote};
	}
	*ret_n = n;
	return peers;
}
