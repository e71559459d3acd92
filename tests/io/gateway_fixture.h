/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_IO_GATEWAY_FIXTURE_H
#define JSL_TESTS_IO_GATEWAY_FIXTURE_H

/*
 * A gateway on a port of its own, in front of a fake cluster, and requests to it.
 */

#include <stdio.h>

#include "fake_cluster.h"
#include "http_client.h"

struct fixture {
	struct event_base *base;
	struct fake_cluster cluster;
	struct jsl_gateway *gateway;
	uint16_t port;
};

static inline void fixture_init(struct fixture *f)
{
	struct jsl_gateway_opts opts = JSL_GATEWAY_OPTS_INIT;
	char errmsg[256] = "";

	f->base = event_base_new();
	fake_init(&f->cluster);
	opts.base = f->base;
	opts.cluster = fake_cluster_ops(&f->cluster);
	opts.body_max = 10000;
	opts.cache_bytes = 100000;
	opts.queue_wait_ms = 1234;
	ck_assert_int_eq(jsl_addr_parse(&opts.http, "127.0.0.1:0"), 0);
	ck_assert_msg(jsl_gateway_new(&f->gateway, &opts, errmsg, sizeof(errmsg)) == 0,
		      "%s", errmsg);
	f->port = jsl_gateway_addr(f->gateway).port;
}

static inline void fixture_deinit(struct fixture *f)
{
	jsl_gateway_free(f->gateway);
	for (unsigned int i = 0; i < f->cluster.submitted; i++)
		ck_assert_msg(!f->cluster.jobs[i].open, "job %u was left behind", i);
	event_base_free(f->base);
}

/* Send a POST of @source with more header lines; its answer comes later. */
static inline struct client fixture_post(struct fixture *f, const char *headers,
					 const char *source)
{
	struct client c = client_open(f->base, f->port);
	char head[1024];

	snprintf(head, sizeof(head),
		 "POST /compileandrun HTTP/1.1\r\nHost: 127.0.0.1\r\n%s"
		 "Content-Length: %zu\r\n\r\n",
		 headers, strlen(source));
	client_say(&c, head);
	client_say(&c, source);
	return c;
}

#define JAVA "Content-Type: text/x-java-source\r\n"
#define JSON "Accept: application/json\r\n"

struct fixture_wait {
	struct fixture *f;
	unsigned int submitted, cancelled;
};

static inline bool fixture_reached(void *arg)
{
	struct fixture_wait *w = arg;

	return w->f->cluster.submitted >= w->submitted &&
	       w->f->cluster.cancelled >= w->cancelled;
}

/* Wait until so many jobs were submitted and cancelled. */
static inline void fixture_until(struct fixture *f, unsigned int submitted,
				 unsigned int cancelled)
{
	struct fixture_wait w = {.f = f, .submitted = submitted, .cancelled = cancelled};

	ck_assert(client_until(f->base, fixture_reached, &w));
	ck_assert_uint_eq(f->cluster.submitted, submitted);
	ck_assert_uint_eq(f->cluster.cancelled, cancelled);
}

/* Everything that has been sent is with the gateway: a request behind it is answered. */
static inline void fixture_settle(struct fixture *f)
{
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			client_once(f->base, f->port,
				    "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
			200);
}

/* The body of the (only) answer. */
static inline const char *fixture_body(const struct client *c)
{
	const char *end = strstr(c->text, "\r\n\r\n");

	ck_assert_ptr_nonnull(end);
	return end + 4;
}

static inline bool fixture_has(const struct client *c, const char *line)
{
	char text[256];
	const char *at;

	snprintf(text, sizeof(text), "\r\n%s\r\n", line);
	at = strstr(c->text, text);
	return at != NULL && at < fixture_body(c);
}

static inline void fixture_get(struct fixture *f, struct client *c, const char *path,
			       const char *headers)
{
	char head[512];

	*c = client_open(f->base, f->port);
	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", path,
		 headers);
	client_say(c, head);
	client_hear(c, 1);
}

/* The value of a metric, whose name is without the prefix, and with its label. */
static inline double fixture_metric(struct fixture *f, const char *name)
{
	char line[128];
	struct client c;
	const char *at;
	double value;

	fixture_get(f, &c, "/metrics", "");
	snprintf(line, sizeof(line), "\njsl_%s ", name);
	at = strstr(c.text, line);
	ck_assert_msg(at != NULL, "no %s", name);
	value = strtod(at + strlen(line), NULL);
	client_close(&c);
	return value;
}

#endif
