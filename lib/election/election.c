/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public face of the election: construction, the step, and what may be
 * asked between steps. A step settles what time has ended before it looks at
 * its event, so that a late ack cannot revive a lease (R8), and lets the phase
 * draw its conclusions afterwards.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>

#include "base/rule.h"
#include "election/election_int.h"

const char *jsl_election_role_str(enum jsl_election_role role)
{
	static const char *const names[] = {"LOOKING", "FOLLOWING", "LEADING",
					    "OBSERVING"};

	return (size_t)role < sizeof(names) / sizeof(names[0]) ? names[role] : "UNKNOWN";
}

/* Of no voter list: an observer's that takes what it is told. */
static const uint8_t no_hash[32];

static int check_opts(const struct jsl_election_opts *o)
{
	const uint64_t times[] = {o->heartbeat_us, o->lease_us,	 o->finalize_us,
				  o->prepare_us,   o->settle_us, o->granularity_us};

	if (o->size != sizeof(*o) || o->id == 0 || o->id == JSL_ELECTION_TO_OBSERVERS ||
	    o->boot == 0 || o->boot > JSL_ELECTION_NUMBER_MAX ||
	    o->n_voters > JSL_ELECTION_VOTERS_MAX || o->rate_error_ppm > 100000)
		return -EINVAL;
	if (o->n_voters == 0 && memcmp(o->config_hash, no_hash, sizeof(no_hash)) != 0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i] > JSL_ELECTION_LEASE_MAX_US)
			return -EINVAL;
	if (o->heartbeat_us == 0 || o->prepare_us == 0)
		return -EINVAL;
	for (size_t i = 0; i < o->n_voters; i++)
		if (o->voters[i] <= (i == 0 ? 0 : o->voters[i - 1]) ||
		    o->voters[i] == JSL_ELECTION_TO_OBSERVERS)
			return -EINVAL;
	return o->lease_us < 3 * o->heartbeat_us ? JSL_E_CONFIG : 0;
}

static int check_record(const struct jsl_election_opts *o)
{
	const struct jsl_election_record *r = o->record;

	if (r == NULL)
		return 0;
	if (memcmp(r->cluster_id, o->cluster_id, sizeof(r->cluster_id)) != 0)
		return JSL_E_CLUSTER;
	if (memcmp(r->config_hash, o->config_hash, sizeof(r->config_hash)) != 0)
		return JSL_E_CONFIG;
	if (o->boot <= r->boot_count || r->n_known > JSL_ELECTION_VOTERS_MAX ||
	    r->promised_epoch > JSL_ELECTION_NUMBER_MAX ||
	    (r->promised_epoch == 0 && r->promised_to != 0) ||
	    (r->promised_epoch != 0 && r->lease_max_us == 0) ||
	    r->lease_max_us > JSL_ELECTION_LEASE_MAX_US)
		return -EINVAL;
	return 0;
}

/* D_L: what of D a leader may use, the clocks differing by rho and timers late by g. */
static uint64_t lead_lease(const struct jsl_election_opts *o)
{
	uint64_t lost = (2 * o->lease_us * o->rate_error_ppm + 999999) / 1000000 +
			o->granularity_us;

	return lost < o->lease_us ? o->lease_us - lost : 0;
}

static void init_record(struct jsl_election *e, const struct jsl_election_opts *o)
{
	struct jsl_election_record *r = &e->record;

	if (o->record != NULL) {
		*r = *o->record;
	} else {
		jsl_election__record_id_fill(r->record_id, o->boot, o->record_id);
		memcpy(r->cluster_id, o->cluster_id, sizeof(r->cluster_id));
		memcpy(r->config_hash, o->config_hash, sizeof(r->config_hash));
	}
	r->boot_count = o->boot;
	e->max_epoch = r->promised_epoch;
	e->floor.epoch = r->promised_epoch;
	e->floor.id = r->promised_to;
	/* R5: relative until START; nothing granted, nothing to be silent about. */
	e->silent_until_us = JSL_RULE(R5) ? r->lease_max_us : 0;
}

