/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of the work queue <-> protobuf. Who may say what to whom is the
 * cores' business; here only lengths and the known values are checked.
 */

#include "wire/datagram.h"
#include "wire/frame.h"
#include "wire/frame_int.h"
#include "wire/wire_int.h"

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | p[i];
	return n;
}

static void put_u64(uint8_t *p, uint64_t n)
{
	for (int i = 7; i >= 0; i--, n >>= 8)
		p[i] = (uint8_t)n;
}

static struct jsl_queue_id read_id(uint64_t high, uint64_t low)
{
	struct jsl_queue_id id;

	put_u64(id.bytes, high);
	put_u64(id.bytes + 8, low);
	return id;
}

static void item_fill(Jsl__Pb__Item *pb, const struct jsl_queue_item *it)
{
	jsl__pb__item__init(pb);
	pb->job_high = get_u64(it->job.bytes);
	pb->job_low = get_u64(it->job.bytes + 8);
	pb->submitter_id = it->submitter.id;
	pb->submitter_boot = it->submitter.boot;
	pb->attempt = it->attempt;
	pb->deaths = it->deaths;
	pb->epoch = it->epoch;
	pb->finished = it->finished;
	pb->key_high = get_u64(it->key.bytes);
	pb->key_low = get_u64(it->key.bytes + 8);
	pb->tag = it->tag;
}

static void item_read(const Jsl__Pb__Item *pb, struct jsl_queue_item *it)
{
	*it = (struct jsl_queue_item){
		.job = read_id(pb->job_high, pb->job_low),
		.submitter = {.id = pb->submitter_id, .boot = pb->submitter_boot},
		.attempt = pb->attempt,
		.deaths = pb->deaths,
		.epoch = pb->epoch,
		.finished = pb->finished,
		.key = read_id(pb->key_high, pb->key_low),
		.tag = pb->tag,
	};
}

static void items_fill(Jsl__Pb__Queue *pb, struct jsl_wire__items *items,
		       const struct jsl_queue_message *m)
{
	for (size_t i = 0; i < m->n_items; i++) {
		items->ptrs[i] = &items->items[i];
		item_fill(items->ptrs[i], &m->items[i]);
	}
	pb->items = items->ptrs;
	pb->n_items = m->n_items;
}

void jsl_wire__queue_fill(Jsl__Pb__Queue *pb, struct jsl_wire__items *items,
			  const struct jsl_queue_message *m)
{
	jsl__pb__queue__init(pb);
	pb->kind = m->kind;
	pb->job_high = get_u64(m->job.bytes);
	pb->job_low = get_u64(m->job.bytes + 8);
	pb->attempt = m->attempt;
	pb->deaths = m->deaths;
	pb->node_id = m->node.id;
	pb->node_boot = m->node.boot;
	pb->submitter_id = m->submitter.id;
	pb->submitter_boot = m->submitter.boot;
	pb->leader_epoch = m->leader.epoch;
	pb->leader_id = m->leader.id;
	pb->first_epoch = m->first_epoch;
	pb->epoch = m->epoch;
	pb->remaining_ms = m->remaining_ms;
	pb->limit_ms = m->limit_ms;
	pb->queued_us = m->queued_us;
	pb->retry_after_ms = m->retry_after_ms;
	pb->reason = m->reason;
	pb->outcome = m->outcome;
	pb->slots = m->slots;
	pb->tried = (uint64_t *)m->tried;
	pb->n_tried = m->n_tried;
	pb->more = m->more;
	pb->key_high = get_u64(m->key.bytes);
	pb->key_low = get_u64(m->key.bytes + 8);
	pb->tag = m->tag;
	items_fill(pb, items, m);
}

static bool carries_payload(uint32_t kind)
{
	return kind == JSL_QUEUE_SUBMIT || kind == JSL_QUEUE_ASSIGN ||
	       kind == JSL_QUEUE_RESULT || kind == JSL_QUEUE_PROGRESS;
}

int jsl_wire__queue_check(const Jsl__Pb__Queue *pb, size_t payload_len)
{
	if (pb->kind < JSL_QUEUE_SUBMIT || pb->kind > JSL_QUEUE_PROGRESS ||
	    pb->reason > JSL_QUEUE_NO_SLOT || pb->outcome > JSL_QUEUE_CANCELLED)
		return JSL_WIRE_UNKNOWN;
	if (pb->n_tried > JSL_QUEUE_TRIED_MAX || pb->n_items > JSL_QUEUE_INVENTORY_MAX ||
	    payload_len > JSL_WIRE_PAYLOAD_MAX ||
	    (pb->kind == JSL_QUEUE_PROGRESS && payload_len > JSL_QUEUE_PROGRESS_MAX))
		return JSL_E_LIMIT;
	if ((payload_len > 0 && !carries_payload(pb->kind)) ||
	    (pb->n_items > 0 && pb->kind != JSL_QUEUE_INVENTORY))
		return JSL_E_MALFORMED;
	return 0;
}

void jsl_wire__queue_read(const Jsl__Pb__Queue *pb, struct jsl_queue_message *m,
			  struct jsl_queue_item *items)
{
	*m = (struct jsl_queue_message){
		.kind = pb->kind,
		.job = read_id(pb->job_high, pb->job_low),
		.attempt = pb->attempt,
		.deaths = pb->deaths,
		.node = {.id = pb->node_id, .boot = pb->node_boot},
		.submitter = {.id = pb->submitter_id, .boot = pb->submitter_boot},
		.leader = {.epoch = pb->leader_epoch, .id = pb->leader_id},
		.first_epoch = pb->first_epoch,
		.epoch = pb->epoch,
		.remaining_ms = pb->remaining_ms,
		.limit_ms = pb->limit_ms,
		.queued_us = pb->queued_us,
		.retry_after_ms = pb->retry_after_ms,
		.reason = pb->reason,
		.outcome = pb->outcome,
		.slots = pb->slots,
		.n_tried = (uint32_t)pb->n_tried,
		.items = items,
		.n_items = pb->n_items,
		.more = pb->more,
		.key = read_id(pb->key_high, pb->key_low),
		.tag = pb->tag,
	};
	for (size_t i = 0; i < pb->n_tried; i++)
		m->tried[i] = pb->tried[i];
	for (size_t i = 0; i < pb->n_items; i++)
		item_read(pb->items[i], &items[i]);
}
