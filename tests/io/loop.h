/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_LOOP_H
#define JSL_TESTS_LOOP_H

/*
 * Run an event loop until something is true, or fail after a bound: tests wait
 * for events, never for times.
 */

#include <check.h>
#include <event2/event.h>

#include "io/clock.h"

#define LOOP_BOUND_US UINT64_C(60000000)
#define LOOP_TICK_US  5000

static void loop_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Gives up silently after the bound. */
#define LOOP_UNTIL(base, condition)                                                   \
	do {                                                                          \
		struct timeval tick_ = {.tv_usec = LOOP_TICK_US};                     \
		struct event *ev_ = event_new(base, -1, EV_PERSIST, loop_tick, NULL); \
		uint64_t end_ = jsl_io_now_us() + LOOP_BOUND_US;                      \
                                                                                      \
		event_add(ev_, &tick_);                                               \
		while (!(condition) && jsl_io_now_us() < end_)                        \
			event_base_loop(base, EVLOOP_ONCE);                           \
		event_free(ev_);                                                      \
	} while (0)

#define RUN_UNTIL(base, condition)                                   \
	do {                                                         \
		LOOP_UNTIL(base, condition);                         \
		ck_assert_msg(condition, "in time: %s", #condition); \
	} while (0)

#endif
