/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where our own control group is, as the files of the kernel tell it.
 */

#include "config.h"

#include "runner/cgroup.h"
#include "../lib/suite.h"

#define V1_MOUNTS                                                                    \
	"22 1 0:20 / /sys rw - sysfs sysfs rw\n"                                     \
	"34 30 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n" \
	"38 30 0:35 / /sys/fs/cgroup/cpu,pids rw shared:9 - cgroup none rw,cpu,pids\n"
#define V2_MOUNT                                                            \
	"40 30 0:37 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 " \
	"rw,nsdelegate\n"

static const struct {
	const char *groups, *mounts, *controller;
	const char *dir; /* NULL: none */
} rows[] = {
	{"0::/system.slice/jsl-peer.service\n", V2_MOUNT, "",
	 "/sys/fs/cgroup/system.slice/jsl-peer.service"},
	{"0::/\n", V2_MOUNT, "", "/sys/fs/cgroup"},
	{"0::/", V2_MOUNT, "", "/sys/fs/cgroup"}, /* without the last end of line */
	{"4:memory:/a\n8:cpu,pids:/b\n0::/\n", V1_MOUNTS V2_MOUNT, "memory",
	 "/sys/fs/cgroup/memory/a"},
	{"4:memory:/a\n8:cpu,pids:/b:c\n0::/\n", V1_MOUNTS V2_MOUNT, "pids",
	 "/sys/fs/cgroup/cpu,pids/b:c"},
	{"4:memory:/a\n8:cpu,pids:/b\n0::/\n", V1_MOUNTS V2_MOUNT, "", "/sys/fs/cgroup"},
	/* Words, not parts of them. */
	{"4:memory2,xmemory:/a\n0::/\n", V1_MOUNTS V2_MOUNT, "memory", NULL},
	/* A container that sees its own part: what is above is not said. */
	{"4:memory:/docker/0abc/x\n",
	 "9 8 0:3 /docker/0abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
	 "memory", "/sys/fs/cgroup/memory/x"},
	{"4:memory:/docker/0abc\n",
	 "9 8 0:3 /docker/0abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
	 "memory", "/sys/fs/cgroup/memory"},
	{"4:memory:/docker/0abcd\n",
	 "9 8 0:3 /docker/0abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
	 "memory", NULL},
	{"4:memory:/other\n",
	 "9 8 0:3 /docker/0abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
	 "memory", NULL},
	/* Nothing there. */
	{"", V2_MOUNT, "", NULL},
	{"0::/\n", "", "", NULL},
	{"0::/\n", V1_MOUNTS, "", NULL},
	{"8:pids:/\n", V1_MOUNTS, "memory", NULL},
	/* What no kernel writes. */
	{"memory\n::\n:\n\n0\n0:\n", V1_MOUNTS V2_MOUNT, "", NULL},
	{"0::/\n", "1 2 3\n-\n - \n- cgroup2 a b\n40 30 0:37 / /x rw - cgroup2\n", "",
	 NULL},
	{"0::/\n", "40 30 0:37 / /a\\040b rw - cgroup2 cgroup2 rw\n", "", NULL},
};

START_TEST(own_group_is_found)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char dir[JSL_RUNNER__CGROUP_DIR_MAX] = "";
		bool found = jsl_runner__cgroup_dir(rows[i].groups, rows[i].mounts,
						    rows[i].controller, dir, sizeof(dir));

		ck_assert_msg(found == (rows[i].dir != NULL), "row %zu: %s", i, dir);
		if (found)
			ck_assert_str_eq(dir, rows[i].dir);
	}
}
END_TEST

START_TEST(name_that_does_not_fit_is_none)
{
	char dir[15]; /* one too few */

	ck_assert(!jsl_runner__cgroup_dir("0::/\n", V2_MOUNT, "", dir, 14));
	ck_assert(jsl_runner__cgroup_dir("0::/\n", V2_MOUNT, "", dir, 15));
	ck_assert_str_eq(dir, "/sys/fs/cgroup");
}
END_TEST

SUITE_MAIN("runner cgroup", own_group_is_found, name_that_does_not_fit_is_none)
