/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_RECORD_SLOT_H
#define JSL_IO_RECORD_SLOT_H

/*
 * One slot of the file that record.h keeps: a sequence number and the record,
 * big endian, under a SHA-256. The checksum has the same place in every version,
 * so that a newer program's slot is told from a torn one.
 */

#include <jsl/election.h>

#define JSL_IO_RECORD_SLOT                                          \
	4096 /* bytes: a block, so that a torn write hurts one slot \
	      */

/** Returns 0; -ENOMEM or -EIO when libcrypto fails. */
int jsl_io_record_slot_encode(const struct jsl_election_record *rec, uint64_t seq,
			      uint8_t ret_slot[JSL_IO_RECORD_SLOT]);

/**
 * Returns 0 with *@ret_rec and *@ret_seq; JSL_E_CORRUPT; JSL_E_VERSION: written
 * by a newer program; -ENOMEM or -EIO when libcrypto fails.
 */
int jsl_io_record_slot_decode(const uint8_t slot[JSL_IO_RECORD_SLOT],
			      struct jsl_election_record *ret_rec, uint64_t *ret_seq);

#endif
