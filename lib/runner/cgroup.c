/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control groups of boxes; see cgroup.h.
 */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runner/cgroup.h"

#define PREFIX "jsl-box-"

enum {
	TEXT_MAX = 65536,			    /* of a file of the kernel's */
	DIR_SIZE = JSL_RUNNER__CGROUP_DIR_MAX + 32, /* of a group below ours */
	PATH_SIZE = DIR_SIZE + 32,		    /* of a file in it */
	TRIES_MAX = 10000,			    /* numbers that others have taken */
	OLD_S = 60,
	WAIT_MS = 10,
	WAITS_MAX = 1000
};

/** The first of what a file has, with a NUL at its end. Returns false with errno. */
static bool read_text(const char *path, char *text, size_t size)
{
	jsl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && len < size - 1) {
		n = read(fd, text + len, size - 1 - len);
		if (n > 0)
			len += (size_t)n;
	}
	text[len] = '\0';
	return fd >= 0 && n >= 0;
}

static int write_text(const char *dir, const char *file, const char *text)
{
	char path[PATH_SIZE];
	jsl_autoclose int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

static int write_number(const char *dir, const char *file, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	return write_text(dir, file, text);
}

static bool has_file(const char *dir, const char *file)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return access(path, F_OK) == 0;
}

static void box_dir(const struct jsl_runner__cgroup_parent *p, uint32_t number, char *dir)
{
	snprintf(dir, DIR_SIZE, "%s/" PREFIX "%u", p->dir, number);
}

/** Whether no process but ours is in @dir. */
static bool is_ours_alone(const char *dir)
{
	char path[PATH_SIZE], text[1024], *end;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	return read_text(path, text, sizeof(text)) &&
	       strtol(text, &end, 10) == (long)getpid() && strcmp(end, "\n") == 0;
}

/** Leave @dir to our children, if that is needed. */
static int step_aside(const char *dir)
{
	char path[PATH_SIZE];

	if (!has_file(dir, "cgroup.type")) /* the root of all may have both */
		return 0;
	if (!is_ours_alone(dir))
		return -EBUSY;
	snprintf(path, sizeof(path), "%s/" JSL_RUNNER__CGROUP_SUPERVISOR, dir);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	return write_text(path, "cgroup.procs", "0");
}

static int claim_v2(struct jsl_runner__cgroup_parent *p)
{
	char path[PATH_SIZE], text[1024];
	int err;

	snprintf(path, sizeof(path), "%s/cgroup.controllers", p->dir);
	if (!read_text(path, text, sizeof(text)))
		return -errno;
	p->memory = strstr(text, "memory") != NULL;
	p->pids = strstr(text, "pids") != NULL;
	if (!p->memory && !p->pids)
		return -ENOTSUP;
	err = step_aside(p->dir);
	if (err == 0 && p->memory)
		err = write_text(p->dir, "cgroup.subtree_control", "+memory");
	if (err == 0 && p->pids)
		err = write_text(p->dir, "cgroup.subtree_control", "+pids");
	return err;
}

/**
 * What an earlier process left behind. One with processes is another runner's, and a
 * young one may be, too.
 */
static void sweep(const struct jsl_runner__cgroup_parent *p)
{
	DIR *d = opendir(p->dir);
	const struct dirent *entry;
	struct stat st;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strncmp(entry->d_name, PREFIX, sizeof(PREFIX) - 1) == 0 &&
		    fstatat(dirfd(d), entry->d_name, &st, 0) == 0 &&
		    time(NULL) - st.st_ctime > OLD_S)
			(void)unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
	if (d != NULL)
		closedir(d);
}

/** The hierarchies of version 1 that limit what we want to limit. */
static void find_v1(struct jsl_runner__cgroups *g, const char *groups, const char *mounts)
{
	static const char *const controllers[] = {"memory", "pids"};

	for (size_t i = 0; i < 2; i++) {
		struct jsl_runner__cgroup_parent p = {.memory = i == 0, .pids = i == 1};

		if (!jsl_runner__cgroup_dir(groups, mounts, controllers[i], p.dir,
					    sizeof(p.dir)))
			continue;
		if (g->n_parents == 1 && strcmp(g->parents[0].dir, p.dir) == 0)
			g->parents[0].pids = true; /* both in one hierarchy */
		else
			g->parents[g->n_parents++] = p;
	}
}

static int claim(struct jsl_runner__cgroups *g)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < g->n_parents; i++) {
		struct jsl_runner__cgroup_parent *p = &g->parents[i];

		if (access(p->dir, W_OK) < 0)
			err = -errno;
		else if (g->v2)
			err = claim_v2(p);
		if (err == 0)
			sweep(p);
	}
	return err;
}

