/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The durable record (R1, R5, R12): what was saved is there after any crash.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jsl/err.h>

#include "../lib/suite.h"
#include "base/rng.h"
#include "io/hash.h"
#include "io/record.h"
#include "io/record_slot.h"

#define NODE_ID 7

struct place {
	char base[64]; /* a temporary directory */
	char dir[96];  /* the data directory in it: does not exist at first */
	char file[128];
};

static void place_init(struct place *p)
{
	snprintf(p->base, sizeof(p->base), "test-record.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->base));
	snprintf(p->dir, sizeof(p->dir), "%s/a/b", p->base);
	snprintf(p->file, sizeof(p->file), "%s/peer-7/record", p->dir);
}

static void place_deinit(struct place *p)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf ./%s", p->base);
	ck_assert_int_eq(system(command), 0);
}

static struct jsl_io_record *open_record(struct place *p)
{
	struct jsl_io_record *r;
	char errmsg[256] = "";

	ck_assert_msg(jsl_io_record_open(&r, p->dir, NODE_ID, errmsg, sizeof(errmsg)) ==
			      0,
		      "%s", errmsg);
	return r;
}

static struct jsl_election_record sample(uint64_t seed)
{
	struct jsl_election_record rec;
	struct jsl_rng rng;
	uint8_t *bytes = (uint8_t *)&rec;

	memset(&rec, 0, sizeof(rec));
	jsl_rng_init(&rng, seed);
	for (size_t i = 0; i < sizeof(rec); i++)
		bytes[i] = (uint8_t)jsl_rng_next(&rng);
	rec.n_known = (uint32_t)jsl_rng_below(&rng, JSL_ELECTION_VOTERS_MAX + 1);
	return rec;
}

static void assert_same(const struct jsl_election_record *a,
			const struct jsl_election_record *b)
{
	ck_assert_ptr_nonnull(a);
	ck_assert_mem_eq(a->record_id, b->record_id, sizeof(a->record_id));
	ck_assert_mem_eq(a->cluster_id, b->cluster_id, sizeof(a->cluster_id));
	ck_assert_mem_eq(a->config_hash, b->config_hash, sizeof(a->config_hash));
	ck_assert_uint_eq(a->promised_epoch, b->promised_epoch);
	ck_assert_uint_eq(a->promised_to, b->promised_to);
	ck_assert_uint_eq(a->boot_count, b->boot_count);
	ck_assert_uint_eq(a->lease_max_us, b->lease_max_us);
	ck_assert_uint_eq(a->n_known, b->n_known);
	for (uint32_t i = 0; i < a->n_known; i++) {
		ck_assert_uint_eq(a->known[i].id, b->known[i].id);
		ck_assert_mem_eq(a->known[i].record_id, b->known[i].record_id, 16);
	}
}

static void damage(const char *file, off_t at)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

START_TEST(record_survives_a_restart)
{
	struct place p;
	struct jsl_io_record *r;

	place_init(&p);
	r = open_record(&p);
	ck_assert_ptr_null(jsl_io_record_get(r));
	jsl_io_record_close(r);
	for (uint64_t i = 1; i <= 7; i++) {
		struct jsl_election_record rec = sample(i);

		r = open_record(&p);
		ck_assert_int_eq(jsl_io_record_save(r, &rec), 0);
		assert_same(jsl_io_record_get(r), &rec);
		jsl_io_record_close(r);
		r = open_record(&p);
		assert_same(jsl_io_record_get(r), &rec);
		jsl_io_record_close(r);
	}
	place_deinit(&p);
}
END_TEST

START_TEST(torn_slot_falls_back_to_the_one_before)
{
	struct jsl_election_record first = sample(1), second = sample(2);
	struct jsl_election_record third = sample(3);
	struct jsl_io_record *r;
	struct place p;

	place_init(&p);
	r = open_record(&p);
	ck_assert_int_eq(jsl_io_record_save(r, &first), 0);
	ck_assert_int_eq(jsl_io_record_save(r, &second), 0);
	jsl_io_record_close(r);
	damage(p.file, JSL_IO_RECORD_SLOT + 100);
	r = open_record(&p);
	assert_same(jsl_io_record_get(r), &first);
	/* The next goes to the damaged slot, not over the good one. */
	ck_assert_int_eq(jsl_io_record_save(r, &third), 0);
	jsl_io_record_close(r);
	damage(p.file, 100);
	r = open_record(&p);
	assert_same(jsl_io_record_get(r), &third);
	jsl_io_record_close(r);
	place_deinit(&p);
}
END_TEST

START_TEST(record_without_a_valid_slot_is_corrupt)
{
	struct jsl_election_record rec = sample(1);
	struct jsl_io_record *r;
	char errmsg[256] = "";
	struct place p;

	place_init(&p);
	r = open_record(&p);
	ck_assert_int_eq(jsl_io_record_save(r, &rec), 0);
	jsl_io_record_close(r);
	damage(p.file, 3000);
	r = NULL;
	ck_assert_int_eq(jsl_io_record_open(&r, p.dir, NODE_ID, errmsg, sizeof(errmsg)),
			 JSL_E_CORRUPT);
	ck_assert_ptr_null(r);
	ck_assert_ptr_nonnull(strstr(errmsg, "peer-7: durable record is corrupt"));
	ck_assert_int_eq(truncate(p.file, 17), 0);
	ck_assert_int_eq(jsl_io_record_open(&r, p.dir, NODE_ID, NULL, 0), JSL_E_CORRUPT);
	place_deinit(&p);
}
END_TEST

