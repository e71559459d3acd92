/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections: in order and reliable until they break. What was not delivered
 * by then is lost, and each end notices in its own time, the other maybe not
 * before a new connection stands (half-open).
 */

#include <errno.h>

#include "sim_queue.h"

static uint64_t delay(struct sim *s)
{
	return sim_chance(s, 95) ? 100 + sim_rand(s, 2 * MS) : sim_rand(s, 300 * MS);
}

static uint64_t notice_delay(struct sim *s)
{
	return sim_chance(s, 85) ? sim_rand(s, 20 * MS) : sim_rand(s, 6 * SECOND);
}

static struct sim_event *push_on(struct sim *s, uint32_t conn, bool to_server,
				 enum sim_event_type type)
{
	struct sim_conn *c = &s->conns[conn];
	uint64_t t = s->now + delay(s);
	struct sim_event *ev;

	if (t <= c->last[to_server])
		t = c->last[to_server] + 1;
	c->last[to_server] = t;
	ev = sim_push(s, t, type, -1);
	ev->conn = conn;
	ev->to_server = to_server;
	return ev;
}

void sim_send(struct sim *s, int node, bool from_leader,
	      const struct jsl_queue_message *m)
{
	uint32_t conn = (uint32_t)m->link;
	struct sim_conn *c = &s->conns[conn];
	struct sim_event *ev;

	if (conn == 0 || conn >= s->n_conns ||
	    (from_leader ? c->server : c->client) != node)
		sim_fail(s, "node %d sends on a link that is not its own", node);
	if (c->broken)
		return;
	ev = push_on(s, conn, !from_leader, SIM_DELIVER);
	ev->message = *m;
	jsl_blob_ref(m->payload);
	if (m->n_items > 0) {
		struct jsl_queue_item *items = malloc(m->n_items * sizeof(*items));

		if (items == NULL)
			abort();
		memcpy(items, m->items, m->n_items * sizeof(*items));
		ev->message.items = items;
	}
}

static bool ends_alive(const struct sim *s, const struct sim_conn *c)
{
	return s->nodes[c->client].alive && s->nodes[c->client].boot == c->client_boot &&
	       s->nodes[c->server].alive && s->nodes[c->server].boot == c->server_boot;
}

static enum sim_core client_core(const struct sim *s, const struct sim_conn *c)
{
	return s->nodes[c->client].peer ? WORKER : SUBMITTER;
}

void sim_deliver(struct sim *s, struct sim_event *ev)
{
	struct sim_conn *c = &s->conns[ev->conn];
	struct jsl_queue_event message = {.type = JSL_QUEUE_EV_MESSAGE,
					  .message = &ev->message};

	if (c->broken || !ends_alive(s, c))
		return;
	if (ev->to_server && !c->server_knows)
		return;
	if (ev->message.queued_us == LIE &&
	    !sim_may_lie(s, c->client, sim_job_of(ev->message.job)))
		return; /* meanwhile it would be believed */
	s->sent = ev->sent;
	if (ev->to_server && ev->message.kind == JSL_QUEUE_PROGRESS &&
	    ev->message.queued_us != LIE)
		s->jobs[sim_job_of(ev->message.job)].word = s->now;
	if (ev->to_server && (ev->message.kind == JSL_QUEUE_DELIVERED ||
			      ev->message.kind == JSL_QUEUE_CANCEL))
		s->jobs[sim_job_of(ev->message.job)].forwarded_on = 0;
	if (ev->message.kind == JSL_QUEUE_ASSIGN && sim_chance(s, 10)) {
		/* A leader that stutters: the worker must not run it twice (Q4). */
		sim_step(s, c->client, WORKER, &message);
		if (c->broken || !ends_alive(s, c))
			return;
	}
	if (sim_step(s, ev->to_server ? c->server : c->client,
		     ev->to_server ? LEADER : client_core(s, c), &message) < 0)
		sim_break(s, ev->conn, false);
}

/* ---- up ---- */

static bool reachable(const struct sim *s, int a, int b)
{
	return a == b ||
	       (s->nodes[a].cut_until <= s->now && s->nodes[b].cut_until <= s->now);
}

static void retry(struct sim *s, int node, uint64_t after)
{
	if (s->nodes[node].connecting)
		return;
	s->nodes[node].connecting = true;
	sim_push(s, s->now + after, SIM_CONNECT, node);
}

