/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_REQUEST_H
#define JSL_GATEWAY_REQUEST_H

/*
 * From the headers of a POST /compileandrun to a spec, and from a spec to the
 * key that identical requests share.
 */

#include <openssl/evp.h>

#include <jsl/job.h>

#include "gateway/cache.h"
#include "service/http.h"

#define JSL_REQUEST_KEY_MAX 255 /* bytes of an Idempotency-Key */

/** What the headers say; the strings are borrowed from the request. */
struct jsl_request {
	struct jsl_spec spec; /* without what is in the body */
	const char *name;     /* the Idempotency-Key, or NULL */
	const char
		*form_type; /* the Content-Type of a form; NULL: the body is a source */
};

/**
 * Check the headers of @req and fill *@ret_request. A limit that is not below @max
 * stays 0, "as configured".
 *
 * Returns NULL, or the text of a 400 (borrowed, for ever).
 */
const char *jsl_request_read(const struct jsl_http_req *req, const struct jsl_limits *max,
			     struct jsl_request *ret_request);

/** Whether @type is text/x-java-source: any case, parameters allowed. */
bool jsl_request_is_java(const char *type);

/** A positive whole number, capped at @max: 0 where it is not below. Returns 0 or
 * -EINVAL. */
int jsl_request_limit(const char *text, uint32_t max, uint32_t *ret_limit);

/**
 * Hash all of @spec, each part with its length before it. @ctx: for reuse.
 *
 * Returns 0 or -ENOMEM.
 */
int jsl_request_key(EVP_MD_CTX *ctx, const struct jsl_spec *spec,
		    struct jsl_cache_key *ret_key);

/** Hash the Idempotency-Key @name. Returns 0 or -ENOMEM. */
int jsl_request_name(EVP_MD_CTX *ctx, const char *name, struct jsl_cache_key *ret_key);

#endif
