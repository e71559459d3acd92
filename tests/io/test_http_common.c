/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every node serves: its logs, its metrics, its health; and the ends of the
 * server itself.
 */

#include "config.h"

#include <event2/buffer.h>
#include <stdio.h>

#include "base/log.h"
#include "http_client.h"
#include "service/common.h"
#include "service/metrics.h"
#include "../lib/suite.h"

struct node {
	struct event_base *base;
	struct jsl_logfile *logfile;
	struct jsl_http *http;
	struct jsl_common common;
	char dir[64];
	uint16_t port;
	bool ready;
};

static bool is_ready(void *arg)
{
	return ((struct node *)arg)->ready;
}

static void put_metrics(void *arg, struct evbuffer *out)
{
	const struct jsl_node_stats stats = {.datagrams_refused[JSL_NODE_REPLAYED] = 7,
					     .held = 2};
	const struct jsl_runner_stats runner = {
		.jobs = 3, .cpu_us = 1500000, .pool_start_us = 2000007};
	const struct jsl_election_leader leader = {.epoch = 4, .id = 7};
	struct node *n = arg;
	struct jsl_http_stats http;

	jsl_http_stats(n->http, &http);
	jsl_metrics_http(out, &http);
	jsl_metrics_election(out, JSL_ELECTION_LEADING, leader, n->ready);
	jsl_metrics_node(out, &stats);
	jsl_metrics_runner(out, &runner);
}

static int listen_on(struct node *n, const char *addr, struct jsl_http **ret_h)
{
	struct jsl_http_route routes[JSL_COMMON_ROUTES];
	struct jsl_http_opts opts = JSL_HTTP_OPTS_INIT;
	char errmsg[256] = "";
	int r;

	jsl_common_routes(&n->common, routes);
	opts.base = n->base;
	opts.routes = routes;
	opts.n_routes = JSL_COMMON_ROUTES;
	ck_assert_int_eq(jsl_addr_parse(&opts.addr, addr), 0);
	r = jsl_http_new(ret_h, &opts, errmsg, sizeof(errmsg));
	ck_assert_int_eq(r < 0, strstr(errmsg, addr) != NULL);
	return r;
}

