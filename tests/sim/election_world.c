/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event loop of the simulated cluster; see election_world.h.
 */

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "election_world.h"

uint64_t world_between(struct world *w, uint64_t low, uint64_t high)
{
	return low + jsl_rng_below(&w->rng, high - low + 1);
}

bool world_chance(struct world *w, uint32_t of, uint32_t in)
{
	return jsl_rng_below(&w->rng, in) < of;
}

bool world_fail(struct world *w, const char *what, uint64_t epoch, uint64_t id)
{
	if (w->failure[0] == '\0')
		snprintf(w->failure, sizeof(w->failure),
			 "%s (epoch %" PRIu64 ", node %" PRIu64 ") at %" PRIu64 " us",
			 what, epoch, id, w->now);
	return false;
}

uint64_t world_clock(const struct world_node *n, uint64_t at)
{
	return n->offset_us + at + (uint64_t)((int64_t)at * n->rate_ppm / 1000000);
}

/* The true time at which @n's clock shows @clock, rounded up. */
static uint64_t true_time(const struct world_node *n, uint64_t clock)
{
	uint64_t at =
		(clock - n->offset_us) * 1000000 / (uint64_t)(1000000 + n->rate_ppm);

	while (world_clock(n, at) < clock)
		at++;
	return at;
}

/* Network. */

uint64_t world_delay(struct world *w, size_t from, size_t to)
{
	const struct world_weather *x = &w->weather;
	uint64_t delay = world_between(w, x->delay_min_us, x->delay_max_us);

	if (world_chance(w, x->late_pct, 100))
		delay += world_between(w, 0, x->late_us);
	return delay + w->links[from][to].delay_us;
}

void world_deliver(struct world *w, size_t to, const struct jsl_election_message *m,
		   uint64_t after_us)
{
	struct world_event ev = {
		.type = WORLD_MESSAGE, .node = to, .at = w->now + after_us};

	ev.message = malloc(sizeof(*m));
	assert(ev.message != NULL);
	*ev.message = *m;
	world_schedule(w, ev);
}

static void send_one(struct world *w, size_t from, size_t to,
		     const struct jsl_election_message *m, uint64_t after_us)
{
	if (w->cut[from][to] || world_chance(w, w->weather.loss_pct, 100) ||
	    (w->links[from][to].loss_pct > 0 &&
	     world_chance(w, w->links[from][to].loss_pct, 100)))
		return;
	world_deliver(w, to, m, after_us + world_delay(w, from, to));
	if (world_chance(w, w->weather.dup_pct, 100))
		world_deliver(w, to, m, after_us + world_delay(w, from, to));
	world_keep_echo(w, m);
}

static void send_all(struct world *w, size_t from, const struct jsl_election_update *up,
		     uint64_t after_us)
{
	for (size_t i = 0; i < up->n_messages; i++) {
		const struct jsl_election_message *m = &up->messages[i];

		world_note_message(w, from, m);
		for (size_t to = 0; to < w->n_nodes; to++)
			if (w->nodes[to].id == m->to ||
			    (m->to == JSL_ELECTION_TO_OBSERVERS && to >= w->n_voters))
				send_one(w, from, to, m, after_us);
	}
}

/* Processes. */

static void arm(struct world *w, size_t node)
{
	struct world_node *n = &w->nodes[node];
	struct world_event ev = {.type = WORLD_TIMER, .node = node};
	uint64_t deadline = jsl_election_deadline(n->e);

	n->timer = 0;
	if (deadline == UINT64_MAX)
		return;
	ev.at = true_time(n, deadline);
	if (ev.at < w->now)
		ev.at = w->now;
	if (deadline > world_clock(n, w->now))
		ev.at += world_between(w, 0, w->weather.timer_late_us);
	n->timer = world_schedule(w, ev);
}

void world_crash(struct world *w, size_t node)
{
	struct world_node *n = &w->nodes[node];

	if (w->trace && n->e != NULL)
		printf("%12" PRIu64 " %" PRIu64 " crashes\n", w->now, n->id);
	if (n->e != NULL)
		world_reset(w, node);
	jsl_election_free(n->e);
	n->e = NULL;
	n->timer = 0;
	n->role = JSL_ELECTION_LOOKING;
	n->floor = (struct jsl_election_leader){0};
}

