/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The further JDKs of a runner, each under the name that jobs choose it by.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>

#include "base/log.h"
#include "runner/runner_int.h"

bool jsl_runner_jdk_name_ok(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-");

	return len > 0 && len <= JSL_RUNNER_JDK_NAME_MAX && name[len] == '\0';
}

int jsl_runner__jdks_pick(struct jsl_runner *r, const char *name,
			  struct jsl_runner__jdk **ret_jdk)
{
	*ret_jdk = NULL;
	if (name == NULL || *name == '\0')
		return 0;
	for (size_t i = 0; i < r->host.n_jdks; i++)
		if (strcmp(r->host.jdks[i].name, name) == 0) {
			*ret_jdk = &r->host.jdks[i];
			return 0;
		}
	return JSL_E_NO_JDK;
}

struct jsl_runner__jdk *jsl_runner__jdks_of(struct jsl_runner *r,
					    const struct jsl_runner__profile *p)
{
	/* Those of profiles are ours, and constant to all others. */
	return p->jdk != NULL ? (struct jsl_runner__jdk *)p->jdk : &r->host.jdk;
}

void jsl_runner__jdks_refresh(struct jsl_runner *r, const struct jsl_runner__profile *p)
{
	struct jsl_runner__jdk *jdk = jsl_runner__jdks_of(r, p);
	char old[64];

	snprintf(old, sizeof(old), "%s", jdk->version);
	if (!jsl_runner__jdk_was_replaced(jdk))
		return;
	jsl_log_write(&r->log, JSL_LOG_INFO, "runner", "JDK %s in %s was replaced by %s",
		      old, jdk->home, jdk->version);
	jsl_runner__archives_forget(jdk);
	jsl_list_foreach (it, &r->vms) {
		struct jsl_runner__vm *vm =
			jsl_container_of(it, struct jsl_runner__vm, link);

		if (jsl_runner__jdks_of(r, &vm->profile) != jdk)
			continue;
		vm->outdated = true;
		if (vm->profile.kind == JSL_VM_ARCHIVER)
			jsl_runner__vm_stop(vm, JSL_STOP_DISMISSED);
		jsl_runner__vm_dismiss(vm);
	}
}

static int check_name(struct jsl_runner *r, const char *name, char *errmsg, size_t size)
{
	struct jsl_runner__jdk *twin;
	bool ok = name != NULL && jsl_runner_jdk_name_ok(name);

	if (ok && jsl_runner__jdks_pick(r, name, &twin) != 0)
		return 0;
	if (errmsg != NULL)
		snprintf(errmsg, size,
			 ok ? "runner: two JDKs are called \"%s\""
			    : "runner: \"%s\" is no name of a JDK",
			 name != NULL ? name : "");
	return -EINVAL;
}

/* "17.0.15 21=21.0.3 …" */
static int describe(struct jsl_runner *r, char *errmsg, size_t size)
{
	char text[JSL_RUNNER_JDKS_TEXT_MAX + 1];
	int len = snprintf(text, sizeof(text), "%s", r->host.jdk.version);

	for (size_t i = 0; i < r->host.n_jdks && len < (int)sizeof(text); i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, " %s=%s",
				r->host.jdks[i].name, r->host.jdks[i].version);
	if (len >= (int)sizeof(text)) {
		if (errmsg != NULL)
			snprintf(errmsg, size,
				 "runner: the names of the JDKs are too long");
		return -EINVAL;
	}
	r->host.jdks_text = strdup(text);
	return r->host.jdks_text != NULL ? 0 : -ENOMEM;
}

int jsl_runner__jdks_default(struct jsl_runner__jdk *jdk,
			     const struct jsl_runner_opts *opts, char *errmsg,
			     size_t size)
{
	int err = jsl_runner__jdk_find(jdk, opts->java_home, errmsg, size);

	if (err != JSL_E_NO_JDK || opts->java_home != NULL || opts->n_jdks == 0)
		return err;
	/* A machine without one of its own. */
	jsl_runner__jdk_deinit(jdk);
	return jsl_runner__jdk_find(jdk, opts->jdks[0].home, errmsg, size);
}

int jsl_runner__jdks_find(struct jsl_runner *r, const struct jsl_runner_opts *opts,
			  char *errmsg, size_t size)
{
	int err = jsl_runner__jdks_default(&r->host.jdk, opts, errmsg, size);

	if (err == 0 && opts->n_jdks > JSL_RUNNER_JDKS_MAX)
		err = -EINVAL;
	if (err != 0)
		return err;
	r->host.jdks = calloc(opts->n_jdks + 1, sizeof(*r->host.jdks));
	if (r->host.jdks == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < opts->n_jdks; i++) {
		struct jsl_runner__jdk *jdk = &r->host.jdks[i];

		err = check_name(r, opts->jdks[i].name, errmsg, size);
		if (err == 0 && opts->jdks[i].home == NULL)
			err = -EINVAL;
		if (err != 0)
			return err;
		r->host.n_jdks++;
		jdk->name = strdup(opts->jdks[i].name);
		if (jdk->name == NULL)
			return -ENOMEM;
		err = jsl_runner__jdk_find(jdk, opts->jdks[i].home, errmsg, size);
		if (err != 0)
			return err;
	}
	return describe(r, errmsg, size);
}

void jsl_runner__jdks_deinit(struct jsl_runner *r)
{
	for (size_t i = 0; i < r->host.n_jdks; i++)
		jsl_runner__jdk_deinit(&r->host.jdks[i]);
	free(r->host.jdks);
	free(r->host.jdks_text);
	jsl_runner__jdk_deinit(&r->host.jdk);
}

const char *jsl_runner_jdks(const struct jsl_runner *r)
{
	return r->host.jdks_text;
}
