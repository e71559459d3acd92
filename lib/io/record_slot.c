/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a slot; see record_slot.h.
 */

#include <assert.h>
#include <string.h>

#include <jsl/err.h>

#include "io/hash.h"
#include "io/record_slot.h"

#define SLOT_VERSION 1
#define CHECKSUM_AT  (JSL_IO_RECORD_SLOT - JSL_IO_SHA256_LEN)
#define MAGIC_LEN    4

static const uint8_t magic[MAGIC_LEN] = {'J', 'S', 'L', 'R'};

/* A place in a slot; the layout is the order of the calls. */
struct cursor {
	uint8_t *to;	     /* when encoding */
	const uint8_t *from; /* when decoding */
	size_t at;
};

static void put_bytes(struct cursor *c, const void *bytes, size_t len)
{
	assert(c->at + len <= CHECKSUM_AT);
	memcpy(c->to + c->at, bytes, len);
	c->at += len;
}

static void put_u64(struct cursor *c, uint64_t n)
{
	uint8_t bytes[8];

	for (int i = 7; i >= 0; i--, n >>= 8)
		bytes[i] = (uint8_t)n;
	put_bytes(c, bytes, sizeof(bytes));
}

static void get_bytes(struct cursor *c, void *bytes, size_t len)
{
	assert(c->at + len <= CHECKSUM_AT);
	memcpy(bytes, c->from + c->at, len);
	c->at += len;
}

static uint64_t get_u64(struct cursor *c)
{
	uint8_t bytes[8];
	uint64_t n = 0;

	get_bytes(c, bytes, sizeof(bytes));
	for (int i = 0; i < 8; i++)
		n = n << 8 | bytes[i];
	return n;
}

int jsl_io_record_slot_encode(const struct jsl_election_record *rec, uint64_t seq,
			      uint8_t ret_slot[JSL_IO_RECORD_SLOT])
{
	struct cursor c = {.to = ret_slot};

	assert(rec->n_known <= JSL_ELECTION_VOTERS_MAX);
	memset(ret_slot, 0, JSL_IO_RECORD_SLOT);
	put_bytes(&c, magic, MAGIC_LEN);
	put_u64(&c, SLOT_VERSION);
	put_u64(&c, seq);
	put_bytes(&c, rec->record_id, sizeof(rec->record_id));
	put_bytes(&c, rec->cluster_id, sizeof(rec->cluster_id));
	put_bytes(&c, rec->config_hash, sizeof(rec->config_hash));
	put_u64(&c, rec->promised_epoch);
	put_u64(&c, rec->promised_to);
	put_u64(&c, rec->boot_count);
	put_u64(&c, rec->lease_max_us);
	put_u64(&c, rec->n_known);
	for (uint32_t i = 0; i < rec->n_known; i++) {
		put_u64(&c, rec->known[i].id);
		put_bytes(&c, rec->known[i].record_id, sizeof(rec->known[i].record_id));
	}
	return jsl_io_sha256(ret_slot, CHECKSUM_AT, ret_slot + CHECKSUM_AT);
}

static int check(const uint8_t *slot)
{
	uint8_t hash[JSL_IO_SHA256_LEN];
	int r = jsl_io_sha256(slot, CHECKSUM_AT, hash);

	if (r < 0)
		return r;
	if (memcmp(slot, magic, MAGIC_LEN) != 0 ||
	    memcmp(hash, slot + CHECKSUM_AT, sizeof(hash)) != 0)
		return JSL_E_CORRUPT;
	return 0;
}

int jsl_io_record_slot_decode(const uint8_t slot[JSL_IO_RECORD_SLOT],
			      struct jsl_election_record *ret_rec, uint64_t *ret_seq)
{
	struct cursor c = {.from = slot, .at = MAGIC_LEN};
	struct jsl_election_record rec = {0};
	uint64_t seq, n_known;
	int r = check(slot);

	if (r < 0)
		return r;
	if (get_u64(&c) != SLOT_VERSION)
		return JSL_E_VERSION;
	seq = get_u64(&c);
	get_bytes(&c, rec.record_id, sizeof(rec.record_id));
	get_bytes(&c, rec.cluster_id, sizeof(rec.cluster_id));
	get_bytes(&c, rec.config_hash, sizeof(rec.config_hash));
	rec.promised_epoch = get_u64(&c);
	rec.promised_to = get_u64(&c);
	rec.boot_count = get_u64(&c);
	rec.lease_max_us = get_u64(&c);
	n_known = get_u64(&c);
	if (n_known > JSL_ELECTION_VOTERS_MAX)
		return JSL_E_CORRUPT;
	rec.n_known = (uint32_t)n_known;
	for (uint32_t i = 0; i < rec.n_known; i++) {
		rec.known[i].id = get_u64(&c);
		get_bytes(&c, rec.known[i].record_id, sizeof(rec.known[i].record_id));
	}
	*ret_rec = rec;
	*ret_seq = seq;
	return 0;
}
