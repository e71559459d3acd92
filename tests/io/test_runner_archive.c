/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Class archives of a runner: they are built while nobody waits, JVMs map them, and no
 * program can change them.
 */

#include "config.h"

#define SUITE_TIMEOUT_S 600 /* archives are built, at a low priority */

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "archive_place.h"
#include "processes.h"

/** Wait for one. Returns false where boxes cannot be built. */
static bool build(struct place *p)
{
	struct fixture f;

	p->opts.archive_after_ms = 1;
	if (!fixture_init_opts(&f, &p->opts))
		return false;
	jsl_runner_warm(f.runner, true);
	while (stats(&f).archive_builds == 0) {
		ck_assert_msg(strstr(f.log, "no class archive") == NULL, "%s", f.log);
		ck_assert_int_eq(event_base_loop(f.base, EVLOOP_ONCE), 0);
	}
	ck_assert_uint_eq(stats(&f).starts_failed, 0);
	fixture_deinit(&f);
	ck_assert_int_eq(count(p, ".new", false), 0); /* the next had begun */
	return true;
}

/* What a program can try on the two files that are bound into its box by their paths. */
#define WRITE_TO(file)                                                                 \
	"try { new FileOutputStream(\"" file "\", true); System.out.print(\"open \");" \
	" } catch (IOException e) { }"                                                 \
	"try { Files.setPosixFilePermissions(Path.of(\"" file "\"),"                   \
	" PosixFilePermissions.fromString(\"rwxrwxrwx\")); System.out.print("          \
	"\"chmod \"); } catch (IOException e) { }"                                     \
	"try { Files.delete(Path.of(\"" file "\")); System.out.print(\"delete \");"    \
	" } catch (IOException e) { }"                                                 \
	"try { Files.setLastModifiedTime(Path.of(\"" file "\"),"                       \
	" FileTime.fromMillis(0)); System.out.print(\"touch \");"                      \
	" } catch (IOException e) { }"

static void build_and_use(struct place *p)
{
	struct fixture f;
	uint64_t archived;

	if (build(p)) {
		run_in_new(p, "true", &archived);
		ck_assert_uint_eq(archived, 1); /* no compiler: of these it is another */
		ck_assert(fixture_init_opts(&f, &p->opts));
		expect(&f,
		       ARCHIVE_MAIN(WRITE_TO("/jsl/classes.jsa")
					    WRITE_TO("/jsl/agent.jar")),
		       "");
		expect(&f, SAY_MAPPED, "true");
		fixture_deinit(&f);
		ck_assert_int_eq(count(p, ".jsa", false), 1);
	}
	place_deinit(p);
}

START_TEST(is_built_and_mapped_and_no_program_can_change_it)
{
	struct place p;

	place_init(&p);
	build_and_use(&p);
}
END_TEST

/*
 * The same where the user of the boxes is the owner of the files, and of nothing else:
 * the build tree may be in a directory that is closed to it.
 */
START_TEST(an_ordinary_user_has_one_as_well)
{
	struct place p;

	if (geteuid() != 0) {
		fprintf(stderr, "SKIPPED: not root, so the other test is this one\n");
		return;
	}
	place_init(&p);
	copies_become_nobody(&p.copies);
	build_and_use(&p);
}
END_TEST

/** Whether the java of the compiler's box maps an archive. */
static bool compiler_maps(void)
{
	char path[64], line[512];
	pid_t pids[PIDS_MAX];
	int n = descendants(getpid(), pids, 0);
	bool maps = false;

	for (int i = 0; i < n; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/maps", pids[i]);
		f = fopen(path, "re");
		while (f != NULL && fgets(line, sizeof(line), f) != NULL)
			maps = maps || strstr(line, "/jsl/classes.jsa\n") != NULL;
		if (f != NULL)
			fclose(f);
	}
	return maps;
}

START_TEST(compilers_have_one_of_their_own)
{
	struct place p;
	struct fixture f;

	place_init(&p);
	plant(&p, "run", "so that only one is wanted, and no JVM maps this");
	if (build(&p)) {
		ck_assert_int_eq(count(&p, ".jsa", false), 2);
		ck_assert(fixture_init_opts(&f, &p.opts));
		jsl_runner_warm(f.runner, true); /* so that its compiler stays */
		expect(&f, SAY_MAPPED, "false");
		ck_assert_uint_ge(stats(&f).archived_starts, 2);
		ck_assert(compiler_maps());
		fixture_deinit(&f);
	}
	place_deinit(&p);
}
END_TEST

/** Run the loop until a JVM writes an archive, or none does. */
static void wait_for_writer(struct place *p, struct fixture *f, int writers)
{
	while (count(p, ".new", false) != writers)
		ck_assert_int_eq(event_base_loop(f->base, EVLOOP_ONCE), 0);
}

START_TEST(none_is_built_for_a_runner_that_is_not_warm)
{
	struct place p;
	struct fixture f;

	place_init(&p);
	p.opts.archive_after_ms = 1;
	if (fixture_init_opts(&f, &p.opts)) {
		expect(&f, SAY_MAPPED, "false");
		expect(&f, SAY_MAPPED, "false");
		ck_assert_int_eq(count(&p, "", false), 0);
		jsl_runner_warm(f.runner, true);
		wait_for_writer(&p, &f, 1);
		jsl_runner_warm(f.runner, false);
		wait_for_writer(&p, &f, 0);
		ck_assert_int_eq(count(&p, "", false), 0);
		ck_assert_str_eq(f.log, "");
		jsl_runner_warm(f.runner, true);
		wait_for_writer(&p, &f, 1);
		fixture_deinit(&f); /* in the middle of it */
		ck_assert_int_eq(count(&p, "", false), 0);
	}
	place_deinit(&p);
}
END_TEST

START_TEST(a_full_disk_is_only_logged)
{
	const struct rlimit small = {1 << 20, 1 << 20};
	struct place p;
	struct fixture f;

	place_init(&p);
	p.opts.archive_after_ms = 1;
	signal(SIGXFSZ, SIG_IGN);
	if (fixture_init_opts(&f, &p.opts)) {
		jsl_runner_warm(f.runner, true);
		wait_for_writer(&p, &f, 1);
		/* The box of the writer has its own limit already. */
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
		wait_for_writer(&p, &f, 0);
		ck_assert_ptr_nonnull(strstr(f.log, "no class archive of JDK"));
		ck_assert_ptr_nonnull(strstr(f.log, strerror(EFBIG)));
		ck_assert_int_eq(count(&p, "", false), 0);
		ck_assert_uint_eq(stats(&f).archive_builds, 0);
		expect(&f, SAY_MAPPED, "false");
		fixture_deinit(&f);
	}
	place_deinit(&p);
}
END_TEST

SUITE_MAIN("class archives of a runner", is_built_and_mapped_and_no_program_can_change_it,
	   an_ordinary_user_has_one_as_well, compilers_have_one_of_their_own,
	   none_is_built_for_a_runner_that_is_not_warm, a_full_disk_is_only_logged)
