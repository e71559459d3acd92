/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the words of the command line to the command.
 */

#include "config.h"

#include <string.h>

#include "client.h"

static int usage(const char *what)
{
	client_complain("%s (see --help)", what);
	return CLIENT_EXIT_USAGE;
}

static bool is(const struct client_line *line, const char *command)
{
	return strcmp(line->words[0], command) == 0;
}

int client_command(const struct client *c, const struct client_line *line)
{
	struct client_job job = {.args = line->args, .n_args = line->n_args};
	bool alone = line->n_words == 1 && line->n_args == 0;

	if (line->n_words == 0)
		return usage("no command");
	if ((line->verbose || line->follow) && !is(line, "logs"))
		return usage("--verbose and --follow are for logs");
	if (c->jdk != NULL && !is(line, "run") && !is(line, "attack"))
		return usage("--jdk is for run and attack");
	if (is(line, "logs") && alone)
		return client_logs(c, line->verbose, line->follow);
	if (is(line, "status") && alone)
		return client_status(c);
	if (is(line, "attack") && line->n_words <= 2 && line->n_args == 0)
		return client_attack(c, line->n_words == 2 ? line->words[1] : NULL);
	if (!is(line, "run"))
		return usage("the commands are: run FILE.java..., status, logs, attack");
	if (line->n_words == 1)
		return usage("run: no file");
	job.files = line->words + 1;
	job.n_files = line->n_words - 1;
	return client_run(c, &job);
}
