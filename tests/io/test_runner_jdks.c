/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several JDKs in one runner: each job is compiled and run by the one that it names.
 */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jsl/err.h>

#include "runner/jdk.h"
#include "runner_fixture.h"
#include "../lib/suite.h"

#define SAY_HOME                                                 \
	"public class A { public static void main(String[] a) {" \
	" System.out.print(System.getProperty(\"java.home\")); } }"

static struct jsl_runner__jdk own; /* the default one of this machine */

static void find_own(void)
{
	ck_assert_int_eq(jsl_runner__jdk_find(&own, NULL, NULL, 0), 0);
}

/* A home that is NULL is the default one's. Returns false where boxes cannot be built. */
static bool init(struct fixture *f, struct jsl_runner_jdk_opts *jdks, size_t n)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;

	find_own();
	for (size_t i = 0; i < n; i++)
		if (jdks[i].home == NULL)
			jdks[i].home = own.home;
	opts.slots = 1;
	opts.jdks = jdks;
	opts.n_jdks = n;
	return fixture_init_opts(f, &opts);
}

static void deinit(struct fixture *f)
{
	fixture_deinit(f);
	jsl_runner__jdk_deinit(&own);
}

static void run_on(struct fixture *f, const char *jdk, const char *source)
{
	f->jdk = jdk;
	run(f, source);
}

START_TEST(all_are_described)
{
	struct jsl_runner_jdk_opts jdks[2] = {{.name = "a"}, {.name = "b-1.2_3+4"}};
	char text[256];
	struct fixture f;

	if (!init(&f, NULL, 0))
		return;
	ck_assert_str_eq(jsl_runner_jdks(f.runner), own.version);
	deinit(&f);
	if (!init(&f, jdks, 2))
		return;
	snprintf(text, sizeof(text), "%s a=%s b-1.2_3+4=%s", own.version, own.version,
		 own.version);
	ck_assert_str_eq(jsl_runner_jdks(f.runner), text);
	deinit(&f);
}
END_TEST

/* What jsl_runner_new() says of such JDKs. */
static int refusal(const struct jsl_runner_jdk_opts *jdks, size_t n, char *errmsg,
		   size_t size)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct jsl_runner *r;
	int err;

	opts.base = event_base_new();
	opts.jdks = jdks;
	opts.n_jdks = n;
	errmsg[0] = '\0';
	err = jsl_runner_new(&r, &opts, errmsg, size);
	ck_assert_int_lt(err, 0);
	event_base_free(opts.base);
	return err;
}

START_TEST(names_and_homes_are_checked)
{
	static const char *const names[] = {
		"", " ", "a b", "a/b", "..\n", "ä", "012345678901234567890123456789012"};
	struct jsl_runner_jdk_opts jdks[JSL_RUNNER_JDKS_MAX + 1];
	char name[JSL_RUNNER_JDKS_MAX + 1][JSL_RUNNER_JDK_NAME_MAX + 1], errmsg[256];

	find_own();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		jdks[0] = (struct jsl_runner_jdk_opts){names[i], own.home};
		ck_assert_int_eq(refusal(jdks, 1, errmsg, sizeof(errmsg)), -EINVAL);
		ck_assert_ptr_nonnull(strstr(errmsg, "is no name of a JDK"));
	}
	jdks[0] = jdks[1] = (struct jsl_runner_jdk_opts){"17", own.home};
	ck_assert_int_eq(refusal(jdks, 2, errmsg, sizeof(errmsg)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(errmsg, "two JDKs are called \"17\""));
	jdks[1] = (struct jsl_runner_jdk_opts){"21", "/nowhere"};
	ck_assert_int_eq(refusal(jdks, 2, errmsg, sizeof(errmsg)), JSL_E_NO_JDK);
	ck_assert_ptr_nonnull(strstr(errmsg, "java is not in /nowhere"));
	for (int i = 0; i <= JSL_RUNNER_JDKS_MAX; i++) {
		snprintf(name[i], sizeof(name[i]), "%0*d", JSL_RUNNER_JDK_NAME_MAX, i);
		jdks[i] = (struct jsl_runner_jdk_opts){name[i], own.home};
	}
	ck_assert_int_eq(refusal(jdks, JSL_RUNNER_JDKS_MAX + 1, errmsg, sizeof(errmsg)),
			 -EINVAL);
	ck_assert_int_eq(refusal(jdks, JSL_RUNNER_JDKS_MAX, errmsg, sizeof(errmsg)),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(errmsg, "names of the JDKs are too long"));
	jsl_runner__jdk_deinit(&own);
}
END_TEST

static void never(void *arg, const struct jsl_result *result)
{
	(void)arg;
	(void)result;
	ck_abort_msg("called back");
}

START_TEST(an_unknown_name_is_refused)
{
	struct jsl_bytes file = {"class A {}", 10};
	struct jsl_spec spec = {.sources = &file, .n_sources = 1, .jdk = "b"};
	struct jsl_runner_jdk_opts jdk = {.name = "a"};
	struct jsl_runner_job *job;
	struct fixture f;

	if (!init(&f, &jdk, 1))
		return;
	ck_assert_int_eq(jsl_runner_run(f.runner, &spec, never, NULL, &job),
			 JSL_E_NO_JDK);
	run_on(&f, "", SAY_HOME);
	ck_assert_str_eq(f.output, own.home);
	deinit(&f);
}
END_TEST

