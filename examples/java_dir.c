/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs every Java file of a directory, as many at once as there are cores, each compiled
 * and run in sandboxes of its own: all on one event_base, and without a cluster. Prints
 * a line for each as it ends; exits 1 if one failed.
 *
 *	java_dir DIRECTORY
 *	cc java_dir.c $(pkg-config --cflags --libs libjsl libevent_core)
 *
 * JSL_AGENT_JAR and JSL_BOX name the runner's parts where they are not installed.
 */

#include <dirent.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jsl/runner.h>

struct run {
	struct event_base *base;
	struct jsl_runner *runner;
	int left, failed;
};

struct file {
	struct run *run;
	char name[256];
};

static void done(void *arg, const struct jsl_result *result)
{
	struct file *file = arg;
	struct run *run = file->run;
	bool ok = result->status == JSL_STATUS_OK;
	struct jsl_bytes said = result->has_returned ? result->returned : result->output;

	printf("%s: %s: ", file->name, jsl_status_str(result->status));
	if (ok) /* bytes as the program wrote them: not for a terminal as they are */
		fwrite(said.data, 1, said.len, stdout);
	printf("%s\n", ok ? "" : result->message);
	run->failed += !ok;
	free(file);
	if (--run->left == 0)
		event_base_loopbreak(run->base);
}

/* Submit the file; the runner copies it, and lets it wait for a slot. */
static int start(struct run *run, const char *name)
{
	static char text[1 << 20];
	struct jsl_bytes source = {.data = text};
	struct jsl_spec spec = {.sources = &source, .n_sources = 1};
	struct file *file = calloc(1, sizeof(*file));
	FILE *in = fopen(name, "re");
	struct jsl_runner_job *job;
	int err = -1;

	if (file != NULL && in != NULL) {
		file->run = run;
		snprintf(file->name, sizeof(file->name), "%s", name);
		source.len = fread(text, 1, sizeof(text), in);
		err = jsl_runner_run(run->runner, &spec, done, file, &job);
	}
	if (in != NULL)
		fclose(in);
	if (err == 0)
		return run->left++, 0;
	fprintf(stderr, "java_dir: %s cannot be run\n", name);
	free(file);
	return 1;
}

int main(int argc, char **argv)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	struct run run = {.base = event_base_new()};
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	char errmsg[256] = "out of memory";
	struct dirent *it;

	if (dir == NULL || fchdir(dirfd(dir)) < 0)
		return fprintf(stderr, "usage: java_dir DIRECTORY\n"), 2;
	opts.base = run.base;
	opts.agent_jar = getenv("JSL_AGENT_JAR");
	opts.box = getenv("JSL_BOX");
	if (jsl_runner_new(&run.runner, &opts, errmsg, sizeof(errmsg)) < 0)
		return fprintf(stderr, "java_dir: %s\n", errmsg), 1;
	jsl_runner_warm(run.runner, true);
	while ((it = readdir(dir)) != NULL)
		if (strlen(it->d_name) > 5 &&
		    strcmp(it->d_name + strlen(it->d_name) - 5, ".java") == 0)
			run.failed += start(&run, it->d_name);
	if (run.left > 0)
		event_base_dispatch(run.base);
	jsl_runner_free(run.runner);
	event_base_free(run.base);
	closedir(dir);
	return run.failed > 0;
}