void world_lose_record(struct world *w, size_t node)
{
	world_crash(w, node);
	if (w->trace)
		printf("%12" PRIu64 " %" PRIu64 " loses its record\n", w->now,
		       w->nodes[node].id);
	w->nodes[node].has_record = false;
	memset(&w->nodes[node].record, 0, sizeof(w->nodes[node].record));
}

/* Keep the record, or not. False if the process is gone. */
static bool persist(struct world *w, size_t node, struct jsl_election_update *up)
{
	struct world_node *n = &w->nodes[node];
	struct jsl_election_event failed = {.type = JSL_ELECTION_EV_PERSIST_FAILED};
	bool crash = world_chance(w, w->weather.disk_pm, 1000);

	if (world_chance(w, w->weather.disk_fail_pm, 1000)) {
		failed.now_us = world_clock(n, w->now);
		if (jsl_election_step(n->e, &failed, up) < 0)
			return world_fail(w, "PERSIST_FAILED refused", 0, n->id);
		return true;
	}
	if (!crash || world_chance(w, 1, 2)) {
		if (n->has_record &&
		    up->record->promised_epoch < n->record.promised_epoch)
			return world_fail(w, "R1: a promise was lowered",
					  up->record->promised_epoch, n->id);
		n->record = *up->record;
		n->has_record = true;
		world_note_record(w, node);
	}
	if (crash) {
		world_crash(w, node);
		world_start_at(w, node, w->now + world_between(w, MS, 300 * MS));
	}
	return !crash;
}

void world_step(struct world *w, size_t node, struct jsl_election_event ev)
{
	struct world_node *n = &w->nodes[node];
	struct jsl_election_update up;
	uint64_t busy = n->slow_us > 0 ? world_between(w, 0, n->slow_us) : 0;

	ev.now_us = world_clock(n, w->now);
	if (jsl_election_step(n->e, &ev, &up) < 0) {
		if (ev.type != JSL_ELECTION_EV_TRANSFER)
			world_fail(w, "a step was refused", 0, n->id);
		return;
	}
	world_trace(w, node, &ev, &up);
	if (up.persist) {
		busy += world_between(w, 0, w->weather.sync_us);
		if (!persist(w, node, &up))
			return;
	}
	send_all(w, node, &up, busy);
	if (busy > 0 && n->paused_until < w->now + busy)
		n->paused_until = w->now + busy;
	n->changes += up.role_changed;
	n->role = up.role;
	w->n_transfers += ev.type == JSL_ELECTION_EV_TRANSFER;
	if (up.overdue)
		world_look_for_leader(w, node);
	arm(w, node);
}

void world_give(struct world *w, size_t node, enum jsl_election_event_type type,
		uint64_t id)
{
	if (w->nodes[node].e != NULL)
		world_step(w, node, (struct jsl_election_event){.type = type, .id = id});
}

void world_start(struct world *w, size_t node)
{
	struct world_node *n = &w->nodes[node];
	struct jsl_election_opts opts = w->opts;

	if (n->e != NULL || (w->absent >> node & 1) != 0)
		return;
	n->boot = (n->has_record ? n->record.boot_count : n->boot) + 1;
	n->changes = 0;
	n->paused_until = 0;
	opts.id = n->id;
	opts.lease_us = n->lease_us;
	opts.boot = n->boot;
	opts.seed = w->seed;
	opts.record = n->has_record ? &n->record : NULL;
	memset(opts.record_id, (int)n->id, sizeof(opts.record_id));
	if (jsl_election_new(&n->e, &opts) < 0) {
		world_fail(w, "a start was refused", 0, n->id);
		return;
	}
	if (w->trace)
		printf("%12" PRIu64 " %" PRIu64 " starts, boot %" PRIu64 "\n", w->now,
		       n->id, n->boot);
	world_give(w, node, JSL_ELECTION_EV_START, 0);
}

void world_start_at(struct world *w, size_t node, uint64_t at)
{
	world_schedule(w,
		       (struct world_event){.type = WORLD_START, .node = node, .at = at});
}

void world_fault_at(struct world *w, uint64_t at)
{
	world_schedule(w, (struct world_event){.type = WORLD_FAULT, .at = at});
}

