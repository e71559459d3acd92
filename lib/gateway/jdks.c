/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has which JDK; see jdks.h.
 */

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jsl/runner.h>

#include "gateway/jdks.h"

/* Walks the names in "17.0.15 21=21.0.3 25=25.0.1". */
struct names {
	const char *at, *end;
};

static struct names names_of(const struct jsl_node_info *info)
{
	const char *text = info->app_meta;

	if (text == NULL || info->slots == 0)
		return (struct names){NULL, NULL};
	return (struct names){text, text + info->app_meta_len};
}

/* The next name into @ret_name (of JSL_RUNNER_JDK_NAME_MAX + 1). */
static bool next_name(struct names *n, char *ret_name)
{
	while (n->at < n->end) {
		const char *blank = memchr(n->at, ' ', (size_t)(n->end - n->at));
		const char *word = n->at, *end = blank != NULL ? blank : n->end;
		const char *equals = memchr(word, '=', (size_t)(end - word));

		n->at = blank != NULL ? blank + 1 : n->end;
		if (equals == NULL || equals - word > JSL_RUNNER_JDK_NAME_MAX)
			continue;
		memcpy(ret_name, word, (size_t)(equals - word));
		ret_name[equals - word] = '\0';
		if (jsl_runner_jdk_name_ok(ret_name))
			return true;
	}
	return false;
}

static bool has(const struct jsl_node_info *info, const char *name)
{
	struct names n = names_of(info);
	char its[JSL_RUNNER_JDK_NAME_MAX + 1];

	while (next_name(&n, its))
		if (strcmp(its, name) == 0)
			return true;
	return false;
}

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, JSL_JDKS_REFUSAL_MAX - len, fmt, ap);
	va_end(ap);
}

/* The names that there are, each once: in the order of the nodes. */
static void append_all(const struct jsl_node_info *infos, size_t n, char *text)
{
	char name[JSL_RUNNER_JDK_NAME_MAX + 1];

	for (size_t i = 0; i < n; i++) {
		struct names names = names_of(&infos[i]);

		while (next_name(&names, name)) {
			bool known = false;

			for (size_t j = 0; !known && j < i; j++)
				known = has(&infos[j], name);
			if (!known)
				append(text, ", %s", name);
		}
	}
}

int jsl_jdks_check(const struct jsl_node_info *infos, size_t n, const char *name,
		   char *ret_text)
{
	size_t workers = 0, with_it = 0;

	for (size_t i = 0; i < n; i++) {
		workers += infos[i].slots > 0;
		with_it += has(&infos[i], name);
	}
	if (with_it == workers)
		return 0;
	ret_text[0] = '\0';
	if (with_it > 0) {
		append(ret_text, "Only %zu of %zu workers have the JDK %s yet", with_it,
		       workers, name);
		return 503;
	}
	append(ret_text, "No worker has the JDK %s; there are: the default", name);
	append_all(infos, n, ret_text);
	return 400;
}
