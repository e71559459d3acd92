/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a slot of the durable record, as they are and under a checksum
 * that fits. What decodes must encode again and then stay the same.
 */

#include <string.h>

#include "fuzz.h"
#include "io/hash.h"
#include "io/record_slot.h"

#define CHECKED (JSL_IO_RECORD_SLOT - JSL_IO_SHA256_LEN)

static void check(const uint8_t *slot)
{
	uint8_t first[JSL_IO_RECORD_SLOT], second[JSL_IO_RECORD_SLOT];
	struct jsl_election_record rec;
	uint64_t seq;

	if (jsl_io_record_slot_decode(slot, &rec, &seq) < 0)
		return;
	MUST(jsl_io_record_slot_encode(&rec, seq, first) == 0);
	MUST(jsl_io_record_slot_decode(first, &rec, &seq) == 0);
	MUST(jsl_io_record_slot_encode(&rec, seq, second) == 0);
	MUST(memcmp(first, second, sizeof(first)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t slot[JSL_IO_RECORD_SLOT] = {0};

	memcpy(slot, data, size < sizeof(slot) ? size : sizeof(slot));
	check(slot);
	MUST(jsl_io_sha256(slot, CHECKED, slot + CHECKED) == 0);
	check(slot);
	return 0;
}
