/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links on loopback: frames, and every way in which a link ends.
 */

#include <errno.h>

#include <jsl/err.h>

#include "tcp_ends.h"

START_TEST(frame_arrives_with_its_payload)
{
	struct jsl_blob *payload = jsl_blob_new("payload", 7);
	struct pair p;

	pair_init(&p);
	pair_open(&p);
	send_text(&p.server, "question", payload);
	RUN_UNTIL(p.base, p.client.frames == 1);
	ck_assert_uint_eq(p.client.head_len, 8);
	ck_assert_mem_eq(p.client.head, "question", 8);
	ck_assert_uint_eq(jsl_blob_len(p.client.payload), 7);
	ck_assert_mem_eq(jsl_blob_data(p.client.payload), "payload", 7);
	send_text(&p.client, "answer", NULL);
	RUN_UNTIL(p.base, p.server.frames == 2);
	ck_assert_ptr_null(p.server.payload);
	jsl_blob_unref(payload);
	pair_deinit(&p);
}
END_TEST

START_TEST(payload_of_megabytes_goes_by_reference)
{
	struct jsl_blob *payload = jsl_blob_new(NULL, 8 << 20);
	uint8_t *bytes = jsl_blob_fill(payload);
	struct pair p;

	for (size_t i = 0; i < jsl_blob_len(payload); i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 24);
	pair_init(&p);
	pair_open(&p);
	/* Twice at once costs no memory of its own. */
	send_text(&p.client, "first", payload);
	send_text(&p.client, "second", payload);
	RUN_UNTIL(p.base, p.server.frames == 3);
	ck_assert_mem_eq(p.server.head, "second", 6);
	ck_assert_uint_eq(jsl_blob_len(p.server.payload), jsl_blob_len(payload));
	ck_assert(memcmp(jsl_blob_data(p.server.payload), bytes, 8 << 20) == 0);
	RUN_UNTIL(p.base, jsl_io_link_pending(p.client.link) == 0);
	/* Nobody else holds it any more: fill asserts that. */
	ck_assert_ptr_eq(jsl_blob_fill(payload), bytes);
	jsl_blob_unref(payload);
	pair_deinit(&p);
}
END_TEST

/* What is read ahead depends on the frame before; nothing of it may be lost. */
START_TEST(large_and_small_payloads_follow_each_other)
{
	static const size_t sizes[] = {65536, 65536, 1, 16384, 0, 16383, 200000, 3};
	enum { N = sizeof(sizes) / sizeof(sizes[0]) };
	struct pair p;

	pair_init(&p);
	pair_open(&p);
	for (unsigned n = 0; n < 8 * N; n++) {
		struct jsl_blob *payload = jsl_blob_new(NULL, sizes[n % N]);

		memset(jsl_blob_fill(payload), (int)n, sizes[n % N]);
		send_text(&p.client, "next", payload);
		jsl_blob_unref(payload);
	}
	RUN_UNTIL(p.base, p.server.frames == 1 + 8 * N);
	ck_assert_uint_eq(jsl_blob_len(p.server.payload), 3);
	ck_assert_mem_eq(jsl_blob_data(p.server.payload), "???", 3); /* 63 */
	pair_deinit(&p);
}
END_TEST

START_TEST(frames_of_one_pass_go_out_together)
{
	struct pair p;

	pair_init(&p);
	pair_open(&p);
	for (int i = 0; i < 1000; i++)
		send_text(&p.server, "small", NULL);
	/* Nothing is written inside the call. */
	ck_assert_uint_eq(jsl_io_link_pending(p.server.link), 1000 * (8 + 5));
	RUN_UNTIL(p.base, p.client.frames == 1000);
	ck_assert_uint_eq(jsl_io_link_pending(p.server.link), 0);
	pair_deinit(&p);
}
END_TEST

START_TEST(frames_come_whole_from_single_bytes)
{
	static const uint8_t stream[] = {0,   0,   0, 9, 0, 0, 0, 2, 'h', 'i', 'a',
					 'b', 'c', 0, 0, 0, 5, 0, 0, 0,	  1,   'x'};
	struct pair p;
	int fd;

	pair_init(&p);
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	for (size_t i = 0; i < sizeof(stream); i++) {
		ck_assert_int_eq(send(fd, stream + i, 1, MSG_NOSIGNAL), 1);
		event_base_loop(p.base, EVLOOP_NONBLOCK);
		if (i == 12) {
			RUN_UNTIL(p.base, p.server.frames == 1);
			ck_assert_uint_eq(p.server.head_len, 2);
			ck_assert_mem_eq(p.server.head, "hi", 2);
			ck_assert_mem_eq(jsl_blob_data(p.server.payload), "abc", 3);
		}
	}
	RUN_UNTIL(p.base, p.server.frames == 2);
	ck_assert_uint_eq(p.server.head_len, 1);
	ck_assert_ptr_null(p.server.payload);
	close(fd);
	RUN_UNTIL(p.base, p.server.closed == 1);
	ck_assert_int_eq(p.server.why, JSL_IO_LINK_EOF);
	pair_deinit(&p);
}
END_TEST

