/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_FORM_H
#define JSL_GATEWAY_FORM_H

/*
 * A program as a form: parts `source` (at least one), `arg` and `stdin`. The names of
 * the files are checked and then forgotten: Java has its own (runner.md, rule 8).
 */

#include <jsl/job.h>

#define JSL_FORM_NAME_MAX 255 /* bytes of a filename */

/** What the form holds, borrowed from the body. */
struct jsl_form {
	struct jsl_bytes sources[JSL_SPEC_FILES_MAX];
	struct jsl_bytes names[JSL_SPEC_FILES_MAX]; /* data is NULL: none was given */
	size_t n_sources;
	struct jsl_bytes args[JSL_SPEC_ARGS_MAX];
	size_t n_args;
	struct jsl_bytes input; /* data is NULL: none was given */
};

/**
 * Read @body, of the Content-Type @type (multipart/form-data), into *@form, which is
 * usable only if that went well.
 *
 * Returns NULL, or the text of a 400 (borrowed, for ever).
 */
const char *jsl_form_read(struct jsl_form *form, const char *type, struct jsl_bytes body);

#endif
