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

/* A life that was heard for less is none that others have got used to. */
#define PASSING_US UINT64_C(10000000)

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
	for (size_t i = 0; i < sender->n_lives; i++)
		EVP_CIPHER_CTX_free(sender->lives[i].ctx);
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

static struct jsl_wire__sender *sender_find(const struct jsl_wire_seal *s, uint64_t id)
{
	struct jsl_map_node *it = jsl_map_get(&s->senders, jsl_key_u64(id));

	return it != NULL ? jsl_container_of(it, struct jsl_wire__sender, node) : NULL;
}

struct jsl_wire__life *jsl_wire__life_find(const struct jsl_wire_seal *s,
					   const struct jsl_wire__header *h)
{
	struct jsl_wire__sender *sender = sender_find(s, h->id);

	for (size_t i = 0; sender != NULL && i < sender->n_lives; i++)
		if (sender->lives[i].boot == h->boot &&
		    memcmp(sender->lives[i].random, h->random, sizeof(h->random)) == 0)
			return &sender->lives[i];
	return NULL;
}

bool jsl_wire__life_is_new(const struct jsl_wire_seal *s,
			   const struct jsl_wire__header *h)
{
	const struct jsl_wire__sender *sender = sender_find(s, h->id);

	if (sender == NULL || h->boot > sender->lives[0].boot)
		return true;
	for (size_t i = 0; i < sender->n_lives; i++)
		if (sender->lives[i].boot == h->boot)
			return false; /* nobody could tell the two apart */
	return sender->n_lives < JSL_WIRE__LIVES;
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
	make_room(s);
	if (jsl_map_put(&s->senders, jsl_key_u64(id), &sender->node) < 0) {
		free(sender);
		return NULL;
	}
	return sender;
}

/*
 * What was forgotten is earlier than the latest life, and there is no free place: it
 * stays forgotten, and nothing of it is taken again. Not always the earliest goes:
 * where a process is started over and over, and each time sent away because its id is
 * taken, it is the earliest that lives.
 */
static void forget_life(struct jsl_wire__sender *sender)
{
	const struct jsl_wire__life *latest = &sender->lives[0];
	bool passing = latest->heard_us - latest->since_us < PASSING_US;
	size_t i = passing ? 0 : sender->n_lives - 1;

	EVP_CIPHER_CTX_free(sender->lives[i].ctx);
	sender->n_lives--;
	memmove(&sender->lives[i], &sender->lives[i + 1],
		(sender->n_lives - i) * sizeof(sender->lives[0]));
}

/* Takes @ctx. */
static struct jsl_wire__life *add_life(struct jsl_wire__sender *sender, uint64_t now_us,
				       const struct jsl_wire__header *h,
				       EVP_CIPHER_CTX *ctx)
{
	struct jsl_wire__life *life;
	size_t i = 0;

	if (sender->n_lives == JSL_WIRE__LIVES)
		forget_life(sender);
	while (i < sender->n_lives && sender->lives[i].boot > h->boot)
		i++;
	life = &sender->lives[i];
	memmove(life + 1, life, (sender->n_lives - i) * sizeof(*life));
	sender->n_lives++;
	*life = (struct jsl_wire__life){
		.boot = h->boot, .ctx = ctx, .since_us = now_us, .heard_us = now_us};
	memcpy(life->random, h->random, sizeof(life->random));
	return life;
}

int jsl_wire__life_take(struct jsl_wire_seal *s, uint64_t now_us,
			const struct jsl_wire__header *h, const struct jsl_wire_key *key,
			bool spare, struct jsl_wire__life **ret_life)
{
	struct jsl_wire__sender *sender = sender_find(s, h->id);
	struct jsl_wire__life *life = jsl_wire__life_find(s, h);
	EVP_CIPHER_CTX *ctx;

	if (life == NULL) {
		ctx = EVP_CIPHER_CTX_new();
		if (ctx != NULL && sender == NULL)
			sender = sender_new(s, h->id);
		if (ctx == NULL || sender == NULL) {
			EVP_CIPHER_CTX_free(ctx);
			return -ENOMEM;
		}
		life = add_life(sender, now_us, h, ctx);
	}
	if (spare) {
		ctx = life->ctx;
		life->ctx = s->spare;
		s->spare = ctx;
		memcpy(life->key_name, key->name, sizeof(life->key_name));
	}
	if (now_us > life->heard_us)
		life->heard_us = now_us;
	busy(&s->idle_senders, &sender->idle);
	*ret_life = life;
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
