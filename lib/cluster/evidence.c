/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * R13: whether the leader's process is gone. When its link ends without a
 * goodbye, or its heartbeat is overdue, a fresh connect is made to its port. One
 * that is refused is the evidence; one that is taken says nothing, for the kernel
 * of a dying process takes connects until it closes the port: look again a few
 * milliseconds later, a few times.
 */

#include "cluster/cluster_int.h"

/* Connects for one suspicion, and the pause after the first; it doubles. */
#define TRIES	 4
#define PAUSE_US UINT64_C(4000)

static bool is_trusted(const struct jsl_cluster *c, const struct jsl_addr *addr)
{
	return c->trust == JSL_NODE_TRUST_YES ||
	       (c->trust == JSL_NODE_TRUST_AUTO && jsl_addr_is_loopback(addr));
}

static bool is_followed(const struct jsl_cluster *c, struct jsl_election_leader of)
{
	return !c->leading && of.epoch != 0 && c->leader.epoch == of.epoch &&
	       c->leader.id == of.id && of.id != c->self.id;
}

static void stop(struct jsl_cluster *c)
{
	uint64_t link = c->evidence.link;

	c->evidence = (struct jsl_cluster_evidence){.again_us = UINT64_MAX};
	if (link != 0)
		c->io->close(c->arg, link, false);
}

static void look(struct jsl_cluster *c)
{
	struct jsl_cluster_evidence *ev = &c->evidence;
	struct jsl_addr addr;

	if (jsl_cluster__same_reign(ev->of, c->leader))
		ev->of = c->leader; /* it may have raised its epoch (R10) */
	if (!is_followed(c, ev->of) || ev->tries == 0 ||
	    !jsl_cluster__find(c, ev->of.id, &addr)) {
		stop(c);
		return;
	}
	ev->tries--;
	ev->link = c->next_link++;
	ev->begun_us = c->now_us;
	ev->again_us = c->now_us + JSL_CLUSTER_CONNECT_US;
	c->io->connect(c->arg, ev->link, &addr);
}

void jsl_cluster__look_for_leader(struct jsl_cluster *c)
{
	if (!jsl_cluster__same_reign(c->evidence.of, c->leader))
		stop(c); /* it was about an earlier one */
	if (c->evidence.tries > 0 || c->evidence.link != 0 || !is_followed(c, c->leader))
		return;
	c->evidence.of = c->leader;
	c->evidence.tries = TRIES;
	c->evidence.pause_us = PAUSE_US;
	look(c);
}

void jsl_cluster__refused(struct jsl_cluster *c, struct jsl_election_leader of,
			  uint64_t begun_us)
{
	struct jsl_election_event ev = {
		.type = JSL_ELECTION_EV_REFUSED, .leader = of, .begun_us = begun_us};
	struct jsl_gossip_event refused = {.type = JSL_GOSSIP_EV_REFUSED, .id = of.id};
	struct jsl_addr addr;

	if (is_followed(c, of) && jsl_cluster__find(c, of.id, &addr)) {
		ev.trusted = is_trusted(c, &addr);
		(void)jsl_cluster__elect(c, &ev);
	}
	jsl_cluster__gossip(c, &refused);
}

/* It was taken, or it ended: that says nothing. */
static void look_later(struct jsl_cluster *c)
{
	struct jsl_cluster_evidence *ev = &c->evidence;

	ev->link = 0;
	ev->again_us = c->now_us + ev->pause_us;
	ev->pause_us *= 2;
	if (ev->tries == 0)
		stop(c);
}

void jsl_cluster__evidence_open(struct jsl_cluster *c)
{
	c->io->close(c->arg, c->evidence.link, false);
	look_later(c);
}

void jsl_cluster__evidence_closed(struct jsl_cluster *c, enum jsl_cluster_close close)
{
	struct jsl_cluster_evidence ev = c->evidence;

	if (close != JSL_CLUSTER_CLOSE_REFUSED) {
		look_later(c);
		return;
	}
	c->evidence.link = 0;
	stop(c);
	jsl_cluster__refused(c, ev.of, ev.begun_us);
}

void jsl_cluster__evidence_timer(struct jsl_cluster *c)
{
	uint64_t link = c->evidence.link;

	if (c->now_us < c->evidence.again_us)
		return;
	c->evidence.link = 0;
	if (link != 0)
		c->io->close(c->arg, link, false);
	look(c);
}
