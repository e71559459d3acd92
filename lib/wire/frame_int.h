/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_WIRE_FRAME_INT_H
#define JSL_WIRE_FRAME_INT_H

/*
 * Queue messages <-> protobuf, for frame.c. See wire_int.h for fill, check and
 * read.
 */

#include <jsl/queue_message.h>

#include "link.pb-c.h"

/** An inventory on its way out: what Queue.items points to. */
struct jsl_wire__items {
	Jsl__Pb__Item **ptrs;
	Jsl__Pb__Item *items;
};

/** @items: room for m->n_items of both; unused when there are none. */
void jsl_wire__queue_fill(Jsl__Pb__Queue *pb, struct jsl_wire__items *items,
			  const struct jsl_queue_message *m);

/** Returns 0; JSL_WIRE_UNKNOWN; JSL_E_MALFORMED; JSL_E_LIMIT. */
int jsl_wire__queue_check(const Jsl__Pb__Queue *pb, size_t payload_len);

/** @items: room for pb->n_items, or NULL when there are none. */
void jsl_wire__queue_read(const Jsl__Pb__Queue *pb, struct jsl_queue_message *m,
			  struct jsl_queue_item *items);

#endif
