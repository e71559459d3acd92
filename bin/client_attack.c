/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-client attack: sends programs that want to do harm, one after the other, and after
 * each a harmless one, which has to be right. Each is sent with an argument that nobody
 * has used before, so that no answer comes from a cache. Each has to end within its limit
 * and a second, and all nodes have to be alive at the end.
 */

#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/cleanup.h"
#include "client.h"
#include "hostile_case.h"

#define SHOWN_MAX   56 /* bytes of a cell */
#define HEADERS_MAX 6
#define SLACK_MS    1000 /* of a limit of time */

static const char harmless[] =
	"public class Harmless { public static void main(String[] a) "
	"{ System.out.print(\"fine\"); } }";

struct attack {
	const struct client *c;
	struct client_out out;
	json_t *nodes; /* alive at the start */
	unsigned int n, failed;
	long long slowest_ms; /* harmless program */
};

/* The limits that a request can lower; the others stay as the deployment has them. */
static size_t set_headers(struct client_header *headers, const struct jsl_limits *l)
{
	const struct {
		const char *name;
		uint32_t value;
	} all[HEADERS_MAX] = {
		{"JSL-Compile-Wall-Ms: ", l->compile_wall_ms},
		{"JSL-Wall-Ms: ", l->wall_ms},
		{"JSL-Cpu-Ms: ", l->cpu_ms},
		{"JSL-Memory-Mb: ", l->memory_mb},
		{"JSL-Output-Kb: ", l->output_kb},
		{"JSL-Processes: ", l->processes},
	};
	size_t n = 0;

	for (size_t i = 0; i < HEADERS_MAX; i++) {
		if (all[i].value == 0)
			continue;
		headers[n].name = all[i].name;
		snprintf(headers[n++].value, sizeof(headers->value), "%u", all[i].value);
	}
	return n;
}

/* Returns the verdict, a string for an answer without one, or NULL for none at all. */
static json_t *send_case(struct attack *a, const struct hostile_case *it)
{
	__attribute__((cleanup(client_reply_free))) struct client_reply reply = {0};
	struct client_header headers[HEADERS_MAX];
	uint64_t unique[2] = {0};
	char nonce[40];
	struct client_part parts[2] = {
		{.name = "source", .data = it->source, .len = it->len},
		{.name = "arg", .data = nonce},
	};
	struct client_request req = {
		.path = "/compileandrun",
		.accept = "application/json",
		.parts = parts,
		.n_parts = 2,
		.headers = headers,
		.n_headers = set_headers(headers, &it->limits),
	};
	json_t *verdict;

	(void)!getrandom(unique, sizeof(unique), 0);
	parts[1].len = (size_t)snprintf(nonce, sizeof(nonce), "%llx%llx",
					(unsigned long long)unique[0],
					(unsigned long long)unique[1]);
	if (client_fetch(a->c, &req, &reply) != 0) {
		(void)client_reply_complain(a->c, &reply);
		return NULL;
	}
	verdict = json_loadb(reply.data, reply.len, JSON_ALLOW_NUL, NULL);
	if (json_is_string(json_object_get(verdict, "status")))
		return verdict;
	json_decref(verdict);
	return json_sprintf("HTTP %ld", reply.status);
}

static const char *text_of(const json_t *verdict, const char *key)
{
	const char *text = json_string_value(json_object_get(verdict, key));

	return text != NULL ? text : "";
}

/* Whether @text begins so; for each number another will do: limits are configured. */
static bool begins(const char *text, const char *with)
{
	while (*with != '\0') {
		if (isdigit((unsigned char)*with) && isdigit((unsigned char)*text)) {
			with += strspn(with, "0123456789");
			text += strspn(text, "0123456789");
		} else if (*with++ != *text++) {
			return false;
		}
	}
	return true;
}

