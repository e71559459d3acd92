/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verdict as text. A program that worked is answered with exactly what it
 * gave; one that failed with a first line that says what failed.
 */

#include "config.h"

#include <string.h>

#include "gateway/render.h"

#define PIECES_MAX 8

/* The body, piece by piece; copied once, into the blob. */
struct body {
	struct jsl_bytes pieces[PIECES_MAX];
	size_t n;
	size_t len;
};

static void put(struct body *b, struct jsl_bytes piece)
{
	if (piece.len == 0)
		return;
	b->pieces[b->n++] = piece;
	b->len += piece.len;
}

static void put_text(struct body *b, const char *text)
{
	put(b, (struct jsl_bytes){.data = text, .len = strlen(text)});
}

/* A newline, unless there is one, or nothing yet. */
static void end_line(struct body *b)
{
	const struct jsl_bytes *last;

	if (b->n == 0)
		return;
	last = &b->pieces[b->n - 1];
	if (((const char *)last->data)[last->len - 1] != '\n')
		put_text(b, "\n");
}

static void render_ok(struct body *b, const struct jsl_result *r)
{
	switch (r->entry) {
	case JSL_ENTRY_RUN_STRING: put(b, r->returned); break;
	case JSL_ENTRY_RUN_VOID:
		put_text(b, "System.err:\n[");
		put(b, r->error_output);
		put_text(b, "]\nSystem.out:\n[");
		put(b, r->output);
		put_text(b, "]");
		break;
	case JSL_ENTRY_NONE:
	case JSL_ENTRY_MAIN: put(b, r->output); break;
	}
}

/* Whether what the program wrote belongs behind the message. */
static bool has_output(const struct jsl_result *r)
{
	switch (r->status) {
	case JSL_STATUS_COMPILE_ERROR:
	case JSL_STATUS_COMPILE_LIMIT: return false;
	case JSL_STATUS_EXCEPTION: return r->entry == JSL_ENTRY_MAIN;
	default: return true;
	}
}

static void render_failure(struct body *b, const struct jsl_result *r)
{
	put_text(b, r->message != NULL ? r->message : "");
	if (r->detail != NULL && r->detail[0] != '\0') {
		end_line(b);
		put_text(b, r->detail);
	}
	if (!has_output(r) || r->error_output.len + r->output.len == 0)
		return;
	end_line(b);
	put(b, r->error_output);
	put(b, r->output);
}

struct jsl_blob *jsl_render_text(const struct jsl_result *result)
{
	struct body b = {0};
	struct jsl_blob *blob;
	char *at;

	if (result->status == JSL_STATUS_OK)
		render_ok(&b, result);
	else
		render_failure(&b, result);
	blob = jsl_blob_new(NULL, b.len);
	if (blob == NULL)
		return NULL;
	at = jsl_blob_fill(blob);
	for (size_t i = 0; i < b.n; i++) {
		memcpy(at, b.pieces[i].data, b.pieces[i].len);
		at += b.pieces[i].len;
	}
	return blob;
}
