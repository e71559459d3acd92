/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages. A malformed one, one of an earlier life of its sender, or a ping that
 * is meant for another changes nothing.
 *
 * No answer is larger than its request before the sender has answered a ping of
 * ours (G7): until then it gets an ACK that fits, and a SYNC of it is answered
 * with a bare PING; the digests are exchanged when that has come back.
 */

#include <stddef.h>

#include <jsl/err.h>

#include "gossip/gossip_int.h"

/* Returns 0; JSL_E_MALFORMED, JSL_E_LIMIT, JSL_E_UNBOUND. */
static int check(const struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	int r = 0;

	if (msg->kind < JSL_GOSSIP_PING || msg->kind > JSL_GOSSIP_NEWS)
		return JSL_E_MALFORMED;
	if (msg->from == 0 || msg->boot == 0)
		return JSL_E_MALFORMED;
	if (msg->boot > JSL_GOSSIP__BOOT_MAX)
		return JSL_E_LIMIT;
	if (msg->n_news > JSL_GOSSIP_NEWS_MAX || (msg->n_news > 0 && msg->news == NULL))
		return JSL_E_MALFORMED;
	if (msg->kind == JSL_GOSSIP_PING && msg->target != 0 && msg->target != g->opts.id)
		return JSL_E_UNBOUND;
	if (msg->kind == JSL_GOSSIP_PING_REQ &&
	    (msg->target == 0 || msg->target_addr.port == 0))
		return JSL_E_MALFORMED;
	for (size_t i = 0; r == 0 && i < msg->n_news; i++)
		r = jsl_gossip__check_entry(&msg->news[i]);
	return r;
}

/* From a life of the sender that is over. */
static bool is_stale(const struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	const struct jsl_gossip__member *m = jsl_gossip__find(g, msg->from);
	const struct jsl_gossip__tomb *t = jsl_gossip__tomb_find(g, msg->from);

	return (m != NULL && msg->boot < m->row.boot) ||
	       (t != NULL && msg->boot < t->boot && msg->boot <= t->sure);
}

/* Its row, if the sender is known in this very life. */
static struct jsl_gossip__member *sender(const struct jsl_gossip *g,
					 const struct jsl_gossip_message *msg)
{
	struct jsl_gossip__member *m = jsl_gossip__find(g, msg->from);

	return m != NULL && m->row.boot == msg->boot ? m : NULL;
}

/* Whether the sender takes the id of a member that lives elsewhere. */
static bool claims(const struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	const struct jsl_gossip__member *m = jsl_gossip__find(g, msg->from);

	return m != NULL && jsl_gossip__is_claim(m, msg->boot, &msg->from_addr);
}

/* Whoever is thought suspect or dead hears it first, and can refute. */
static void say_sender(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	const struct jsl_gossip__member *m = jsl_gossip__find(g, msg->from);
	const struct jsl_gossip__tomb *t = jsl_gossip__tomb_find(g, msg->from);
	struct jsl_gossip_entry e;

	if (m != NULL && (m->row.state != JSL_GOSSIP_ALIVE || claims(g, msg))) {
		jsl_gossip__say_bare(g, &m->row);
	} else if (t != NULL && t->boot == msg->boot) {
		jsl_gossip__tomb_entry(g, t, &e);
		jsl_gossip__say(g, &e);
	}
}

/*
 * What the sender should know first: that we live, and that it is thought not to.
 * The former goes first where there is not room for both. The latter does not go
 * into NEWS: two that accuse each other would never end.
 */
static void put_right(struct jsl_gossip *g, const struct jsl_gossip_message *msg,
		      enum jsl_gossip_kind kind, bool introduce)
{
	bool both = g->bytes + 2 * (size_t)JSL_GOSSIP__BYTES_ENTRY <= g->bytes_max ||
		    claims(g, msg);

	if (kind == JSL_GOSSIP_ACK && both)
		say_sender(g, msg);
	if (introduce || g->correct)
		jsl_gossip__say_self(g);
	if (kind == JSL_GOSSIP_ACK && !both)
		say_sender(g, msg);
	g->correct = false;
}

