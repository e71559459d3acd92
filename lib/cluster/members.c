/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Membership inside a node: gossip tells the election whom not to wait for and
 * the queue who is gone, and carries this node's role to the others. It decides
 * neither leadership nor quorum.
 */

#include <string.h>

#include "cluster/cluster_int.h"

bool jsl_cluster__is_live(const struct jsl_gossip_entry *entry)
{
	return entry->state == JSL_GOSSIP_ALIVE || entry->state == JSL_GOSSIP_SUSPECT;
}

static const struct jsl_node_peer *configured(const struct jsl_cluster *c, uint64_t id)
{
	for (size_t i = 0; i < c->n_peers; i++)
		if (c->peers[i].id == id)
			return &c->peers[i];
	return NULL;
}

bool jsl_cluster__is_configured(const struct jsl_cluster *c, uint64_t id)
{
	return configured(c, id) != NULL;
}

bool jsl_cluster__is_voter(const struct jsl_cluster *c, uint64_t id)
{
	const struct jsl_node_peer *peer = configured(c, id);

	return peer != NULL && peer->vote;
}

/* Where @id is reached: the configuration's word, else gossip's. */
bool jsl_cluster__find(const struct jsl_cluster *c, uint64_t id,
		       struct jsl_addr *ret_addr)
{
	const struct jsl_node_peer *peer = configured(c, id);
	const struct jsl_gossip_entry *entry;

	if (peer != NULL) {
		*ret_addr = peer->addr;
		return true;
	}
	entry = jsl_gossip_member(c->gossip, id);
	if (entry == NULL)
		return false;
	*ret_addr = entry->addr;
	return true;
}

static bool is_worker(const struct jsl_gossip_entry *entry)
{
	struct jsl_cluster_meta meta;

	return jsl_cluster_meta_decode(&meta, entry->meta, entry->meta_len) == 0 &&
	       meta.slots > 0;
}

static void tell_election(struct jsl_cluster *c, const struct jsl_gossip_entry *entry)
{
	struct jsl_election_event ev = {
		.type = jsl_cluster__is_live(entry) ? JSL_ELECTION_EV_VOTER_UP
						    : JSL_ELECTION_EV_VOTER_DOWN,
		.id = entry->id,
	};

	if (jsl_cluster__is_voter(c, entry->id) && entry->id != c->self.id)
		jsl_cluster__elect(c, &ev);
}

static void tell_queue(struct jsl_cluster *c, const struct jsl_gossip_entry *entry)
{
	struct jsl_queue_event ev = {
		.type = JSL_QUEUE_EV_MEMBER,
		.node = {.id = entry->id, .boot = entry->boot},
		.worker = is_worker(entry),
		.member = JSL_QUEUE_MEMBER_ALIVE,
	};

	if (entry->state == JSL_GOSSIP_FAILED)
		ev.member = JSL_QUEUE_MEMBER_FAILED;
	else if (entry->state == JSL_GOSSIP_LEFT)
		ev.member = JSL_QUEUE_MEMBER_LEFT;
	(void)jsl_cluster__lead(c, &ev);
}

/*
 * One of the configuration that was not heard of yet may run something (Q2): this node
 * has not been there for long enough to say that it is dead.
 */
static void tell_unheard(struct jsl_cluster *c, const struct jsl_node_peer *peer)
{
	struct jsl_queue_event ev = {.type = JSL_QUEUE_EV_MEMBER,
				     .node = {.id = peer->id},
				     .worker = true,
				     .member = JSL_QUEUE_MEMBER_ALIVE};

	if (c->now_us < c->all_heard_us && peer->id != c->self.id &&
	    jsl_gossip_member(c->gossip, peer->id) == NULL)
		(void)jsl_cluster__lead(c, &ev);
}

/*
 * Everything that is known, to a queue that is about to lead. It was told of each
 * change before, but perhaps had no memory for it.
 */
void jsl_cluster__tell_members(struct jsl_cluster *c)
{
	const struct jsl_gossip_entry *it;

	for (it = jsl_gossip_next(c->gossip, 0); it != NULL;
	     it = jsl_gossip_next(c->gossip, it->id))
		tell_queue(c, it);
	for (size_t i = 0; i < c->n_peers; i++)
		tell_unheard(c, &c->peers[i]);
}

/*
 * The queue waits for word of @node (Q2): say what is known of its life, or that
 * nothing is, when something should be; if it should be alive, see whether it is.
 */
static void look_at(struct jsl_cluster *c, struct jsl_queue_node node)
{
	const struct jsl_gossip_entry *entry = jsl_gossip_member(c->gossip, node.id);
	struct jsl_gossip_event probe = {.type = JSL_GOSSIP_EV_PROBE, .id = node.id};
	struct jsl_queue_event gone = {.type = JSL_QUEUE_EV_MEMBER,
				       .node = node,
				       .member = JSL_QUEUE_MEMBER_FAILED};

	if (entry != NULL && entry->boot >= node.boot)
		tell_queue(c, entry);
	else if (entry == NULL ? c->now_us >= c->all_heard_us
			       : !jsl_cluster__is_live(entry))
		(void)jsl_cluster__lead(c, &gone);
	jsl_cluster__gossip(c, &probe);
}

