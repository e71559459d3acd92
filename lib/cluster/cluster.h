/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_CLUSTER_H
#define JSL_CLUSTER_H

/*
 * One node of a cluster: the three cores wired to each other. It decides what
 * an election means for the queue, what a failed member means for both, whom to
 * connect to, and how to leave. It is as pure as the cores: the world is behind
 * struct jsl_cluster_io, which lib/node implements with sockets and tests/sim
 * with a network in virtual time.
 *
 *	datagrams -> election --leader--> links --> queue leader | worker | submitter
 *	          -> gossip  --members-->
 */

#include <stdbool.h>

#include <jsl/election.h>
#include <jsl/gossip.h>
#include <jsl/log.h>
#include <jsl/node.h>
#include <jsl/queue.h>

struct jsl_cluster;

/** The first message in both directions on every link. */
struct jsl_cluster_hello {
	struct jsl_queue_node node;
	bool worker;
	bool submitter;
	bool leading; /* in the answer: the sender leads, and takes the link */
	struct jsl_election_leader leader; /* whom the sender follows or is */
};

enum jsl_cluster_close {
	JSL_CLUSTER_CLOSE_LOST = 1, /* ended, reset, timed out, broke the protocol */
	JSL_CLUSTER_CLOSE_REFUSED,  /* never came up: nobody listens there */
	JSL_CLUSTER_CLOSE_CLEAN	    /* the other side said goodbye */
};

/**
 * What the node wants done. Called from inside jsl_cluster_step(), in the order
 * in which it must be done; none may call back into the cluster. All pointers
 * are borrowed for the call, payloads included: take a reference to keep one.
 */
struct jsl_cluster_io {
	/* Make the record durable now. 0, or a negative error: then nothing that depends
	 * on it is sent. */
	int (*persist)(void *arg, const struct jsl_election_record *record);
	void (*send_election)(void *arg, const struct jsl_addr *to,
			      const struct jsl_election_message *message);
	void (*send_gossip)(void *arg, const struct jsl_gossip_message *message);
	/* Open a connection and report with LINK_OPEN or LINK_CLOSED. */
	void (*connect)(void *arg, uint64_t link, const struct jsl_addr *to);
	void (*send_hello)(void *arg, uint64_t link,
			   const struct jsl_cluster_hello *hello);
	void (*send_queue)(void *arg, const struct jsl_queue_message *message);
	/* Flush and close; the link is forgotten here, no LINK_CLOSED is wanted. */
	void (*close)(void *arg, uint64_t link, bool goodbye);
	/* Worker: run and stop jobs. */
	void (*start)(void *arg, const struct jsl_queue_message *job);
	void (*stop)(void *arg, struct jsl_queue_id job);
	void (*wanted)(void *arg, bool wanted);
	/* Submitter: a job ended. */
	void (*result)(void *arg, const struct jsl_queue_message *end);
	/* Submitter: its run says so. */
	void (*progress)(void *arg, const struct jsl_queue_message *word);
	/* News for the owner. */
	void (*role)(void *arg, enum jsl_election_role from, enum jsl_election_role to);
	void (*leader)(void *arg, struct jsl_election_leader leader); /* a new reign */
	void (*member)(void *arg, const struct jsl_gossip_change *change);
	void (*note)(void *arg, const struct jsl_queue_note *note);
	void (*alarm)(void *arg, enum jsl_election_alarm alarm, uint64_t id);
	void (*left)(void *arg);
};

enum jsl_cluster_event_type {
	JSL_CLUSTER_EV_START = 1,
	JSL_CLUSTER_EV_TIMER,
	JSL_CLUSTER_EV_ELECTION,    /* election: from a datagram */
	JSL_CLUSTER_EV_GOSSIP,	    /* gossip: from a datagram */
	JSL_CLUSTER_EV_LINK_OPEN,   /* link: a connect succeeded */
	JSL_CLUSTER_EV_LINK_HELLO,  /* link, hello */
	JSL_CLUSTER_EV_LINK_QUEUE,  /* link (in queue), queue */
	JSL_CLUSTER_EV_LINK_CLOSED, /* link, close */
	JSL_CLUSTER_EV_SUBMIT,	    /* job, payload, wait_us, limit_us, key */
	JSL_CLUSTER_EV_CANCEL,	    /* job */
	JSL_CLUSTER_EV_FINISHED,    /* job, payload */
	JSL_CLUSTER_EV_PROGRESS,    /* job, payload */
	JSL_CLUSTER_EV_TRANSFER,    /* id */
	JSL_CLUSTER_EV_FORGET,	    /* id: a dead member */
	JSL_CLUSTER_EV_FIT,	    /* fit: whether this worker can run anything */
	JSL_CLUSTER_EV_LEAVE
};

