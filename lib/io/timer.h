/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_TIMER_H
#define JSL_IO_TIMER_H

/*
 * A one-shot timer for a deadline in jsl_io_now_us() terms, as the cores give
 * them. Never fires early. How late depends on the base: one made with
 * EVENT_BASE_FLAG_PRECISE_TIMER is about a millisecond late at most, a plain one
 * (coarse clock) a few.
 */

#include <stdint.h>

struct event_base;
struct jsl_io_timer;

typedef void (*jsl_io_timer_fn)(void *arg);

/**
 * Make a timer (given) on @base (borrowed) that calls @fn; not set yet.
 *
 * Returns 0; -ENOMEM.
 */
int jsl_io_timer_new(struct jsl_io_timer **ret_t, struct event_base *base,
		     jsl_io_timer_fn fn, void *arg);

/** NULL is fine, and so is doing it inside the timer's own callback. */
void jsl_io_timer_free(struct jsl_io_timer *t);

/**
 * Fire once at @deadline_us, in the place of any earlier setting; in the past:
 * in the next pass of the loop; UINT64_MAX: never. Cheap when the deadline only
 * moves back.
 *
 * Returns 0; -ENOMEM, the timer is then not set.
 */
int jsl_io_timer_set(struct jsl_io_timer *t, uint64_t deadline_us);

#endif
