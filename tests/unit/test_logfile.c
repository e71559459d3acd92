/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log files: their lines, their rotation, and a disk that is full.
 */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "service/logfile.h"
#include "service/notify.h"
#include "../lib/suite.h"

#include <sys/socket.h>
#include <sys/un.h>

static char dir[64];
static struct event_base *base;

static struct jsl_logfile *open_log(uint64_t max_bytes, int out_fd)
{
	struct jsl_logfile_opts opts = JSL_LOGFILE_OPTS_INIT;
	struct jsl_logfile *lf = NULL;
	char errmsg[256] = "";

	if (dir[0] == '\0') {
		strcpy(dir, "/tmp/jsl-test-log-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(dir));
		base = event_base_new();
	}
	opts.base = base;
	opts.dir = dir;
	opts.name = "peer-3";
	opts.id = 3;
	opts.max_bytes = max_bytes;
	opts.keep = 2;
	opts.out_fd = out_fd;
	ck_assert_msg(jsl_logfile_new(&lf, &opts, errmsg, sizeof(errmsg)) == 0, "%s",
		      errmsg);
	return lf;
}

/* The text of a file of the directory, or NULL. Static. */
static const char *text_of(const char *name)
{
	static char text[1 << 20];
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

static void clean_up(struct jsl_logfile *lf)
{
	char command[128];

	jsl_logfile_free(lf);
	event_base_free(base);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
	dir[0] = '\0'; /* the next test may run in this process */
}

static unsigned int lines_of(const char *text)
{
	unsigned int n = 0;

	for (; text != NULL && *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

START_TEST(writes_lines_to_the_log_of_their_level)
{
	struct jsl_logfile *lf = open_log(1 << 20, -1);
	struct jsl_log log = jsl_logfile_sink(lf, JSL_LOG_VERBOSE);
	const char *text;
	int year, month, day, hour, minute, second, ms, n = 0;

	jsl_log_write(&log, JSL_LOG_INFO, "election", "leader is %d\nforged", 7);
	jsl_log_write(&log, JSL_LOG_VERBOSE, "gossip", "heard of %d", 8);
	jsl_logfile_flush(lf);
	text = text_of("peer-3.summary.log");
	ck_assert_int_eq(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %n", &year, &month,
				&day, &hour, &minute, &second, &ms, &n),
			 7);
	ck_assert_int_eq(n, 25);
	ck_assert_str_eq(text + n, "INFO election leader is 7?forged\n");
	text = text_of("peer-3.verbose.log");
	ck_assert_uint_eq(lines_of(text), 2);
	ck_assert_ptr_nonnull(strstr(text, "Z VERBOSE gossip heard of 8\n"));
	clean_up(lf);
}
END_TEST

START_TEST(flushes_by_itself)
{
	struct jsl_logfile *lf = open_log(1 << 20, -1);
	struct jsl_log log = jsl_logfile_sink(lf, JSL_LOG_VERBOSE);

	jsl_log_write(&log, JSL_LOG_VERBOSE, "gossip", "later");
	ck_assert_uint_eq(lines_of(text_of("peer-3.verbose.log")), 0);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(lines_of(text_of("peer-3.verbose.log")), 1);
	jsl_log_write(&log, JSL_LOG_WARN, "gossip", "at once");
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(lines_of(text_of("peer-3.summary.log")), 1);
	clean_up(lf);
}
END_TEST

START_TEST(rotates_by_size_and_keeps_so_many)
{
	struct jsl_logfile *lf = open_log(1000, -1);
	struct jsl_log log = jsl_logfile_sink(lf, JSL_LOG_VERBOSE);
	unsigned int lines = 0;

	for (int i = 0; i < 100; i++) {
		jsl_log_write(&log, JSL_LOG_INFO, "test", "%040d", i);
		jsl_logfile_flush(lf);
	}
	lines = lines_of(text_of("peer-3.summary.log"));
	lines += lines_of(text_of("peer-3.summary.log.1"));
	ck_assert_uint_eq(lines_of(text_of("peer-3.summary.log.1")), 14);
	ck_assert_ptr_nonnull(strstr(text_of("peer-3.summary.log.2"), "Z INFO test 0"));
	ck_assert_ptr_null(text_of("peer-3.summary.log.3"));
	ck_assert_uint_lt(lines, 100);
	clean_up(lf);
}
END_TEST

START_TEST(reopens_after_somebody_else_rotated)
{
	struct jsl_logfile *lf = open_log(1 << 20, -1);
	struct jsl_log log = jsl_logfile_sink(lf, JSL_LOG_VERBOSE);
	char from[128], to[128];

	jsl_log_write(&log, JSL_LOG_INFO, "test", "one");
	snprintf(from, sizeof(from), "%s/peer-3.summary.log", dir);
	snprintf(to, sizeof(to), "%s/moved", dir);
	ck_assert_int_eq(rename(from, to), 0);
	jsl_logfile_reopen(lf);
	jsl_log_write(&log, JSL_LOG_INFO, "test", "two");
	jsl_logfile_flush(lf);
	ck_assert_ptr_nonnull(strstr(text_of("moved"), "one\n"));
	ck_assert_ptr_nonnull(strstr(text_of("peer-3.summary.log"), "two\n"));
	clean_up(lf);
}
END_TEST

/* RLIMIT_FSIZE stands for the full disk: write() fails, then works again. */
START_TEST(a_full_disk_loses_lines_counts_them_and_says_so)
{
	struct jsl_logfile *lf = open_log(64 << 20, -1);
	struct jsl_log log = jsl_logfile_sink(lf, JSL_LOG_VERBOSE);
	struct rlimit full = {.rlim_cur = 5000, .rlim_max = RLIM_INFINITY}, space;
	char note[128];
	uint64_t lost;

	getrlimit(RLIMIT_FSIZE, &space);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &full);
	for (int i = 0; i < 3000; i++)
		jsl_log_write(&log, JSL_LOG_VERBOSE, "test", "%080d", i);
	jsl_logfile_flush(lf);
	lost = jsl_logfile_lost(lf);
	ck_assert_uint_gt(lost, 1000);
	full.rlim_cur = space.rlim_max;
	setrlimit(RLIMIT_FSIZE, &full);
	for (int i = 0; i < 10; i++)
		jsl_logfile_flush(lf);
	jsl_log_write(&log, JSL_LOG_VERBOSE, "test", "after");
	jsl_logfile_flush(lf);
	snprintf(note, sizeof(note), "Z WARN log %llu lines are missing",
		 (unsigned long long)lost);
	ck_assert_ptr_nonnull(strstr(text_of("peer-3.verbose.log"), note));
	ck_assert_ptr_nonnull(strstr(text_of("peer-3.verbose.log"), "after\n"));
	ck_assert_uint_eq(lines_of(text_of("peer-3.verbose.log")) + lost, 3000 + 2);
	clean_up(lf);
}
END_TEST

START_TEST(opens_for_reading_what_is_buffered)
{
	struct jsl_logfile *lf = open_log(1 << 20, -1);
	struct jsl_log log = jsl_logfile_sink(lf, JSL_LOG_VERBOSE);
	uint64_t size = 0;
	char text[256] = "";
	int fd;

	jsl_log_write(&log, JSL_LOG_INFO, "test", "one");
	fd = jsl_logfile_open(lf, JSL_LOGFILE_SUMMARY, &size);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, text, sizeof(text) - 1), (ssize_t)size);
	ck_assert_ptr_nonnull(strstr(text, "one\n"));
	close(fd);
	clean_up(lf);
}
END_TEST

