/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_RANDOM_H
#define JSL_IO_RANDOM_H

/*
 * Random bytes of the kernel: for names that must never repeat (jobs, records)
 * and for seeds.
 */

#include <stddef.h>

/** Fill @buf. Returns 0, or -errno when the kernel has none to give. */
int jsl_io_random(void *buf, size_t len);

#endif