struct jsl_cluster_event {
	enum jsl_cluster_event_type type;
	uint64_t now_us;
	const struct jsl_election_message *election;
	const struct jsl_gossip_message *gossip;
	const struct jsl_queue_message *queue;
	const struct jsl_cluster_hello *hello;
	uint64_t link;
	uint64_t id;
	bool fit;
	enum jsl_cluster_close close;
	struct jsl_queue_id job;
	struct jsl_blob *payload;
	uint64_t wait_us;
	uint64_t limit_us;	 /* 0: none */
	struct jsl_queue_id key; /* all zero: none */
};

struct jsl_cluster_opts {
	const struct jsl_cluster_io *io; /* borrowed; outlives the cluster */
	void *arg;			 /* for io */
	struct jsl_queue_node self;
	struct jsl_addr addr;
	const struct jsl_node_peer *peers; /* copied */
	size_t n_peers;
	const struct jsl_addr *seeds; /* copied: where others may be found, too */
	size_t n_seeds;
	const void *app_meta; /* copied */
	size_t app_meta_len;
	uint32_t slots; /* 0: not a worker */
	uint64_t drain_us;
	enum jsl_node_trust trust_refused; /* R13 */
	uint64_t seed;
	/* The cores' own; ids, seeds and addresses in them are filled in here. */
	struct jsl_election_opts election;
	struct jsl_gossip_opts gossip;
	struct jsl_queue_submitter_opts submitter;
	struct jsl_queue_leader_opts leader;
	struct jsl_queue_worker_opts worker;
};

/** Returns 0; what the cores' constructors return; -ENOMEM. */
int jsl_cluster_new(struct jsl_cluster **ret_c, const struct jsl_cluster_opts *opts);
void jsl_cluster_free(struct jsl_cluster *c);

/**
 * Feed one event.
 *
 * Returns 0; for SUBMIT what jsl_queue_submitter_step() returns, or -ESHUTDOWN when
 * the node leaves; for TRANSFER what jsl_election_step() returns; for FIT -EINVAL when
 * this is no worker; for ELECTION and
 * GOSSIP why the message, or a part of it, was refused, as the cores' updates have it;
 * for LINK_QUEUE a negative error: the other side broke the protocol, and the link was
 * closed.
 */
int jsl_cluster_step(struct jsl_cluster *c, const struct jsl_cluster_event *ev);

/** When to step with a TIMER event. */
uint64_t jsl_cluster_deadline(const struct jsl_cluster *c);

/** A number for a connection that the caller has accepted. */
uint64_t jsl_cluster_accept(struct jsl_cluster *c);

/** See jsl/node.h for these. */
enum jsl_election_role jsl_cluster_role(const struct jsl_cluster *c);
struct jsl_election_leader jsl_cluster_leader(const struct jsl_cluster *c,
					      uint64_t now_us);
bool jsl_cluster_is_leader(const struct jsl_cluster *c, uint64_t now_us,
			   struct jsl_election_leader *ret_token);
/** Until when it may act as leader; 0 when it does not lead. */
uint64_t jsl_cluster_lease_end(const struct jsl_cluster *c);
size_t jsl_cluster_infos(const struct jsl_cluster *c, uint64_t now_us,
			 struct jsl_node_info *infos, size_t max);
bool jsl_cluster_ready(const struct jsl_cluster *c, uint64_t now_us);
uint64_t jsl_cluster_app_hash(const struct jsl_cluster *c);

/** The cores, for metrics and checkers. Borrowed. */
const struct jsl_election *jsl_cluster_election(const struct jsl_cluster *c);
const struct jsl_gossip *jsl_cluster_gossip(const struct jsl_cluster *c);
const struct jsl_queue_leader *jsl_cluster_queue_leader(const struct jsl_cluster *c);
const struct jsl_queue_worker *jsl_cluster_queue_worker(const struct jsl_cluster *c);
const struct jsl_queue_submitter *
jsl_cluster_queue_submitter(const struct jsl_cluster *c);

#endif