int jsl_runner__cgroups_claim(struct jsl_runner__cgroups *g)
{
	char groups[TEXT_MAX], mounts[TEXT_MAX];
	int err;

	*g = (struct jsl_runner__cgroups){0};
	if (!read_text("/proc/self/cgroup", groups, sizeof(groups)) ||
	    !read_text("/proc/self/mountinfo", mounts, sizeof(mounts))) {
		snprintf(g->why, sizeof(g->why), "/proc: %s", strerrordesc_np(errno));
		return -ENOENT;
	}
	find_v1(g, groups, mounts);
	if (g->n_parents == 0 &&
	    jsl_runner__cgroup_dir(groups, mounts, "", g->parents[0].dir,
				   sizeof(g->parents[0].dir))) {
		g->v2 = true;
		g->n_parents = 1;
	}
	if (g->n_parents == 0) {
		snprintf(g->why, sizeof(g->why), "none is mounted here");
		return -ENOENT;
	}
	err = claim(g);
	if (err != 0) {
		snprintf(g->why, sizeof(g->why), "%s is not delegated: %s",
			 g->parents[0].dir,
			 err == -EBUSY	   ? "other processes are in it"
			 : err == -ENOTSUP ? "it has no controllers"
					   : strerrordesc_np(-err));
		g->n_parents = 0;
	}
	return err;
}

static int limit(const struct jsl_runner__cgroup_parent *p, bool v2, const char *dir,
		 uint64_t memory_bytes, uint64_t pids)
{
	int err = 0;

	if (p->memory)
		err = write_number(dir, v2 ? "memory.max" : "memory.limit_in_bytes",
				   memory_bytes);
	/* What is swapped out would not count; not every kernel can tell. */
	if (err == 0 && p->memory && v2 && has_file(dir, "memory.swap.max"))
		err = write_number(dir, "memory.swap.max", 0);
	else if (err == 0 && p->memory && has_file(dir, "memory.memsw.limit_in_bytes"))
		err = write_number(dir, "memory.memsw.limit_in_bytes", memory_bytes);
	if (err == 0 && p->pids)
		err = write_number(dir, "pids.max", pids);
	return err;
}

static int make(struct jsl_runner__cgroup *c, const struct jsl_runner__cgroups *g,
		const struct jsl_runner__cgroup_parent *p, uint64_t memory_bytes,
		uint64_t pids)
{
	char dir[DIR_SIZE], path[PATH_SIZE];
	int err, fd;

	box_dir(p, c->number, dir);
	if (mkdir(dir, 0755) < 0)
		return -errno;
	err = limit(p, g->v2, dir, memory_bytes, pids);
	if (err != 0)
		return err;
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	c->procs[c->n_procs++] = fd;
	return 0;
}

int jsl_runner__cgroup_init(struct jsl_runner__cgroup *c, struct jsl_runner__cgroups *g,
			    uint64_t memory_bytes, uint64_t pids)
{
	int err = -EEXIST;

	*c = (struct jsl_runner__cgroup){0};
	if (g->n_parents == 0)
		return 0;
	for (int tries = 0; err == -EEXIST && tries < TRIES_MAX; tries++) {
		c->number = ++g->last;
		err = 0;
		for (size_t i = 0; err == 0 && i < g->n_parents; i++)
			err = make(c, g, &g->parents[i], memory_bytes, pids);
		if (err == -EEXIST && c->n_procs > 0)
			jsl_runner__cgroup_deinit(c, g); /* half of it is taken */
	}
	if (err == -EEXIST)
		c->number = 0;
	else if (err != 0)
		jsl_runner__cgroup_deinit(c, g);
	return err;
}

void jsl_runner__cgroup_close(struct jsl_runner__cgroup *c)
{
	while (c->n_procs > 0)
		close(c->procs[--c->n_procs]);
}

bool jsl_runner__cgroup_overran(const struct jsl_runner__cgroup *c,
				const struct jsl_runner__cgroups *g)
{
	char dir[DIR_SIZE], path[PATH_SIZE], text[1024];
	const char *line;

	if (c->number == 0 || !g->parents[0].memory)
		return false;
	box_dir(&g->parents[0], c->number, dir);
	snprintf(path, sizeof(path), "%s/%s", dir,
		 g->v2 ? "memory.events" : "memory.oom_control");
	if (!read_text(path, text, sizeof(text)))
		return false;
	line = strstr(text, "oom_kill ");
	return line != NULL && strtoull(line + strlen("oom_kill "), NULL, 10) > 0;
}

/** Returns false while processes are in it. */
static bool remove_box(const struct jsl_runner__cgroups *g, uint32_t number)
{
	char dir[DIR_SIZE];
	bool gone = true;

	for (size_t i = 0; i < g->n_parents; i++) {
		box_dir(&g->parents[i], number, dir);
		if (rmdir(dir) < 0 && errno == EBUSY)
			gone = false;
	}
	return gone;
}

static void remove_left(struct jsl_runner__cgroups *g)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n_left; i++)
		if (!remove_box(g, g->left[i]))
			g->left[kept++] = g->left[i];
	g->n_left = kept;
}

void jsl_runner__cgroup_deinit(struct jsl_runner__cgroup *c,
			       struct jsl_runner__cgroups *g)
{
	jsl_runner__cgroup_close(c);
	if (c->number == 0)
		return;
	remove_left(g);
	/* Where so many do not end, the next process will sweep up. */
	if (!remove_box(g, c->number) && g->n_left < JSL_RUNNER__CGROUP_LEFT_MAX)
		g->left[g->n_left++] = c->number;
	c->number = 0;
}

void jsl_runner__cgroups_deinit(struct jsl_runner__cgroups *g)
{
	for (int i = 0; i < WAITS_MAX && g->n_left > 0; i++) {
		remove_left(g);
		if (g->n_left > 0)
			(void)poll(NULL, 0, WAIT_MS);
	}
}
