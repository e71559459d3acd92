/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams: the clear header and the envelope; see datagram.h.
 */

#include <assert.h>
#include <stdalign.h>

#include "wire/arena.h"
#include "wire/datagram.h"
#include "wire/wire_int.h"

#define HEADER_VERSION 2
#define HEADER_KEY     3
#define HEADER_CLUSTER 4

/*
 * Enough for every message within the limits: 16 entries of less than 200 bytes
 * with their metadata, which are part of the at most 1500 bytes received, and
 * what protobuf-c needs on the way.
 */
#define DATAGRAM_ARENA (16 * 1024)

static const uint8_t magic[2] = {'J', 'S'};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int pack(const struct jsl_wire_datagram *d, const Jsl__Pb__Datagram *pb,
		uint8_t *buf, size_t size, size_t *ret_len)
{
	size_t len = JSL_WIRE_DATAGRAM_HEADER + jsl__pb__datagram__get_packed_size(pb);

	if (len > min_size(size, JSL_WIRE_DATAGRAM_MAX))
		return JSL_E_LIMIT;
	memcpy(buf, magic, sizeof(magic));
	buf[HEADER_VERSION] = JSL_WIRE_VERSION_MIN;
	buf[HEADER_KEY] = 0;
	memcpy(buf + HEADER_CLUSTER, d->cluster, JSL_WIRE_CLUSTER_LEN);
	jsl__pb__datagram__pack(pb, buf + JSL_WIRE_DATAGRAM_HEADER);
	*ret_len = len;
	return 0;
}

static void fill_gossip(Jsl__Pb__Datagram *pb, struct jsl_wire__gossip *g,
			const struct jsl_gossip_message *m, size_t n_news)
{
	jsl_wire__gossip_fill(g, m, n_news);
	jsl__pb__datagram__init(pb);
	pb->sender = m->from;
	pb->boot = m->boot;
	pb->body_case = JSL__PB__DATAGRAM__BODY_GOSSIP;
	pb->gossip = &g->pb;
}

int jsl_wire_datagram_encode(const struct jsl_wire_datagram *d, void *buf, size_t size,
			     size_t *ret_len)
{
	Jsl__Pb__Datagram pb = JSL__PB__DATAGRAM__INIT;
	struct jsl_wire__gossip gossip;
	Jsl__Pb__Election election;

	if (d->body == JSL_WIRE_GOSSIP) {
		if (d->gossip.n_news > JSL_GOSSIP_NEWS_MAX)
			return JSL_E_LIMIT;
		fill_gossip(&pb, &gossip, &d->gossip, d->gossip.n_news);
	} else {
		assert(d->body == JSL_WIRE_ELECTION);
		jsl_wire__election_fill(&election, &d->election);
		pb.sender = d->election.from;
		pb.boot = d->election.boot;
		pb.body_case = JSL__PB__DATAGRAM__BODY_ELECTION;
		pb.election = &election;
	}
	assert(pb.sender != 0);
	return pack(d, &pb, buf, size, ret_len);
}

size_t jsl_wire_gossip_fit(const struct jsl_gossip_message *m)
{
	size_t n = min_size(m->n_news, JSL_GOSSIP_NEWS_MAX);
	struct jsl_wire__gossip gossip;
	Jsl__Pb__Datagram pb;

	fill_gossip(&pb, &gossip, m, n);
	while (n > 0 &&
	       JSL_WIRE_DATAGRAM_HEADER + jsl__pb__datagram__get_packed_size(&pb) >
		       JSL_WIRE_DATAGRAM_MAX)
		gossip.pb.n_news = --n;
	return n;
}

static int check_header(const uint8_t *data, size_t len, const uint8_t *cluster)
{
	if (len > JSL_WIRE_DATAGRAM_RECEIVE_MAX)
		return JSL_E_LIMIT;
	if (len < JSL_WIRE_DATAGRAM_HEADER || memcmp(data, magic, sizeof(magic)) != 0)
		return JSL_E_MALFORMED;
	if (data[HEADER_VERSION] < JSL_WIRE_VERSION_MIN ||
	    data[HEADER_VERSION] > JSL_WIRE_VERSION_MAX)
		return JSL_E_VERSION;
	if (memcmp(data + HEADER_CLUSTER, cluster, JSL_WIRE_CLUSTER_LEN) != 0)
		return JSL_E_CLUSTER;
	return data[HEADER_KEY] == 0 ? 0 : JSL_E_SEALED;
}

static int check_body(const Jsl__Pb__Datagram *pb)
{
	if (pb->sender == 0)
		return JSL_E_MALFORMED;
	switch (pb->body_case) {
	case JSL__PB__DATAGRAM__BODY_ELECTION:
		return jsl_wire__election_check(pb->election);
	case JSL__PB__DATAGRAM__BODY_GOSSIP: return jsl_wire__gossip_check(pb->gossip);
	default: return JSL_WIRE_UNKNOWN;
	}
}

static void read_body(const Jsl__Pb__Datagram *pb, struct jsl_wire_datagram *d)
{
	if (pb->body_case == JSL__PB__DATAGRAM__BODY_ELECTION) {
		d->body = JSL_WIRE_ELECTION;
		jsl_wire__election_read(pb->election, &d->election);
		d->election.from = pb->sender;
		d->election.boot = pb->boot;
	} else {
		d->body = JSL_WIRE_GOSSIP;
		jsl_wire__gossip_read(pb->gossip, &d->gossip, d->news);
		d->gossip.from = pb->sender;
		d->gossip.boot = pb->boot;
	}
}

int jsl_wire_datagram_decode(const void *data, size_t len,
			     const uint8_t cluster[JSL_WIRE_CLUSTER_LEN],
			     struct jsl_wire_datagram *ret_d)
{
	alignas(max_align_t) uint8_t mem[DATAGRAM_ARENA];
	struct jsl_wire__arena arena;
	ProtobufCMessage *msg;
	const Jsl__Pb__Datagram *pb;
	int r;

	r = check_header(data, len, cluster);
	if (r < 0)
		return r;
	jsl_wire__arena_init(&arena, mem, sizeof(mem));
	r = jsl_wire__unpack(&arena, &jsl__pb__datagram__descriptor,
			     (const uint8_t *)data + JSL_WIRE_DATAGRAM_HEADER,
			     len - JSL_WIRE_DATAGRAM_HEADER, &msg);
	if (r < 0)
		return r;
	pb = (const Jsl__Pb__Datagram *)msg;
	r = check_body(pb);
	if (r != 0)
		return r;
	memcpy(ret_d->cluster, cluster, JSL_WIRE_CLUSTER_LEN);
	read_body(pb, ret_d);
	return 0;
}
