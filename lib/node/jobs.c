/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The jobs that the owner of a node submits and runs. The cluster holds them; here is
 * whom to tell when one ends.
 */

#include <errno.h>
#include <stdlib.h>

#include "base/list.h"
#include "io/random.h"
#include "node/node_int.h"

_Static_assert(JSL_NODE_PAYLOAD_MAX == JSL_WIRE_PAYLOAD_MAX, "what fits into a frame");

/* A limit beyond all times is none. */
static uint64_t us_of(uint64_t ms)
{
	return ms <= UINT64_MAX / 1000 ? ms * 1000 : 0;
}

static int check(const struct jsl_node_job_opts *opts)
{
	if (opts->size != sizeof(*opts) || opts->payload == NULL || opts->result == NULL)
		return -EINVAL;
	return jsl_blob_len(opts->payload) > JSL_NODE_PAYLOAD_MAX ? -EMSGSIZE : 0;
}

static void forget(struct jsl_node *n, struct jsl_node_job *job)
{
	jsl_map_remove(&n->jobs, &job->node);
	free(job);
}

/* Each is given out once. */
static int next_id(struct jsl_node *n, struct jsl_queue_id *ret_id)
{
	int r;

	if (n->n_ids == 0) {
		r = jsl_io_random(n->ids, sizeof(n->ids));
		if (r < 0)
			return r;
		n->n_ids = JSL_NODE_IDS;
	}
	*ret_id = n->ids[--n->n_ids];
	return 0;
}

int jsl_node_submit(struct jsl_node *n, const struct jsl_node_job_opts *opts,
		    struct jsl_queue_id *ret_job)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_SUBMIT,
				       .payload = opts->payload,
				       .wait_us = us_of(opts->wait_ms),
				       .limit_us = us_of(opts->limit_ms),
				       .key = opts->key};
	struct jsl_node_job *job;
	int r = check(opts);

	if (r < 0)
		return r;
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return -ENOMEM;
	job->fn = opts->result;
	job->progress = opts->progress;
	job->arg = opts->arg;
	r = next_id(n, &ev.job);
	if (r == 0)
		r = jsl_map_put(&n->jobs, jsl_key_bytes(ev.job.bytes), &job->node);
	if (r < 0) {
		free(job);
		return r;
	}
	r = jsl_node__step(n, &ev);
	if (r < 0) {
		forget(n, job);
		return r;
	}
	n->stats.jobs_submitted++;
	if (ret_job != NULL)
		*ret_job = ev.job;
	return 0;
}

void jsl_node_cancel(struct jsl_node *n, struct jsl_queue_id job)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_CANCEL, .job = job};
	struct jsl_map_node *it = jsl_map_get(&n->jobs, jsl_key_bytes(job.bytes));

	if (it == NULL)
		return;
	forget(n, jsl_container_of(it, struct jsl_node_job, node));
	(void)jsl_node__step(n, &ev);
}

int jsl_node_finish(struct jsl_node *n, struct jsl_queue_id job, struct jsl_blob *payload)
{
	struct jsl_cluster_event ev = {
		.type = JSL_CLUSTER_EV_FINISHED, .job = job, .payload = payload};

	if (jsl_blob_len(payload) > JSL_NODE_PAYLOAD_MAX)
		return -EMSGSIZE;
	return jsl_node__step(n, &ev);
}

int jsl_node_progress(struct jsl_node *n, struct jsl_queue_id job,
		      struct jsl_blob *payload)
{
	struct jsl_cluster_event ev = {
		.type = JSL_CLUSTER_EV_PROGRESS, .job = job, .payload = payload};

	return jsl_node__step(n, &ev);
}

void jsl_node__jobs_deinit(struct jsl_node *n)
{
	struct jsl_map_node *it;

	while ((it = jsl_map_next(&n->jobs, NULL)) != NULL)
		forget(n, jsl_container_of(it, struct jsl_node_job, node));
	jsl_map_deinit(&n->jobs);
}
