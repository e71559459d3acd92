/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_INT_H
#define JSL_WIRE_INT_H

/*
 * Conversions that the codecs share. Fill functions borrow: the protobuf
 * message points into the plain struct. Reading comes in two steps, so that
 * nothing is written on failure: a check, then a read that cannot fail.
 */

#include <stdbool.h>
#include <string.h>

#include <protobuf-c/protobuf-c.h>

#include <jsl/blob.h>
#include <jsl/election.h>
#include <jsl/err.h>
#include <jsl/gossip.h>

#include "datagram.pb-c.h"

/** Bytes of a fixed length, borrowed; all zero travels as none. */
ProtobufCBinaryData jsl_wire__fixed(const uint8_t *bytes, size_t len);

/** Whether @b has @len bytes or none. */
bool jsl_wire__fixed_ok(ProtobufCBinaryData b, size_t len);

/** Into @bytes of @len; none reads as zeros. */
void jsl_wire__fixed_read(ProtobufCBinaryData b, uint8_t *bytes, size_t len);

/** Pack into a new blob (given). Returns 0; JSL_E_LIMIT above @max; -ENOMEM. */
int jsl_wire__pack_blob(const ProtobufCMessage *msg, size_t max,
			struct jsl_blob **ret_blob);

void jsl_wire__election_fill(Jsl__Pb__Election *pb, const struct jsl_election_message *m);

/** Returns 0; JSL_WIRE_UNKNOWN; JSL_E_MALFORMED. */
int jsl_wire__election_check(const Jsl__Pb__Election *pb);
void jsl_wire__election_read(const Jsl__Pb__Election *pb, struct jsl_election_message *m);

/** A gossip message on its way out, with all that it points to. */
struct jsl_wire__gossip {
	Jsl__Pb__Gossip pb;
	Jsl__Pb__Addr target;
	Jsl__Pb__Entry *news[JSL_GOSSIP_NEWS_MAX];
	Jsl__Pb__Entry entries[JSL_GOSSIP_NEWS_MAX];
	Jsl__Pb__Addr addrs[JSL_GOSSIP_NEWS_MAX];
	uint8_t buckets[JSL_GOSSIP_BUCKETS * 4];
};

/** The first @n_news entries of @m, at most JSL_GOSSIP_NEWS_MAX. */
void jsl_wire__gossip_fill(struct jsl_wire__gossip *g, const struct jsl_gossip_message *m,
			   size_t n_news);

/** Returns 0; JSL_WIRE_UNKNOWN; JSL_E_MALFORMED; JSL_E_LIMIT. */
int jsl_wire__gossip_check(const Jsl__Pb__Gossip *pb);
void jsl_wire__gossip_read(const Jsl__Pb__Gossip *pb, struct jsl_gossip_message *m,
			   struct jsl_gossip_entry *news);

#endif
