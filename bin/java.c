/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Java as the configuration wants it; see java.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "java.h"

/*
 * A part of the runner: what the environment names; else, for a program that
 * runs from the tree it was built in (libtool keeps it in bin/.libs), the one
 * built beside it; else NULL, the installed one.
 */
static const char *find_part(const char *variable, const char *name, char *buf,
			     size_t size)
{
	static const char suffix[] = "/bin/.libs";
	const char *named = getenv(variable);
	char exe[DAEMON_PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (named != NULL || len < 0)
		return named;
	exe[len] = '\0';
	slash = strrchr(exe, '/');
	if (slash == NULL || slash - exe < (ssize_t)sizeof(suffix))
		return NULL;
	*slash = '\0';
	slash -= sizeof(suffix) - 1;
	if (strcmp(slash, suffix) != 0)
		return NULL;
	snprintf(buf, size, "%.*s/lib/runner/%s", (int)(slash - exe), exe, name);
	return buf;
}

void java_opts(const struct jsl_conf *conf, struct java_parts *parts,
	       const char *data_dir, struct jsl_runner_opts *ret_opts)
{
	*ret_opts = (struct jsl_runner_opts)JSL_RUNNER_OPTS_INIT;
	ret_opts->slots = conf->runner.slots;
	ret_opts->limits = conf->runner.limits;
	ret_opts->isolation = (enum jsl_isolation)conf->runner.isolation;
	ret_opts->cgroup = (enum jsl_cgroup)conf->runner.cgroup;
	ret_opts->user = conf->runner.user;
	ret_opts->jdks = parts->jdks;
	ret_opts->n_jdks = conf->runner.n_jdks;
	for (size_t i = 0; i < conf->runner.n_jdks; i++)
		parts->jdks[i] = (struct jsl_runner_jdk_opts){
			.name = conf->runner.jdks[i].name,
			.home = conf->runner.jdks[i].home,
		};
	ret_opts->agent_jar = find_part("JSL_AGENT_JAR", "jsl-agent.jar",
					parts->agent_jar, sizeof(parts->agent_jar));
	ret_opts->box = find_part("JSL_BOX", "jsl-box", parts->box, sizeof(parts->box));
	snprintf(parts->archive, sizeof(parts->archive), "%s/archive", data_dir);
	if (conf->runner.archive)
		ret_opts->cache_dir = parts->archive;
}

static void print_line(void *arg, const char *name, bool ok, bool required,
		       const char *text)
{
	(void)arg;
	printf("%-8s %-24s %s\n",
	       ok	  ? "ok"
	       : required ? "MISSING"
			  : "absent",
	       name, text);
}

int java_check(const struct program *p, const struct options *o)
{
	char errmsg[JSL_CONF_ERRMSG_MAX], state_dir[DAEMON_PATH_MAX];
	struct jsl_conf *conf = NULL;
	struct jsl_runner_opts opts;
	struct java_parts parts;
	int r;

	if (o->config == NULL)
		conf = jsl_conf_new();
	else if (jsl_conf_load(&conf, o->config, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(p->name, "%s", errmsg);
	if (conf == NULL)
		return daemon_fail(p->name, "out of memory");
	java_opts(conf, &parts,
		  o->data_dir != NULL ? o->data_dir
				      : options_state_dir(state_dir, sizeof(state_dir)),
		  &opts);
	r = jsl_runner_check(&opts, print_line, NULL);
	jsl_conf_free(conf);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
