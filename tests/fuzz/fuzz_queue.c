/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what the parties of the work queue hear: a leader, a worker and a
 * submitter take every frame that decodes, links come and go, time passes, and what
 * always holds of each is checked after every step. The input is a row of
 *
 *	what (1): the operation in the low 4 bits, link or node 0..3 in the next 2
 *	time (1): below 128, milliseconds; else until the next deadline, and that much
 *	length of the head (2, big endian), length of the payload (2) | head | payload
 *
 * Links to the leader are of nodes 10..13; a link that broke the protocol goes down.
 */

#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "queue/queue_int.h"
#include "wire/frame.h"

#define ROW_HEAD  6
#define STEPS_MAX 256 /* so that an input is fast */
#define SECOND_US UINT64_C(1000000)

enum operation {
	TO_LEADER,
	TO_WORKER,
	TO_SUBMITTER,
	LEADER_LINK_UP,
	LEADER_LINK_DOWN,
	LEADER_GOODBYE,
	MEMBER_ALIVE,
	MEMBER_FAILED,
	MEMBER_LEFT,
	RAISE,	/* the leader goes on in a higher epoch (R10) */
	RESIGN, /* and begins anew */
	WORKER_LINK_UP,
	SUBMITTER_LINK_UP,
	SUBMIT,
	FINISH,
	LEASE_OVER /* for one step */
};

struct world {
	struct jsl_queue_leader *l;
	struct jsl_queue_worker *w;
	struct jsl_queue_submitter *s;
	uint64_t now_us, link, epoch;
	uint64_t links[4]; /* of the leader; 0: down */
	uint64_t worker_link, submitter_link;
	bool lease_over;
	struct jsl_blob *payload;
	struct jsl_queue_id running; /* a job that the worker was told to start */
	uint8_t n_submitted;
};

static int step_leader(struct world *x, struct jsl_queue_event *ev)
{
	struct jsl_queue_update up;
	int r;

	ev->now_us = x->now_us;
	ev->act_until_us = x->lease_over ? 0 : x->now_us + SECOND_US;
	r = jsl_queue_leader_step(x->l, ev, &up);
	jsl_queue_leader__check(x->l);
	return r;
}

static int step_worker(struct world *x, struct jsl_queue_event *ev)
{
	struct jsl_queue_update up;
	int r;

	ev->now_us = x->now_us;
	r = jsl_queue_worker_step(x->w, ev, &up);
	jsl_queue_worker__check(x->w);
	if (r == 0 && up.n_starts > 0)
		x->running = up.starts[0].job;
	return r;
}

static int step_submitter(struct world *x, struct jsl_queue_event *ev)
{
	struct jsl_queue_update up;
	int r;

	ev->now_us = x->now_us;
	r = jsl_queue_submitter_step(x->s, ev, &up);
	jsl_queue_submitter__check(x->s);
	return r;
}

static struct jsl_queue_node node_of(unsigned i)
{
	return (struct jsl_queue_node){.id = 10 + i, .boot = 1};
}

static void lead(struct world *x)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_LEAD,
				     .leader = {.epoch = ++x->epoch, .id = 1}};

	MUST(step_leader(x, &ev) == 0);
}

static void leader_link(struct world *x, unsigned i, bool up, bool clean)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_LINK_DOWN,
				     .link = x->links[i],
				     .node = node_of(i),
				     .clean = clean,
				     .worker = true,
				     .submitter = true};

	if (x->links[i] != 0)
		MUST(step_leader(x, &ev) == 0);
	x->links[i] = 0;
	if (!up)
		return;
	ev.type = JSL_QUEUE_EV_LINK_UP;
	ev.link = x->links[i] = ++x->link;
	MUST(step_leader(x, &ev) == 0);
}

static void own_link(struct world *x, bool worker)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_LINK_UP,
				     .link = ++x->link,
				     .node = {.id = 1, .boot = 1},
				     .leader = {.epoch = x->epoch, .id = 1}};

	*(worker ? &x->worker_link : &x->submitter_link) = ev.link;
	MUST((worker ? step_worker(x, &ev) : step_submitter(x, &ev)) == 0);
}

static void member(struct world *x, unsigned i, enum jsl_queue_member what)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MEMBER,
				     .node = node_of(i),
				     .member = what,
				     .worker = true};

	MUST(step_leader(x, &ev) == 0);
}

static void resign(struct world *x)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_RESIGN};

	MUST(step_leader(x, &ev) == 0);
	memset(x->links, 0, sizeof(x->links));
	lead(x);
}

static void submit(struct world *x, unsigned i)
{
	struct jsl_queue_event ev = {.type = i == 3 ? JSL_QUEUE_EV_CANCEL
						    : JSL_QUEUE_EV_SUBMIT,
				     .payload = x->payload,
				     .wait_us = i * SECOND_US,
				     .limit_us = i * SECOND_US};

	ev.job.bytes[0] = ev.key.bytes[0] = i == 3 ? x->n_submitted : ++x->n_submitted;
	(void)step_submitter(x, &ev);
}

