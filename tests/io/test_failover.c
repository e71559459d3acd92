/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Five voters and an observer, a process each: how long the cluster is without a
 * leader when its leader is killed (R13), stops cleanly, or hands over (R9).
 * Prints the figures; demands that no lease was waited for.
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include <jsl/node.h>

#include "../lib/suite.h"
#include "free_addr.h"
#include "io/clock.h"

#define VOTERS	 5
#define NODES	 (VOTERS + 1)
#define BOUND_US UINT64_C(60000000)
/* The lease is 500 ms; loopback and two syncs need a few, a busy machine more. */
#define SOON_US UINT64_C(300000)
/* A lease where no median evens out that a process got no time. */
#define PATIENT_MS 5000
#define ROUNDS	   10

/* What a node says when it changes. */
struct report {
	int node;
	uint64_t at_us;
	struct jsl_election_leader leader;
	bool leads;
};

struct place {
	char dir[64];
	struct jsl_node_peer peers[NODES];
	int pipe[2];
	pid_t pids[NODES];
	bool secret;
	uint64_t lease_ms; /* 0: the default */
	bool out[NODES];   /* was told to go: what it says counts no more */
	struct report last[NODES];
};

/* ---- a node's process ---- */

static struct {
	struct event_base *base;
	struct jsl_node *node;
	int number, fd;
} self;

static void report(void)
{
	struct report r = {.node = self.number,
			   .at_us = jsl_io_now_us(),
			   .leader = jsl_node_leader(self.node)};

	r.leads = jsl_node_is_leader(self.node, NULL);
	if (write(self.fd, &r, sizeof(r)) != sizeof(r))
		_exit(1);
}

static void role(void *arg, enum jsl_election_role from, enum jsl_election_role to)
{
	(void)arg;
	(void)from;
	(void)to;
	report();
}

static void leader(void *arg, struct jsl_election_leader l)
{
	(void)arg;
	(void)l;
	report();
}

static void left(void *arg)
{
	(void)arg;
	event_base_loopbreak(self.base);
}

static void asked(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	(void)arg;
	if (sig == SIGTERM)
		jsl_node_leave(self.node);
	else
		(void)jsl_node_transfer(self.node, 2);
}

static void serve(struct place *p, int number)
{
	struct event_config *config = event_config_new();
	const struct jsl_bytes secret = {"no secret to anybody", 20};
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	char errmsg[256] = "";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	self.base = event_base_new_with_config(config);
	self.number = number;
	self.fd = p->pipe[1];
	opts.base = self.base;
	opts.callbacks.role = role;
	opts.callbacks.leader = leader;
	opts.callbacks.left = left;
	opts.cluster = "failover";
	opts.secrets = p->secret ? &secret : NULL;
	opts.n_secrets = p->secret;
	opts.id = p->peers[number].id;
	opts.addr = p->peers[number].addr;
	opts.peers = p->peers;
	opts.n_peers = NODES;
	opts.data_dir = p->peers[number].vote ? p->dir : NULL;
	opts.lease_ms = p->lease_ms;
	opts.prepare_ms = p->lease_ms / 2;
	if (jsl_node_new(&self.node, &opts, errmsg, sizeof(errmsg)) < 0) {
		fprintf(stderr, "%s\n", errmsg);
		_exit(1);
	}
	event_add(evsignal_new(self.base, SIGTERM, asked, NULL), NULL);
	event_add(evsignal_new(self.base, SIGUSR1, asked, NULL), NULL);
	event_base_dispatch(self.base);
	_exit(0);
}

/* ---- the test's ---- */

static void spawn(struct place *p, int number)
{
	p->last[number] = (struct report){0};
	p->out[number] = false;
	p->pids[number] = fork();
	ck_assert_int_ge(p->pids[number], 0);
	if (p->pids[number] == 0)
		serve(p, number);
}

static void reap(struct place *p, int number)
{
	ck_assert_int_eq(waitpid(p->pids[number], NULL, 0), p->pids[number]);
	p->pids[number] = 0;
}

static void pick_addrs(struct place *p)
{
	struct jsl_addr addrs[NODES];

	free_addrs(addrs, NODES);
	for (int i = 0; i < NODES; i++) {
		p->peers[i].id = i < VOTERS ? (uint64_t)i + 1 : 100;
		p->peers[i].vote = i < VOTERS;
		p->peers[i].addr = addrs[i];
	}
}

/* The voter that leads, every node that runs follows; -1 while that is not so. */
static int led_by(const struct place *p)
{
	int leader = -1;

	for (int i = 0; i < VOTERS; i++)
		if (!p->out[i] && p->last[i].leads)
			leader = i;
	for (int i = 0; leader >= 0 && i < NODES; i++)
		if (!p->out[i] &&
		    (p->last[i].leader.id != p->peers[leader].id ||
		     p->last[i].leader.epoch != p->last[leader].leader.epoch))
			return -1;
	return leader;
}

