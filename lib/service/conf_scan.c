/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our own pass over a configuration, before libconfuse sees it. libconfuse 3.3
 * takes a missing final brace, skips characters that it does not know, expands
 * ${…}, counts lines wrongly after comments, and forgets where a value stood;
 * an unterminated string spoils its next parse. None of that gets past here.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "service/conf_int.h"

#define DEPTH_MAX 4
#define WORD_MAX  4096 /* bytes of a word or string */
#define MARKS_MAX 10000

struct scan {
	char *p, *end;
	unsigned int line;
	struct jsl_conf__marks *marks;
	struct jsl_conf__error *err;
	size_t open[DEPTH_MAX]; /* marks of the sections around p */
	size_t depth;
	char *words[2]; /* of the statement so far */
	size_t n_words;
	bool value; /* an equal sign was just read */
};

void jsl_conf__marks_deinit(struct jsl_conf__marks *marks)
{
	for (size_t i = 0; i < marks->n; i++) {
		free(marks->items[i].name);
		free(marks->items[i].title);
	}
	free(marks->items);
	*marks = (struct jsl_conf__marks){0};
}

size_t jsl_conf__mark_find(const struct jsl_conf__marks *marks, size_t parent,
			   const char *name, const char *title)
{
	for (size_t i = 0; i < marks->n; i++) {
		const struct jsl_conf__mark *m = &marks->items[i];

		if (m->parent == parent && strcmp(m->name, name) == 0 &&
		    strcmp(m->title, title) == 0)
			return i;
	}
	return JSL_CONF__ROOT;
}

static void drop_words(struct scan *s)
{
	while (s->n_words > 0)
		free(s->words[--s->n_words]);
}

static size_t parent_of(const struct scan *s)
{
	return s->depth == 0 ? JSL_CONF__ROOT : s->open[s->depth - 1];
}

/* Remember the statement's words as a section or a key; refuse a second one. */
static int add_mark(struct scan *s, bool section)
{
	struct jsl_conf__marks *marks = s->marks;
	struct jsl_conf__mark *items, *m;
	char *title = s->n_words > 1 ? jsl_steal(&s->words[1]) : strdup("");
	size_t dup;

	if (title == NULL)
		return -ENOMEM;
	if (marks->n == MARKS_MAX) {
		free(title);
		return jsl_conf__fail(s->err, s->line, "too many keys");
	}
	dup = jsl_conf__mark_find(marks, parent_of(s), s->words[0], title);
	if (dup != JSL_CONF__ROOT) {
		const char *sep = *title != '\0' ? " " : "";

		jsl_conf__fail(s->err, s->line,
			       "%s '%s%s%s' is repeated (first in line %u)",
			       section ? "section" : "key", s->words[0], sep, title,
			       marks->items[dup].line);
		free(title);
		return -EINVAL;
	}
	items = reallocarray(marks->items, marks->n + 1, sizeof(*items));
	if (items == NULL) {
		free(title);
		return -ENOMEM;
	}
	marks->items = items;
	m = &items[marks->n++];
	*m = (struct jsl_conf__mark){
		.parent = parent_of(s),
		.line = s->line,
		.section = section,
		.name = jsl_steal(&s->words[0]),
		.title = title,
	};
	drop_words(s);
	return 0;
}

static int open_section(struct scan *s)
{
	int r;

	if (s->n_words == 0 || s->value)
		return jsl_conf__fail(s->err, s->line, "'{' without a section's name");
	if (s->depth == DEPTH_MAX)
		return jsl_conf__fail(s->err, s->line, "sections are nested too deeply");
	r = add_mark(s, true);
	if (r < 0)
		return r;
	s->open[s->depth++] = s->marks->n - 1;
	return 0;
}

static int take_word(struct scan *s, const char *word, size_t len)
{
	if (len > WORD_MAX)
		return jsl_conf__fail(s->err, s->line, "a value is too long");
	if (s->value) {
		s->value = false;
		return 0;
	}
	if (s->n_words == 2)
		return jsl_conf__fail(s->err, s->line, "unexpected '%.*s'", (int)len,
				      word);
	s->words[s->n_words] = strndup(word, len);
	if (s->words[s->n_words] == NULL)
		return -ENOMEM;
	s->n_words++;
	return 0;
}

static int take_punctuation(struct scan *s, char c)
{
	if (c == '{')
		return open_section(s);
	if (c == '}') {
		if (s->n_words > 0 || s->value)
			return jsl_conf__fail(s->err, s->line, "unexpected '}'");
		if (s->depth == 0)
			return jsl_conf__fail(s->err, s->line, "'}' closes nothing");
		s->depth--;
		return 0;
	}
	if (s->n_words != 1 || s->value)
		return jsl_conf__fail(s->err, s->line, "unexpected '='");
	s->value = true;
	return add_mark(s, false);
}

