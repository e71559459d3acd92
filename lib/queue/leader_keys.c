/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs of one key are one run. The map of keys holds the primary of each: the entry
 * whose run it is. Invariants: what is JOINED has its payload and a primary in the
 * map; only what is in the map is joined; a headless primary has somebody joined.
 */

#include <assert.h>

#include "base/rule.h"
#include "base/siphash.h"
#include "queue/leader_int.h"

struct jsl_queue_entry *jsl_queue__run_of(struct jsl_queue_entry *e)
{
	return e->state == JSL_QUEUE_JOINED ? e->primary : e;
}

/* The same at each leader: what one gave to a worker, the next one compares. */
uint64_t jsl_queue__tag(const struct jsl_blob *payload)
{
	static const uint8_t key[16] = "jsl payload tag";
	uint64_t tag = jsl_siphash(key, jsl_blob_data(payload), jsl_blob_len(payload));

	return tag != 0 ? tag : 1;
}

bool jsl_queue__same_content(const struct jsl_blob *a, const struct jsl_blob *b)
{
	return a == b ||
	       (jsl_blob_len(a) == jsl_blob_len(b) &&
		memcmp(jsl_blob_data(a), jsl_blob_data(b), jsl_blob_len(a)) == 0);
}

enum jsl_queue_match jsl_queue__match(const struct jsl_queue_entry *e,
				      const struct jsl_blob *payload, uint64_t tag)
{
	bool same = e->tag == tag;

	if (e->payload != NULL && payload != NULL)
		same = jsl_queue__same_content(e->payload, payload);
	else if (e->tag == 0 || tag == 0)
		return JSL_QUEUE_MATCH_UNKNOWN;
	return same ? JSL_QUEUE_MATCH_SAME : JSL_QUEUE_MATCH_OTHER;
}

struct jsl_queue_entry *jsl_queue__key_get(const struct jsl_queue_leader *l,
					   struct jsl_queue_id key)
{
	struct jsl_map_node *n = jsl_queue__is_zero(key) || !JSL_RULE(KEYS)
					 ? NULL
					 : jsl_map_get(&l->keys, jsl_queue__key(key));

	return n != NULL ? jsl_container_of(n, struct jsl_queue_entry, by_key) : NULL;
}

int jsl_queue__key_map(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	int r = jsl_map_put(&l->keys, jsl_queue__key(e->key), &e->by_key);

	assert(e->keyed && !e->mapped);
	if (r == 0)
		e->mapped = true;
	return r;
}

void jsl_queue__key_unmap(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	assert(e->n_joined == 0);
	if (e->mapped)
		jsl_map_remove(&l->keys, &e->by_key);
	e->mapped = false;
}

/* What is known of the one run, when two turn out to be one. */
static void merge_history(struct jsl_queue_entry *to, const struct jsl_queue_entry *from)
{
	if (from->attempt > to->attempt)
		to->attempt = from->attempt;
	if (from->deaths > to->deaths)
		to->deaths = from->deaths;
	if (to->n_tries == 0) {
		memcpy(to->tries, from->tries, sizeof(to->tries));
		to->n_tries = from->n_tries;
	}
	if (to->named.id == 0)
		to->named = from->named;
	if (to->limit_us == 0)
		to->limit_us = from->limit_us;
	to->again = to->again || from->again;
	to->old = to->old || from->old;
}

/* All that have joined @from, and its key, are @to's. */
static void move_group(struct jsl_queue_leader *l, struct jsl_queue_entry *from,
		       struct jsl_queue_entry *to)
{
	struct jsl_list *it;
	int r;

	assert(to->n_joined == 0 && !to->mapped && from->mapped);
	while ((it = jsl_list_pop_front(&from->group)) != NULL) {
		jsl_container_of(it, struct jsl_queue_entry, group)->primary = to;
		jsl_list_push_back(&to->group, it);
	}
	to->n_joined = from->n_joined;
	from->n_joined = 0;
	jsl_queue__key_unmap(l, from);
	r = jsl_queue__key_map(l, to);
	assert(r == 0); /* in the place of the other */
	(void)r;
}

struct jsl_queue_entry *jsl_queue__hand_over(struct jsl_queue_leader *l,
					     struct jsl_queue_entry *e)
{
	struct jsl_queue_entry *to =
		jsl_container_of(e->group.next, struct jsl_queue_entry, group);

	assert(e->n_joined > 0);
	jsl_queue__entry_leave(l, to);
	move_group(l, e, to);
	merge_history(to, e);
	return to;
}

void jsl_queue__promote(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_entry *to = jsl_queue__hand_over(l, e);

	if (e->recovering)
		jsl_queue__recover(l, to);
	else
		jsl_queue__entry_wait(l, to, false);
	l->out.more = true; /* its list may have been gone through */
}

