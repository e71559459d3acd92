/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every k-th allocation fails once, in a whole history of a submitter, a leader
 * and a worker: the caller closes the link whose message was not taken, or tries
 * again, and every job still ends once. Linked with --wrap, so that the failure
 * is in our code and nowhere else.
 */

#include <errno.h>
#include <stdlib.h>

#include "test_queue.h"
#include "../lib/wrap_malloc.h"

#define JOBS	 24
#define MESSAGES 4096

/* ---- three cores and the messages between them ---- */

enum { LEADER, WORKER, SUBMITTER };

struct letter {
	int to;
	struct jsl_queue_message message;
	struct jsl_queue_item items[JOBS];
};

static struct jsl_queue_leader *leader;
static struct jsl_queue_worker *worker;
static struct jsl_queue_submitter *submitter;
static struct letter *letters;
static size_t n_letters, n_read;
static uint64_t now, links, link_of[3];
static int results[JOBS];
static bool running[JOBS];

static int step(int core, struct jsl_queue_event *ev);

/* Until it works: an allocation fails once. */
static void insist(int core, struct jsl_queue_event ev)
{
	int r = step(core, &ev);

	if (r == -ENOMEM)
		r = step(core, &ev);
	ck_assert_int_eq(r, 0);
}

static void disconnect(int core)
{
	struct jsl_queue_event down = {.type = JSL_QUEUE_EV_LINK_DOWN,
				       .link = link_of[core]};

	for (size_t i = n_read; i < n_letters; i++)
		if (letters[i].message.link == link_of[core])
			letters[i].to = -1;
	link_of[core] = 0;
	insist(core, down);
	insist(LEADER, down);
}

static void connect_node(int core)
{
	struct jsl_queue_event up = {.type = JSL_QUEUE_EV_LINK_UP,
				     .link = ++links,
				     .worker = core == WORKER,
				     .submitter = core == SUBMITTER};

	link_of[core] = up.link;
	up.node = (struct jsl_queue_node){core == WORKER ? 5 : 100, 1};
	insist(LEADER, up);
	up.node = (struct jsl_queue_node){1, 1};
	up.leader = (struct jsl_election_leader){1, 1, 1};
	insist(core, up);
}

static void post(int from, const struct jsl_queue_message *m)
{
	struct letter *letter = &letters[n_letters++];

	ck_assert_uint_le(n_letters, MESSAGES);
	letter->to = LEADER;
	if (from == LEADER)
		letter->to = m->link == link_of[WORKER] ? WORKER : SUBMITTER;
	letter->message = *m;
	jsl_blob_ref(m->payload);
	ck_assert_uint_le(m->n_items, JOBS);
	if (m->n_items > 0)
		memcpy(letter->items, m->items, m->n_items * sizeof(*m->items));
	letter->message.items = letter->items;
}

static int step(int core, struct jsl_queue_event *ev)
{
	struct jsl_queue_update up = {0};
	int r;

	ev->now_us = now;
	ev->act_until_us = UINT64_MAX;
	allocs.on = true;
	if (core == LEADER)
		r = jsl_queue_leader_step(leader, ev, &up);
	else if (core == WORKER)
		r = jsl_queue_worker_step(worker, ev, &up);
	else
		r = jsl_queue_submitter_step(submitter, ev, &up);
	allocs_stop();
	jsl_queue_leader__check(leader);
	jsl_queue_worker__check(worker);
	jsl_queue_submitter__check(submitter);
	for (size_t i = 0; i < up.n_messages; i++)
		post(core, &up.messages[i]);
	for (size_t i = 0; i < up.n_starts; i++)
		running[up.starts[i].job.bytes[0]] = true;
	for (size_t i = 0; i < up.n_stops; i++)
		running[up.stops[i].bytes[0]] = false;
	for (size_t i = 0; i < up.n_results; i++)
		results[up.results[i].job.bytes[0]]++;
	return r;
}

static void deliver(void)
{
	while (n_read < n_letters) {
		struct letter *letter = &letters[n_read++];
		struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MESSAGE,
					     .message = &letter->message};
		int other = letter->message.link == link_of[WORKER] ? WORKER : SUBMITTER;

		if (letter->to >= 0 && step(letter->to, &ev) == -ENOMEM) {
			disconnect(other);
			connect_node(other);
		}
		jsl_blob_unref(letter->message.payload);
		letter->message.payload = NULL;
	}
}

