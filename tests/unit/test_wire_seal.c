/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sealed datagrams (G7): what goes in comes out, and nothing else does.
 */

#include "config.h"

#include <errno.h>

#include <openssl/crypto.h>

#include "seal_ends.h"

/* Every allocation of libcrypto, too. */
static uint64_t n_allocs;

static void *count_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	n_allocs++;
	return malloc(size);
}

static void *count_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	n_allocs++;
	return realloc(old, size);
}

static void count_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

__attribute__((constructor)) static void count_allocs(void)
{
	if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
		abort();
}

START_TEST(first_contact_takes_one_round_trip)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	struct packet p = seal_text(&a, &b, SECOND, "knock"), hello, again;
	char text[JSL_WIRE_DATAGRAM_MAX];

	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, &hello), JSL_E_UNBOUND);
	ck_assert_uint_eq(hello.len, JSL_WIRE_SEAL_MIN);
	ck_assert_uint_lt(hello.len, p.len); /* no reply is larger than its request */
	ck_assert_int_eq(open_at(&a, &b, SECOND, &hello, text, &again),
			 JSL_WIRE_HELLO_CAME);
	ck_assert_uint_eq(again.len, p.len);
	ck_assert_int_eq(open_at(&b, &a, SECOND, &again, text, NULL), 0);
	ck_assert_str_eq(text, "knock");
	/* A second hello brings nothing to be sent again. */
	p = seal_text(&b, &a, SECOND, "reply");
	ck_assert_int_eq(open_at(&a, &b, SECOND, &p, text, &again), 0);
	ck_assert_uint_eq(again.len, 0);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(what_waited_too_long_is_not_sent_again)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	struct packet p = seal_text(&a, &b, SECOND, "knock"), hello, again;
	char text[JSL_WIRE_DATAGRAM_MAX];

	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, &hello), JSL_E_UNBOUND);
	ck_assert_int_eq(open_at(&a, &b, 2 * SECOND + 1, &hello, text, &again),
			 JSL_WIRE_HELLO_CAME);
	ck_assert_uint_eq(again.len, 0);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(every_changed_bit_is_noticed)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet p, good, reply;

	meet(&a, &b);
	good = seal_text(&a, &b, SECOND, "attack at dawn");
	for (size_t bit = 0; bit < good.len * 8; bit++) {
		p = good;
		p.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_lt(open_at(&b, &a, SECOND, &p, text, &reply), 0);
		ck_assert_uint_eq(reply.len, 0);
	}
	for (size_t len = 0; len < good.len; len++) {
		p = good;
		p.len = len;
		ck_assert_int_lt(open_at(&b, &a, SECOND, &p, text, &reply), 0);
		ck_assert_uint_eq(reply.len, 0);
	}
	ck_assert_int_eq(open_at(&b, &a, SECOND, &good, text, NULL), 0);
	ck_assert_str_eq(text, "attack at dawn");
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(body_is_not_readable_on_the_way)
{
	static const char text[] = "nobody should read this";
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	struct packet p = seal_text(&a, &b, SECOND, text), q;

	ck_assert_ptr_null(memmem(p.data, p.len, text, 8));
	/* The same text under another counter has another ciphertext. */
	q = seal_text(&a, &b, SECOND, text);
	ck_assert_mem_ne(p.data + JSL_WIRE_SEAL_HEADER, q.data + JSL_WIRE_SEAL_HEADER,
			 sizeof(text) - 1);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(causes_are_told_apart)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	struct end stranger = end_new(1, 10, two, NULL);
	struct packet p = seal_text(&stranger, &b, SECOND, "x"), q, reply;
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet clear = {.len = 20};

	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, &reply), JSL_E_SECRET);
	ck_assert_uint_eq(reply.len, 0);
	q = seal_text(&a, &b, SECOND, "x");
	p.data[3] = q.data[3]; /* claims the right secret */
	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, &reply), JSL_E_FORGED);
	ck_assert_uint_eq(reply.len, 0);
	memcpy(clear.data, header, sizeof(header));
	ck_assert_int_eq(open_at(&b, &a, SECOND, &clear, text, NULL), JSL_E_CLEAR);
	clear.data[2] = 99;
	ck_assert_int_eq(open_at(&b, &a, SECOND, &clear, text, NULL), JSL_E_VERSION);
	p = q;
	p.data[4] ^= 1;
	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, NULL), JSL_E_CLUSTER);
	p = q;
	p.len = JSL_WIRE_SEAL_MIN - 1;
	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, NULL), JSL_E_MALFORMED);
	ck_assert_int_eq(open_at(&a, &b, SECOND, &q, text, NULL), JSL_E_REPLAYED);
	jsl_wire_seal_free(stranger.s);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(hellos_are_rare_and_never_answered)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	struct end again = end_new(1, 11, one, NULL);
	struct packet p, hello, reply;
	char text[JSL_WIRE_DATAGRAM_MAX];
	unsigned hellos = 0;

	for (unsigned i = 0; i < 1000; i++) { /* a millisecond each */
		p = seal_text(&a, &b, SECOND + i * 1000, "knock");
		ck_assert_int_eq(open_at(&b, &a, SECOND + i * 1000, &p, text, &reply),
				 JSL_E_UNBOUND);
		if (reply.len > 0)
			hello = reply;
		hellos += reply.len > 0;
	}
	ck_assert_uint_eq(hellos, 50);
	/* To a life that does not know it: no hello to a hello. */
	ck_assert_int_eq(open_at(&again, &b, SECOND, &hello, text, &reply),
			 JSL_E_UNBOUND);
	ck_assert_uint_eq(reply.len, 0);
	jsl_wire_seal_free(again.s);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(known_sender_costs_no_allocation)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	char text[JSL_WIRE_DATAGRAM_MAX];
	uint64_t before;

	meet(&a, &b);
	before = n_allocs;
	ck_assert_uint_gt(before, 0); /* they are seen */
	for (int i = 0; i < 1000; i++) {
		struct packet p = seal_text(&a, &b, SECOND, "ping");

		if (open_at(&b, &a, SECOND, &p, text, NULL) != 0)
			abort();
	}
	ck_assert_uint_eq(n_allocs, before);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(secrets_have_their_limits)
{
	static const char bytes[JSL_NODE_SECRET_MAX + 1] = "x";
	struct jsl_bytes s[JSL_NODE_SECRETS_MAX + 1] = {{bytes, JSL_NODE_SECRET_MIN}};
	struct jsl_wire_keyring ring;

	ck_assert_int_eq(jsl_wire_keyring_init(&ring, s, 1), 0);
	ck_assert_int_eq(jsl_wire_keyring_init(&ring, s, 0), -EINVAL);
	ck_assert_int_eq(jsl_wire_keyring_init(&ring, s, JSL_NODE_SECRETS_MAX + 1),
			 -EINVAL);
	s[0].len = JSL_NODE_SECRET_MIN - 1;
	ck_assert_int_eq(jsl_wire_keyring_init(&ring, s, 1), -EINVAL);
	s[0].len = JSL_NODE_SECRET_MAX;
	ck_assert_int_eq(jsl_wire_keyring_init(&ring, s, 1), 0);
	s[0].len = JSL_NODE_SECRET_MAX + 1;
	ck_assert_int_eq(jsl_wire_keyring_init(&ring, s, 1), -EINVAL);
}
END_TEST

SUITE_MAIN("wire_seal", first_contact_takes_one_round_trip,
	   what_waited_too_long_is_not_sent_again, every_changed_bit_is_noticed,
	   body_is_not_readable_on_the_way, causes_are_told_apart,
	   hellos_are_rare_and_never_answered, known_sender_costs_no_allocation,
	   secrets_have_their_limits)
