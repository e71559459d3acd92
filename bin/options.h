/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_OPTIONS_H
#define JSL_BIN_OPTIONS_H

/*
 * The command line of jsl-peer and jsl-gateway. Which long options a program
 * has is in its table; what is wrong is said in one line on stderr.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_JOIN_MAX 16 /* times that --join may be given */

struct options {
	const char *config;
	uint64_t id; /* 0: not given */
	const char *data_dir;
	const char *log_dir;
	const char *http;
	const char *join[OPTIONS_JOIN_MAX];
	size_t n_join;
	const char *listen;
	const char *cluster;
	const char *secret_file;
	bool check;
	bool dev;
	bool verbose;
};

/** What a program is called and takes. */
struct program {
	const char *name;
	const char *help;  /* printed by --help */
	const char *takes; /* letters of the options it has, of "cidlkehvjnus" */
};

/**
 * Read the command line into @ret_o.
 *
 * Returns -1 to go on, or the exit status: 0 after --help and --version, 2 for a
 * line that is wrong.
 */
int options_parse(const struct program *p, int argc, char **argv, struct options *ret_o);

/** The default data directory; $STATE_DIRECTORY, /var/lib/jsl or ~/.local/state/jsl. */
const char *options_state_dir(char *buf, size_t size);

#endif
