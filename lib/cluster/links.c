/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is connected to whom: every node keeps one link to the leader; the leader
 * takes links from everybody and sends them away when it leads no more. HELLO
 * comes first in both directions, and says who is there.
 */

#include <stdlib.h>

#include "base/list.h"
#include "cluster/cluster_int.h"

static struct jsl_cluster_hello hello_of(const struct jsl_cluster *c, bool leading)
{
	return (struct jsl_cluster_hello){
		.node = c->self,
		.worker = c->worker != NULL,
		.submitter = true,
		.leading = leading,
		.leader = jsl_cluster_leader(c, c->now_us),
	};
}

/* ---- outgoing: the link to the leader ---- */

/* Returns 0, or the error of a core that could not take a link that is up. */
static int uplink_event(struct jsl_cluster *c, bool up, bool clean)
{
	int r = 0;

	struct jsl_queue_event ev = {
		.type = up ? JSL_QUEUE_EV_LINK_UP : JSL_QUEUE_EV_LINK_DOWN,
		.link = c->uplink.id,
		.node = {.id = c->uplink.to.id},
		.leader = c->uplink.to,
		.clean = clean,
	};

	c->uplink.up = up;
	if (c->worker != NULL)
		r = jsl_cluster__work(c, &ev);
	if (r == 0 || !up)
		r = jsl_cluster__submit(c, &ev);
	return r;
}

/* Forget the link to the leader, if there is one, and close it. */
void jsl_cluster__uplink_down(struct jsl_cluster *c, bool goodbye)
{
	uint64_t id = c->uplink.id;

	if (c->uplink.up)
		(void)uplink_event(c, false, goodbye);
	c->uplink = (struct jsl_cluster_uplink){0};
	if (id != 0)
		c->io->close(c->arg, id, goodbye);
}

static void dial(struct jsl_cluster *c)
{
	struct jsl_addr addr;

	c->uplink.id = 0;
	c->uplink.deadline_us = c->now_us + c->uplink.retry_us;
	if (!jsl_cluster__find(c, c->uplink.to.id, &addr))
		return;
	c->uplink.id = c->next_link++;
	c->uplink.begun_us = c->now_us;
	c->uplink.deadline_us = c->now_us + JSL_CLUSTER_CONNECT_US;
	c->io->connect(c->arg, c->uplink.id, &addr);
}

static void dial_later(struct jsl_cluster *c)
{
	uint64_t retry = c->uplink.retry_us;

	c->uplink.id = 0;
	c->uplink.deadline_us = c->now_us + retry;
	c->uplink.retry_us = retry * 2 < JSL_CLUSTER_RETRY_MAX_US
				     ? retry * 2
				     : JSL_CLUSTER_RETRY_MAX_US;
}

static void give_up_dialing(struct jsl_cluster *c)
{
	c->io->close(c->arg, c->uplink.id, false);
	dial_later(c);
}

/*
 * Point the link at the leader of now. Without one the old link stays: its
 * leader may be back, and Q5 has the worker go on anyway.
 */
void jsl_cluster__aim(struct jsl_cluster *c)
{
	if (c->left || c->leading || c->leader.epoch == 0 || c->leader.id == c->self.id)
		return;
	if (jsl_cluster__same_reign(c->uplink.to, c->leader)) {
		c->uplink.to = c->leader; /* in a higher epoch, perhaps (R10) */
		return;
	}
	jsl_cluster__uplink_down(c, false);
	c->uplink.to = c->leader;
	c->uplink.retry_us = JSL_CLUSTER_RETRY_MIN_US;
	dial(c);
}

