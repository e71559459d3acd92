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
	/* What the old life said comes through, once, and takes nobody's place. */
	p = seal_text(&b, &a, SECOND, "old");
	ck_assert_int_eq(open_at(&a, &b, SECOND, &p, text, NULL), 0);
	ck_assert_int_eq(open_at(&a, &b, SECOND, &p, text, NULL), JSL_E_REPLAYED);
	q = seal_text(&a, &again, SECOND, "three times");
	ck_assert_int_eq(open_at(&again, &a, SECOND, &q, text, NULL), 0);
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

/* Another life of who is at @e, at an address of its own. */
static struct end twin_of(const struct end *e, uint64_t boot)
{
	struct end twin = end_new(1, boot, one, NULL);

	twin.addr.port = (uint16_t)(e->addr.port + boot);
	return twin;
}

static void both_are_heard(struct end *a, struct end *twin, struct end *b)
{
	talk(a, b);
	talk(twin, b);
	talk(a, b);
}

/* Of two processes with one id both are heard: gossip is to send the later one away. */
START_TEST(a_later_life_does_not_silence_an_earlier_one)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL), twin;
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet kept, p;

	meet(&a, &b);
	kept = seal_text(&a, &b, SECOND, "once");
	ck_assert_int_eq(open_at(&b, &a, SECOND, &kept, text, NULL), 0);
	/* Started over and over, and sent away each time. */
	for (uint64_t boot = 11; boot < 20; boot++) {
		twin = twin_of(&a, boot);
		meet(&twin, &b);
		both_are_heard(&a, &twin, &b);
		p = seal_text(&twin, &b, SECOND, "last words");
		ck_assert_int_eq(open_at(&b, &a, SECOND, &kept, text, NULL),
				 JSL_E_REPLAYED);
		jsl_wire_seal_free(twin.s);
	}
	/* One that was forgotten is not taken again, whatever it has to say. */
	twin = twin_of(&a, 15);
	p = seal_text(&twin, &b, SECOND, "forgotten");
	ck_assert_int_eq(open_at(&b, &twin, SECOND, &p, text, &p), JSL_E_STALE);
	ck_assert_uint_eq(p.len, 0);
	jsl_wire_seal_free(twin.s);
	talk(&a, &b);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(of_lives_that_lasted_the_earliest_is_forgotten)
{
	struct end b = end_new(2, 20, one, NULL), first = end_new(1, 10, one, NULL);
	struct packet p, kept = {.len = 0};
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct end life;

	meet(&first, &b);
	for (uint64_t boot = 11; boot < 14; boot++) {
		life = end_new(1, boot, one, NULL);
		meet(&life, &b);
		p = seal_text(&life, &b, 1000 * boot * SECOND, "still there");
		ck_assert_int_eq(open_at(&b, &life, 1000 * boot * SECOND, &p, text, NULL),
				 0);
		if (boot == 12)
			kept = p;
		jsl_wire_seal_free(life.s);
	}
	p = seal_text(&first, &b, SECOND, "long ago");
	ck_assert_int_eq(open_at(&b, &first, SECOND, &p, text, NULL), JSL_E_STALE);
	ck_assert_int_eq(open_at(&b, &first, SECOND, &kept, text, NULL), JSL_E_REPLAYED);
	jsl_wire_seal_free(first.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(earlier_life_that_is_heard_later_has_its_own_window)
{
	struct end b = end_new(2, 20, one, NULL), a = end_new(1, 10, one, NULL);
	struct end twin = twin_of(&a, 11);

	meet(&twin, &b);
	meet(&a, &b);
	both_are_heard(&a, &twin, &b);
	jsl_wire_seal_free(twin.s);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

/* Held back until the next life is there, at the same address: no token of the dead. */
START_TEST(what_was_held_back_does_not_take_the_token_back)
{
	struct end a = end_new(1, 10, one, NULL), b = end_new(2, 20, one, NULL);
	struct end again = end_new(1, 11, one, NULL);
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet held, p;

	meet(&a, &b);
	held = seal_text(&a, &b, SECOND, "late");
	meet(&again, &b);
	ck_assert_int_eq(open_at(&b, &a, SECOND, &held, text, NULL), 0);
	p = seal_text(&b, &again, SECOND, "for the living");
	ck_assert_int_eq(open_at(&again, &b, SECOND, &p, text, NULL), 0);
	jsl_wire_seal_free(again.s);
	jsl_wire_seal_free(a.s);
	jsl_wire_seal_free(b.s);
}
END_TEST

START_TEST(another_process_with_the_own_id_is_heard)
{
	struct end a = end_new(1, 10, one, NULL), twin = twin_of(&a, 11);
	char text[JSL_WIRE_DATAGRAM_MAX];
	struct packet p;

	meet(&twin, &a);
	talk(&twin, &a);
	talk(&a, &twin);
	/* Its own words, thrown back, are not. */
	p = seal_text(&a, &twin, SECOND, "mirror");
	ck_assert_int_eq(open_at(&a, &twin, SECOND, &p, text, NULL), JSL_E_REPLAYED);
	jsl_wire_seal_free(twin.s);
	jsl_wire_seal_free(a.s);
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
	   senders_are_bounded_and_one_has_one_place,
	   a_later_life_does_not_silence_an_earlier_one,
	   of_lives_that_lasted_the_earliest_is_forgotten,
	   earlier_life_that_is_heard_later_has_its_own_window,
	   what_was_held_back_does_not_take_the_token_back,
	   another_process_with_the_own_id_is_heard, window_tells_new_from_seen)
