/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When archives are built and which JVMs get them; see archives.h. Every start of a JVM
 * that goes without makes the look due, so a runner that starts none is never woken, and
 * one that is short-lived never builds.
 */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jsl/err.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "runner/runner_int.h"

/** Which of them all. */
struct which {
	struct jsl_runner__jdk *jdk;
	enum jsl_runner__kind kind; /* of the JVMs that map it */
};

static struct which which_of(struct jsl_runner *r, const struct jsl_runner__profile *p)
{
	return (struct which){
		.jdk = jsl_runner__jdks_of(r, p),
		.kind = p->kind == JSL_VM_ARCHIVER ? p->archive_of : p->kind,
	};
}

static struct jsl_runner__jdk_archive *archive_of(struct which w)
{
	return &w.jdk->archives[w.kind];
}

static void look_in(struct jsl_runner *r, uint32_t ms)
{
	struct timeval tv = jsl_runner__timeval(ms);

	(void)event_add(&r->archives.look, &tv);
}

static void forget(struct which w)
{
	free(archive_of(w)->path);
	archive_of(w)->path = NULL;
}

static void go_without(struct jsl_runner *r, struct which w, const char *why)
{
	jsl_log_write(&r->log, JSL_LOG_WARN, "runner",
		      "no class archive of JDK %s (%s): %s", w.jdk->version,
		      jsl_runner__command_mode(w.kind), why);
	forget(w);
	archive_of(w)->not_before_us =
		jsl_io_now_us() + (uint64_t)JSL_RUNNER__ARCHIVE_RETRY_MS * 1000;
}

static int use(struct jsl_runner *r, struct which w, const char *name)
{
	forget(w);
	if (asprintf(&archive_of(w)->path, "%s/%s", r->archives.dir, name) >= 0)
		return 0;
	archive_of(w)->path = NULL;
	return -ENOMEM;
}

/** Take one that is there. Returns whether it was, or -errno. */
static int adopt(struct jsl_runner *r, struct which w, int dir,
		 const struct jsl_runner__archive_key *key)
{
	jsl_autofree char *name = NULL;
	int rc = jsl_runner__archive_find(dir, key, &name);

	if (rc > 0 && use(r, w, name) != 0)
		return -ENOMEM;
	if (rc > 0)
		jsl_log_write(&r->log, JSL_LOG_VERBOSE, "runner",
			      "class archive of JDK %s (%s): %s", w.jdk->version,
			      jsl_runner__command_mode(w.kind), archive_of(w)->path);
	return rc;
}

/** Start the JVM that builds it. */
static int build(struct jsl_runner *r, struct which w, int dir,
		 const struct jsl_runner__archive_key *key)
{
	struct jsl_runner__archives *a = &r->archives;
	struct jsl_runner__profile p;
	int err = jsl_runner__archive_begin(&a->file, dir, key);

	if (err != 0)
		return err;
	jsl_runner__profile_make(JSL_VM_ARCHIVER, w.jdk == &r->host.jdk ? NULL : w.jdk,
				 &r->limits, &p);
	p.archive_of = w.kind;
	a->complete = false;
	a->failure[0] = '\0';
	err = jsl_runner__vm_new(r, &p, true);
	if (err != 0) {
		jsl_runner__archive_abort(&a->file);
		return err;
	}
	a->builder = jsl_container_of(r->vms.prev, struct jsl_runner__vm, link);
	/* For all of it: then others may begin one. */
	jsl_runner__vm_set_timer(a->builder, JSL_RUNNER__ARCHIVE_BUILD_MS);
	return 0;
}

/** Nobody waits for anything, and what is kept warm is. */
static bool is_at_rest(const struct jsl_runner *r)
{
	if (r->n_active > 0 || !jsl_list_empty(&r->waiting) ||
	    jsl_io_now_us() < r->not_before_us)
		return false;
	jsl_list_foreach (it, &r->vms)
		if (jsl_container_of(it, struct jsl_runner__vm, link)->state ==
		    JSL_VM_STARTING)
			return false;
	return true;
}

