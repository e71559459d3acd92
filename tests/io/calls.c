/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In the place of java in a box: makes system calls that no program may make, raw, and
 * prints those that did not fail as they have to.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAMILIES = 48, X32_BIT = 0x40000000, I386_GETPID = 20 };

static void expect(const char *name, long rc, int wanted)
{
	if (rc != -1 || errno != wanted)
		printf("%s: %ld, errno %d\n", name, rc, rc == -1 ? errno : 0);
	errno = 0;
}

#define DENIED(name, ...) expect(#name, syscall(SYS_##name, __VA_ARGS__), EPERM)

static void sockets(void)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
	int pair[2];

	for (int family = 0; family < FAMILIES; family++)
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			DENIED(socket, family, types[i], 0);
			if (family != AF_UNIX)
				DENIED(socketpair, family, types[i], 0, pair);
		}
	/* not even over what is a socket already */
	DENIED(sendto, 0, "x", 1, 0, NULL, 0);
	DENIED(sendmsg, 0, NULL, 0);
	DENIED(recvmsg, 0, NULL, 0);
	DENIED(bind, 0, NULL, 0);
	DENIED(connect, 0, NULL, 0);
}

static void namespaces(void)
{
	static const unsigned long flags[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
					      CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
					      CLONE_NEWNET};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		DENIED(unshare, flags[i]);
		DENIED(clone, flags[i] | SIGCHLD, NULL, NULL, NULL, NULL);
	}
	expect("clone3", syscall(SYS_clone3, NULL, 64), ENOSYS);
	DENIED(setns, 0, 0);
	DENIED(mount, "none", "/tmp", "tmpfs", 0, NULL);
	DENIED(umount2, "/tmp", 0);
	DENIED(pivot_root, "/tmp", "/tmp");
	DENIED(chroot, "/tmp");
	DENIED(fsopen, "tmpfs", 0);
	DENIED(open_tree, AT_FDCWD, "/tmp", 0);
	DENIED(move_mount, 0, "", 0, "", 0);
}

static void other_processes(void)
{
	struct rlimit none = {0, 0};

	DENIED(ptrace, PTRACE_ATTACH, 1, NULL, NULL);
	DENIED(process_vm_readv, 1, NULL, 0, NULL, 0, 0);
	DENIED(process_vm_writev, 1, NULL, 0, NULL, 0, 0);
	DENIED(kcmp, 1, 1, 0, 0, 0);
	DENIED(pidfd_open, 1, 0);
	DENIED(pidfd_getfd, 0, 0, 0);
	DENIED(prlimit64, 1, RLIMIT_NOFILE, &none, NULL);
	DENIED(setpriority, PRIO_PROCESS, 1, 19);
	DENIED(sched_setaffinity, 1, 0, NULL);
	DENIED(sched_setscheduler, 1, SCHED_IDLE, NULL);
	DENIED(rt_sigqueueinfo, 1, SIGKILL, NULL);
	DENIED(setsid, 0);
}

/** Channels to other jobs, and memory that no limit counts. */
static void shared(void)
{
	struct flock lock = {.l_type = F_RDLCK};

	DENIED(memfd_create, "x", 0);
	DENIED(shmget, 1, 4096, 0600);
	DENIED(msgget, 1, 0600);
	DENIED(semget, 1, 1, 0600);
	DENIED(mq_open, "x", O_RDONLY, 0, NULL);
	DENIED(keyctl, 0, -3, 0);
	DENIED(add_key, "user", "x", "y", 1, -3);
	DENIED(request_key, "user", "x", NULL, 0);
	DENIED(flock, 0, 0);
	DENIED(fcntl, 0, F_SETLK, &lock);
	DENIED(fcntl, 0, F_OFD_SETLK, &lock);
	DENIED(fcntl, 0, F_SETLEASE, F_RDLCK);
	DENIED(fcntl, 0, F_NOTIFY, 1);
	DENIED(inotify_init1, 0);
	DENIED(fanotify_init, 0, 0);
	DENIED(setxattr, "/tmp", "user.x", "y", 1, 0);
	DENIED(sync, 0);
}

#ifdef __x86_64__
static int call_32_bit(void)
{
	long rc = I386_GETPID;

	__asm__ volatile("int $0x80" : "+a"(rc) : : "memory");
	return (int)-rc;
}
#endif

static void kernel(void)
{
	int status = 0;

	DENIED(io_uring_setup, 1, NULL);
	DENIED(bpf, 0, NULL, 0);
	DENIED(perf_event_open, NULL, 0, -1, -1, 0);
	DENIED(userfaultfd, 0);
	DENIED(seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL);
	DENIED(prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	DENIED(prctl, PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
	DENIED(personality, 0xffffffff);
	DENIED(ioctl, 0, TIOCSTI, "x");
	DENIED(kexec_load, 0, 0, NULL, 0);
	DENIED(init_module, NULL, 0, "");
	DENIED(reboot, 0, 0, 0, NULL);
	DENIED(swapon, "/tmp", 0);
	DENIED(settimeofday, NULL, NULL);
	DENIED(sethostname, "x", 1);
	DENIED(syslog, 2, NULL, 0);
	DENIED(quotactl, 0, NULL, 0, NULL);
	DENIED(name_to_handle_at, 0, "", NULL, NULL, 0);
	DENIED(open_by_handle_at, 0, NULL, 0);
	DENIED(mknodat, AT_FDCWD, "/tmp/fifo", 0010600, 0);
	DENIED(setresuid, 0, 0, 0);
	DENIED(capset, NULL, NULL);
#ifdef __x86_64__
	DENIED(iopl, 3);
	DENIED(modify_ldt, 0, NULL, 0);
	expect("x32", syscall(SYS_getpid | X32_BIT), EPERM);
	if (fork() == 0)
		_exit(call_32_bit());
	wait(&status);
	/* where the kernel has no such calls it is a segmentation fault */
	if (WIFEXITED(status) && WEXITSTATUS(status) != EPERM)
		printf("32-bit: %d\n", WEXITSTATUS(status));
#endif
	(void)status;
	expect("no such call", syscall(0xffff), EPERM);
}

int main(void)
{
	if (getppid() != 1 || getuid() == 0)
		return 1; /* not in a box: out there some of these would work */
	sockets();
	namespaces();
	other_processes();
	shared();
	kernel();
	DENIED(vhangup, 0); /* the last */
	printf("done\n");
	return 0;
}
