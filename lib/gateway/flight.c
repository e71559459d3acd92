/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POST /compileandrun: by its Idempotency-Key, from the cache, from a flight that is on
 * its way, or by a new job. One of those who wait for a flight is told
 * Cached-Response: false, the others true.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "gateway/answer.h"
#include "gateway/form.h"
#include "gateway/gateway_int.h"
#include "gateway/jdks.h"
#include "gateway/request.h"

#define RETRY_FULL "1" /* seconds */

struct flight {
	struct jsl_map_node node; /* in the gateway's flights */
	struct jsl_gateway *gateway;
	struct jsl_cache_key key;
	struct jsl_list waiters; /* of struct waiter, the first comer first */
	struct jsl_list names;	 /* of struct jsl_name: they wait for its answer */
	struct jsl_queue_id job;
	uint64_t generation; /* of the cache when it started */
};

/* What a request asks for. */
struct asked {
	struct jsl_spec spec;
	struct jsl_cache_key key;
	struct jsl_cache_key name; /* when named: of its Idempotency-Key */
	bool named;
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

/* Take the flight off the map: it ends here for whoever comes next. Its names get
 * @a, which may be NULL. */
static void land(struct flight *f, struct jsl_answer *a)
{
	jsl_map_remove(&f->gateway->flights, &f->node);
	jsl_list_foreach_safe (it, &f->names)
		jsl_names_settle(&f->gateway->names,
				 jsl_container_of(it, struct jsl_name, list), a);
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
	land(f, NULL);
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

	g->full += end->outcome == JSL_QUEUE_REJECTED && end->reason == JSL_QUEUE_FULL;
	land(f, a != NULL && a->final ? a : NULL);
	if (a != NULL) {
		log_end(g, a);
		jsl_verdicts_count(&g->verdicts, a);
		if (a->cacheable && f->generation == g->cache.generation)
			jsl_cache_put(&g->cache, &f->key, a);
	}
	answer_all(f, a);
	jsl_answer_unref(a);
	free(f);
}

/* The longest that a run may take by its own limits (Q13). */
static uint64_t run_limit_ms(const struct jsl_gateway *g, const struct jsl_spec *spec)
{
	const struct jsl_limits *own = &spec->limits, *max = &g->limits;

	return (uint64_t)(own->compile_wall_ms > 0 ? own->compile_wall_ms
						   : max->compile_wall_ms) +
	       (own->wall_ms > 0 ? own->wall_ms : max->wall_ms);
}

static int submit(struct flight *f, const struct jsl_spec *spec)
{
	struct jsl_node_job_opts opts = JSL_NODE_JOB_OPTS_INIT;
	struct jsl_gateway *g = f->gateway;
	int r = jsl_spec_encode(&opts.payload, spec);

	opts.wait_ms = g->queue_wait_ms;
	opts.limit_ms = run_limit_ms(g, spec);
	/* The same of another gateway is the same run. */
	memcpy(opts.key.bytes, f->key.bytes, sizeof(opts.key.bytes));
	opts.result = on_end;
	opts.arg = f;
	if (r == 0)
		r = g->cluster.submit(g->cluster.arg, &opts, &f->job);
	jsl_blob_unref(opts.payload);
	return r;
}

/* A new flight with its job, nobody in it yet. Returns NULL with *@ret_r. */
static struct flight *start(struct jsl_gateway *g, const struct asked *asked, int *ret_r)
{
	struct flight *f = calloc(1, sizeof(*f));

