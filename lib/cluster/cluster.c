/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One node of a cluster: makes the cores, feeds them events, and settles at the
 * end of each step what the step left to do. See cluster.h.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/cluster_int.h"

static int new_cores(struct jsl_cluster *c, const struct jsl_cluster_opts *opts)
{
	struct jsl_election_opts election = opts->election;
	struct jsl_gossip_opts gossip = opts->gossip;
	struct jsl_queue_submitter_opts submitter = opts->submitter;
	struct jsl_queue_leader_opts leader = opts->leader;
	struct jsl_queue_worker_opts worker = opts->worker;
	uint8_t meta[JSL_GOSSIP_META_MAX];
	int r;

	election.id = gossip.id = c->self.id;
	election.boot = gossip.boot = c->self.boot;
	submitter.self = leader.self = worker.self = c->self;
	election.seed = opts->seed;
	gossip.seed = submitter.seed = leader.seed = worker.seed = opts->seed + 1;
	gossip.addr = c->addr;
	c->all_heard_us = gossip.probe_interval_us +
			  gossip.suspicion_mult * gossip.probe_timeout_us;
	gossip.meta = meta;
	gossip.meta_len = jsl_cluster_meta_encode(&c->meta, meta);
	r = jsl_election_new(&c->election, &election);
	if (r == 0)
		r = jsl_gossip_new(&c->gossip, &gossip);
	if (r == 0)
		r = jsl_queue_submitter_new(&c->submitter, &submitter);
	if (r == 0)
		r = jsl_queue_leader_new(&c->queue_leader, &leader);
	if (r < 0 || c->slots == 0)
		return r;
	worker.slots = c->slots;
	worker.floor = jsl_election_floor(c->election);
	worker.voter = c->voter;
	c->floor = worker.floor;
	c->promised = worker.floor.epoch;
	return jsl_queue_worker_new(&c->worker, &worker);
}

static int copy_peers(struct jsl_cluster *c, const struct jsl_cluster_opts *opts)
{
	c->peers = calloc(opts->n_peers + 1, sizeof(*c->peers));
	if (c->peers == NULL)
		return -ENOMEM;
	if (opts->n_peers > 0)
		memcpy(c->peers, opts->peers, opts->n_peers * sizeof(*c->peers));
	c->n_peers = opts->n_peers;
	c->n_seeds = opts->n_seeds;
	for (size_t i = 0; i < c->n_seeds; i++)
		c->seeds[i] = opts->seeds[i];
	for (size_t i = 0; i < c->n_peers; i++)
		if (c->peers[i].id == c->self.id)
			c->voter = c->peers[i].vote;
	return 0;
}

int jsl_cluster_new(struct jsl_cluster **ret_c, const struct jsl_cluster_opts *opts)
{
	struct jsl_cluster *c;
	int r;

	if (opts->app_meta_len > JSL_CLUSTER_APP_META_MAX ||
	    opts->n_seeds > JSL_NODE_JOIN_MAX || opts->n_peers > JSL_NODE_PEERS_MAX)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return -ENOMEM;
	c->io = opts->io;
	c->arg = opts->arg;
	c->self = opts->self;
	c->addr = opts->addr;
	c->slots = c->slots_now = opts->slots;
	c->drain_us = opts->drain_us;
	c->trust = opts->trust_refused;
	c->evidence.again_us = UINT64_MAX;
	c->publish_us = UINT64_MAX;
	c->silence_us = opts->election.lease_us;
	c->next_link = JSL_CLUSTER_LINK_LOCAL + 1;
	jsl_map_init(&c->links, opts->seed);
	r = copy_peers(c, opts);
	if (r < 0)
		goto fail;
	c->meta.voter = c->voter;
	c->meta.slots = opts->slots;
	c->meta.app_len = (uint16_t)opts->app_meta_len;
	if (opts->app_meta_len > 0)
		memcpy(c->meta.app, opts->app_meta, opts->app_meta_len);
	r = new_cores(c, opts);
	if (r < 0)
		goto fail;
	*ret_c = c;
	return 0;

fail:
	jsl_cluster_free(c);
	return r;
}

