/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TEST_ELECTION_H
#define JSL_TEST_ELECTION_H

/*
 * One election among voters 1..n, and its peers as messages written by hand.
 * The clock moves only by give(); each helper leaves the update in f->up.
 */

#include <errno.h>
#include <string.h>

#include <jsl/election.h>
#include <jsl/err.h>

#include "../lib/suite.h"

#define MS  UINT64_C(1000)
#define T0  UINT64_C(1000000000)
#define H   (100 * MS)
#define D   (500 * MS)
#define D_L (D - D / 500 - 2 * MS) /* rho = 0.001, g = 2 ms */

struct fixture {
	struct jsl_election *e;
	struct jsl_election_opts opts;
	struct jsl_election_update up;
	uint64_t voters[JSL_ELECTION_VOTERS_MAX];
	uint64_t now;
	uint64_t look_seq; /* of the last notification received */
};

/* Options for @id among voters 1..@n; @record may be NULL. */
static inline void fixture_opts(struct fixture *f, uint64_t id, size_t n,
				const struct jsl_election_record *record)
{
	*f = (struct fixture){.opts = JSL_ELECTION_OPTS_INIT, .now = T0};
	for (size_t i = 0; i < n; i++)
		f->voters[i] = i + 1;
	f->opts.id = id;
	f->opts.voters = f->voters;
	f->opts.n_voters = n;
	f->opts.boot = record == NULL ? 1 : record->boot_count + 1;
	f->opts.record = record;
	memset(f->opts.record_id, (int)id, sizeof(f->opts.record_id));
	memset(f->opts.cluster_id, 0xcc, sizeof(f->opts.cluster_id));
	memset(f->opts.config_hash, 0x11, sizeof(f->opts.config_hash));
}

static inline void step(struct fixture *f, struct jsl_election_event ev)
{
	ev.now_us = f->now;
	ck_assert_int_eq(jsl_election_step(f->e, &ev, &f->up), 0);
}

static inline void fixture_start(struct fixture *f)
{
	ck_assert_int_eq(jsl_election_new(&f->e, &f->opts), 0);
	step(f, (struct jsl_election_event){.type = JSL_ELECTION_EV_START});
}

/* @us later. */
static inline void give(struct fixture *f, uint64_t us)
{
	f->now += us;
	step(f, (struct jsl_election_event){.type = JSL_ELECTION_EV_TIMER});
}

/* What a record says after a promise of @epoch to @to. */
static inline struct jsl_election_record promised(uint64_t epoch, uint64_t to)
{
	struct jsl_election_record r = {.promised_epoch = epoch,
					.promised_to = to,
					.boot_count = 1,
					.lease_max_us = D};

	memset(r.cluster_id, 0xcc, sizeof(r.cluster_id));
	memset(r.config_hash, 0x11, sizeof(r.config_hash));
	return r;
}

/* Voter @id of @n that has promised before and whose silence is over. */
static inline void fixture_init(struct fixture *f, uint64_t id, size_t n, uint64_t epoch,
				uint64_t to)
{
	struct jsl_election_record r = promised(epoch, to);

	fixture_opts(f, id, n, &r);
	fixture_start(f);
	give(f, D);
}

static inline void receive(struct fixture *f, struct jsl_election_message m)
{
	if (m.to == 0)
		m.to = f->opts.id;
	if (m.boot == 0)
		m.boot = 1;
	if (m.kind == JSL_ELECTION_LOOK)
		m.seq = ++f->look_seq;
	if (m.kind == JSL_ELECTION_LOOK && f->opts.id <= f->opts.n_voters)
		memcpy(m.known[f->opts.id - 1], f->up.record->record_id, 16);
	if (m.config_hash[0] == 0)
		memset(m.config_hash, 0x11, sizeof(m.config_hash));
	step(f,
	     (struct jsl_election_event){.type = JSL_ELECTION_EV_RECEIVE, .message = &m});
}

static inline void receive_prepare(struct fixture *f, uint64_t from, uint64_t epoch)
{
	receive(f, (struct jsl_election_message){
			   .kind = JSL_ELECTION_PREPARE, .from = from, .epoch = epoch});
}

static inline void receive_heartbeat(struct fixture *f, uint64_t from, uint64_t epoch,
				     uint64_t seq)
{
	receive(f, (struct jsl_election_message){.kind = JSL_ELECTION_HEARTBEAT,
						 .from = from,
						 .epoch = epoch,
						 .seq = seq,
						 .lease_us = D,
						 .since = epoch});
}

/* PROMISE, NACK, ACK or RELEASE. */
static inline void receive_kind(struct fixture *f, enum jsl_election_kind kind,
				uint64_t from, uint64_t epoch, uint64_t seq)
{
	receive(f, (struct jsl_election_message){
			   .kind = kind, .from = from, .epoch = epoch, .seq = seq});
}

/* A notification of the round that the election is in; @heard by ids. */
static inline struct jsl_election_message look(uint64_t from, uint64_t round,
					       uint64_t vote, uint32_t heard)
{
	return (struct jsl_election_message){.kind = JSL_ELECTION_LOOK,
					     .from = from,
					     .round = round,
					     .vote = {.id = vote},
					     .heard = heard};
}

/* The first message of @kind to @to in the last update, or NULL. */
static inline const struct jsl_election_message *
sent(const struct fixture *f, enum jsl_election_kind kind, uint64_t to)
{
	for (size_t i = 0; i < f->up.n_messages; i++)
		if (f->up.messages[i].kind == kind && f->up.messages[i].to == to)
			return &f->up.messages[i];
	return NULL;
}

static inline void fixture_deinit(struct fixture *f)
{
	jsl_election_free(f->e);
}

/* Make the voter with the highest id of @f lead: everybody is heard and promises.
 * The first heartbeat, sent now, has seq 1 and is not acknowledged yet. */
static inline uint64_t establish(struct fixture *f)
{
	uint32_t all = (UINT32_C(1) << f->opts.n_voters) - 1;
	uint64_t epoch;

	for (uint64_t id = 1; id < f->opts.id; id++)
		receive(f, look(id, 1, f->opts.id, all & ~(UINT32_C(1) << (id - 1))));
	give(f, 0);
	epoch = f->up.record->promised_epoch;
	ck_assert_uint_eq(f->up.record->promised_to, f->opts.id);
	for (uint64_t id = 1; id < f->opts.id; id++)
		receive_kind(f, JSL_ELECTION_PROMISE, id, epoch, 0);
	return epoch;
}

#endif
