/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a memberlist node does: probes, answers, gossips, exchanges its state; see
 * gossip_memberlist.h.
 */

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "gossip_memberlist_int.h"

/* Above so many nodes they exchange their state more rarely. */
#define PUSH_PULL_SCALE 32

static void send(struct ml *ml, size_t i, size_t to, struct ml_message *m, size_t bytes)
{
	bytes += ml_piggyback(ml, i, m, ML_UDP_MAX - bytes);
	net_send(&ml->net, i, to, m,
		 offsetof(struct ml_message, news) + m->n_news * sizeof(m->news[0]),
		 bytes);
}

/* ---- probes ---- */

static void shuffle(struct ml *ml, struct ml_node *node)
{
	for (size_t k = node->n_order; k > 1; k--) {
		size_t j = jsl_rng_below(&ml->net.rng, k);
		uint32_t other = node->order[k - 1];

		node->order[k - 1] = node->order[j];
		node->order[j] = other;
	}
	node->next = 0;
}

static void ping(struct ml *ml, size_t i, size_t target)
{
	struct ml_node *node = &ml->nodes[i];
	const struct ml_row *row = &node->rows[target];
	struct ml_message m = {.kind = ML_PING, .seq = ++ml->seq};
	size_t bytes = ML_BYTES_PING;

	node->probe = (struct ml_probe){
		.running = true,
		.target = target,
		.seq = m.seq,
		.until_us = ml->net.now_us + ML_PROBE_TIMEOUT,
		.end_us = ml->net.now_us + ML_PROBE_INTERVAL * (1 + node->awareness)};
	/* A suspect hears of it ("buddy system"). */
	if (row->state == ML_SUSPECT) {
		m.news[m.n_news++] = (struct ml_news){.about = (uint32_t)target,
						      .from = (uint32_t)i,
						      .incarnation = row->incarnation,
						      .state = ML_SUSPECT};
		bytes += ML_BYTES_NEWS;
	}
	send(ml, i, target, &m, bytes);
}

static void probe_next(struct ml *ml, size_t i)
{
	struct ml_node *node = &ml->nodes[i];

	for (size_t tries = 0; tries <= node->n_order; tries++) {
		if (node->next == node->n_order)
			shuffle(ml, node);
		if (node->rows[node->order[node->next++]].state != ML_DEAD) {
			ping(ml, i, node->order[node->next - 1]);
			return;
		}
	}
}

/*
 * A ping over TCP in what is left of the interval, half a second: the handshake must
 * pass at once (its resend comes after a second), the data may be sent twice.
 */
static bool tcp_ping(struct ml *ml, size_t i, size_t target)
{
	const struct net_node *to = &ml->net.nodes[target];
	double pass = (1 - net_loss_pm(&ml->net, i, target) / 1000.0) *
		      (1 - net_loss_pm(&ml->net, target, i) / 1000.0);
	double twice = 1 - (1 - pass) * (1 - pass);

	ml->net.nodes[i].bytes += ML_BYTES_TCP / 2;
	if (!to->up || to->paused_us > ml->net.now_us + ML_PROBE_TIMEOUT)
		return false;
	ml->net.nodes[target].bytes += ML_BYTES_TCP / 2;
	return (double)jsl_rng_below(&ml->net.rng, 1000000) < pass * twice * 1e6;
}

/* Up to @max that are alive, other than @i and @not, at random. */
static size_t pick(struct ml *ml, size_t i, size_t not, size_t *picked, size_t max)
{
	size_t n = 0;

	for (size_t tries = 0; tries < 3 * ml->n && n < max; tries++) {
		size_t k = jsl_rng_below(&ml->net.rng, ml->n), seen = 0;

		while (seen < n && picked[seen] != k)
			seen++;
		if (seen == n && k != i &&
		    k != not &&ml->nodes[i].rows[k].state == ML_ALIVE)
			picked[n++] = k;
	}
	return n;
}

static void go_indirect(struct ml *ml, size_t i)
{
	struct ml_probe *p = &ml->nodes[i].probe;
	size_t others[ML_INDIRECT];

	p->indirect = true;
	p->until_us = p->end_us;
	p->expected = (uint32_t)pick(ml, i, p->target, others, ML_INDIRECT);
	for (size_t k = 0; k < p->expected; k++) {
		struct ml_message m = {
			.kind = ML_REQ, .seq = p->seq, .target = p->target};

		send(ml, i, others[k], &m, ML_BYTES_REQ);
	}
	p->tcp = tcp_ping(ml, i, p->target);
}