static void handle(struct world *w, struct world_event *ev)
{
	struct world_node *n = &w->nodes[ev->node];
	struct jsl_election_event in = {.type = JSL_ELECTION_EV_RECEIVE,
					.message = ev->message};

	switch (ev->type) {
	case WORLD_MESSAGE:
		if (n->e == NULL)
			break;
		world_note_delivery(w, ev->node, ev->message);
		world_step(w, ev->node, in);
		break;
	case WORLD_RESET: world_look_for_leader(w, ev->node); break;
	case WORLD_REFUSED: world_refused(w, ev); break;
	case WORLD_CONNECT: world_connect_arrives(w, ev); break;
	case WORLD_TIMER: world_give(w, ev->node, JSL_ELECTION_EV_TIMER, 0); break;
	case WORLD_START: world_start(w, ev->node); break;
	case WORLD_MEND:
		if (w->hurts) /* else all faults are over */
			world_mend(w, ev->node);
		break;
	case WORLD_FAULT: w->on_fault(w); break;
	}
}

static void run_one(struct world *w)
{
	struct world_event ev = world_pop(w);
	struct world_node *n = &w->nodes[ev.node];

	w->now = ev.at;
	if (ev.type == WORLD_TIMER && n->timer != ev.number)
		return; /* re-armed since */
	if (ev.type <= WORLD_TIMER && n->e != NULL && n->paused_until > w->now) {
		ev.at = n->paused_until; /* waits in its socket */
		ev.number = ++w->next_number;
		if (ev.type == WORLD_TIMER)
			n->timer = ev.number;
		world_push(w, ev);
		return;
	}
	w->n_events++;
	handle(w, &ev);
	free(ev.message);
	free(ev.connect);
	world_check(w);
}

bool world_run(struct world *w, uint64_t until)
{
	while (w->failure[0] == '\0' && w->n_heap > 0 && w->heap[0].at <= until)
		run_one(w);
	w->now = until > w->now ? until : w->now;
	return w->failure[0] == '\0';
}

size_t world_leader(const struct world *w)
{
	size_t i = 0;

	while (i < w->n_nodes &&
	       (w->nodes[i].e == NULL ||
		!jsl_election_is_leader(w->nodes[i].e, world_clock(&w->nodes[i], w->now),
					NULL)))
		i++;
	return i;
}

static bool is_led(const struct world *w)
{
	size_t leader = world_leader(w), n = 0;

	for (size_t i = 0; leader < w->n_nodes && i < w->n_voters; i++) {
		const struct world_node *v = &w->nodes[i];

		n += v->e != NULL &&
		     jsl_election_leader(v->e, world_clock(v, w->now)).id ==
			     w->nodes[leader].id;
	}
	return n > w->n_voters / 2;
}

bool world_run_to_leader(struct world *w, uint64_t until)
{
	while (w->failure[0] == '\0' && !is_led(w)) {
		if (w->n_heap == 0 || w->heap[0].at > until)
			return false;
		run_one(w);
	}
	return w->failure[0] == '\0';
}

void world_init(struct world *w, uint64_t seed, size_t n_voters, size_t n_observers)
{
	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->now = 1000 * MS;
	w->clocks_in_bound = true;
	w->victim = n_voters + n_observers;
	w->n_voters = n_voters;
	w->n_nodes = n_voters + n_observers;
	w->weather = (struct world_weather){.delay_min_us = 50, .delay_max_us = 200};
	w->opts = (struct jsl_election_opts)JSL_ELECTION_OPTS_INIT;
	w->opts.voters = w->voters;
	w->opts.n_voters = n_voters;
	memset(w->opts.config_hash, 0x11, sizeof(w->opts.config_hash));
	memset(w->opts.cluster_id, 0xcc, sizeof(w->opts.cluster_id));
	jsl_rng_init(&w->rng, seed);
	for (size_t i = 0; i < w->n_nodes; i++) {
		w->nodes[i].lease_us = w->opts.lease_us;
		w->nodes[i].id = i < n_voters ? i + 1 : WORLD_OBSERVER + i - n_voters;
		w->nodes[i].offset_us = world_between(w, 0, 1000000 * MS);
		if (i < n_voters)
			w->voters[i] = i + 1;
	}
}

void world_deinit(struct world *w)
{
	for (size_t i = 0; i < w->n_nodes; i++)
		jsl_election_free(w->nodes[i].e);
	while (w->n_heap > 0) {
		free(w->heap[--w->n_heap].message);
		free(w->heap[w->n_heap].connect);
	}
	free(w->heap);
}