static void node_init(struct node *n)
{
	struct jsl_logfile_opts opts = JSL_LOGFILE_OPTS_INIT;
	char errmsg[256] = "";

	*n = (struct node){.base = event_base_new()};
	strcpy(n->dir, "/tmp/jsl-test-common-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(n->dir));
	opts.base = n->base;
	opts.dir = n->dir;
	opts.name = "peer-3";
	ck_assert_int_eq(jsl_logfile_new(&n->logfile, &opts, errmsg, sizeof(errmsg)), 0);
	n->common = (struct jsl_common){.logfile = n->logfile,
					.arg = n,
					.ready = is_ready,
					.metrics = put_metrics};
	ck_assert_int_eq(listen_on(n, "127.0.0.1:0", &n->http), 0);
	n->port = jsl_http_addr(n->http).port;
}

static void node_deinit(struct node *n)
{
	char command[128];

	jsl_http_free(n->http);
	jsl_logfile_free(n->logfile);
	event_base_free(n->base);
	snprintf(command, sizeof(command), "rm -r %s", n->dir);
	ck_assert_int_eq(system(command), 0);
}

static struct client ask(struct node *n, const char *what)
{
	struct client c = client_open(n->base, n->port);

	client_say(&c, what);
	client_say(&c, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
	client_hear(&c, 0);
	return c;
}

START_TEST(serves_both_logs_up_to_the_last_line)
{
	struct jsl_log log;
	struct client c;
	struct node n;

	node_init(&n);
	log = jsl_logfile_sink(n.logfile, JSL_LOG_VERBOSE);
	jsl_log_write(&log, JSL_LOG_INFO, "test", "important");
	jsl_log_write(&log, JSL_LOG_VERBOSE, "test", "chatter");
	c = ask(&n, "GET /logs/summary");
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert_ptr_nonnull(
		strstr(c.text, "Content-Type: text/plain; charset=utf-8\r\n"));
	ck_assert_ptr_nonnull(strstr(c.text, "INFO test important\n"));
	ck_assert_ptr_null(strstr(c.text, "chatter"));
	client_close(&c);
	c = ask(&n, "GET /logs/verbose?from=0");
	ck_assert_ptr_nonnull(strstr(c.text, "VERBOSE test chatter\n"));
	client_close(&c);
	c = ask(&n, "HEAD /logs/verbose");
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert_ptr_null(strstr(c.text, "chatter"));
	client_close(&c);
	c = ask(&n, "GET /logs/../logs/verbose");
	ck_assert_int_eq(client_status(&c), 404);
	client_close(&c);
	node_deinit(&n);
}
END_TEST

/* A log far larger than any socket's buffer arrives whole. */
START_TEST(serves_a_large_log)
{
	struct jsl_log log;
	struct client c;
	struct node n;

	node_init(&n);
	log = jsl_logfile_sink(n.logfile, JSL_LOG_VERBOSE);
	for (int i = 0; i < 10000; i++)
		jsl_log_write(&log, JSL_LOG_VERBOSE, "test", "%0400d", i);
	c = ask(&n, "GET /logs/verbose");
	ck_assert_uint_gt(c.len, 4000000);
	ck_assert_uint_eq(client_answer_len(c.text, c.len), c.len);
	ck_assert_str_eq(c.text + c.len - 6, "09999\n");
	client_close(&c);
	node_deinit(&n);
}
END_TEST

START_TEST(tells_health_and_readiness)
{
	struct client c;
	struct node n;

	node_init(&n);
	c = ask(&n, "GET /healthz");
	ck_assert_int_eq(client_status(&c), 200);
	client_close(&c);
	c = ask(&n, "GET /readyz");
	ck_assert_int_eq(client_status(&c), 503);
	client_close(&c);
	n.ready = true;
	c = ask(&n, "HEAD /readyz");
	ck_assert_int_eq(client_status(&c), 200);
	client_close(&c);
	node_deinit(&n);
}
END_TEST

/* Each metric: a HELP line, a TYPE line, and under the same name a sample, or one for
 * each value of its label. */
static unsigned int check_metrics(char *text)
{
	char help[64], name[64] = "", type[16], sample[64];
	unsigned int n = 0, samples = 0;

	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		size_t len = strlen(name);
		double value;

		if (*line != '#') {
			ck_assert_msg(sscanf(line, "%63s %lf", sample, &value) == 2, "%s",
				      line);
			ck_assert_int_eq(strncmp(sample, name, len), 0);
			ck_assert(samples++ == 0 || sample[len] == '{');
			continue;
		}
		ck_assert_uint_eq(samples == 0, n == 0);
		ck_assert_msg(sscanf(line, "# HELP %63s ", help) == 1, "%s", line);
		line = strtok(NULL, "\n");
		ck_assert_msg(sscanf(line, "# TYPE %63s %15s", name, type) == 2, "%s",
			      line);
		ck_assert_str_eq(name, help);
		ck_assert_msg(strncmp(name, "jsl_", 4) == 0, "%s", name);
		ck_assert_msg((strstr(name, "_total") != NULL) ==
				      (strcmp(type, "counter") == 0),
			      "%s is a %s", name, type);
		samples = 0;
		n++;
	}
	return n;
}

START_TEST(metrics_are_what_prometheus_reads)
{
	struct client c;
	struct node n;
	char *body;

	node_init(&n);
	c = ask(&n, "GET /metrics");
	ck_assert_int_eq(client_status(&c), 200);
	ck_assert_ptr_nonnull(
		strstr(c.text, "\njsl_datagrams_refused_total{cause=\"replayed\"} 7\n"));
	ck_assert_ptr_nonnull(strstr(c.text, "\njsl_jobs_held 2\n"));
	ck_assert_ptr_nonnull(strstr(c.text, "\njsl_leader_id 7\n"));
	ck_assert_ptr_nonnull(strstr(c.text, "\njsl_runner_jobs_total 3\n"));
	ck_assert_ptr_nonnull(
		strstr(c.text, "\njsl_runner_cpu_seconds_total 1.500000\n"));
	ck_assert_ptr_nonnull(
		strstr(c.text, "\njsl_runner_pool_start_seconds_total 2.000007\n"));
	ck_assert_ptr_nonnull(strstr(c.text, "\njsl_http_connections 1\n"));
	body = strstr(c.text, "\r\n\r\n") + 4;
	ck_assert_uint_gt(check_metrics(body), 45);
	client_close(&c);
	node_deinit(&n);
}
END_TEST

START_TEST(says_which_address_is_in_use)
{
	struct jsl_http *other = NULL;
	char addr[32];
	struct node n;

	node_init(&n);
	snprintf(addr, sizeof(addr), "127.0.0.1:%u", n.port);
	ck_assert_int_eq(listen_on(&n, addr, &other), -EADDRINUSE);
	ck_assert_ptr_null(other);
	node_deinit(&n);
}
END_TEST

START_TEST(listens_on_ipv6_too)
{
	struct jsl_http *six = NULL;
	struct node n;

	node_init(&n);
	if (access("/proc/net/if_inet6", F_OK) == 0) {
		ck_assert_int_eq(listen_on(&n, "[::1]:0", &six), 0);
		ck_assert_uint_ne(jsl_http_addr(six).port, 0);
	}
	jsl_http_free(six);
	node_deinit(&n);
}
END_TEST

SUITE_MAIN("http common", serves_both_logs_up_to_the_last_line, serves_a_large_log,
	   tells_health_and_readiness, metrics_are_what_prometheus_reads,
	   says_which_address_is_in_use, listens_on_ipv6_too)
