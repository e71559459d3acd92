/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_VERDICTS_H
#define JSL_GATEWAY_VERDICTS_H

/*
 * What became of the jobs of a gateway, and how long they took, for its metrics.
 */

#include "gateway/answer.h"

struct evbuffer;

#define JSL_VERDICTS_BOUNDS 12

struct jsl_verdicts {
	uint64_t jobs[JSL_STATUS_NO_SANDBOX + 1]; /* by their status */
	/* Those that ran, by the time from their submission to their end. */
	uint64_t took[JSL_VERDICTS_BOUNDS + 1];
	uint64_t took_us; /* together */
};

/** Count the end of a job. */
void jsl_verdicts_count(struct jsl_verdicts *v, const struct jsl_answer *a);

void jsl_verdicts_metrics(const struct jsl_verdicts *v, struct evbuffer *out);

#endif