/* The home of another JDK of this machine into @home, or false. */
static bool find_other(char *home, size_t size)
{
	DIR *dir = opendir("/usr/lib/jvm");
	struct dirent *it;
	bool found = false;

	while (!found && dir != NULL && (it = readdir(dir)) != NULL) {
		struct jsl_runner__jdk jdk = {0};
		char path[512];

		snprintf(path, sizeof(path), "/usr/lib/jvm/%s", it->d_name);
		found = it->d_name[0] != '.' &&
			jsl_runner__jdk_find(&jdk, path, NULL, 0) == 0 &&
			strcmp(jdk.home, own.home) != 0;
		snprintf(home, size, "%s", found ? jdk.home : "");
		jsl_runner__jdk_deinit(&jdk);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

START_TEST(a_job_gets_the_one_that_it_names)
{
	struct jsl_runner_jdk_opts jdk = {.name = "other"};
	char home[512];
	struct fixture f;

	find_own();
	if (!find_other(home, sizeof(home))) {
		fprintf(stderr, "SKIPPED: there is one JDK only\n");
		return;
	}
	jsl_runner__jdk_deinit(&own);
	jdk.home = home;
	if (!init(&f, &jdk, 1))
		return;
	run_on(&f, "other", SAY_HOME);
	ck_assert_msg(f.status == JSL_STATUS_OK, "%s %s", f.message, f.detail);
	ck_assert_str_eq(f.output, home);
	run_on(&f, NULL, SAY_HOME);
	ck_assert_str_eq(f.output, own.home);
	run_on(&f, "other", SAY_HOME);
	ck_assert_str_eq(f.output, home);
	deinit(&f);
}
END_TEST

/* A home with programs that are no JVM; the jobs of others do not notice. */
START_TEST(a_broken_one_fails_alone)
{
	char dir[] = "/tmp/jsl-test-XXXXXX", bin[64], java[64], javac[64];
	struct jsl_runner_jdk_opts jdk = {.name = "broken", .home = dir};
	struct fixture f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	snprintf(bin, sizeof(bin), "%s/bin", dir);
	snprintf(java, sizeof(java), "%s/bin/java", dir);
	snprintf(javac, sizeof(javac), "%s/bin/javac", dir);
	ck_assert_int_eq(mkdir(bin, 0755), 0);
	for (int i = 0; i < 2; i++) {
		FILE *file = fopen(i == 0 ? java : javac, "we");

		ck_assert_ptr_nonnull(file);
		ck_assert_int_eq(fchmod(fileno(file), 0755), 0);
		fclose(file);
	}
	if (init(&f, &jdk, 1)) {
		run_on(&f, "broken", SAY_HOME);
		ck_assert_int_ne(f.status, JSL_STATUS_OK);
		ck_assert_msg(strstr(f.message, "java: ") != NULL, "%s", f.message);
		run_on(&f, NULL, SAY_HOME);
		ck_assert_msg(f.status == JSL_STATUS_OK, "%s", f.message);
		deinit(&f);
	}
	unlink(java);
	unlink(javac);
	rmdir(bin);
	rmdir(dir);
}
END_TEST

/* Kept warm are the default one, and a further one from its first job on. */
START_TEST(each_has_a_pool_of_its_own)
{
	struct jsl_runner_jdk_opts jdks[2] = {{.name = "a"}, {.name = "b"}};
	struct jsl_runner_stats s;
	struct fixture f;
	uint64_t hits;

	if (!init(&f, jdks, 2))
		return;
	jsl_runner_warm(f.runner, true);
	run_on(&f, "a", SAY_HOME);
	ck_assert_str_eq(f.output, own.home);
	do {
		ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE), 0);
		jsl_runner_stats(f.runner, &s);
		ck_assert_uint_le(s.pool_ready, 2);
	} while (s.pool_rehearsed < 2 || s.compilers_ready < 2);
	hits = s.pool_hits;
	run_on(&f, "a", SAY_HOME);
	run_on(&f, NULL, SAY_HOME);
	jsl_runner_stats(f.runner, &s);
	ck_assert_uint_eq(s.pool_hits, hits + 2);
	ck_assert_uint_eq(s.compiler_starts, 2);
	deinit(&f);
}
END_TEST

struct said {
	int n;
	bool all_ok;
};

static void on_check(void *arg, const char *name, bool ok, bool required,
		     const char *text)
{
	struct said *s = arg;

	(void)text;
	if (strcmp(name, "JDK a") == 0)
		s->all_ok = ok && required;
	if (strcmp(name, "JDK b") == 0)
		s->all_ok = s->all_ok && !ok && required;
	s->n += strncmp(name, "JDK ", 4) == 0;
}

START_TEST(the_check_looks_at_each)
{
	struct jsl_runner_jdk_opts jdks[2] = {{.name = "a"},
					      {.name = "b", .home = "/nowhere"}};
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct said said = {0};

	find_own();
	jdks[0].home = own.home;
	opts.jdks = jdks;
	opts.n_jdks = 2;
	ck_assert_int_eq(jsl_runner_check(&opts, on_check, &said), JSL_E_NO_JDK);
	ck_assert_int_eq(said.n, 2);
	ck_assert(said.all_ok);
	jsl_runner__jdk_deinit(&own);
}
END_TEST

SUITE_MAIN("JDKs of a runner", all_are_described, names_and_homes_are_checked,
	   an_unknown_name_is_refused, a_job_gets_the_one_that_it_names,
	   a_broken_one_fails_alone, each_has_a_pool_of_its_own, the_check_looks_at_each)
