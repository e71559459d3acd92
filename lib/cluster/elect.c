/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Election inside a node: what a step of it means for the record, the network,
 * the queue and the links. Order matters: persist, send, then act.
 */

#include "cluster/cluster_int.h"

static void send_messages(struct jsl_cluster *c, const struct jsl_election_update *up)
{
	for (size_t i = 0; i < up->n_messages; i++) {
		const struct jsl_election_message *m = &up->messages[i];
		struct jsl_addr addr;

		if (m->to == JSL_ELECTION_TO_OBSERVERS)
			jsl_cluster__tell_observers(c, m);
		else if (jsl_cluster__find(c, m->to, &addr))
			c->io->send_election(c->arg, &addr, m);
	}
}

/* R11: whoever was promised or heard is the least that the worker obeys, and what
 * a voter has promised durably the most (I3). */
static void raise_floor(struct jsl_cluster *c, uint64_t promised)
{
	struct jsl_election_leader floor = jsl_election_floor(c->election);
	struct jsl_queue_event ev = {
		.type = JSL_QUEUE_EV_EPOCH, .leader = floor, .promised = promised};

	if (c->worker == NULL ||
	    (floor.epoch <= c->floor.epoch && promised <= c->promised))
		return;
	c->floor = floor;
	c->promised = promised;
	(void)jsl_cluster__work(c, &ev);
}

static void start_leading(struct jsl_cluster *c)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_LEAD, .leader = c->leader};

	if (!c->leading)
		jsl_cluster__tell_members(c);
	(void)jsl_cluster__lead(c, &ev);
	if (c->leading)
		return; /* the epoch was raised (R10): no change of leader */
	c->leading = true;
	jsl_cluster__uplink_down(c, false);
	jsl_cluster__local_set(c, true);
}

static void stop_leading(struct jsl_cluster *c)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_RESIGN};

	if (!c->leading)
		return;
	c->leading = false;
	jsl_cluster__local_set(c, false);
	(void)jsl_cluster__lead(c, &ev);
	jsl_cluster__drop_links(c);
}

bool jsl_cluster__same_reign(struct jsl_election_leader a, struct jsl_election_leader b)
{
	return a.since == b.since && a.id == b.id;
}

static void act(struct jsl_cluster *c, const struct jsl_election_update *up)
{
	enum jsl_election_role role = c->role;
	struct jsl_election_leader leader = c->leader;

	c->role = up->role;
	c->leader = up->leader;
	if (up->role == JSL_ELECTION_LEADING)
		start_leading(c);
	else
		stop_leading(c);
	if (role != up->role)
		c->io->role(c->arg, role, up->role);
	if (!jsl_cluster__same_reign(leader, up->leader))
		c->io->leader(c->arg, up->leader);
	jsl_cluster__aim(c);
}

/* Returns whether the record is durable. Once it is not, nothing is promised any more,
 * and the worker obeys no later epoch (I3): it takes no job that others can have. */
static bool persist(struct jsl_cluster *c, const struct jsl_election_record *record)
{
	if (c->io->persist(c->arg, record) >= 0)
		return true;
	c->slots = 0;
	return false;
}

int jsl_cluster__elect(struct jsl_cluster *c, const struct jsl_election_event *ev)
{
	struct jsl_election_event failed = {.type = JSL_ELECTION_EV_PERSIST_FAILED,
					    .now_us = c->now_us};
	struct jsl_election_event now = *ev;
	struct jsl_election_update up;
	uint64_t promised = c->promised;
	int r, refused;

	now.now_us = c->now_us;
	r = jsl_election_step(c->election, &now, &up);
	refused = r == 0 ? up.refused : 0;
	if (r == 0 && up.persist) {
		if (persist(c, up.record))
			promised = up.record->promised_epoch;
		else
			r = jsl_election_step(c->election, &failed, &up);
	}
	if (r < 0)
		return r;
	send_messages(c, &up);
	raise_floor(c, promised);
	/* Not up.role_changed: what an update that could not be persisted changed is
	 * not told again by the one that takes its place. */
	if (up.role != c->role || up.leader.epoch != c->leader.epoch ||
	    up.leader.id != c->leader.id)
		act(c, &up);
	if (up.overdue)
		jsl_cluster__look_for_leader(c);
	if (up.alarm != JSL_ELECTION_ALARM_NONE)
		c->io->alarm(c->arg, up.alarm, up.alarm_id);
	return refused;
}
