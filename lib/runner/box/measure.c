/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all processes of a box use, from the kernel's own table: there is no cgroup to
 * ask where none is delegated. In a sandbox /proc shows this box and nothing else.
 */

#include "config.h"

#include "box.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STAT_MAX = 1024 };

/** Add one process; one that has ended meanwhile uses nothing. */
static void add(pid_t pid, struct box_usage *u)
{
	char text[STAT_MAX], path[32], *at;
	uint64_t user, system, dead_user, dead_system, pages;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strrchr(text, ')'); /* its name is its own choice */
	/* Fields 14 to 17 and 24 of proc(5); the state is the third. */
	if (at == NULL ||
	    sscanf(at + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64 " %*d %*d %*d %*d %*u %*u %" SCNu64,
		   &user, &system, &dead_user, &dead_system, &pages) != 5)
		return;
	u->cpu_us += (user + system + dead_user + dead_system) * 1000000 /
		     (uint64_t)sysconf(_SC_CLK_TCK);
	u->rss_bytes += pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

bool box_measure(const struct box_opts *o, pid_t java, struct box_usage *ret_usage)
{
	const struct dirent *entry;
	DIR *proc;

	*ret_usage = (struct box_usage){0};
	if (!o->sandbox) {
		add(java, ret_usage);
		return true;
	}
	proc = opendir("/proc");
	if (proc == NULL)
		return false;
	while ((entry = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && pid != getpid())
			add(pid, ret_usage);
	}
	closedir(proc);
	return true;
}
