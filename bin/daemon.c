/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop and the signals of a daemon; see daemon.h.
 */

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <event2/event.h>

#include <jsl/err.h>

#include "daemon.h"
#include "service/notify.h"

int daemon_fail(const char *program, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", program);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

/* The first signal asks the node to leave, the second one ends the wait. */
static void stop_signal(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	if (d->stopping) {
		daemon_quit(d, EXIT_FAILURE);
		return;
	}
	d->stopping = true;
	(void)jsl_notify(getenv("NOTIFY_SOCKET"), "STOPPING=1");
	d->leave(d);
}

/* What cannot be read leaves everything as it was. */
static void reload_secrets(struct daemon *d, struct daemon_node *n)
{
	char text[JSL_CONF_ERRMSG_MAX];
	struct jsl_conf_secrets s;
	int r;

	if (d->secret_file == NULL || n->node == NULL)
		return;
	if (jsl_conf_read_secrets(&s, d->secret_file, text, sizeof(text)) < 0) {
		daemon_log(n, JSL_LOG_ERROR, text);
		return;
	}
	r = jsl_node_set_secrets(n->node, s.items, s.n);
	snprintf(text, sizeof(text), "%s: %s, %zu accepted", d->secret_file,
		 r == 0 ? "read anew" : jsl_strerror(r), s.n);
	jsl_conf_secrets_deinit(&s);
	daemon_log(n, r == 0 ? JSL_LOG_INFO : JSL_LOG_ERROR, text);
}

static void reload_signal(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	for (struct daemon_node *n = d->nodes; n != NULL; n = n->next) {
		jsl_logfile_reopen(n->logfile);
		reload_secrets(d, n);
		if (n->on_reload != NULL)
			n->on_reload(n);
	}
}

int daemon_secrets(struct daemon *d, const char *path)
{
	char errmsg[JSL_CONF_ERRMSG_MAX] = "out of memory";

	d->secret_file = path;
	if (path != NULL &&
	    jsl_conf_read_secrets(&d->secrets, path, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(d->program, "%s", errmsg);
	return 0;
}

/* Leases are in milliseconds: the loop's timers have to be as fine. */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL)
		return NULL;
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

/* A connection each: as many descriptors as the system allows, not as shells do. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int daemon_init(struct daemon *d, const char *program, void (*leave)(struct daemon *d))
{
	static const int signals[3] = {SIGTERM, SIGINT, SIGHUP};

	*d = (struct daemon){.program = program, .leave = leave};
	signal(SIGPIPE, SIG_IGN);
	raise_descriptors();
	setvbuf(stdout, NULL, _IOLBF, 0);
	d->base = new_base();
	if (d->base == NULL)
		return daemon_fail(program, "cannot make an event loop");
	for (int i = 0; i < 3; i++) {
		d->signals[i] = evsignal_new(
			d->base, signals[i],
			signals[i] == SIGHUP ? reload_signal : stop_signal, d);
		if (d->signals[i] == NULL || event_add(d->signals[i], NULL) < 0)
			return daemon_fail(program, "cannot catch signals");
	}
	return 0;
}

void daemon_deinit(struct daemon *d)
{
	for (int i = 0; i < 3; i++)
		if (d->signals[i] != NULL)
			event_free(d->signals[i]);
	if (d->base != NULL)
		event_base_free(d->base);
	jsl_conf_secrets_deinit(&d->secrets);
}

int daemon_run(struct daemon *d)
{
	jsl_conf_secrets_deinit(&d->secrets);
	(void)jsl_notify(getenv("NOTIFY_SOCKET"), "READY=1");
	if (event_base_dispatch(d->base) < 0)
		return daemon_fail(d->program, "the event loop failed");
	return d->status;
}

void daemon_quit(struct daemon *d, int status)
{
	if (d->status == 0)
		d->status = status;
	event_base_loopbreak(d->base);
}

/*
 * mkdir -p. The last one can be passed, to the class archives in it, and not be listed;
 * what else is in it is private to the node that makes it.
 */
static int make_dirs(const char *path)
{
	char part[DAEMON_PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *p = part + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return mkdir(part, 0751) < 0 && errno != EEXIST ? -errno : 0;
}

int daemon_paths(struct daemon_paths *ret_p, const char *program, const struct options *o)
{
	int r, len;

	if (o->data_dir != NULL)
		snprintf(ret_p->data, sizeof(ret_p->data), "%s", o->data_dir);
	else
		options_state_dir(ret_p->data, sizeof(ret_p->data));
	if (o->log_dir != NULL)
		len = snprintf(ret_p->log, sizeof(ret_p->log), "%s", o->log_dir);
	else
		len = snprintf(ret_p->log, sizeof(ret_p->log), "%s/log", ret_p->data);
	if (len >= (int)sizeof(ret_p->log))
		return daemon_fail(program, "the path of the log directory is too long");
	r = make_dirs(ret_p->data);
	if (r < 0)
		return daemon_fail(program, "--data-dir %s: %s", ret_p->data,
				   strerror(-r));
	r = make_dirs(ret_p->log);
	if (r < 0)
		return daemon_fail(program, "--log-dir %s: %s", ret_p->log, strerror(-r));
	return 0;
}
