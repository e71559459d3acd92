/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_INT_H
#define JSL_QUEUE_INT_H

/*
 * What the three queue cores share: the update under construction, and small
 * helpers on ids and nodes. Memory rule of all three: what an event needs is
 * reserved before anything changes; what follows from the state (assignments,
 * resubmissions, deliveries) is done while there is room and goes on in a later
 * step, so that no shortage of memory can leave half a change behind.
 */

#include <stdbool.h>
#include <string.h>

#include <jsl/queue.h>

#include "base/map.h"

/* Messages that follow from the state, in one update; the rest comes at once in
 * the next step (the deadline says so). Bounds the memory of an update. */
#define JSL_QUEUE_BATCH 1024

/* After a shortage of memory, or outside the lease: try again after this. */
#define JSL_QUEUE_RETRY_US UINT64_C(10000)

/* What one message from a peer may need at most, see jsl_queue__out_reserve(). */
#define JSL_QUEUE_DIRECT 8

struct jsl_queue_vec {
	void *items;
	size_t n, cap;
};

struct jsl_queue_out {
	struct jsl_queue_vec messages; /* each holds a reference to its payload, */
	struct jsl_queue_vec starts;   /* as each of these, */
	struct jsl_queue_vec results;  /* these, */
	struct jsl_queue_vec progress; /* and these */
	struct jsl_queue_vec stops;
	struct jsl_queue_vec probes;
	struct jsl_queue_vec notes;
	uint64_t now_us;
	bool more;    /* the batch is full: step again at once */
	bool starved; /* no memory, or not allowed to act: step again soon */
};

void jsl_queue__out_deinit(struct jsl_queue_out *out);

/** Forget the last update and begin one at @now_us. */
void jsl_queue__out_begin(struct jsl_queue_out *out, uint64_t now_us);

/** Publish; the pointers live until the next begin. */
void jsl_queue__out_publish(const struct jsl_queue_out *out,
			    struct jsl_queue_update *ret_up);

/** Room for @n more items of @size bytes. Returns 0 or -ENOMEM. */
int jsl_queue__vec_reserve(struct jsl_queue_vec *v, size_t n, size_t size);

/** Room for @n more messages and notes. Returns 0 or -ENOMEM. */
int jsl_queue__out_reserve(struct jsl_queue_out *out, size_t n);

/** Room for one more thing that follows from the state; false: go on in a later step. */
bool jsl_queue__out_room(struct jsl_queue_out *out);

/** The same for a thing that tells @n more. */
bool jsl_queue__out_room_for(struct jsl_queue_out *out, size_t n);

/** When the unfinished rest is due; UINT64_MAX when there is none. */
uint64_t jsl_queue__out_deadline(const struct jsl_queue_out *out);

/*
 * Append. NULL or no effect without memory, never after a reserve. The payload
 * is set with jsl_queue__set_payload(), which takes a reference.
 */
struct jsl_queue_message *jsl_queue__out_message(struct jsl_queue_out *out,
						 enum jsl_queue_kind kind, uint64_t link,
						 struct jsl_queue_id job);
struct jsl_queue_message *jsl_queue__out_start(struct jsl_queue_out *out,
					       const struct jsl_queue_message *m);
struct jsl_queue_message *jsl_queue__out_result(struct jsl_queue_out *out,
						const struct jsl_queue_message *m);
struct jsl_queue_message *jsl_queue__out_progress(struct jsl_queue_out *out,
						  const struct jsl_queue_message *m);
void jsl_queue__out_stop(struct jsl_queue_out *out, struct jsl_queue_id job);
void jsl_queue__out_probe(struct jsl_queue_out *out, struct jsl_queue_node node);
void jsl_queue__out_note(struct jsl_queue_out *out, const struct jsl_queue_note *note);

static inline void jsl_queue__set_payload(struct jsl_queue_message *m,
					  struct jsl_blob *payload)
{
	m->payload = jsl_blob_ref(payload);
}

static inline struct jsl_key jsl_queue__key(struct jsl_queue_id id)
{
	struct jsl_key key;

	memcpy(&key.hi, id.bytes, 8);
	memcpy(&key.lo, id.bytes + 8, 8);
	return key;
}

static inline bool jsl_queue__same_node(struct jsl_queue_node a, struct jsl_queue_node b)
{
	return a.id == b.id && a.boot == b.boot;
}

static inline bool jsl_queue__is_zero(struct jsl_queue_id id)
{
	static const struct jsl_queue_id zero;

	return memcmp(&id, &zero, sizeof(id)) == 0;
}

/** @t after @now_us, without running over. */
static inline uint64_t jsl_queue__after(uint64_t now_us, uint64_t t)
{
	return t > UINT64_MAX - now_us ? UINT64_MAX : now_us + t;
}

static inline uint64_t jsl_queue__min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The invariants, by assert(); run after each step in the simulator and in debug
 * builds, where linear time does not matter. */
void jsl_queue_submitter__check(const struct jsl_queue_submitter *s);
void jsl_queue_leader__check(const struct jsl_queue_leader *l);
void jsl_queue_worker__check(const struct jsl_queue_worker *w);

#if defined(JSL_DEBUG) || defined(JSL_SANITIZED)
#define JSL_QUEUE_CHECK(call) (call)
#else
#define JSL_QUEUE_CHECK(call) ((void)0)
#endif

#endif