/* Whether its message is sure: not where it needs a limit that no request can lower. */
static bool has_words(const struct hostile_case *it)
{
	const struct jsl_limits *l = &it->limits;

	return l->compile_memory_mb == 0 && l->disk_mb == 0 && l->inodes == 0;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Whether @stage took no longer than its limit, where the case sets one. */
static bool is_in_time(const json_t *verdict, const char *stage, uint32_t limit_ms)
{
	const json_t *timing = json_object_get(verdict, "timing");

	return limit_ms == 0 || json_number_value(json_object_get(timing, stage)) <=
					(double)limit_ms + SLACK_MS;
}

static bool are_in_time(const struct hostile_case *it, const json_t *verdict)
{
	return is_in_time(verdict, "compile_ms", it->limits.compile_wall_ms) &&
	       is_in_time(verdict, "run_ms", it->limits.wall_ms);
}

static bool is_right(const struct hostile_case *it, const json_t *verdict)
{
	return strcmp(text_of(verdict, "status"), it->status) == 0 &&
	       (!has_words(it) || begins(text_of(verdict, "message"), it->message)) &&
	       begins(text_of(verdict, "stdout"), it->output);
}

/* "status: first line of the message", and of what is printed there. */
static void describe(char *cell, size_t size, const char *status, const char *message,
		     const char *output)
{
	snprintf(cell, size, "%s%s%.*s%s%.*s", status, *message != '\0' ? ": " : "",
		 (int)strcspn(message, "\r\n"), message,
		 *output != '\0' ? ", prints " : "", (int)strcspn(output, "\r\n"),
		 output);
}

static void print_row(struct attack *a, const char *name, const char *expected,
		      const char *got, const char *ms, const char *ok)
{
	char row[128 + 3 * SHOWN_MAX];
	int len = snprintf(row, sizeof(row), "%-24s | %-*s | %-*s | %6s | %s\n", name,
			   SHOWN_MAX - 1, expected, SHOWN_MAX - 1, got, ms, ok);

	client_out_write(&a->out, row,
			 len < (int)sizeof(row) ? (size_t)len : sizeof(row) - 1);
	(void)fflush(a->out.file);
}

/* Whether a harmless program is right now. -1: there was no answer. */
static int is_unharmed(struct attack *a)
{
	struct hostile_case fine = {.status = "ok",
				    .output = "fine",
				    .source = (char *)harmless,
				    .len = sizeof(harmless) - 1};
	long long start_ms = now_ms(), took_ms;
	json_t *verdict = send_case(a, &fine);
	int right = verdict == NULL ? -1 : is_right(&fine, verdict);

	took_ms = now_ms() - start_ms;
	if (took_ms > a->slowest_ms)
		a->slowest_ms = took_ms;
	json_decref(verdict);
	return right;
}

/* Returns 0, or -1 if there was no answer. */
static int attack_with(struct attack *a, const struct hostile_case *it)
{
	char expected[SHOWN_MAX], got[SHOWN_MAX], ms[16];
	long long start_ms = now_ms(), took_ms;
	json_t *verdict = send_case(a, it);
	const char *plain = json_string_value(verdict);
	bool right = verdict != NULL && is_right(it, verdict);
	bool in_time = verdict != NULL && are_in_time(it, verdict);
	int unharmed;

	took_ms = now_ms() - start_ms;
	unharmed = verdict != NULL ? is_unharmed(a) : -1;

	describe(expected, sizeof(expected), it->status, has_words(it) ? it->message : "",
		 it->output);
	describe(got, sizeof(got), plain != NULL ? plain : text_of(verdict, "status"),
		 text_of(verdict, "message"),
		 *it->output != '\0' ? text_of(verdict, "stdout") : "");
	json_decref(verdict);
	if (unharmed < 0)
		return -1;
	a->n++;
	a->failed += !right || !in_time || !unharmed;
	snprintf(ms, sizeof(ms), "%lld", took_ms);
	print_row(a, it->name, expected, got, ms,
		  !right      ? "NO"
		  : !in_time  ? "NO: later than its limit and a second"
		  : !unharmed ? "NO: the harmless program after it is wrong"
			      : "yes");
	return 0;
}

static int is_java(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".java") == 0;
}

static int attack_file(struct attack *a, const char *dir, const char *name)
{
	jsl_autofree char *path = NULL;
	struct hostile_case it = {0};
	const char *wrong;
	int r = CLIENT_EXIT_USAGE;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return r;
	}
	wrong = hostile_case_init(&it, path);
	if (wrong != NULL)
		client_complain("%s: %s", path, wrong);
	else
		r = attack_with(a, &it) < 0 ? CLIENT_EXIT_CLUSTER : 0;
	hostile_case_deinit(&it);
	return r;
}

/* The nodes that are alive (given), or NULL after a line on stderr. */
static json_t *list_nodes(const struct client *c)
{
	json_t *info = client_cluster_info(c);
	json_t *nodes = json_incref(json_object_get(info, "nodes"));

	json_decref(info);
	return nodes;
}

static bool has_node(const json_t *nodes, const json_t *id)
{
	for (size_t i = 0; i < json_array_size(nodes); i++)
		if (json_equal(json_object_get(json_array_get(nodes, i), "id"), id))
			return true;
	return false;
}

/* Returns 0, or an exit code: who was alive before has to be alive now. */
static int check_nodes(const struct attack *a)
{
	json_t *nodes = list_nodes(a->c);
	char text[CLIENT_ID_MAX];
	int r = nodes == NULL ? CLIENT_EXIT_CLUSTER : 0;

	for (size_t i = 0; nodes != NULL && i < json_array_size(a->nodes); i++) {
		const json_t *id = json_object_get(json_array_get(a->nodes, i), "id");

		if (has_node(nodes, id))
			continue;
		printf("node %s is not alive any more\n", client_id_text(id, text));
		r = EXIT_FAILURE;
	}
	json_decref(nodes);
	return r;
}

/* The last lines. Returns the exit code. */
static int sum_up(const struct attack *a)
{
	int r = check_nodes(a);

	printf("%u of %u as expected, %zu nodes; the slowest harmless program after one "
	       "of them took %lld ms\n",
	       a->n - a->failed, a->n, json_array_size(a->nodes), a->slowest_ms);
	return r == 0 && a->failed > 0 ? EXIT_FAILURE : r;
}

int client_attack(const struct client *c, const char *dir)
{
	struct attack a = {.c = c};
	struct dirent **names = NULL;
	const char *from = dir != NULL ? dir : JSL_PKGDATADIR "/hostile";
	int n = scandir(from, &names, is_java, alphasort), r = 0;

	if (n <= 0) {
		client_complain("%s: no hostile programs there", from);
		free(names);
		return CLIENT_EXIT_USAGE;
	}
	a.nodes = list_nodes(c);
	if (a.nodes == NULL)
		r = CLIENT_EXIT_CLUSTER;
	client_out_init(&a.out, stdout, c);
	if (r == 0)
		print_row(&a, "case", "expected", "got", "ms", "ok");
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = attack_file(&a, from, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	(void)client_out_finish(&a.out);
	if (r == 0)
		r = sum_up(&a);
	json_decref(a.nodes);
	return r;
}
