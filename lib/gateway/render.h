/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_RENDER_H
#define JSL_GATEWAY_RENDER_H

/*
 * Bodies of answers: a verdict as text, as interface.md binds it, and as JSON.
 * Text carries the program's bytes as they were written.
 */

#include <jsl/blob.h>
#include <jsl/job.h>
#include <jsl/node.h>

#include "gateway/answer.h"

/** The text body (given), or NULL without memory. */
struct jsl_blob *jsl_render_text(const struct jsl_result *result);

/** The JSON body (given) of @a, whose verdict is @result, or NULL without memory. */
struct jsl_blob *jsl_render_json(const struct jsl_answer *a,
				 const struct jsl_result *result, bool cached);

/** Lines "Server 7 - LEADING" (given), or NULL without memory. */
struct jsl_blob *jsl_render_info_text(const struct jsl_node_info *infos, size_t n);

/** The same as JSON (given), or NULL without memory. */
struct jsl_blob *jsl_render_info_json(const struct jsl_node_info *infos, size_t n,
				      struct jsl_election_leader leader);

#endif