static void init(struct jsl_election *e, const struct jsl_election_opts *o)
{
	e->id = o->id;
	e->boot = o->boot;
	e->heartbeat_us = o->heartbeat_us;
	e->lease_us = o->lease_us;
	e->lead_lease_us = lead_lease(o);
	e->finalize_us = o->finalize_us;
	e->prepare_us = o->prepare_us;
	e->settle_us = o->settle_us;
	memcpy(e->config_hash, o->config_hash, sizeof(e->config_hash));
	e->n_voters = o->n_voters;
	for (size_t i = 0; i < o->n_voters; i++)
		e->voters[i].id = o->voters[i];
	e->self = jsl_election__index(e, o->id);
	e->agreed_us = JSL_ELECTION__NEVER;
	e->backoff_us = o->prepare_us / 4 + 1;
	jsl_rng_init(&e->rng, o->seed ^ (o->id * UINT64_C(0x9e3779b97f4a7c15)) ^ o->boot);
	init_record(e, o);
}

int jsl_election_new(struct jsl_election **ret_e, const struct jsl_election_opts *opts)
{
	struct jsl_election *e;
	size_t cap;
	int err = check_opts(opts);

	if (err == 0)
		err = check_record(opts);
	if (err == 0 && lead_lease(opts) <= opts->heartbeat_us)
		err = JSL_E_CONFIG;
	if (err < 0)
		return err;
	cap = JSL_ELECTION__MESSAGES(opts->n_voters);
	e = calloc(1, sizeof(*e) + cap * sizeof(e->messages[0]));
	if (e == NULL)
		return -ENOMEM;
	e->cap_messages = cap;
	init(e, opts);
	*ret_e = e;
	return 0;
}

void jsl_election_free(struct jsl_election *e)
{
	free(e);
}

size_t jsl_election__index(const struct jsl_election *e, uint64_t id)
{
	size_t i = 0;

	while (i < e->n_voters && e->voters[i].id != id)
		i++;
	return i;
}

bool jsl_election__is_voter(const struct jsl_election *e)
{
	return e->self < e->n_voters;
}

bool jsl_election__is_quorum(const struct jsl_election *e, uint32_t mask)
{
	return (size_t)__builtin_popcount(mask) > e->n_voters / 2;
}

void jsl_election__save(struct jsl_election *e)
{
	assert(jsl_election__is_voter(e) && !e->no_storage);
	e->persist = true;
}

void jsl_election__alarm(struct jsl_election *e, enum jsl_election_alarm alarm,
			 uint64_t id)
{
	e->alarm = alarm;
	e->alarm_id = id;
}

bool jsl_election__see(struct jsl_election *e, uint64_t epoch, uint64_t id)
{
	if (epoch == e->seen.epoch && id != e->seen.id) {
		jsl_election__alarm(e, JSL_ELECTION_ALARM_IMPOSTOR, id);
		return false;
	}
	if (epoch > e->seen.epoch)
		e->seen = (struct jsl_election_leader){.epoch = epoch, .id = id};
	/* Who leads an epoch is better known from its heartbeat than from an own
	 * promise to another, who then never got a quorum for it (I1). */
	if (epoch >= e->floor.epoch)
		e->floor = (struct jsl_election_leader){.epoch = epoch, .id = id};
	return true;
}

static void start(struct jsl_election *e)
{
	e->started = true;
	e->start_us = e->now_us;
	e->silent_until_us += e->now_us;
	if (!jsl_election__is_voter(e)) {
		jsl_election__watch_start(e);
		return;
	}
	jsl_election__save(e);
	jsl_election__new_round(e);
}

/* R9, or a record that cannot be kept: no vote for the rest of this life. */
static void give_up_vote(struct jsl_election *e)
{
	if (e->phase == JSL_ELECTION__LEAD)
		jsl_election__step_down(e);
	if (e->phase != JSL_ELECTION__WATCH)
		jsl_election__watch_start(e);
}

static void set_down(struct jsl_election *e, uint64_t id, bool down)
{
	size_t i = jsl_election__index(e, id);

	if (i < e->n_voters)
		e->voters[i].down = down;
}

/* What time alone has ended, before anything else is looked at. */
static void expire(struct jsl_election *e)
{
	size_t i;

	switch (e->phase) {
	case JSL_ELECTION__LEAD:
		if (e->now_us < jsl_election__lead_end(e))
			return;
		jsl_election__step_down(e);
		break;
	case JSL_ELECTION__FOLLOW:
		if (jsl_election__lease_lives(e))
			return;
		i = jsl_election__index(e, e->lease_to.id);
		e->voters[i].gone = true;
		break;
	case JSL_ELECTION__PROMISE:
		if (e->now_us < e->promise_until_us)
			return;
		jsl_election__exclude(e, e->record.promised_to);
		break;
	case JSL_ELECTION__LOOK:
	case JSL_ELECTION__PREPARE:
	case JSL_ELECTION__WATCH: return;
	}
	jsl_election__new_round(e);
}

