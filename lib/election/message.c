/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way in and out. Out: a slot of the update, sender and hash filled in. In:
 * whatever a peer may say is checked here against named limits, the voter list
 * and the sender's boot, before a phase sees it; what does not pass changes
 * nothing but an alarm.
 */

#include <assert.h>
#include <string.h>

#include <jsl/err.h>

#include "election/election_int.h"

static const uint8_t no_hash[32];

struct jsl_election_message *
jsl_election__message(struct jsl_election *e, enum jsl_election_kind kind, uint64_t to)
{
	struct jsl_election_message *m;

	assert(e->n_messages < e->cap_messages);
	assert(to != e->id);
	m = &e->messages[e->n_messages++];
	*m = (struct jsl_election_message){
		.kind = kind,
		.from = e->id,
		.to = to,
		.boot = e->boot,
	};
	if (e->phase == JSL_ELECTION__WATCH)
		return m; /* no vote, no hash: it only asks */
	m->fresh = jsl_election__is_fresh(e);
	memcpy(m->record_id, e->record.record_id, sizeof(m->record_id));
	memcpy(m->config_hash, e->config_hash, sizeof(m->config_hash));
	return m;
}

static bool is_epoch(const struct jsl_election *e, uint64_t epoch)
{
	return epoch <= JSL_ELECTION_NUMBER_MAX &&
	       epoch <= e->max_epoch + JSL_ELECTION_JUMP;
}

/* The newest number that was believed of those that @m is one of. */
static uint64_t last_seq(const struct jsl_election *e,
			 const struct jsl_election_message *m)
{
	size_t from = jsl_election__index(e, m->from);

	if (m->kind != JSL_ELECTION_LOOK)
		return e->phase == JSL_ELECTION__WATCH ? e->watched_seq : e->lease_seq;
	return from < e->n_voters ? e->voters[from].look_seq : 0;
}

static bool are_numbers(const struct jsl_election *e,
			const struct jsl_election_message *m)
{
	return m->boot <= JSL_ELECTION_NUMBER_MAX &&
	       m->round <= JSL_ELECTION_NUMBER_MAX &&
	       m->round <= e->round + JSL_ELECTION_JUMP &&
	       m->seq <= JSL_ELECTION_NUMBER_MAX &&
	       m->seq <= last_seq(e, m) + JSL_ELECTION_JUMP && is_epoch(e, m->epoch) &&
	       is_epoch(e, m->leader.epoch);
}

/* Returns 0; JSL_E_MALFORMED, JSL_E_LIMIT, JSL_E_UNBOUND. */
static int check(const struct jsl_election *e, const struct jsl_election_message *m)
{
	bool to_me = m->to == JSL_ELECTION_TO_OBSERVERS ? e->phase == JSL_ELECTION__WATCH
							: m->to == e->id;

	if (m->kind < JSL_ELECTION_LOOK || m->kind > JSL_ELECTION_ADMIT ||
	    m->role > JSL_ELECTION_OBSERVING || m->from == 0 || m->from == e->id ||
	    m->from == JSL_ELECTION_TO_OBSERVERS || m->boot == 0)
		return JSL_E_MALFORMED;
	if (!are_numbers(e, m))
		return JSL_E_LIMIT;
	if (m->lease_us > JSL_ELECTION_LEASE_MAX_US)
		return JSL_E_MALFORMED;
	if (m->kind == JSL_ELECTION_HEARTBEAT &&
	    (m->seq == 0 || m->lease_us == 0 || m->since == 0 || m->since > m->epoch))
		return JSL_E_MALFORMED;
	if (e->n_voters != 0 && m->vote.id != 0 &&
	    jsl_election__index(e, m->vote.id) == e->n_voters)
		return JSL_E_MALFORMED;
	return to_me ? 0 : JSL_E_UNBOUND;
}

