/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who leads, what gossip says, and what goes wrong. The oracle never lets two
 * leases overlap; that is the election's promise, proved elsewhere.
 */

#include "sim_queue.h"

/* ---- leadership ---- */

static void announce(struct sim *s, uint64_t max_delay)
{
	struct sim_node *l = &s->nodes[s->leader];

	for (int i = 0; i < s->n_nodes; i++) {
		struct sim_event *ev;

		if (!s->nodes[i].alive || s->nodes[i].cut_until > s->now)
			continue;
		ev = sim_push(s, s->now + (i == s->leader ? 0 : sim_rand(s, max_delay)),
			      SIM_HEARTBEAT, i);
		ev->leader = (struct jsl_election_leader){.epoch = s->epoch, .id = l->id};
	}
}

void sim_elect(struct sim *s)
{
	struct jsl_queue_event lead = {.type = JSL_QUEUE_EV_LEAD};
	struct sim_node *n;
	int first = (int)sim_rand(s, (uint64_t)s->n_peers), node = -1;

	if (s->leader >= 0)
		return;
	for (int i = 0; i < s->n_peers; i++) {
		n = &s->nodes[(first + i) % s->n_peers];
		if (n->alive && !n->stopping && n->electable && n->cut_until <= s->now &&
		    !n->leading)
			node = (first + i) % s->n_peers;
	}
	if (node < 0) {
		sim_push(s, s->now + 100 * MS, SIM_ELECT, -1);
		return;
	}
	n = &s->nodes[node];
	s->leader = node;
	n->leading = true;
	s->elected = s->now;
	n->lease_end = s->now + LEASE_US;
	n->lead_epoch = ++s->epoch;
	lead.leader = (struct jsl_election_leader){.epoch = s->epoch, .id = n->id};
	sim_trace(s, "node %d leads in epoch %lu", node, (unsigned long)s->epoch);
	for (int i = 0; i < s->n_nodes; i++) {
		n->down_since[i] = s->now;
		if (n->thinks_failed[i]) {
			sim_excuse(s, i, false);
			sim_excuse(s, i, true);
		}
	}
	sim_step(s, node, LEADER, &lead);
	sim_fix_slots(s);
	sim_push(s, s->now + HEARTBEAT_US, SIM_LEASE, -1)->leader = lead.leader;
	announce(s, sim_chance(s, 80) ? 20 * MS : SECOND);
}

void sim_lease(struct sim *s, const struct sim_event *ev)
{
	struct sim_node *n = &s->nodes[s->leader < 0 ? 0 : s->leader];

	if (s->leader < 0 || ev->leader.id != n->id || ev->leader.epoch != s->epoch)
		return;
	if (n->cut_until > s->now) { /* nobody acks; it may notice late */
		sim_push(s, n->lease_end + sim_rand(s, 300 * MS), SIM_RESIGN, s->leader)
			->leader = ev->leader;
		sim_push(s, n->lease_end + 1 + sim_rand(s, 300 * MS), SIM_ELECT, -1);
		s->leader = -1;
		return;
	}
	n->lease_end = s->now + LEASE_US;
	announce(s, 20 * MS);
	sim_push(s, s->now + HEARTBEAT_US, SIM_LEASE, -1)->leader = ev->leader;
}

void sim_resign(struct sim *s, int node, struct jsl_election_leader leader)
{
	struct sim_node *n = &s->nodes[node];
	struct jsl_queue_event resign = {.type = JSL_QUEUE_EV_RESIGN};

	if (!n->alive || !n->leading || leader.epoch != n->lead_epoch)
		return;
	sim_trace(s, "node %d resigns", node);
	n->leading = false;
	n->lease_end = 0;
	for (int i = 0; i < s->n_nodes; i++)
		sim_link_changed(s, node, i, true); /* ends the times without a link */
	sim_step(s, node, LEADER, &resign);
	for (uint32_t i = 1; i < s->n_conns; i++)
		if (s->conns[i].server == node && s->conns[i].server_knows) {
			s->conns[i].server_knows = false;
			sim_break(s, i, false);
		}
	sim_fix_slots(s);
}

static void release(struct sim *s)
{
	int node = s->leader;

	s->leader = -1;
	sim_resign(
		s, node,
		(struct jsl_election_leader){.epoch = s->epoch, .id = s->nodes[node].id});
	sim_push(s, s->now + 10 * MS, SIM_ELECT, -1);
}

/* R10: the same leader goes on in a higher epoch. */
static void raise_epoch(struct sim *s)
{
	struct jsl_queue_event lead = {.type = JSL_QUEUE_EV_LEAD};

	s->nodes[s->leader].lead_epoch = ++s->epoch;
	lead.leader = (struct jsl_election_leader){.epoch = s->epoch,
						   .id = s->nodes[s->leader].id};
	sim_trace(s, "node %d raises its epoch to %lu", s->leader,
		  (unsigned long)s->epoch);
	sim_step(s, s->leader, LEADER, &lead);
	sim_push(s, s->now + HEARTBEAT_US, SIM_LEASE, -1)->leader = lead.leader;
}

