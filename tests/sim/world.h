/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_SIM_WORLD_H
#define JSL_TESTS_SIM_WORLD_H

/*
 * A whole cluster in one process and in virtual time: the nodes are the real
 * lib/cluster, everything around them is made here from one seed. The same seed
 * gives the same run, to the last event.
 *
 *	world.c    nodes: clocks, timers, crashes, pauses, slowness
 *	events.c   what is going to happen
 *	net.c      datagrams: delay, loss, duplication, cuts; disks
 *	conn.c     connections: order, stalls, resets
 *	history.c  jobs: what was submitted, ran and was answered
 *	reruns.c   why a job may run again, and jobs of one key apart
 *	rules.c    the invariants of the election and of each node
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/rng.h"
#include "cluster/cluster.h"

#define WORLD_NODES_MAX 16
#define WORLD_JOBS_MAX	512
#define WORLD_CONNS_MAX 512
#define WORLD_RUNS_MAX	(WORLD_JOBS_MAX * 8)
#define WORLD_NONE	SIZE_MAX
#define MS(n)		((uint64_t)(n)*1000)

/* A dead connection that nobody resets is noticed by its keepalive. */
#define WORLD_KEEPALIVE_US MS(3000)
/* Whoever is away from the leader for longer is as good as gone (Q3, Q6). */
#define WORLD_RESUME_US MS(2000)
/* Whom a process has never heard of is dead to it when it is older than this. */
#define WORLD_UNHEARD_US MS(3000)

enum world_what {
	WORLD_WAKE,	/* a node's timer */
	WORLD_DATAGRAM, /* data: struct world_datagram */
	WORLD_CONNECT,	/* index: connection; a SYN arrives */
	WORLD_REFUSED,	/* index: connection; a RST comes back to the initiator */
	WORLD_STREAM,	/* index: connection, side: deliver the next frame */
	WORLD_EXPIRE, /* index: connection; its keepalive runs out, if it is still cut */
	WORLD_DONE,   /* index: execution; a run is over */
	WORLD_WORD,   /* likewise; it says how it goes on */
	WORLD_CALL    /* data: a function of the scenario */
};

struct world;
typedef void (*world_fn)(struct world *w);

struct world_event {
	uint64_t at, seq;
	enum world_what what;
	int node;      /* whose event; -1: the world's */
	uint64_t life; /* void when that node has another life by then; 0: never */
	size_t index;
	uint64_t serial; /* of the connection */
	int side;
	void *data; /* owned */
	world_fn fn;
};

struct world_frame {
	struct jsl_list link;
	uint64_t sent;
	enum { FRAME_HELLO, FRAME_QUEUE, FRAME_CLOSE } kind;
	enum jsl_cluster_close close;
	struct jsl_cluster_hello hello;
	struct jsl_queue_message queue; /* owns payload and items */
};

/* Side 0 connected to side 1. */
struct world_conn {
	bool used;
	uint64_t serial; /* which of all there were: places are used again */
	uint64_t since;
	int node[2];
	uint64_t life[2];
	uint64_t link[2];	   /* 0: not there (yet, or any more) */
	bool greeted;		   /* side 1 leads, and has heard who is there */
	struct jsl_list frames[2]; /* towards side i */
	bool moving[2];		   /* a WORLD_STREAM is on its way */
};

struct world_node {
	uint64_t id;
	struct jsl_cluster *cluster; /* NULL: down */
	uint64_t life;		     /* boots so far */
	uint64_t started_at;	     /* by its clock */
	bool voter;
	uint32_t slots;
	int32_t rate_ppm; /* of its clock */
	uint64_t clock_offset;
	uint64_t wake_at;
	uint64_t paused_until;
	uint64_t slow_us;     /* it takes up to this for each event */
	uint64_t starved_us;  /* so long it may wait for its next turn */
	uint64_t weary_until; /* until then it is slow or starved */
	uint64_t turn_until;
	bool deaf;	/* to datagrams: only connections reach it */
	bool disk_full; /* nothing can be persisted in this life any more */
	bool dying;	/* while it writes its record: it says nothing any more */
	bool has_record;
	struct jsl_election_record record; /* its disk */
	bool stopping, left;
	uint64_t excused_at; /* last gave reason to run its jobs again, or to drop them */
	/* As a leader, by its clock: since when each is without a link; 0: it has one. */
	uint64_t away_since[WORLD_NODES_MAX];
	uint64_t last_epoch; /* of an assignment it took, a voter in any life (I3) */
	unsigned leaders;    /* told to its owner */
};

struct world_run {
	size_t job, before; /* the job's run before this one, or WORLD_NONE */
	int node;
	uint64_t life;
	uint64_t ordered_at;		   /* when the order was sent */
	struct jsl_election_leader leader; /* that gave it, or has adopted it */
	uint64_t known_at;		   /* to that leader */
	bool stopped, ended;
	bool surplus; /* given up by the leader: another is no surprise */
};

