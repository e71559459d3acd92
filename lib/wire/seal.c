/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sealing and opening; see seal.h. A context that has a key is kept for each
 * sender, so that a datagram costs no allocation; one more is for those who are
 * not known, and only becomes a sender's own when it has opened something.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <jsl/err.h>

#include "wire/seal_int.h"

#define NONCE_LEN 12
#define LABEL	  "datagram"

static const uint8_t magic[2] = {'J', 'S'};

_Static_assert(JSL_WIRE__HELLO_SLOTS == 256, "a slot is picked by a byte");
_Static_assert(JSL_WIRE_SEAL_MAX <= 1200, "fits through any path, RFC 9000, 14");

/* ---- the header ---- */

static uint8_t *put_u64(uint8_t *p, uint64_t n)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(n >> (56 - 8 * i));
	return p + 8;
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | p[i];
	return n;
}

static void put_header(const struct jsl_wire_seal *s, const struct jsl_wire__header *h,
		       uint8_t *p)
{
	memcpy(p, magic, sizeof(magic));
	p[2] = JSL_WIRE_VERSION_MIN;
	p[3] = h->key;
	memcpy(p + 4, s->cluster, sizeof(s->cluster));
	p = put_u64(p + 12, h->id);
	p = put_u64(p, h->boot);
	memcpy(p, h->random, sizeof(h->random));
	p = put_u64(p + sizeof(h->random), h->counter);
	p = put_u64(p, h->token);
	(void)put_u64(p, h->to);
}

static int get_header(const struct jsl_wire_seal *s, const uint8_t *p, size_t len,
		      struct jsl_wire__header *ret_h)
{
	if (len > JSL_WIRE_DATAGRAM_RECEIVE_MAX)
		return JSL_E_LIMIT;
	if (len < JSL_WIRE_DATAGRAM_HEADER || memcmp(p, magic, sizeof(magic)) != 0)
		return JSL_E_MALFORMED;
	if (p[2] < JSL_WIRE_VERSION_MIN || p[2] > JSL_WIRE_VERSION_MAX)
		return JSL_E_VERSION;
	if (memcmp(p + 4, s->cluster, sizeof(s->cluster)) != 0)
		return JSL_E_CLUSTER;
	if (p[3] == 0)
		return JSL_E_CLEAR;
	if (len < JSL_WIRE_SEAL_MIN)
		return JSL_E_MALFORMED;
	ret_h->key = p[3];
	ret_h->id = get_u64(p + 12);
	ret_h->boot = get_u64(p + 20);
	memcpy(ret_h->random, p + 28, sizeof(ret_h->random));
	ret_h->counter = get_u64(p + 44);
	ret_h->token = get_u64(p + 52);
	ret_h->to = get_u64(p + 60);
	if (ret_h->id == 0 || ret_h->boot == 0 || ret_h->token == 0 ||
	    ret_h->counter == 0 || ret_h->counter > JSL_WIRE_SEAL_COUNTER_MAX)
		return JSL_E_MALFORMED;
	return 0;
}

static void make_nonce(uint64_t counter, uint8_t nonce[NONCE_LEN])
{
	memset(nonce, 0, NONCE_LEN - 8);
	(void)put_u64(nonce + NONCE_LEN - 8, counter);
}

/* ---- keys ---- */

/* The key of one life of one node (G7). */
static int set_key(const struct jsl_wire_seal *s, EVP_CIPHER_CTX *ctx,
		   const struct jsl_wire_key *key, const struct jsl_wire__header *h,
		   int encrypt)
{
	uint8_t context[8 + JSL_WIRE_RANDOM_LEN], bytes[JSL_WIRE_KEY_LEN];
	int r;

	memcpy(put_u64(context, h->id), h->random, sizeof(h->random));
	r = jsl_wire_key_derive(key, LABEL, context, sizeof(context), bytes);
	if (r == 0 && EVP_CipherInit_ex2(ctx, s->cipher, bytes, NULL, encrypt, NULL) != 1)
		r = -EIO;
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return r;
}

int jsl_wire_seal_set_keys(struct jsl_wire_seal *s, const struct jsl_wire_keyring *keys)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int r = ctx != NULL ? set_key(s, ctx, &keys->keys[0], &s->self, 1) : -EIO;

	if (r < 0) {
		EVP_CIPHER_CTX_free(ctx);
		return r;
	}
	EVP_CIPHER_CTX_free(s->out);
	s->out = ctx; /* the counter goes on: no nonce comes again */
	s->keys = *keys;
	s->self.key = keys->keys[0].id;
	return 0;
}

