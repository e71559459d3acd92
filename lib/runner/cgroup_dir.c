/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where our own control group is, out of two files of the kernel's; see cgroup.h,
 * cgroups(7) and proc_pid_mountinfo(5).
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "runner/cgroup.h"

struct text {
	const char *at;
	size_t len;
};

static bool is_word(struct text t, const char *word)
{
	return t.len == strlen(word) && memcmp(t.at, word, t.len) == 0;
}

/** Cut off *@rest what comes before @separator. Returns false at its end. */
static bool take(struct text *rest, char separator, struct text *ret_part)
{
	const char *end;

	if (rest->at == NULL)
		return false;
	*ret_part = *rest;
	end = memchr(rest->at, separator, rest->len);
	if (end == NULL) {
		rest->at = NULL;
		return true;
	}
	ret_part->len = (size_t)(end - rest->at);
	rest->len -= ret_part->len + 1;
	rest->at = end + 1;
	return true;
}

/** Whether @word is one of a list with commas. */
static bool has_word(struct text list, const char *word)
{
	struct text part;

	while (take(&list, ',', &part))
		if (is_word(part, word))
			return true;
	return false;
}

/** A line of /proc/self/cgroup is NUMBER:CONTROLLERS:PATH, of version 2 0::PATH. */
static bool find_path(const char *groups, const char *controller, struct text *ret_path)
{
	struct text rest = {groups, strlen(groups)}, line, number, controllers;

	while (take(&rest, '\n', &line)) {
		if (!take(&line, ':', &number) || !take(&line, ':', &controllers) ||
		    line.at == NULL)
			continue;
		if (*controller == '\0' ? is_word(number, "0")
					: has_word(controllers, controller)) {
			*ret_path = line;
			return true;
		}
	}
	return false;
}

/** ID PARENT DEVICE ROOT POINT OPTIONS … - TYPE SOURCE OPTIONS */
static bool parse_mount(struct text line, const char *controller, struct text *ret_root,
			struct text *ret_point)
{
	enum { ROOT = 3, POINT = 4 };
	struct text part = {0}, type = {0}, source = {0};

	*ret_root = *ret_point = (struct text){0};
	for (int i = 0; take(&line, ' ', &part) && !is_word(part, "-"); i++) {
		if (i == ROOT)
			*ret_root = part;
		else if (i == POINT)
			*ret_point = part;
	}
	if (ret_point->at == NULL || !take(&line, ' ', &type) ||
	    !take(&line, ' ', &source) || line.at == NULL)
		return false;
	return *controller == '\0'
		       ? is_word(type, "cgroup2")
		       : is_word(type, "cgroup") && has_word(line, controller);
}

static bool find_mount(const char *mounts, const char *controller, struct text *ret_root,
		       struct text *ret_point)
{
	struct text rest = {mounts, strlen(mounts)}, line;

	while (take(&rest, '\n', &line))
		if (parse_mount(line, controller, ret_root, ret_point))
			return true;
	return false;
}

bool jsl_runner__cgroup_dir(const char *groups, const char *mounts,
			    const char *controller, char *dir, size_t size)
{
	struct text path = {0}, root = {0}, point = {0};
	int n;

	if (!find_path(groups, controller, &path) ||
	    !find_mount(mounts, controller, &root, &point))
		return false;
	if (memchr(point.at, '\\', point.len) != NULL)
		return false;	   /* a blank in its name: nobody does that */
	if (!is_word(root, "/")) { /* not all of it is mounted: a container's */
		if (path.len < root.len || memcmp(path.at, root.at, root.len) != 0 ||
		    (path.len > root.len && path.at[root.len] != '/'))
			return false;
		path.at += root.len;
		path.len -= root.len;
	}
	if (is_word(path, "/"))
		path.len = 0;
	n = snprintf(dir, size, "%.*s%.*s", (int)point.len, point.at, (int)path.len,
		     path.at);
	return n > 0 && (size_t)n < size;
}
