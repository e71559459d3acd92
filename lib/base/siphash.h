/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BASE_SIPHASH_H
#define JSL_BASE_SIPHASH_H

/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): 64 bits from any bytes under a key of 16.
 * The same on every machine.
 */

#include <stddef.h>
#include <stdint.h>

uint64_t jsl_siphash(const uint8_t key[16], const void *data, size_t len);

#endif
