/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_SEAL_INT_H
#define JSL_WIRE_SEAL_INT_H

/*
 * The inside of a seal: seal.c has the datagrams, seal_table.c who is known.
 */

#include <openssl/evp.h>

#include "base/list.h"
#include "base/map.h"
#include "wire/seal.h"
#include "wire/window.h"

#define JSL_WIRE__HELLO_SLOTS 256
#define JSL_WIRE__LIVES	      3 /* of one sender that are kept */

/** The header's numbers. */
struct jsl_wire__header {
	uint8_t key;
	uint64_t id, boot;
	uint8_t random[JSL_WIRE_RANDOM_LEN];
	uint64_t counter, token, to;
};

/** One life of a node that has sent something to this life. */
struct jsl_wire__life {
	uint64_t boot;
	uint8_t random[JSL_WIRE_RANDOM_LEN];
	uint8_t key_name[JSL_WIRE_NAME_LEN]; /* of the secret behind @ctx */
	EVP_CIPHER_CTX *ctx;		     /* has the key */
	struct jsl_wire_window window;
	uint64_t since_us, heard_us; /* first and last time */
};

/**
 * Such a node, by its id. Two processes may have one id for a while, and gossip is to
 * find out which of them has to go: a later life does not silence an earlier one.
 */
struct jsl_wire__sender {
	struct jsl_map_node node;
	struct jsl_list idle;			      /* the longest idle first */
	struct jsl_wire__life lives[JSL_WIRE__LIVES]; /* the latest first */
	size_t n_lives; /* all of them: others were forgotten, perhaps */
};

/** Somebody this node sends to; by the address. */
struct jsl_wire__peer {
	struct jsl_map_node node;
	struct jsl_list idle;
	struct jsl_addr addr;
	uint64_t token;	   /* 0: unknown */
	uint64_t id, boot; /* whose it is */
	uint64_t again_us; /* when @again was sent */
	uint8_t *again;	   /* sent without a token, clear; NULL: nothing */
	size_t again_len;
};

struct jsl_wire_seal {
	struct jsl_wire_keyring keys;
	uint8_t cluster[JSL_WIRE_CLUSTER_LEN];
	struct jsl_wire__header self; /* what is the same in all that is sent */
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *out;   /* has the key of what is sent */
	EVP_CIPHER_CTX *spare; /* for a sender that is not known (yet) */
	struct jsl_map senders, peers;
	struct jsl_list idle_senders, idle_peers;
	uint64_t hello_us[JSL_WIRE__HELLO_SLOTS]; /* last ones, by a hash of to whom */
};

/** The life that @h tells, or NULL. */
struct jsl_wire__life *jsl_wire__life_find(const struct jsl_wire_seal *s,
					   const struct jsl_wire__header *h);

/**
 * Whether the life of @h, which is not known, may become so: it was not forgotten, for
 * there was no need yet to forget any, or it is later than all that were.
 */
bool jsl_wire__life_is_new(const struct jsl_wire_seal *s,
			   const struct jsl_wire__header *h);

/**
 * The life of @h, which is known or new. Its key is in s->spare and becomes its own,
 * unless it has it already.
 *
 * Returns 0 with *@ret_life; -ENOMEM.
 */
int jsl_wire__life_take(struct jsl_wire_seal *s, uint64_t now_us,
			const struct jsl_wire__header *h, const struct jsl_wire_key *key,
			bool spare, struct jsl_wire__life **ret_life);

/** The peer at @addr; NULL when there is none and, with @make, no memory for it. */
struct jsl_wire__peer *jsl_wire__peer_at(struct jsl_wire_seal *s,
					 const struct jsl_addr *addr, bool make);

/** Keep @clear to be sent again; without memory it is simply lost. */
void jsl_wire__peer_keep(struct jsl_wire__peer *p, uint64_t now_us, const void *clear,
			 size_t len);
void jsl_wire__peer_drop(struct jsl_wire__peer *p);

/** Whether a hello to the life of @h at @addr is due; notes that it is sent. */
bool jsl_wire__hello_due(struct jsl_wire_seal *s, uint64_t now_us,
			 const struct jsl_addr *addr, const struct jsl_wire__header *h);

void jsl_wire__tables_init(struct jsl_wire_seal *s, uint64_t seed);
void jsl_wire__tables_deinit(struct jsl_wire_seal *s);

#endif
