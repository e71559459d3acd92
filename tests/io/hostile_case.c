/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a hostile case; see hostile_case.h.
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile_case.h"

static void set_limit(struct jsl_limits *l, const char *word, const char *path)
{
	const struct {
		const char *name;
		uint32_t *value;
	} limits[] = {
		{"compile_wall_ms", &l->compile_wall_ms},
		{"compile_memory_mb", &l->compile_memory_mb},
		{"wall_ms", &l->wall_ms},
		{"cpu_ms", &l->cpu_ms},
		{"memory_mb", &l->memory_mb},
		{"output_kb", &l->output_kb},
		{"processes", &l->processes},
		{"disk_mb", &l->disk_mb},
		{"inodes", &l->inodes},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		size_t len = strlen(limits[i].name);

		if (strncmp(word, limits[i].name, len) != 0 || word[len] != '=')
			continue;
		*limits[i].value = (uint32_t)strtoul(word + len + 1, NULL, 10);
		return;
	}
	ck_abort_msg("%s: no limit is called %s", path, word);
}

static void read_head_line(struct hostile_case *c, char *line, const char *path)
{
	const struct {
		const char *key;
		char *value;
		size_t size;
	} keys[] = {
		{"// status: ", c->status, sizeof(c->status)},
		{"// message: ", c->message, sizeof(c->message)},
		{"// output: ", c->output, sizeof(c->output)},
	};
	static const char limits[] = "// limits: ";
	char *save = NULL;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].key);

		if (strncmp(line, keys[i].key, len) == 0)
			snprintf(keys[i].value, keys[i].size, "%s", line + len);
	}
	if (strncmp(line, limits, sizeof(limits) - 1) != 0)
		return;
	for (char *word = strtok_r(line + sizeof(limits) - 1, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		set_limit(&c->limits, word, path);
}

/** Write @text (of @len) @times times, with its number for each %d. */
static void repeat(FILE *out, const char *text, size_t len, unsigned long times)
{
	for (unsigned long n = 0; n < times; n++)
		for (size_t i = 0; i < len; i++)
			if (text[i] == '%' && i + 1 < len && text[i + 1] == 'd') {
				fprintf(out, "%lu", n);
				i++;
			} else {
				putc(text[i], out);
			}
}

static void expand(FILE *out, const char *text, const char *path)
{
	const char *at, *end;

	while ((at = strstr(text, "@@")) != NULL) {
		char *rest;
		unsigned long n =
			strtoul(at + 2 + (at[2] == 'x'), &rest, at[2] == 'x' ? 16 : 10);

		fwrite(text, 1, (size_t)(at - text), out);
		end = strstr(rest, "@@");
		ck_assert_msg(end != NULL, "%s: @@ without an end", path);
		if (at[2] == 'x')
			putc((int)n, out);
		else
			repeat(out, rest + 1, (size_t)(end - rest - 1), n);
		text = end + 2;
	}
	fputs(text, out);
}

void hostile_case_init(struct hostile_case *c, const char *path)
{
	static char text[1 << 16];
	const char *name = strrchr(path, '/') + 1;
	FILE *in = fopen(path, "re"), *out;
	size_t n;

	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%.*s", (int)strcspn(name, "."), name);
	ck_assert_msg(in != NULL, "%s", path);
	while (fgets(text, sizeof(text), in) != NULL && text[0] != '\n')
		read_head_line(c, text, path);
	ck_assert_msg(c->status[0] != '\0', "%s: no status", path);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	out = open_memstream(&c->source, &c->len);
	ck_assert_ptr_nonnull(out);
	expand(out, text, path);
	fclose(out);
}

void hostile_case_deinit(struct hostile_case *c)
{
	free(c->source);
}
