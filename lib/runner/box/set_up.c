/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layers of a box that bubblewrap cannot make: see box.h. The order matters: what
 * needs a capability comes first, then they all go, and nothing after may need one.
 */

#include "config.h"

#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	NOFILE = 256, /* descriptors of a process; a JVM has about ten */
	STACK_BYTES = 8 << 20,
	MEMLOCK_BYTES = 64 << 10
};

/** Sized, inode-limited, and nothing in it can be executed. */
static void mount_tmp(const struct box_opts *o)
{
	char data[96];

	snprintf(data, sizeof(data), "size=%llu,nr_inodes=%llu,mode=0700",
		 (unsigned long long)o->disk_bytes, (unsigned long long)o->inodes + 1);
	if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, data) < 0)
		box_die("tmpfs", errno);
}

/** bubblewrap leaves the namespace with a loopback that is up: not even that. */
static void take_network_down(void)
{
	struct ifreq lo = {.ifr_name = "lo"};
	struct sockaddr_in none = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return; /* a kernel without it has nothing to take down */
	/* Without its address too, so that connecting fails and does not hang. */
	memcpy(&lo.ifr_addr, &none, sizeof(none));
	if (ioctl(fd, SIOCSIFADDR, &lo) < 0)
		box_die("network", errno);
	lo.ifr_flags = 0;
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		box_die("network", errno);
	close(fd);
}

static void drop_capabilities(bool sandbox)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && sandbox)
			box_die("capabilities", errno);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    syscall(SYS_capset, &head, none) < 0)
		box_die("capabilities", errno);
}

static void set_limit(int resource, uint64_t value)
{
	struct rlimit old, new = {.rlim_cur = value, .rlim_max = value};

	/* Unprivileged, a limit can only go down. */
	if (getrlimit((__rlimit_resource_t)resource, &old) < 0)
		box_die("limits", errno);
	if (old.rlim_max < new.rlim_max)
		new.rlim_cur = new.rlim_max = old.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &new) < 0)
		box_die("limits", errno);
}

static void set_limits(const struct box_opts *o)
{
	set_limit(RLIMIT_CORE, 0);
	set_limit(RLIMIT_NOFILE, NOFILE);
	set_limit(RLIMIT_STACK, STACK_BYTES);
	set_limit(RLIMIT_MEMLOCK, MEMLOCK_BYTES);
	set_limit(RLIMIT_MSGQUEUE, 0);
	set_limit(RLIMIT_SIGPENDING, 256);
	set_limit(RLIMIT_DATA, o->data_bytes);
	if (!o->sandbox)
		return; /* these count or hit what belongs to the host's user */
	set_limit(RLIMIT_FSIZE, o->disk_bytes);
	set_limit(RLIMIT_NPROC, o->processes);
}

void box_follow_priority(void)
{
	char nice[16];
	int n = getpriority(PRIO_PROCESS, 0), fd;

	if (n <= 0)
		return;
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* not this kernel */
	(void)!write(fd, nice, (size_t)snprintf(nice, sizeof(nice), "%d", n));
	close(fd);
}

void box_set_up(const struct box_opts *o)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		box_die("die with parent", errno);
	if (o->sandbox) {
		mount_tmp(o);
		take_network_down();
	} else if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		box_die("child subreaper", errno);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		box_die("no new privileges", errno);
	drop_capabilities(o->sandbox);
	set_limits(o);
	umask(0022);
	if (chdir("/tmp") < 0)
		box_die("working directory", errno);
	prctl(PR_SET_DUMPABLE, 0);
}

/** isolation "none": this is the reaper of what java started, so they are its children.
 */
static void kill_children(void)
{
	char path[64];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(f);
}

void box_kill_rest(const struct box_opts *o)
{
	if (o->sandbox)
		kill(-1, SIGKILL); /* all in this pid namespace but ourselves */
	else
		kill_children();
}
