/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POST /compileandrun: from the cache, from a flight that is on its way, or by a
 * new job. One of those who wait for a flight is told Cached-Response: false,
 * the others true.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "gateway/answer.h"
#include "gateway/gateway_int.h"
#include "gateway/request.h"

#define RETRY_FULL "1" /* seconds */

struct flight {
	struct jsl_map_node node; /* in the gateway's flights */
	struct jsl_gateway *gateway;
	struct jsl_cache_key key;
	struct jsl_list waiters; /* of struct waiter, the first comer first */
	struct jsl_queue_id job;
	uint64_t generation; /* of the cache when it started */
};

struct waiter {
	struct jsl_list node;
	struct flight *flight;
	struct jsl_http_req *req;
	bool json;
};

static void refuse(struct jsl_http_req *req, int code, const char *text)
{
	jsl_http_set(req, "Cached-Response", "false");
	if (code == 503)
		jsl_http_set(req, "Retry-After", RETRY_FULL);
	jsl_http_reply_text(req, code, text);
}

/* Take the flight off the map. It ends here for whoever comes next. */
static void land(struct flight *f)
{
	jsl_map_remove(&f->gateway->flights, &f->node);
}

/* The client of a waiter left. */
static void on_gone(void *arg)
{
	struct waiter *w = arg;
	struct flight *f = w->flight;

	jsl_list_remove(&w->node);
	free(w);
	if (!jsl_list_empty(&f->waiters))
		return;
	land(f);
	f->gateway->cluster.cancel(f->gateway->cluster.arg, f->job);
	free(f);
}

static void log_end(struct jsl_gateway *g, const struct jsl_answer *a)
{
	jsl_log_write(&g->log, JSL_LOG_VERBOSE, "gateway",
		      "job %s: %d %s, worker %llu, epoch %llu, attempts %u", a->id,
		      a->code, jsl_status_str(a->status), (unsigned long long)a->worker,
		      (unsigned long long)a->epoch, a->attempts);
}

static void answer_all(struct flight *f, const struct jsl_answer *a)
{
	bool cached = false;

	for (struct jsl_list *it; (it = jsl_list_pop_front(&f->waiters)) != NULL;) {
		struct waiter *w = jsl_container_of(it, struct waiter, node);

		if (a != NULL)
			jsl_answer_send(a, w->req, w->json, cached);
		else
			refuse(w->req, 503, "Out of memory");
		cached = true;
		free(w);
	}
}

/* The job ended. */
static void on_end(void *arg, const struct jsl_queue_message *end)
{
	struct flight *f = arg;
	struct jsl_gateway *g = f->gateway;
	bool led = g->cluster.leader(g->cluster.arg).epoch != 0;
	struct jsl_answer *a = jsl_answer_new(end, f->job, led, g->queue_wait_ms);

	land(f);
	if (a != NULL) {
		log_end(g, a);
		if (a->cacheable && f->generation == g->cache.generation)
			jsl_cache_put(&g->cache, &f->key, a);
	}
	answer_all(f, a);
	jsl_answer_unref(a);
	free(f);
}

static int submit(struct flight *f, const struct jsl_spec *spec)
{
	struct jsl_node_job_opts opts = JSL_NODE_JOB_OPTS_INIT;
	struct jsl_gateway *g = f->gateway;
	int r = jsl_spec_encode(&opts.payload, spec);

	opts.wait_ms = g->queue_wait_ms;
	opts.result = on_end;
	opts.arg = f;
	if (r == 0)
		r = g->cluster.submit(g->cluster.arg, &opts, &f->job);
	jsl_blob_unref(opts.payload);
	return r;
}

/* A new flight with its job, nobody in it yet. Returns NULL with *@ret_r. */
static struct flight *start(struct jsl_gateway *g, const struct jsl_cache_key *key,
			    const struct jsl_spec *spec, int *ret_r)
{
	struct flight *f = calloc(1, sizeof(*f));

	*ret_r = -ENOMEM;
	if (f == NULL)
		return NULL;
	f->gateway = g;
	f->key = *key;
	f->generation = g->cache.generation;
	jsl_list_init(&f->waiters);
	if (jsl_map_put(&g->flights, jsl_cache_map_key(key), &f->node) < 0) {
		free(f);
		return NULL;
	}
	*ret_r = submit(f, spec);
	if (*ret_r < 0) {
		land(f);
		free(f);
		return NULL;
	}
	g->jobs++;
	return f;
}

static struct flight *find(struct jsl_gateway *g, const struct jsl_cache_key *key)
{
	struct jsl_map_node *n = jsl_map_get(&g->flights, jsl_cache_map_key(key));
	struct flight *f;

	if (n == NULL)
		return NULL;
	f = jsl_container_of(n, struct flight, node);
	assert(memcmp(&f->key, key, sizeof(*key)) == 0); /* or SHA-256 is broken */
	return f;
}

static void wait_in(struct flight *f, struct waiter *w, struct jsl_http_req *req)
{
	w->flight = f;
	w->req = req;
	w->json = jsl_http_wants_json(req);
	jsl_list_push_back(&f->waiters, &w->node);
	jsl_http_on_gone(req, on_gone, w);
}

/* The request passed its checks; @spec is complete. */
static void serve(struct jsl_gateway *g, struct jsl_http_req *req,
		  const struct jsl_spec *spec, const struct jsl_cache_key *key)
{
	struct jsl_answer *a = jsl_cache_get(&g->cache, key);
	jsl_autofree struct waiter *w = NULL;
	struct flight *f;
	int r = 0;

	if (a != NULL) {
		jsl_answer_send(a, req, jsl_http_wants_json(req), true);
		return;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		refuse(req, 503, "Out of memory");
		return;
	}
	f = find(g, key);
	if (f != NULL)
		g->joined++;
	else
		f = start(g, key, spec, &r);
	if (f != NULL) {
		wait_in(f, jsl_steal(&w), req);
		jsl_http_drop_body(req);
		return;
	}
	g->full += r == -ENOBUFS;
	refuse(req, 503, r == -ENOBUFS ? "The queue is full" : "Out of memory");
}

void jsl_gateway__on_compile(void *arg, struct jsl_http_req *req)
{
	struct jsl_gateway *g = arg;
	struct jsl_cache_key key;
	struct jsl_bytes source;
	struct jsl_spec spec;
	const char *refusal = jsl_request_read(req, &g->limits, &spec);

	if (refusal != NULL) {
		refuse(req, 400, refusal);
		return;
	}
	source = jsl_http_body(req);
	spec.sources = &source;
	spec.n_sources = 1;
	if (source.data == NULL || jsl_request_key(g->hash, &spec, &key) < 0)
		refuse(req, 503, "Out of memory");
	else
		serve(g, req, &spec, &key);
}
