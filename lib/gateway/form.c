/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a form; see form.h.
 */

#include "config.h"

#include <assert.h>
#include <string.h>

#include "gateway/form.h"
#include "gateway/multipart.h"
#include "gateway/utf8.h"

#define IN "multipart/form-data: "

static_assert(JSL_SPEC_FILES_MAX == 64 && JSL_SPEC_ARGS_MAX == 256, "the texts below");

static bool is(struct jsl_bytes b, const char *text)
{
	return b.len == strlen(text) && memcmp(b.data, text, b.len) == 0;
}

/* One that no system can take for a path. What is in quotes has no controls already. */
static bool is_file_name(struct jsl_bytes name)
{
	return name.len > 0 && name.len <= JSL_FORM_NAME_MAX && !is(name, ".") &&
	       !is(name, "..") && memchr(name.data, '/', name.len) == NULL &&
	       memchr(name.data, '\\', name.len) == NULL && jsl_utf8_is_valid(name);
}

static const char *add_source(struct jsl_form *form, const struct jsl_part *part)
{
	const struct jsl_bytes *name = &part->filename;

	if (form->n_sources == JSL_SPEC_FILES_MAX)
		return IN "more than 64 parts source";
	if (name->data != NULL && !is_file_name(*name))
		return IN "a filename is 1 to 255 bytes of UTF-8, and never a path";
	for (size_t i = 0; name->data != NULL && i < form->n_sources; i++)
		if (form->names[i].len == name->len && form->names[i].data != NULL &&
		    memcmp(form->names[i].data, name->data, name->len) == 0)
			return IN "two parts source have the same filename";
	form->names[form->n_sources] = *name;
	form->sources[form->n_sources++] = part->content;
	return NULL;
}

static const char *add(struct jsl_form *form, const struct jsl_part *part)
{
	if (is(part->name, "source"))
		return add_source(form, part);
	if (is(part->name, "arg")) {
		if (form->n_args == JSL_SPEC_ARGS_MAX)
			return IN "more than 256 parts arg";
		form->args[form->n_args++] = part->content;
		return NULL;
	}
	if (!is(part->name, "stdin"))
		return IN "a part is not called source, stdin or arg";
	if (form->input.data != NULL)
		return IN "several parts stdin";
	form->input = part->content;
	return NULL;
}

const char *jsl_form_read(struct jsl_form *form, const char *type, struct jsl_bytes body)
{
	struct jsl_multipart m;
	struct jsl_part part;
	const char *refusal = jsl_multipart_init(&m, type, body);

	form->n_sources = form->n_args = 0;
	form->input = (struct jsl_bytes){0};
	while (refusal == NULL && jsl_multipart_next(&m, &part, &refusal) > 0)
		refusal = add(form, &part);
	if (refusal == NULL && form->n_sources == 0)
		refusal = IN "no part source";
	return refusal;
}
