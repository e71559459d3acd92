/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters as Prometheus reads them; see metrics.h. What is counted where is
 * said in jsl/node.h and jsl/runner.h; the texts here are for operators.
 */

#include "config.h"

#include <event2/buffer.h>

#include "service/metrics.h"

struct row {
	const char *name;
	const char *help;
	uint64_t value;
	bool gauge;
};

static void put(struct evbuffer *out, const char *name, const char *help,
		const char *type, uint64_t value)
{
	evbuffer_add_printf(out, "# HELP jsl_%s %s\n# TYPE jsl_%s %s\njsl_%s %llu\n",
			    name, help, name, type, name, (unsigned long long)value);
}

void jsl_metrics_counter(struct evbuffer *out, const char *name, const char *help,
			 uint64_t value)
{
	put(out, name, help, "counter", value);
}

void jsl_metrics_gauge(struct evbuffer *out, const char *name, const char *help,
		       uint64_t value)
{
	put(out, name, help, "gauge", value);
}

void jsl_metrics_seconds(struct evbuffer *out, const char *name, const char *help,
			 uint64_t value_us)
{
	evbuffer_add_printf(
		out, "# HELP jsl_%s %s\n# TYPE jsl_%s counter\njsl_%s %llu.%06u\n", name,
		help, name, name, (unsigned long long)(value_us / 1000000),
		(unsigned int)(value_us % 1000000));
}

void jsl_metrics_counters(struct evbuffer *out, const char *name, const char *help,
			  const char *label, const char *const *values,
			  const uint64_t *counts, size_t n)
{
	evbuffer_add_printf(out, "# HELP jsl_%s %s\n# TYPE jsl_%s counter\n", name, help,
			    name);
	for (size_t i = 0; i < n; i++)
		if (values[i] != NULL)
			evbuffer_add_printf(out, "jsl_%s{%s=\"%s\"} %llu\n", name, label,
					    values[i], (unsigned long long)counts[i]);
}

void jsl_metrics_histogram(struct evbuffer *out, const char *name, const char *help,
			   const uint32_t *bounds_ms, const uint64_t *counts, size_t n,
			   uint64_t sum_us)
{
	unsigned long long below = 0;

	evbuffer_add_printf(out, "# HELP jsl_%s %s\n# TYPE jsl_%s histogram\n", name,
			    help, name);
	for (size_t i = 0; i < n; i++) {
		below += counts[i];
		evbuffer_add_printf(out, "jsl_%s_bucket{le=\"%g\"} %llu\n", name,
				    bounds_ms[i] / 1000.0, below);
	}
	below += counts[n];
	evbuffer_add_printf(out,
			    "jsl_%s_bucket{le=\"+Inf\"} %llu\njsl_%s_sum %.6f\n"
			    "jsl_%s_count %llu\n",
			    name, below, name, (double)sum_us / 1000000, name, below);
}

static void put_rows(struct evbuffer *out, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(out, rows[i].name, rows[i].help, rows[i].gauge ? "gauge" : "counter",
		    rows[i].value);
}

#define PUT_ROWS(out, rows) put_rows(out, rows, sizeof(rows) / sizeof((rows)[0]))

static void put_traffic(struct evbuffer *out, const struct jsl_node_stats *s)
{
	const struct row rows[] = {
		{"datagrams_received_total", "UDP messages received", s->datagrams_in,
		 false},
		{"datagrams_sent_total", "UDP messages sent", s->datagrams_out, false},
		{"frames_received_total", "TCP messages received", s->frames_in, false},
		{"frames_sent_total", "TCP messages sent", s->frames_out, false},
		{"frames_malformed_total", "TCP messages refused: not understood",
		 s->frames_malformed, false},
		{"progress_dropped_total",
		 "Words of progress for a connection that is behind", s->progress_dropped,
		 false},
		{"links", "TCP connections accepted, now", s->links, true},
		{"links_strangers", "Those of them that have not said whose they are",
		 s->strangers, true},
		{"elections_total", "Times that a leader became known", s->elections,
		 false},
		{"members_failed_total", "Members declared failed", s->members_failed,
		 false},
	};

	PUT_ROWS(out, rows);
}

static void put_jobs(struct evbuffer *out, const struct jsl_node_stats *s)
{
	const struct row rows[] = {
		{"jobs_submitted_total", "Jobs submitted at this node", s->jobs_submitted,
		 false},
		{"jobs_done_total", "Jobs submitted at this node that ended",
		 s->jobs_done, false},
		{"jobs_requeued_total", "Jobs given to another worker as leader",
		 s->jobs_requeued, false},
		{"jobs_adopted_total", "Running jobs taken over as leader",
		 s->jobs_adopted, false},
		{"jobs_quarantined_total", "Jobs that took down too many workers",
		 s->jobs_quarantined, false},
		{"jobs_refused_total", "Jobs refused by a full queue", s->jobs_refused,
		 false},
		{"results_duplicate_total", "Results that came twice",
		 s->results_duplicate, false},
		{"orders_stale_total", "Orders of a former leader, refused",
		 s->orders_stale, false},
		{"queue_waiting", "Jobs accepted and not assigned, as leader",
		 s->queue.waiting, true},
		{"queue_running", "Jobs assigned, as leader", s->queue.running, true},
		{"queue_finished", "Results not yet delivered, as leader",
		 s->queue.finished, true},
		{"queue_workers", "Workers that take jobs, as leader", s->queue.workers,
		 true},
		{"queue_slots", "Slots of those workers", s->queue.slots, true},
		{"queue_bytes", "Bytes of payloads held, as leader", s->queue.bytes,
		 true},
		{"jobs_running", "Jobs that run on this node", s->running, true},
		{"jobs_held", "Jobs submitted at this node, not ended", s->held, true},
	};

	PUT_ROWS(out, rows);
}