/* Another voter list: refused, and said once for each sender. */
static void refuse_config(struct jsl_election *e, uint64_t id)
{
	size_t i = jsl_election__index(e, id);

	if (i < e->n_voters ? e->voters[i].alarmed : e->stranger == id)
		return;
	if (i < e->n_voters)
		e->voters[i].alarmed = true;
	else
		e->stranger = id;
	jsl_election__alarm(e, JSL_ELECTION_ALARM_CONFIG, id);
}

/* A higher boot supersedes all that the lower one said; a lower one is stale. */
static bool note_boot(struct jsl_election *e, struct jsl_election__voter *v,
		      uint64_t boot)
{
	if (boot < v->boot)
		return false;
	if (boot > v->boot) {
		v->boot = boot;
		v->boot_heard_us = e->now_us;
		v->look_seq = 0;
		v->looking = false;
		memset(v->record_id, 0, sizeof(v->record_id));
		v->excluded_until_us = 0;
		v->acked_seq = 0;
		v->acked_sent_us = 0;
	}
	v->alarmed = false;
	return true;
}

static void learn_epoch(struct jsl_election *e, uint64_t epoch)
{
	if (epoch > e->max_epoch)
		e->max_epoch = epoch;
}

/* What a voter says of its own promise. */
static void learn_promise(struct jsl_election__voter *v,
			  const struct jsl_election_message *m)
{
	struct jsl_election_leader promised = {.epoch = m->epoch};

	if (m->kind == JSL_ELECTION_LOOK)
		promised.id = m->promised_to;
	else if (m->kind == JSL_ELECTION_HEARTBEAT)
		promised.id = m->from;
	else if (m->kind == JSL_ELECTION_ADMIT)
		promised = m->leader;
	else
		return;
	if (promised.epoch > v->promised.epoch)
		v->promised = promised;
}

static void deliver(struct jsl_election *e, const struct jsl_election_message *m,
		    size_t from)
{
	switch (m->kind) {
	case JSL_ELECTION_LOOK: jsl_election__look_receive(e, m, from); break;
	case JSL_ELECTION_PREPARE: jsl_election__prepare_receive(e, m); break;
	case JSL_ELECTION_PROMISE: jsl_election__promise_receive(e, m, from); break;
	case JSL_ELECTION_NACK: jsl_election__nack_receive(e, m, from); break;
	case JSL_ELECTION_HEARTBEAT: jsl_election__heartbeat_receive(e, m); break;
	case JSL_ELECTION_ACK: jsl_election__ack_receive(e, m, from); break;
	case JSL_ELECTION_RELEASE: jsl_election__release_receive(e, m); break;
	case JSL_ELECTION_ADMIT: jsl_election__admit_receive(e, m, from); break;
	}
}

void jsl_election__receive(struct jsl_election *e, const struct jsl_election_message *m)
{
	size_t from = jsl_election__index(e, m->from);

	e->refused = check(e, m);
	if (e->refused != 0)
		return;
	if (memcmp(m->config_hash, no_hash, sizeof(no_hash)) == 0) {
		if (m->kind == JSL_ELECTION_LOOK)
			jsl_election__look_answer(e, m->from);
		return;
	}
	/* An observer that knows no voter list of its own takes what it is told. */
	if (memcmp(m->config_hash, e->config_hash, sizeof(no_hash)) != 0 &&
	    memcmp(e->config_hash, no_hash, sizeof(no_hash)) != 0) {
		refuse_config(e, m->from);
		e->refused = JSL_E_CONFIG;
		return;
	}
	if (e->n_voters == 0) {
		learn_epoch(e, m->epoch);
		jsl_election__watch_receive(e, m);
		return;
	}
	if (from == e->n_voters)
		e->refused = JSL_E_CONFIG;
	else if (!note_boot(e, &e->voters[from], m->boot))
		e->refused = JSL_E_STALE;
	if (e->refused != 0)
		return;
	learn_promise(&e->voters[from], m);
	learn_epoch(e, m->epoch);
	learn_epoch(e, m->leader.epoch);
	if (e->phase == JSL_ELECTION__WATCH)
		jsl_election__watch_receive(e, m);
	else
		deliver(e, m, from);
}
