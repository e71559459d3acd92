/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-client: runs Java files on a cluster as if they were local programs, and
 * shows the state and the logs of the cluster. Speaks HTTP to one gateway.
 */

#include "config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "client.h"

static const char help[] =
	"Usage: jsl-client [OPTION...] run FILE.java... [-- ARG...]\n"
	"       jsl-client [OPTION...] status\n"
	"       jsl-client [OPTION...] logs [--verbose] [-f]\n"
	"       jsl-client [OPTION...] attack [DIR]\n"
	"Run a Java program on a jsl cluster, or look at the cluster. A program gets "
	"the\n"
	"ARGs, and standard input if that is no terminal.\n"
	"\n"
	"  -g, --gateway URL      the gateway; else $JSL_GATEWAY, else "
	"http://127.0.0.1:8888\n"
	"      --token-file FILE  send the token in FILE; else in $JSL_TOKEN_FILE\n"
	"      --cacert FILE      https: believe the authorities in FILE, not the "
	"system's\n"
	"      --jdk NAME         run, attack: on the JDK of that name, not on the "
	"default one\n"
	"      --raw              pass control characters in output to the terminal\n"
	"      --verbose          logs: all that was heard, not only what changed\n"
	"  -f, --follow           logs: go on printing what is added\n"
	"      --help, --version\n"
	"\n"
	"run exits with the program's exit code; 124 time limit, 125 cluster error, 126 "
	"did\n"
	"not compile, 2 wrong usage.\n";

enum {
	OPT_TOKEN_FILE = 256,
	OPT_CACERT,
	OPT_JDK,
	OPT_RAW,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{"gateway", required_argument, NULL, 'g'},
	{"token-file", required_argument, NULL, OPT_TOKEN_FILE},
	{"cacert", required_argument, NULL, OPT_CACERT},
	{"jdk", required_argument, NULL, OPT_JDK},
	{"raw", no_argument, NULL, OPT_RAW},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"follow", no_argument, NULL, 'f'},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

/* Everything behind "--" belongs to the program that is run. */
static int split_args(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return argc;
}

int main(int argc, char **argv)
{
	struct client c = {.gateway = getenv("JSL_GATEWAY")};
	const char *token_file = getenv("JSL_TOKEN_FILE");
	jsl_autofree char *token = NULL;
	struct client_line line = {0};
	int opt, n = split_args(argc, argv);

	while ((opt = getopt_long(n, argv, "g:f", options, NULL)) != -1) {
		switch (opt) {
		case 'g': c.gateway = optarg; break;
		case 'f': line.follow = true; break;
		case OPT_TOKEN_FILE: token_file = optarg; break;
		case OPT_CACERT: c.ca_file = optarg; break;
		case OPT_JDK: c.jdk = optarg; break;
		case OPT_RAW: c.raw = true; break;
		case OPT_VERBOSE: line.verbose = true; break;
		case OPT_HELP: return fputs(help, stdout) < 0 || fflush(stdout) != 0;
		case OPT_VERSION:
			return puts("jsl-client " PACKAGE_VERSION) < 0 ||
			       fflush(stdout) != 0;
		default: return CLIENT_EXIT_USAGE;
		}
	}
	if (c.gateway == NULL || *c.gateway == '\0')
		c.gateway = "http://127.0.0.1:8888";
	if (token_file != NULL && *token_file != '\0' &&
	    client_token_read(token_file, &token) != 0)
		return CLIENT_EXIT_USAGE;
	c.token = token;
	line.words = argv + optind;
	line.n_words = (size_t)(n - optind);
	line.args = argv + n + (n < argc);
	line.n_args = n < argc ? (size_t)(argc - n - 1) : 0;
	return client_command(&c, &line);
}