int jsl_wire_seal_new(struct jsl_wire_seal **ret_s, const struct jsl_wire_seal_opts *opts)
{
	struct jsl_wire_seal *s;
	int r = -ENOMEM;

	assert(opts->size == sizeof(*opts) && opts->id != 0 && opts->boot != 0);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	memcpy(s->cluster, opts->cluster, sizeof(s->cluster));
	s->self.id = opts->id;
	s->self.boot = opts->boot;
	memcpy(s->self.random, opts->random, sizeof(s->self.random));
	s->self.token = get_u64(opts->random) | 1; /* not 0; told to everybody */
	jsl_wire__tables_init(s, get_u64(opts->random + 8));
	s->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	s->spare = EVP_CIPHER_CTX_new();
	if (s->cipher != NULL && s->spare != NULL)
		r = jsl_wire_seal_set_keys(s, opts->keys);
	if (r < 0) {
		jsl_wire_seal_free(s);
		return r;
	}
	*ret_s = s;
	return 0;
}

void jsl_wire_seal_free(struct jsl_wire_seal *s)
{
	if (s == NULL)
		return;
	jsl_wire__tables_deinit(s);
	EVP_CIPHER_CTX_free(s->out);
	EVP_CIPHER_CTX_free(s->spare);
	EVP_CIPHER_free(s->cipher);
	jsl_wire_keyring_deinit(&s->keys);
	free(s);
}

/* ---- sealing ---- */

/* @body: what follows the clear header. Returns 0, JSL_E_LIMIT, -EIO. */
static int seal_for(struct jsl_wire_seal *s, uint64_t token, const uint8_t *body,
		    size_t len, uint8_t *buf, size_t *ret_len)
{
	uint8_t nonce[NONCE_LEN], *out = buf + JSL_WIRE_SEAL_HEADER;
	int n;

	if (s->self.counter >= JSL_WIRE_SEAL_COUNTER_MAX)
		return JSL_E_LIMIT;
	s->self.counter++;
	s->self.to = token;
	put_header(s, &s->self, buf);
	make_nonce(s->self.counter, nonce);
	if (EVP_EncryptInit_ex2(s->out, NULL, NULL, nonce, NULL) != 1 ||
	    EVP_EncryptUpdate(s->out, NULL, &n, buf, JSL_WIRE_SEAL_HEADER) != 1 ||
	    (len > 0 && EVP_EncryptUpdate(s->out, out, &n, body, (int)len) != 1) ||
	    EVP_EncryptFinal_ex(s->out, out + len, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(s->out, EVP_CTRL_AEAD_GET_TAG, JSL_WIRE_SEAL_TAG,
				out + len) != 1)
		return -EIO;
	*ret_len = JSL_WIRE_SEAL_MIN + len;
	return 0;
}

static int seal_clear(struct jsl_wire_seal *s, uint64_t token, const uint8_t *clear,
		      size_t len, uint8_t *buf, size_t *ret_len)
{
	return seal_for(s, token, clear + JSL_WIRE_DATAGRAM_HEADER,
			len - JSL_WIRE_DATAGRAM_HEADER, buf, ret_len);
}

int jsl_wire_seal_close(struct jsl_wire_seal *s, uint64_t now_us,
			const struct jsl_addr *to, const void *clear, size_t len,
			uint8_t *buf, size_t *ret_len)
{
	struct jsl_wire__peer *p;

	assert(len > JSL_WIRE_DATAGRAM_HEADER);
	if (len > JSL_WIRE_DATAGRAM_MAX)
		return JSL_E_LIMIT;
	p = jsl_wire__peer_at(s, to, true);
	if (p != NULL && p->token == 0)
		jsl_wire__peer_keep(p, now_us, clear, len);
	return seal_clear(s, p != NULL ? p->token : 0, clear, len, buf, ret_len);
}

/* ---- opening ---- */

/* Decrypt into @clear. Returns whether the tag is right. */
static bool decrypt(EVP_CIPHER_CTX *ctx, const struct jsl_wire__header *h,
		    const uint8_t *data, size_t body_len, uint8_t *clear)
{
	const uint8_t *body = data + JSL_WIRE_SEAL_HEADER;
	uint8_t nonce[NONCE_LEN];
	int n;

	make_nonce(h->counter, nonce);
	return EVP_DecryptInit_ex2(ctx, NULL, NULL, nonce, NULL) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, data, JSL_WIRE_SEAL_HEADER) == 1 &&
	       (body_len == 0 ||
		EVP_DecryptUpdate(ctx, clear, &n, body, (int)body_len) == 1) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, JSL_WIRE_SEAL_TAG,
				   (uint8_t *)body + body_len) == 1 &&
	       EVP_DecryptFinal_ex(ctx, clear + body_len, &n) == 1;
}

static bool has_key(const struct jsl_wire__life *life, const struct jsl_wire_key *key)
{
	return life != NULL && memcmp(life->key_name, key->name, sizeof(key->name)) == 0;
}

/*
 * Find the secret that the datagram was sealed with, and decrypt it into @clear.
 * Returns 0 with *@ret_key, and in *@ret_spare whether its key is in s->spare;
 * JSL_E_SECRET, JSL_E_FORGED, -EIO.
 */
