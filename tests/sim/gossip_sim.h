/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_GOSSIP_SIM_H
#define JSL_TESTS_GOSSIP_SIM_H

/*
 * Gossip cores on the network of gossip_net.h: nodes start, crash, stand still. After
 * every event the invariants of the node that took it are checked, its own
 * (jsl_gossip__check()) and those that only an outsider can see (gossip_rules.c). A
 * violation prints the seed and ends the program.
 */

#include <jsl/gossip.h>

#include "gossip_net.h"

#define SIM_SECOND NET_SECOND

/* The promise of G2 in a cluster without loss, in microseconds. */
#define SIM_HEAL_MAX (10 * SIM_SECOND)

/* What an outsider knows of one row of one table. */
struct sim_shadow {
	uint64_t boot, incarnation; /* highest seen there, in this life */
	uint64_t failed_boot, failed_inc;
	struct {
		enum jsl_gossip_state state; /* 0: not in the table */
		uint64_t boot;
		uint32_t meta_version;
		struct jsl_addr addr;
	} told; /* by the changes */
};

struct sim_node {
	struct jsl_gossip *g; /* NULL: down */
	uint64_t id;
	uint64_t boot;
	uint64_t incarnation; /* the last one of this boot */
	struct jsl_addr addr;
	uint64_t view;
	uint64_t second_us; /* when this second of sending began */
	uint64_t second_bytes, second_came;
	struct sim_shadow *rows; /* [n], by index */
};

struct sim {
	struct net net;
	uint64_t seed;
	size_t n;
	struct sim_node *nodes;
	bool trace;
	bool unchecked; /* figures only: the invariants cost too much in large clusters */
	uint64_t second_us, second_steps; /* when this second of steps began */
	/* Called for each change, after the step. */
	void (*on_change)(void *arg, size_t node, const struct jsl_gossip_change *c);
	void *arg;
};

/** @n nodes, all down, with ids 10, 20 … */
struct sim *sim_new(size_t n, uint64_t seed);
void sim_free(struct sim *sim);

/** Start node @i, in a higher boot, knowing of the addresses of nodes @a and @b. */
void sim_start(struct sim *sim, size_t i, size_t a, size_t b);

/** Node @i is no more. */
void sim_crash(struct sim *sim, size_t i);

/** Node @i does nothing for @us; what comes meanwhile waits. */
void sim_pause(struct sim *sim, size_t i, uint64_t us);

/** Give an event to node @i; its time is set here. */
void sim_give(struct sim *sim, size_t i, struct jsl_gossip_event ev);

void sim_run(struct sim *sim, uint64_t until_us);

/** Whether every node that runs knows all that run, as they are, and no others. */
bool sim_converged(const struct sim *sim);

/** The index of the node with @id. */
size_t sim_index(uint64_t id);

/** All of them up, joined, and at rest; @unchecked: see there. */
struct sim *sim_settled(size_t n, uint64_t seed, bool unchecked);

/* gossip_rules.c: what must hold after a step of node @i, and for each change. */
void sim_check_change(struct sim *sim, size_t i, const struct jsl_gossip_change *c);
void sim_check_step(struct sim *sim, size_t i, const struct jsl_gossip_update *up);

/*
 * gossip_stories.c: faults with a stated end, each a violation when it does not come.
 * Who was declared failed while it ran: healthy nodes, and those in trouble.
 */
struct wrong_counts {
	uint64_t of_well, of_sick;
};

void sim_stories(uint64_t seed);
uint64_t sim_heal(size_t n, uint64_t cut_s, uint64_t seed);
struct wrong_counts sim_starve(size_t n, size_t starved, uint64_t seconds, uint64_t seed);
struct wrong_counts sim_bad_links(size_t n, size_t bad, uint64_t seconds, uint64_t seed);

/** Print figures: healing, starved nodes, bad links. */
void sim_report(void);

/** Print figures beside memberlist's, for clusters of @sizes, as in "8,64". */
void sim_compare(const char *sizes);

/** Print a line if tracing. */
void sim_trace(struct sim *sim, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Print why and the seed, and end. */
_Noreturn void sim_violation(const struct sim *sim, size_t node, const char *what);

#endif
