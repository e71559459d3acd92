/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_CLUSTER_INT_H
#define JSL_CLUSTER_INT_H

/*
 * The inside of a cluster node. Rules that keep it free of surprises:
 *  - a core's update is applied before the core is stepped again;
 *  - gossip is stepped only from the top of jsl_cluster_step(), so that its
 *    changes may step the other cores;
 *  - what a step leaves to do (metadata, slots, local messages) is settled once,
 *    at its end.
 */

#include "base/map.h"
#include "cluster/cluster.h"
#include "cluster/meta.h"

/* The link between the queue's leader and the worker and submitter of one node. */
#define JSL_CLUSTER_LINK_LOCAL 1

/* A link to the leader that is not up by then is given up and tried again. */
#define JSL_CLUSTER_CONNECT_US UINT64_C(1000000)
/* Pause before a reconnect: doubles from the first to the last. */
#define JSL_CLUSTER_RETRY_MIN_US UINT64_C(20000)
#define JSL_CLUSTER_RETRY_MAX_US UINT64_C(500000)
/* How long a leaving worker waits for a leader to take its finished results. */
#define JSL_CLUSTER_LEAVE_US UINT64_C(1000000)

/* Joined observers that hear one heartbeat; the longest that they may believe it. */
#define JSL_CLUSTER_BEAT_MAX	   32
#define JSL_CLUSTER_OBSERVE_MAX_US UINT64_C(60000000)

/* Silent nodes looked at in one step; the queue asks again for the others. */
#define JSL_CLUSTER_PROBES_MAX 64

/* An incoming link: before and after its HELLO. */
struct jsl_cluster_link {
	struct jsl_map_node node;
	uint64_t id;
	bool up; /* the queue's leader knows it */
	struct jsl_queue_node peer;
};

/* The one outgoing link, to the leader. */
struct jsl_cluster_uplink {
	uint64_t id; /* 0: none */
	bool up;
	struct jsl_election_leader to;
	uint64_t begun_us;    /* when this connect began */
	uint64_t deadline_us; /* connect and HELLO by then, or connect again then */
	uint64_t retry_us;
};

/* A look at whether the leader's process is gone (R13). */
struct jsl_cluster_evidence {
	struct jsl_election_leader of;
	uint64_t link; /* 0: none */
	uint64_t begun_us;
	unsigned tries;	   /* that are left */
	uint64_t pause_us; /* before the next */
	uint64_t again_us; /* when it is; or when this one has taken too long */
};

struct jsl_cluster_local {
	bool to_leader;
	struct jsl_queue_message message; /* owns its payload and items */
};

struct jsl_cluster {
	const struct jsl_cluster_io *io;
	void *arg;
	struct jsl_queue_node self;
	struct jsl_addr addr;
	struct jsl_node_peer *peers;
	size_t n_peers;
	struct jsl_addr seeds[JSL_NODE_JOIN_MAX];
	size_t n_seeds;
	bool voter;
	uint32_t slots;
	uint64_t drain_us;
	enum jsl_node_trust trust;
	uint64_t now_us;
	bool started;
	/* Who was not heard of by then is dead: as long as gossip would take to say it.
	 */
	uint64_t all_heard_us;

	struct jsl_election *election;
	struct jsl_gossip *gossip;
	struct jsl_queue_submitter *submitter;
	struct jsl_queue_leader *queue_leader;
	struct jsl_queue_worker *worker; /* NULL: not a worker */

	enum jsl_election_role role;
	struct jsl_election_leader leader; /* of whom the owner knows the reign */
	struct jsl_election_leader floor;  /* as last told to the worker */
	uint64_t promised;		   /* likewise; it is on stable storage */
	bool leading;			   /* the queue's leader is active */
	uint32_t slots_now;
	bool unfit; /* its owner can run nothing now */
	bool wanted;

	struct jsl_map links; /* incoming */
	struct jsl_cluster_uplink uplink;
	struct jsl_cluster_evidence evidence;
	uint64_t next_link;

	struct jsl_cluster_local *local; /* a queue: [local_head, local_len) */
	size_t local_head, local_len, local_size;
	bool local_up;
	bool local_broken; /* a message was lost for want of memory: link again */

	/* Silent nodes that the queue's leader waits for, to be looked at (Q2). */
	struct jsl_queue_node probes[JSL_CLUSTER_PROBES_MAX];
	size_t n_probes;

