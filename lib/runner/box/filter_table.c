/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a JVM may ask the kernel for; everything else is denied. Measured by strace on
 * JDK 17 and JDK 25 (G1 and Serial): start, javac, files, channels, threads, collections,
 * child processes, management beans, logging, fonts. What the C library may use in the
 * place of a measured call is in the same group, and a name that an architecture does
 * not have is skipped there.
 *
 * Left out on purpose, though programs could want them: sockets of every family; file
 * locks, leases and inotify (the files of the JDK are shared by all boxes, so these are a
 * channel between jobs); memory that no limit counts (memfd, shm, message queues); sync
 * (of the whole host); anything that names another process but by a signal, which cannot
 * leave the box.
 */

#include "config.h"

#include "filter_table.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define CALLS(...)                \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

const struct box_group box_groups[] = {
	{"memory: heap, code, stacks, mapped files",
	 CALLS("brk", "mmap", "mprotect", "munmap", "mremap", "madvise", "mincore",
	       "msync")},
	{"threads, their locks and their ends",
	 CALLS("futex", "set_tid_address", "set_robust_list", "rseq", "gettid",
	       "sched_yield", "sched_getaffinity", "sched_getscheduler", "sched_getparam",
	       "sched_get_priority_min", "sched_get_priority_max", "getpriority",
	       "getcpu", "membarrier", "exit", "exit_group", "restart_syscall")},
	{"signals: null checks, safepoints, stack banging; between own processes",
	 CALLS("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
	       "rt_sigpending", "rt_sigtimedwait", "sigaltstack", "kill", "tkill",
	       "tgkill", "pause")},
	{"child processes: the JDK's own programs are all there is to execute",
	 CALLS("fork", "vfork", "execve", "wait4", "waitid")},
	{"who it is, and its own limits, which can only go down",
	 CALLS("getpid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "geteuid",
	       "getgid", "getegid", "getresuid", "getresgid", "getgroups", "uname",
	       "sysinfo", "getrusage", "times", "getrlimit", "setrlimit")},
	{"time", CALLS("clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
		       "gettimeofday", "time")},
	{"random numbers", CALLS("getrandom")},
	{"reading and writing what is open",
	 CALLS("read", "write", "readv", "writev", "pread64", "pwrite64", "preadv",
	       "pwritev", "lseek", "close", "close_range", "dup", "dup2", "dup3", "pipe",
	       "pipe2", "eventfd2", "sendfile", "copy_file_range", "fadvise64", "fsync",
	       "fdatasync", "ftruncate", "fallocate", "getdents64")},
	{"waiting for it",
	 CALLS("poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1",
	       "epoll_ctl", "epoll_wait", "epoll_pwait")},
	{"looking at files",
	 CALLS("stat", "fstat", "lstat", "newfstatat", "statx", "access", "faccessat",
	       "faccessat2", "readlink", "readlinkat", "getcwd", "statfs", "fstatfs",
	       "getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr",
	       "flistxattr")},
	{"making and changing files: there is only /tmp where that works",
	 CALLS("open", "openat", "creat", "truncate", "mkdir", "mkdirat", "rmdir",
	       "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat",
	       "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown",
	       "lchown", "fchownat", "utime", "utimes", "futimesat", "utimensat", "umask",
	       "chdir", "fchdir")},
};
const size_t box_n_groups = sizeof(box_groups) / sizeof(box_groups[0]);

#define NAMESPACES                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)
#define WHOLE 0xffffffffu

enum {
	X86_SET_FS = 0x1002, /* thread-local storage */
	X86_GET_FS = 0x1003,
	X86_CET_STATUS = 0x3001, /* the loader looks for shadow stacks */
	X86_SHSTK_STATUS = 0x5005,
	NAME_MAPPINGS = 0x53564d41 /* PR_SET_VMA: names in /proc/self/maps */
};

const struct box_condition box_conditions[] = {
	{"clone", 0, NAMESPACES, 0, "threads and processes, no namespaces"},
	{"prlimit64", 0, WHOLE, 0, "its own limits; those of jsl-box are not its own"},
	{"socketpair", 0, WHOLE, AF_UNIX, "channels close descriptors by one (preClose)"},
	{"prctl", 0, WHOLE, PR_SET_NAME, "names of threads"},
	{"prctl", 0, WHOLE, PR_GET_NAME, "names of threads"},
	{"prctl", 0, WHOLE, NAME_MAPPINGS, "names of mappings"},
	{"arch_prctl", 0, WHOLE, X86_SET_FS, "thread-local storage"},
	{"arch_prctl", 0, WHOLE, X86_GET_FS, "thread-local storage"},
	{"arch_prctl", 0, WHOLE, X86_CET_STATUS, "shadow stacks"},
	{"arch_prctl", 0, WHOLE, X86_SHSTK_STATUS, "shadow stacks"},
	{"fcntl", 1, WHOLE, F_DUPFD, "descriptors, but no locks and no leases"},
	{"fcntl", 1, WHOLE, F_DUPFD_CLOEXEC, "descriptors"},
	{"fcntl", 1, WHOLE, F_GETFD, "descriptors"},
	{"fcntl", 1, WHOLE, F_SETFD, "descriptors"},
	{"fcntl", 1, WHOLE, F_GETFL, "descriptors"},
	{"fcntl", 1, WHOLE, F_SETFL, "descriptors"},
	{"ioctl", 1, WHOLE, FIONREAD, "InputStream.available()"},
	{"ioctl", 1, WHOLE, TCGETS, "whether a stream is a terminal"},
	{"ioctl", 1, WHOLE, TIOCGWINSZ, "and of which size"},
};
const size_t box_n_conditions = sizeof(box_conditions) / sizeof(box_conditions[0]);

/* Where the C library has another way it takes it on ENOSYS, and on nothing else. */
const char *const box_missing[] = {"clone3", NULL};
