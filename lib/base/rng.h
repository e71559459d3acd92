/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BASE_RNG_H
#define JSL_BASE_RNG_H

/*
 * Seeded pseudo-random numbers: xoshiro256** seeded through splitmix64
 * (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021).
 * For jitter and choices, never for secrets: those come from the driver.
 */

#include <stdint.h>

struct jsl_rng {
	uint64_t s[4];
};

void jsl_rng_init(struct jsl_rng *r, uint64_t seed);

uint64_t jsl_rng_next(struct jsl_rng *r);

/** A number in [0, bound), or 0 when @bound is 0. */
uint64_t jsl_rng_below(struct jsl_rng *r, uint64_t bound);

#endif
