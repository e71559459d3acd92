/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads the configuration: reads the file, scans it (conf_scan.c), lets
 * libconfuse parse it, converts the values (conf_keys.c) and checks the whole
 * (conf_check.c). libconfuse sees only text that passed the scan; every value
 * is a string to it, so that its own number syntax (octal, hexadecimal) never
 * applies.
 */

#include "config.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "service/conf_int.h"

#define KEYS_MAX     16 /* of one section, nested sections included */
#define SECTIONS_MAX 16

/* The options of libconfuse, made from our tables. */
struct tables {
	cfg_opt_t jdk[KEYS_MAX];
	cfg_opt_t section[SECTIONS_MAX][KEYS_MAX];
	cfg_opt_t root[SECTIONS_MAX];
};

static size_t fill_keys(cfg_opt_t *opts, const struct jsl_conf__key *keys)
{
	size_t n = 0;

	for (; keys[n].name != NULL; n++)
		opts[n] = (cfg_opt_t)CFG_STR(keys[n].name, NULL, CFGF_NODEFAULT);
	return n;
}

static void fill_tables(struct tables *t)
{
	const struct jsl_conf__section *s;
	size_t i = 0, n;

	fill_keys(t->jdk, jsl_conf__jdk.keys);
	for (s = jsl_conf__sections; s->name != NULL; s++, i++) {
		cfg_flag_t flags = s->titled ? CFGF_TITLE | CFGF_MULTI : CFGF_NONE;

		n = fill_keys(t->section[i], s->keys);
		if (strcmp(s->name, "runner") == 0)
			t->section[i][n] = (cfg_opt_t)CFG_SEC(jsl_conf__jdk.name, t->jdk,
							      CFGF_TITLE | CFGF_MULTI);
		t->root[i] = (cfg_opt_t)CFG_SEC(s->name, t->section[i], flags);
	}
}

/* Everything is refused by the scan before, with the right line. */
static void ignore_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	(void)cfg;
	(void)fmt;
	(void)ap;
}