void sim_heartbeat(struct sim *s, int node, struct jsl_election_leader leader)
{
	struct sim_node *n = &s->nodes[node];
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_EPOCH, .leader = leader};
	bool changed;

	if (!n->alive || leader.epoch < n->known.epoch ||
	    leader.epoch < n->promised.epoch)
		return;
	changed = n->known.id != leader.id;
	n->known = leader;
	if (n->peer) {
		if (leader.epoch > n->floor.epoch)
			n->floor = leader;
		if (n->electable) {
			n->promised = leader;
			ev.promised = leader.epoch;
		}
		sim_step(s, node, WORKER, &ev);
	}
	if (n->alive && (changed || n->conn == 0) && !n->connecting) {
		n->connecting = true;
		sim_push(s, s->now + sim_rand(s, 200 * MS), SIM_CONNECT, node);
	}
}

/* A leader takes no jobs itself while there is another peer (Q2). */
void sim_fix_slots(struct sim *s)
{
	int others = 0;

	for (int i = 0; i < s->n_peers; i++)
		others += s->nodes[i].alive && i != s->leader;
	for (int i = 0; i < s->n_peers; i++) {
		struct sim_node *n = &s->nodes[i];
		struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_SLOTS,
					     .slots = n->slots};

		if (!n->alive)
			continue;
		if (n->stopping || (n->leading && others > 0))
			ev.slots = 0;
		sim_step(s, i, WORKER, &ev);
	}
}

/* ---- gossip ---- */

static void tell(struct sim *s, int observer, int about, enum jsl_queue_member member,
		 uint64_t boot, uint64_t delay)
{
	struct sim_node *o = &s->nodes[observer];
	uint64_t t = s->now + delay;
	struct sim_event *ev;

	if (t <= o->told_at[about])
		t = o->told_at[about] + 1;
	o->told_at[about] = t;
	ev = sim_push(s, t, SIM_MEMBER, observer);
	ev->other = about;
	ev->boot = boot;
	ev->member = member;
	ev->serial = o->boot;
}

/* @about -1: tell the node that started last everything. */
void sim_tell_member(struct sim *s, int about, enum jsl_queue_member member)
{
	uint64_t most = member == JSL_QUEUE_MEMBER_FAILED ? 2 * SECOND : 50 * MS;

	for (int i = 0; i < s->n_peers; i++) {
		if (about >= 0) {
			tell(s, i, about, member, s->nodes[about].boot,
			     i == about ? 0 : sim_rand(s, most));
			continue;
		}
		for (int k = 0; k < s->n_nodes; k++)
			if (s->nodes[k].alive)
				tell(s, i, k, JSL_QUEUE_MEMBER_ALIVE, s->nodes[k].boot,
				     0);
	}
}

void sim_member(struct sim *s, const struct sim_event *ev)
{
	struct sim_node *o = &s->nodes[ev->node], *about = &s->nodes[ev->other];
	struct jsl_queue_event member = {.type = JSL_QUEUE_EV_MEMBER,
					 .node = {about->id, ev->boot},
					 .member = ev->member,
					 .worker = about->peer};

	if (!o->alive || o->boot != ev->serial)
		return;
	o->thinks_failed[ev->other] = ev->member != JSL_QUEUE_MEMBER_ALIVE;
	if (ev->member != JSL_QUEUE_MEMBER_ALIVE && o->leading) {
		sim_trace(s, "leader %d hears that node %d is gone", ev->node, ev->other);
		sim_excuse(s, ev->other, false);
		sim_excuse(s, ev->other, true);
	}
	sim_step(s, ev->node, LEADER, &member);
}

/* Gossip looks, and says what it sees. */
void sim_probed(struct sim *s, int node, struct jsl_queue_node about)
{
	for (int i = 0; i < s->n_nodes; i++) {
		struct sim_node *n = &s->nodes[i];

		if (n->id == about.id && n->boot >= about.boot)
			tell(s, node, i,
			     n->alive ? JSL_QUEUE_MEMBER_ALIVE : JSL_QUEUE_MEMBER_FAILED,
			     n->boot, 100 * MS);
	}
}

/* ---- what goes wrong ---- */

void sim_crash(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];
	bool led = s->leader == node;

	if (!n->alive)
		return;
	sim_trace(s, "node %d crashes", node);
	sim_excuse(s, node, false);
	sim_excuse(s, node, true);
	sim_node_stop(s, node);
	sim_break_all(s, node);
	sim_tell_member(s, node, JSL_QUEUE_MEMBER_FAILED);
	sim_push(s, s->now + sim_rand(s, 4 * SECOND), SIM_RESTART, node);
	if (led) /* a lease that cannot be used any more, or R13 */
		sim_push(s, s->now + sim_rand(s, 600 * MS), SIM_ELECT, -1);
	sim_fix_slots(s);
}

