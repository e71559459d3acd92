/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_NODE_INT_H
#define JSL_NODE_INT_H

/*
 * The inside of a node: lib/cluster on one side, lib/io on the other.
 *
 *	node.c     the object, its timer, jobs
 *	setup.c    from options to the cluster's
 *	world.c    struct jsl_cluster_io: what the cluster wants done
 *	datagram.c datagrams, out and in
 *	secret.c   the seal of datagrams and the keys of connections
 *	refuse.c   what is refused, by cause
 *	heard.c    the verbose log of what the others say
 *	links.c    connections, by the numbers that the cluster gives them
 *	later.c    what the owner is to be told, after the step
 *	view.c     what it can be asked
 */

#include <jsl/node.h>

#include "base/map.h"
#include "cluster/cluster.h"
#include "io/link.h"
#include "io/listener.h"
#include "io/record.h"
#include "io/timer.h"
#include "io/tls.h"
#include "io/udp.h"
#include "wire/datagram.h"
#include "wire/frame.h"
#include "wire/seal.h"

struct event;

#define JSL_NODE_ERRMSG_MAX 256
#define JSL_NODE_IDS	    16 /* made at once: so many come from one system call */

/* A connection of the cluster's. */
struct jsl_node_link {
	struct jsl_map_node node;
	struct jsl_node *owner;
	uint64_t id;
	struct jsl_io_link *link;
	bool closing;  /* the cluster has closed it: only what waits is still written */
	bool stranger; /* accepted, and has not said whose it is */
};

/* A job that was submitted here. */
struct jsl_node_job {
	struct jsl_map_node node;
	jsl_node_result_fn fn;
	jsl_node_progress_fn progress; /* may be NULL */
	void *arg;
};

enum jsl_node_later_type {
	JSL_NODE_LATER_ROLE = 1,
	JSL_NODE_LATER_LEADER,
	JSL_NODE_LATER_MEMBER,
	JSL_NODE_LATER_START,
	JSL_NODE_LATER_STOP,
	JSL_NODE_LATER_WANTED,
	JSL_NODE_LATER_RESULT,
	JSL_NODE_LATER_PROGRESS,
	JSL_NODE_LATER_LEFT
};

/* Something that the owner is to be told. */
struct jsl_node_later {
	enum jsl_node_later_type type;
	union {
		struct {
			enum jsl_election_role from, to;
		} role;
		struct jsl_election_leader leader;
		struct jsl_gossip_change *change; /* owned */
		struct jsl_queue_message
			message; /* START, STOP, RESULT, PROGRESS: owns its payload */
		bool wanted;
	};
};

/* What was refused, as the summary names it. */
enum jsl_node_what {
	JSL_NODE_WHAT_DATAGRAM,
	JSL_NODE_WHAT_LINK,
	JSL_NODE_WHAT_FRAME,
	JSL_NODE_WHATS
};

/* When a cause was last told, and what was not told since. */
struct jsl_node_said {
	uint64_t at_us, untold;
	bool loud; /* it was a warning */
};

/* What others can make this node say; each has its own limit. */
enum {
	JSL_NODE_RARE_SEND,
	JSL_NODE_RARE_ALARM,
	JSL_NODE_RARE_NOTE = JSL_NODE_RARE_ALARM + JSL_ELECTION_ALARM_STORAGE + 1,
	JSL_NODE_RARES = JSL_NODE_RARE_NOTE + JSL_QUEUE_NOTE_EARLY + 1
};

struct jsl_node {
	struct event_base *base;
	struct jsl_log log;
	struct jsl_node_callbacks callbacks;
	uint64_t id;
	struct jsl_addr addr;
	uint8_t tag[JSL_WIRE_CLUSTER_LEN];
	uint8_t config_hash[32];
	uint64_t voters[JSL_ELECTION_VOTERS_MAX + 1];
	size_t n_voters;

	struct jsl_cluster *cluster;
	uint64_t lease_end_us; /* of the own lease, as last logged */
	struct jsl_io_timer *timer;
	struct jsl_io_udp *udp;
	struct jsl_wire_keyring keys; /* until the seal has them */
	struct jsl_wire_seal *seal;   /* NULL: no secret, all in clear */
	struct jsl_io_tls *tls;	      /* likewise */
	struct jsl_io_listener *listener;
	struct jsl_io_record *record; /* NULL: keeps none */

