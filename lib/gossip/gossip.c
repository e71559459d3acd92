/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outside of the gossip core: options, events, timers. A step handles its
 * event, then runs the timers that are due, as long as the update has room; what
 * is left over has its deadline now. See gossip_int.h for the parts.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gossip/gossip_int.h"

/* Some full datagrams, and 1 GiB. */
#define BUDGET_MIN 4096
#define BUDGET_MAX ((size_t)1 << 30)

static bool are_sane(const struct jsl_gossip_opts *o)
{
	return o->size == sizeof(*o) && o->id != 0 && o->boot != 0 &&
	       o->boot <= JSL_GOSSIP__BOOT_MAX && o->addr.port != 0 &&
	       o->meta_len <= JSL_GOSSIP_META_MAX &&
	       (o->meta != NULL || o->meta_len == 0) && o->probe_timeout_us >= 1000 &&
	       o->probe_timeout_us < o->probe_interval_us &&
	       o->probe_interval_us <= UINT64_C(3600000000) && o->suspicion_mult > 0 &&
	       o->suspicion_mult <= 1000 && o->cleanup_us > 0 &&
	       o->budget_bytes >= BUDGET_MIN && o->budget_bytes <= BUDGET_MAX;
}

static int add_self(struct jsl_gossip *g)
{
	struct jsl_gossip_entry e = {.id = g->opts.id,
				     .boot = g->opts.boot,
				     .incarnation = 1,
				     .state = JSL_GOSSIP_ALIVE,
				     .addr = g->opts.addr,
				     .meta_version = 1,
				     .meta_len = (uint16_t)g->opts.meta_len};

	if (e.meta_len > 0)
		memcpy(e.meta, g->opts.meta, e.meta_len);
	g->opts.meta = NULL;
	g->self = jsl_gossip__add(g, &e);
	return g->self != NULL ? 0 : -ENOMEM;
}

int jsl_gossip_new(struct jsl_gossip **ret_g, const struct jsl_gossip_opts *opts)
{
	struct jsl_gossip *g;

	if (opts == NULL || !are_sane(opts))
		return -EINVAL;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return -ENOMEM;
	g->opts = *opts;
	jsl_rng_init(&g->rng, opts->seed);
	jsl_list_init(&g->active);
	for (int i = 0; i < JSL_GOSSIP__CLASSES; i++)
		jsl_list_init(&g->news[i]);
	g->push_us = g->healed_us = g->seed_us = g->relay_us = JSL_GOSSIP__NEVER;
	if (add_self(g) < 0)
		goto fail;
	*ret_g = g;
	return 0;
fail:
	jsl_gossip_free(g);
	return -ENOMEM;
}

void jsl_gossip_free(struct jsl_gossip *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->n_rows; i++)
		free(g->rows[i]);
	free(g->rows);
	free(g->order);
	free(g->tombs);
	free(g);
}

/* Off the table; a tombstone keeps stale rumours from bringing it back. */
static void clean_up(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	struct jsl_gossip__tomb t = {
		.id = m->row.id,
		.boot = m->row.boot,
		.incarnation = m->row.incarnation,
		.sure = m->row.boot,
		.addr = m->row.addr,
		.dead_us = m->dead_us,
		.looked_us = m->looked_us,
		.look = m->row.state == JSL_GOSSIP_FAILED && !m->forgotten,
	};

	jsl_gossip__changed(g, JSL_GOSSIP_CLEANED, m);
	jsl_gossip__remove(g, m);
	jsl_gossip__tomb_put(g, &t);
}

static void run_member(struct jsl_gossip *g, struct jsl_gossip__member *m)
{
	if (m->probe.phase != JSL_GOSSIP__PHASE_IDLE && m->probe.until_us <= g->now_us)
		jsl_gossip__probe_expire(g, m);
	if (m->row.state == JSL_GOSSIP_SUSPECT) {
		if (m->suspicion.until_us <= g->now_us)
			jsl_gossip__suspect_expire(g, m);
	} else if (m->row.state != JSL_GOSSIP_ALIVE &&
		   g->now_us - m->dead_us >= g->opts.cleanup_us) {
		clean_up(g, m);
	}
}

