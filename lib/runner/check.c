/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl_runner_check(): looks for the programs, then runs a Java program that looks at its
 * own box. A layer counts as there when the program that it confines saw it.
 */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jsl/err.h>

#include "base/cleanup.h"
#include "runner/jdk.h"
#include "runner/runner_int.h"

enum { TRIAL_WALL_MS = 10000, TRIAL_GIVE_UP_S = 60 };

/* Prints what it sees, a line each: name, tab, ok or bad, tab, text. */
static const char trial_source[] =
	"import java.io.*; import java.net.*; import java.nio.file.*;\n"
	"public class Check {\n"
	"  static void say(String name, boolean ok, String text) {\n"
	"    System.out.println(name + '\t' + (ok ? \"ok\" : \"bad\") + '\t' + text);\n"
	"  }\n"
	"  static String find(String file, String key) throws IOException {\n"
	"    for (String l : Files.readAllLines(Path.of(\"/proc/self/\" + file)))\n"
	"      if (l.startsWith(key)) return l.substring(key.length()).trim();\n"
	"    return \"\";\n"
	"  }\n"
	"  static String interfaces() {\n"
	"    try {\n"
	"      return NetworkInterface.networkInterfaces().count() + \" interfaces\";\n"
	"    } catch (SocketException e) {\n"
	"      return \"none\";\n"
	"    }\n"
	"  }\n"
	"  public static void main(String[] args) throws Exception {\n"
	"    String map = find(\"uid_map\", \"\").replaceAll(\" +\", \" \");\n"
	"    say(\"user namespaces\", map.endsWith(\" 1\"), \"uid map \" + map);\n"
	"    long pid = ProcessHandle.current().pid();\n"
	"    say(\"process namespace\", pid < 100, \"pid \" + pid);\n"
	"    long size = new File(\"/tmp\").getTotalSpace() >> 20;\n"
	"    say(\"sized /tmp\", size > 0 && size <= Long.parseLong(args[0]),\n"
	"        size + \" MB\");\n"
	"    say(\"no network\", interfaces().equals(\"none\"), interfaces());\n"
	"    boolean made = new File(\"/x\").mkdir();\n"
	"    say(\"read-only root\", !made, made ? \"writable\" : \"nothing can be "
	"made\");\n"
	"    String caps = find(\"status\", \"CapEff:\") + find(\"status\", "
	"\"CapBnd:\");\n"
	"    say(\"no capabilities\", caps.matches(\"0+\"), caps);\n"
	"    String privs = find(\"status\", \"NoNewPrivs:\");\n"
	"    say(\"no new privileges\", privs.equals(\"1\"), privs);\n"
	"    String mode = find(\"status\", \"Seccomp:\");\n"
	"    say(\"system-call filter\", mode.equals(\"2\"), \"seccomp mode \" + mode);\n"
	"    String procs = find(\"limits\", \"Max processes\").split(\" \")[0];\n"
	"    say(\"limits\", procs.matches(\"[0-9]{1,5}\"), procs + \" processes\");\n"
	"  }\n"
	"}\n";

struct check {
	jsl_runner_check_fn fn;
	void *arg;
	bool sandbox;
	bool missing; /* something that is required */
	struct event_base *base;
	bool done;
};

static void say(struct check *c, const char *name, bool ok, bool required,
		const char *text)
{
	c->missing = c->missing || (required && !ok);
	if (c->fn != NULL)
		c->fn(c->arg, name, ok, required, text);
}

/** Each line of the trial's output is a line of the check. */
static void say_lines(struct check *c, const struct jsl_result *result)
{
	jsl_autofree char *text = strndup(result->output.data, result->output.len);
	char *save = NULL;

	if (text == NULL)
		return;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *ok = strchr(line, '\t');
		char *why = ok != NULL ? strchr(ok + 1, '\t') : NULL;

		if (why == NULL)
			continue;
		*ok++ = *why++ = '\0';
		say(c, line, strcmp(ok, "ok") == 0, c->sandbox, why);
	}
}

