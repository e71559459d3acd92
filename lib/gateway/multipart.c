/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * multipart/form-data; see multipart.h. m->at is behind a boundary until the last one
 * was met, and every search is bounded by m->end.
 */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "gateway/multipart.h"

#define IN "multipart/form-data: "

/* A piece of a header's value that is still to be read. */
struct rest {
	const char *at, *end;
};

struct param {
	struct jsl_bytes name, value;
};

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_boundary(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("'()+_,-./:=? ", c) != NULL);
}

static bool is_quotable(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 0x20 && u != 0x7f && c != '"' && c != '\\';
}

static void skip_spaces(struct rest *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
		r->at++;
}

static struct jsl_bytes take(struct rest *r, bool (*fits)(char c))
{
	const char *start = r->at;

	while (r->at < r->end && fits(*r->at))
		r->at++;
	return (struct jsl_bytes){.data = start, .len = (size_t)(r->at - start)};
}

static bool take_char(struct rest *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* The next "; name=value". Returns 1; 0 at the end; -1 if it is malformed. */
static int next_param(struct rest *r, struct param *ret_param)
{
	skip_spaces(r);
	if (r->at == r->end)
		return 0;
	if (!take_char(r, ';'))
		return -1;
	skip_spaces(r);
	ret_param->name = take(r, is_token);
	if (ret_param->name.len == 0 || !take_char(r, '='))
		return -1;
	if (take_char(r, '"')) {
		ret_param->value = take(r, is_quotable);
		return take_char(r, '"') ? 1 : -1;
	}
	ret_param->value = take(r, is_token);
	return ret_param->value.len > 0 ? 1 : -1;
}

static bool is(struct jsl_bytes b, const char *text)
{
	return b.len == strlen(text) && strncasecmp(b.data, text, b.len) == 0;
}

/* Whether @text begins with the word @word, which *@r then is behind. */
static bool begins(struct rest *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || strncasecmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return r->at == r->end || strchr("; \t", *r->at) != NULL;
}

static struct rest rest_of(const char *text)
{
	return (struct rest){.at = text, .end = text + strlen(text)};
}

bool jsl_multipart_is(const char *type)
{
	struct rest r = rest_of(type);

	return begins(&r, "multipart/form-data");
}

static const char *read_boundary(const char *type, struct jsl_bytes *ret_boundary)
{
	struct rest r = rest_of(type);
	struct jsl_bytes b = {0};
	struct param p;
	int more;

	if (!begins(&r, "multipart/form-data"))
		return "Content-Type must be multipart/form-data";
	while ((more = next_param(&r, &p)) > 0) {
		if (!is(p.name, "boundary"))
			continue;
		if (b.data != NULL)
			return IN "the Content-Type has several boundaries";
		b = p.value;
	}
	if (more < 0)
		return IN "the Content-Type is malformed";
	if (b.data == NULL)
		return IN "the Content-Type has no boundary";
	r = (struct rest){.at = b.data, .end = (const char *)b.data + b.len};
	if (b.len == 0 || b.len > JSL_MULTIPART_BOUNDARY_MAX ||
	    take(&r, is_boundary).len != b.len || r.end[-1] == ' ')
		return IN "a boundary has 1 to 70 characters of those that RFC 2046 "
			  "allows";
	*ret_boundary = b;
	return NULL;
}

/* Behind a boundary: the line ends, or with two hyphens all of the body. */
static const char *end_mark(struct jsl_multipart *m)
{
	size_t left = (size_t)(m->end - m->at);

	if (left >= 2 && memcmp(m->at, "\r\n", 2) == 0) {
		m->at += 2;
		return NULL;
	}
	if (left < 2 || memcmp(m->at, "--", 2) != 0)
		return left < 2 ? IN "the body ends before its last boundary"
				: IN "something follows a boundary in its line";
	m->at += 2;
	m->over = true;
	left -= 2;
	if (left != 0 && (left != 2 || memcmp(m->at, "\r\n", 2) != 0))
		return IN "something follows the last boundary";
	return NULL;
}

const char *jsl_multipart_init(struct jsl_multipart *m, const char *type,
			       struct jsl_bytes body)
{
	struct jsl_bytes boundary;
	const char *refusal = read_boundary(type, &boundary);

	if (refusal != NULL)
		return refusal;
	memset(m, 0, sizeof(*m));
	memcpy(m->mark, "\r\n--", 4);
	memcpy(m->mark + 4, boundary.data, boundary.len);
	m->mark_len = 4 + boundary.len;
	m->at = body.data;
	m->end = m->at + body.len;
	/* The first one has no end of a line before it. */
	if (body.len < m->mark_len - 2 ||
	    memcmp(m->at, m->mark + 2, m->mark_len - 2) != 0)
		return IN "the body does not begin with its boundary";
	m->at += m->mark_len - 2;
	return end_mark(m);
}

static const char *take_disposition(struct rest *r, struct jsl_part *part)
{
	struct param p;
	int more;

	if (part->name.data != NULL)
		return IN "a part has several Content-Dispositions";
	if (!begins(r, "form-data"))
		return IN "a part is no form-data";
	while ((more = next_param(r, &p)) > 0) {
		struct jsl_bytes *to = is(p.name, "name")	? &part->name
				       : is(p.name, "filename") ? &part->filename
								: NULL;

		if (is(p.name, "filename*"))
			return IN "filename* is not for forms (RFC 7578): use filename";
		if (to != NULL && to->data != NULL)
			return IN "a part has several names";
		if (to != NULL)
			*to = p.value;
	}
	if (more < 0)
		return IN "a Content-Disposition is malformed";
	return part->name.data != NULL ? NULL : IN "a part has no name";
}

static const char *take_line(struct rest *r, struct jsl_part *part)
{
	struct jsl_bytes name = take(r, is_token);

	if (name.len == 0 || !take_char(r, ':'))
		return IN "the header of a part is malformed";
	skip_spaces(r);
	for (const char *c = r->at; c < r->end; c++)
		if ((unsigned char)*c < 0x20 && *c != '\t')
			return IN "the header of a part is malformed";
	if (is(name, "Content-Disposition"))
		return take_disposition(r, part);
	if (is(name, "Content-Transfer-Encoding") && !begins(r, "binary") &&
	    !begins(r, "8bit") && !begins(r, "7bit"))
		return IN "no Content-Transfer-Encoding is supported";
	return NULL;
}

/* The header lines of a part, up to the empty one. */
static const char *take_head(struct jsl_multipart *m, struct jsl_part *part)
{
	size_t left = (size_t)(m->end - m->at);
	const char *end =
		m->at + (left < JSL_MULTIPART_HEAD_MAX ? left : JSL_MULTIPART_HEAD_MAX);

	for (;;) {
		const char *eol = memmem(m->at, (size_t)(end - m->at), "\r\n", 2);
		struct rest r = {.at = m->at, .end = eol};
		const char *refusal;

		if (eol == NULL)
			return end == m->end ? IN "the body ends before its last boundary"
					     : IN "the header of a part is too long";
		m->at = eol + 2;
		if (r.at == r.end)
			break;
		refusal = take_line(&r, part);
		if (refusal != NULL)
			return refusal;
	}
	return part->name.data != NULL ? NULL : IN "a part has no Content-Disposition";
}

int jsl_multipart_next(struct jsl_multipart *m, struct jsl_part *ret_part,
		       const char **ret_refusal)
{
	struct jsl_part part = {0};
	const char *end, *refusal;

	if (m->over)
		return 0;
	refusal = take_head(m, &part);
	if (refusal == NULL) {
		end = memmem(m->at, (size_t)(m->end - m->at), m->mark, m->mark_len);
		part.content.data = m->at;
		if (end != NULL) {
			part.content.len = (size_t)(end - m->at);
			m->at = end + m->mark_len;
			refusal = end_mark(m);
		} else {
			refusal = IN "the body ends before its last boundary";
		}
	}
	if (refusal != NULL) {
		*ret_refusal = refusal;
		return -1;
	}
	*ret_part = part;
	return 1;
}
