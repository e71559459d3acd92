/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-client run: sends the source files, what is on standard input and the arguments,
 * and asks for the verdict as JSON, in which the program's output cannot be mistaken
 * for ours. What is one file and nothing else goes as it is, else it is a form.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "client.h"

/* The parts of a form, and the memory that some of them point to. */
struct form {
	struct client_part *parts;
	size_t n;
	char **owned;
	size_t n_owned;
};

static void form_deinit(struct form *f)
{
	for (size_t i = 0; i < f->n_owned; i++)
		free(f->owned[i]);
	free(f->owned);
	free(f->parts);
}

static int fail(const char *what, int err)
{
	client_complain("%s: %s", what, strerror(-err));
	return CLIENT_EXIT_USAGE;
}

/*
 * The name that the file gets there: where it has no plain one, or another file has the
 * same, it goes without. They are for people; Java does not ask how a file is called.
 */
static const char *plain_name(const struct form *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	for (const char *c = name; *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			return NULL;
	for (size_t i = 0; i < f->n; i++)
		if (f->parts[i].filename != NULL &&
		    strcmp(f->parts[i].filename, name) == 0)
			return NULL;
	return name;
}

/* Add the content of a file as a part @name. @path: NULL for standard input. */
static int add_file(struct form *f, const char *name, const char *path)
{
	struct client_part *part = &f->parts[f->n];
	char *data;
	int err = path != NULL
			  ? client_file_read(path, CLIENT_SOURCE_MAX, &data, &part->len)
			  : client_fd_read(STDIN_FILENO, CLIENT_SOURCE_MAX, &data,
					   &part->len);

	if (err != 0)
		return fail(path != NULL ? path : "standard input", err);
	f->owned[f->n_owned++] = data;
	if (path == NULL && part->len == 0)
		return 0;
	part->name = name;
	part->data = data;
	part->filename = path != NULL ? plain_name(f, path) : NULL;
	f->n++;
	return 0;
}

static int fill(struct form *f, const struct client_job *job)
{
	int r = 0;

	f->parts = calloc(job->n_files + job->n_args + 1, sizeof(*f->parts));
	f->owned = calloc(job->n_files + 1, sizeof(*f->owned));
	if (f->parts == NULL || f->owned == NULL)
		return fail("run", -ENOMEM);
	for (size_t i = 0; r == 0 && i < job->n_files; i++)
		r = add_file(f, "source", job->files[i]);
	for (size_t i = 0; r == 0 && i < job->n_args; i++)
		f->parts[f->n++] = (struct client_part){
			.name = "arg", .data = job->args[i], .len = strlen(job->args[i])};
	/* Nobody is asked at a terminal: most programs read nothing. */
	if (r == 0 && !isatty(STDIN_FILENO))
		r = add_file(f, "stdin", NULL);
	return r;
}

int client_run(const struct client *c, const struct client_job *job)
{
	__attribute__((cleanup(client_reply_free))) struct client_reply reply = {0};
	__attribute__((cleanup(form_deinit))) struct form form = {0};
	struct client_request req = {.path = "/compileandrun",
				     .accept = "application/json"};
	int r = fill(&form, job);

	if (r != 0)
		return r;
	if (form.n == 1) {
		req.content_type = "text/x-java-source";
		req.body = form.parts[0].data;
		req.body_len = form.parts[0].len;
	} else {
		req.parts = form.parts;
		req.n_parts = form.n;
	}
	if (client_fetch(c, &req, &reply) != 0)
		return client_reply_complain(c, &reply);
	return client_result_print(c, &reply, job->n_files == 1 ? job->files[0] : NULL);
}
