/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads what a request asks for beyond its source; see request.h.
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include <jsl/runner.h>

#include "gateway/multipart.h"
#include "gateway/request.h"

#define KEY_LABEL  "jsl spec 1"
#define NAME_LABEL "jsl idempotency 1"

bool jsl_request_is_java(const char *type)
{
	static const char java[] = "text/x-java-source";
	size_t n = sizeof(java) - 1;

	if (type == NULL || strncasecmp(type, java, n) != 0)
		return false;
	type += n + strspn(type + n, " \t");
	return *type == '\0' || *type == ';';
}

int jsl_request_limit(const char *text, uint32_t max, uint32_t *ret_limit)
{
	uint64_t n = 0;

	if (*text == '\0')
		return -EINVAL;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > UINT32_MAX)
			n = UINT32_MAX; /* above any limit, however long it gets */
	}
	if (n == 0)
		return -EINVAL;
	*ret_limit = n < max ? (uint32_t)n : 0;
	return 0;
}

static bool is_printable(const char *text, size_t max)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return len > 0 && len <= max;
}

#define LIMIT(name_, field)                                                  \
	{                                                                    \
		.name = name_, .offset = offsetof(struct jsl_limits, field), \
		.refusal = name_ " must be a positive whole number"          \
	}

static const struct {
	const char *name;
	size_t offset;
	const char *refusal;
} limits[] = {
	LIMIT("JSL-Compile-Wall-Ms", compile_wall_ms),
	LIMIT("JSL-Wall-Ms", wall_ms),
	LIMIT("JSL-Cpu-Ms", cpu_ms),
	LIMIT("JSL-Memory-Mb", memory_mb),
	LIMIT("JSL-Output-Kb", output_kb),
	LIMIT("JSL-Processes", processes),
};

struct reading {
	const struct jsl_limits *max;
	struct jsl_request *request;
	const char *type;
	const char *refusal;
};

/* The first thing that is wrong counts. */
static void refuse(struct reading *r, const char *text)
{
	if (r->refusal == NULL)
		r->refusal = text;
}

static void read_limit(struct reading *r, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *bound = (const char *)r->max + limits[i].offset;
		char *limit = (char *)&r->request->spec.limits + limits[i].offset;

		if (strcasecmp(name, limits[i].name) != 0)
			continue;
		if (jsl_request_limit(value, *(const uint32_t *)bound,
				      (uint32_t *)limit) < 0)
			refuse(r, limits[i].refusal);
		return;
	}
}

static void read_name(struct reading *r, const char *value)
{
	if (r->request->name != NULL)
		refuse(r, "Idempotency-Key must be given once");
	else if (!is_printable(value, JSL_REQUEST_KEY_MAX))
		refuse(r, "Idempotency-Key must be 1 to 255 printable characters");
	r->request->name = value;
}

/* The last one counts; but of two with boundaries each reader would take another. */
static void read_type(struct reading *r, const char *value)
{
	if (r->type != NULL && (jsl_multipart_is(r->type) || jsl_multipart_is(value)))
		refuse(r, "Content-Type must be given once");
	r->type = value;
}

static void read_jdk(struct reading *r, const char *value)
{
	if (r->request->spec.jdk != NULL)
		refuse(r, "JSL-JDK must be given once");
	else if (!jsl_runner_jdk_name_ok(value))
		refuse(r, "JSL-JDK must be the name of a JDK");
	r->request->spec.jdk = value;
}

static void read_header(void *arg, const char *name, const char *value)
{
	struct reading *r = arg;

	if (strcasecmp(name, "JSL-JDK") == 0)
		read_jdk(r, value);
	else if (strncasecmp(name, "JSL-", 4) == 0)
		read_limit(r, name, value);
	else if (strcasecmp(name, "Content-Type") == 0)
		read_type(r, value);
	else if (strcasecmp(name, "Idempotency-Key") == 0)
		read_name(r, value);
}

const char *jsl_request_read(const struct jsl_http_req *req, const struct jsl_limits *max,
			     struct jsl_request *ret_request)
{
	struct reading r = {.max = max, .request = ret_request};

	*ret_request = (struct jsl_request){0};
	jsl_http_headers(req, read_header, &r);
	if (r.type != NULL && jsl_multipart_is(r.type))
		ret_request->form_type = r.type;
	else if (!jsl_request_is_java(r.type))
		return "Content-Type must be text/x-java-source or multipart/form-data";
	return r.refusal;
}

static int add_number(EVP_MD_CTX *ctx, uint64_t n)
{
	uint8_t le[8];

	for (size_t i = 0; i < sizeof(le); i++)
		le[i] = (uint8_t)(n >> (8 * i));
	return EVP_DigestUpdate(ctx, le, sizeof(le));
}

static int add_bytes(EVP_MD_CTX *ctx, struct jsl_bytes b)
{
	return add_number(ctx, b.len) && EVP_DigestUpdate(ctx, b.data, b.len);
}

static int add_list(EVP_MD_CTX *ctx, const struct jsl_bytes *list, size_t n)
{
	int ok = add_number(ctx, n);

	for (size_t i = 0; ok && i < n; i++)
		ok = add_bytes(ctx, list[i]);
	return ok;
}

static int add_limits(EVP_MD_CTX *ctx, const struct jsl_limits *l)
{
	const uint32_t all[] = {l->compile_wall_ms, l->compile_memory_mb, l->wall_ms,
				l->cpu_ms,	    l->memory_mb,	  l->output_kb,
				l->processes,	    l->disk_mb,		  l->inodes};

	return EVP_DigestUpdate(ctx, all, sizeof(all));
}

/* Looking up the algorithm is dear; the context keeps it. */
static int begin(EVP_MD_CTX *ctx, const char *label)
{
	const EVP_MD *md = EVP_MD_CTX_get0_md(ctx) == NULL ? EVP_sha256() : NULL;

	return EVP_DigestInit_ex(ctx, md, NULL) &&
	       add_bytes(ctx, (struct jsl_bytes){.data = label, .len = strlen(label)});
}

int jsl_request_key(EVP_MD_CTX *ctx, const struct jsl_spec *spec,
		    struct jsl_cache_key *ret_key)
{
	const char *jdk = spec->jdk != NULL ? spec->jdk : "";
	struct jsl_bytes selector = {.data = jdk, .len = strlen(jdk)};

	if (begin(ctx, KEY_LABEL) && add_list(ctx, spec->sources, spec->n_sources) &&
	    add_list(ctx, spec->args, spec->n_args) && add_bytes(ctx, spec->input) &&
	    add_limits(ctx, &spec->limits) && add_bytes(ctx, selector) &&
	    EVP_DigestFinal_ex(ctx, ret_key->bytes, NULL))
		return 0;
	return -ENOMEM;
}

int jsl_request_name(EVP_MD_CTX *ctx, const char *name, struct jsl_cache_key *ret_key)
{
	struct jsl_bytes bytes = {.data = name, .len = strlen(name)};

	if (begin(ctx, NAME_LABEL) && add_bytes(ctx, bytes) &&
	    EVP_DigestFinal_ex(ctx, ret_key->bytes, NULL))
		return 0;
	return -ENOMEM;
}
