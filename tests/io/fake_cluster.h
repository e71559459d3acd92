/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_IO_FAKE_CLUSTER_H
#define JSL_TESTS_IO_FAKE_CLUSTER_H

/*
 * A cluster that the test plays itself: it holds what the gateway submits, and
 * ends it when and how the test says.
 */

#include <check.h>
#include <errno.h>
#include <string.h>

#include "gateway/gateway.h"

#define FAKE_JOBS 64

struct fake_job {
	bool open;
	struct jsl_queue_id id;
	struct jsl_blob *payload;
	uint64_t wait_ms, limit_ms;
	struct jsl_queue_id key;
	jsl_node_result_fn fn;
	void *arg;
};

struct fake_cluster {
	struct fake_job jobs[FAKE_JOBS];
	unsigned int submitted, cancelled;
	int refuse; /* what submit returns */
	struct jsl_election_leader leader;
	uint64_t app_hash;
	bool ready;
	struct jsl_node_info infos[3];
	size_t n_infos;
};

static inline int fake_submit(void *arg, const struct jsl_node_job_opts *opts,
			      struct jsl_queue_id *ret_job)
{
	struct fake_cluster *c = arg;
	struct fake_job *job = &c->jobs[c->submitted];

	if (c->refuse != 0)
		return c->refuse;
	ck_assert_uint_lt(c->submitted, FAKE_JOBS);
	c->submitted++;
	*job = (struct fake_job){.open = true,
				 .payload = jsl_blob_ref(opts->payload),
				 .wait_ms = opts->wait_ms,
				 .limit_ms = opts->limit_ms,
				 .key = opts->key,
				 .fn = opts->result,
				 .arg = opts->arg};
	memset(job->id.bytes, (int)c->submitted, sizeof(job->id.bytes));
	*ret_job = job->id;
	return 0;
}

static inline struct fake_job *fake_find(struct fake_cluster *c, struct jsl_queue_id id)
{
	for (unsigned int i = 0; i < c->submitted; i++)
		if (memcmp(&c->jobs[i].id, &id, sizeof(id)) == 0)
			return &c->jobs[i];
	ck_abort_msg("no such job");
	return NULL;
}

static inline void fake_close(struct fake_job *job)
{
	ck_assert(job->open);
	job->open = false;
	jsl_blob_unref(job->payload);
	job->payload = NULL;
}

static inline void fake_cancel(void *arg, struct jsl_queue_id id)
{
	struct fake_cluster *c = arg;

	fake_close(fake_find(c, id));
	c->cancelled++;
}

static inline struct jsl_election_leader fake_leader(void *arg)
{
	return ((struct fake_cluster *)arg)->leader;
}

static inline size_t fake_infos(void *arg, struct jsl_node_info *infos, size_t max)
{
	struct fake_cluster *c = arg;

	for (size_t i = 0; i < c->n_infos && i < max; i++)
		infos[i] = c->infos[i];
	return c->n_infos;
}

static inline bool fake_ready(void *arg)
{
	return ((struct fake_cluster *)arg)->ready;
}

static inline uint64_t fake_app_hash(void *arg)
{
	return ((struct fake_cluster *)arg)->app_hash;
}

static inline struct jsl_gateway_cluster fake_cluster_ops(struct fake_cluster *c)
{
	return (struct jsl_gateway_cluster){
		.arg = c,
		.submit = fake_submit,
		.cancel = fake_cancel,
		.leader = fake_leader,
		.infos = fake_infos,
		.ready = fake_ready,
		.app_hash = fake_app_hash,
	};
}

static inline void fake_init(struct fake_cluster *c)
{
	*c = (struct fake_cluster){
		.leader = {.epoch = 3, .id = 7}, .ready = true, .n_infos = 3};
	for (size_t i = 0; i < 3; i++) {
		struct jsl_node_info *info = &c->infos[i];
		static const uint64_t ids[] = {2, 7, 100};
		static const enum jsl_election_role roles[] = {JSL_ELECTION_FOLLOWING,
							       JSL_ELECTION_LEADING,
							       JSL_ELECTION_OBSERVING};

		info->id = ids[i];
		info->role = roles[i];
		info->slots = i < 2 ? 2 : 0;
		ck_assert_int_eq(jsl_addr_parse(&info->addr, "127.0.0.1:8010"), 0);
		info->addr.port = (uint16_t)(8000 + 10 * i);
	}
}

/* End the @i-th job as @end says; its payload, if any, stays the caller's. */
static inline void fake_end(struct fake_cluster *c, unsigned int i,
			    const struct jsl_queue_message *end)
{
	struct fake_job job = c->jobs[i];

	ck_assert_uint_lt(i, c->submitted);
	fake_close(&c->jobs[i]);
	job.fn(job.arg, end);
}

/* End the @i-th job with @result, from worker 2 in epoch 3 after one attempt. */
static inline void fake_finish(struct fake_cluster *c, unsigned int i,
			       const struct jsl_result *result)
{
	struct jsl_queue_message end = {
		.kind = JSL_QUEUE_RESULT,
		.outcome = JSL_QUEUE_DONE,
		.attempt = 1,
		.node = {.id = 2, .boot = 1},
		.epoch = 3,
		.queued_us = 1500,
	};

	ck_assert_int_eq(jsl_result_encode(&end.payload, result), 0);
	fake_end(c, i, &end);
	jsl_blob_unref(end.payload);
}

#endif
