/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_DATAGRAM_H
#define JSL_WIRE_DATAGRAM_H

/*
 * Datagrams between nodes: an election or a gossip message, with its sender.
 *
 *	'J' 'S' version key | cluster tag (8) | body: protobuf Datagram
 *
 * @key is 0: what is sealed has another one, and more in its header (seal.h).
 * Decoding allocates nothing on the heap and is bounded by the limits below,
 * whatever was received.
 */

#include <jsl/api.h>
#include <jsl/election.h>
#include <jsl/gossip.h>

/*
 * Spoken here, datagrams and frames alike. Links agree by their HELLO; a datagram goes
 * to nodes that may be older, so it is sent in the lowest. A release that raises the
 * maximum keeps the minimum, or it could not be in one cluster with the one before.
 */
#define JSL_WIRE_VERSION_MIN 1
#define JSL_WIRE_VERSION_MAX 1

#define JSL_WIRE_CLUSTER_LEN	      8
#define JSL_WIRE_DATAGRAM_HEADER      12
#define JSL_WIRE_DATAGRAM_MAX	      1128 /* bytes sent; 1200 when they are sealed */
#define JSL_WIRE_DATAGRAM_RECEIVE_MAX 1500 /* bytes accepted */

/** Positive outcome of decoding: a newer node's kind of message; count and drop it. */
#define JSL_WIRE_UNKNOWN 1

enum jsl_wire_body {
	JSL_WIRE_ELECTION = 1,
	JSL_WIRE_GOSSIP,
};

/**
 * One datagram. When decoded, gossip.news points to @news in the same object:
 * use it where it is, do not copy it.
 */
struct jsl_wire_datagram {
	uint8_t cluster[JSL_WIRE_CLUSTER_LEN]; /* first bytes of SHA-256(name) */
	enum jsl_wire_body body;
	union {
		struct jsl_election_message election;
		struct jsl_gossip_message gossip;
	};
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX]; /* when decoded */
};

/**
 * Encode @d into @buf of @size bytes. The sender and its boot are those of the
 * message; gossip's @to and @from_addr are not part of it.
 *
 * Returns 0 with *@ret_len; JSL_E_LIMIT: more than min(@size,
 * JSL_WIRE_DATAGRAM_MAX) bytes.
 */
int jsl_wire_datagram_encode(const struct jsl_wire_datagram *d, void *buf, size_t size,
			     size_t *ret_len);

/**
 * How many of the entries of @m, from the first on, fit into one datagram
 * together with the rest of @m; the others need messages of their own.
 */
size_t jsl_wire_gossip_fit(const struct jsl_gossip_message *m);

/**
 * Decode what was received. @cluster: the own tag. The caller fills in gossip's
 * @from_addr.
 *
 * Returns 0 with *@ret_d; JSL_WIRE_UNKNOWN (positive); JSL_E_VERSION: a version
 * that is not spoken here; JSL_E_CLUSTER; JSL_E_SEALED; JSL_E_LIMIT: too long, or
 * too many entries; JSL_E_MALFORMED.
 */
int jsl_wire_datagram_decode(const void *data, size_t len,
			     const uint8_t cluster[JSL_WIRE_CLUSTER_LEN],
			     struct jsl_wire_datagram *ret_d);

#endif
