/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_WINDOW_H
#define JSL_WIRE_WINDOW_H

/*
 * Which counters of one sender were seen: a ring of bits that ends with the
 * highest (the algorithm of RFC 6479). What is older than the window counts as
 * seen, so that no datagram is ever taken twice.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define JSL_WIRE_WINDOW_WORDS 32
/* Counters that may come late; one word is being filled. */
#define JSL_WIRE_WINDOW ((JSL_WIRE_WINDOW_WORDS - 1) * 64)

struct jsl_wire_window {
	uint64_t top; /* the highest counter seen; they begin with 1 */
	uint64_t bits[JSL_WIRE_WINDOW_WORDS];
};

static inline uint64_t jsl_wire_window__bit(uint64_t counter)
{
	return UINT64_C(1) << counter % 64;
}

/** Whether @counter has not been seen, and is not too old to tell. */
static inline bool jsl_wire_window_is_new(const struct jsl_wire_window *w,
					  uint64_t counter)
{
	if (counter > w->top)
		return true;
	if (counter == 0 || w->top - counter >= JSL_WIRE_WINDOW)
		return false;
	return (w->bits[counter / 64 % JSL_WIRE_WINDOW_WORDS] &
		jsl_wire_window__bit(counter)) == 0;
}

/** Note @counter, which is new. Returns whether it is the highest by now. */
static inline bool jsl_wire_window_note(struct jsl_wire_window *w, uint64_t counter)
{
	bool highest = counter > w->top;

	if (highest && counter / 64 - w->top / 64 >= JSL_WIRE_WINDOW_WORDS)
		memset(w->bits, 0, sizeof(w->bits));
	else if (highest)
		for (uint64_t i = w->top / 64 + 1; i <= counter / 64; i++)
			w->bits[i % JSL_WIRE_WINDOW_WORDS] = 0;
	if (highest)
		w->top = counter;
	w->bits[counter / 64 % JSL_WIRE_WINDOW_WORDS] |= jsl_wire_window__bit(counter);
	return highest;
}

#endif
