/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_RECORD_H
#define JSL_IO_RECORD_H

/*
 * The durable record of a node, under an exclusive lock: DIR/peer-N/record, with
 * DIR/peer-N/lock beside it. For a voter it is what it must not forget (R1, R5,
 * R12); other nodes keep only their boot_count in it.
 *
 * The file has two slots that are written in turn, so a write that is torn by a
 * crash leaves the record before it. A record exists whole or not at all: it is
 * made beside its place and renamed. Saving waits for the disk.
 */

#include <jsl/election.h>

struct jsl_io_record;

/**
 * Make the directories (mode 0700) that are missing, take the lock and load what
 * is there. *@ret_r is given.
 *
 * Returns 0; JSL_E_BUSY: another process, or another node of this one, holds
 * the lock; JSL_E_CORRUPT: no slot is valid; JSL_E_VERSION: written by a newer
 * program; -errno. @errmsg (of @errmsg_size; may be NULL) then has one line,
 * "path: cause".
 */
int jsl_io_record_open(struct jsl_io_record **ret_r, const char *dir, uint64_t id,
		       char *errmsg, size_t errmsg_size);

/** Give up the lock and free. NULL is fine. */
void jsl_io_record_close(struct jsl_io_record *r);

/** What is on disk; NULL when there is none yet. Borrowed until the next save. */
const struct jsl_election_record *jsl_io_record_get(const struct jsl_io_record *r);

/**
 * Put @rec in the place of what was there; durable when this returns 0.
 *
 * Returns 0; -errno. After a failure it is not known what the disk has, so every
 * later save fails likewise.
 */
int jsl_io_record_save(struct jsl_io_record *r, const struct jsl_election_record *rec);

/** DIR/peer-N; borrowed. */
const char *jsl_io_record_dir(const struct jsl_io_record *r);

#endif
