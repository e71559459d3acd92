/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pings on behalf of others (SWIM, 3.1). The answer goes back at once; when there
 * is none in half the probe timeout, a NACK does, so that who asked knows at least
 * that it is heard itself (Lifeguard). What does not fit is not relayed: for who
 * asked, that is a lost datagram.
 */

#include <stddef.h>

#include "gossip/gossip_int.h"

static struct jsl_gossip__relay *find_free(struct jsl_gossip *g)
{
	for (size_t i = 0; i < JSL_GOSSIP__RELAYS_MAX; i++)
		if (g->relays[i].seq == 0)
			return &g->relays[i];
	return NULL;
}

static void ping(struct jsl_gossip *g, const struct jsl_gossip__relay *relay)
{
	const struct jsl_gossip__member *m = jsl_gossip__find(g, relay->target);
	struct jsl_gossip_message *msg =
		jsl_gossip__begin(g, JSL_GOSSIP_PING, &relay->addr);

	msg->seq = relay->seq;
	msg->target = relay->target;
	g->bytes_max = relay->bytes_max;
	if (m != NULL && m->row.state == JSL_GOSSIP_SUSPECT)
		jsl_gossip__say(g, &m->row);
}

/* What is known here of the target's address is better than the request's word. */
void jsl_gossip__relay(struct jsl_gossip *g, const struct jsl_gossip_message *msg,
		       bool verified)
{
	const struct jsl_gossip__member *m = jsl_gossip__find(g, msg->target);
	struct jsl_gossip__relay *relay = find_free(g);

	if (relay == NULL || msg->target == g->opts.id)
		return;
	*relay = (struct jsl_gossip__relay){
		.seq = jsl_rng_next(&g->rng) | 1,
		.target = msg->target,
		.addr = m != NULL ? m->row.addr : msg->target_addr,
		.origin_seq = msg->seq,
		.origin = msg->from_addr,
		.bytes_max =
			verified ? JSL_GOSSIP__BYTES_MAX : jsl_gossip__message_bytes(msg),
		.again_us = g->now_us + g->opts.probe_timeout_us / 4,
		.nack_us = g->now_us + g->opts.probe_timeout_us / 2,
		.until_us = g->now_us + g->opts.probe_interval_us,
	};
	g->relay_us = jsl_gossip__min(g->relay_us, relay->again_us);
	ping(g, relay);
}

static void report(struct jsl_gossip *g, const struct jsl_gossip__relay *relay,
		   enum jsl_gossip_kind kind)
{
	struct jsl_gossip_message *msg = jsl_gossip__begin(g, kind, &relay->origin);

	msg->seq = relay->origin_seq;
	msg->target = relay->target;
	g->bytes_max = relay->bytes_max;
	jsl_gossip__piggyback(g);
}

void jsl_gossip__relay_ack(struct jsl_gossip *g, uint64_t from, uint64_t seq)
{
	for (size_t i = 0; i < JSL_GOSSIP__RELAYS_MAX; i++) {
		struct jsl_gossip__relay *relay = &g->relays[i];

		if (relay->seq == 0 || relay->seq != seq || relay->target != from)
			continue;
		relay->seq = 0;
		report(g, relay, JSL_GOSSIP_ACK);
		return;
	}
}

static void expire(struct jsl_gossip *g, struct jsl_gossip__relay *relay)
{
	if (relay->until_us <= g->now_us) {
		relay->seq = 0;
	} else if (relay->nack_us <= g->now_us) {
		relay->nack_us = JSL_GOSSIP__NEVER;
		report(g, relay, JSL_GOSSIP_NACK);
	} else if (relay->again_us <= g->now_us) {
		relay->again_us = JSL_GOSSIP__NEVER;
		ping(g, relay);
	}
}

static uint64_t deadline(const struct jsl_gossip__relay *relay)
{
	uint64_t at = jsl_gossip__min(relay->nack_us, relay->until_us);

	return jsl_gossip__min(at, relay->again_us);
}

void jsl_gossip__relay_expire(struct jsl_gossip *g)
{
	uint64_t at = JSL_GOSSIP__NEVER;

	if (g->relay_us > g->now_us)
		return;
	for (size_t i = 0; i < JSL_GOSSIP__RELAYS_MAX; i++) {
		struct jsl_gossip__relay *relay = &g->relays[i];

		if (relay->seq != 0 && !jsl_gossip__is_full(g))
			expire(g, relay);
		if (relay->seq != 0)
			at = jsl_gossip__min(at, deadline(relay));
	}
	g->relay_us = at;
}