static void probe_fails(struct ml *ml, size_t i)
{
	struct ml_node *node = &ml->nodes[i];
	struct ml_probe *p = &node->probe;
	struct ml_news news = {.about = (uint32_t)p->target,
			       .from = (uint32_t)i,
			       .incarnation = node->rows[p->target].incarnation,
			       .state = ML_SUSPECT};

	p->running = false;
	if (p->tcp) {
		ml_aware(node, -1);
		return;
	}
	ml_aware(node, p->expected > 0 ? (int)(p->expected - p->nacks) : 1);
	ml_believe(ml, i, &news);
}

static void probe_timer(struct ml *ml, size_t i)
{
	struct ml_node *node = &ml->nodes[i];
	struct ml_probe *p = &node->probe;
	uint64_t now_us = ml->net.now_us;

	if (p->running && p->until_us <= now_us) {
		if (!p->indirect)
			go_indirect(ml, i);
		else
			probe_fails(ml, i);
	}
	if (node->probe_us > now_us)
		return;
	node->probe_us += ML_PROBE_INTERVAL;
	if (node->probe_us <= now_us)
		node->probe_us = now_us + ML_PROBE_INTERVAL;
	if (!p->running) /* a tick that comes while it probes is dropped */
		probe_next(ml, i);
}

/* ---- gossip, and the exchange of all state ---- */

static void gossip(struct ml *ml, size_t i)
{
	struct ml_node *node = &ml->nodes[i];
	size_t others[ML_GOSSIP_NODES];
	size_t n;

	node->gossip_us = ml->net.now_us + ML_GOSSIP_INTERVAL;
	n = node->n_queue > 0 ? pick(ml, i, i, others, ML_GOSSIP_NODES) : 0;
	for (size_t k = 0; k < n && node->n_queue > 0; k++) {
		struct ml_message m = {.kind = ML_GOSSIP};

		send(ml, i, others[k], &m, 2);
	}
}

/* Of one node into another; the word "dead" is taken as "suspect". */
static void merge(struct ml *ml, size_t i, size_t from)
{
	for (size_t k = 0; k < ml->n; k++) {
		const struct ml_row *row = &ml->nodes[from].rows[k];
		struct ml_news news = {.about = (uint32_t)k,
				       .from = (uint32_t)from,
				       .incarnation = row->incarnation,
				       .state = row->state == ML_ALIVE ? ML_ALIVE
								       : ML_SUSPECT};

		ml_believe(ml, i, &news);
	}
	ml->net.nodes[from].bytes += ml->n * ML_BYTES_ALIVE;
}

static void push_pull(struct ml *ml, size_t i)
{
	double scale = ml->n > PUSH_PULL_SCALE
			       ? ceil(log2((double)ml->n) - log2(PUSH_PULL_SCALE)) + 1
			       : 1;
	size_t other;

	ml->nodes[i].push_us =
		ml->net.now_us + (uint64_t)(scale * (double)ML_PUSH_PULL_INTERVAL);
	if (pick(ml, i, i, &other, 1) == 0 || !ml->net.nodes[other].up ||
	    ml->net.nodes[other].paused_us > ml->net.now_us ||
	    net_loss_pm(&ml->net, i, other) == 1000)
		return;
	merge(ml, i, other);
	merge(ml, other, i);
}

/* ---- messages ---- */

static void relay(struct ml *ml, size_t i, size_t from, const struct ml_message *req)
{
	struct ml_message m = {.kind = ML_PING, .seq = ++ml->seq};

	for (size_t r = 0; r < ML_RELAYS_MAX; r++) {
		struct ml_relay *it = &ml->nodes[i].relays[r];

		if (it->seq != 0)
			continue;
		*it = (struct ml_relay){.seq = m.seq,
					.origin_seq = req->seq,
					.origin = from,
					.nack_us = ml->net.now_us + ML_PROBE_TIMEOUT};
		send(ml, i, req->target, &m, ML_BYTES_PING);
		return;
	}
}

static void report(struct ml *ml, size_t i, struct ml_relay *it, enum ml_kind kind)
{
	struct ml_message m = {.kind = kind, .seq = it->origin_seq};

	it->seq = 0;
	send(ml, i, it->origin, &m, kind == ML_ACK ? ML_BYTES_ACK : ML_BYTES_NACK);
}