static int authenticate(struct jsl_wire_seal *s, const struct jsl_wire__life *life,
			const struct jsl_wire__header *h, const uint8_t *data,
			size_t body_len, uint8_t *clear,
			const struct jsl_wire_key **ret_key, bool *ret_spare)
{
	int r = JSL_E_SECRET;

	for (size_t i = 0; i < s->keys.n; i++) {
		const struct jsl_wire_key *key = &s->keys.keys[i];
		bool spare = !has_key(life, key);

		if (key->id != h->key)
			continue;
		if (spare && set_key(s, s->spare, key, h, 0) < 0)
			return -EIO;
		r = JSL_E_FORGED;
		if (!decrypt(spare ? s->spare : life->ctx, h, data, body_len, clear))
			continue;
		*ret_key = key;
		*ret_spare = spare;
		return 0;
	}
	return r;
}

/*
 * Of another life of this node, or without knowing any: tell the token, unless it
 * was a hello. What it says of its own is not proved to be fresh, so it is taken
 * only where nothing is known.
 */
static void greet(struct jsl_wire_seal *s, uint64_t now_us, const struct jsl_addr *from,
		  const struct jsl_wire__header *h, size_t body_len,
		  struct jsl_wire_opened *o)
{
	struct jsl_wire__peer *p;

	if (body_len == 0)
		return;
	p = jsl_wire__peer_at(s, from, false);
	if (p != NULL && p->token == 0) {
		p->token = h->token;
		p->id = h->id;
		p->boot = h->boot;
	}
	if (jsl_wire__hello_due(s, now_us, from, h) &&
	    seal_for(s, h->token, NULL, 0, o->reply, &o->reply_len) < 0)
		o->reply_len = 0;
}

/*
 * The token of who sent the newest datagram, unless a later life of it is there; what
 * waited for it goes out.
 */
static void learn(struct jsl_wire_seal *s, uint64_t now_us, const struct jsl_addr *from,
		  const struct jsl_wire__header *h, struct jsl_wire_opened *o)
{
	struct jsl_wire__peer *p = jsl_wire__peer_at(s, from, true);

	if (p == NULL || (p->token != 0 && p->id == h->id && p->boot > h->boot))
		return;
	p->token = h->token;
	p->id = h->id;
	p->boot = h->boot;
	if (p->again != NULL && now_us - p->again_us <= JSL_WIRE_SEAL_AGAIN_US &&
	    seal_clear(s, h->token, p->again, p->again_len, o->reply, &o->reply_len) < 0)
		o->reply_len = 0;
	jsl_wire__peer_drop(p);
}

static void fill_clear(const uint8_t *data, const struct jsl_wire__header *h,
		       size_t body_len, struct jsl_wire_opened *o)
{
	memcpy(o->clear, data, JSL_WIRE_DATAGRAM_HEADER);
	o->clear[3] = 0; /* no key */
	o->len = JSL_WIRE_DATAGRAM_HEADER + body_len;
	o->id = h->id;
	o->boot = h->boot;
}

/* What can be told before anything is decrypted. */
static int judge(const struct jsl_wire_seal *s, const struct jsl_wire__life *life,
		 const struct jsl_wire__header *h)
{
	if (h->id == s->self.id &&
	    memcmp(h->random, s->self.random, sizeof(h->random)) == 0)
		return JSL_E_REPLAYED; /* its own, thrown back */
	if (life == NULL)
		return jsl_wire__life_is_new(s, h) ? 0 : JSL_E_STALE;
	return jsl_wire_window_is_new(&life->window, h->counter) ? 0 : JSL_E_REPLAYED;
}

int jsl_wire_seal_open(struct jsl_wire_seal *s, uint64_t now_us,
		       const struct jsl_addr *from, const void *data, size_t len,
		       struct jsl_wire_opened *ret_o)
{
	size_t body_len = len - JSL_WIRE_SEAL_MIN;
	const struct jsl_wire_key *key;
	struct jsl_wire__life *life;
	struct jsl_wire__header h;
	bool spare;
	int r;

	ret_o->reply_len = 0;
	r = get_header(s, data, len, &h);
	if (r < 0)
		return r;
	life = jsl_wire__life_find(s, &h);
	r = judge(s, life, &h);
	if (r == 0)
		r = authenticate(s, life, &h, data, body_len,
				 ret_o->clear + JSL_WIRE_DATAGRAM_HEADER, &key, &spare);
	if (r < 0)
		return r;
	if (h.to != s->self.token) {
		greet(s, now_us, from, &h, body_len, ret_o);
		return JSL_E_UNBOUND;
	}
	r = jsl_wire__life_take(s, now_us, &h, key, spare, &life);
	if (r < 0)
		return r;
	if (jsl_wire_window_note(&life->window, h.counter))
		learn(s, now_us, from, &h, ret_o);
	fill_clear(data, &h, body_len, ret_o);
	return body_len > 0 ? 0 : JSL_WIRE_HELLO_CAME;
}