struct world_job {
	struct jsl_queue_id id;
	int gateway;
	uint64_t gateway_life;
	size_t key, content; /* jobs whose ids those are; key may be WORLD_NONE */
	uint64_t limit_us;   /* 0: none; else its runs may hang */
	uint64_t wait_us;
	bool cancelled;
	unsigned runs, results, words;
	size_t last_run;
	enum jsl_queue_outcome outcome;
	uint32_t attempt;
};

struct world {
	struct jsl_rng rng;
	uint64_t now, seq;
	struct world_event *heap;
	size_t heap_len, heap_size;
	struct world_node nodes[WORLD_NODES_MAX];
	int n_nodes, n_peers, n_voters; /* voters, then other workers, then gateways */
	uint64_t voters[WORLD_NODES_MAX];
	struct jsl_node_peer peers[WORLD_NODES_MAX];

	/* the network */
	uint64_t n_conns; /* so far */
	struct world_conn conns[WORLD_CONNS_MAX];
	bool cut[WORLD_NODES_MAX][WORLD_NODES_MAX]; /* [from][to] */
	struct {
		uint64_t delay_us; /* more than the others */
		uint32_t loss_ppm;
	} links[WORLD_NODES_MAX][WORLD_NODES_MAX];
	uint32_t loss_ppm, dup_ppm, late_ppm; /* of datagrams; late: by up to late_us */
	uint64_t late_us;
	uint32_t again_ppm; /* messages said twice on a connection that is new */
	uint64_t delay_min, delay_max;
	unsigned connects;
	uint64_t frame_sent; /* when what is delivered now was sent; 0: nothing is */

	/* the nodes */
	bool clocks_in_bound; /* of rho: without it I4 is not promised */
	uint64_t timer_late_us;
	uint64_t silence_us; /* Q13 */
	uint32_t torn_ppm;   /* of writes in which the node dies, written or not */
	bool turns_unfit;    /* workers say that they are unfit, or fit again (Q12) */
	uint32_t losers;     /* voters that may lose their records (R12): a minority */
	enum jsl_node_trust trust;

	/* the history */
	uint64_t hangs_in; /* one in so many runs of a job with a limit hangs; 0: none */
	struct world_job jobs[WORLD_JOBS_MAX];
	size_t n_jobs;
	struct world_run runs[WORLD_RUNS_MAX];
	size_t n_runs;
	uint64_t run_min, run_max;
	struct {
		uint64_t epoch, id;
	} leaders[1024]; /* who was seen leading, by epoch (I1) */
	size_t n_leaders;

	bool trace;
	uint64_t hash; /* over everything that happened */
	uint64_t events;
	char violation[256]; /* first broken invariant, or empty */
};

/* world.c */
void world_init(struct world *w, uint64_t seed, int n_voters, int n_workers,
		int n_gateways);
void world_deinit(struct world *w);
void world_start(struct world *w, int node);
void world_crash(struct world *w, int node);
void world_lose_record(struct world *w, int node);
void world_pause(struct world *w, int node, uint64_t us);
void world_leave(struct world *w, int node);
void world_at(struct world *w, uint64_t at, world_fn fn);
/** Run to @until, or until @done (may be NULL) says so or an invariant breaks. */
bool world_run(struct world *w, uint64_t until, bool (*done)(struct world *w));
int world_step(struct world *w, int node, struct jsl_cluster_event ev);
bool world_is_up(const struct world *w, int node);
uint64_t world_clock(const struct world *w, int node);
uint64_t world_clock_at(const struct world *w, int node, uint64_t at);
int world_leader(struct world *w);
void world_dump(struct world *w);

/* events.c */
void world_push(struct world *w, struct world_event ev);
struct world_event world_pop(struct world *w);
void world_note(struct world *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void world_violated(struct world *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* net.c */
extern const struct jsl_cluster_io world_io; /* arg: struct world_node */
struct world *net_world(struct world_node *n);
uint64_t net_delay(struct world *w, int from, int to);
void net_datagram(struct world *w, const struct world_event *ev);

/* conn.c */
void conn_connect(void *arg, uint64_t link, const struct jsl_addr *to);
void conn_send_hello(void *arg, uint64_t link, const struct jsl_cluster_hello *hello);
void conn_send_queue(void *arg, const struct jsl_queue_message *m);
void conn_close(void *arg, uint64_t link, bool goodbye);
void conn_event(struct world *w, const struct world_event *ev);
void conn_crashed(struct world *w, int node);
void conn_cut(struct world *w, int from, int to, bool cut);
void conn_deinit(struct world *w);

#endif