static void put_causes(struct evbuffer *out, const char *name, const char *help,
		       const uint64_t counts[JSL_NODE_CAUSES])
{
	const char *causes[JSL_NODE_CAUSES];

	for (unsigned int i = 0; i < JSL_NODE_CAUSES; i++)
		causes[i] = jsl_node_cause_str((enum jsl_node_cause)i);
	jsl_metrics_counters(out, name, help, "cause", causes, counts, JSL_NODE_CAUSES);
}

void jsl_metrics_node(struct evbuffer *out, const struct jsl_node_stats *stats)
{
	put_traffic(out, stats);
	put_causes(out, "datagrams_refused_total", "UDP messages refused",
		   stats->datagrams_refused);
	put_causes(out, "links_refused_total",
		   "TCP connections, or messages on them, refused", stats->links_refused);
	put_jobs(out, stats);
}

void jsl_metrics_election(struct evbuffer *out, enum jsl_election_role role,
			  struct jsl_election_leader leader, bool ready)
{
	const struct row rows[] = {
		{"leading", "1 while this node leads", role == JSL_ELECTION_LEADING,
		 true},
		{"leader_id", "The leader known here, 0 for none",
		 leader.epoch != 0 ? leader.id : 0, true},
		{"leader_epoch", "Its epoch, 0 for none", leader.epoch, true},
		{"ready", "1 while there is a leader that has a worker", ready, true},
	};

	PUT_ROWS(out, rows);
}

static void put_archives(struct evbuffer *out, const struct jsl_runner_stats *s)
{
	const struct row rows[] = {
		{"runner_archived_starts_total",
		 "Compilers and JVMs that map a class archive", s->archived_starts,
		 false},
		{"runner_archive_builds_total", "Class archives built", s->archive_builds,
		 false},
	};

	PUT_ROWS(out, rows);
}

void jsl_metrics_runner(struct evbuffer *out, const struct jsl_runner_stats *s)
{
	const struct row rows[] = {
		{"runner_jobs_total", "Programs run here", s->jobs, false},
		{"runner_compiles_total", "Programs compiled here", s->compiles, false},
		{"runner_class_hits_total", "Programs whose classes were kept here",
		 s->class_hits, false},
		{"runner_class_bytes", "Bytes of classes kept", s->class_bytes, true},
		{"runner_compiler_starts_total", "Compilers started", s->compiler_starts,
		 false},
		{"runner_compiler_recycles_total", "Compilers replaced",
		 s->compiler_recycles, false},
		{"runner_pool_starts_total", "JVMs started to run a program each",
		 s->pool_starts, false},
		{"runner_starts_failed_total", "Compilers and JVMs that did not start",
		 s->starts_failed, false},
		{"runner_pool_hits_total", "Runs that found a JVM waiting", s->pool_hits,
		 false},
		{"runner_pool_misses_total", "Runs that had to start a JVM",
		 s->pool_misses, false},
		{"runner_pool_ready", "JVMs waiting", s->pool_ready, true},
		{"runner_pool_rehearsed", "… that have run what most programs load",
		 s->pool_rehearsed, true},
		{"runner_compilers_ready", "Warm compilers", s->compilers_ready, true},
		{"runner_running", "Programs running", s->running, true},
		{"runner_fit", "1 while JVMs can be started", s->fit, true},
	};

	PUT_ROWS(out, rows);
	put_archives(out, s);
	jsl_metrics_seconds(out, "runner_compiler_start_seconds_total",
			    "Time until compilers were ready", s->compiler_start_us);
	jsl_metrics_seconds(out, "runner_pool_start_seconds_total",
			    "Time until JVMs of the pool were ready", s->pool_start_us);
	jsl_metrics_seconds(out, "runner_compile_seconds_total", "Time spent compiling",
			    s->compile_us);
	jsl_metrics_seconds(out, "runner_run_seconds_total", "Time spent running",
			    s->run_us);
	jsl_metrics_seconds(out, "runner_cpu_seconds_total", "CPU time of programs",
			    s->cpu_us);
}

void jsl_metrics_http(struct evbuffer *out, const struct jsl_http_stats *s)
{
	const struct row rows[] = {
		{"http_requests_total", "Requests that were served", s->requests, false},
		{"http_refused_total", "Requests that were refused", s->refused, false},
		{"http_malformed_total", "Of these, those that were not HTTP",
		 s->malformed, false},
		{"http_timeouts_total", "Requests not complete in time", s->timeouts,
		 false},
		{"http_gone_total", "Clients that left before their answer", s->gone,
		 false},
		{"http_response_bytes_total", "Bytes of bodies sent", s->bytes_out,
		 false},
		{"http_accept_errors_total", "Connections that could not be taken",
		 s->accept_errors, false},
		{"http_connections", "Open connections", s->connections, true},
	};

	PUT_ROWS(out, rows);
}

void jsl_metrics_log(struct evbuffer *out, const struct jsl_logfile *lf)
{
	jsl_metrics_counter(out, "log_lines_lost_total",
			    "Lines that could not be written", jsl_logfile_lost(lf));
}
