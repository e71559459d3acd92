/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams and timers in virtual time; see gossip_net.h.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gossip_net.h"

void *net_must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

void net_hash(struct net *net, uint64_t x)
{
	net->hash = (net->hash ^ x) * UINT64_C(0x100000001b3);
}

/* ---- the heap ---- */

static bool before(const struct net_event *a, const struct net_event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void swap(struct net_event *a, struct net_event *b)
{
	struct net_event tmp = *a;

	*a = *b;
	*b = tmp;
}

static void push(struct net *net, uint64_t at_us, size_t node, struct net_packet *packet)
{
	size_t i = net->n_heap++;

	if (net->n_heap > net->cap_heap) {
		net->cap_heap = net->cap_heap == 0 ? 256 : net->cap_heap * 2;
		net->heap = net_must(
			realloc(net->heap, net->cap_heap * sizeof(net->heap[0])));
	}
	net->heap[i] = (struct net_event){
		.at_us = at_us, .order = net->n_events++, .node = node, .packet = packet};
	for (; i > 0 && before(&net->heap[i], &net->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&net->heap[i], &net->heap[(i - 1) / 2]);
}

static struct net_event pop(struct net *net)
{
	struct net_event top = net->heap[0];
	size_t i = 0;

	net->heap[0] = net->heap[--net->n_heap];
	for (;;) {
		size_t least = i;

		for (size_t kid = 2 * i + 1; kid <= 2 * i + 2; kid++)
			if (kid < net->n_heap &&
			    before(&net->heap[kid], &net->heap[least]))
				least = kid;
		if (least == i)
			return top;
		swap(&net->heap[i], &net->heap[least]);
		i = least;
	}
}

/* ---- links ---- */

static void drop(struct net_packet *p)
{
	if (--p->refs == 0)
		free(p);
}

static void deliver_later(struct net *net, size_t to, struct net_packet *p)
{
	uint64_t spread = net->delay_max_us - net->delay_min_us;

	p->refs++;
	push(net, net->now_us + net->delay_min_us + jsl_rng_below(&net->rng, spread + 1),
	     to, p);
}

/* Lost on the way, or on the bad link of either. */
uint32_t net_loss_pm(const struct net *net, size_t from, size_t to)
{
	uint64_t pass = 1000 - net->loss_pm;

	if (net->cut[from * net->n + to])
		return 1000;
	pass = pass * (1000 - net->nodes[from].loss_pm) / 1000;
	return (uint32_t)(1000 - pass * (1000 - net->nodes[to].loss_pm) / 1000);
}

void net_send(struct net *net, size_t from, size_t to, const void *data, size_t len,
	      size_t bytes)
{
	struct net_packet *p;

	assert(from < net->n && to < net->n);
	net->nodes[from].sent++;
	net->nodes[from].bytes += bytes;
	if (jsl_rng_below(&net->rng, 1000) < net_loss_pm(net, from, to))
		return;
	p = net_must(malloc(sizeof(*p) + len));
	*p = (struct net_packet){.from = from};
	memcpy(p->data, data, len);
	deliver_later(net, to, p);
	if (jsl_rng_below(&net->rng, 1000) < net->dup_pm)
		deliver_later(net, to, p);
}

void net_partition(struct net *net, const bool *side, bool cut)
{
	for (size_t i = 0; i < net->n; i++)
		for (size_t j = 0; j < net->n; j++)
			if (side[i] != side[j])
				net->cut[i * net->n + j] = cut;
}

void net_cut(struct net *net, size_t from, size_t to)
{
	net->cut[from * net->n + to] = true;
}

void net_mend(struct net *net)
{
	memset(net->cut, 0, net->n * net->n * sizeof(net->cut[0]));
}

/* ---- nodes ---- */

void net_wake(struct net *net, size_t node, uint64_t at_us)
{
	if (at_us < net->now_us)
		at_us = net->now_us;
	if (at_us != net->nodes[node].wake_us && at_us != UINT64_MAX)
		push(net, at_us, node, NULL);
	net->nodes[node].wake_us = at_us;
}

void net_pause(struct net *net, size_t i, uint64_t us)
{
	net->nodes[i].paused_us = net->now_us + us;
}

/* Whether @e has to wait for a node that stands still. */
static bool is_held_up(struct net *net, const struct net_event *e)
{
	struct net_node *node = &net->nodes[e->node];

	if (!node->up || node->paused_us <= e->at_us)
		return false;
	if (e->packet == NULL) {
		if (node->wake_us != e->at_us)
			return true;
		node->wake_us = node->paused_us;
	}
	push(net, node->paused_us, e->node, e->packet);
	return true;
}

static void take(struct net *net, const struct net_event *e)
{
	struct net_node *node = &net->nodes[e->node];

	net->now_us = e->at_us;
	if (is_held_up(net, e))
		return;
	if (e->packet != NULL) {
		net_hash(net, e->at_us ^ ((uint64_t)e->node << 48));
		if (node->up) {
			net->n_steps++;
			net->receive(net->arg, e->node, e->packet->from, e->packet->data);
		}
		drop(e->packet);
	} else if (node->up && node->wake_us == e->at_us) {
		net->n_steps++;
		node->wake_us = UINT64_MAX;
		net->timer(net->arg, e->node);
	}
}

void net_run(struct net *net, uint64_t until_us)
{
	while (net->n_heap > 0 && net->heap[0].at_us <= until_us) {
		struct net_event e = pop(net);

		take(net, &e);
	}
	net->now_us = until_us;
}

void net_init(struct net *net, size_t n, uint64_t seed)
{
	*net = (struct net){
		.n = n, .now_us = NET_SECOND, .delay_min_us = 200, .delay_max_us = 2000};
	jsl_rng_init(&net->rng, seed);
	net->nodes = net_must(calloc(n, sizeof(net->nodes[0])));
	net->cut = net_must(calloc(n * n, sizeof(net->cut[0])));
	for (size_t i = 0; i < n; i++)
		net->nodes[i].wake_us = UINT64_MAX;
}

void net_deinit(struct net *net)
{
	for (size_t i = 0; i < net->n_heap; i++)
		if (net->heap[i].packet != NULL)
			drop(net->heap[i].packet);
	free(net->heap);
	free(net->nodes);
	free(net->cut);
}
