/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_COMMON_H
#define JSL_SERVICE_COMMON_H

/*
 * What every node answers over HTTP, peer or gateway: its logs, its metrics,
 * whether it serves and whether the cluster does.
 */

#include "service/http.h"
#include "service/logfile.h"

struct evbuffer;

/** How many routes jsl_common_routes() writes. */
#define JSL_COMMON_ROUTES 5

struct jsl_common {
	struct jsl_logfile *logfile; /* borrowed; NULL: /logs/… say 404 */
	void *arg;
	/* Whether there is a leader that has a worker. NULL: never. */
	bool (*ready)(void *arg);
	/* Append metrics beyond those of the log. May be NULL. */
	void (*metrics)(void *arg, struct evbuffer *out);
};

/**
 * Write the routes /logs/summary, /logs/verbose, /metrics, /healthz, /readyz to
 * @ret_routes (of JSL_COMMON_ROUTES). @common is borrowed while they are used.
 */
void jsl_common_routes(struct jsl_common *common, struct jsl_http_route *ret_routes);

#endif