START_TEST(refused_connection_is_reported_as_refused)
{
	struct pair p;

	pair_init(&p);
	pair_listen(&p, 1, 1);
	jsl_io_listener_free(p.listener); /* the port is known to be free now */
	p.listener = NULL;
	ck_assert_int_eq(jsl_io_link_connect(&p.client.link, &p.addr, &p.opts), 0);
	send_text(&p.client, "hello", NULL);
	ck_assert_uint_eq(p.client.closed, 0); /* never out of the call */
	RUN_UNTIL(p.base, p.client.closed == 1);
	ck_assert_int_eq(p.client.why, JSL_IO_LINK_REFUSED);
	ck_assert_int_eq(p.client.err, -ECONNREFUSED);
	ck_assert_uint_eq(p.client.connected, 0);
	pair_deinit(&p);
}
END_TEST

START_TEST(unreachable_address_is_not_taken_for_refused)
{
	struct pair p;

	pair_init(&p);
	/* The discard prefix of RFC 6666: no route. */
	ck_assert_int_eq(jsl_addr_parse(&p.addr, "[100::1]:9"), 0);
	p.opts.connect_timeout_us = SECONDS / 10; /* where there is a route after all */
	ck_assert_int_eq(jsl_io_link_connect(&p.client.link, &p.addr, &p.opts), 0);
	RUN_UNTIL(p.base, p.client.closed == 1);
	ck_assert_int_ne(p.client.why, JSL_IO_LINK_REFUSED);
	ck_assert_int_lt(p.client.err, 0);
	pair_deinit(&p);
}
END_TEST

START_TEST(stranger_that_says_nothing_is_closed)
{
	struct jsl_io_listener_stats stats;
	struct pair p;
	int fd;

	pair_init(&p);
	p.opts.stranger_timeout_us = SECONDS / 20;
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	ck_assert_int_eq(send(fd, "\0\0", 2, MSG_NOSIGNAL), 2); /* not a frame yet */
	RUN_UNTIL(p.base, p.server.closed == 1);
	ck_assert_int_eq(p.server.why, JSL_IO_LINK_TIMEOUT);
	jsl_io_listener_stats(p.listener, &stats);
	ck_assert_uint_eq(stats.links, 0);
	ck_assert_uint_eq(stats.strangers, 0);
	close(fd);
	pair_deinit(&p);
}
END_TEST

/* What becomes of a link whose other end sends @bytes. */
static struct end fate_of(const char *bytes, size_t len, bool then_close)
{
	struct pair p;
	struct end e;
	int fd;

	pair_init(&p);
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), len);
	if (then_close)
		close(fd);
	RUN_UNTIL(p.base, p.server.closed == 1);
	if (!then_close)
		close(fd);
	e = p.server;
	pair_deinit(&p);
	return e;
}

START_TEST(oversize_lengths_are_refused_before_their_bytes)
{
	/* 1024 is what a stranger may send; a megabyte, an HTTP request. */
	static const char just_over[] = {0, 0, 4, 5, 0, 0, 0, 5};
	static const char huge[] = {0x7f, -1, -1, -1, 0, 0, 0, 5};
	struct end e;

	e = fate_of(just_over, 8, false);
	ck_assert_int_eq(e.why, JSL_IO_LINK_PROTOCOL);
	ck_assert_int_eq(e.err, JSL_E_LIMIT);
	ck_assert_int_eq(fate_of(huge, 8, false).err, JSL_E_LIMIT);
	ck_assert_int_eq(fate_of("GET / HTTP/1.1\r\n", 16, false).why,
			 JSL_IO_LINK_PROTOCOL);
}
END_TEST

START_TEST(contradicting_lengths_are_malformed)
{
	static const char no_head[] = {0, 0, 0, 8, 0, 0, 0, 0};
	static const char head_beyond_total[] = {0, 0, 0, 8, 0, 0, 0, 5};
	static const char no_length[] = {0, 0, 0, 3, 0, 0, 0, 1};

	ck_assert_int_eq(fate_of(no_head, 8, false).err, JSL_E_MALFORMED);
	ck_assert_int_eq(fate_of(head_beyond_total, 8, false).err, JSL_E_MALFORMED);
	ck_assert_int_eq(fate_of(no_length, 8, false).err, JSL_E_MALFORMED);
}
END_TEST