void jsl_queue__key_claim(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_entry *p = jsl_queue__key_get(l, e->key);

	if (!e->keyed || e->mapped)
		return;
	if (e->state == JSL_QUEUE_FINISHED && e->worker == NULL)
		return; /* nobody has its result any more */
	if (p == NULL) {
		(void)jsl_queue__key_map(l, e); /* without memory: a run beside others */
		return;
	}
	if ((p->state != JSL_QUEUE_HELD && p->state != JSL_QUEUE_WAITING) ||
	    jsl_queue__match(p, e->payload, e->tag) != JSL_QUEUE_MATCH_SAME ||
	    p->payload == NULL)
		return;
	move_group(l, p, e);
	merge_history(e, p);
	jsl_queue__entry_join(l, p, e);
	p->n_tries = 0; /* those are of the run */
	if (e->state == JSL_QUEUE_AT_WORK) {
		jsl_queue__entry_time(l, e);
		if (e->deaths >= l->opts.max_deaths)
			e->deaths = l->opts.max_deaths - 1; /* it runs again already */
		jsl_queue__entry_reconsider(l, e);
		jsl_queue__group_started(l, e);
	}
	jsl_queue__group_offer(l, e);
}

bool jsl_queue__key_rejoin(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	struct jsl_queue_entry *p = jsl_queue__key_get(l, e->key);

	if (p == NULL || p == e || e->payload == NULL || e->state == JSL_QUEUE_JOINED ||
	    jsl_queue__match(p, e->payload, e->tag) != JSL_QUEUE_MATCH_SAME)
		return false;
	jsl_queue__entry_join(l, e, p);
	e->n_tries = 0;
	if (p->state == JSL_QUEUE_AT_WORK)
		jsl_queue__send_started(l, e);
	else
		jsl_queue__entry_offer(l, e);
	return true;
}

/* What a worker said of the content does not matter once the submitter has shown it. */
void jsl_queue__key_content(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	uint64_t tag = jsl_queue__tag(e->payload);
	bool other = e->tag != 0 && e->tag != tag;

	if (!e->keyed)
		return;
	e->tag = tag;
	if (other && e->n_joined > 0)
		jsl_queue__promote(l, e);
	else if (other)
		jsl_queue__key_unmap(l, e);
}

void jsl_queue__borrow_payload(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	if (e->payload == NULL && e->n_joined > 0)
		jsl_queue__entry_payload(
			l, e,
			jsl_container_of(e->group.next, struct jsl_queue_entry, group)
				->payload);
}

/* ---- all that wait for one run ---- */

void jsl_queue__group_started(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	jsl_queue__send_started(l, e);
	if (e->n_joined == 0)
		return;
	jsl_list_foreach (it, &e->group) {
		struct jsl_queue_entry *other =
			jsl_container_of(it, struct jsl_queue_entry, group);

		other->queued_us = l->now_us - other->accepted_us;
		jsl_queue__send_started(l, other);
	}
}

void jsl_queue__group_offer(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	jsl_queue__entry_offer(l, e);
	if (e->n_joined == 0)
		return;
	jsl_list_foreach (it, &e->group)
		jsl_queue__entry_offer(
			l, jsl_container_of(it, struct jsl_queue_entry, group));
}

static void unoffer(struct jsl_queue_entry *e)
{
	if (e->delivery != JSL_QUEUE_FORWARDED)
		jsl_queue__entry_unoffer(e);
}

void jsl_queue__group_unoffer(struct jsl_queue_entry *e)
{
	e->fetching = false;
	unoffer(e);
	if (e->n_joined == 0)
		return;
	jsl_list_foreach (it, &e->group)
		unoffer(jsl_container_of(it, struct jsl_queue_entry, group));
}

bool jsl_queue__verdict_is_out(const struct jsl_queue_entry *e)
{
	if (e->headless || e->delivery == JSL_QUEUE_FORWARDED)
		return true;
	if (e->n_joined == 0)
		return false;
	jsl_list_foreach (it, &e->group)
		if (jsl_container_of(it, struct jsl_queue_entry, group)->delivery ==
		    JSL_QUEUE_FORWARDED)
			return true;
	return false;
}

void jsl_queue__part_forwarded(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	if (e->n_joined == 0)
		return;
	jsl_list_foreach_safe (it, &e->group) {
		struct jsl_queue_entry *other =
			jsl_container_of(it, struct jsl_queue_entry, group);

		if (other->delivery == JSL_QUEUE_FORWARDED)
			jsl_queue__entry_part(l, other);
	}
}

void jsl_queue__drop_away(struct jsl_queue_leader *l, struct jsl_queue_entry *e)
{
	if (e->n_joined == 0)
		return;
	jsl_list_foreach_safe (it, &e->group) {
		struct jsl_queue_entry *other =
			jsl_container_of(it, struct jsl_queue_entry, group);

		if (!other->owner->expired)
			continue;
		jsl_queue__entry_note(l, JSL_QUEUE_NOTE_CANCELLED, other,
				      other->submitter);
		jsl_queue__entry_free(l, other);
	}
}