static void run_timers(struct jsl_gossip *g)
{
	if (g->leave_rounds > 0) {
		if (!g->left && g->leave_us <= g->now_us)
			jsl_gossip__leave(g);
		return;
	}
	jsl_list_foreach_safe (it, &g->active) {
		if (jsl_gossip__is_full(g))
			return;
		run_member(g, jsl_container_of(it, struct jsl_gossip__member, active));
	}
	jsl_gossip__relay_expire(g);
	if (jsl_gossip__n_live(g) > 1 && g->probe_us <= g->now_us &&
	    !jsl_gossip__is_full(g))
		jsl_gossip__probe_next(g);
	jsl_gossip__sync_run(g);
	jsl_gossip__look_run(g);
	jsl_gossip__seed_run(g);
	if (g->push_us <= g->now_us && !jsl_gossip__is_full(g))
		jsl_gossip__push(g);
}

static uint64_t member_deadline(const struct jsl_gossip *g,
				const struct jsl_gossip__member *m)
{
	uint64_t at = JSL_GOSSIP__NEVER;

	if (m->probe.phase != JSL_GOSSIP__PHASE_IDLE)
		at = m->probe.until_us;
	if (m->row.state == JSL_GOSSIP_SUSPECT)
		at = jsl_gossip__min(at, m->suspicion.until_us);
	else if (m->row.state != JSL_GOSSIP_ALIVE)
		at = jsl_gossip__min(at, m->dead_us + g->opts.cleanup_us);
	return at;
}

uint64_t jsl_gossip_deadline(const struct jsl_gossip *g)
{
	uint64_t at;

	if (!g->started || g->left)
		return JSL_GOSSIP__NEVER;
	if (g->leave_rounds > 0)
		return g->leave_us;
	at = jsl_gossip__min(jsl_gossip__sync_deadline(g), jsl_gossip__look_deadline(g));
	at = jsl_gossip__min(at, jsl_gossip__min(g->relay_us, g->seed_us));
	at = jsl_gossip__min(at, jsl_gossip__push_deadline(g));
	if (jsl_gossip__n_live(g) > 1)
		at = jsl_gossip__min(at, g->probe_us);
	jsl_list_foreach (it, (struct jsl_list *)&g->active) {
		at = jsl_gossip__min(
			at,
			member_deadline(g, jsl_container_of(it, struct jsl_gossip__member,
							    active)));
	}
	return at;
}

static void start(struct jsl_gossip *g)
{
	g->started = true;
	g->budget = (int64_t)g->opts.budget_bytes;
	g->sync_us = jsl_gossip__jitter(g, g->opts.probe_interval_us);
	jsl_gossip__spread(g, g->self, JSL_GOSSIP__CLASS_ALIVE);
}

static int set_meta(struct jsl_gossip *g, const void *meta, size_t len)
{
	struct jsl_gossip_entry *row = &g->self->row;

	if (len > JSL_GOSSIP_META_MAX || (meta == NULL && len > 0))
		return -EINVAL;
	if (len > 0)
		memcpy(row->meta, meta, len);
	row->meta_len = (uint16_t)len;
	row->meta_version++;
	jsl_gossip__spread(g, g->self, JSL_GOSSIP__CLASS_META);
	return 0;
}

static void leave(struct jsl_gossip *g)
{
	struct jsl_gossip_entry *row = &g->self->row;

	if (g->leave_rounds > 0)
		return;
	row->incarnation++;
	jsl_gossip__set_state(g, g->self, JSL_GOSSIP_LEFT);
	jsl_gossip__leave(g);
}

static void refused(struct jsl_gossip *g, uint64_t id)
{
	struct jsl_gossip__member *m = jsl_gossip__find(g, id);

	if (m != NULL && g->leave_rounds == 0)
		jsl_gossip__refused(g, m);
}

static void probe(struct jsl_gossip *g, uint64_t id)
{
	struct jsl_gossip__member *m = jsl_gossip__find(g, id);

	if (m != NULL && m != g->self && jsl_gossip__is_live(m) && g->leave_rounds == 0)
		jsl_gossip__probe(g, m);
}