/** The first that there could be, of the JDKs in use; those of run JVMs count more. */
static bool find_lack(struct jsl_runner *r, struct which *ret_w)
{
	static const enum jsl_runner__kind kinds[] = {JSL_VM_RUN, JSL_VM_COMPILER};
	uint64_t now_us = jsl_io_now_us();

	for (size_t i = 0; i < 2 * (r->host.n_jdks + 1); i++) {
		struct which w = {i < 2 ? &r->host.jdk : &r->host.jdks[i / 2 - 1],
				  kinds[i % 2]};

		if (archive_of(w)->path == NULL &&
		    now_us >= archive_of(w)->not_before_us && (i < 2 || w.jdk->used)) {
			*ret_w = w;
			return true;
		}
	}
	return false;
}

/** Returns 0 if it is there or being built; -EBUSY: not now; -errno. */
static int provide(struct jsl_runner *r, struct which w, bool may_build)
{
	struct jsl_runner__archives *a = &r->archives;
	struct jsl_runner__archive_key key;
	jsl_autoclose int dir = jsl_runner__archive_open(a->dir);
	int rc = dir < 0 ? dir
			 : jsl_runner__archive_key(&key, w.jdk, r->host.jar,
						   jsl_runner__command_jar(&r->host),
						   jsl_runner__command_mode(w.kind));

	if (rc == 0)
		rc = adopt(r, w, dir, &key);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	return may_build ? build(r, w, dir, &key) : -EBUSY;
}

/** Returns what provide() does, and 0 if there is nothing to do. */
static int look_now(struct jsl_runner *r)
{
	struct jsl_runner__archives *a = &r->archives;
	uint64_t now_us = jsl_io_now_us();
	uint64_t busy_us = UINT64_C(1000) * a->after_ms * JSL_RUNNER__ARCHIVE_BUSY_TIMES;
	struct which w;
	int err = 0;

	if (!r->warm)
		a->lacked_us = 0;
	while (r->warm && a->builder == NULL && err == 0 && find_lack(r, &w)) {
		if (a->lacked_us == 0)
			a->lacked_us = now_us;
		err = provide(r, w, is_at_rest(r) || now_us - a->lacked_us >= busy_us);
		if (err != 0 && err != -EBUSY) {
			go_without(r, w, jsl_strerror(err));
			err = 0;
		}
		if (err == 0)
			a->lacked_us = 0;
	}
	return err;
}

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_runner *r = arg;

	(void)fd;
	(void)what;
	if (look_now(r) == -EBUSY)
		look_in(r, r->archives.after_ms < JSL_RUNNER__ARCHIVE_AGAIN_MS
				   ? r->archives.after_ms
				   : JSL_RUNNER__ARCHIVE_AGAIN_MS);
}

const char *jsl_runner__archives_use(struct jsl_runner *r,
				     const struct jsl_runner__profile *p)
{
	struct jsl_runner__archives *a = &r->archives;
	struct which w = which_of(r, p);
	const char *path = archive_of(w)->path;

	if (a->dir == NULL || p->kind == JSL_VM_ARCHIVER)
		return NULL;
	if (path != NULL && access(path, R_OK) == 0)
		return path;
	forget(w); /* another process had a newer one */
	if (a->builder == NULL && !event_pending(&a->look, EV_TIMEOUT, NULL))
		look_in(r, a->after_ms);
	return NULL;
}

void jsl_runner__archives_doubt(struct jsl_runner *r, const struct jsl_runner__profile *p)
{
	go_without(r, which_of(r, p), "a JVM that uses it did not start");
}

void jsl_runner__archives_forget(struct jsl_runner__jdk *jdk)
{
	for (int kind = JSL_VM_COMPILER; kind <= JSL_VM_RUN; kind++) {
		struct which w = {jdk, (enum jsl_runner__kind)kind};

		forget(w);
		archive_of(w)->not_before_us = 0;
	}
}

void jsl_runner__archives_cancel(struct jsl_runner *r)
{
	if (r->archives.builder != NULL)
		jsl_runner__vm_stop(r->archives.builder, JSL_STOP_DISMISSED);
}