static uint32_t new_conn(struct sim *s, int client, int server)
{
	uint32_t conn = s->n_conns++;

	if (conn >= CONNS_MAX)
		sim_fail(s, "more than %d connections", CONNS_MAX);
	s->conns[conn] = (struct sim_conn){.client = client,
					   .server = server,
					   .client_boot = s->nodes[client].boot,
					   .server_boot = s->nodes[server].boot};
	return conn;
}

void sim_connect(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];
	int server = -1;
	struct jsl_queue_event up = {.type = JSL_QUEUE_EV_LINK_UP};
	uint32_t conn;

	n->connecting = false;
	if (!n->alive || n->known.epoch == 0)
		return;
	for (int i = 0; i < s->n_peers; i++)
		if (s->nodes[i].id == n->known.id)
			server = i;
	if (n->conn != 0 && !s->conns[n->conn].broken &&
	    s->conns[n->conn].server == server)
		return;
	if (n->conn != 0 && s->conns[n->conn].client_knows)
		sim_break(s, n->conn, false);
	n->conn = 0;
	if (!s->nodes[server].alive || !s->nodes[server].leading ||
	    !reachable(s, node, server)) {
		retry(s, node, 50 * MS + sim_rand(s, 100 * MS));
		return;
	}
	conn = new_conn(s, node, server);
	up.link = conn;
	up.node = (struct jsl_queue_node){n->id, n->boot};
	up.worker = n->peer;
	up.submitter = !n->peer;
	n->conn = conn;
	push_on(s, conn, false, SIM_CLIENT_UP); /* before what the leader has to say */
	if (sim_step(s, server, LEADER, &up) < 0) {
		s->conns[conn].broken = true;
		n->conn = 0;
		retry(s, node, 50 * MS + sim_rand(s, 100 * MS));
		return;
	}
	s->conns[conn].server_knows = s->conns[conn].accepted = true;
	sim_link_changed(s, server, node, true);
}

void sim_client_up(struct sim *s, uint32_t conn)
{
	struct sim_conn *c = &s->conns[conn];
	struct sim_node *n = &s->nodes[c->client];
	struct jsl_queue_event up = {.type = JSL_QUEUE_EV_LINK_UP, .link = conn};

	if (c->broken || !ends_alive(s, c) || n->conn != conn)
		return;
	c->client_knows = true;
	up.leader = n->known;
	up.node = (struct jsl_queue_node){s->nodes[c->server].id, c->server_boot};
	sim_step(s, c->client, client_core(s, c), &up);
}

/* ---- down ---- */

void sim_notice(struct sim *s, uint32_t conn, bool server, bool clean)
{
	struct sim_conn *c = &s->conns[conn];
	struct jsl_queue_event down = {
		.type = JSL_QUEUE_EV_LINK_DOWN, .link = conn, .clean = clean};
	struct sim_node *n = &s->nodes[server ? c->server : c->client];

	if (server) {
		if (!c->server_knows || !n->alive || n->boot != c->server_boot)
			return;
		c->server_knows = false;
		sim_step(s, c->server, LEADER, &down);
		for (uint32_t i = conn + 1; i < s->n_conns; i++)
			if (s->conns[i].client == c->client &&
			    s->conns[i].server == c->server && s->conns[i].accepted)
				return; /* it had a newer one */
		sim_link_changed(s, c->server, c->client, false);
		return;
	}
	if (!n->alive || n->boot != c->client_boot)
		return;
	if (c->client_knows)
		sim_step(s, c->client, client_core(s, c), &down);
	c->client_knows = false;
	if (n->conn == conn)
		n->conn = 0;
	if (n->alive)
		retry(s, c->client, 5 * MS + sim_rand(s, 50 * MS));
}

void sim_break(struct sim *s, uint32_t conn, bool clean)
{
	struct sim_conn *c = &s->conns[conn];

	if (c->broken)
		return;
	c->broken = true;
	if (clean) {
		sim_notice(s, conn, true, true);
	} else {
		struct sim_event *ev =
			sim_push(s, s->now + notice_delay(s), SIM_DOWN, -1);

		ev->conn = conn;
		ev->to_server = true;
	}
	sim_push(s, s->now + (s->nodes[c->client].conn == conn ? notice_delay(s) : 0),
		 SIM_DOWN, -1)
		->conn = conn;
}

void sim_break_all(struct sim *s, int node)
{
	for (uint32_t i = 1; i < s->n_conns; i++)
		if (s->conns[i].client == node || s->conns[i].server == node)
			sim_break(s, i, false);
}
