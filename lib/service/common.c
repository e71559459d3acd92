/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handlers that peers and gateways share; see common.h.
 */

#include "config.h"

#include <event2/buffer.h>

#include "service/common.h"
#include "service/metrics.h"

static void serve_log(struct jsl_common *common, struct jsl_http_req *req,
		      enum jsl_logfile_kind kind)
{
	uint64_t size = 0;
	int fd = -1;

	if (common->logfile != NULL)
		fd = jsl_logfile_open(common->logfile, kind, &size);
	if (fd < 0)
		jsl_http_reply_text(req, 404, "Not Found");
	else
		jsl_http_reply_file(req, JSL_HTTP_TEXT, fd, size);
}

static void on_summary(void *arg, struct jsl_http_req *req)
{
	serve_log(arg, req, JSL_LOGFILE_SUMMARY);
}

static void on_verbose(void *arg, struct jsl_http_req *req)
{
	serve_log(arg, req, JSL_LOGFILE_VERBOSE);
}

static void on_metrics(void *arg, struct jsl_http_req *req)
{
	struct jsl_common *common = arg;
	struct evbuffer *out = evbuffer_new();

	if (out == NULL) {
		jsl_http_reply_text(req, 503, "Out of memory");
		return;
	}
	if (common->logfile != NULL)
		jsl_metrics_log(out, common->logfile);
	if (common->metrics != NULL)
		common->metrics(common->arg, out);
	jsl_http_reply_buffer(req, 200, JSL_METRICS_TYPE, out);
	evbuffer_free(out);
}

static void on_health(void *arg, struct jsl_http_req *req)
{
	(void)arg;
	jsl_http_reply_text(req, 200, "ok");
}

static void on_ready(void *arg, struct jsl_http_req *req)
{
	struct jsl_common *common = arg;

	if (common->ready != NULL && common->ready(common->arg))
		jsl_http_reply_text(req, 200, "ready");
	else
		jsl_http_reply_text(req, 503, "no leader that has a worker");
}

void jsl_common_routes(struct jsl_common *common, struct jsl_http_route *ret_routes)
{
	static const struct {
		const char *path;
		jsl_http_fn fn;
	} table[JSL_COMMON_ROUTES] = {
		{"/logs/summary", on_summary}, {"/logs/verbose", on_verbose},
		{"/metrics", on_metrics},      {"/healthz", on_health},
		{"/readyz", on_ready},
	};

	for (size_t i = 0; i < JSL_COMMON_ROUTES; i++)
		ret_routes[i] = (struct jsl_http_route){
			.path = table[i].path, .fn = table[i].fn, .arg = common};
}