/* Q12: a clean stop; what is not finished when the drain is over is handed back. */
static void stop(struct sim *s, int node)
{
	if (!s->nodes[node].alive || s->nodes[node].stopping)
		return;
	sim_trace(s, "node %d drains", node);
	if (s->leader == node)
		release(s);
	s->nodes[node].stopping = true;
	sim_fix_slots(s);
	sim_push(s, s->now + sim_rand(s, SECOND), SIM_STOPPED, node);
}

void sim_stopped(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];
	struct jsl_queue_event back = {.type = JSL_QUEUE_EV_HANDBACK};
	uint32_t conn = n->conn;

	if (!n->alive || !n->stopping)
		return;
	sim_trace(s, "node %d stops", node);
	sim_excuse(s, node, false);
	sim_step(s, node, WORKER, &back);
	sim_node_stop(s, node);
	if (conn != 0)
		sim_break(s, conn, true);
	sim_break_all(s, node);
	sim_tell_member(s, node, JSL_QUEUE_MEMBER_LEFT);
	sim_push(s, s->now + sim_rand(s, 4 * SECOND), SIM_RESTART, node);
	sim_fix_slots(s);
}

static void cut(struct sim *s, int node, uint64_t time)
{
	sim_trace(s, "node %d is cut off for %lu ms", node, (unsigned long)(time / MS));
	s->nodes[node].cut_until = s->now + time;
	sim_break_all(s, node);
	if (time < SECOND)
		return;
	for (int i = 0; i < s->n_peers; i++)
		if (i != node) {
			uint64_t after = SECOND / 2 + sim_rand(s, SECOND);

			tell(s, i, node, JSL_QUEUE_MEMBER_FAILED, s->nodes[node].boot,
			     after);
			tell(s, i, node, JSL_QUEUE_MEMBER_ALIVE, s->nodes[node].boot,
			     time + 1);
		}
}

void sim_fault(struct sim *s)
{
	int node = (int)sim_rand(s, (uint64_t)s->n_nodes);
	struct sim_node *n = &s->nodes[node];

	if (s->now >= FAULTS_UNTIL)
		return;
	sim_push(s, s->now + sim_rand(s, (s->seed % 5 + 1) * 400 * MS), SIM_FAULT, -1);
	switch (n->alive ? sim_rand(s, 10) : 99) {
	case 0: sim_crash(s, node); break;
	case 1:
		if (n->peer)
			stop(s, node);
		break;
	case 2: cut(s, node, sim_rand(s, sim_chance(s, 50) ? SECOND : 5 * SECOND)); break;
	case 3: /* gossip errs */
		tell(s, (int)sim_rand(s, (uint64_t)s->n_peers), node,
		     JSL_QUEUE_MEMBER_FAILED, n->boot, 0);
		sim_tell_member(s, node, JSL_QUEUE_MEMBER_ALIVE);
		break;
	case 4:
		if (s->leader >= 0)
			release(s);
		break;
	case 5:
		if (s->leader >= 0)
			sim_crash(s, s->leader);
		break;
	case 6:
		if (s->leader >= 0)
			raise_epoch(s);
		break;
	default:
		if (n->alive && n->conn != 0)
			sim_break(s, n->conn, false);
		break;
	}
}

/* A word about a job that this worker never had: whatever it is, nobody listens. */
void sim_lie(struct sim *s, int node)
{
	static const enum jsl_queue_kind kinds[] = {JSL_QUEUE_RESULT, JSL_QUEUE_RUNNING,
						    JSL_QUEUE_HANDBACK,
						    JSL_QUEUE_PROGRESS};
	struct sim_node *n = &s->nodes[node];
	int job = (int)sim_rand(s, (uint64_t)s->n_jobs), lie = -1;
	struct jsl_queue_message m = {.job = sim_job_id(job),
				      .kind = kinds[sim_rand(s, 4)],
				      .attempt = 1 + (uint32_t)sim_rand(s, 3),
				      .queued_us = LIE,
				      .link = n->conn};

	if (s->now >= FAULTS_UNTIL)
		return;
	sim_push(s, s->now + sim_rand(s, 200 * MS), SIM_LIE, node);
	if (!n->alive || n->conn == 0 || !s->conns[n->conn].client_knows ||
	    !sim_may_lie(s, node, job))
		return;
	if (m.kind == JSL_QUEUE_RESULT)
		m.outcome = JSL_QUEUE_DONE;
	if (m.kind == JSL_QUEUE_RESULT || m.kind == JSL_QUEUE_PROGRESS)
		m.payload = jsl_blob_new(&lie, sizeof(lie));
	sim_send(s, node, false, &m);
	jsl_blob_unref(m.payload);
}

/* From here on nothing fails, and everything must come to an end. */
void sim_heal(struct sim *s)
{
	s->healed = true;
	for (int i = 0; i < s->n_nodes; i++) {
		s->nodes[i].cut_until = 0;
		if (s->nodes[i].alive)
			sim_tell_member(s, i, JSL_QUEUE_MEMBER_ALIVE);
	}
}