void jsl_cluster__settle_probes(struct jsl_cluster *c)
{
	size_t n = c->n_probes;

	for (size_t i = 0; i < n && c->leading; i++)
		look_at(c, c->probes[i]);
	c->n_probes = 0; /* also what these brought: it is asked for again */
}

static void tell_change(struct jsl_cluster *c, const struct jsl_gossip_change *change)
{
	c->members_changed = true;
	c->io->member(c->arg, change);
	switch (change->type) {
	case JSL_GOSSIP_JOINED:
	case JSL_GOSSIP_RECOVERED:
	case JSL_GOSSIP_FAILURE:
	case JSL_GOSSIP_GONE:
		tell_election(c, &change->entry);
		tell_queue(c, &change->entry);
		break;
	case JSL_GOSSIP_UPDATED: tell_queue(c, &change->entry); break;
	case JSL_GOSSIP_SUSPECTED:
	case JSL_GOSSIP_CLEANED:
	case JSL_GOSSIP_HEALED:
	case JSL_GOSSIP_CONFLICT: break;
	}
}

int jsl_cluster__gossip(struct jsl_cluster *c, const struct jsl_gossip_event *ev)
{
	struct jsl_gossip_event now = *ev;
	struct jsl_gossip_update up;

	now.now_us = c->now_us;
	if (jsl_gossip_step(c->gossip, &now, &up) < 0)
		return 0;
	for (size_t i = 0; i < up.n_messages; i++)
		c->io->send_gossip(c->arg, &up.messages[i]);
	for (size_t i = 0; i < up.n_changes; i++)
		tell_change(c, &up.changes[i]);
	return up.refused;
}

/* ---- what the election hears and misses (G5) ---- */

/*
 * A heartbeat of the leader and an ack to ours are signs of life as good as the
 * answer to a ping.
 */
void jsl_cluster__heard(struct jsl_cluster *c, const struct jsl_election_message *m)
{
	struct jsl_gossip_event ev = {
		.type = JSL_GOSSIP_EV_HEARD, .id = m->from, .boot = m->boot};
	struct jsl_election_leader leader = jsl_cluster_leader(c, c->now_us);
	bool of_now = leader.epoch != 0 && m->epoch == leader.epoch;
	bool leads = m->kind == JSL_ELECTION_HEARTBEAT && m->from == leader.id;
	bool follows = m->kind == JSL_ELECTION_ACK && c->leading;
	const struct jsl_node_peer *peer = configured(c, m->from);

	if (peer == NULL || !peer->vote || !of_now || !(leads || follows))
		return;
	c->heard_us[peer - c->peers] = c->now_us;
	jsl_cluster__gossip(c, &ev);
}

static void look_at_silent(struct jsl_cluster *c, size_t peer)
{
	struct jsl_gossip_event ev = {.type = JSL_GOSSIP_EV_PROBE,
				      .id = c->peers[peer].id};

	c->heard_us[peer] = 0;
	jsl_cluster__gossip(c, &ev);
}

/*
 * One that was heard with every heartbeat and is no more: see at once, do not wait for
 * its turn. A leader sees it in the acks, a voter when its lease has run out.
 */
static void settle_silence(struct jsl_cluster *c)
{
	for (size_t i = 0; i < c->n_peers; i++)
		if (c->heard_us[i] != 0 && c->peers[i].id != c->self.id &&
		    c->now_us - c->heard_us[i] >= c->silence_us)
			look_at_silent(c, i);
}

/* FNV-1a. */
static uint64_t hash_bytes(const uint8_t *data, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ data[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* The set of what live workers say about themselves; kept while there is none. */
static void hash_apps(struct jsl_cluster *c)
{
	enum { DISTINCT_MAX = 32 };
	uint64_t seen[DISTINCT_MAX], sum = 0;
	size_t n = 0;
	const struct jsl_gossip_entry *it;

	for (it = jsl_gossip_next(c->gossip, 0); it != NULL && n < DISTINCT_MAX;
	     it = jsl_gossip_next(c->gossip, it->id)) {
		struct jsl_cluster_meta meta;
		size_t i = 0;
		uint64_t h;

		if (!jsl_cluster__is_live(it) ||
		    jsl_cluster_meta_decode(&meta, it->meta, it->meta_len) < 0 ||
		    meta.slots == 0)
			continue;
		h = hash_bytes(meta.app, meta.app_len);
		while (i < n && seen[i] != h)
			i++;
		if (i < n)
			continue;
		seen[n++] = h;
		sum ^= h;
	}
	if (n > 0)
		c->app_hash = sum;
}

void jsl_cluster__settle_members(struct jsl_cluster *c)
{
	if (c->left)
		return;
	settle_silence(c);
	jsl_cluster__publish(c);
	if (c->members_changed)
		hash_apps(c);
	c->members_changed = false;
}
