/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_CLIENT_H
#define JSL_BIN_CLIENT_H

/*
 * The parts of jsl-client. It talks HTTP to one gateway and trusts nothing that
 * comes back: every answer is bounded, and on a terminal the control characters
 * in it are shown, not obeyed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes beside the program's own. */
#define CLIENT_EXIT_USAGE   2
#define CLIENT_EXIT_TIME    124
#define CLIENT_EXIT_CLUSTER 125
#define CLIENT_EXIT_COMPILE 126

#define CLIENT_SOURCE_MAX (64u << 20)  /* bytes of a source file */
#define CLIENT_BODY_MAX	  (256u << 20) /* bytes of an answer that is kept */
#define CLIENT_TOKEN_MAX  4096	       /* bytes of a token */
#define CLIENT_TIMEOUT_S  600	       /* for one answer */
#define CLIENT_ERROR_MAX  256	       /* bytes of an error text */

/** What every command knows; the strings are borrowed from main(). */
struct client {
	const char *gateway; /* URL without a path */
	const char *token;   /* NULL for none */
	const char *ca_file; /* whom to believe certificates; NULL: the system's */
	const char *jdk;     /* for run; NULL: the default one */
	bool raw;	     /* pass control characters to a terminal */
};

/* ---- client_print.c ---- */

/** Where text from outside goes; init once for a stream. */
struct client_out {
	FILE *file;
	bool visible;	    /* show control characters */
	bool held_c2;	    /* a 0xc2 waits for the byte after it */
	unsigned continue_; /* continuation bytes that may still come */
};

/** Show control characters if @file is a terminal, unless the user wants them raw. */
void client_out_init(struct client_out *out, FILE *file, const struct client *c);
void client_out_write(struct client_out *out, const char *data, size_t len);

/** Write what is held back and flush. Returns 0 or -errno. */
int client_out_finish(struct client_out *out);

/** "jsl-client: …" on stderr, one line, control characters shown. */
__attribute__((format(printf, 1, 2))) void client_complain(const char *fmt, ...);

/* ---- client_file.c ---- */

/**
 * The content of @path, NUL-terminated behind its end, into *@ret_data (given).
 *
 * Returns 0; -EFBIG over @max bytes; -errno.
 */
int client_file_read(const char *path, size_t max, char **ret_data, size_t *ret_len);

/** Likewise of what @fd (borrowed) has up to its end; nothing where it is not open. */
int client_fd_read(int fd, size_t max, char **ret_data, size_t *ret_len);

/** The token in @path into *@ret_token (given). Complains and returns -1 if there is
 * none.
 */
int client_token_read(const char *path, char **ret_token);

/* ---- client_http.c ---- */

/** Takes a piece of an answer's body; anything but 0 ends the transfer. */
typedef int (*client_sink_fn)(void *arg, const char *data, size_t len);

/** One part of a form. */
struct client_part {
	const char *name;
	const char *filename; /* NULL: none */
	const void *data;
	size_t len;
};

struct client_header {
	const char *name; /* with ": " behind it */
	char value[16];
};

struct client_request {
	const char *path;
	const char *accept;	  /* NULL: anything */
	const char *content_type; /* NULL: GET, unless there are parts */
	const void *body;
	size_t body_len;
	const struct client_part *parts; /* POST a form of these; NULL: none */
	size_t n_parts;
	const struct client_header *headers; /* more of them */
	size_t n_headers;
	client_sink_fn sink; /* gets the body of a 200; NULL: it is kept */
	void *arg;
};

struct client_reply {
	long status; /* 0: there was no answer, see error */
	char *data;  /* what was kept, NUL-terminated; never NULL */
	size_t len;
	char error[CLIENT_ERROR_MAX];
};

/** Ask the gateway. Returns 0 when it answered, else -1; free the reply in both cases. */
int client_fetch(const struct client *c, const struct client_request *req,
		 struct client_reply *ret_reply);
void client_reply_free(struct client_reply *reply);

/** Complain about a reply that is no 200, or no reply. Returns CLIENT_EXIT_CLUSTER. */
int client_reply_complain(const struct client *c, const struct client_reply *reply);

/* ---- client_command.c ---- */

/** The command line without its options; the strings are borrowed from main(). */
struct client_line {
	char **words; /* in front of "--": the command first */
	size_t n_words;
	char **args; /* behind it */
	size_t n_args;
	bool verbose, follow;
};

/** Do what it says. Returns the exit code. */
int client_command(const struct client *c, const struct client_line *line);

/* ---- the commands: each returns the exit code ---- */

/** What `run` is to run; the strings are borrowed from main(). */
struct client_job {
	char **files; /* at least one */
	size_t n_files;
	char **args; /* of the program */
	size_t n_args;
};

int client_run(const struct client *c, const struct client_job *job);
/** Send the hostile programs in @dir (NULL: the installed ones) and print how each
 * ended. Returns 0 if all did as they have to, else 1, or another exit code.
 */
int client_attack(const struct client *c, const char *dir);
int client_status(const struct client *c);
int client_logs(const struct client *c, bool verbose, bool follow);

/* ---- client_status.c ---- */

struct json_t;

/** What /cluster-info says (given), with its array "nodes"; NULL after a complaint. */
struct json_t *client_cluster_info(const struct client *c);

#define CLIENT_ID_MAX 24

/** An id in there, which beyond 63 bits is a string. Returns @text or that. */
const char *client_id_text(const struct json_t *id, char text[CLIENT_ID_MAX]);

/* ---- client_result.c ---- */

/** Print the JSON verdict in @reply on the program at @path, NULL if it has several
 * files. Returns the exit code.
 */
int client_result_print(const struct client *c, const struct client_reply *reply,
			const char *path);

/* ---- client_base64.c ---- */

/**
 * Decode @text (of @len) into *@ret_data (given).
 *
 * Returns 0; -EINVAL when it is not base64; -ENOMEM.
 */
int client_base64_decode(const char *text, size_t len, char **ret_data, size_t *ret_len);

#endif
