/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_MULTIPART_H
#define JSL_GATEWAY_MULTIPART_H

/*
 * Walks the parts of a multipart/form-data body (RFC 7578, RFC 2046 section 5.1).
 * Stricter than they ask: no preamble, no epilogue, no white space behind a boundary,
 * no folded lines, no escapes in quotes, and whatever looks half like a boundary is an
 * error, so that no two readers can take a body for different parts. Nothing is copied
 * or allocated.
 */

#include <jsl/job.h>

#define JSL_MULTIPART_BOUNDARY_MAX 70	/* characters, RFC 2046 */
#define JSL_MULTIPART_HEAD_MAX	   4096 /* bytes of a part's header lines */

struct jsl_multipart {
	const char *at, *end;
	char mark[4 + JSL_MULTIPART_BOUNDARY_MAX]; /* CR LF - - boundary */
	size_t mark_len;
	bool over;
};

/** Everything is borrowed from the body. */
struct jsl_part {
	struct jsl_bytes name;
	struct jsl_bytes filename; /* data is NULL: none */
	struct jsl_bytes content;
};

/** Whether @type is multipart/form-data: any case, parameters allowed. */
bool jsl_multipart_is(const char *type);

/**
 * Begin to walk @body (borrowed), the boundary of which is in the Content-Type @type.
 *
 * Returns NULL, or what is wrong (borrowed, for ever).
 */
const char *jsl_multipart_init(struct jsl_multipart *m, const char *type,
			       struct jsl_bytes body);

/**
 * The next part into *@ret_part.
 *
 * Returns 1; 0 at the end; -1 with what is wrong in *@ret_refusal (borrowed, for ever).
 */
int jsl_multipart_next(struct jsl_multipart *m, struct jsl_part *ret_part,
		       const char **ret_refusal);

#endif
