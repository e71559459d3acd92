/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results <-> payloads; a decoded result is one allocation, as in wire_spec.c.
 */

#include <errno.h>
#include <stdlib.h>

#include <jsl/job.h>

#include "base/cleanup.h"
#include "job.pb-c.h"
#include "wire/arena.h"
#include "wire/wire_int.h"

/* What a result within its limits takes in memory beside its bytes. */
#define RESULT_SLACK (64u << 10)

struct box {
	struct jsl_result result; /* first: its address is the box's */
	struct jsl_wire__arena arena;
	max_align_t mem[];
};

static char *text_fill(const char *text)
{
	return (char *)(text != NULL ? text : "");
}

static ProtobufCBinaryData bytes_fill(struct jsl_bytes b)
{
	return (ProtobufCBinaryData){.len = b.len, .data = (uint8_t *)b.data};
}

static struct jsl_bytes bytes_read(ProtobufCBinaryData b)
{
	return (struct jsl_bytes){.data = b.data, .len = b.len};
}

static void diagnostic_fill(Jsl__Pb__Diagnostic *pb, const struct jsl_diagnostic *d)
{
	jsl__pb__diagnostic__init(pb);
	pb->line = d->line;
	pb->column = d->column;
	pb->warning = d->warning;
	pb->file = text_fill(d->file);
	pb->message = text_fill(d->message);
}

static void diagnostic_read(const Jsl__Pb__Diagnostic *pb, struct jsl_diagnostic *d)
{
	*d = (struct jsl_diagnostic){
		.line = pb->line,
		.column = pb->column,
		.warning = pb->warning,
		.file = pb->file,
		.message = pb->message,
	};
}

static void result_fill(Jsl__Pb__Result *pb, const struct jsl_result *r)
{
	jsl__pb__result__init(pb);
	pb->status = r->status;
	pb->entry = r->entry;
	pb->message = text_fill(r->message);
	pb->detail = text_fill(r->detail);
	pb->has_returned = r->has_returned;
	pb->returned = bytes_fill(r->returned);
	pb->output = bytes_fill(r->output);
	pb->error_output = bytes_fill(r->error_output);
	pb->truncated = r->truncated;
	pb->exit_code = r->exit_code;
	pb->signal = r->signal;
	pb->compile_us = r->compile_us;
	pb->run_us = r->run_us;
	pb->cpu_us = r->cpu_us;
	pb->memory_bytes = r->memory_bytes;
	pb->isolation = (char **)r->isolation;
	pb->n_isolation = r->n_isolation;
	pb->denied = (char **)r->denied;
	pb->n_denied = r->n_denied;
}

int jsl_result_encode(struct jsl_blob **ret_payload, const struct jsl_result *result)
{
	Jsl__Pb__Diagnostic diags[JSL_RESULT_DIAGS_MAX];
	Jsl__Pb__Diagnostic *ptrs[JSL_RESULT_DIAGS_MAX];
	Jsl__Pb__Result pb;

	if (result->n_diagnostics > JSL_RESULT_DIAGS_MAX ||
	    result->n_isolation > JSL_RESULT_NAMES_MAX ||
	    result->n_denied > JSL_RESULT_NAMES_MAX)
		return JSL_E_LIMIT;
	result_fill(&pb, result);
	for (size_t i = 0; i < result->n_diagnostics; i++) {
		ptrs[i] = &diags[i];
		diagnostic_fill(ptrs[i], &result->diagnostics[i]);
	}
	pb.diagnostics = ptrs;
	pb.n_diagnostics = result->n_diagnostics;
	return jsl_wire__pack_blob(&pb.base, JSL_RESULT_BYTES_MAX, ret_payload);
}

static int result_check(const Jsl__Pb__Result *pb)
{
	if (pb->status < JSL_STATUS_OK || pb->status > JSL_STATUS_NO_SANDBOX ||
	    pb->entry > JSL_ENTRY_RUN_VOID)
		return JSL_E_MALFORMED;
	if (pb->n_diagnostics > JSL_RESULT_DIAGS_MAX ||
	    pb->n_isolation > JSL_RESULT_NAMES_MAX || pb->n_denied > JSL_RESULT_NAMES_MAX)
		return JSL_E_LIMIT;
	return 0;
}

static void result_read(const Jsl__Pb__Result *pb, struct jsl_result *r)
{
	*r = (struct jsl_result){
		.status = pb->status,
		.entry = pb->entry,
		.message = pb->message,
		.detail = pb->detail,
		.has_returned = pb->has_returned,
		.returned = bytes_read(pb->returned),
		.output = bytes_read(pb->output),
		.error_output = bytes_read(pb->error_output),
		.truncated = pb->truncated,
		.exit_code = pb->exit_code,
		.signal = pb->signal,
		.compile_us = pb->compile_us,
		.run_us = pb->run_us,
		.cpu_us = pb->cpu_us,
		.memory_bytes = pb->memory_bytes,
		.isolation = (const char *const *)pb->isolation,
		.n_isolation = pb->n_isolation,
		.denied = (const char *const *)pb->denied,
		.n_denied = pb->n_denied,
	};
}

static int box_read(struct box *box, const Jsl__Pb__Result *pb)
{
	struct jsl_diagnostic *diags;
	int r = result_check(pb);

	if (r < 0)
		return r;
	diags = jsl_wire__arena_alloc(&box->arena, pb->n_diagnostics * sizeof(*diags));
	if (diags == NULL)
		return JSL_E_LIMIT;
	for (size_t i = 0; i < pb->n_diagnostics; i++)
		diagnostic_read(pb->diagnostics[i], &diags[i]);
	result_read(pb, &box->result);
	box->result.diagnostics = diags;
	box->result.n_diagnostics = pb->n_diagnostics;
	return 0;
}

int jsl_result_decode(struct jsl_result **ret_result, const void *data, size_t len)
{
	jsl_autofree struct box *box = NULL;
	ProtobufCMessage *msg;
	int r;

	if (len > JSL_RESULT_BYTES_MAX)
		return JSL_E_LIMIT;
	box = malloc(sizeof(*box) + len + RESULT_SLACK);
	if (box == NULL)
		return -ENOMEM;
	jsl_wire__arena_init(&box->arena, box->mem, len + RESULT_SLACK);
	r = jsl_wire__unpack(&box->arena, &jsl__pb__result__descriptor, data, len, &msg);
	if (r < 0)
		return r;
	r = box_read(box, (const Jsl__Pb__Result *)msg);
	if (r < 0)
		return r;
	*ret_result = &jsl_steal(&box)->result;
	return 0;
}

void jsl_result_free(struct jsl_result *result)
{
	free(result);
}