static const struct jsl_conf__section *find_section(const struct jsl_conf__mark *parent,
						    const char *name)
{
	if (parent != NULL) {
		bool jdk = strcmp(parent->name, "runner") == 0 &&
			   strcmp(name, jsl_conf__jdk.name) == 0;

		return jdk ? &jsl_conf__jdk : NULL;
	}
	for (const struct jsl_conf__section *s = jsl_conf__sections; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static const struct jsl_conf__key *find_key(const struct jsl_conf__section *s,
					    const char *name)
{
	for (const struct jsl_conf__key *key = s->keys; key->name != NULL; key++)
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

/* Whether the names that the scan met are known, and titles are where they belong. */
static int check_names(const struct jsl_conf__marks *marks, struct jsl_conf__error *err)
{
	for (size_t i = 0; i < marks->n; i++) {
		const struct jsl_conf__mark *m = &marks->items[i], *parent = NULL,
					    *top = NULL;
		const struct jsl_conf__section *s;

		if (m->parent != JSL_CONF__ROOT)
			parent = &marks->items[m->parent];
		if (m->section) {
			s = find_section(parent, m->name);
			if (s == NULL)
				return jsl_conf__fail(err, m->line,
						      "unknown section '%s'", m->name);
			if (s->titled != (*m->title != '\0'))
				return jsl_conf__fail(
					err, m->line,
					s->titled ? "section '%s' needs a name"
						  : "section '%s' has no name",
					m->name);
			continue;
		}
		if (parent == NULL)
			return jsl_conf__fail(err, m->line,
					      "key '%s' outside of a section", m->name);
		if (parent->parent != JSL_CONF__ROOT)
			top = &marks->items[parent->parent];
		s = find_section(top, parent->name);
		if (s == NULL || find_key(s, m->name) == NULL)
			return jsl_conf__fail(err, m->line,
					      "unknown key '%s' in section '%s'", m->name,
					      parent->name);
	}
	return 0;
}

/* Copy the values of one section into @object; @mark: of the section. */
static int take_keys(cfg_t *sec, const struct jsl_conf__section *s, size_t mark,
		     void *object, const struct jsl_conf__marks *marks,
		     struct jsl_conf__error *err)
{
	for (const struct jsl_conf__key *key = s->keys; key->name != NULL; key++) {
		const char *text = cfg_getstr(sec, key->name);
		size_t at;
		int r;

		if (text == NULL)
			continue;
		at = jsl_conf__mark_find(marks, mark, key->name, "");
		r = jsl_conf__set(key, object, text,
				  at != JSL_CONF__ROOT ? marks->items[at].line : 1, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_nodes(cfg_t *cfg, const struct jsl_conf__section *s,
		      struct jsl_conf_node **nodes, size_t *n_nodes,
		      const struct jsl_conf__marks *marks, struct jsl_conf__error *err)
{
	size_t n = cfg_size(cfg, s->name);

	*nodes = calloc(n + 1, sizeof(**nodes));
	if (*nodes == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < n; i++) {
		cfg_t *sec = cfg_getnsec(cfg, s->name, i);
		struct jsl_conf_node *node = &(*nodes)[i];
		size_t mark = jsl_conf__mark_find(marks, JSL_CONF__ROOT, s->name,
						  cfg_title(sec));
		int r;

		(*n_nodes)++;
		if (jsl_conf__defaults(s->keys, node) < 0)
			return -ENOMEM;
		node->line = mark != JSL_CONF__ROOT ? marks->items[mark].line : 1;
		if (jsl_conf__number(&node->id, cfg_title(sec)) < 0 || node->id == 0 ||
		    node->id == UINT64_MAX)
			return jsl_conf__fail(err, node->line,
					      "%s %s: an id is a number from 1", s->name,
					      cfg_title(sec));
		r = take_keys(sec, s, mark, node, marks, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_jdks(cfg_t *runner, size_t parent, struct jsl_conf *conf,
		     const struct jsl_conf__marks *marks, struct jsl_conf__error *err)
{
	size_t n = cfg_size(runner, jsl_conf__jdk.name);

	conf->runner.jdks = calloc(n + 1, sizeof(*conf->runner.jdks));
	if (conf->runner.jdks == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < n; i++) {
		cfg_t *sec = cfg_getnsec(runner, jsl_conf__jdk.name, i);
		struct jsl_conf_jdk *jdk = &conf->runner.jdks[i];
		size_t mark = jsl_conf__mark_find(marks, parent, jsl_conf__jdk.name,
						  cfg_title(sec));
		unsigned int line = mark != JSL_CONF__ROOT ? marks->items[mark].line : 1;
		int r;

		conf->runner.n_jdks++;
		jdk->name = strdup(cfg_title(sec));
		if (jdk->name == NULL)
			return -ENOMEM;
		if (!jsl_runner_jdk_name_ok(jdk->name))
			return jsl_conf__fail(
				err, line,
				"jdk '%s': a name is 1 to %d letters, digits "
				"and . _ + -",
				jdk->name, JSL_RUNNER_JDK_NAME_MAX);
		if (i == JSL_RUNNER_JDKS_MAX)
			return jsl_conf__fail(err, line, "more than %d jdks",
					      JSL_RUNNER_JDKS_MAX);
		r = take_keys(sec, &jsl_conf__jdk, mark, jdk, marks, err);
		if (r < 0)
			return r;
		if (jdk->home == NULL)
			return jsl_conf__fail(err, line, "jdk '%s' has no home",
					      jdk->name);
	}
	return 0;
}

static int take_section(cfg_t *cfg, const struct jsl_conf__section *s,
			struct jsl_conf *conf, const struct jsl_conf__marks *marks,
			struct jsl_conf__error *err)
{
	size_t mark = jsl_conf__mark_find(marks, JSL_CONF__ROOT, s->name, "");
	cfg_t *sec;
	int r;

	if (strcmp(s->name, "peer") == 0)
		return take_nodes(cfg, s, &conf->peers, &conf->n_peers, marks, err);
	if (strcmp(s->name, "gateway") == 0)
		return take_nodes(cfg, s, &conf->gateways, &conf->n_gateways, marks, err);
	sec = cfg_getsec(cfg, s->name);
	if (sec == NULL)
		return 0;
	r = take_keys(sec, s, mark, conf, marks, err);
	if (r == 0 && strcmp(s->name, "runner") == 0)
		r = take_jdks(sec, mark, conf, marks, err);
	return r;
}

static int parse(struct jsl_conf *conf, const char *text,
		 const struct jsl_conf__marks *marks, struct jsl_conf__error *err)
{
	jsl_autofree struct tables *tables = calloc(1, sizeof(*tables));
	const struct jsl_conf__section *s;
	cfg_t *cfg;
	int r = 0;

	if (tables == NULL)
		return -ENOMEM;
	fill_tables(tables);
	cfg = cfg_init(tables->root, CFGF_NONE);
	if (cfg == NULL)
		return -ENOMEM;
	cfg_set_error_function(cfg, ignore_error);
	if (cfg_parse_buf(cfg, text) != CFG_SUCCESS)
		r = jsl_conf__fail(err, (unsigned int)cfg->line, "not understood");
	for (s = jsl_conf__sections; r == 0 && s->name != NULL; s++)
		r = take_section(cfg, s, conf, marks, err);
	cfg_free(cfg);
	return r;
}

struct jsl_conf *jsl_conf_new(void)
{
	struct jsl_conf *conf = calloc(1, sizeof(*conf));

	if (conf == NULL)
		return NULL;
	for (const struct jsl_conf__section *s = jsl_conf__sections; s->name != NULL;
	     s++) {
		if (s->titled || jsl_conf__defaults(s->keys, conf) == 0)
			continue;
		jsl_conf_free(conf);
		return NULL;
	}
	return conf;
}

int jsl_conf_load(struct jsl_conf **ret_conf, const char *path, char *errmsg,
		  size_t errmsg_size)
{
	struct jsl_conf__error err = {.path = path, .text = errmsg, .size = errmsg_size};
	struct jsl_conf__marks marks = {0};
	jsl_autofree char *text = NULL;
	struct jsl_conf *conf;
	size_t len = 0;
	int r;

	r = jsl_conf__read_file(path, JSL_CONF_BYTES_MAX, &text, &len, &err);
	if (r < 0)
		return r;
	conf = jsl_conf_new();
	r = conf == NULL ? -ENOMEM : jsl_conf__scan(text, len, &marks, &err);
	if (r == 0)
		r = check_names(&marks, &err);
	if (r == 0)
		r = parse(conf, text, &marks, &err);
	if (r == 0)
		r = jsl_conf__check(conf, &marks, &err);
	if (r == 0 && (conf->path = strdup(path)) == NULL)
		r = -ENOMEM;
	jsl_conf__marks_deinit(&marks);
	if (r == 0) {
		*ret_conf = conf;
		return 0;
	}
	if (r == -ENOMEM)
		jsl_conf__fail(&err, 1, "out of memory");
	jsl_conf_free(conf);
	return r;
}

static void free_nodes(struct jsl_conf_node *nodes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(nodes[i].token_file);
		free(nodes[i].tls_cert);
		free(nodes[i].tls_key);
	}
	free(nodes);
}

void jsl_conf_drop_nodes(struct jsl_conf *conf)
{
	free_nodes(conf->peers, conf->n_peers);
	free_nodes(conf->gateways, conf->n_gateways);
	conf->peers = conf->gateways = NULL;
	conf->n_peers = conf->n_gateways = 0;
}

void jsl_conf_free(struct jsl_conf *conf)
{
	if (conf == NULL)
		return;
	jsl_conf_drop_nodes(conf);
	for (size_t i = 0; i < conf->runner.n_jdks; i++) {
		free(conf->runner.jdks[i].name);
		free(conf->runner.jdks[i].home);
	}
	free(conf->runner.jdks);
	free(conf->runner.user);
	free(conf->cluster.name);
	free(conf->cluster.secret_file);
	free(conf->path);
	free(conf);
}
