/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_CLOCK_H
#define JSL_IO_CLOCK_H

/*
 * The one clock of the library: CLOCK_BOOTTIME, which runs on while a machine
 * sleeps, so that a lease ends when others think it does. Never wall-clock time.
 */

#include <stdint.h>

/** Microseconds since the machine was started. */
uint64_t jsl_io_now_us(void);

#endif
