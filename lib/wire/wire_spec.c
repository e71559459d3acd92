/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Specs <-> payloads. A decoded spec is one allocation: the spec, then the arena
 * that everything in it points to.
 */

#include <errno.h>
#include <stdlib.h>

#include <jsl/job.h>

#include "base/cleanup.h"
#include "job.pb-c.h"
#include "wire/arena.h"
#include "wire/wire_int.h"

/* What a spec within its limits takes in memory beside its bytes. */
#define SPEC_SLACK (64u << 10)

struct box {
	struct jsl_spec spec; /* first: its address is the box's */
	struct jsl_wire__arena arena;
	max_align_t mem[];
};

static ProtobufCBinaryData bytes_fill(struct jsl_bytes b)
{
	return (ProtobufCBinaryData){.len = b.len, .data = (uint8_t *)b.data};
}

static void limits_fill(Jsl__Pb__Limits *pb, const struct jsl_limits *l)
{
	jsl__pb__limits__init(pb);
	pb->compile_wall_ms = l->compile_wall_ms;
	pb->compile_memory_mb = l->compile_memory_mb;
	pb->wall_ms = l->wall_ms;
	pb->cpu_ms = l->cpu_ms;
	pb->memory_mb = l->memory_mb;
	pb->output_kb = l->output_kb;
	pb->processes = l->processes;
	pb->disk_mb = l->disk_mb;
	pb->inodes = l->inodes;
}

static struct jsl_limits limits_read(const Jsl__Pb__Limits *pb)
{
	if (pb == NULL)
		return (struct jsl_limits){0};
	return (struct jsl_limits){
		.compile_wall_ms = pb->compile_wall_ms,
		.compile_memory_mb = pb->compile_memory_mb,
		.wall_ms = pb->wall_ms,
		.cpu_ms = pb->cpu_ms,
		.memory_mb = pb->memory_mb,
		.output_kb = pb->output_kb,
		.processes = pb->processes,
		.disk_mb = pb->disk_mb,
		.inodes = pb->inodes,
	};
}

int jsl_spec_encode(struct jsl_blob **ret_payload, const struct jsl_spec *spec)
{
	ProtobufCBinaryData sources[JSL_SPEC_FILES_MAX], args[JSL_SPEC_ARGS_MAX];
	Jsl__Pb__Spec pb = JSL__PB__SPEC__INIT;
	Jsl__Pb__Limits limits;

	if (spec->n_sources == 0 || spec->n_sources > JSL_SPEC_FILES_MAX ||
	    spec->n_args > JSL_SPEC_ARGS_MAX)
		return JSL_E_LIMIT;
	for (size_t i = 0; i < spec->n_sources; i++)
		sources[i] = bytes_fill(spec->sources[i]);
	for (size_t i = 0; i < spec->n_args; i++)
		args[i] = bytes_fill(spec->args[i]);
	limits_fill(&limits, &spec->limits);
	pb.sources = sources;
	pb.n_sources = spec->n_sources;
	pb.args = args;
	pb.n_args = spec->n_args;
	pb.input = bytes_fill(spec->input);
	pb.limits = &limits;
	if (spec->jdk != NULL)
		pb.jdk = (char *)spec->jdk;
	return jsl_wire__pack_blob(&pb.base, JSL_SPEC_BYTES_MAX, ret_payload);
}

/* Returns NULL when the arena is full. */
static struct jsl_bytes *bytes_read(struct jsl_wire__arena *a,
				    const ProtobufCBinaryData *pb, size_t n)
{
	struct jsl_bytes *bytes = jsl_wire__arena_alloc(a, n * sizeof(*bytes));

	for (size_t i = 0; bytes != NULL && i < n; i++)
		bytes[i] = (struct jsl_bytes){.data = pb[i].data, .len = pb[i].len};
	return bytes;
}

static int spec_read(struct box *box, const Jsl__Pb__Spec *pb)
{
	if (pb->n_sources == 0)
		return JSL_E_MALFORMED;
	if (pb->n_sources > JSL_SPEC_FILES_MAX || pb->n_args > JSL_SPEC_ARGS_MAX)
		return JSL_E_LIMIT;
	box->spec = (struct jsl_spec){
		.sources = bytes_read(&box->arena, pb->sources, pb->n_sources),
		.n_sources = pb->n_sources,
		.args = bytes_read(&box->arena, pb->args, pb->n_args),
		.n_args = pb->n_args,
		.input = {.data = pb->input.data, .len = pb->input.len},
		.limits = limits_read(pb->limits),
		.jdk = pb->jdk,
	};
	return box->spec.sources == NULL || box->spec.args == NULL ? JSL_E_LIMIT : 0;
}

int jsl_spec_decode(struct jsl_spec **ret_spec, const void *data, size_t len)
{
	jsl_autofree struct box *box = NULL;
	ProtobufCMessage *msg;
	int r;

	if (len > JSL_SPEC_BYTES_MAX)
		return JSL_E_LIMIT;
	box = malloc(sizeof(*box) + len + SPEC_SLACK);
	if (box == NULL)
		return -ENOMEM;
	jsl_wire__arena_init(&box->arena, box->mem, len + SPEC_SLACK);
	r = jsl_wire__unpack(&box->arena, &jsl__pb__spec__descriptor, data, len, &msg);
	if (r < 0)
		return r;
	r = spec_read(box, (const Jsl__Pb__Spec *)msg);
	if (r < 0)
		return r;
	*ret_spec = &jsl_steal(&box)->spec;
	return 0;
}

void jsl_spec_free(struct jsl_spec *spec)
{
	free(spec);
}
