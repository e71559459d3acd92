/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is known to a seal: senders by their ids, with the windows that keep what
 * they said from being said again, and the tokens of who is sent to, by their
 * addresses. Both tables are bounded, and in both the entry that was idle for
 * longest makes room.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "wire/seal_int.h"

void jsl_wire__tables_init(struct jsl_wire_seal *s, uint64_t seed)
{
	jsl_map_init(&s->senders, seed);
	jsl_map_init(&s->peers, seed);
	jsl_list_init(&s->idle_senders);
	jsl_list_init(&s->idle_peers);
}

static void sender_free(struct jsl_wire_seal *s, struct jsl_wire__sender *sender)
{
	jsl_map_remove(&s->senders, &sender->node);
	jsl_list_remove(&sender->idle);
	EVP_CIPHER_CTX_free(sender->ctx);
	free(sender);
}

void jsl_wire__peer_drop(struct jsl_wire__peer *p)
{
	if (p->again != NULL)
		OPENSSL_cleanse(p->again, p->again_len);
	free(p->again);
	p->again = NULL;
	p->again_len = 0;
}

static void peer_free(struct jsl_wire_seal *s, struct jsl_wire__peer *p)
{
	jsl_map_remove(&s->peers, &p->node);
	jsl_list_remove(&p->idle);
	jsl_wire__peer_drop(p);
	free(p);
}

void jsl_wire__tables_deinit(struct jsl_wire_seal *s)
{
	jsl_list_foreach_safe (it, &s->idle_senders)
		sender_free(s, jsl_container_of(it, struct jsl_wire__sender, idle));
	jsl_list_foreach_safe (it, &s->idle_peers)
		peer_free(s, jsl_container_of(it, struct jsl_wire__peer, idle));
	jsl_map_deinit(&s->senders);
	jsl_map_deinit(&s->peers);
}

static void busy(struct jsl_list *idle, struct jsl_list *it)
{
	jsl_list_remove(it);
	jsl_list_push_back(idle, it);
}

/* ---- senders ---- */

struct jsl_wire__sender *jsl_wire__sender_find(struct jsl_wire_seal *s, uint64_t id)
{
	struct jsl_map_node *it = jsl_map_get(&s->senders, jsl_key_u64(id));

	return it != NULL ? jsl_container_of(it, struct jsl_wire__sender, node) : NULL;
}

/*
 * With the window of a sender goes what could tell a replay, so the token changes:
 * whatever was sent to this node before is for nobody.
 */
static void make_room(struct jsl_wire_seal *s)
{
	struct jsl_list *first = jsl_list_first(&s->idle_senders);

	if (s->senders.count < JSL_WIRE_SEAL_SENDERS_MAX || first == NULL)
		return;
	sender_free(s, jsl_container_of(first, struct jsl_wire__sender, idle));
	if (++s->self.token == 0)
		s->self.token = 1;
}

static struct jsl_wire__sender *sender_new(struct jsl_wire_seal *s, uint64_t id)
{
	struct jsl_wire__sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL)
		return NULL;
	jsl_list_init(&sender->idle);
	sender->ctx = EVP_CIPHER_CTX_new();
	make_room(s);
	if (sender->ctx == NULL ||
	    jsl_map_put(&s->senders, jsl_key_u64(id), &sender->node) < 0) {
		EVP_CIPHER_CTX_free(sender->ctx);
		free(sender);
		return NULL;
	}
	return sender;
}

int jsl_wire__sender_take(struct jsl_wire_seal *s, const struct jsl_wire__header *h,
			  const struct jsl_wire_key *key, bool spare,
			  struct jsl_wire__sender **ret_sender)
{
	struct jsl_wire__sender *sender = jsl_wire__sender_find(s, h->id);
	EVP_CIPHER_CTX *ctx;

	if (sender == NULL)
		sender = sender_new(s, h->id);
	if (sender == NULL)
		return -ENOMEM;
	if (sender->boot != h->boot) { /* a later life, or the first one seen */
		sender->boot = h->boot;
		memcpy(sender->random, h->random, sizeof(sender->random));
		memset(&sender->window, 0, sizeof(sender->window));
	}
	if (spare) {
		ctx = sender->ctx;
		sender->ctx = s->spare;
		s->spare = ctx;
		memcpy(sender->key_name, key->name, sizeof(sender->key_name));
	}
	busy(&s->idle_senders, &sender->idle);
	*ret_sender = sender;
	return 0;
}

/* ---- peers ---- */

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return n;
}

static struct jsl_key key_of(const struct jsl_addr *addr)
{
	return (struct jsl_key){.hi = get_u64(addr->ip) ^ (uint64_t)addr->port << 48,
				.lo = get_u64(addr->ip + 8)};
}

static struct jsl_wire__peer *peer_new(struct jsl_wire_seal *s,
				       const struct jsl_addr *addr)
{
	struct jsl_wire__peer *p = calloc(1, sizeof(*p));
	struct jsl_list *first = jsl_list_first(&s->idle_peers);

	if (p == NULL)
		return NULL;
	if (s->peers.count >= JSL_WIRE_SEAL_PEERS_MAX && first != NULL)
		peer_free(s, jsl_container_of(first, struct jsl_wire__peer, idle));
	p->addr = *addr;
	jsl_list_init(&p->idle);
	if (jsl_map_put(&s->peers, key_of(addr), &p->node) < 0) {
		free(p);
		return NULL;
	}
	return p;
}

struct jsl_wire__peer *jsl_wire__peer_at(struct jsl_wire_seal *s,
					 const struct jsl_addr *addr, bool make)
{
	struct jsl_map_node *it = jsl_map_get(&s->peers, key_of(addr));
	struct jsl_wire__peer *p =
		it != NULL ? jsl_container_of(it, struct jsl_wire__peer, node) : NULL;

	/* Two addresses under one key: the later one has the place. */
	if (p != NULL && !jsl_addr_equal(&p->addr, addr)) {
		if (!make)
			return NULL;
		peer_free(s, p);
		p = NULL;
	}
	if (p == NULL && make)
		p = peer_new(s, addr);
	if (p != NULL)
		busy(&s->idle_peers, &p->idle);
	return p;
}

void jsl_wire__peer_keep(struct jsl_wire__peer *p, uint64_t now_us, const void *clear,
			 size_t len)
{
	jsl_wire__peer_drop(p);
	p->again = malloc(len);
	if (p->again == NULL)
		return;
	memcpy(p->again, clear, len);
	p->again_len = len;
	p->again_us = now_us;
}

/*
 * By address and life, so that who replays what one life sent does not use up
 * what another is due.
 */
bool jsl_wire__hello_due(struct jsl_wire_seal *s, uint64_t now_us,
			 const struct jsl_addr *addr, const struct jsl_wire__header *h)
{
	struct jsl_key key = key_of(addr);
	uint64_t mix =
		(key.hi ^ key.lo * UINT64_C(0x9e3779b97f4a7c15) ^ get_u64(h->random)) *
		UINT64_C(0xff51afd7ed558ccd);
	uint64_t *last = &s->hello_us[mix >> 56];

	if (*last != 0 && now_us - *last < JSL_WIRE_SEAL_HELLO_US)
		return false;
	*last = now_us;
	return true;
}
