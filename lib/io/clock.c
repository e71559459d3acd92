/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CLOCK_BOOTTIME; see clock.h.
 */

#include <assert.h>
#include <time.h>

#include "io/clock.h"

uint64_t jsl_io_now_us(void)
{
	struct timespec ts = {0};
	int r;

	r = clock_gettime(CLOCK_BOOTTIME, &ts);
	assert(r == 0);
	(void)r;
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}