/* Blank a comment at p, keeping its line ends. */
static int skip_comment(struct scan *s)
{
	unsigned int line = s->line;
	bool block = s->p[0] == '/' && s->p[1] == '*';
	char *from = s->p + (block ? 2 : 0), *q = from;

	if (!block) {
		while (q < s->end && *q != '\n')
			q++;
	} else {
		while (q + 1 < s->end && !(q[0] == '*' && q[1] == '/'))
			q++;
		if (q + 1 >= s->end)
			return jsl_conf__fail(s->err, line, "comment is not closed");
		q += 2;
	}
	for (; s->p < q; s->p++) {
		if (*s->p == '\n')
			s->line++;
		else
			*s->p = ' ';
	}
	return 0;
}

/* A string at p: one line, and no escapes but of the backslash and the quote. */
static int take_string(struct scan *s)
{
	char quote = *s->p, *start = ++s->p;
	jsl_autofree char *text = malloc((size_t)(s->end - start) + 1);
	size_t n = 0;

	if (text == NULL)
		return -ENOMEM;
	for (; s->p < s->end && *s->p != quote; s->p++) {
		if ((unsigned char)*s->p < 0x20 || *s->p == 0x7f)
			break;
		if (*s->p == '\\') {
			s->p++;
			if (*s->p != '\\' && *s->p != quote)
				return jsl_conf__fail(s->err, s->line,
						      "only \\\\ and \\%c may follow a "
						      "backslash",
						      quote);
		}
		text[n++] = *s->p;
	}
	if (s->p >= s->end || *s->p != quote)
		return jsl_conf__fail(s->err, s->line, "string is not closed");
	s->p++;
	return take_word(s, text, n);
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("-_.:/[]%~@", c) != NULL);
}

static bool at_comment(const struct scan *s)
{
	return s->p[0] == '#' || (s->p[0] == '/' && (s->p[1] == '/' || s->p[1] == '*'));
}

static int take_plain(struct scan *s)
{
	char *start = s->p;

	while (s->p < s->end && is_word(*s->p) && !at_comment(s))
		s->p++;
	return take_word(s, start, (size_t)(s->p - start));
}

static int scan_one(struct scan *s)
{
	char c = *s->p;

	if (c == '$' && s->p[1] == '{')
		return jsl_conf__fail(s->err, s->line, "'${' is not expanded here");
	if (at_comment(s))
		return skip_comment(s);
	if (c == '"' || c == '\'')
		return take_string(s);
	if (is_word(c))
		return take_plain(s);
	s->p++;
	if (c == '\n') {
		s->line++;
		return 0;
	}
	if (c == ' ' || c == '\t' || (c == '\r' && *s->p == '\n'))
		return 0;
	if (c == '{' || c == '}' || c == '=')
		return take_punctuation(s, c);
	if (c > 0x20 && c < 0x7f)
		return jsl_conf__fail(s->err, s->line, "unexpected '%c'", c);
	return jsl_conf__fail(s->err, s->line, "unexpected byte 0x%02x",
			      (unsigned int)(unsigned char)c);
}

static int check_end(struct scan *s)
{
	const struct jsl_conf__mark *m;

	if (s->n_words > 0 || s->value)
		return jsl_conf__fail(s->err, s->line, "unexpected end of the file");
	if (s->depth == 0)
		return 0;
	m = &s->marks->items[s->open[s->depth - 1]];
	return jsl_conf__fail(s->err, m->line,
			      "section '%s' is not closed: '}' is missing", m->name);
}

/* "${" inside of strings; libconfuse would expand it there too. */
static int refuse_expansion(struct scan *s)
{
	unsigned int line = 1;

	for (const char *p = s->p; p < s->end; p++) {
		if (*p == '\n')
			line++;
		if (p[0] == '$' && p[1] == '{')
			return jsl_conf__fail(s->err, line, "'${' is not expanded here");
	}
	return 0;
}

int jsl_conf__scan(char *text, size_t len, struct jsl_conf__marks *marks,
		   struct jsl_conf__error *err)
{
	struct scan s = {
		.p = text, .end = text + len, .line = 1, .marks = marks, .err = err};
	int r = 0;

	while (r == 0 && s.p < s.end)
		r = scan_one(&s);
	if (r == 0)
		r = check_end(&s);
	drop_words(&s);
	if (r == 0) {
		s.p = text;
		r = refuse_expansion(&s); /* comments are blank by now */
	}
	return r;
}
