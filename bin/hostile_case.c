/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a hostile case; see hostile_case.h.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile_case.h"

static const char *set_limit(struct jsl_limits *l, const char *word)
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
		return NULL;
	}
	return "no such limit";
}

static const char *read_head_line(struct hostile_case *c, char *line)
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
	const char *wrong = NULL;
	char *save = NULL;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].key);

		if (strncmp(line, keys[i].key, len) == 0)
			snprintf(keys[i].value, keys[i].size, "%s", line + len);
	}
	if (strncmp(line, limits, sizeof(limits) - 1) != 0)
		return NULL;
	for (char *word = strtok_r(line + sizeof(limits) - 1, " ", &save);
	     word != NULL && wrong == NULL; word = strtok_r(NULL, " ", &save))
		wrong = set_limit(&c->limits, word);
	return wrong;
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

static const char *expand(FILE *out, const char *text)
{
	const char *at, *end;

	while ((at = strstr(text, "@@")) != NULL) {
		char *rest;
		unsigned long n =
			strtoul(at + 2 + (at[2] == 'x'), &rest, at[2] == 'x' ? 16 : 10);

		fwrite(text, 1, (size_t)(at - text), out);
		end = strstr(rest, "@@");
		if (end == NULL)
			return "@@ without an end";
		if (at[2] == 'x')
			putc((int)n, out);
		else
			repeat(out, rest + 1, (size_t)(end - rest - 1), n);
		text = end + 2;
	}
	fputs(text, out);
	return NULL;
}

static const char *read_case(struct hostile_case *c, FILE *in)
{
	static char text[1 << 16];
	const char *wrong = NULL;
	FILE *out;
	size_t n;

	while (wrong == NULL && fgets(text, sizeof(text), in) != NULL && text[0] != '\n')
		wrong = read_head_line(c, text);
	if (wrong == NULL && c->status[0] == '\0')
		wrong = "no status";
	if (wrong != NULL)
		return wrong;
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	out = open_memstream(&c->source, &c->len);
	if (out == NULL)
		return "out of memory";
	wrong = expand(out, text);
	return fclose(out) != 0 ? "out of memory" : wrong;
}

const char *hostile_case_init(struct hostile_case *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path, *wrong;
	FILE *in = fopen(path, "re");

	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%.*s", (int)strcspn(name, "."), name);
	if (in == NULL)
		return "cannot be read";
	wrong = read_case(c, in);
	fclose(in);
	return wrong;
}

void hostile_case_deinit(struct hostile_case *c)
{
	free(c->source);
}
