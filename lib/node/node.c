/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A node: its options, its parts, its timer. Whatever comes in (a datagram, a
 * frame, a call) becomes one event of the cluster; the clock is read for it.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <jsl/err.h>

#include "io/clock.h"
#include "node/node_int.h"

static void set_timer(struct jsl_node *n)
{
	int r = jsl_io_timer_set(n->timer, jsl_cluster_deadline(n->cluster));

	if (r < 0)
		jsl_node__fatal(n, r, "cannot set a timer");
}

int jsl_node__step(struct jsl_node *n, struct jsl_cluster_event *ev)
{
	int r;

	ev->now_us = jsl_io_now_us();
	r = jsl_cluster_step(n->cluster, ev);
	jsl_node__log_lease(n, ev->now_us);
	set_timer(n);
	return r;
}

/* Whoever can reach this node could fill its summary otherwise. */
enum jsl_log_level jsl_node__rarely(struct jsl_node *n, unsigned int rare,
				    enum jsl_log_level level)
{
	enum { RARELY_US = 10000000 };
	uint64_t now_us = jsl_io_now_us(), *last_us = &n->rare_us[rare];

	if (*last_us != 0 && now_us - *last_us < RARELY_US)
		return JSL_LOG_VERBOSE;
	*last_us = now_us;
	return level;
}

static void timer_due(void *arg)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_TIMER};

	(void)jsl_node__step(arg, &ev);
}

/* One port for UDP and TCP: when any port will do, one that both can have. */
static int bind_port(struct jsl_node *n, struct jsl_addr addr)
{
	enum { TRIES = 16 };
	int r = -EADDRINUSE;

	for (int i = 0; i < TRIES && r == -EADDRINUSE; i++) {
		r = jsl_io_udp_new(&n->udp, n->base, &addr, jsl_node__datagram_came, n);
		if (r < 0)
			return r;
		n->addr = jsl_io_udp_addr(n->udp);
		r = jsl_node__listen(n, &n->addr);
		if (r == 0)
			return 0;
		jsl_io_udp_free(n->udp);
		n->udp = NULL;
		if (addr.port != 0)
			return r;
	}
	return r;
}

static int start_cluster(struct jsl_node *n, const struct jsl_node_opts *opts)
{
	struct jsl_cluster_event start = {.type = JSL_CLUSTER_EV_START};
	int r = jsl_node__new_cluster(n, opts);

	if (r < 0)
		return r;
	r = jsl_node__step(n, &start);
	return n->fatal_err != 0 ? n->fatal_err : r;
}

static int say(char *errmsg, size_t size, const char *context, int r)
{
	if (errmsg != NULL && size > 0)
		snprintf(errmsg, size, "%s: %s", context, jsl_strerror(r));
	return r;
}

/* Whether the record is why the cores refused: it was kept for other voters. */
static bool is_of_others(const struct jsl_node *n, int r)
{
	const struct jsl_election_record *record =
		n->record != NULL ? jsl_io_record_get(n->record) : NULL;

	return record != NULL &&
	       (r == JSL_E_CLUSTER ||
		(r == JSL_E_CONFIG && memcmp(record->config_hash, n->config_hash,
					     sizeof(n->config_hash)) != 0));
}

static int new_parts(struct jsl_node *n, const struct jsl_node_opts *opts, char *errmsg,
		     size_t errmsg_size)
{
	char context[JSL_NODE_ERRMSG_MAX], addr[JSL_ADDR_STR_MAX];
	int r = jsl_node__later_init(n);

	n->empty = jsl_blob_new(NULL, 0);
	if (r == 0 && n->empty == NULL)
		r = -ENOMEM;
	if (r == 0)
		r = jsl_io_timer_new(&n->timer, n->base, timer_due, n);
	if (r < 0)
		return say(errmsg, errmsg_size, "node", r);
	r = jsl_node__open_record(n, opts, errmsg, errmsg_size);
	if (r < 0)
		return r;
	r = jsl_node__secrets_init(n, opts);
	if (r < 0)
		return say(errmsg, errmsg_size, "secrets", r);
	snprintf(context, sizeof(context), "address %s", jsl_addr_str(&opts->addr, addr));
	r = bind_port(n, opts->addr);
	if (r < 0)
		return say(errmsg, errmsg_size, context, r);
	r = start_cluster(n, opts);
	if (n->fatal_err != 0 && errmsg != NULL && errmsg_size > 0)
		snprintf(errmsg, errmsg_size, "%s", n->fatal);
	else if (is_of_others(n, r) && errmsg != NULL)
		snprintf(errmsg, errmsg_size,
			 "%s/peer-%llu is of another %s: remove it to start anew in this "
			 "one",
			 opts->data_dir, (unsigned long long)opts->id,
			 r == JSL_E_CLUSTER ? "cluster" : "list of voters");
	else if (r < 0)
		say(errmsg, errmsg_size, "cluster", r);
	return r;
}

static bool opts_ok(const struct jsl_node_opts *opts)
{
	return opts != NULL && opts->size == sizeof(*opts) && opts->base != NULL &&
	       opts->id != 0 && opts->cluster != NULL && opts->cluster[0] != '\0' &&
	       strlen(opts->cluster) <= JSL_NODE_NAME_MAX &&
	       (opts->n_secrets == 0 || opts->secrets != NULL) &&
	       opts->n_peers <= JSL_NODE_PEERS_MAX && opts->n_join <= JSL_NODE_JOIN_MAX;
}

int jsl_node_new(struct jsl_node **ret_n, const struct jsl_node_opts *opts, char *errmsg,
		 size_t errmsg_size)
{
	struct jsl_node *n;
	int r;

	if (!opts_ok(opts))
		return say(errmsg, errmsg_size, "options", -EINVAL);
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return say(errmsg, errmsg_size, "node", -ENOMEM);
	n->base = opts->base;
	n->log = opts->log;
	n->callbacks = opts->callbacks;
	n->id = opts->id;
	jsl_map_init(&n->links, 0);
	jsl_map_init(&n->jobs, 0);
	r = new_parts(n, opts, errmsg, errmsg_size);
	if (r < 0)
		goto fail;
	*ret_n = n;
	return 0;

fail:
	jsl_node_free(n);
	return r;
}

void jsl_node_free(struct jsl_node *n)
{
	if (n == NULL)
		return;
	if (n->freed != NULL)
		*n->freed = true;
	jsl_node__links_deinit(n);
	jsl_io_udp_free(n->udp);
	jsl_io_listener_free(n->listener); /* R13: after its last act */
	jsl_node__secrets_deinit(n);
	jsl_io_timer_free(n->timer);
	jsl_cluster_free(n->cluster);
	jsl_io_record_close(n->record);
	jsl_node__later_deinit(n);
	jsl_node__jobs_deinit(n);
	jsl_blob_unref(n->empty);
	free(n);
}

void jsl_node_leave(struct jsl_node *n)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_LEAVE};

	(void)jsl_node__step(n, &ev);
}

void jsl_node_forget(struct jsl_node *n, uint64_t id)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_FORGET, .id = id};

	(void)jsl_node__step(n, &ev);
}

int jsl_node_transfer(struct jsl_node *n, uint64_t id)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_TRANSFER, .id = id};

	return jsl_node__step(n, &ev);
}

int jsl_node_set_fit(struct jsl_node *n, bool fit)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_FIT, .fit = fit};

	return jsl_node__step(n, &ev);
}
