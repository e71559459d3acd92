/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs by their status and their time; see verdicts.h.
 */

#include "config.h"

#include "gateway/verdicts.h"
#include "service/metrics.h"

/* From a warm JVM's small program to the longest that the defaults allow. */
static const uint32_t bounds_ms[JSL_VERDICTS_BOUNDS] = {
	25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000};

void jsl_verdicts_count(struct jsl_verdicts *v, const struct jsl_answer *a)
{
	uint64_t us = a->queued_us + a->compile_us + a->run_us;
	size_t i = 0;

	v->jobs[a->status]++;
	if (!a->ran)
		return;
	while (i < JSL_VERDICTS_BOUNDS && us > bounds_ms[i] * UINT64_C(1000))
		i++;
	v->took[i]++;
	v->took_us += us;
}

void jsl_verdicts_metrics(const struct jsl_verdicts *v, struct evbuffer *out)
{
	const char *names[JSL_STATUS_NO_SANDBOX + 1] = {0};

	for (int i = JSL_STATUS_OK; i <= JSL_STATUS_NO_SANDBOX; i++)
		names[i] = jsl_status_str((enum jsl_status)i);
	names[JSL_STATUS_NO_SANDBOX] = "no_sandbox"; /* "internal" to a client */
	jsl_metrics_counters(out, "gateway_verdicts_total", "Jobs that ended, by status",
			     "status", names, v->jobs, JSL_STATUS_NO_SANDBOX + 1);
	jsl_metrics_histogram(out, "gateway_job_seconds",
			      "Waiting, compiling and running of jobs", bounds_ms,
			      v->took, JSL_VERDICTS_BOUNDS, v->took_us);
}
