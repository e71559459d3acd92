/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this node says of itself in gossip (G6). A change of leader changes it for
 * all at the same moment, and what n members have to say to n others would then be
 * in the way of the heartbeats. So in a large cluster those without a vote wait
 * for their turns; who leads in the end is what they say.
 */

#include <string.h>

#include "cluster/cluster_int.h"

/* Up to so many members nobody waits; more of them speak at this distance. */
#define AT_ONCE_MAX 16
#define TURN_US	    UINT64_C(10000)

static uint64_t count_live(const struct jsl_cluster *c)
{
	const struct jsl_gossip_entry *it;
	uint64_t n = 0;

	for (it = jsl_gossip_next(c->gossip, 0); it != NULL;
	     it = jsl_gossip_next(c->gossip, it->id))
		n += jsl_cluster__is_live(it);
	return n;
}

static uint64_t turn_us(const struct jsl_cluster *c)
{
	uint64_t n = c->voter ? 0 : count_live(c);

	if (n <= AT_ONCE_MAX)
		return c->now_us;
	return c->now_us +
	       (c->self.id * UINT64_C(0x9e3779b97f4a7c15) >> 32) % n * TURN_US;
}

static bool is_same(const struct jsl_cluster_meta *a, const struct jsl_cluster_meta *b)
{
	return a->role == b->role && a->slots == b->slots && a->unfit == b->unfit &&
	       a->leader.epoch == b->leader.epoch && a->leader.id == b->leader.id;
}

void jsl_cluster__publish(struct jsl_cluster *c)
{
	struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_META};
	struct jsl_cluster_meta meta = c->meta;
	uint8_t buf[JSL_GOSSIP_META_MAX];
	bool waits = c->publish_us != UINT64_MAX;

	meta.role = c->role;
	meta.leader = c->leader;
	meta.slots = c->leaving ? 0 : c->slots;
	meta.unfit = c->unfit;
	if (is_same(&meta, &c->meta)) {
		c->publish_us = UINT64_MAX;
		return;
	}
	if (!waits)
		c->publish_us = turn_us(c);
	if (meta.slots == c->meta.slots && meta.unfit == c->meta.unfit &&
	    c->now_us < c->publish_us)
		return;
	c->publish_us = UINT64_MAX;
	c->meta = meta;
	ev.meta = buf;
	ev.meta_len = jsl_cluster_meta_encode(&c->meta, buf);
	jsl_cluster__gossip(c, &ev);
}
