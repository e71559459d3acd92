/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links that speak TLS with a common secret: what they carry, how they end, and how
 * a secret is replaced. Who has no secret is in test_tcp_strange.c.
 */

#include <errno.h>

#include <jsl/err.h>

#include "tls_ends.h"

static struct jsl_blob *big_blob(size_t len)
{
	struct jsl_blob *b = jsl_blob_new(NULL, len);
	uint8_t *bytes = jsl_blob_fill(b);

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 24);
	return b;
}

static bool same_blob(const struct jsl_blob *a, const struct jsl_blob *b)
{
	return a != NULL && jsl_blob_len(a) == jsl_blob_len(b) &&
	       memcmp(jsl_blob_data(a), jsl_blob_data(b), jsl_blob_len(a)) == 0;
}

START_TEST(payloads_of_any_size_go_both_ways)
{
	static const size_t sizes[] = {1,     4095,  4096,  16383,   16384,
				       16385, 65536, 70000, 1000000, 8 << 20};
	struct tls_pair t;

	tls_pair_init(&t, "one", "one");
	pair_open(&t.p);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct jsl_blob *b = big_blob(sizes[i]);

		send_text(&t.p.client, "there", b);
		send_text(&t.p.server, "back", b);
		RUN_UNTIL(t.p.base, t.p.server.frames == i + 2);
		RUN_UNTIL(t.p.base, t.p.client.frames == i + 1);
		ck_assert(same_blob(t.p.server.payload, b));
		ck_assert(same_blob(t.p.client.payload, b));
		jsl_blob_unref(b);
	}
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(frames_of_one_pass_arrive_in_order)
{
	struct jsl_blob *b = big_blob(100000);
	struct tls_pair t;

	tls_pair_init(&t, "one", "one");
	pair_open(&t.p);
	for (int i = 0; i < 1000; i++) {
		send_text(&t.p.server, "small", NULL);
		if (i % 100 == 0)
			send_text(&t.p.server, "large", b);
	}
	ck_assert_uint_gt(jsl_io_link_pending(t.p.server.link), 1000000);
	send_text(&t.p.server, "last", NULL);
	RUN_UNTIL(t.p.base, t.p.client.frames == 1011);
	ck_assert_mem_eq(t.p.client.head, "last", 4);
	RUN_UNTIL(t.p.base, jsl_io_link_pending(t.p.server.link) == 0);
	ck_assert_ptr_nonnull(jsl_blob_fill(b)); /* no reference is left */
	jsl_blob_unref(b);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(finished_link_ends_clean_on_both_sides)
{
	struct jsl_blob *b = big_blob(3 << 20);
	struct tls_pair t;

	tls_pair_init(&t, "one", "one");
	pair_open(&t.p);
	send_text(&t.p.client, "work", b);
	send_text(&t.p.client, "goodbye", NULL);
	jsl_io_link_finish(t.p.client.link);
	RUN_UNTIL(t.p.base, t.p.server.closed == 1);
	ck_assert_uint_eq(t.p.server.frames, 3);
	ck_assert(t.p.server.clean);
	ck_assert_int_eq(t.p.server.why, JSL_IO_LINK_EOF);
	RUN_UNTIL(t.p.base, t.p.client.closed == 1);
	jsl_blob_unref(b);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(frame_sent_at_once_waits_for_the_handshake)
{
	struct tls_pair t;

	tls_pair_init(&t, "one", "one");
	pair_connect(&t.p);
	send_text(&t.p.client, "early", NULL);
	send_text(&t.p.client, "goodbye", NULL);
	jsl_io_link_finish(t.p.client.link);
	RUN_UNTIL(t.p.base, t.p.server.closed == 1);
	ck_assert_uint_eq(t.p.server.frames, 2);
	ck_assert_uint_eq(t.p.client.connected, 1);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(link_may_be_freed_in_its_callbacks)
{
	struct tls_pair t;

	tls_pair_init(&t, "one", "one");
	t.p.server.free_on_frame = true;
	pair_connect(&t.p);
	send_text(&t.p.client, "hello", NULL);
	send_text(&t.p.client, "hello", NULL);
	RUN_UNTIL(t.p.base, t.p.client.closed == 1);
	ck_assert_uint_eq(t.p.server.frames, 1);
	ck_assert_ptr_null(t.p.server.link);
	tls_pair_deinit(&t);
	tls_pair_init(&t, "one", "one");
	t.p.client.free_on_connected = true;
	pair_connect(&t.p);
	RUN_UNTIL(t.p.base, t.p.server.closed == 1);
	ck_assert_ptr_null(t.p.client.link);
	tls_pair_deinit(&t);
}
END_TEST

/* A peer of our own making that is shaken hands with, and then sends @bytes. */
static struct end fate_after(const char *bytes, size_t len, bool finish)
{
	struct jsl_io__tls_end raw;
	struct tls_pair t;
	struct end e;
	size_t n;
	int fd;

	tls_pair_init(&t, "one", "one");
	fd = raw_connect(&t.p);
	raw_shake(&t, &raw, fd);
	if (len > 0)
		ck_assert_int_eq(jsl_io__tls_write(&raw, bytes, len, &n), 0);
	if (finish)
		ck_assert_int_eq(jsl_io__tls_finish(&raw), 0);
	else
		ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	RUN_UNTIL(t.p.base, t.p.server.closed == 1);
	e = t.p.server;
	jsl_io__tls_close(&raw);
	close(fd);
	tls_pair_deinit(&t);
	return e;
}

START_TEST(end_that_was_not_announced_is_no_end)
{
	static const char half[] = {0, 0, 0, 9, 0, 0, 0, 2, 'h', 'i', 'a'};
	static const char whole[] = {0, 0, 0, 6, 0, 0, 0, 2, 'h', 'i'};
	struct end e = fate_after(whole, sizeof(whole), true);

	ck_assert_int_eq(e.why, JSL_IO_LINK_EOF);
	ck_assert_uint_eq(e.frames, 1);
	e = fate_after(whole, sizeof(whole), false); /* by whom, is not known */
	ck_assert_int_eq(e.why, JSL_IO_LINK_RESET);
	ck_assert_uint_eq(e.frames, 1);
	e = fate_after(half, sizeof(half), true);
	ck_assert_int_eq(e.why, JSL_IO_LINK_PROTOCOL);
	ck_assert_int_eq(e.err, JSL_E_MALFORMED);
	ck_assert_int_eq(fate_after(half, sizeof(half), false).why, JSL_IO_LINK_RESET);
	ck_assert_int_eq(fate_after(NULL, 0, true).why, JSL_IO_LINK_EOF);
}
END_TEST

START_TEST(limits_of_a_stranger_hold_inside_of_tls)
{
	static const char just_over[] = {0, 0, 4, 5, 0, 0, 0, 5};
	struct end e = fate_after(just_over, sizeof(just_over), false);

	ck_assert_int_eq(e.why, JSL_IO_LINK_PROTOCOL);
	ck_assert_int_eq(e.err, JSL_E_LIMIT);
}
END_TEST

START_TEST(changed_byte_ends_the_link)
{
	static const char record[] = {0x17, 3,	 3,   0,   32,	'n', 'o', 't', ' ',
				      'a',  'u', 't', 'h', 'e', 'n', 't', 'i', 'c'};
	struct jsl_io__tls_end raw;
	char bytes[37] = {0};
	struct tls_pair t;
	int fd;

	memcpy(bytes, record, sizeof(record));
	tls_pair_init(&t, "one", "one");
	fd = raw_connect(&t.p);
	raw_shake(&t, &raw, fd);
	ck_assert_int_eq(send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL), sizeof(bytes));
	RUN_UNTIL(t.p.base, t.p.server.closed == 1);
	ck_assert_int_eq(t.p.server.why, JSL_IO_LINK_PROTOCOL);
	ck_assert_int_eq(t.p.server.err, JSL_E_FORGED);
	ck_assert_uint_eq(t.p.server.frames, 0);
	jsl_io__tls_close(&raw);
	close(fd);
	tls_pair_deinit(&t);
}
END_TEST

static void reconnect(struct tls_pair *t)
{
	unsigned frames = t->p.server.frames;

	end_free(&t->p.client);
	end_free(&t->p.server);
	t->p.client = t->p.server = (struct end){.establish = true};
	pair_connect(&t->p);
	send_text(&t->p.client, "hello", NULL);
	RUN_UNTIL(t->p.base, t->p.server.frames > frames || t->p.client.closed > 0);
}

/* Both ends are @so. */
static bool are_revoked(const struct tls_pair *t, bool so)
{
	ck_assert(jsl_io_link_is_revoked(t->p.client.link) == so);
	ck_assert(jsl_io_link_is_revoked(t->p.server.link) == so);
	return so;
}

START_TEST(secret_is_replaced_without_a_stop)
{
	struct tls_pair t;

	tls_pair_init(&t, "one", "one");
	pair_open(&t.p);
	tls_pair_keys(t.server, "one", "two");
	send_text(&t.p.client, "what stands is not touched", NULL);
	RUN_UNTIL(t.p.base, t.p.server.frames == 2);
	ck_assert(!are_revoked(&t, false));
	t.p.server.frames = 0;
	reconnect(&t);
	ck_assert_uint_eq(t.p.client.closed, 0);
	tls_pair_keys(t.client, "two", "one"); /* the first one is sent */
	ck_assert(!are_revoked(&t, false));    /* it stands with the other, and may */
	tls_pair_keys(t.server, "two", NULL);
	tls_pair_keys(t.client, "two", NULL);
	ck_assert(are_revoked(&t, true));
	tls_pair_keys(t.server, "one", "two");
	tls_pair_keys(t.client, "two", "one");
	t.p.server.frames = 0;
	reconnect(&t);
	ck_assert_uint_eq(t.p.client.closed, 0);
	tls_pair_keys(t.server, "two", NULL);
	ck_assert(!are_revoked(&t, false));
	t.p.server.frames = 0;
	reconnect(&t);
	ck_assert_uint_eq(t.p.client.closed, 0);
	tls_pair_keys(t.client, "one", NULL); /* gone */
	t.p.server.frames = 0;
	reconnect(&t);
	ck_assert_uint_eq(t.p.client.closed, 1);
	ck_assert_int_eq(t.p.client.why, JSL_IO_LINK_STRANGE);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(stalled_reader_is_cut_off_in_time)
{
	static const char hello[] = {0, 0, 0, 6, 0, 0, 0, 2, 'h', 'i'};
	struct jsl_blob *payload = big_blob(16 << 20);
	struct jsl_io__tls_end raw;
	struct tls_pair t;
	size_t n;
	int fd;

	tls_pair_init(&t, "one", "one");
	t.p.opts.silence_us = SECONDS / 10;
	tls_pair_listen(&t, 16);
	fd = raw_connect(&t.p);
	raw_shake(&t, &raw, fd);
	ck_assert_int_eq(jsl_io__tls_write(&raw, hello, sizeof(hello), &n), 0);
	RUN_UNTIL(t.p.base, t.p.server.frames == 1);
	send_text(&t.p.server, "job", payload);
	while (t.p.server.closed == 0) { /* alive, but reads nothing */
		(void)jsl_io__tls_write(&raw, hello, sizeof(hello), &n);
		event_base_loop(t.p.base, EVLOOP_ONCE);
	}
	ck_assert_int_eq(t.p.server.why, JSL_IO_LINK_SLOW);
	jsl_io__tls_close(&raw);
	close(fd);
	jsl_blob_unref(payload);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(refused_connection_is_reported_as_refused)
{
	struct tls_pair t;

	tls_pair_init(&t, "one", "one");
	jsl_io_listener_free(t.p.listener); /* the port is known to be free now */
	t.p.listener = NULL;
	ck_assert_int_eq(jsl_io_link_connect(&t.p.client.link, &t.p.addr, &t.p.opts), 0);
	RUN_UNTIL(t.p.base, t.p.client.closed == 1);
	ck_assert_int_eq(t.p.client.why, JSL_IO_LINK_REFUSED);
	ck_assert_uint_eq(t.p.client.connected, 0);
	tls_pair_deinit(&t);
}
END_TEST

SUITE_MAIN("tcp tls", payloads_of_any_size_go_both_ways,
	   frames_of_one_pass_arrive_in_order, finished_link_ends_clean_on_both_sides,
	   frame_sent_at_once_waits_for_the_handshake, link_may_be_freed_in_its_callbacks,
	   end_that_was_not_announced_is_no_end, limits_of_a_stranger_hold_inside_of_tls,
	   changed_byte_ends_the_link, secret_is_replaced_without_a_stop,
	   stalled_reader_is_cut_off_in_time, refused_connection_is_reported_as_refused)
