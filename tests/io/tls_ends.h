/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_TLS_ENDS_H
#define JSL_TESTS_TLS_ENDS_H

/*
 * Two ends of a link with a secret each; see tcp_ends.h.
 */

#include "io/tls_int.h"
#include "tcp_ends.h"

struct tls_pair {
	struct pair p;
	struct jsl_io_tls *server, *client;
};

/* A key for each word. */
static inline struct jsl_io_tls_key tls_key(const char *word)
{
	struct jsl_io_tls_key key = {{0}, {0}};

	memcpy(key.name, word, strlen(word));
	memcpy(key.key, word, strlen(word));
	return key;
}

static inline void tls_pair_keys(struct jsl_io_tls *tls, const char *first,
				 const char *second)
{
	struct jsl_io_tls_key keys[2] = {tls_key(first)};

	if (second != NULL)
		keys[1] = tls_key(second);
	jsl_io_tls_set_keys(tls, keys, second != NULL ? 2 : 1);
}

static inline struct jsl_io_tls *tls_new(const char *first)
{
	struct jsl_io_tls_key key = tls_key(first);
	struct jsl_io_tls *tls;

	ck_assert_int_eq(jsl_io_tls_new(&tls, &key, 1), 0);
	return tls;
}

/* Listen (anew) with the server's secret and what was set in the options. */
static inline void tls_pair_listen(struct tls_pair *t, uint32_t max_strangers)
{
	jsl_io_listener_free(t->p.listener);
	t->p.opts.tls = t->server;
	pair_listen(&t->p, 16, max_strangers);
	t->p.opts.tls = t->client;
}

/* The secrets of both ends; NULL: none. */
static inline void tls_pair_init(struct tls_pair *t, const char *client,
				 const char *server)
{
	pair_init(&t->p);
	t->client = client != NULL ? tls_new(client) : NULL;
	t->server = server != NULL ? tls_new(server) : NULL;
	tls_pair_listen(t, 16);
}

static inline void tls_pair_deinit(struct tls_pair *t)
{
	pair_deinit(&t->p);
	jsl_io_tls_free(t->client);
	jsl_io_tls_free(t->server);
}

/* Shake hands with the listener from a plain socket. */
static inline void raw_shake(struct tls_pair *t, struct jsl_io__tls_end *raw, int fd)
{
	bool write;
	int r = -EAGAIN;

	ck_assert_int_eq(jsl_io__tls_open(raw, t->client, fd, false), 0);
	for (int i = 0; i < 100000 && r == -EAGAIN; i++) {
		r = jsl_io__tls_shake(raw, &write);
		event_base_loop(t->p.base, EVLOOP_NONBLOCK);
	}
	ck_assert_int_eq(r, 0);
}

#endif