static void uplink_hello(struct jsl_cluster *c, const struct jsl_cluster_hello *hello)
{
	if (c->uplink.up)
		return;
	if (!hello->leading || hello->node.id != c->uplink.to.id ||
	    hello->leader.epoch < c->uplink.to.epoch) {
		give_up_dialing(c);
		return;
	}
	if (uplink_event(c, true, false) < 0) {
		(void)uplink_event(c, false, false);
		give_up_dialing(c);
		return;
	}
	c->uplink.retry_us = JSL_CLUSTER_RETRY_MIN_US;
	c->uplink.deadline_us = UINT64_MAX;
}

static void uplink_closed(struct jsl_cluster *c, enum jsl_cluster_close close)
{
	if (c->uplink.up)
		(void)uplink_event(c, false, close == JSL_CLUSTER_CLOSE_CLEAN);
	dial_later(c);
	if (close == JSL_CLUSTER_CLOSE_REFUSED)
		jsl_cluster__refused(c, c->uplink.to, c->uplink.begun_us);
	else if (close == JSL_CLUSTER_CLOSE_LOST)
		jsl_cluster__look_for_leader(c);
}

/* ---- incoming: links of the others, while this node leads ---- */

static struct jsl_cluster_link *incoming(const struct jsl_cluster *c, uint64_t link)
{
	struct jsl_map_node *n = jsl_map_get(&c->links, jsl_key_u64(link));

	return n != NULL ? jsl_container_of(n, struct jsl_cluster_link, node) : NULL;
}

static int incoming_event(struct jsl_cluster *c, const struct jsl_cluster_link *l,
			  bool up, const struct jsl_cluster_hello *hello, bool clean)
{
	struct jsl_queue_event ev = {
		.type = up ? JSL_QUEUE_EV_LINK_UP : JSL_QUEUE_EV_LINK_DOWN,
		.link = l->id,
		.node = l->peer,
		.worker = hello != NULL && hello->worker,
		.submitter = hello != NULL && hello->submitter,
		.clean = clean,
	};

	return jsl_cluster__lead(c, &ev);
}

static void remove_link(struct jsl_cluster *c, struct jsl_cluster_link *l, bool clean)
{
	jsl_map_remove(&c->links, &l->node);
	if (l->up)
		(void)incoming_event(c, l, false, NULL, clean);
	free(l);
}

static struct jsl_cluster_link *find_node(const struct jsl_cluster *c, uint64_t id)
{
	jsl_map_foreach (it, &c->links) {
		struct jsl_cluster_link *l =
			jsl_container_of(it, struct jsl_cluster_link, node);

		if (l->peer.id == id)
			return l;
	}
	return NULL;
}

/* A node has one link: a newer one replaces what is left of the older. */
static void replace_older(struct jsl_cluster *c, struct jsl_cluster_link *older)
{
	uint64_t id = older->id;

	remove_link(c, older, false);
	c->io->close(c->arg, id, false);
}

/* Only while this node leads, and not of a process that was superseded. */
static struct jsl_cluster_link *take_link(struct jsl_cluster *c, uint64_t link,
					  const struct jsl_cluster_hello *hello)
{
	struct jsl_cluster_link *older = find_node(c, hello->node.id), *l;

	if (!c->leading || !jsl_cluster_is_leader(c, c->now_us, NULL) ||
	    (older != NULL && older->peer.boot > hello->node.boot))
		return NULL;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return NULL;
	l->id = link;
	l->peer = hello->node;
	if (jsl_map_put(&c->links, jsl_key_u64(link), &l->node) < 0) {
		free(l);
		return NULL;
	}
	if (older != NULL)
		replace_older(c, older);
	return l;
}

static void incoming_hello(struct jsl_cluster *c, uint64_t link,
			   const struct jsl_cluster_hello *hello)
{
	struct jsl_cluster_link *l = take_link(c, link, hello);
	struct jsl_cluster_hello answer = hello_of(c, l != NULL);

	c->io->send_hello(c->arg, link, &answer);
	if (l != NULL && incoming_event(c, l, true, hello, false) == 0) {
		l->up = true;
		return;
	}
	/* The queue does not know it: open, it would swallow whatever comes. */
	if (l != NULL)
		remove_link(c, l, false);
	c->io->close(c->arg, link, false);
}

