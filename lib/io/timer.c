/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadline timers; see timer.h. libevent's timers are relative and count from a
 * cached, perhaps coarse time: whatever wakes up early goes back to sleep. A
 * deadline that is put off leaves libevent's timer alone until it fires.
 */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <event2/event.h>

#include "io/clock.h"
#include "io/timer.h"

/* One sleep at most, so that nothing overflows. */
#define SLEEP_MAX_US (UINT64_C(3600) * 1000000)

struct jsl_io_timer {
	struct event *ev;
	jsl_io_timer_fn fn;
	void *arg;
	uint64_t deadline_us; /* UINT64_MAX: not set */
	uint64_t armed_us;    /* when libevent wakes us; UINT64_MAX: never */
};

static int arm(struct jsl_io_timer *t, uint64_t now_us)
{
	uint64_t sleep_us = t->deadline_us > now_us ? t->deadline_us - now_us : 0;
	struct timeval tv;

	if (sleep_us > SLEEP_MAX_US)
		sleep_us = SLEEP_MAX_US;
	tv = (struct timeval){.tv_sec = (time_t)(sleep_us / 1000000),
			      .tv_usec = (suseconds_t)(sleep_us % 1000000)};
	if (evtimer_add(t->ev, &tv) < 0) {
		t->deadline_us = t->armed_us = UINT64_MAX;
		return -ENOMEM;
	}
	t->armed_us = now_us + sleep_us;
	return 0;
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_io_timer *t = arg;
	uint64_t now_us = jsl_io_now_us();

	(void)fd;
	(void)what;
	t->armed_us = UINT64_MAX;
	assert(t->deadline_us != UINT64_MAX);
	/* Without memory to sleep again, early is better than never. */
	if (now_us < t->deadline_us && arm(t, now_us) == 0)
		return;
	t->deadline_us = UINT64_MAX;
	t->fn(t->arg); /* may free t */
}

int jsl_io_timer_new(struct jsl_io_timer **ret_t, struct event_base *base,
		     jsl_io_timer_fn fn, void *arg)
{
	struct jsl_io_timer *t = malloc(sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	*t = (struct jsl_io_timer){
		.ev = evtimer_new(base, on_timeout, t),
		.fn = fn,
		.arg = arg,
		.deadline_us = UINT64_MAX,
		.armed_us = UINT64_MAX,
	};
	if (t->ev == NULL) {
		free(t);
		return -ENOMEM;
	}
	*ret_t = t;
	return 0;
}

void jsl_io_timer_free(struct jsl_io_timer *t)
{
	if (t == NULL)
		return;
	event_free(t->ev);
	free(t);
}

int jsl_io_timer_set(struct jsl_io_timer *t, uint64_t deadline_us)
{
	t->deadline_us = deadline_us;
	if (deadline_us == UINT64_MAX) {
		(void)evtimer_del(t->ev);
		t->armed_us = UINT64_MAX;
		return 0;
	}
	if (deadline_us >= t->armed_us)
		return 0;
	return arm(t, jsl_io_now_us());
}