static void finish_runs(void)
{
	struct jsl_blob *b = text("output");

	for (uint8_t n = 0; n < JOBS; n++) {
		if (running[n])
			insist(WORKER,
			       (struct jsl_queue_event){.type = JSL_QUEUE_EV_FINISHED,
							.job = job_id(n),
							.payload = b});
		running[n] = false;
	}
	jsl_blob_unref(b);
}

static void make(void)
{
	struct jsl_queue_leader_opts lo = JSL_QUEUE_LEADER_OPTS_INIT;
	struct jsl_queue_worker_opts wo = JSL_QUEUE_WORKER_OPTS_INIT;
	struct jsl_queue_submitter_opts so = JSL_QUEUE_SUBMITTER_OPTS_INIT;

	now = 1;
	links = n_letters = n_read = 0;
	memset(link_of, 0, sizeof(link_of));
	memset(results, 0, sizeof(results));
	memset(running, 0, sizeof(running));
	lo.self = (struct jsl_queue_node){1, 1};
	wo.self = (struct jsl_queue_node){5, 1};
	wo.slots = 20;
	so.self = (struct jsl_queue_node){100, 1};
	allocs.on = true;
	while (jsl_queue_leader_new(&leader, &lo) == -ENOMEM)
		;
	while (jsl_queue_worker_new(&worker, &wo) == -ENOMEM)
		;
	while (jsl_queue_submitter_new(&submitter, &so) == -ENOMEM)
		;
	allocs_stop();
}

/* Half of the jobs are runs of their own, the others share four. */
static struct jsl_queue_id key_of(uint8_t n)
{
	struct jsl_queue_id key = {{n < JOBS / 2 ? 0 : n % 4 + 1}};

	return key;
}

static void submit_all(void)
{
	struct jsl_blob *b = text("program");

	for (uint8_t n = 0; n < JOBS; n++)
		insist(SUBMITTER, (struct jsl_queue_event){.type = JSL_QUEUE_EV_SUBMIT,
							   .job = job_id(n),
							   .payload = b,
							   .key = key_of(n)});
	jsl_blob_unref(b);
}

/* One history, with the @k-th allocation failing; false when there were fewer. */
static bool history(unsigned long k)
{
	allocs_watch(k);
	make();
	insist(LEADER,
	       (struct jsl_queue_event){.type = JSL_QUEUE_EV_LEAD, .leader = {1, 1}});
	insist(LEADER, (struct jsl_queue_event){.type = JSL_QUEUE_EV_MEMBER,
						.node = {5, 1},
						.member = JSL_QUEUE_MEMBER_ALIVE,
						.worker = true});
	connect_node(SUBMITTER);
	connect_node(WORKER);
	submit_all();
	for (int i = 0; i < 30; i++, now += 10000) {
		deliver();
		if (i == 1) { /* both resume, with runs and results in between */
			disconnect(WORKER);
			disconnect(SUBMITTER);
			connect_node(SUBMITTER);
			connect_node(WORKER);
			deliver();
		}
		finish_runs();
		for (int core = LEADER; core <= SUBMITTER; core++)
			insist(core,
			       (struct jsl_queue_event){.type = JSL_QUEUE_EV_TIMER});
	}
	deliver();
	for (int n = 0; n < JOBS; n++)
		ck_assert_msg(results[n] == 1, "allocation %lu: job %d has %d results", k,
			      n, results[n]);
	ck_assert_uint_eq(jsl_queue_worker_finished(worker), 0);
	jsl_queue_leader_free(leader);
	jsl_queue_worker_free(worker);
	jsl_queue_submitter_free(submitter);
	return allocs.count >= k;
}

START_TEST(every_job_ends_once_whatever_allocation_fails)
{
	unsigned long k = 1;

	letters = calloc(MESSAGES, sizeof(*letters));
	ck_assert_ptr_nonnull(letters);
	while (history(k))
		k++;
	ck_assert_uint_gt(k, 60);
	free(letters);
}
END_TEST

SUITE_MAIN("queue without memory", every_job_ends_once_whatever_allocation_fails)
