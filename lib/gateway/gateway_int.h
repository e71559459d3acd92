/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_GATEWAY_INT_H
#define JSL_GATEWAY_GATEWAY_INT_H

/*
 * The gateway's inside. A flight is a job that has been submitted and not
 * ended; everybody who asks for the same meanwhile waits in it. A flight
 * without anybody who waits does not exist: its job is cancelled.
 */

#include <openssl/evp.h>

#include "gateway/cache.h"
#include "gateway/gateway.h"
#include "gateway/names.h"
#include "gateway/verdicts.h"
#include "service/common.h"

struct jsl_gateway {
	struct event_base *base;
	struct jsl_log log;
	struct jsl_gateway_cluster cluster;
	struct jsl_http *http;
	struct jsl_common common;
	struct jsl_limits limits;
	uint64_t queue_wait_ms;
	bool invalidate_on_leader_change;
	EVP_MD_CTX *hash;
	struct jsl_cache cache;
	struct jsl_names names;
	struct jsl_map flights;		   /* by the key's map half */
	struct jsl_election_leader leader; /* the last one known */
	uint64_t app_hash;		   /* of the workers then known */
	uint64_t joined;		   /* requests that joined a flight */
	uint64_t replayed;		   /* answered by their Idempotency-Key */
	uint64_t jobs;			   /* submitted */
	uint64_t full; /* refused: too much is held, here or by the leader */
	struct jsl_verdicts verdicts;
};

/** The handler of POST /compileandrun; @arg: the gateway. */
void jsl_gateway__on_compile(void *arg, struct jsl_http_req *req);

/** The handler of GET /cluster-info; @arg: the gateway. */
void jsl_gateway__on_info(void *arg, struct jsl_http_req *req);

/** The gateway's part of GET /metrics; @arg: the gateway. */
void jsl_gateway__metrics(void *arg, struct evbuffer *out);

#endif
