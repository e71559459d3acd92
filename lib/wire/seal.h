/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_SEAL_H
#define JSL_WIRE_SEAL_H

/*
 * Authenticated and encrypted datagrams (G7): from a clear datagram, as
 * datagram.h has it, to a sealed one and back.
 *
 *	'J' 'S' version key | cluster (8) | sender (8) | boot (8) | random (16) |
 *	counter (8) | token (8) | to (8) | body, AES-256-GCM | tag (16)
 *
 * All of the header is authenticated. @key names the secret; the key is made of it,
 * of @sender and of @random, drawn anew in each life, so the nonce is @counter and
 * no two datagrams have both in common. Numbers are big endian.
 *
 * A datagram is obeyed once, by one life of one receiver: @to is the token that
 * this receiver gave out, @counter is looked up in a window of the sender's life, and
 * a life is forgotten only for a later one (@boot) or together with the token. An
 * earlier life is still heard, and so is another process with this node's own id:
 * which of two that have one id must go is for gossip to find out (twin.c), and a
 * process that was started by mistake must not silence one that lives. A
 * datagram without the right token is not obeyed but answered by a hello, a
 * sealed datagram without a body, from whose @token the sender learns; what it
 * had sent without one is sent again then. Every datagram that is obeyed teaches
 * it too. What cannot be authenticated is not answered; a hello is shorter than
 * what it answers, and rare.
 *
 * Memory is bounded by the limits below. Only who has the secret takes any of
 * it, a place for each id.
 */

#include <jsl/addr.h>

#include "wire/datagram.h"
#include "wire/keyring.h"

#define JSL_WIRE_SEAL_HEADER 68
#define JSL_WIRE_SEAL_TAG    16
#define JSL_WIRE_SEAL_MIN    (JSL_WIRE_SEAL_HEADER + JSL_WIRE_SEAL_TAG) /* a hello */
#define JSL_WIRE_SEAL_MAX \
	(JSL_WIRE_SEAL_MIN + JSL_WIRE_DATAGRAM_MAX - JSL_WIRE_DATAGRAM_HEADER)
#define JSL_WIRE_RANDOM_LEN 16

#define JSL_WIRE_SEAL_SENDERS_MAX 4096 /* remembered; the one idle for longest goes */
#define JSL_WIRE_SEAL_PEERS_MAX	  4096 /* addresses sent to, likewise */
#define JSL_WIRE_SEAL_COUNTER_MAX (UINT64_C(1) << 40) /* datagrams of one life */
#define JSL_WIRE_SEAL_HELLO_US	  20000	  /* between two hellos to one address */
#define JSL_WIRE_SEAL_AGAIN_US	  1000000 /* what is older is not sent again */

/** Positive outcome of opening: a hello, with nothing in it to obey. */
#define JSL_WIRE_HELLO_CAME 2

struct jsl_wire_seal;

struct jsl_wire_seal_opts {
	size_t size;
	uint64_t id;			     /* of this node */
	uint64_t boot;			     /* higher in each life */
	uint8_t random[JSL_WIRE_RANDOM_LEN]; /* drawn for this life */
	uint8_t cluster[JSL_WIRE_CLUSTER_LEN];
	const struct jsl_wire_keyring *keys; /* copied */
};

/** Returns 0 with *@ret_s (given); -ENOMEM; -EIO when libcrypto refuses. */
int jsl_wire_seal_new(struct jsl_wire_seal **ret_s,
		      const struct jsl_wire_seal_opts *opts);

/** NULL is fine. */
void jsl_wire_seal_free(struct jsl_wire_seal *s);

/** Other secrets (copied). Returns 0; -EIO, and nothing has changed. */
int jsl_wire_seal_set_keys(struct jsl_wire_seal *s, const struct jsl_wire_keyring *keys);

/**
 * Seal @clear, of at most JSL_WIRE_DATAGRAM_MAX bytes, for who is at @to, into @buf
 * of JSL_WIRE_SEAL_MAX bytes.
 *
 * Returns 0 with *@ret_len; JSL_E_LIMIT: too long, or the counter is at its end;
 * -EIO when libcrypto refuses.
 */
int jsl_wire_seal_close(struct jsl_wire_seal *s, uint64_t now_us,
			const struct jsl_addr *to, const void *clear, size_t len,
			uint8_t *buf, size_t *ret_len);

/** What came out of a sealed datagram. */
struct jsl_wire_opened {
	uint64_t id, boot; /* of the sender, who has the secret */
	uint8_t clear[JSL_WIRE_DATAGRAM_RECEIVE_MAX]; /* the clear datagram */
	size_t len;
	uint8_t reply[JSL_WIRE_SEAL_MAX]; /* to be sent back, whatever was returned */
	size_t reply_len;		  /* 0: nothing */
};

/**
 * Open what came from @from.
 *
 * Returns 0: to be obeyed; JSL_WIRE_HELLO_CAME (positive); JSL_E_LIMIT and
 * JSL_E_MALFORMED: no such datagram; JSL_E_VERSION; JSL_E_CLEAR: it is not sealed;
 * JSL_E_CLUSTER; JSL_E_SECRET: sealed with a secret that is unknown here;
 * JSL_E_FORGED; JSL_E_REPLAYED: seen before, too old to tell, or the node's own;
 * JSL_E_STALE: of a life of its sender that later ones have replaced; JSL_E_UNBOUND: not
 * meant for this life; -ENOMEM; -EIO. But for the first two it has no effect on the node.
 */
int jsl_wire_seal_open(struct jsl_wire_seal *s, uint64_t now_us,
		       const struct jsl_addr *from, const void *data, size_t len,
		       struct jsl_wire_opened *ret_o);

#endif