static void finish(struct world *x)
{
	struct jsl_queue_event ev = {
		.type = JSL_QUEUE_EV_FINISHED, .job = x->running, .payload = x->payload};

	MUST(step_worker(x, &ev) == 0);
}

static void pass(struct world *x, uint8_t time)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_TIMER};
	uint64_t next = jsl_queue_leader_deadline(x->l);

	next = jsl_queue__min(next, jsl_queue_worker_deadline(x->w));
	next = jsl_queue__min(next, jsl_queue_submitter_deadline(x->s));
	if (time >= 128 && next != UINT64_MAX && next > x->now_us)
		x->now_us = next;
	x->now_us += (time & 127) * UINT64_C(1000);
	MUST(step_leader(x, &ev) == 0);
	MUST(step_worker(x, &ev) == 0);
	MUST(step_submitter(x, &ev) == 0);
}

/* A frame of somebody else; @i: on which link to the leader. */
static void hear(struct world *x, enum operation to, unsigned i, const uint8_t *head,
		 size_t head_len, size_t payload_len)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MESSAGE};
	struct jsl_blob *payload =
		payload_len > 0 ? jsl_blob_new(head + head_len, payload_len) : NULL;
	struct jsl_wire_frame frame;

	if (jsl_wire_frame_decode(head, head_len, payload, &frame) == 0) {
		ev.message = &frame.queue;
		frame.queue.link = to == TO_LEADER   ? x->links[i]
				   : to == TO_WORKER ? x->worker_link
						     : x->submitter_link;
		if (frame.type != JSL_WIRE_QUEUE)
			;
		else if (to == TO_LEADER && step_leader(x, &ev) < 0)
			leader_link(x, i, false, false);
		else if (to == TO_WORKER && step_worker(x, &ev) < 0)
			own_link(x, true);
		else if (to == TO_SUBMITTER && step_submitter(x, &ev) < 0)
			own_link(x, false);
		jsl_wire_frame_deinit(&frame);
	}
	jsl_blob_unref(payload);
}

static void start(struct world *x)
{
	struct jsl_queue_leader_opts lo = JSL_QUEUE_LEADER_OPTS_INIT;
	struct jsl_queue_worker_opts wo = JSL_QUEUE_WORKER_OPTS_INIT;
	struct jsl_queue_submitter_opts so = JSL_QUEUE_SUBMITTER_OPTS_INIT;

	lo.self = (struct jsl_queue_node){.id = 1, .boot = 1};
	wo.self = so.self = node_of(0);
	lo.max_jobs = so.max_jobs = 8;
	wo.slots = 2;
	*x = (struct world){.now_us = SECOND_US, .payload = jsl_blob_new("job", 3)};
	MUST(x->payload != NULL && jsl_queue_leader_new(&x->l, &lo) == 0 &&
	     jsl_queue_worker_new(&x->w, &wo) == 0 &&
	     jsl_queue_submitter_new(&x->s, &so) == 0);
	lead(x);
	own_link(x, true);
	own_link(x, false);
	for (unsigned i = 0; i < 4; i++)
		leader_link(x, i, true, false);
}

static void act(struct world *x, uint8_t what, const uint8_t *head, size_t head_len,
		size_t payload_len)
{
	enum operation op = what & 15;
	unsigned i = what >> 4 & 3;

	switch (op) {
	case TO_LEADER:
	case TO_WORKER:
	case TO_SUBMITTER: hear(x, op, i, head, head_len, payload_len); break;
	case LEADER_LINK_UP: leader_link(x, i, true, false); break;
	case LEADER_LINK_DOWN: leader_link(x, i, false, false); break;
	case LEADER_GOODBYE: leader_link(x, i, false, true); break;
	case MEMBER_ALIVE: member(x, i, JSL_QUEUE_MEMBER_ALIVE); break;
	case MEMBER_FAILED: member(x, i, JSL_QUEUE_MEMBER_FAILED); break;
	case MEMBER_LEFT: member(x, i, JSL_QUEUE_MEMBER_LEFT); break;
	case RAISE: lead(x); break;
	case RESIGN: resign(x); break;
	case WORKER_LINK_UP: own_link(x, true); break;
	case SUBMITTER_LINK_UP: own_link(x, false); break;
	case SUBMIT: submit(x, i); break;
	case FINISH: finish(x); break;
	case LEASE_OVER: x->lease_over = true; break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world x;

	start(&x);
	for (int i = 0; i < STEPS_MAX && size >= ROW_HEAD; i++) {
		size_t head = (size_t)data[2] << 8 | data[3];
		size_t payload = (size_t)data[4] << 8 | data[5];
		const uint8_t *row = data;

		data += ROW_HEAD;
		size -= ROW_HEAD;
		head = head < size ? head : size;
		payload = payload < size - head ? payload : size - head;
		pass(&x, row[1]);
		act(&x, row[0], data, head, payload);
		x.lease_over = (row[0] & 15) == LEASE_OVER;
		data += head + payload;
		size -= head + payload;
	}
	jsl_queue_leader_free(x.l);
	jsl_queue_worker_free(x.w);
	jsl_queue_submitter_free(x.s);
	jsl_blob_unref(x.payload);
	return 0;
}