START_TEST(unfinished_first_write_leaves_no_record)
{
	struct jsl_election_record rec = sample(1);
	struct jsl_io_record *r;
	struct place p;
	char temp[160];
	FILE *f;

	place_init(&p);
	jsl_io_record_close(open_record(&p));
	snprintf(temp, sizeof(temp), "%s.new", p.file);
	f = fopen(temp, "w");
	ck_assert_ptr_nonnull(f);
	fputs("half", f);
	fclose(f);
	r = open_record(&p);
	ck_assert_ptr_null(jsl_io_record_get(r));
	ck_assert_int_eq(jsl_io_record_save(r, &rec), 0);
	jsl_io_record_close(r);
	ck_assert_int_eq(access(temp, F_OK), -1);
	place_deinit(&p);
}
END_TEST

START_TEST(second_opener_is_refused)
{
	struct jsl_io_record *first, *second = NULL, *other;
	char errmsg[256] = "";
	struct place p;

	place_init(&p);
	first = open_record(&p);
	ck_assert_int_eq(
		jsl_io_record_open(&second, p.dir, NODE_ID, errmsg, sizeof(errmsg)),
		JSL_E_BUSY);
	ck_assert_ptr_null(second);
	ck_assert_ptr_nonnull(strstr(errmsg, "another process runs under this id"));
	ck_assert_int_eq(jsl_io_record_open(&other, p.dir, NODE_ID + 1, NULL, 0), 0);
	jsl_io_record_close(other);
	jsl_io_record_close(first);
	jsl_io_record_close(open_record(&p));
	place_deinit(&p);
}
END_TEST

START_TEST(directories_are_private)
{
	struct jsl_io_record *r;
	struct place p;
	struct stat st;

	place_init(&p);
	r = open_record(&p);
	ck_assert_int_eq(stat(jsl_io_record_dir(r), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	ck_assert_int_eq(stat(p.dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	jsl_io_record_close(r);
	jsl_io_record_close(NULL);
	place_deinit(&p);
}
END_TEST

START_TEST(unusable_directory_is_an_error)
{
	struct jsl_io_record *r = NULL;
	char errmsg[256] = "";

	ck_assert_int_eq(
		jsl_io_record_open(&r, "/dev/null/x", NODE_ID, errmsg, sizeof(errmsg)),
		-ENOTDIR);
	ck_assert_ptr_null(r);
	ck_assert_str_eq(errmsg, "/dev/null/x/peer-7: Not a directory");
}
END_TEST

START_TEST(newer_slot_is_not_taken_for_a_torn_one)
{
	struct jsl_election_record rec = sample(1);
	uint8_t slot[JSL_IO_RECORD_SLOT];
	struct jsl_io_record *r;
	struct place p;
	int fd;

	place_init(&p);
	r = open_record(&p);
	ck_assert_int_eq(jsl_io_record_save(r, &rec), 0);
	jsl_io_record_close(r);
	ck_assert_int_eq(jsl_io_record_slot_encode(&rec, 2, slot), 0);
	slot[11] = 2; /* version */
	ck_assert_int_eq(jsl_io_sha256(slot, sizeof(slot) - 32, slot + sizeof(slot) - 32),
			 0);
	fd = open(p.file, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, slot, sizeof(slot), sizeof(slot)), sizeof(slot));
	close(fd);
	ck_assert_int_eq(jsl_io_record_open(&r, p.dir, NODE_ID, NULL, 0), JSL_E_VERSION);
	place_deinit(&p);
}
END_TEST

START_TEST(every_damaged_byte_of_a_slot_is_noticed)
{
	struct jsl_election_record rec = sample(5), out;
	uint8_t slot[JSL_IO_RECORD_SLOT];
	uint64_t seq;

	ck_assert_int_eq(jsl_io_record_slot_encode(&rec, 42, slot), 0);
	ck_assert_int_eq(jsl_io_record_slot_decode(slot, &out, &seq), 0);
	assert_same(&out, &rec);
	ck_assert_uint_eq(seq, 42);
	for (size_t i = 0; i < sizeof(slot); i++) {
		slot[i] ^= 1;
		ck_assert_int_eq(jsl_io_record_slot_decode(slot, &out, &seq),
				 JSL_E_CORRUPT);
		slot[i] ^= 1;
	}
}
END_TEST

START_TEST(sha256_is_that_of_the_standard)
{
	/* FIPS 180-4, example "abc". */
	static const uint8_t want[JSL_IO_SHA256_LEN] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	struct jsl_bytes parts[] = {{"a", 1}, {"", 0}, {"bc", 2}};
	uint8_t hash[JSL_IO_SHA256_LEN];

	ck_assert_int_eq(jsl_io_sha256("abc", 3, hash), 0);
	ck_assert_mem_eq(hash, want, sizeof(hash));
	memset(hash, 0, sizeof(hash));
	ck_assert_int_eq(jsl_io_sha256_parts(parts, 3, hash), 0);
	ck_assert_mem_eq(hash, want, sizeof(hash));
}
END_TEST

SUITE_MAIN("record", record_survives_a_restart, torn_slot_falls_back_to_the_one_before,
	   record_without_a_valid_slot_is_corrupt,
	   unfinished_first_write_leaves_no_record, second_opener_is_refused,
	   directories_are_private, unusable_directory_is_an_error,
	   newer_slot_is_not_taken_for_a_torn_one,
	   every_damaged_byte_of_a_slot_is_noticed, sha256_is_that_of_the_standard)
