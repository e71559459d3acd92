/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a node's options and its record to the options of its cluster: who it
 * is, which life this is, and what it must not forget.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jsl/err.h>

#include "io/hash.h"
#include "io/random.h"
#include "node/node_int.h"

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The voters' ids, ascending. */
static size_t list_voters(const struct jsl_node_opts *opts,
			  uint64_t voters[JSL_ELECTION_VOTERS_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < opts->n_peers && n <= JSL_ELECTION_VOTERS_MAX; i++)
		if (opts->peers[i].vote)
			voters[n++] = opts->peers[i].id;
	qsort(voters, n, sizeof(*voters), compare_ids);
	return n;
}

/* SHA-256 over the name, and over the name and each voter's id as 8 bytes, big endian. */
static int hash_config(const struct jsl_node_opts *opts, const uint64_t *voters, size_t n,
		       uint8_t cluster_id[32], uint8_t config_hash[32])
{
	uint8_t ids[JSL_ELECTION_VOTERS_MAX * 8];
	struct jsl_bytes parts[2] = {{opts->cluster, strlen(opts->cluster) + 1},
				     {ids, n * 8}};
	int r;

	for (size_t i = 0; i < n * 8; i++)
		ids[i] = (uint8_t)(voters[i / 8] >> (56 - 8 * (i % 8)));
	r = jsl_io_sha256(opts->cluster, strlen(opts->cluster), cluster_id);
	if (r < 0 || n > 0)
		return r == 0 ? jsl_io_sha256_parts(parts, 2, config_hash) : r;
	memset(config_hash, 0, 32); /* no voter list to agree on */
	return 0;
}

/*
 * Each life is numbered higher than the one before, by the record; a node that
 * lost its record, or keeps none, goes by the time of its start (G1).
 */