static void on_ack(struct ml *ml, size_t i, uint64_t seq)
{
	struct ml_node *node = &ml->nodes[i];

	if (node->probe.running && node->probe.seq == seq) {
		node->probe.running = false;
		ml_aware(node, -1);
		return;
	}
	for (size_t r = 0; r < ML_RELAYS_MAX; r++)
		if (node->relays[r].seq == seq && seq != 0)
			report(ml, i, &node->relays[r], ML_ACK);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void set_wake(struct ml *ml, size_t i)
{
	const struct ml_node *node = &ml->nodes[i];
	uint64_t at = earlier(node->probe_us, node->push_us);

	if (node->n_queue > 0)
		at = earlier(at, node->gossip_us);
	if (node->probe.running)
		at = earlier(at, node->probe.until_us);
	for (size_t r = 0; r < ML_RELAYS_MAX; r++)
		if (node->relays[r].seq != 0)
			at = earlier(at, node->relays[r].nack_us);
	for (size_t s = 0; s < node->n_suspects; s++)
		at = earlier(at, node->rows[node->suspects[s]].until_us);
	net_wake(&ml->net, i, at);
}

static void receive(void *arg, size_t i, size_t from, const void *data)
{
	const struct ml_message *m = data;
	struct ml_message ack = {.kind = ML_ACK, .seq = m->seq};
	struct ml *ml = arg;

	for (size_t k = 0; k < m->n_news; k++)
		ml_believe(ml, i, &m->news[k]);
	switch (m->kind) {
	case ML_PING: send(ml, i, from, &ack, ML_BYTES_ACK); break;
	case ML_REQ: relay(ml, i, from, m); break;
	case ML_ACK: on_ack(ml, i, m->seq); break;
	case ML_NACK:
		if (ml->nodes[i].probe.running && ml->nodes[i].probe.seq == m->seq)
			ml->nodes[i].probe.nacks++;
		break;
	case ML_GOSSIP: break;
	}
	set_wake(ml, i);
}

static void timer(void *arg, size_t i)
{
	struct ml *ml = arg;
	struct ml_node *node = &ml->nodes[i];

	probe_timer(ml, i);
	for (size_t r = 0; r < ML_RELAYS_MAX; r++)
		if (node->relays[r].seq != 0 && node->relays[r].nack_us <= ml->net.now_us)
			report(ml, i, &node->relays[r], ML_NACK);
	ml_suspicions(ml, i);
	if (node->gossip_us <= ml->net.now_us)
		gossip(ml, i);
	if (node->push_us <= ml->net.now_us)
		push_pull(ml, i);
	set_wake(ml, i);
}

/* ---- the whole ---- */

static void init_node(struct ml *ml, size_t i)
{
	struct ml_node *node = &ml->nodes[i];

	node->rows = net_must(calloc(ml->n, sizeof(node->rows[0])));
	node->order = net_must(calloc(ml->n, sizeof(node->order[0])));
	node->suspects = net_must(calloc(ml->n, sizeof(node->suspects[0])));
	for (size_t k = 0; k < ml->n; k++) {
		node->rows[k].incarnation = 1;
		if (k != i)
			node->order[node->n_order++] = (uint32_t)k;
	}
	shuffle(ml, node);
	node->probe_us = ml->net.now_us + jsl_rng_below(&ml->net.rng, ML_PROBE_INTERVAL);
	node->gossip_us =
		ml->net.now_us + jsl_rng_below(&ml->net.rng, ML_GOSSIP_INTERVAL);
	node->push_us =
		ml->net.now_us + jsl_rng_below(&ml->net.rng, ML_PUSH_PULL_INTERVAL);
	ml->net.nodes[i].up = true;
	set_wake(ml, i);
}

struct ml *ml_new(size_t n, uint64_t seed)
{
	struct ml *ml = net_must(calloc(1, sizeof(*ml)));

	net_init(&ml->net, n, seed);
	ml->net.receive = receive;
	ml->net.timer = timer;
	ml->net.arg = ml;
	ml->n = n;
	ml->nodes = net_must(calloc(n, sizeof(ml->nodes[0])));
	for (size_t i = 0; i < n; i++)
		init_node(ml, i);
	return ml;
}

void ml_free(struct ml *ml)
{
	for (size_t i = 0; i < ml->n; i++) {
		free(ml->nodes[i].rows);
		free(ml->nodes[i].order);
		free(ml->nodes[i].suspects);
		free(ml->nodes[i].queue);
	}
	free(ml->nodes);
	net_deinit(&ml->net);
	free(ml);
}

struct net *ml_net(struct ml *ml)
{
	return &ml->net;
}

void ml_crash(struct ml *ml, size_t i)
{
	ml->net.nodes[i].up = false;
}

void ml_watch(struct ml *ml,
	      void (*fn)(void *arg, size_t node, size_t about, bool failed), void *arg)
{
	ml->fn = fn;
	ml->arg = arg;
}
