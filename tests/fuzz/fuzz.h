/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_FUZZ_H
#define JSL_TESTS_FUZZ_H

/*
 * A fuzz target: libFuzzer calls it when configured with --enable-fuzz; otherwise
 * replay.c does, with every file of the target's corpus. MUST() holds in both, also
 * where assert() is compiled out.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#endif