static uint64_t next_boot(const struct jsl_election_record *record)
{
	struct timespec ts;
	uint64_t now_us;

	clock_gettime(CLOCK_REALTIME, &ts);
	now_us = (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
	return record != NULL && record->boot_count >= now_us ? record->boot_count + 1
							      : now_us;
}

int jsl_node__open_record(struct jsl_node *n, const struct jsl_node_opts *opts,
			  char *errmsg, size_t errmsg_size)
{
	if (opts->data_dir == NULL)
		return 0;
	return jsl_io_record_open(&n->record, opts->data_dir, opts->id, errmsg,
				  errmsg_size);
}

static bool is_voter(const struct jsl_node_opts *opts)
{
	for (size_t i = 0; i < opts->n_peers; i++)
		if (opts->peers[i].id == opts->id)
			return opts->peers[i].vote;
	return false;
}

/* A node without a vote keeps the number of its life only. */
static int count_boot(struct jsl_node *n, const struct jsl_cluster_opts *c)
{
	const struct jsl_election_record *old = jsl_io_record_get(n->record);
	struct jsl_election_record record = {.boot_count = c->self.boot};

	if (old != NULL &&
	    memcmp(old->cluster_id, c->election.cluster_id, sizeof(old->cluster_id)) != 0)
		return JSL_E_CLUSTER;
	memcpy(record.record_id, c->election.record_id, sizeof(record.record_id));
	memcpy(record.cluster_id, c->election.cluster_id, sizeof(record.cluster_id));
	return jsl_io_record_save(n->record, &record);
}

static uint64_t or_default_us(uint64_t ms, uint64_t default_us)
{
	return ms != 0 ? ms * 1000 : default_us;
}

static void fill_timing(struct jsl_cluster_opts *c, const struct jsl_node_opts *opts)
{
	struct jsl_election_opts *e = &c->election;
	struct jsl_gossip_opts *g = &c->gossip;

	e->heartbeat_us = or_default_us(opts->heartbeat_ms, e->heartbeat_us);
	e->lease_us = or_default_us(opts->lease_ms, e->lease_us);
	e->finalize_us = or_default_us(opts->finalize_ms, e->finalize_us);
	e->prepare_us = or_default_us(opts->prepare_ms, e->prepare_us);
	g->probe_interval_us =
		or_default_us(opts->probe_interval_ms, g->probe_interval_us);
	g->probe_timeout_us = or_default_us(opts->probe_timeout_ms, g->probe_timeout_us);
	g->cleanup_us = or_default_us(opts->cleanup_ms, g->cleanup_us);
	if (opts->suspicion_mult != 0)
		g->suspicion_mult = opts->suspicion_mult;
}

static void fill_queue(struct jsl_cluster_opts *c, const struct jsl_node_opts *opts)
{
	if (opts->max_jobs != 0)
		c->submitter.max_jobs = c->leader.max_jobs = opts->max_jobs;
	if (opts->max_mb != 0)
		c->submitter.max_bytes = c->leader.max_bytes =
			c->worker.result_max_bytes = (uint64_t)opts->max_mb << 20;
	if (opts->max_deaths != 0)
		c->leader.max_deaths = opts->max_deaths;
	if (opts->policy != 0)
		c->leader.policy = opts->policy;
	c->leader.inventory_wait_us =
		or_default_us(opts->inventory_wait_ms, c->leader.inventory_wait_us);
	c->leader.resume_us = or_default_us(opts->resume_ms, c->leader.resume_us);
	c->worker.result_keep_us =
		or_default_us(opts->result_keep_ms, c->worker.result_keep_us);
	c->drain_us = or_default_us(opts->drain_ms, UINT64_C(10000000));
}

/* Who this is, and the random numbers that the cores may not draw themselves. */
static int fill_identity(struct jsl_node *n, struct jsl_cluster_opts *c,
			 const struct jsl_node_opts *opts, const uint64_t *voters,
			 size_t n_voters)
{
	struct jsl_election_opts *e = &c->election;
	int r = hash_config(opts, voters, n_voters, e->cluster_id, e->config_hash);

	if (r == 0)
		r = jsl_io_random(&c->seed, sizeof(c->seed));
	if (r == 0)
		r = jsl_io_random(e->record_id, sizeof(e->record_id));
	if (r < 0)
		return r;
	e->record = n->record != NULL ? jsl_io_record_get(n->record) : NULL;
	c->self = (struct jsl_queue_node){.id = opts->id, .boot = next_boot(e->record)};
	e->voters = voters;
	e->n_voters = n_voters;
	memcpy(n->tag, e->cluster_id, sizeof(n->tag));
	memcpy(n->config_hash, e->config_hash, sizeof(n->config_hash));
	if (is_voter(opts))
		return n->record != NULL ? 0 : -EINVAL;
	e->record = NULL;
	return n->record != NULL ? count_boot(n, c) : 0;
}

int jsl_node__new_cluster(struct jsl_node *n, const struct jsl_node_opts *opts)
{
	struct jsl_cluster_opts c = {
		.io = &jsl_node__world,
		.arg = n,
		.addr = n->addr,
		.peers = opts->peers,
		.n_peers = opts->n_peers,
		.seeds = opts->join,
		.n_seeds = opts->n_join,
		.app_meta = opts->app_meta,
		.app_meta_len = opts->app_meta_len,
		.slots = opts->slots,
		.trust_refused = opts->trust_refused,
		.election = JSL_ELECTION_OPTS_INIT,
		.gossip = JSL_GOSSIP_OPTS_INIT,
		.submitter = JSL_QUEUE_SUBMITTER_OPTS_INIT,
		.leader = JSL_QUEUE_LEADER_OPTS_INIT,
		.worker = JSL_QUEUE_WORKER_OPTS_INIT,
	};
	int r;

	n->n_voters = list_voters(opts, n->voters);
	if (n->n_voters > JSL_ELECTION_VOTERS_MAX)
		return JSL_E_CONFIG;
	r = fill_identity(n, &c, opts, n->voters, n->n_voters);
	if (r == 0)
		r = jsl_node__seal_init(n, c.self.boot);
	if (r < 0)
		return r;
	fill_timing(&c, opts);
	fill_queue(&c, opts);
	return jsl_cluster_new(&n->cluster, &c);
}
