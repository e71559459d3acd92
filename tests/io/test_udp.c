/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams and timers on loopback.
 */

#include <errno.h>
#include <string.h>

#include <event2/event.h>

#include "../lib/suite.h"
#include "io/random.h"
#include "io/timer.h"
#include "io/udp.h"
#include "loop.h"

struct end {
	struct jsl_io_udp *udp;
	unsigned count;
	struct jsl_addr from;
	uint8_t data[JSL_IO_UDP_DATA_MAX];
	size_t len;
	bool free_at_once;
};

static void on_datagram(void *arg, const struct jsl_addr *from, const void *data,
			size_t len)
{
	struct end *e = arg;

	e->count++;
	e->from = *from;
	memcpy(e->data, data, len);
	e->len = len;
	if (e->free_at_once) {
		jsl_io_udp_free(e->udp);
		e->udp = NULL;
	}
}

static void open_end(struct end *e, struct event_base *base, const char *addr)
{
	struct jsl_addr a;

	memset(e, 0, sizeof(*e));
	ck_assert_int_eq(jsl_addr_parse(&a, addr), 0);
	ck_assert_int_eq(jsl_io_udp_new(&e->udp, base, &a, on_datagram, e), 0);
}

static void exchange(const char *addr_a, const char *addr_b)
{
	struct event_base *base = event_base_new();
	struct jsl_addr to, from;
	struct end a, b;

	open_end(&a, base, addr_a);
	open_end(&b, base, addr_b);
	to = jsl_io_udp_addr(b.udp);
	from = jsl_io_udp_addr(a.udp);
	ck_assert_uint_ne(to.port, 0);
	jsl_io_udp_send(a.udp, &to, "hello", 5);
	RUN_UNTIL(base, b.count == 1);
	ck_assert_uint_eq(b.len, 5);
	ck_assert_mem_eq(b.data, "hello", 5);
	ck_assert(jsl_addr_equal(&b.from, &from));
	jsl_io_udp_free(a.udp);
	jsl_io_udp_free(b.udp);
	event_base_free(base);
}

START_TEST(datagram_arrives_with_its_sender)
{
	exchange("127.0.0.1:0", "127.0.0.1:0");
}
END_TEST

START_TEST(datagram_arrives_over_ipv6)
{
	exchange("[::1]:0", "[::1]:0");
}
END_TEST

START_TEST(every_one_of_a_burst_arrives)
{
	enum { BURST = 150 }; /* more than one wake-up takes */
	struct event_base *base = event_base_new();
	struct jsl_io_udp_stats stats;
	struct jsl_addr to;
	struct end a, b;

	open_end(&a, base, "127.0.0.1:0");
	open_end(&b, base, "127.0.0.1:0");
	to = jsl_io_udp_addr(b.udp);
	for (unsigned i = 0; i < BURST; i++)
		jsl_io_udp_send(a.udp, &to, &i, sizeof(i));
	RUN_UNTIL(base, b.count == BURST);
	jsl_io_udp_stats(a.udp, &stats);
	ck_assert_uint_eq(stats.sent, BURST);
	jsl_io_udp_stats(b.udp, &stats);
	ck_assert_uint_eq(stats.received, BURST);
	jsl_io_udp_free(a.udp);
	jsl_io_udp_free(b.udp);
	event_base_free(base);
}
END_TEST

START_TEST(longer_datagrams_are_dropped_and_counted)
{
	static const uint8_t big[JSL_IO_UDP_DATA_MAX + 1];
	struct event_base *base = event_base_new();
	struct jsl_io_udp_stats stats;
	struct jsl_addr to;
	struct end a, b;

	open_end(&a, base, "127.0.0.1:0");
	open_end(&b, base, "127.0.0.1:0");
	to = jsl_io_udp_addr(b.udp);
	jsl_io_udp_send(a.udp, &to, big, sizeof(big));
	jsl_io_udp_send(a.udp, &to, big, sizeof(big) - 1);
	RUN_UNTIL(base, b.count == 1);
	ck_assert_uint_eq(b.len, JSL_IO_UDP_DATA_MAX);
	jsl_io_udp_stats(b.udp, &stats);
	ck_assert_uint_eq(stats.too_long, 1);
	jsl_io_udp_free(a.udp);
	jsl_io_udp_free(b.udp);
	event_base_free(base);
}
END_TEST

START_TEST(sending_to_nobody_is_harmless)
{
	struct event_base *base = event_base_new();
	struct jsl_io_udp_stats stats;
	struct jsl_addr gone, self, v6;
	struct end a, b;

	open_end(&a, base, "127.0.0.1:0");
	open_end(&b, base, "127.0.0.1:0");
	gone = jsl_io_udp_addr(b.udp);
	self = jsl_io_udp_addr(a.udp);
	jsl_io_udp_free(b.udp);
	for (int i = 0; i < 10; i++)
		jsl_io_udp_send(a.udp, &gone, "x", 1);
	ck_assert_int_eq(jsl_addr_parse(&v6, "[2001:db8::1]:9"), 0);
	jsl_io_udp_send(a.udp, &v6, "x", 1);
	jsl_io_udp_send(a.udp, &self, "y", 1);
	RUN_UNTIL(base, a.count == 1);
	jsl_io_udp_stats(a.udp, &stats);
	ck_assert_uint_ge(stats.send_failed, 1);
	jsl_io_udp_free(a.udp);
	event_base_free(base);
}
END_TEST

