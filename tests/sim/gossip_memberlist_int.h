/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_GOSSIP_MEMBERLIST_INT_H
#define JSL_TESTS_GOSSIP_MEMBERLIST_INT_H

/*
 * The parts of the model: gossip_memberlist.c probes and gossips,
 * gossip_memberlist_state.c decides what is believed and what is told.
 */

#include "gossip_memberlist.h"

/* DefaultLANConfig */
#define ML_PROBE_INTERVAL     UINT64_C(1000000)
#define ML_PROBE_TIMEOUT      UINT64_C(500000)
#define ML_GOSSIP_INTERVAL    UINT64_C(200000)
#define ML_PUSH_PULL_INTERVAL UINT64_C(30000000)
#define ML_INDIRECT	      3
#define ML_GOSSIP_NODES	      3
#define ML_SUSPICION_MULT     4
#define ML_SUSPICION_MAX_MULT 6
#define ML_RETRANSMIT_MULT    4
#define ML_AWARENESS_MAX      7
#define ML_UDP_MAX	      1400

/* Bytes of each message, about, with names of eight characters and the metadata that
 * ours has in the same runs. */
#define ML_BYTES_PING  75
#define ML_BYTES_REQ   100
#define ML_BYTES_ACK   22
#define ML_BYTES_NACK  12
#define ML_BYTES_NEWS  47 /* suspect, dead; with its place in the compound */
#define ML_BYTES_ALIVE 134
#define ML_BYTES_TCP   200 /* a ping over TCP, both ways */

#define ML_NEWS_MAX   29 /* of the shortest in one datagram */
#define ML_RELAYS_MAX 64

enum ml_state { ML_ALIVE, ML_SUSPECT, ML_DEAD };

struct ml_news {
	uint32_t about, from;
	uint64_t incarnation;
	enum ml_state state;
};

enum ml_kind { ML_PING, ML_REQ, ML_ACK, ML_NACK, ML_GOSSIP };

struct ml_message {
	enum ml_kind kind;
	uint64_t seq;
	size_t target; /* REQ */
	size_t n_news;
	struct ml_news news[ML_NEWS_MAX];
};

struct ml_row {
	enum ml_state state;
	uint64_t incarnation;
	uint64_t since_us; /* of the suspicion */
	uint64_t until_us;
	uint32_t from[ML_SUSPICION_MULT]; /* the accuser and those who confirmed */
	uint32_t n_from, k;
};

struct ml_broadcast {
	struct ml_news news;
	uint32_t sent;
};

struct ml_probe {
	bool running, indirect, acked, tcp;
	size_t target;
	uint64_t seq, until_us, end_us;
	uint32_t expected, nacks;
};

struct ml_relay {
	uint64_t seq, origin_seq, nack_us; /* seq 0: free */
	size_t origin;
};

struct ml_node {
	struct ml_row *rows;
	uint32_t *order, *suspects;
	size_t n_order, next, n_suspects;
	uint32_t awareness;
	struct ml_probe probe;
	struct ml_relay relays[ML_RELAYS_MAX];
	uint64_t probe_us, gossip_us, push_us;
	struct ml_broadcast *queue;
	size_t n_queue, cap_queue;
};

struct ml {
	struct net net;
	size_t n;
	struct ml_node *nodes;
	uint64_t seq;
	void (*fn)(void *arg, size_t node, size_t about, bool failed);
	void *arg;
};

void ml_aware(struct ml_node *node, int delta);
void ml_believe(struct ml *ml, size_t i, const struct ml_news *news);
void ml_suspicions(struct ml *ml, size_t i);

/** Fill @m with what is to be told, into @bytes_max; returns the bytes. */
size_t ml_piggyback(struct ml *ml, size_t i, struct ml_message *m, size_t bytes_max);

#endif