void jsl_runner__archives_settle(struct jsl_runner *r,
				 const struct jsl_runner__profile *p, const char *name,
				 const char *why)
{
	struct which w = which_of(r, p);

	if (name != NULL && use(r, w, name) != 0)
		why = jsl_strerror(-ENOMEM);
	if (why != NULL)
		go_without(r, w, why);
	if (find_lack(r, &w))
		look_in(r, r->archives.after_ms);
}

static int set_dir(struct jsl_runner *r, const char *path)
{
	struct jsl_runner__archives *a = &r->archives;
	jsl_autoclose int dir = jsl_runner__archive_open(path);
	char *jar = realpath(r->host.jar, NULL); /* a box is built from another place */

	if (jar == NULL)
		return -errno;
	free(r->host.jar);
	r->host.jar = jar;
	if (dir < 0)
		return dir;
	a->dir = realpath(path, NULL);
	return a->dir != NULL ? 0 : -errno;
}

/** Rule 11: nothing is opened for the box's user, so both must be within its reach. */
static bool can_reach(struct jsl_runner *r)
{
	const char *paths[] = {r->archives.dir, r->host.jar};

	assert(paths[0] != NULL);
	if (r->host.isolation == JSL_ISOLATION_NONE && strchr(paths[0], ':') != NULL) {
		/* Java takes it for two paths; in a box it has another name. */
		snprintf(r->archives.why, sizeof(r->archives.why),
			 "there is a colon in %.200s", paths[0]);
		return false;
	}
	for (size_t i = 0; r->drop && i < 2; i++)
		if (jsl_runner__archive_reach(paths[i], r->uid, r->gid) != 0) {
			snprintf(r->archives.why, sizeof(r->archives.why),
				 "user %u cannot reach %.200s", (unsigned int)r->uid,
				 paths[i]);
			return false;
		}
	return true;
}

/** Those of the default JDK that are there already. */
static void adopt_first(struct jsl_runner *r)
{
	struct which w = {.jdk = &r->host.jdk};

	for (int kind = JSL_VM_COMPILER; kind <= JSL_VM_RUN; kind++) {
		int err;

		w.kind = (enum jsl_runner__kind)kind;
		err = provide(r, w, false);
		if (err != 0 && err != -EBUSY)
			go_without(r, w, jsl_strerror(err));
	}
}

void jsl_runner__archives_init(struct jsl_runner *r, const struct jsl_runner_opts *opts)
{
	struct jsl_runner__archives *a = &r->archives;
	int err;

	a->file.dir = a->file.fd = -1;
	a->after_ms = opts->archive_after_ms != 0 ? opts->archive_after_ms
						  : JSL_RUNNER__ARCHIVE_AFTER_MS;
	event_assign(&a->look, r->base, -1, 0, look, r);
	if (opts->cache_dir == NULL)
		return;
	err = set_dir(r, opts->cache_dir);
	if (err != 0)
		snprintf(a->why, sizeof(a->why), "%.160s: %s", opts->cache_dir,
			 err == -EPERM ? "it is not this user's alone"
				       : jsl_strerror(err));
	if (err == 0 && can_reach(r)) {
		r->host.jar_by_path = true;
		adopt_first(r);
		return;
	}
	free(a->dir);
	a->dir = NULL;
	jsl_log_write(&r->log, JSL_LOG_VERBOSE, "runner", "no class archives: %s",
		      a->why);
}

void jsl_runner__archives_deinit(struct jsl_runner *r)
{
	struct jsl_runner__archives *a = &r->archives;

	if (event_initialized(&a->look))
		event_del(&a->look);
	if (a->file.dir >= 0 && a->builder != NULL)
		jsl_runner__archive_abort(&a->file);
	free(a->dir);
}

bool jsl_runner__archives_describe(const struct jsl_runner *r, char *text, size_t size)
{
	const struct jsl_runner__archives *a = &r->archives;
	const struct jsl_runner__jdk_archive *of = r->host.jdk.archives;
	bool used = of[JSL_VM_RUN].path != NULL && of[JSL_VM_COMPILER].path != NULL;

	if (a->dir != NULL)
		snprintf(text, size, "%s, in %s", used ? "used" : "not built yet",
			 a->dir);
	else if (a->why[0] != '\0')
		snprintf(text, size, "%s", a->why);
	return used;
}
