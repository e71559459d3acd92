/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_SEAL_ENDS_H
#define JSL_TESTS_SEAL_ENDS_H

/*
 * Nodes that seal and open datagrams for each other, without sockets.
 */

#include <string.h>

#include <jsl/err.h>

#include "../lib/suite.h"
#include "base/rng.h"
#include "wire/seal.h"

#define SECOND UINT64_C(1000000)

/* A node: its seal and its address. */
struct end {
	struct jsl_wire_seal *s;
	struct jsl_addr addr;
	uint64_t boot;
};

static const char one[] = "the first secret of all", two[] = "the second secret of all";

static inline struct jsl_wire_keyring ring(const char *first, const char *second)
{
	struct jsl_bytes secrets[2] = {{first, strlen(first)},
				       {second, second != NULL ? strlen(second) : 0}};
	struct jsl_wire_keyring ring;

	ck_assert_int_eq(jsl_wire_keyring_init(&ring, secrets, second != NULL ? 2 : 1),
			 0);
	return ring;
}

static inline struct end end_new(uint64_t id, uint64_t boot, const char *first,
				 const char *second)
{
	struct jsl_wire_keyring keys = ring(first, second);
	struct jsl_wire_seal_opts opts = {.size = sizeof(opts),
					  .id = id,
					  .boot = boot,
					  .cluster = "cluster",
					  .keys = &keys};
	struct end e = {.boot = boot};
	struct jsl_rng rng;

	jsl_rng_init(&rng, id * 1000003 + boot);
	for (size_t i = 0; i < sizeof(opts.random); i++)
		opts.random[i] = (uint8_t)jsl_rng_next(&rng);
	ck_assert_int_eq(jsl_wire_seal_new(&e.s, &opts), 0);
	ck_assert_int_eq(jsl_addr_parse(&e.addr, "10.0.0.1:8010"), 0);
	e.addr.port = (uint16_t)(8000 + id);
	return e;
}

struct packet {
	uint8_t data[JSL_WIRE_SEAL_MAX];
	size_t len;
};

static const uint8_t header[JSL_WIRE_DATAGRAM_HEADER] = "JS\1\0cluster";

static inline struct packet seal_text(struct end *from, const struct end *to,
				      uint64_t now_us, const char *text)
{
	uint8_t clear[JSL_WIRE_DATAGRAM_MAX];
	struct packet p;

	memcpy(clear, header, sizeof(header));
	memcpy(clear + sizeof(header), text, strlen(text));
	ck_assert_int_eq(jsl_wire_seal_close(from->s, now_us, &to->addr, clear,
					     sizeof(header) + strlen(text), p.data,
					     &p.len),
			 0);
	return p;
}

/* @ret_reply may be NULL. */
static inline int open_at(struct end *at, const struct end *from, uint64_t now_us,
			  const struct packet *p, char *text, struct packet *ret_reply)
{
	static struct jsl_wire_opened o;
	int r = jsl_wire_seal_open(at->s, now_us, &from->addr, p->data, p->len, &o);

	if (ret_reply != NULL) {
		memcpy(ret_reply->data, o.reply, o.reply_len);
		ret_reply->len = o.reply_len;
	}
	if (r == 0) {
		ck_assert_mem_eq(o.clear, header, sizeof(header));
		memcpy(text, o.clear + sizeof(header), o.len - sizeof(header));
		text[o.len - sizeof(header)] = '\0';
		ck_assert_uint_eq(o.boot, from->boot);
	}
	return r;
}

/* From the first datagram on until both know each other's token. */
static inline void meet(struct end *a, struct end *b)
{
	static uint64_t now_us = SECOND;
	uint64_t at = now_us += SECOND; /* a hello is due */
	struct packet p = seal_text(a, b, at, "knock"), reply;
	char text[JSL_WIRE_DATAGRAM_MAX];

	ck_assert_int_eq(open_at(b, a, at, &p, text, &reply), JSL_E_UNBOUND);
	ck_assert_int_eq(open_at(a, b, at, &reply, text, &p), JSL_WIRE_HELLO_CAME);
	ck_assert_int_eq(open_at(b, a, at, &p, text, NULL), 0);
	ck_assert_str_eq(text, "knock");
	p = seal_text(b, a, at, "who is there");
	ck_assert_int_eq(open_at(a, b, at, &p, text, NULL), 0);
	ck_assert_str_eq(text, "who is there");
}

static inline void talk(struct end *a, struct end *b)
{
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet p = seal_text(a, b, SECOND, "ping");

	ck_assert_int_eq(open_at(b, a, SECOND, &p, text, NULL), 0);
	ck_assert_int_eq(open_at(b, a, SECOND, &p, text, NULL), JSL_E_REPLAYED);
	p = seal_text(b, a, SECOND, "pong");
	ck_assert_int_eq(open_at(a, b, SECOND, &p, text, NULL), 0);
}

#endif
