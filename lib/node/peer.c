/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer: hands the jobs of its node to its runner, and their results back. A
 * job that the runner cannot take is answered with a verdict that says why; no
 * job is dropped.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>
#include <jsl/peer.h>

#include "base/list.h"
#include "base/map.h"

struct jsl_peer {
	struct jsl_node *node;
	struct jsl_runner *runner;
	struct jsl_map running;
};

struct running {
	struct jsl_map_node node;
	struct jsl_peer *peer;
	struct jsl_queue_id id;
	struct jsl_runner_job *job;
};

static void finish(struct jsl_peer *p, struct jsl_queue_id id,
		   const struct jsl_result *result)
{
	struct jsl_blob *payload = NULL;
	struct jsl_result plain = {
		.status = JSL_STATUS_INTERNAL,
		.message = "The result could not be kept",
		.detail = "",
		.exit_code = -1,
	};

	if (jsl_result_encode(&payload, result) < 0 &&
	    jsl_result_encode(&payload, &plain) < 0)
		return; /* no memory at all: the leader gives it to another (Q13) */
	(void)jsl_node_finish(p->node, id, payload);
	jsl_blob_unref(payload);
}

static void refuse(struct jsl_peer *p, struct jsl_queue_id id, int err)
{
	bool no_jdk = err == JSL_E_NO_JDK;
	struct jsl_result result = {
		/* What a job asks for is nobody's internal error. */
		.status = no_jdk ? JSL_STATUS_CANCELLED : JSL_STATUS_INTERNAL,
		.message = no_jdk ? "This worker has no such JDK" : jsl_strerror(err),
		.detail = "",
		.exit_code = -1,
	};

	finish(p, id, &result);
}

static void forget(struct running *it)
{
	jsl_map_remove(&it->peer->running, &it->node);
	free(it);
}

static void done(void *arg, const struct jsl_result *result)
{
	struct running *it = arg;
	struct jsl_peer *p = it->peer;
	struct jsl_queue_id id = it->id;

	forget(it);
	finish(p, id, result);
}

static int run(struct jsl_peer *p, struct jsl_queue_id id, const struct jsl_spec *spec)
{
	struct running *it = calloc(1, sizeof(*it));
	int r;

	if (it == NULL)
		return -ENOMEM;
	it->peer = p;
	it->id = id;
	r = jsl_map_put(&p->running, jsl_key_bytes(id.bytes), &it->node);
	if (r < 0) {
		free(it);
		return r;
	}
	r = jsl_runner_run(p->runner, spec, done, it, &it->job);
	if (r < 0)
		forget(it);
	return r;
}

static void start(void *arg, struct jsl_queue_id id, struct jsl_blob *payload)
{
	struct jsl_peer *p = arg;
	struct jsl_spec *spec;
	int r = jsl_spec_decode(&spec, jsl_blob_data(payload), jsl_blob_len(payload));

	if (r == 0) {
		r = run(p, id, spec);
		jsl_spec_free(spec);
	}
	if (r < 0)
		refuse(p, id, r);
}

static void stop(void *arg, struct jsl_queue_id id)
{
	struct jsl_peer *p = arg;
	struct jsl_map_node *found = jsl_map_get(&p->running, jsl_key_bytes(id.bytes));
	struct running *it;

	if (found == NULL)
		return;
	it = jsl_container_of(found, struct running, node);
	jsl_runner_cancel(p->runner, it->job);
	forget(it);
}

static void wanted(void *arg, bool yes)
{
	struct jsl_peer *p = arg;

	jsl_runner_warm(p->runner, yes);
}

/* The runner's word; what the cluster makes of it is its own. */
static void set_fit(void *arg, bool fit, const char *why)
{
	struct jsl_peer *p = arg;

	(void)why;
	(void)jsl_node_set_fit(p->node, fit);
}

static int say(char *errmsg, size_t size, int err)
{
	if (errmsg != NULL && size > 0)
		snprintf(errmsg, size, "peer: %s", jsl_strerror(err));
	return err;
}

int jsl_peer_new(struct jsl_peer **ret_p, const struct jsl_node_opts *node,
		 const struct jsl_runner_opts *runner, char *errmsg, size_t errmsg_size)
{
	struct jsl_node_opts node_opts = *node;
	struct jsl_runner_opts runner_opts = *runner;
	struct jsl_peer *p;
	int r;

	if (node->callbacks.start != NULL || node->callbacks.stop != NULL ||
	    node->callbacks.wanted != NULL || runner->fit != NULL)
		return say(errmsg, errmsg_size, -EINVAL);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return say(errmsg, errmsg_size, -ENOMEM);
	jsl_map_init(&p->running, 0);
	runner_opts.base = node->base;
	runner_opts.log = node->log;
	runner_opts.fit = set_fit;
	runner_opts.fit_arg = p;
	r = jsl_runner_new(&p->runner, &runner_opts, errmsg, errmsg_size);
	if (r < 0)
		goto fail;
	node_opts.slots = jsl_runner_slots(p->runner);
	node_opts.app_meta = jsl_runner_jdks(p->runner);
	node_opts.app_meta_len = strlen(jsl_runner_jdks(p->runner));
	node_opts.callbacks.work_arg = p;
	node_opts.callbacks.start = start;
	node_opts.callbacks.stop = stop;
	node_opts.callbacks.wanted = wanted;
	r = jsl_node_new(&p->node, &node_opts, errmsg, errmsg_size);
	if (r < 0)
		goto fail;
	*ret_p = p;
	return 0;

fail:
	jsl_peer_free(p);
	return r;
}

void jsl_peer_free(struct jsl_peer *p)
{
	struct jsl_map_node *it;

	if (p == NULL)
		return;
	jsl_node_free(p->node);
	jsl_runner_free(p->runner);
	while ((it = jsl_map_next(&p->running, NULL)) != NULL)
		forget(jsl_container_of(it, struct running, node));
	jsl_map_deinit(&p->running);
	free(p);
}

struct jsl_node *jsl_peer_node(struct jsl_peer *p)
{
	return p->node;
}

struct jsl_runner *jsl_peer_runner(struct jsl_peer *p)
{
	return p->runner;
}