	struct jsl_cluster_meta meta; /* as told to the others */
	uint64_t publish_us;	      /* its turn to tell of a change; MAX: none */
	bool members_changed;
	/* When the election last heard each of peers, and how long it may be silent. */
	uint64_t heard_us[JSL_NODE_PEERS_MAX];
	uint64_t silence_us;
	uint64_t app_hash;

	/* Asked to go; nothing but a farewell is left to say; said, and told the owner.
	 */
	bool leaving, left, gone;
	bool released;	      /* the lease, and the vote for the rest of this life (R9) */
	uint64_t leave_by_us; /* end of the drain */
	uint64_t results_by_us; /* give up on finished results; 0 = not waiting for them
				   alone */
};

/* elect.c */
/* Returns what jsl_election_step() returns, or why it refused the message. */
int jsl_cluster__elect(struct jsl_cluster *c, const struct jsl_election_event *ev);
bool jsl_cluster__same_reign(struct jsl_election_leader a, struct jsl_election_leader b);

/* evidence.c */
void jsl_cluster__look_for_leader(struct jsl_cluster *c);
/* A connect to the leader @of, begun then, was refused. */
void jsl_cluster__refused(struct jsl_cluster *c, struct jsl_election_leader of,
			  uint64_t begun_us);
void jsl_cluster__evidence_open(struct jsl_cluster *c);
void jsl_cluster__evidence_closed(struct jsl_cluster *c, enum jsl_cluster_close close);
void jsl_cluster__evidence_timer(struct jsl_cluster *c);

/* observers.c */
void jsl_cluster__tell_observers(struct jsl_cluster *c,
				 const struct jsl_election_message *m);

/* publish.c */
void jsl_cluster__publish(struct jsl_cluster *c);

/* members.c */
/* Returns 0, or why the message was refused. */
int jsl_cluster__gossip(struct jsl_cluster *c, const struct jsl_gossip_event *ev);
void jsl_cluster__tell_members(struct jsl_cluster *c);
void jsl_cluster__heard(struct jsl_cluster *c, const struct jsl_election_message *m);
void jsl_cluster__settle_probes(struct jsl_cluster *c);
void jsl_cluster__settle_members(struct jsl_cluster *c);
bool jsl_cluster__is_live(const struct jsl_gossip_entry *entry);
bool jsl_cluster__is_configured(const struct jsl_cluster *c, uint64_t id);
bool jsl_cluster__is_voter(const struct jsl_cluster *c, uint64_t id);
bool jsl_cluster__find(const struct jsl_cluster *c, uint64_t id,
		       struct jsl_addr *ret_addr);

/* work.c */
int jsl_cluster__lead(struct jsl_cluster *c, struct jsl_queue_event *ev);
int jsl_cluster__work(struct jsl_cluster *c, struct jsl_queue_event *ev);
int jsl_cluster__submit(struct jsl_cluster *c, struct jsl_queue_event *ev);
int jsl_cluster__from_leader(struct jsl_cluster *c, const struct jsl_queue_message *m);
void jsl_cluster__settle_work(struct jsl_cluster *c);

/* local.c */
void jsl_cluster__local_push(struct jsl_cluster *c, bool to_leader,
			     const struct jsl_queue_message *m);
void jsl_cluster__local_drain(struct jsl_cluster *c);
void jsl_cluster__local_set(struct jsl_cluster *c, bool up);
void jsl_cluster__local_deinit(struct jsl_cluster *c);

/* links.c */
void jsl_cluster__aim(struct jsl_cluster *c);
void jsl_cluster__uplink_down(struct jsl_cluster *c, bool goodbye);
void jsl_cluster__drop_links(struct jsl_cluster *c);
void jsl_cluster__link_open(struct jsl_cluster *c, uint64_t link);
void jsl_cluster__link_hello(struct jsl_cluster *c, uint64_t link,
			     const struct jsl_cluster_hello *hello);
int jsl_cluster__link_queue(struct jsl_cluster *c, const struct jsl_queue_message *m);
void jsl_cluster__link_closed(struct jsl_cluster *c, uint64_t link,
			      enum jsl_cluster_close close);
void jsl_cluster__links_timer(struct jsl_cluster *c);
void jsl_cluster__links_deinit(struct jsl_cluster *c);

/* leave.c */
void jsl_cluster__leave(struct jsl_cluster *c);
void jsl_cluster__settle_leave(struct jsl_cluster *c);
void jsl_cluster__linger(struct jsl_cluster *c);
uint64_t jsl_cluster__leave_deadline(const struct jsl_cluster *c);

#endif
