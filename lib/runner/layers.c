/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layers of isolation by their names, as every result lists them (rule 5).
 */

#include "config.h"

#include <assert.h>

#include "runner/runner_int.h"

static void add(struct jsl_runner *r, const char *name)
{
	assert(r->n_layers < JSL_RUNNER__LAYERS_MAX);
	r->layers[r->n_layers++] = name;
}

void jsl_runner__layers_init(struct jsl_runner *r)
{
	static const char *const sandbox[] = {
		"user-namespace",    "pid-namespace",	   "mount-namespace",
		"network-namespace", "ipc-namespace",	   "uts-namespace",
		"read-only-root",    "sized-tmpfs",	   "no-capabilities",
		"no-new-privileges", "system-call-filter", "resource-limits",
		"memory-watch",	     "clean-environment",  "new-session"};
	bool memory = false, pids = false;

	r->n_layers = 0;
	if (r->drop) /* only where there was one to leave */
		add(r, "unprivileged-user");
	if (r->host.isolation == JSL_ISOLATION_SANDBOX)
		for (size_t i = 0; i < sizeof(sandbox) / sizeof(sandbox[0]); i++)
			add(r, sandbox[i]);
	for (size_t i = 0; i < r->groups.n_parents; i++) {
		memory = memory || r->groups.parents[i].memory;
		pids = pids || r->groups.parents[i].pids;
	}
	if (memory)
		add(r, "memory-cgroup");
	if (pids)
		add(r, "process-cgroup");
}
