/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_METRICS_H
#define JSL_SERVICE_METRICS_H

/*
 * Prometheus' text format, version 0.0.4: each metric with its HELP and TYPE
 * line, all names with the prefix jsl_. Values are plain numbers and labels plain
 * words, so nothing needs escaping.
 */

#include <stdbool.h>

#include <jsl/node.h>
#include <jsl/runner.h>

#include "service/http.h"
#include "service/logfile.h"

struct evbuffer;

#define JSL_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/** One metric; @name without the prefix. A counter's name ends in _total. */
void jsl_metrics_counter(struct evbuffer *out, const char *name, const char *help,
			 uint64_t value);
void jsl_metrics_gauge(struct evbuffer *out, const char *name, const char *help,
		       uint64_t value);

/** A counter of seconds from microseconds. */
void jsl_metrics_seconds(struct evbuffer *out, const char *name, const char *help,
			 uint64_t value_us);

/** A counter for each value of @label: of @n those that have a name. */
void jsl_metrics_counters(struct evbuffer *out, const char *name, const char *help,
			  const char *label, const char *const *values,
			  const uint64_t *counts, size_t n);

/**
 * A histogram of seconds. @bounds_ms: @n upper bounds, ascending; @counts: what was
 * between them, and as the last one what was above all; @sum_us: of all values.
 */
void jsl_metrics_histogram(struct evbuffer *out, const char *name, const char *help,
			   const uint32_t *bounds_ms, const uint64_t *counts, size_t n,
			   uint64_t sum_us);

void jsl_metrics_node(struct evbuffer *out, const struct jsl_node_stats *stats);
void jsl_metrics_election(struct evbuffer *out, enum jsl_election_role role,
			  struct jsl_election_leader leader, bool ready);
void jsl_metrics_runner(struct evbuffer *out, const struct jsl_runner_stats *stats);
void jsl_metrics_http(struct evbuffer *out, const struct jsl_http_stats *stats);
void jsl_metrics_log(struct evbuffer *out, const struct jsl_logfile *lf);

#endif
