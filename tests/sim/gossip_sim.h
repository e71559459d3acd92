/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_GOSSIP_SIM_H
#define JSL_TESTS_GOSSIP_SIM_H

/*
 * Gossip cores in virtual time: a heap of events, links with loss, delay,
 * duplication and one-way cuts, nodes that crash and start again. Everything
 * comes from one seed. After each step the invariants of the node are checked,
 * and those that only an outsider can see: a triple that failed at a node does
 * not live there again, changes are numbered without gaps, and nobody but its
 * owner makes an incarnation, nor do the nodes talk without end. A violation prints the
 * seed and aborts.
 */

#include <stdbool.h>

#include <jsl/gossip.h>

#include "base/rng.h"

#define SIM_NODES_MAX 128
#define SIM_SECOND    UINT64_C(1000000)

/* Steps of a node in one second, on average, that are no more an honest talk. */
#define SIM_STORM 1500

/* The promise of G2 in a cluster without loss, in microseconds. */
#define SIM_HEAL_MAX (10 * SIM_SECOND)

struct sim_node {
	struct jsl_gossip *g; /* NULL: down */
	uint64_t id;
	uint64_t boot;
	struct jsl_addr addr;
	uint64_t wake_us;   /* the timer that counts */
	uint64_t paused_us; /* stands still until then, clock and network do not */
	uint64_t view;
	uint64_t sent; /* datagrams */
	uint64_t bytes;
	struct {
		uint64_t boot, incarnation;
	} failed[SIM_NODES_MAX]; /* what was declared here, in this life */
};

struct sim_event {
	uint64_t at_us;
	uint64_t order; /* of creation: ties are not left to chance */
	size_t node;
	struct sim_packet *packet; /* NULL: a timer */
};

struct sim {
	uint64_t seed;
	uint64_t now_us;
	struct jsl_rng rng;
	size_t n;
	struct sim_node nodes[SIM_NODES_MAX];
	bool cut[SIM_NODES_MAX][SIM_NODES_MAX]; /* [from][to] */
	uint32_t loss_pm, dup_pm;		/* per thousand */
	uint64_t delay_min_us, delay_max_us;
	bool trace;
	uint64_t hash; /* over all that happened */
	uint64_t n_steps;
	uint64_t second_us, second_steps; /* when this second of steps began */
	uint64_t n_events;
	struct sim_event *heap;
	size_t n_heap, cap_heap;
	/* Called for each change, after the step. */
	void (*on_change)(struct sim *sim, size_t node,
			  const struct jsl_gossip_change *c);
	void *arg;
};

/** @n nodes, all down, with ids 10, 20 …; no loss, delays of 0.2 to 2 ms. */
void sim_init(struct sim *sim, size_t n, uint64_t seed);
void sim_deinit(struct sim *sim);

/** Start node @i, in a higher boot, knowing of the addresses of nodes @a and @b. */
void sim_start(struct sim *sim, size_t i, size_t a, size_t b);

/** Node @i is no more. */
void sim_crash(struct sim *sim, size_t i);

/** Node @i does nothing for @us; what comes meanwhile waits. */
void sim_pause(struct sim *sim, size_t i, uint64_t us);

/** Give an event to node @i; its time is set here. */
void sim_give(struct sim *sim, size_t i, struct jsl_gossip_event ev);

void sim_run(struct sim *sim, uint64_t until_us);

/** Cut or mend all links between the halves in which @side differs. */
void sim_partition(struct sim *sim, const bool *side, bool cut);

/** Whether every node that runs knows all that run, as they are, and no others. */
bool sim_converged(const struct sim *sim);

/** The index of the node with @id. */
size_t sim_index(uint64_t id);

/**
 * Cut @n nodes into halves for @cut_s seconds. Returns how long after the mending
 * all knew all again, which is a violation when it exceeds SIM_HEAL_MAX.
 */
uint64_t sim_heal(size_t n, uint64_t cut_s, uint64_t seed);

/** Print the figures: detection, false positives, load, healing. */
void sim_report(void);

/** Print a line if tracing. */
void sim_trace(struct sim *sim, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Print why and the seed, and abort. */
_Noreturn void sim_violation(const struct sim *sim, size_t node, const char *what);

#endif
