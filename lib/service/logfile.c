/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two log files of a node and what goes to stdout; see logfile.h. Lines of
 * the summary are written at the end of the loop's pass, those of the verbose
 * log together after at most 200 ms.
 */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "service/logfile.h"
#include "service/logfile_int.h"

#define FLUSH_MS       200
#define DIR_MODE       0750
#define LINE_BYTES     (JSL_LOG_LINE_MAX + 128)
#define LINE_OUT_BYTES 128

struct jsl_logfile {
	struct jsl_logfile__file files[2]; /* by enum jsl_logfile_kind */
	struct event *now;		   /* the summary has lines */
	struct event *later;		   /* the verbose log has lines */
	uint64_t id;
	int out_fd;
	time_t second; /* of stamp */
	char stamp[32];
};

static const char *level_str(enum jsl_log_level level)
{
	static const char *const names[] = {"ERROR", "WARN", "INFO", "VERBOSE"};

	return level <= JSL_LOG_VERBOSE ? names[level] : "VERBOSE";
}

static void arm(struct jsl_logfile *lf)
{
	struct timeval tv = {.tv_usec = FLUSH_MS * 1000};

	if (!event_pending(lf->later, EV_TIMEOUT, NULL))
		event_add(lf->later, &tv);
}

/* The date is made once a second. */
static size_t put_stamp(struct jsl_logfile *lf, char *line, size_t size)
{
	struct timespec now;
	struct tm tm;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != lf->second) {
		lf->second = now.tv_sec;
		gmtime_r(&now.tv_sec, &tm);
		strftime(lf->stamp, sizeof(lf->stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	}
	n = snprintf(line, size, "%s.%03ldZ", lf->stamp, now.tv_nsec / 1000000);
	return n < 0 ? 0 : (size_t)n;
}

/* One whole line into @line of LINE_BYTES; returns its length. */
static size_t format_line(struct jsl_logfile *lf, char *line, enum jsl_log_level level,
			  const char *module, const char *text)
{
	size_t n = put_stamp(lf, line, LINE_BYTES);
	int r = snprintf(line + n, LINE_BYTES - n, " %s %s %s", level_str(level), module,
			 text);

	n += r < 0 ? 0 : (size_t)r;
	if (n > LINE_BYTES - 2)
		n = LINE_BYTES - 2;
	line[n++] = '\n';
	return n;
}

/* Flush; what was lost meanwhile is told once the file can be written again. */
static bool flush_file(struct jsl_logfile *lf, struct jsl_logfile__file *f)
{
	char line[LINE_BYTES], text[80];

	if (!jsl_logfile__file_flush(f))
		return false;
	if (f->lost == f->noted)
		return true;
	snprintf(text, sizeof(text),
		 "%llu lines are missing: the log could not be written",
		 (unsigned long long)(f->lost - f->noted));
	f->noted = f->lost;
	jsl_logfile__file_put(f, line, format_line(lf, line, JSL_LOG_WARN, "log", text));
	return jsl_logfile__file_flush(f);
}

void jsl_logfile_flush(struct jsl_logfile *lf)
{
	bool ok = true;

	for (int i = 0; i < 2; i++)
		ok = flush_file(lf, &lf->files[i]) && ok;
	if (!ok)
		arm(lf);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	jsl_logfile_flush(arg);
}

static void on_log(void *arg, enum jsl_log_level level, const char *module,
		   const char *text)
{
	struct jsl_logfile *lf = arg;
	char line[LINE_BYTES];
	size_t n = format_line(lf, line, level, module, text);

	jsl_logfile__file_put(&lf->files[JSL_LOGFILE_VERBOSE], line, n);
	arm(lf);
	if (level > JSL_LOG_INFO)
		return;
	jsl_logfile__file_put(&lf->files[JSL_LOGFILE_SUMMARY], line, n);
	if (!lf->files[JSL_LOGFILE_SUMMARY].failing)
		event_active(lf->now, EV_TIMEOUT, 0);
}

struct jsl_log jsl_logfile_sink(struct jsl_logfile *lf, enum jsl_log_level level)
{
	return (struct jsl_log){.fn = on_log, .arg = lf, .level = level};
}

void jsl_logfile_reopen(struct jsl_logfile *lf)
{
	jsl_logfile_flush(lf);
	for (int i = 0; i < 2; i++)
		(void)jsl_logfile__file_reopen(&lf->files[i]);
}

int jsl_logfile_open(struct jsl_logfile *lf, enum jsl_logfile_kind kind,
		     uint64_t *ret_size)
{
	jsl_autoclose int fd = -1;
	struct stat st;

	jsl_logfile_flush(lf);
	fd = open(lf->files[kind].path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*ret_size = (uint64_t)st.st_size;
	return jsl_steal_fd(&fd);
}

uint64_t jsl_logfile_lost(const struct jsl_logfile *lf)
{
	return lf->files[0].lost + lf->files[1].lost;
}

/*
 * Whoever reads stdout may be slow or gone; a pipe that is ready takes at least
 * PIPE_BUF bytes, so a short line never blocks after the poll.
 */
static void say(struct jsl_logfile *lf, const char *module, const char *text)
{
	struct pollfd out = {.fd = lf->out_fd, .events = POLLOUT};
	char line[LINE_OUT_BYTES + 1];
	int n;

	on_log(lf, JSL_LOG_INFO, module, text);
	if (lf->out_fd < 0 || poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0)
		return;
	n = snprintf(line, sizeof(line), "%s\n", text);
	if (n > 0 && write(lf->out_fd, line, (size_t)n) < 0)
		return; /* nobody listens: the log has it */
}

void jsl_logfile_role(struct jsl_logfile *lf, enum jsl_election_role from,
		      enum jsl_election_role to)
{
	char text[LINE_OUT_BYTES];

	snprintf(text, sizeof(text), "%llu: switching from %s to %s",
		 (unsigned long long)lf->id, jsl_election_role_str(from),
		 jsl_election_role_str(to));
	say(lf, "election", text);
}

void jsl_logfile_failed(struct jsl_logfile *lf, uint64_t server)
{
	char text[LINE_OUT_BYTES];

	snprintf(text, sizeof(text),
		 "%llu: no heartbeat from server %llu - SERVER FAILED",
		 (unsigned long long)lf->id, (unsigned long long)server);
	say(lf, "gossip", text);
}

static int open_file(struct jsl_logfile *lf, enum jsl_logfile_kind kind,
		     const struct jsl_logfile_opts *opts, char *errmsg,
		     size_t errmsg_size)
{
	jsl_autofree char *path = NULL;
	int r;

	if (asprintf(&path, "%s/%s.%s.log", opts->dir, opts->name,
		     kind == JSL_LOGFILE_SUMMARY ? "summary" : "verbose") < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = jsl_logfile__file_init(&lf->files[kind], path, opts->max_bytes, opts->keep);
	if (r < 0 && r != -ENOMEM)
		snprintf(errmsg, errmsg_size, "%s: %s", path, strerror(-r));
	return r;
}

int jsl_logfile_new(struct jsl_logfile **ret_lf, const struct jsl_logfile_opts *opts,
		    char *errmsg, size_t errmsg_size)
{
	struct jsl_logfile *lf = calloc(1, sizeof(*lf));
	int r = -ENOMEM;

	if (lf == NULL)
		return -ENOMEM;
	lf->files[0].fd = lf->files[1].fd = -1;
	lf->id = opts->id;
	lf->out_fd = opts->out_fd;
	lf->now = event_new(opts->base, -1, 0, on_flush, lf);
	lf->later = evtimer_new(opts->base, on_flush, lf);
	if (lf->now == NULL || lf->later == NULL)
		goto fail;
	if (mkdir(opts->dir, DIR_MODE) < 0 && errno != EEXIST) {
		r = -errno;
		snprintf(errmsg, errmsg_size, "%s: %s", opts->dir, strerror(-r));
		goto fail;
	}
	r = open_file(lf, JSL_LOGFILE_SUMMARY, opts, errmsg, errmsg_size);
	if (r == 0)
		r = open_file(lf, JSL_LOGFILE_VERBOSE, opts, errmsg, errmsg_size);
	if (r < 0)
		goto fail;
	*ret_lf = lf;
	return 0;

fail:
	jsl_logfile_free(lf);
	return r;
}

void jsl_logfile_free(struct jsl_logfile *lf)
{
	if (lf == NULL)
		return;
	for (int i = 0; i < 2; i++)
		jsl_logfile__file_deinit(&lf->files[i]);
	if (lf->now != NULL)
		event_free(lf->now);
	if (lf->later != NULL)
		event_free(lf->later);
	free(lf);
}