START_TEST(end_inside_a_frame_is_a_protocol_error)
{
	static const char half[] = {0, 0, 0, 9, 0, 0, 0, 2, 'h', 'i', 'a'};

	ck_assert_int_eq(fate_of(half, sizeof(half), true).why, JSL_IO_LINK_PROTOCOL);
	ck_assert_int_eq(fate_of(half, 3, true).why, JSL_IO_LINK_PROTOCOL);
}
END_TEST

START_TEST(larger_frames_are_taken_once_established)
{
	struct jsl_blob *payload = jsl_blob_new(NULL, 2000);
	struct pair p;

	memset(jsl_blob_fill(payload), 'x', 2000);
	pair_init(&p);
	pair_connect(&p);
	/* Both go out in one write: the limit changes between two frames of a read. */
	send_text(&p.client, "hello", NULL);
	send_text(&p.client, "job", payload);
	RUN_UNTIL(p.base, p.server.frames == 2);
	ck_assert_uint_eq(jsl_blob_len(p.server.payload), 2000);
	ck_assert_int_eq(jsl_io_link_send(p.client.link, "x", p.opts.head_max + 1, NULL),
			 JSL_E_LIMIT);
	jsl_blob_unref(payload);
	pair_deinit(&p);
}
END_TEST

START_TEST(slow_reader_is_cut_off)
{
	struct jsl_blob *payload = jsl_blob_new(NULL, 1 << 20);
	struct pair p;
	int fd, i;

	memset(jsl_blob_fill(payload), 0, 1 << 20);
	pair_init(&p);
	p.opts.out_max = 4 << 20;
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	RUN_UNTIL(p.base, p.accepted == 1);
	for (i = 0; i < 100 && p.server.closed == 0; i++) {
		ck_assert_int_eq(jsl_io_link_send(p.server.link, "job", 3, payload), 0);
		event_base_loop(p.base, EVLOOP_NONBLOCK);
	}
	ck_assert_int_lt(i, 100);
	ck_assert_int_eq(p.server.why, JSL_IO_LINK_SLOW);
	ck_assert_str_eq(jsl_io_link_end_str(p.server.why), "reads too slowly");
	ck_assert_ptr_nonnull(jsl_blob_fill(payload)); /* no reference is left */
	close(fd);
	jsl_blob_unref(payload);
	pair_deinit(&p);
}
END_TEST

START_TEST(stalled_reader_is_cut_off_in_time)
{
	static const char hello[] = {0, 0, 0, 6, 0, 0, 0, 2, 'h', 'i'};
	struct jsl_blob *payload = jsl_blob_new(NULL, 16 << 20);
	struct pair p;
	int fd;

	memset(jsl_blob_fill(payload), 0, 16 << 20);
	pair_init(&p);
	p.opts.silence_us = SECONDS / 10;
	pair_listen(&p, 16, 16);
	fd = raw_connect(&p);
	ck_assert_int_eq(send(fd, hello, sizeof(hello), MSG_NOSIGNAL), sizeof(hello));
	RUN_UNTIL(p.base, p.server.frames == 1);
	send_text(&p.server, "job", payload);
	while (p.server.closed == 0) { /* alive, but reads nothing */
		(void)send(fd, hello, sizeof(hello), MSG_NOSIGNAL | MSG_DONTWAIT);
		event_base_loop(p.base, EVLOOP_ONCE);
	}
	ck_assert_int_eq(p.server.why, JSL_IO_LINK_SLOW);
	close(fd);
	jsl_blob_unref(payload);
	pair_deinit(&p);
}
END_TEST

SUITE_MAIN("tcp", frame_arrives_with_its_payload, payload_of_megabytes_goes_by_reference,
	   large_and_small_payloads_follow_each_other, frames_of_one_pass_go_out_together,
	   frames_come_whole_from_single_bytes, refused_connection_is_reported_as_refused,
	   unreachable_address_is_not_taken_for_refused,
	   stranger_that_says_nothing_is_closed,
	   oversize_lengths_are_refused_before_their_bytes,
	   contradicting_lengths_are_malformed, end_inside_a_frame_is_a_protocol_error,
	   larger_frames_are_taken_once_established, slow_reader_is_cut_off,
	   stalled_reader_is_cut_off_in_time)