START_TEST(says_state_changes_on_stdout_too)
{
	int out[2];
	struct jsl_logfile *lf;
	char text[256] = "";

	ck_assert_int_eq(pipe(out), 0);
	lf = open_log(1 << 20, out[1]);
	jsl_logfile_role(lf, JSL_ELECTION_LOOKING, JSL_ELECTION_FOLLOWING);
	jsl_logfile_failed(lf, 7);
	ck_assert_int_gt(read(out[0], text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, "3: switching from LOOKING to FOLLOWING\n"
			       "3: no heartbeat from server 7 - SERVER FAILED\n");
	jsl_logfile_flush(lf);
	ck_assert_ptr_nonnull(strstr(text_of("peer-3.summary.log"),
				     "3: no heartbeat from server 7 - SERVER FAILED\n"));
	/* a reader that does not read stops nothing */
	for (int i = 0; i < 5000; i++)
		jsl_logfile_failed(lf, 7);
	clean_up(lf);
}
END_TEST

START_TEST(says_why_it_cannot_open)
{
	struct jsl_logfile_opts opts = JSL_LOGFILE_OPTS_INIT;
	struct jsl_logfile *lf = NULL;
	char errmsg[256] = "";

	opts.base = event_base_new();
	opts.dir = "/proc/nowhere";
	opts.name = "peer-3";
	ck_assert_int_lt(jsl_logfile_new(&lf, &opts, errmsg, sizeof(errmsg)), 0);
	ck_assert_ptr_nonnull(strstr(errmsg, "/proc/nowhere: "));
	event_base_free(opts.base);
}
END_TEST

START_TEST(notifies_the_service_manager)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	socklen_t sa_len = offsetof(struct sockaddr_un, sun_path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[sizeof(sa.sun_path) + 1] = "";

	snprintf(sa.sun_path, sizeof(sa.sun_path), "/tmp/jsl-test-notify-%d", getpid());
	unlink(sa.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(jsl_notify(sa.sun_path, "READY=1"), 0);
	ck_assert_int_eq(recv(fd, text, sizeof(text), MSG_DONTWAIT), 7);
	ck_assert_str_eq(text, "READY=1");
	unlink(sa.sun_path);
	close(fd);

	/* An abstract name, which has no NUL at its end. */
	snprintf(sa.sun_path, sizeof(sa.sun_path), "@jsl-test-notify-%d", getpid());
	snprintf(text, sizeof(text), "%s", sa.sun_path);
	sa_len += (socklen_t)strlen(text);
	sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sa_len), 0);
	ck_assert_int_eq(jsl_notify(text, "STOPPING=1"), 0);
	ck_assert_int_eq(recv(fd, text, sizeof(text), MSG_DONTWAIT), 10);
	close(fd);
	ck_assert_int_eq(jsl_notify(NULL, "READY=1"), 0);
	ck_assert_int_eq(jsl_notify("relative", "READY=1"), -EINVAL);
	ck_assert_int_eq(jsl_notify("/nowhere", "READY=1"), -ENOENT);
}
END_TEST

SUITE_MAIN("logfile", writes_lines_to_the_log_of_their_level, flushes_by_itself,
	   rotates_by_size_and_keeps_so_many, reopens_after_somebody_else_rotated,
	   a_full_disk_loses_lines_counts_them_and_says_so,
	   opens_for_reading_what_is_buffered, says_state_changes_on_stdout_too,
	   says_why_it_cannot_open, notifies_the_service_manager)
