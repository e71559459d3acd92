/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Election messages <-> protobuf. What a message means is the core's business;
 * here only lengths and the known values are checked.
 */

#include "wire/datagram.h"
#include "wire/wire_int.h"

void jsl_wire__election_fill(Jsl__Pb__Election *pb, const struct jsl_election_message *m)
{
	jsl__pb__election__init(pb);
	pb->kind = m->kind;
	pb->to = m->to;
	pb->round = m->round;
	pb->vote_log_epoch = m->vote.log_epoch;
	pb->vote_log_index = m->vote.log_index;
	pb->vote_id = m->vote.id;
	pb->heard = m->heard;
	pb->role = m->role;
	pb->leader_epoch = m->leader.epoch;
	pb->leader_id = m->leader.id;
	pb->epoch = m->epoch;
	pb->seq = m->seq;
	pb->lease_us = m->lease_us;
	pb->since = m->since;
	pb->promised_to = m->promised_to;
	pb->fresh = m->fresh;
	pb->all_fresh = m->all_fresh;
	pb->record_id = jsl_wire__fixed(m->record_id, sizeof(m->record_id));
	pb->config_hash = jsl_wire__fixed(m->config_hash, sizeof(m->config_hash));
	pb->known = jsl_wire__fixed(m->known[0], sizeof(m->known));
}

int jsl_wire__election_check(const Jsl__Pb__Election *pb)
{
	static const struct jsl_election_message m;

	if (pb->kind < JSL_ELECTION_LOOK || pb->kind > JSL_ELECTION_ADMIT ||
	    pb->role > JSL_ELECTION_OBSERVING)
		return JSL_WIRE_UNKNOWN;
	if (!jsl_wire__fixed_ok(pb->record_id, sizeof(m.record_id)) ||
	    !jsl_wire__fixed_ok(pb->config_hash, sizeof(m.config_hash)) ||
	    !jsl_wire__fixed_ok(pb->known, sizeof(m.known)))
		return JSL_E_MALFORMED;
	return 0;
}

void jsl_wire__election_read(const Jsl__Pb__Election *pb, struct jsl_election_message *m)
{
	*m = (struct jsl_election_message){
		.kind = pb->kind,
		.to = pb->to,
		.round = pb->round,
		.vote = {.log_epoch = pb->vote_log_epoch,
			 .log_index = pb->vote_log_index,
			 .id = pb->vote_id},
		.heard = pb->heard,
		.role = pb->role,
		.leader = {.epoch = pb->leader_epoch, .id = pb->leader_id},
		.epoch = pb->epoch,
		.seq = pb->seq,
		.lease_us = pb->lease_us,
		.since = pb->since,
		.promised_to = pb->promised_to,
		.fresh = pb->fresh,
		.all_fresh = pb->all_fresh,
	};
	jsl_wire__fixed_read(pb->record_id, m->record_id, sizeof(m->record_id));
	jsl_wire__fixed_read(pb->config_hash, m->config_hash, sizeof(m->config_hash));
	jsl_wire__fixed_read(pb->known, m->known[0], sizeof(m->known));
}