void jsl_cluster_free(struct jsl_cluster *c)
{
	if (c == NULL)
		return;
	jsl_cluster__local_deinit(c);
	jsl_cluster__links_deinit(c);
	jsl_queue_worker_free(c->worker);
	jsl_queue_leader_free(c->queue_leader);
	jsl_queue_submitter_free(c->submitter);
	jsl_gossip_free(c->gossip);
	jsl_election_free(c->election);
	free(c->peers);
	free(c);
}

static void start(struct jsl_cluster *c)
{
	struct jsl_election_event election = {.type = JSL_ELECTION_EV_START};
	struct jsl_gossip_event gossip = {.type = JSL_GOSSIP_EV_START};

	assert(!c->started);
	c->started = true;
	c->all_heard_us += c->now_us;
	jsl_cluster__gossip(c, &gossip);
	for (size_t i = 0; i < c->n_peers; i++) {
		struct jsl_gossip_event seed = {.type = JSL_GOSSIP_EV_SEED,
						.addr = c->peers[i].addr};

		if (c->peers[i].id != c->self.id)
			jsl_cluster__gossip(c, &seed);
	}
	for (size_t i = 0; i < c->n_seeds; i++) {
		struct jsl_gossip_event seed = {.type = JSL_GOSSIP_EV_SEED,
						.addr = c->seeds[i]};

		jsl_cluster__gossip(c, &seed);
	}
	(void)jsl_cluster__elect(c, &election);
}

static void timer(struct jsl_cluster *c)
{
	struct jsl_election_event election = {.type = JSL_ELECTION_EV_TIMER};
	struct jsl_gossip_event gossip = {.type = JSL_GOSSIP_EV_TIMER};
	struct jsl_queue_event queue = {.type = JSL_QUEUE_EV_TIMER};

	if (jsl_election_deadline(c->election) <= c->now_us)
		(void)jsl_cluster__elect(c, &election);
	if (jsl_gossip_deadline(c->gossip) <= c->now_us)
		jsl_cluster__gossip(c, &gossip);
	if (jsl_queue_leader_deadline(c->queue_leader) <= c->now_us)
		(void)jsl_cluster__lead(c, &queue);
	if (c->worker != NULL && jsl_queue_worker_deadline(c->worker) <= c->now_us)
		(void)jsl_cluster__work(c, &queue);
	if (jsl_queue_submitter_deadline(c->submitter) <= c->now_us)
		(void)jsl_cluster__submit(c, &queue);
	jsl_cluster__links_timer(c);
	jsl_cluster__evidence_timer(c);
}

static int queue_event(struct jsl_cluster *c, const struct jsl_cluster_event *ev)
{
	struct jsl_queue_event queue = {.job = ev->job,
					.payload = ev->payload,
					.wait_us = ev->wait_us,
					.limit_us = ev->limit_us,
					.key = ev->key};

	switch (ev->type) {
	case JSL_CLUSTER_EV_SUBMIT:
		if (c->leaving)
			return -ESHUTDOWN;
		queue.type = JSL_QUEUE_EV_SUBMIT;
		return jsl_cluster__submit(c, &queue);
	case JSL_CLUSTER_EV_CANCEL:
		queue.type = JSL_QUEUE_EV_CANCEL;
		return jsl_cluster__submit(c, &queue);
	default:
		queue.type = ev->type == JSL_CLUSTER_EV_PROGRESS ? JSL_QUEUE_EV_PROGRESS
								 : JSL_QUEUE_EV_FINISHED;
		return c->worker != NULL ? jsl_cluster__work(c, &queue) : -EINVAL;
	}
}

static int transfer(struct jsl_cluster *c, uint64_t id)
{
	struct jsl_election_event ev = {.type = JSL_ELECTION_EV_TRANSFER, .id = id};

	if (c->leaving)
		return -ESHUTDOWN;
	return jsl_cluster__elect(c, &ev);
}

static int set_fit(struct jsl_cluster *c, bool fit)
{
	if (c->worker == NULL)
		return -EINVAL;
	c->unfit = !fit;
	return 0;
}