START_TEST(socket_may_be_freed_in_its_callback)
{
	struct event_base *base = event_base_new();
	struct jsl_addr to;
	struct end a, b;

	open_end(&a, base, "127.0.0.1:0");
	open_end(&b, base, "127.0.0.1:0");
	b.free_at_once = true;
	to = jsl_io_udp_addr(b.udp);
	for (int i = 0; i < 5; i++)
		jsl_io_udp_send(a.udp, &to, "x", 1);
	RUN_UNTIL(base, b.count == 1);
	ck_assert_ptr_null(b.udp);
	jsl_io_udp_free(a.udp);
	jsl_io_udp_free(NULL);
	event_base_free(base);
}
END_TEST

START_TEST(port_in_use_is_reported)
{
	struct event_base *base = event_base_new();
	struct jsl_io_udp *second = NULL;
	struct jsl_addr addr;
	struct end a;

	open_end(&a, base, "127.0.0.1:0");
	addr = jsl_io_udp_addr(a.udp);
	ck_assert_int_eq(jsl_io_udp_new(&second, base, &addr, on_datagram, &a),
			 -EADDRINUSE);
	ck_assert_ptr_null(second);
	jsl_io_udp_free(a.udp);
	event_base_free(base);
}
END_TEST

struct alarm {
	struct jsl_io_timer *timer;
	unsigned count;
	uint64_t at_us;
	bool again; /* set it anew once */
	bool free_at_once;
};

static void on_alarm(void *arg)
{
	struct alarm *a = arg;

	a->count++;
	a->at_us = jsl_io_now_us();
	if (a->again) {
		a->again = false;
		jsl_io_timer_set(a->timer, a->at_us + 10000);
	}
	if (a->free_at_once) {
		jsl_io_timer_free(a->timer);
		a->timer = NULL;
	}
}

START_TEST(timer_is_never_early)
{
	struct event_base *base = event_base_new();
	struct alarm a = {0};

	ck_assert_int_eq(jsl_io_timer_new(&a.timer, base, on_alarm, &a), 0);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t deadline = jsl_io_now_us() + 1000 + i * 700;

		ck_assert_int_eq(jsl_io_timer_set(a.timer, deadline), 0);
		RUN_UNTIL(base, a.count == i + 1);
		ck_assert_uint_ge(a.at_us, deadline);
	}
	jsl_io_timer_free(a.timer);
	event_base_free(base);
}
END_TEST

START_TEST(timer_follows_its_last_setting)
{
	struct event_base *base = event_base_new();
	struct alarm a = {0}, never = {0};
	uint64_t now = jsl_io_now_us();

	ck_assert_int_eq(jsl_io_timer_new(&a.timer, base, on_alarm, &a), 0);
	ck_assert_int_eq(jsl_io_timer_new(&never.timer, base, on_alarm, &never), 0);
	jsl_io_timer_set(a.timer, now + 5000);
	jsl_io_timer_set(a.timer, now + 40000); /* later */
	jsl_io_timer_set(never.timer, now + 5000);
	jsl_io_timer_set(never.timer, UINT64_MAX);
	RUN_UNTIL(base, a.count == 1);
	ck_assert_uint_ge(a.at_us, now + 40000);
	jsl_io_timer_set(a.timer, now + LOOP_BOUND_US * 2);
	jsl_io_timer_set(a.timer, 1); /* sooner: long past */
	a.again = true;
	RUN_UNTIL(base, a.count == 3);
	ck_assert_uint_eq(never.count, 0);
	a.free_at_once = true;
	jsl_io_timer_set(a.timer, 1);
	RUN_UNTIL(base, a.count == 4);
	ck_assert_ptr_null(a.timer);
	jsl_io_timer_free(never.timer);
	event_base_free(base);
}
END_TEST

START_TEST(random_bytes_do_not_repeat)
{
	uint8_t a[16], b[16];

	ck_assert_int_eq(jsl_io_random(a, sizeof(a)), 0);
	ck_assert_int_eq(jsl_io_random(b, sizeof(b)), 0);
	ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

SUITE_MAIN("udp", datagram_arrives_with_its_sender, datagram_arrives_over_ipv6,
	   every_one_of_a_burst_arrives, longer_datagrams_are_dropped_and_counted,
	   sending_to_nobody_is_harmless, socket_may_be_freed_in_its_callback,
	   port_in_use_is_reported, timer_is_never_early, timer_follows_its_last_setting,
	   random_bytes_do_not_repeat)
