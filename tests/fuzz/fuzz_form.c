/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any line as a Content-Type, and the bytes behind it as a form. What a form holds lies
 * in the body, in its order and apart, and is bounded.
 */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "gateway/form.h"
#include "gateway/multipart.h"

#define TYPE_MAX 256

/* Whether @piece is inside of @body. */
static int lies_in(struct jsl_bytes piece, struct jsl_bytes body)
{
	const char *from = body.data, *at = piece.data;

	return at >= from && piece.len <= body.len &&
	       (size_t)(at - from) <= body.len - piece.len;
}

static void check_form(const char *type, struct jsl_bytes body)
{
	struct jsl_form form;

	if (jsl_form_read(&form, type, body) != NULL)
		return;
	MUST(jsl_multipart_is(type));
	MUST(form.n_sources > 0 && form.n_sources <= JSL_SPEC_FILES_MAX);
	MUST(form.n_args <= JSL_SPEC_ARGS_MAX);
	for (size_t i = 0; i < form.n_sources; i++) {
		MUST(lies_in(form.sources[i], body));
		if (form.names[i].data == NULL)
			continue;
		MUST(lies_in(form.names[i], body));
		MUST(memchr(form.names[i].data, '/', form.names[i].len) == NULL);
	}
	for (size_t i = 0; i < form.n_args; i++)
		MUST(lies_in(form.args[i], body));
	MUST(form.input.data == NULL || lies_in(form.input, body));
}

/* The parts one by one: each begins behind the end of the one before it. */
static void check_parts(const char *type, struct jsl_bytes body)
{
	const char *behind = body.data, *refusal;
	struct jsl_multipart m;
	struct jsl_part part;
	int more;

	if (jsl_multipart_init(&m, type, body) != NULL)
		return;
	while ((more = jsl_multipart_next(&m, &part, &refusal)) > 0) {
		MUST(lies_in(part.name, body) && lies_in(part.content, body));
		MUST((const char *)part.name.data >= behind);
		behind = (const char *)part.content.data + part.content.len;
	}
	MUST(more == 0 || refusal != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *eol = size > 0 ? memchr(data, '\n', size) : NULL;
	struct jsl_bytes body;
	char type[TYPE_MAX];
	size_t len;

	if (eol == NULL || eol - data >= TYPE_MAX)
		return 0;
	len = (size_t)(eol - data);
	memcpy(type, data, len);
	type[len] = '\0';
	body = (struct jsl_bytes){.data = eol + 1, .len = size - len - 1};
	check_form(type, body);
	check_parts(type, body);
	return 0;
}