	struct jsl_map links;
	struct jsl_map jobs;
	struct jsl_blob *empty;		       /* the payload of 0 bytes */
	struct jsl_queue_id ids[JSL_NODE_IDS]; /* random, for the jobs to come */
	size_t n_ids;

	struct jsl_node_later *later;
	size_t n_later, later_size;
	struct event *later_event;
	bool *freed; /* set while a callback runs: whether it freed the node */

	struct jsl_node_stats stats;
	struct jsl_node_said said[JSL_NODE_WHATS][JSL_NODE_CAUSES];
	uint64_t rare_us[JSL_NODE_RARES]; /* when it was last in the summary */
	int fatal_err;			  /* 0: it can go on */
	bool fatal_told;
	char fatal[JSL_NODE_ERRMSG_MAX]; /* one line */
};

extern const struct jsl_cluster_io jsl_node__world;

/** Feed the cluster and set the timer anew. */
int jsl_node__step(struct jsl_node *n, struct jsl_cluster_event *ev);

/** The level for what others make this node say: @level now and then, else verbose.
 * @rare: JSL_NODE_RARE_…, plus the kind of alarm or note. */
enum jsl_log_level jsl_node__rarely(struct jsl_node *n, unsigned int rare,
				    enum jsl_log_level level);

/* datagram.c */
void jsl_node__datagram_send(struct jsl_node *n, const struct jsl_addr *to,
			     struct jsl_wire_datagram *d);
void jsl_node__datagram_came(void *arg, const struct jsl_addr *from, const void *data,
			     size_t len);

/* secret.c */
int jsl_node__secrets_init(struct jsl_node *n, const struct jsl_node_opts *opts);

/** When the cluster's tag and the @boot are known; before anything is sent. */
int jsl_node__seal_init(struct jsl_node *n, uint64_t boot);
void jsl_node__secrets_deinit(struct jsl_node *n);

/* refuse.c */
enum jsl_node_cause jsl_node__cause_of(int err);
void jsl_node__refuse_datagram(struct jsl_node *n, enum jsl_node_cause cause,
			       const struct jsl_addr *from);
void jsl_node__refuse_link(struct jsl_node *n, enum jsl_node_cause cause,
			   const struct jsl_addr *from);
/** A message on a connection, which goes on. */
void jsl_node__refuse_frame(struct jsl_node *n, enum jsl_node_cause cause,
			    const struct jsl_addr *from);

/* heard.c */
void jsl_node__log_heard(struct jsl_node *n, const struct jsl_wire_datagram *d,
			 const struct jsl_addr *from);
/** When this node may act as leader; in the verbose log, exactly. */
void jsl_node__log_lease(struct jsl_node *n, uint64_t now_us);

/* setup.c */
int jsl_node__open_record(struct jsl_node *n, const struct jsl_node_opts *opts,
			  char *errmsg, size_t errmsg_size);
int jsl_node__new_cluster(struct jsl_node *n, const struct jsl_node_opts *opts);

/* links.c */
int jsl_node__listen(struct jsl_node *n, const struct jsl_addr *addr);
void jsl_node__connect(struct jsl_node *n, uint64_t id, const struct jsl_addr *to);
void jsl_node__send(struct jsl_node *n, uint64_t id, const struct jsl_wire_frame *frame);

/** Bytes that wait to be written on link @id. */
size_t jsl_node__pending(const struct jsl_node *n, uint64_t id);
void jsl_node__close(struct jsl_node *n, uint64_t id, bool goodbye);
/** Close those whose secret is gone; they are made anew and resumed (Q1, Q5). */
void jsl_node__links_revoke(struct jsl_node *n);
void jsl_node__links_deinit(struct jsl_node *n);

/* jobs.c */
void jsl_node__jobs_deinit(struct jsl_node *n);

/* later.c */
int jsl_node__later_init(struct jsl_node *n);
void jsl_node__later(struct jsl_node *n, struct jsl_node_later what);
void jsl_node__fatal(struct jsl_node *n, int err, const char *text);
void jsl_node__later_deinit(struct jsl_node *n);

#endif