/* An answer; what is wrong about us, or unknown, is put right in it. */
static struct jsl_gossip_message *answer(struct jsl_gossip *g,
					 const struct jsl_gossip_message *msg,
					 enum jsl_gossip_kind kind, bool introduce)
{
	const struct jsl_gossip__member *m = sender(g, msg);
	struct jsl_gossip_message *reply = jsl_gossip__begin(g, kind, &msg->from_addr);
	size_t request = jsl_gossip__message_bytes(msg);

	if ((m == NULL || !m->verified) && request < g->bytes_max)
		g->bytes_max = request;
	put_right(g, msg, kind, introduce);
	jsl_gossip__piggyback(g);
	return reply;
}

/* PING: target 0 comes from one who looks for company at an address. */
static void on_ping(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	struct jsl_gossip__member *m = sender(g, msg);
	struct jsl_gossip_message *ack = answer(g, msg, JSL_GOSSIP_ACK, msg->target == 0);

	ack->seq = msg->seq;
	if (msg->target == 0 && m != NULL && jsl_gossip__is_live(m)) {
		if (m->verified) {
			jsl_gossip__sync(g, m);
		} else {
			m->contact = true;
			jsl_gossip__probe(g, m);
		}
	}
}

static void on_ack(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	struct jsl_gossip__member *m = sender(g, msg);

	if (msg->target != 0 && msg->target != msg->from) {
		m = jsl_gossip__find(g, msg->target);
		if (m != NULL)
			jsl_gossip__probe_ack(g, m, msg->seq, false);
		return;
	}
	if (m != NULL && jsl_gossip__probe_ack(g, m, msg->seq, true))
		return;
	jsl_gossip__relay_ack(g, msg->from, msg->seq);
}

static void on_nack(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	struct jsl_gossip__member *m = jsl_gossip__find(g, msg->target);

	if (m != NULL)
		jsl_gossip__probe_nack(g, m, msg->seq, msg->from);
}

/* One that was declared failed and cleaned up here is back, and does not know. */
static void tell_dead(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	const struct jsl_gossip__tomb *t = jsl_gossip__tomb_find(g, msg->from);
	size_t request = jsl_gossip__message_bytes(msg);

	if (t == NULL || t->boot != msg->boot ||
	    request < JSL_GOSSIP__BYTES_MESSAGE + JSL_GOSSIP__BYTES_ENTRY)
		return;
	jsl_gossip__begin(g, JSL_GOSSIP_NEWS, &msg->from_addr);
	say_sender(g, msg);
}

static void on_sync(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	struct jsl_gossip__member *m = sender(g, msg);

	if (m == NULL) {
		tell_dead(g, msg);
	} else if (m->verified) {
		jsl_gossip__sync_answer(g, m, msg);
	} else if (jsl_gossip__is_live(m)) {
		m->contact = true;
		jsl_gossip__probe(g, m);
	}
}

static void on_ping_req(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	struct jsl_gossip__member *m = sender(g, msg);

	if (m != NULL)
		jsl_gossip__relay(g, msg, m->verified);
}

static void dispatch(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	switch (msg->kind) {
	case JSL_GOSSIP_PING: on_ping(g, msg); break;
	case JSL_GOSSIP_PING_REQ: on_ping_req(g, msg); break;
	case JSL_GOSSIP_ACK: on_ack(g, msg); break;
	case JSL_GOSSIP_NACK: on_nack(g, msg); break;
	case JSL_GOSSIP_SYNC: on_sync(g, msg); break;
	case JSL_GOSSIP_NEWS: break;
	}
}

void jsl_gossip__receive(struct jsl_gossip *g, const struct jsl_gossip_message *msg)
{
	if (msg->from == g->opts.id) {
		jsl_gossip__twin_receive(g, msg);
		return;
	}
	g->refused = check(g, msg);
	if (g->refused == 0 && is_stale(g, msg))
		g->refused = JSL_E_STALE;
	if (g->refused != 0)
		return;
	g->correct = false;
	g->from = msg->from;
	for (size_t i = 0; i < msg->n_news; i++)
		jsl_gossip__merge(g, &msg->news[i], msg->from, msg->boot);
	dispatch(g, msg);
	if (g->correct)
		answer(g, msg, JSL_GOSSIP_NEWS, true);
}
