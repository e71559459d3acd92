/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gossip messages <-> protobuf. An IPv4 address travels in 4 bytes, an absent
 * one in none.
 */

#include <assert.h>

#include "wire/datagram.h"
#include "wire/wire_int.h"

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Returns @pb, or NULL when @addr is "none". */
static Jsl__Pb__Addr *addr_fill(Jsl__Pb__Addr *pb, const struct jsl_addr *addr)
{
	static const struct jsl_addr none;
	uint8_t *ip = (uint8_t *)addr->ip;

	if (jsl_addr_equal(addr, &none))
		return NULL;
	jsl__pb__addr__init(pb);
	pb->port = addr->port;
	if (memcmp(ip, v4_prefix, sizeof(v4_prefix)) == 0)
		pb->ip = (ProtobufCBinaryData){.len = 4, .data = ip + 12};
	else
		pb->ip = (ProtobufCBinaryData){.len = 16, .data = ip};
	return pb;
}

static bool addr_ok(const Jsl__Pb__Addr *pb)
{
	return pb == NULL ||
	       ((pb->ip.len == 4 || pb->ip.len == 16) && pb->port <= UINT16_MAX);
}

static struct jsl_addr addr_read(const Jsl__Pb__Addr *pb)
{
	struct jsl_addr addr = {0};

	if (pb == NULL)
		return addr;
	addr.port = (uint16_t)pb->port;
	if (pb->ip.len == 4) {
		memcpy(addr.ip, v4_prefix, sizeof(v4_prefix));
		memcpy(addr.ip + 12, pb->ip.data, 4);
	} else {
		memcpy(addr.ip, pb->ip.data, 16);
	}
	return addr;
}

static void entry_fill(Jsl__Pb__Entry *pb, Jsl__Pb__Addr *addr,
		       const struct jsl_gossip_entry *e)
{
	assert(e->meta_len <= JSL_GOSSIP_META_MAX);
	jsl__pb__entry__init(pb);
	pb->id = e->id;
	pb->boot = e->boot;
	pb->incarnation = e->incarnation;
	pb->state = e->state;
	pb->accuser = e->accuser;
	pb->addr = addr_fill(addr, &e->addr);
	pb->meta_version = e->meta_version;
	pb->meta = (ProtobufCBinaryData){.len = e->meta_len, .data = (uint8_t *)e->meta};
}

static int entry_check(const Jsl__Pb__Entry *pb)
{
	if (pb->state < JSL_GOSSIP_ALIVE || pb->state > JSL_GOSSIP_LEFT)
		return JSL_WIRE_UNKNOWN;
	if (pb->meta.len > JSL_GOSSIP_META_MAX)
		return JSL_E_LIMIT;
	return addr_ok(pb->addr) ? 0 : JSL_E_MALFORMED;
}

static void entry_read(const Jsl__Pb__Entry *pb, struct jsl_gossip_entry *e)
{
	memset(e, 0, sizeof(*e));
	e->id = pb->id;
	e->boot = pb->boot;
	e->incarnation = pb->incarnation;
	e->state = pb->state;
	e->accuser = pb->accuser;
	e->addr = addr_read(pb->addr);
	e->meta_version = pb->meta_version;
	e->meta_len = (uint16_t)pb->meta.len;
	if (pb->meta.len > 0)
		memcpy(e->meta, pb->meta.data, pb->meta.len);
}

static ProtobufCBinaryData buckets_fill(uint8_t *bytes, const uint32_t *buckets)
{
	for (size_t i = 0; i < JSL_GOSSIP_BUCKETS * 4; i++)
		bytes[i] = (uint8_t)(buckets[i / 4] >> (8 * (i % 4)));
	return (ProtobufCBinaryData){.len = JSL_GOSSIP_BUCKETS * 4, .data = bytes};
}

static void buckets_read(ProtobufCBinaryData b, uint32_t *buckets)
{
	for (size_t i = 0; i < b.len; i++)
		buckets[i / 4] |= (uint32_t)b.data[i] << (8 * (i % 4));
}

void jsl_wire__gossip_fill(struct jsl_wire__gossip *g, const struct jsl_gossip_message *m,
			   size_t n_news)
{
	assert(n_news <= JSL_GOSSIP_NEWS_MAX && n_news <= m->n_news);
	jsl__pb__gossip__init(&g->pb);
	g->pb.kind = m->kind;
	g->pb.seq = m->seq;
	g->pb.target = m->target;
	g->pb.target_addr = addr_fill(&g->target, &m->target_addr);
	g->pb.digest = m->digest;
	g->pb.wanted = m->wanted;
	if (m->has_buckets)
		g->pb.buckets = buckets_fill(g->buckets, m->buckets);
	for (size_t i = 0; i < n_news; i++) {
		g->news[i] = &g->entries[i];
		entry_fill(g->news[i], &g->addrs[i], &m->news[i]);
	}
	g->pb.news = g->news;
	g->pb.n_news = n_news;
}

int jsl_wire__gossip_check(const Jsl__Pb__Gossip *pb)
{
	if (pb->kind < JSL_GOSSIP_PING || pb->kind > JSL_GOSSIP_NEWS)
		return JSL_WIRE_UNKNOWN;
	if (pb->n_news > JSL_GOSSIP_NEWS_MAX)
		return JSL_E_LIMIT;
	if (!addr_ok(pb->target_addr) ||
	    !jsl_wire__fixed_ok(pb->buckets, JSL_GOSSIP_BUCKETS * 4))
		return JSL_E_MALFORMED;
	for (size_t i = 0; i < pb->n_news; i++) {
		int r = entry_check(pb->news[i]);

		if (r != 0)
			return r;
	}
	return 0;
}

void jsl_wire__gossip_read(const Jsl__Pb__Gossip *pb, struct jsl_gossip_message *m,
			   struct jsl_gossip_entry *news)
{
	*m = (struct jsl_gossip_message){
		.kind = pb->kind,
		.seq = pb->seq,
		.target = pb->target,
		.target_addr = addr_read(pb->target_addr),
		.digest = pb->digest,
		.wanted = pb->wanted,
		.has_buckets = pb->buckets.len > 0,
		.news = news,
		.n_news = pb->n_news,
	};
	buckets_read(pb->buckets, m->buckets);
	for (size_t i = 0; i < pb->n_news; i++)
		entry_read(pb->news[i], &news[i]);
}