static int election_event(struct jsl_cluster *c, const struct jsl_election_message *m)
{
	struct jsl_election_event ev = {.type = JSL_ELECTION_EV_RECEIVE, .message = m};
	int r = jsl_cluster__elect(c, &ev);

	if (r == 0)
		jsl_cluster__heard(c, m);
	return r;
}

static int dispatch(struct jsl_cluster *c, const struct jsl_cluster_event *ev)
{
	struct jsl_gossip_event gossip = {.type = JSL_GOSSIP_EV_RECEIVE,
					  .message = ev->gossip};
	struct jsl_gossip_event forget = {.type = JSL_GOSSIP_EV_FORGET, .id = ev->id};

	switch (ev->type) {
	case JSL_CLUSTER_EV_START: start(c); break;
	case JSL_CLUSTER_EV_TIMER: timer(c); break;
	case JSL_CLUSTER_EV_ELECTION: return election_event(c, ev->election);
	case JSL_CLUSTER_EV_GOSSIP: return jsl_cluster__gossip(c, &gossip);
	case JSL_CLUSTER_EV_LINK_OPEN: jsl_cluster__link_open(c, ev->link); break;
	case JSL_CLUSTER_EV_LINK_HELLO:
		jsl_cluster__link_hello(c, ev->link, ev->hello);
		break;
	case JSL_CLUSTER_EV_LINK_QUEUE: return jsl_cluster__link_queue(c, ev->queue);
	case JSL_CLUSTER_EV_LINK_CLOSED:
		jsl_cluster__link_closed(c, ev->link, ev->close);
		break;
	case JSL_CLUSTER_EV_SUBMIT:
	case JSL_CLUSTER_EV_CANCEL:
	case JSL_CLUSTER_EV_PROGRESS:
	case JSL_CLUSTER_EV_FINISHED: return queue_event(c, ev);
	case JSL_CLUSTER_EV_TRANSFER: return transfer(c, ev->id);
	case JSL_CLUSTER_EV_FORGET: jsl_cluster__gossip(c, &forget); break;
	case JSL_CLUSTER_EV_FIT: return set_fit(c, ev->fit);
	case JSL_CLUSTER_EV_LEAVE: jsl_cluster__leave(c); break;
	}
	return 0;
}

/* Slots and metadata follow from what the step changed; local messages wait for its end.
 */
static void settle(struct jsl_cluster *c)
{
	jsl_cluster__settle_probes(c);
	jsl_cluster__settle_work(c);
	jsl_cluster__local_drain(c);
	jsl_cluster__settle_leave(c);
	jsl_cluster__local_drain(c);
	jsl_cluster__settle_members(c);
}

int jsl_cluster_step(struct jsl_cluster *c, const struct jsl_cluster_event *ev)
{
	int r = 0;

	assert(ev->now_us >= c->now_us);
	c->now_us = ev->now_us;
	if (!c->left) {
		r = dispatch(c, ev);
		settle(c);
	} else if (ev->type == JSL_CLUSTER_EV_SUBMIT ||
		   ev->type == JSL_CLUSTER_EV_TRANSFER) {
		r = -ESHUTDOWN;
	}
	if (c->left)
		jsl_cluster__linger(c);
	return r;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t jsl_cluster_deadline(const struct jsl_cluster *c)
{
	uint64_t at = jsl_election_deadline(c->election);

	if (c->left)
		return jsl_cluster__leave_deadline(c);
	at = earlier(at, jsl_gossip_deadline(c->gossip));
	at = earlier(at, jsl_queue_leader_deadline(c->queue_leader));
	at = earlier(at, jsl_queue_submitter_deadline(c->submitter));
	if (c->worker != NULL)
		at = earlier(at, jsl_queue_worker_deadline(c->worker));
	if (c->uplink.to.epoch != 0 && !c->uplink.up)
		at = earlier(at, c->uplink.deadline_us);
	at = earlier(at, c->evidence.again_us);
	at = earlier(at, c->publish_us);
	return earlier(at, jsl_cluster__leave_deadline(c));
}

uint64_t jsl_cluster_accept(struct jsl_cluster *c)
{
	return c->next_link++;
}
