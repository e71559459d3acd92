/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_GOSSIP_NET_H
#define JSL_TESTS_GOSSIP_NET_H

/*
 * A network of datagrams and timers in virtual time, for whatever runs on its
 * nodes: ours (gossip_sim.h) or a model of another protocol (gossip_peer.h), under
 * the same faults. Loss, duplication, delay (and so reordering), one-way cuts, nodes
 * with bad links, nodes that stand still. Everything comes from one seed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

#define NET_SECOND UINT64_C(1000000)

struct net_node {
	bool up;
	uint32_t loss_pm;   /* per thousand, of what it sends and what it is sent */
	uint64_t wake_us;   /* the timer that counts; UINT64_MAX: none */
	uint64_t paused_us; /* stands still until then, clock and network do not */
	uint64_t sent;	    /* datagrams */
	uint64_t bytes;
};

struct net_packet {
	size_t from;
	size_t refs;
	char data[]; /* of the owner's making */
};

struct net_event {
	uint64_t at_us;
	uint64_t order; /* of creation: ties are not left to chance */
	size_t node;
	struct net_packet *packet; /* NULL: a timer */
};

struct net {
	uint64_t now_us;
	struct jsl_rng rng;
	size_t n;
	struct net_node *nodes;
	bool *cut;		  /* [from * n + to] */
	uint32_t loss_pm, dup_pm; /* per thousand */
	uint64_t delay_min_us, delay_max_us;
	uint64_t hash; /* over all that happened */
	uint64_t n_steps;
	struct net_event *heap;
	size_t n_heap, cap_heap;
	uint64_t n_events;
	/* What runs on the nodes. */
	void (*receive)(void *arg, size_t node, size_t from, const void *data);
	void (*timer)(void *arg, size_t node);
	void *arg;
};

/** @n nodes, all down; no loss, delays of 0.2 to 2 ms. */
void net_init(struct net *net, size_t n, uint64_t seed);
void net_deinit(struct net *net);

/** Send @len bytes at @data, which count as @bytes on the wire. */
void net_send(struct net *net, size_t from, size_t to, const void *data, size_t len,
	      size_t bytes);

/** The node's one timer; UINT64_MAX: none. */
void net_wake(struct net *net, size_t node, uint64_t at_us);

/** Node @i does nothing for @us; what comes meanwhile waits. */
void net_pause(struct net *net, size_t i, uint64_t us);

void net_run(struct net *net, uint64_t until_us);

/** Cut or mend all links between the halves in which @side differs. */
void net_partition(struct net *net, const bool *side, bool cut);
void net_cut(struct net *net, size_t from, size_t to);
void net_mend(struct net *net);

/** Of a datagram between the two, per thousand. */
uint32_t net_loss_pm(const struct net *net, size_t from, size_t to);

/** Mix @x into the hash. */
void net_hash(struct net *net, uint64_t x);

/** The memory at @p, or the end of the program. */
void *net_must(void *p);

#endif