	*ret_r = -ENOMEM;
	if (f == NULL)
		return NULL;
	f->gateway = g;
	f->key = asked->key;
	f->generation = g->cache.generation;
	jsl_list_init(&f->waiters);
	jsl_list_init(&f->names);
	if (jsl_map_put(&g->flights, jsl_cache_map_key(&f->key), &f->node) < 0) {
		free(f);
		return NULL;
	}
	*ret_r = submit(f, &asked->spec);
	if (*ret_r < 0) {
		land(f, NULL);
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

/* Without memory the key is not remembered: a retry runs again, as it would without. */
static void name_it(struct jsl_gateway *g, const struct asked *asked,
		    struct jsl_list *owner)
{
	if (asked->named && jsl_names_get(&g->names, &asked->name) == NULL)
		(void)jsl_names_new(&g->names, &asked->name, &asked->key, owner);
}

/* Whether the request was answered by what is known of its Idempotency-Key. */
static bool serve_named(struct jsl_gateway *g, struct jsl_http_req *req,
			const struct asked *asked)
{
	const struct jsl_name *n =
		asked->named ? jsl_names_get(&g->names, &asked->name) : NULL;

	if (n == NULL)
		return false;
	if (memcmp(&n->content, &asked->key, sizeof(n->content)) != 0) {
		refuse(req, 422, "Idempotency-Key was used for another request");
		return true;
	}
	if (n->answer == NULL)
		return false; /* it is on its way: wait with the others */
	g->replayed++;
	jsl_answer_send(n->answer, req, jsl_http_wants_json(req), true);
	return true;
}

static bool serve_cached(struct jsl_gateway *g, struct jsl_http_req *req,
			 const struct asked *asked)
{
	struct jsl_answer *a = jsl_cache_get(&g->cache, &asked->key);
	struct jsl_list names;

	if (a == NULL)
		return false;
	jsl_list_init(&names);
	name_it(g, asked, &names);
	jsl_list_foreach_safe (it, &names)
		jsl_names_settle(&g->names, jsl_container_of(it, struct jsl_name, list),
				 a);
	jsl_answer_send(a, req, jsl_http_wants_json(req), true);
	return true;
}

static void serve_by_flight(struct jsl_gateway *g, struct jsl_http_req *req,
			    const struct asked *asked)
{
	jsl_autofree struct waiter *w = calloc(1, sizeof(*w));
	struct flight *f;
	int r = 0;

	if (w == NULL) {
		refuse(req, 503, "Out of memory");
		return;
	}
	f = find(g, &asked->key);
	if (f != NULL)
		g->joined++;
	else
		f = start(g, asked, &r);
	if (f != NULL) {
		name_it(g, asked, &f->names);
		wait_in(f, jsl_steal(&w), req);
		jsl_http_drop_body(req);
		return;
	}
	g->full += r == -ENOBUFS;
	refuse(req, 503, r == -ENOBUFS ? "The queue is full" : "Out of memory");
}

static int hash(struct jsl_gateway *g, struct asked *asked, const char *name)
{
	int r = jsl_request_key(g->hash, &asked->spec, &asked->key);

	asked->named = name != NULL;
	if (r == 0 && name != NULL)
		r = jsl_request_name(g->hash, name, &asked->name);
	return r;
}

static void serve(struct jsl_gateway *g, struct jsl_http_req *req, struct asked *asked,
		  const char *name)
{
	if (hash(g, asked, name) < 0)
		refuse(req, 503, "Out of memory");
	else if (!serve_named(g, req, asked) && !serve_cached(g, req, asked))
		serve_by_flight(g, req, asked);
}

/* @body: several sources, arguments and standard input, as a form. */
static void serve_form(struct jsl_gateway *g, struct jsl_http_req *req,
		       const struct jsl_request *request, struct jsl_bytes body)
{
	struct asked asked = {.spec = request->spec};
	struct jsl_form form;
	const char *refusal = jsl_form_read(&form, request->form_type, body);

	if (refusal != NULL) {
		refuse(req, 400, refusal);
		return;
	}
	asked.spec.sources = form.sources;
	asked.spec.n_sources = form.n_sources;
	asked.spec.args = form.args;
	asked.spec.n_args = form.n_args;
	asked.spec.input = form.input;
	serve(g, req, &asked, request->name);
}

/* Whether the workers have the JDK @name; else the request is refused. */
static bool check_jdk(struct jsl_gateway *g, struct jsl_http_req *req, const char *name)
{
	char text[JSL_JDKS_REFUSAL_MAX] = "Out of memory";
	size_t n = g->cluster.infos(g->cluster.arg, NULL, 0);
	jsl_autofree struct jsl_node_info *infos = calloc(n + 1, sizeof(*infos));
	int code = 503;

	if (infos != NULL) {
		n = g->cluster.infos(g->cluster.arg, infos, n);
		code = jsl_jdks_check(infos, n, name, text);
	}
	if (code != 0)
		refuse(req, code, text);
	return code == 0;
}

void jsl_gateway__on_compile(void *arg, struct jsl_http_req *req)
{
	struct jsl_gateway *g = arg;
	struct asked asked = {0};
	struct jsl_request request;
	struct jsl_bytes body;
	const char *refusal = jsl_request_read(req, &g->limits, &request);

	if (refusal != NULL) {
		refuse(req, 400, refusal);
		return;
	}
	if (request.spec.jdk != NULL && !check_jdk(g, req, request.spec.jdk))
		return;
	body = jsl_http_body(req);
	if (body.data == NULL) {
		refuse(req, 503, "Out of memory");
		return;
	}
	if (request.form_type != NULL) {
		serve_form(g, req, &request, body);
		return;
	}
	asked.spec = request.spec;
	asked.spec.sources = &body;
	asked.spec.n_sources = 1;
	serve(g, req, &asked, request.name);
}