static void dispatch(struct jsl_election *e, const struct jsl_election_event *ev)
{
	switch (ev->type) {
	case JSL_ELECTION_EV_START: start(e); break;
	case JSL_ELECTION_EV_TIMER: break;
	case JSL_ELECTION_EV_RECEIVE: jsl_election__receive(e, ev->message); break;
	case JSL_ELECTION_EV_PERSIST_FAILED:
		e->no_storage = true;
		jsl_election__alarm(e, JSL_ELECTION_ALARM_STORAGE, e->id);
		give_up_vote(e);
		break;
	case JSL_ELECTION_EV_VOTER_DOWN: set_down(e, ev->id, true); break;
	case JSL_ELECTION_EV_VOTER_UP: set_down(e, ev->id, false); break;
	case JSL_ELECTION_EV_RELEASE: give_up_vote(e); break;
	case JSL_ELECTION_EV_TRANSFER: jsl_election__transfer(e, ev->id); break;
	case JSL_ELECTION_EV_REFUSED: jsl_election__refused(e, ev); break;
	}
}

static void advance(struct jsl_election *e)
{
	if (e->phase == JSL_ELECTION__PREPARE)
		jsl_election__attempt_advance(e);
	if (e->phase == JSL_ELECTION__LOOK)
		jsl_election__look_advance(e);
	if (e->phase == JSL_ELECTION__LEAD)
		jsl_election__lead_advance(e);
	if (e->phase == JSL_ELECTION__WATCH)
		jsl_election__watch_advance(e);
	jsl_election__evidence_advance(e);
	jsl_election__look_flush(e);
}

static void finish(struct jsl_election *e, struct jsl_election_update *up)
{
	enum jsl_election_role role = jsl_election__role(e);
	struct jsl_election_leader leader = jsl_election_leader(e, e->now_us);

	*up = (struct jsl_election_update){
		.persist = e->persist,
		.role_changed = role != e->told_role,
		.leader_changed = leader.epoch != e->told_leader.epoch ||
				  leader.id != e->told_leader.id,
		.overdue = e->overdue,
		.record = &e->record,
		.messages = e->messages,
		.n_messages = e->n_messages,
		.role = role,
		.leader = leader,
		.alarm = e->alarm,
		.alarm_id = e->alarm_id,
		.refused = e->refused,
	};
	e->told_role = role;
	e->told_leader = leader;
	e->unsaved = e->persist;
}

static int check_event(const struct jsl_election *e, const struct jsl_election_event *ev)
{
	if ((ev->type == JSL_ELECTION_EV_START) == e->started || ev->now_us < e->now_us ||
	    ev->type < JSL_ELECTION_EV_START || ev->type > JSL_ELECTION_EV_REFUSED)
		return -EINVAL;
	return ev->type == JSL_ELECTION_EV_TRANSFER
		       ? jsl_election__transfer_check(e, ev->id, ev->now_us)
		       : 0;
}

int jsl_election_step(struct jsl_election *e, const struct jsl_election_event *ev,
		      struct jsl_election_update *ret_up)
{
	int err = check_event(e, ev);

	if (err < 0)
		return err;
	e->now_us = ev->now_us;
	e->unsaved = false; /* or this is PERSIST_FAILED, and it does not matter */
	e->persist = false;
	e->alarm = JSL_ELECTION_ALARM_NONE;
	e->alarm_id = 0;
	e->refused = 0;
	e->overdue = false;
	e->n_messages = 0;
	e->tell = 0;
	expire(e);
	dispatch(e, ev);
	advance(e);
	finish(e, ret_up);
	assert(jsl_election__check(e));
	return 0;
}

uint64_t jsl_election_deadline(const struct jsl_election *e)
{
	uint64_t at;

	if (!e->started)
		return JSL_ELECTION__NEVER;
	if (e->unsaved)
		return e->now_us; /* what is durable now may be counted */
	switch (e->phase) {
	case JSL_ELECTION__LOOK: return jsl_election__look_deadline(e);
	case JSL_ELECTION__PREPARE: return jsl_election__attempt_deadline(e);
	case JSL_ELECTION__PROMISE: return e->promise_until_us;
	case JSL_ELECTION__LEAD: return jsl_election__lead_deadline(e);
	case JSL_ELECTION__FOLLOW:
		at = jsl_election__evidence_deadline(e);
		return at < e->lease_until_us ? at : e->lease_until_us;
	case JSL_ELECTION__WATCH: return jsl_election__watch_deadline(e);
	}
	return JSL_ELECTION__NEVER;
}
