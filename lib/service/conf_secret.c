/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file with the secrets of a cluster: a line each, the first one is the one
 * that is used, the others are accepted too. Whoever may read it is a member of the
 * cluster, so it has to be its owner's alone. Likewise the tokens of HTTP, which a
 * client may share a file of.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "service/conf_int.h"

/* All that is allowed, and room for comments. */
#define FILE_MAX 8192

struct kind {
	const char *name;
	size_t min, max; /* characters */
	int (*read)(const char *path, size_t max, char **ret_text, size_t *ret_len,
		    struct jsl_conf__error *err);
};

static const struct kind secret = {"secret", JSL_CONF_SECRET_MIN, JSL_NODE_SECRET_MAX,
				   jsl_conf__read_private};
static const struct kind token = {"token", JSL_CONF_TOKEN_MIN, JSL_CONF_TOKEN_MAX,
				  jsl_conf__read_file};

static int check_line(const struct kind *kind, const char *line, size_t len,
		      unsigned int n, struct jsl_conf__error *err)
{
	if (len < kind->min || len > kind->max)
		return jsl_conf__fail(err, n, "a %s has %zu to %zu characters",
				      kind->name, kind->min, kind->max);
	for (size_t i = 0; i < len; i++)
		if (line[i] <= 0x20 || line[i] >= 0x7f)
			return jsl_conf__fail(err, n,
					      "a %s is one line of printable ASCII "
					      "without spaces",
					      kind->name);
	return 0;
}

static int take_lines(struct jsl_conf_secrets *s, const struct kind *kind,
		      struct jsl_conf__error *err)
{
	unsigned int n = 0;
	size_t len;

	for (const char *line = s->text; *line != '\0'; line += len) {
		size_t end;
		int r;

		n++;
		end = len = strcspn(line, "\n");
		len += line[len] == '\n';
		if (end > 0 && line[end - 1] == '\r')
			end--;
		if (end == 0 || *line == '#')
			continue;
		r = check_line(kind, line, end, n, err);
		if (r < 0)
			return r;
		if (s->n == JSL_NODE_SECRETS_MAX)
			return jsl_conf__fail(err, n, "more than %d %ss",
					      JSL_NODE_SECRETS_MAX, kind->name);
		s->items[s->n++] = (struct jsl_bytes){line, end};
	}
	return s->n > 0 ? 0 : jsl_conf__fail(err, 1, "there is no %s", kind->name);
}

static int read_lines(struct jsl_conf_secrets *ret_s, const struct kind *kind,
		      const char *path, char *errmsg, size_t errmsg_size)
{
	struct jsl_conf__error err = {.path = path, .text = errmsg, .size = errmsg_size};
	struct jsl_conf_secrets s = {0};
	int r = kind->read(path, FILE_MAX, &s.text, &s.len, &err);

	if (r == 0 && strlen(s.text) != s.len)
		r = jsl_conf__fail(&err, 1, "a %s has no NUL", kind->name);
	if (r == 0)
		r = take_lines(&s, kind, &err);
	if (r == 0)
		*ret_s = s;
	else
		jsl_conf_secrets_deinit(&s);
	return r;
}

int jsl_conf_read_secrets(struct jsl_conf_secrets *ret_s, const char *path, char *errmsg,
			  size_t errmsg_size)
{
	return read_lines(ret_s, &secret, path, errmsg, errmsg_size);
}

int jsl_conf_read_tokens(struct jsl_conf_secrets *ret_s, const char *path, char *errmsg,
			 size_t errmsg_size)
{
	return read_lines(ret_s, &token, path, errmsg, errmsg_size);
}

void jsl_conf_secrets_deinit(struct jsl_conf_secrets *s)
{
	if (s->text != NULL)
		explicit_bzero(s->text, s->len);
	free(s->text);
	*s = (struct jsl_conf_secrets){0};
}