/* When the voters among the followers, and the leader itself, were a quorum. */
static uint64_t quorum_at(const struct place *p, int leader)
{
	uint64_t at[VOTERS] = {0};
	int n = 0;

	for (int i = 0; i < VOTERS; i++) {
		uint64_t t = p->last[i].at_us;
		int j = n;

		if (p->out[i])
			continue;
		for (; j > 0 && at[j - 1] > t; j--)
			at[j] = at[j - 1];
		at[j] = t;
		n++;
	}
	ck_assert_int_gt(n, VOTERS / 2);
	return at[VOTERS / 2] > p->last[leader].at_us ? at[VOTERS / 2]
						      : p->last[leader].at_us;
}

/* Until all that run follow one that is not @not. */
static int wait_for_leader(struct place *p, int not )
{
	uint64_t end = jsl_io_now_us() + BOUND_US;
	struct pollfd fd = {.fd = p->pipe[0], .events = POLLIN};
	struct report r;

	while (led_by(p) < 0 || led_by(p) == not ) {
		ck_assert_msg(jsl_io_now_us() < end, "a leader in time");
		if (poll(&fd, 1, 100) > 0) {
			ck_assert_int_eq(read(p->pipe[0], &r, sizeof(r)), sizeof(r));
			p->last[r.node] = r;
		}
	}
	return led_by(p);
}

static void place_init(struct place *p, bool with_secret, uint64_t lease_ms)
{
	*p = (struct place){.secret = with_secret, .lease_ms = lease_ms};
	snprintf(p->dir, sizeof(p->dir), "test-failover.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	ck_assert_int_eq(pipe(p->pipe), 0);
	pick_addrs(p);
	for (int i = 0; i < NODES; i++)
		spawn(p, i);
	(void)wait_for_leader(p, -1); /* the highest id, if it was not late */
}

static void place_deinit(struct place *p)
{
	char command[128];

	for (int i = 0; i < NODES; i++)
		if (p->pids[i] != 0) {
			kill(p->pids[i], SIGKILL);
			reap(p, i);
		}
	snprintf(command, sizeof(command), "rm -rf ./%s", p->dir);
	ck_assert_int_eq(system(command), 0);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void print_times(const char *what, uint64_t *us, int n)
{
	qsort(us, (size_t)n, sizeof(*us), compare);
	printf("%s: quorum follows the next after p50 %.1f ms, max %.1f ms (%d times)\n",
	       what, (double)us[n / 2] / 1000, (double)us[n - 1] / 1000, n);
}

/* @sig to the leader, which ends or goes on; then it is started again. */
static uint64_t depose(struct place *p, int sig, bool ends)
{
	int old = wait_for_leader(p, -1), next;
	uint64_t from = jsl_io_now_us();

	kill(p->pids[old], sig);
	p->out[old] = ends;
	next = wait_for_leader(p, old);
	from = quorum_at(p, next) - from;
	if (ends) {
		reap(p, old);
		spawn(p, old);
	}
	wait_for_leader(p, -1);
	return from;
}

START_TEST(killed_leader_is_followed_before_its_lease_is_over)
{
	struct place p;
	uint64_t us[ROUNDS];

	place_init(&p, false, 0);
	for (int i = 0; i < ROUNDS; i++)
		us[i] = depose(&p, SIGKILL, true);
	print_times("kill -9", us, ROUNDS);
	ck_assert_uint_lt(us[ROUNDS / 2], SOON_US);
	place_deinit(&p);
}
END_TEST

START_TEST(so_is_one_of_a_cluster_with_a_secret)
{
	struct place p;
	uint64_t us[ROUNDS];

	place_init(&p, true, 0);
	for (int i = 0; i < ROUNDS; i++)
		us[i] = depose(&p, SIGKILL, true);
	print_times("kill -9, with a secret", us, ROUNDS);
	ck_assert_uint_lt(us[ROUNDS / 2], SOON_US);
	place_deinit(&p);
}
END_TEST

START_TEST(leader_that_stops_hands_over_at_once)
{
	struct place p;
	uint64_t us[ROUNDS];

	place_init(&p, false, 0);
	for (int i = 0; i < ROUNDS; i++)
		us[i] = depose(&p, SIGTERM, true);
	print_times("clean stop", us, ROUNDS);
	ck_assert_uint_lt(us[ROUNDS / 2], SOON_US);
	place_deinit(&p);
}
END_TEST

START_TEST(leader_hands_over_to_whom_it_names)
{
	struct place p;
	uint64_t us;

	place_init(&p, false, PATIENT_MS);
	us = depose(&p, SIGUSR1, false);
	ck_assert_int_eq(wait_for_leader(&p, -1), 1); /* id 2 */
	print_times("transfer", &us, 1);
	ck_assert_uint_lt(us, PATIENT_MS * 1000 / 2);
	place_deinit(&p);
}
END_TEST

SUITE_MAIN("failover", killed_leader_is_followed_before_its_lease_is_over,
	   so_is_one_of_a_cluster_with_a_secret, leader_that_stops_hands_over_at_once,
	   leader_hands_over_to_whom_it_names)