/* G5: without a goodbye, its process may be dead: have others look at once. */
static void incoming_closed(struct jsl_cluster *c, struct jsl_cluster_link *l,
			    enum jsl_cluster_close close)
{
	struct jsl_gossip_event suspect = {.type = JSL_GOSSIP_EV_REFUSED,
					   .id = l->peer.id};
	bool clean = close == JSL_CLUSTER_CLOSE_CLEAN;

	remove_link(c, l, clean);
	if (!clean)
		jsl_cluster__gossip(c, &suspect);
}

/* Resigned: the queue has forgotten the links already; tell the other side. */
void jsl_cluster__drop_links(struct jsl_cluster *c)
{
	for (;;) {
		struct jsl_map_node *n = jsl_map_next(&c->links, NULL);
		struct jsl_cluster_link *l;

		if (n == NULL)
			break;
		l = jsl_container_of(n, struct jsl_cluster_link, node);
		jsl_map_remove(&c->links, n);
		c->io->close(c->arg, l->id, false);
		free(l);
	}
}

void jsl_cluster__links_deinit(struct jsl_cluster *c)
{
	for (;;) {
		struct jsl_map_node *n = jsl_map_next(&c->links, NULL);

		if (n == NULL)
			break;
		jsl_map_remove(&c->links, n);
		free(jsl_container_of(n, struct jsl_cluster_link, node));
	}
	jsl_map_deinit(&c->links);
}

/* ---- events ---- */

void jsl_cluster__link_open(struct jsl_cluster *c, uint64_t link)
{
	struct jsl_cluster_hello hello = hello_of(c, false);

	if (link == c->uplink.id)
		c->io->send_hello(c->arg, link, &hello);
	else if (link == c->evidence.link)
		jsl_cluster__evidence_open(c);
}

void jsl_cluster__link_hello(struct jsl_cluster *c, uint64_t link,
			     const struct jsl_cluster_hello *hello)
{
	if (hello->node.id == 0 || hello->node.boot == 0 ||
	    hello->node.id == c->self.id) {
		c->io->close(c->arg, link, false);
		jsl_cluster__link_closed(c, link, JSL_CLUSTER_CLOSE_LOST);
	} else if (link == c->uplink.id) {
		uplink_hello(c, hello);
	} else if (incoming(c, link) == NULL) {
		incoming_hello(c, link, hello);
	}
}

int jsl_cluster__link_queue(struct jsl_cluster *c, const struct jsl_queue_message *m)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MESSAGE, .message = m};
	struct jsl_cluster_link *l = incoming(c, m->link);
	int r = 0;

	if (m->link == c->uplink.id && c->uplink.up)
		r = jsl_cluster__from_leader(c, m);
	else if (l != NULL && l->up)
		r = jsl_cluster__lead(c, &ev);
	if (r < 0) {
		c->io->close(c->arg, m->link, false);
		jsl_cluster__link_closed(c, m->link, JSL_CLUSTER_CLOSE_LOST);
	}
	return r;
}

void jsl_cluster__link_closed(struct jsl_cluster *c, uint64_t link,
			      enum jsl_cluster_close close)
{
	struct jsl_cluster_link *l = incoming(c, link);

	if (link != 0 && link == c->uplink.id)
		uplink_closed(c, close);
	else if (link != 0 && link == c->evidence.link)
		jsl_cluster__evidence_closed(c, close);
	else if (l != NULL)
		incoming_closed(c, l, close);
}

void jsl_cluster__links_timer(struct jsl_cluster *c)
{
	if (c->uplink.to.epoch == 0 || c->uplink.up || c->now_us < c->uplink.deadline_us)
		return;
	if (c->uplink.id != 0)
		give_up_dialing(c);
	else
		dial(c);
}