static void heard(struct jsl_gossip *g, uint64_t id, uint64_t boot)
{
	struct jsl_gossip__member *m = jsl_gossip__find(g, id);

	if (m != NULL && m != g->self && m->row.boot == boot && jsl_gossip__is_live(m))
		jsl_gossip__heard(g, m);
}

static int dispatch(struct jsl_gossip *g, const struct jsl_gossip_event *ev)
{
	switch (ev->type) {
	case JSL_GOSSIP_EV_START: start(g); return 0;
	case JSL_GOSSIP_EV_TIMER: return 0;
	case JSL_GOSSIP_EV_RECEIVE:
		if (ev->message == NULL)
			return -EINVAL;
		if (g->leave_rounds == 0)
			jsl_gossip__receive(g, ev->message);
		return 0;
	case JSL_GOSSIP_EV_META: return set_meta(g, ev->meta, ev->meta_len);
	case JSL_GOSSIP_EV_SEED:
		if (ev->addr.port == 0)
			return -EINVAL;
		jsl_gossip__seed(g, &ev->addr);
		return 0;
	case JSL_GOSSIP_EV_REFUSED: refused(g, ev->id); return 0;
	case JSL_GOSSIP_EV_PROBE: probe(g, ev->id); return 0;
	case JSL_GOSSIP_EV_HEARD: heard(g, ev->id, ev->boot); return 0;
	case JSL_GOSSIP_EV_LEAVE: leave(g); return 0;
	case JSL_GOSSIP_EV_FORGET: jsl_gossip__forget(g, ev->id); return 0;
	}
	return -EINVAL;
}

int jsl_gossip_step(struct jsl_gossip *g, const struct jsl_gossip_event *ev,
		    struct jsl_gossip_update *ret_up)
{
	int r;

	if (g->started == (ev->type == JSL_GOSSIP_EV_START) || ev->now_us < g->now_us)
		return -EINVAL;
	g->n_messages = g->n_entries = g->n_changes = 0;
	g->refused = 0;
	g->now_us = ev->now_us;
	jsl_gossip__budget_earn(g);
	r = dispatch(g, ev);
	if (r < 0)
		return r;
	run_timers(g);
	jsl_gossip__budget_spend(g);
	*ret_up = (struct jsl_gossip_update){.messages = g->messages,
					     .n_messages = g->n_messages,
					     .changes = g->changes,
					     .n_changes = g->n_changes,
					     .refused = g->refused};
	return 0;
}

const struct jsl_gossip_entry *jsl_gossip_member(const struct jsl_gossip *g, uint64_t id)
{
	const struct jsl_gossip__member *m = jsl_gossip__find(g, id);

	return m != NULL ? &m->row : NULL;
}

const struct jsl_gossip_entry *jsl_gossip_next(const struct jsl_gossip *g, uint64_t id)
{
	const struct jsl_gossip__member *m = jsl_gossip__after(g, id);

	return m != NULL ? &m->row : NULL;
}

uint64_t jsl_gossip_view(const struct jsl_gossip *g)
{
	return g->view;
}

const char *jsl_gossip_state_str(enum jsl_gossip_state state)
{
	switch (state) {
	case JSL_GOSSIP_ALIVE: return "alive";
	case JSL_GOSSIP_SUSPECT: return "suspect";
	case JSL_GOSSIP_FAILED: return "failed";
	case JSL_GOSSIP_LEFT: return "left";
	}
	return "unknown";
}

const char *jsl_gossip_change_str(enum jsl_gossip_change_type type)
{
	switch (type) {
	case JSL_GOSSIP_JOINED: return "joined";
	case JSL_GOSSIP_SUSPECTED: return "suspected";
	case JSL_GOSSIP_FAILURE: return "failed";
	case JSL_GOSSIP_RECOVERED: return "recovered";
	case JSL_GOSSIP_GONE: return "left";
	case JSL_GOSSIP_UPDATED: return "updated";
	case JSL_GOSSIP_CLEANED: return "cleaned up";
	case JSL_GOSSIP_HEALED: return "healed";
	case JSL_GOSSIP_CONFLICT: return "has this node's id";
	}
	return "unknown";
}
