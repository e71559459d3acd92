/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No sealed datagram is obeyed twice (G7): not in one life of its receiver, not in
 * the next, not by another node, and not when a sender had to be forgotten.
 */

#include "seal_ends.h"
#include "wire/window.h"

static void set_keys(struct end *e, const char *first, const char *second)
{
	struct jsl_wire_keyring keys = ring(first, second);

	ck_assert_int_eq(jsl_wire_seal_set_keys(e->s, &keys), 0);
}

START_TEST(replay_has_no_effect)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	static struct packet sent[3 * JSL_WIRE_WINDOW];
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet reply;
	size_t n = sizeof(sent) / sizeof(sent[0]);

	meet(&a, &b);
	for (size_t i = 0; i < n; i++)
		sent[i] = seal_text(&a, &b, SECOND, "once");
	/* Out of order, by a thousand at least: each is taken once. */
	ck_assert_uint_ge(JSL_WIRE_WINDOW, 1024);
	for (size_t i = 0; i + 1000 <= n; i += 1000)
		for (size_t j = 1000; j-- > 0;)
			ck_assert_int_eq(
				open_at(&b, &a, SECOND, &sent[i + j], text, NULL), 0);
	for (size_t i = 0; i + 1000 <= n; i++) {
		ck_assert_int_eq(open_at(&b, &a, SECOND, &sent[i], text, &reply),
				 JSL_E_REPLAYED);
		ck_assert_uint_eq(reply.len, 0);
	}
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(replay_to_a_restarted_receiver_has_no_effect)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	struct end again = end_new(2, 21, one, NULL);
	struct packet p, hello, q;
	char text[JSL_WIRE_DATAGRAM_MAX];

	meet(&a, &b);
	p = seal_text(&a, &b, SECOND, "once");
	/* The window of the new life is empty: it is the token that tells. */
	ck_assert_int_eq(open_at(&again, &a, SECOND, &p, text, &hello), JSL_E_UNBOUND);
	ck_assert_uint_eq(hello.len, JSL_WIRE_SEAL_MIN);
	ck_assert_int_eq(open_at(&a, &again, SECOND, &hello, text, NULL),
			 JSL_WIRE_HELLO_CAME);
	q = seal_text(&a, &again, SECOND, "twice");
	ck_assert_int_eq(open_at(&again, &a, SECOND, &q, text, NULL), 0);
	ck_assert_int_eq(open_at(&again, &a, SECOND, &p, text, NULL), JSL_E_UNBOUND);
	/* What the old life said is stale for who knows the new one. */
	p = seal_text(&b, &a, SECOND, "old");
	ck_assert_int_eq(open_at(&a, &again, SECOND, &p, text, NULL), JSL_E_STALE);
	jsl_wire_seal_free(again.s);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(replay_to_another_node_has_no_effect)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL),
		   c = end_new(3, 30, one, NULL);
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet p;

	meet(&a, &b);
	meet(&a, &c);
	p = seal_text(&a, &b, SECOND, "for b only");
	ck_assert_int_eq(open_at(&c, &a, SECOND, &p, text, NULL), JSL_E_UNBOUND);
	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, NULL), 0);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
	jsl_wire_seal_free(c.s);
}
END_TEST

START_TEST(secret_is_replaced_without_a_loss)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet p;

	meet(&a, &b);
	set_keys(&a, one, two); /* accepted by one, then by all */
	talk(&a, &b);
	set_keys(&b, one, two);
	talk(&a, &b);
	set_keys(&a, two, one); /* sent by one, then by all */
	talk(&a, &b);
	set_keys(&b, two, one);
	talk(&a, &b);
	p = seal_text(&a, &b, SECOND, "replay me");
	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, NULL), 0);
	set_keys(&a, two, NULL); /* the old one is gone */
	talk(&a, &b);
	set_keys(&b, two, NULL);
	talk(&a, &b);
	/* The windows outlived it all. */
	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, NULL), JSL_E_REPLAYED);
	set_keys(&a, one, NULL);
	p = seal_text(&a, &b, SECOND, "with the old one");
	ck_assert_int_eq(open_at(&b, &a, SECOND, &p, text, NULL), JSL_E_SECRET);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(senders_are_bounded_and_one_has_one_place)
{
	struct end b = end_new(2, 20, one, NULL), a = end_new(1, 10, one, NULL), many;
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet old, p;

	meet(&a, &b);
	old = seal_text(&a, &b, SECOND, "once");
	ck_assert_int_eq(open_at(&b, &a, SECOND, &old, text, NULL), 0);
	/* One node in many lives pushes out nobody: the window of a is there. */
	for (uint64_t boot = 1; boot <= JSL_WIRE_SEAL_SENDERS_MAX + 1; boot++) {
		many = end_new(3, boot, one, NULL);
		meet(&many, &b);
		jsl_wire_seal_free(many.s);
	}
	ck_assert_int_eq(open_at(&b, &a, SECOND, &old, text, NULL), JSL_E_REPLAYED);
	/* Many nodes do push it out; even then nothing is obeyed twice. */
	for (uint64_t id = 0; id < JSL_WIRE_SEAL_SENDERS_MAX; id++) {
		many = end_new(100 + id, 1, one, NULL);
		meet(&many, &b);
		jsl_wire_seal_free(many.s);
	}
	ck_assert_int_eq(open_at(&b, &a, SECOND, &old, text, NULL), JSL_E_UNBOUND);
	p = seal_text(&a, &b, 9 * SECOND, "lost");
	ck_assert_int_eq(open_at(&b, &a, 9 * SECOND, &p, text, &p), JSL_E_UNBOUND);
	ck_assert_int_eq(open_at(&a, &b, 9 * SECOND, &p, text, NULL),
			 JSL_WIRE_HELLO_CAME);
	talk(&a, &b);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(window_tells_new_from_seen)
{
	struct jsl_wire_window w = {0};
	static bool seen[20000];
	uint64_t top = 0;
	struct jsl_rng rng;

	jsl_rng_init(&rng, 1);
	ck_assert(!jsl_wire_window_is_new(&w, 0));
	for (int i = 0; i < 200000; i++) {
		uint64_t back = jsl_rng_below(&rng, top < 2500 ? top + 5 : 2505);
		uint64_t jump = jsl_rng_below(&rng, 20000) == 0 ? 3000 : 5;
		uint64_t n = top + jump - back;
		bool old = top >= n && top - n >= JSL_WIRE_WINDOW;

		if (n == 0 || n >= sizeof(seen))
			continue;
		ck_assert_int_eq(jsl_wire_window_is_new(&w, n), !seen[n] && !old);
		if (seen[n] || old)
			continue;
		ck_assert_int_eq(jsl_wire_window_note(&w, n), n > top);
		seen[n] = true;
		top = n > top ? n : top;
	}
	ck_assert_uint_gt(top, 10000);
}
END_TEST

SUITE_MAIN("wire_replay", replay_has_no_effect,
	   replay_to_a_restarted_receiver_has_no_effect,
	   replay_to_another_node_has_no_effect, secret_is_replaced_without_a_loss,
	   senders_are_bounded_and_one_has_one_place, window_tells_new_from_seen)