/** The trial never came to look at them; @why may name the one that is missing. */
static void say_unseen(struct check *c, const char *why)
{
	static const char *const layers[] = {"user namespaces",
					     "process namespace",
					     "sized /tmp",
					     "no network",
					     "read-only root",
					     "no capabilities",
					     "no new privileges",
					     "system-call filter",
					     "denied calls",
					     "memory watch",
					     "limits"};

	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		say(c, layers[i], false, c->sandbox,
		    strstr(why, layers[i]) != NULL ? why
						   : "not seen, as the trial failed");
}

/** What only the outside can tell of a trial that went well. */
static void say_told(struct check *c, const struct jsl_result *result)
{
	char text[128];

	snprintf(text, sizeof(text), "named: %s",
		 result->n_denied > 0 ? result->denied[0] : "none");
	say(c, "denied calls", result->n_denied > 0, c->sandbox, text);
	snprintf(text, sizeof(text), "%llu MB seen in all processes together",
		 (unsigned long long)result->memory_bytes >> 20);
	say(c, "memory watch", result->memory_bytes > 0, c->sandbox, text);
}

static void on_done(void *arg, const struct jsl_result *result)
{
	struct check *c = arg;
	char text[512];

	c->done = true;
	if (result->status == JSL_STATUS_OK) {
		say_lines(c, result);
		say_told(c, result);
		snprintf(text, sizeof(text), "compiled and ran a program, %llu MB",
			 (unsigned long long)result->memory_bytes >> 20);
		say(c, "trial", true, true, text);
	} else {
		snprintf(text, sizeof(text), "%s%s%.*s", result->message,
			 result->error_output.len > 0 ? ": " : "",
			 (int)(result->error_output.len < 200 ? result->error_output.len
							      : 200),
			 (const char *)result->error_output.data);
		say(c, "trial", false, true, text);
		say_unseen(c, result->message);
	}
	event_base_loopbreak(c->base);
}

static int run_trial(struct check *c, struct jsl_runner *r, uint32_t disk_mb)
{
	const struct timeval give_up = {.tv_sec = TRIAL_GIVE_UP_S};
	char disk[16];
	struct jsl_bytes source = {trial_source, sizeof(trial_source) - 1};
	struct jsl_bytes arg = {disk, 0};
	struct jsl_spec spec = {.sources = &source,
				.n_sources = 1,
				.args = &arg,
				.n_args = 1,
				.limits = {.wall_ms = TRIAL_WALL_MS}};
	struct jsl_runner_job *job;
	int err;

	arg.len = (size_t)snprintf(disk, sizeof(disk), "%u", disk_mb);
	err = jsl_runner_run(r, &spec, on_done, c, &job);
	if (err != 0)
		return err;
	(void)event_base_loopexit(c->base, &give_up);
	(void)event_base_dispatch(c->base);
	if (!c->done)
		say(c, "trial", false, true, "no answer within a minute");
	return 0;
}

static void check_user(struct check *c, const char *user)
{
	const struct passwd *pw;
	char text[128];

	if (geteuid() != 0) {
		snprintf(text, sizeof(text), "uid %u, nothing to give up", geteuid());
		say(c, "unprivileged user", true, true, text);
		return;
	}
	pw = user != NULL ? getpwnam(user) : NULL;
	if (pw == NULL)
		snprintf(text, sizeof(text), "there is no user \"%s\"", user ? user : "");
	else
		snprintf(text, sizeof(text), "%s, uid %u", user, pw->pw_uid);
	say(c, "unprivileged user", pw != NULL && pw->pw_uid != 0, true, text);
}

