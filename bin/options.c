/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line; see options.h.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jsl/api.h>

#include "options.h"

static const struct option all[] = {
	{"config", required_argument, NULL, 'c'},
	{"id", required_argument, NULL, 'i'},
	{"data-dir", required_argument, NULL, 'd'},
	{"log-dir", required_argument, NULL, 'l'},
	{"check", no_argument, NULL, 'k'},
	{"dev", no_argument, NULL, 'e'},
	{"http", required_argument, NULL, 'h'},
	{"join", required_argument, NULL, 'j'},
	{"listen", required_argument, NULL, 'n'},
	{"cluster", required_argument, NULL, 'u'},
	{"secret-file", required_argument, NULL, 's'},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'H'},
};

#define N_ALL (sizeof(all) / sizeof(all[0]))

/* The options that @p has, for getopt_long(). */
static void select_options(const struct program *p, struct option selected[N_ALL + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < N_ALL; i++)
		if (all[i].val < 'a' || strchr(p->takes, all[i].val) != NULL)
			selected[n++] = all[i];
	selected[n] = (struct option){0};
}

static int complain(const struct program *p, const char *text, const char *option)
{
	fprintf(stderr, "%s: %s '%s' (see --help)\n", p->name, text, option);
	return 2;
}

static int read_id(const char *text, uint64_t *ret_id)
{
	char *end;
	unsigned long long id;

	errno = 0;
	id = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *text == '-' || *text == '+' ||
	    id == 0 || id == UINT64_MAX)
		return -EINVAL;
	*ret_id = id;
	return 0;
}

static int take(const struct program *p, int option, struct options *o)
{
	switch (option) {
	case 'c': o->config = optarg; break;
	case 'i':
		if (read_id(optarg, &o->id) < 0)
			return complain(p, "--id: not a positive number:", optarg);
		break;
	case 'd': o->data_dir = optarg; break;
	case 'l': o->log_dir = optarg; break;
	case 'k': o->check = true; break;
	case 'e': o->dev = true; break;
	case 'h': o->http = optarg; break;
	case 'j':
		if (o->n_join == OPTIONS_JOIN_MAX)
			return complain(p, "--join is given too often, from", optarg);
		o->join[o->n_join++] = optarg;
		break;
	case 'n': o->listen = optarg; break;
	case 'u': o->cluster = optarg; break;
	case 's': o->secret_file = optarg; break;
	case 'v': o->verbose = true; break;
	case 'V': printf("%s %s\n", p->name, jsl_version()); return 0;
	case 'H': fputs(p->help, stdout); return 0;
	}
	return -1;
}

int options_parse(const struct program *p, int argc, char **argv, struct options *ret_o)
{
	struct option selected[N_ALL + 1];
	struct options o = {0};
	int option, r = -1;

	select_options(p, selected);
	opterr = 0;
	for (;;) {
		int at = optind == 0 ? 1 : optind;

		option = getopt_long(argc, argv, ":v", selected, NULL);
		if (option == -1)
			break;
		if (option == ':')
			return complain(p, "an argument is missing for option", argv[at]);
		if (option == '?')
			return complain(p, "unknown option", argv[at]);
		r = take(p, option, &o);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return complain(p, "unexpected argument", argv[optind]);
	*ret_o = o;
	return -1;
}

const char *options_state_dir(char *buf, size_t size)
{
	const char *state = getenv("STATE_DIRECTORY"), *home = getenv("HOME");

	if (state != NULL && state[0] == '/')
		snprintf(buf, size, "%.*s", (int)strcspn(state, ":"), state);
	else if (geteuid() == 0)
		snprintf(buf, size, "/var/lib/jsl");
	else
		snprintf(buf, size, "%s/.local/state/jsl", home != NULL ? home : "/tmp");
	return buf;
}
