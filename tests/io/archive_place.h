/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_ARCHIVE_PLACE_H
#define JSL_TESTS_ARCHIVE_PLACE_H

/*
 * A place for class archives, what can be put there before a runner looks, and programs
 * that say what they map.
 */

#include <dirent.h>

#include "copies.h"
#include "runner/archive.h"
#include "runner/jdk.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

#define ARCHIVE_MAIN(body)                                                          \
	"import java.io.*; import java.nio.file.*; import "                         \
	"java.nio.file.attribute.*;"                                                \
	"public class M { public static void main(String[] args) throws Exception " \
	"{" body "} }"
#define SAY_MAPPED                                                            \
	ARCHIVE_MAIN("boolean mapped = false;"                                \
		     "for (String l : Files.readAllLines("                    \
		     "Path.of(\"/proc/self/maps\")))"                         \
		     " mapped = mapped || l.endsWith(\" /jsl/classes.jsa\");" \
		     "System.out.print(mapped);")

/* The agent and jsl-box where everybody can reach them, and archives beside. */
struct place {
	struct copies copies;
	char cache[64];
	struct jsl_runner_opts opts;
};

static inline void place_init(struct place *p)
{
	*p = (struct place){.opts = JSL_RUNNER_OPTS_INIT};
	copies_init(&p->copies, 0755);
	snprintf(p->cache, sizeof(p->cache), "%s/archive", p->copies.dir);
	p->opts.agent_jar = p->copies.jar;
	p->opts.box = p->copies.box;
	p->opts.cache_dir = p->cache;
	p->opts.slots = 1;
}

/** How many files are in the cache; their names end with @suffix. */
static inline int count(const struct place *p, const char *suffix, bool remove)
{
	DIR *dir = opendir(p->cache);
	struct dirent *it;
	int n = 0;

	while (dir != NULL && (it = readdir(dir)) != NULL) {
		size_t len = strlen(it->d_name);

		if (len < strlen(suffix) || it->d_name[0] == '.' ||
		    strcmp(it->d_name + len - strlen(suffix), suffix) != 0)
			continue;
		n++;
		if (remove)
			(void)unlinkat(dirfd(dir), it->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

static inline void place_deinit(struct place *p)
{
	(void)count(p, "", true);
	rmdir(p->cache);
	copies_deinit(&p->copies);
}

/** The same, with what a runner makes of the cache. Returns false where none can work. */
static inline bool place_init_cache(struct place *p)
{
	struct fixture f;

	place_init(p);
	if (!fixture_init_opts(&f, &p->opts))
		return false;
	fixture_deinit(&f);
	return true;
}

static inline void plant_one(struct place *p, int dir, const struct jsl_runner__jdk *jdk,
			     const char *mode, const char *text)
{
	struct jsl_runner__archive_file f;
	struct jsl_runner__archive_key key;
	char *name = NULL;

	ck_assert_int_eq(
		jsl_runner__archive_key(&key, jdk, p->copies.jar, "/jsl/agent.jar", mode),
		0);
	ck_assert_int_eq(jsl_runner__archive_begin(&f, dir, &key), 0);
	ck_assert_int_eq(jsl_runner__archive_add(&f, text, strlen(text)), 0);
	ck_assert_int_eq(jsl_runner__archive_commit(&f, &name), 0);
	free(name);
}

/**
 * Those of the default JDK as the next runner looks for them, with @text in them; @mode:
 * only that of such JVMs; NULL: both.
 */
static inline void plant(struct place *p, const char *mode, const char *text)
{
	struct jsl_runner__jdk jdk = {0};
	int dir = jsl_runner__archive_open(p->cache);

	ck_assert_int_ge(dir, 0);
	ck_assert_int_eq(jsl_runner__jdk_find(&jdk, NULL, NULL, 0), 0);
	if (mode == NULL || strcmp(mode, "run") == 0)
		plant_one(p, dir, &jdk, "run", text);
	if (mode == NULL || strcmp(mode, "compile") == 0)
		plant_one(p, dir, &jdk, "compile", text);
	close(dir);
	jsl_runner__jdk_deinit(&jdk);
}

static inline void expect(struct fixture *f, const char *source, const char *output)
{
	run(f, source);
	ck_assert_msg(f->status == JSL_STATUS_OK, "%s %s", f->message, f->error_output);
	ck_assert_str_eq(f->output, output);
}

static inline struct jsl_runner_stats stats(const struct fixture *f)
{
	struct jsl_runner_stats s;

	jsl_runner_stats(f->runner, &s);
	return s;
}

/** A program in a new runner says @mapped; @ret_archived JVMs were to map an archive. */
static inline void run_in_new(struct place *p, const char *mapped, uint64_t *ret_archived)
{
	struct fixture f;

	ck_assert(fixture_init_opts(&f, &p->opts));
	expect(&f, SAY_MAPPED, mapped);
	*ret_archived = stats(&f).archived_starts;
	fixture_deinit(&f);
}

#endif