/** @further: NULL for the default one. */
static bool check_jdk(struct check *c, const char *name,
		      const struct jsl_runner_opts *opts,
		      const struct jsl_runner_jdk_opts *further)
{
	struct jsl_runner__jdk jdk = {0};
	char text[512], errmsg[256] = "no usable JDK";
	int err = further != NULL
			  ? jsl_runner__jdk_find(&jdk, further->home, errmsg,
						 sizeof(errmsg))
			  : jsl_runner__jdks_default(&jdk, opts, errmsg, sizeof(errmsg));

	snprintf(text, sizeof(text), "%s in %s", jdk.version ? jdk.version : "?",
		 jdk.home ? jdk.home : "?");
	say(c, name, err == 0, true, err == 0 ? text : errmsg);
	jsl_runner__jdk_deinit(&jdk);
	return err == 0;
}

/** What can be told without starting anything. Returns false if a JDK is missing. */
static bool check_programs(struct check *c, const struct jsl_runner_opts *opts)
{
	jsl_autofree char *bwrap = jsl_runner__which("bwrap");
	bool ok = check_jdk(c, "JDK", opts, NULL);
	char name[JSL_RUNNER_JDK_NAME_MAX + 8];

	if (ok)
		say(c, "javac", true, true, "in this JDK");
	for (size_t i = 0; i < opts->n_jdks; i++) {
		snprintf(name, sizeof(name), "JDK %s", opts->jdks[i].name);
		ok = check_jdk(c, name, opts, &opts->jdks[i]) && ok;
	}
	check_user(c, opts->user);
	say(c, "bubblewrap", bwrap != NULL, c->sandbox,
	    bwrap != NULL ? bwrap : "bwrap is not in PATH (Debian: bubblewrap)");
	return ok;
}

static void check_groups(struct check *c, const struct jsl_runner_opts *opts,
			 const struct jsl_runner__cgroups *g)
{
	char text[JSL_RUNNER__CGROUP_DIR_MAX + 80];

	if (opts->cgroup == JSL_CGROUP_NONE)
		return;
	snprintf(text, sizeof(text), "version %d, below %s", g->v2 ? 2 : 1,
		 g->parents[0].dir);
	say(c, "control groups", g->n_parents > 0, opts->cgroup == JSL_CGROUP_REQUIRED,
	    g->n_parents > 0 ? text : g->why);
}

/** @opts: as given, not without what is not there yet. */
static void check_archive(struct check *c, const struct jsl_runner_opts *opts,
			  const struct jsl_runner *r)
{
	char text[512] = "not built yet";
	bool used = jsl_runner__archives_describe(r, text, sizeof(text));

	if (opts->cache_dir != NULL)
		say(c, "class archive", used, false, text);
}

static int trial(struct check *c, const struct jsl_runner_opts *opts)
{
	struct jsl_runner_opts own = *opts;
	struct jsl_runner *r = NULL;
	char errmsg[256] = "";
	int err;

	c->base = event_base_new();
	if (c->base == NULL)
		return -ENOMEM;
	own.base = c->base;
	own.slots = 1;
	if (own.cache_dir != NULL && access(own.cache_dir, F_OK) < 0)
		own.cache_dir = NULL; /* not to be made by a check */
	err = jsl_runner_new(&r, &own, errmsg, sizeof(errmsg));
	if (err == 0) {
		check_groups(c, opts, &r->groups);
		check_archive(c, opts, r);
		err = run_trial(c, r, r->limits.disk_mb);
	} else if (errmsg[0] != '\0') {
		say(c, "runner", false, true, errmsg);
	}
	jsl_runner_free(r);
	event_base_free(c->base);
	return err;
}

int jsl_runner_check(const struct jsl_runner_opts *opts, jsl_runner_check_fn fn,
		     void *arg)
{
	struct check c = {
		.fn = fn, .arg = arg, .sandbox = opts->isolation != JSL_ISOLATION_NONE};
	int err;

	if (!check_programs(&c, opts))
		return JSL_E_NO_JDK;
	if (!c.sandbox)
		say(&c, "isolation", false, false,
		    "none: programs run WITHOUT A SANDBOX");
	err = trial(&c, opts);
	if (err != 0)
		return err;
	return c.missing ? JSL_E_SANDBOX : 0;
}
