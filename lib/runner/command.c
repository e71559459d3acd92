/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines of boxes; see command.h. What is bound into a box is listed here and
 * nowhere else.
 */

#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/box/box_proto.h"
#include "runner/command.h"

#define BOX_IN_BOX     "/jsl/jsl-box"
#define JAR_IN_BOX     "/jsl/agent.jar"
#define ARCHIVE_IN_BOX "/jsl/classes.jsa"

enum {
	JVM_THREADS = 40,  /* beside the program's: JIT, GC, signals, jsl-box … */
	JVM_DATA_MB = 512, /* beside the heap: code, metaspace, stacks, malloc */
	JVM_RSS_MB =
		128,	/* beside heap, metaspace and buffers: code, GC, stacks, files */
	KERNEL_MB = 64, /* page tables, stacks of threads, pipes, bwrap and jsl-box */
	BOX_PIDS = 8,	/* bwrap and jsl-box */
	G1_MB_MIN = 128
};

__attribute__((format(printf, 2, 3))) static void add(struct jsl_runner__command *c,
						      const char *fmt, ...)
{
	va_list ap;

	if (c->failed || c->n == JSL_RUNNER__ARGS_MAX) {
		c->failed = true;
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&c->argv[c->n], fmt, ap) < 0) {
		c->argv[c->n] = NULL;
		c->failed = true;
	} else {
		c->n++;
	}
	va_end(ap);
}

static void add_all(struct jsl_runner__command *c, const char *const *words)
{
	for (; *words != NULL; words++)
		add(c, "%s", *words);
}

static void add_bind(struct jsl_runner__command *c, const char *how, const char *from,
		     const char *to)
{
	add(c, "%s", how);
	add(c, "%s", from);
	add(c, "%s", to);
}

static const struct jsl_runner__jdk *jdk_of(const struct jsl_runner__host *host,
					    const struct jsl_runner__profile *p)
{
	return p->jdk != NULL ? p->jdk : &host->jdk;
}

/** /lib and /lib64 are links on most systems, and java names its loader through one. */
static void add_library_links(struct jsl_runner__command *c)
{
	static const char *const links[] = {"/lib", "/lib64"};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		char target[256];
		ssize_t n = readlink(links[i], target, sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		add(c, "--dir");
		add(c, "%s%s", target[0] == '/' ? "" : "/", target);
		add_bind(c, "--symlink", target, links[i]);
	}
}

/**
 * By content, so that the box's user need not reach where it lies; but Java maps an
 * archive only beside a jar of the time that it knows, and that of a copy is new.
 */
static void add_jar(struct jsl_runner__command *c, const struct jsl_runner__host *host,
		    const struct jsl_runner__profile *p)
{
	if (host->jar_by_path && (p->archive != NULL || p->kind == JSL_VM_ARCHIVER)) {
		add_bind(c, "--ro-bind", host->jar, JAR_IN_BOX);
	} else {
		add_all(c,
			(const char *const[]){"--perms", "0444", "--ro-bind-data", NULL});
		add(c, "%d", JSL_BOX_FD_JAR);
		add(c, JAR_IN_BOX);
	}
	if (p->archive != NULL)
		add_bind(c, "--ro-bind-try", p->archive, ARCHIVE_IN_BOX);
}

static void add_tree(struct jsl_runner__command *c, const struct jsl_runner__host *host,
		     const struct jsl_runner__profile *p)
{
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/random",
					      "/dev/urandom"};
	const struct jsl_runner__jdk *jdk = jdk_of(host, p);

	for (size_t i = 0; i < jdk->n_paths; i++)
		add_bind(c, "--ro-bind", jdk->paths[i], jdk->paths[i]);
	add_library_links(c);
	add_bind(c, "--ro-bind", jdk->interpreter_real, jdk->interpreter);
	add_bind(c, "--ro-bind-try", "/usr/lib/locale/C.utf8", "/usr/lib/locale/C.utf8");
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		add_bind(c, "--dev-bind", devices[i], devices[i]);
	add_jar(c, host, p);
	add_all(c, (const char *const[]){"--perms", "0555", "--ro-bind-data", NULL});
	add(c, "%d", JSL_BOX_FD_SELF);
	add(c, BOX_IN_BOX);
	add_all(c, (const char *const[]){"--proc", "/proc", "--dir", "/tmp",
					 "--remount-ro", "/", "--chdir", "/", NULL});
}

static void add_bwrap(struct jsl_runner__command *c, const struct jsl_runner__host *host,
		      const struct jsl_runner__profile *p)
{
	static const char *const namespaces[] = {
		"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc",
		"--unshare-uts", "--unshare-cgroup-try", "--as-pid-1", "--new-session",
		"--die-with-parent", "--hostname", "jsl", "--clearenv",
		/* jsl-box mounts /tmp, takes the loopback down, empties the bounding
		 * set; then it has none of these any more */
		"--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_NET_ADMIN", "--cap-add",
		"CAP_SETPCAP", "--uid", "1000", "--gid", "1000", NULL};

	add(c, "%s", host->bwrap);
	add_all(c, namespaces);
	add_tree(c, host, p);
	add(c, "--");
	add(c, BOX_IN_BOX);
}

/* Of classes and of direct buffers, what belongs to a heap of a size. */
static uint32_t metaspace_mb(const struct jsl_runner__profile *p)
{
	return 64 + p->memory_mb / 4;
}

static uint32_t direct_mb(const struct jsl_runner__profile *p)
{
	return 16 + p->memory_mb / 4;
}

/** All of a box together: each part may be full, and the JVM itself has to fit. */
static uint32_t rss_max_mb(const struct jsl_runner__profile *p)
{
	return p->memory_mb + metaspace_mb(p) + direct_mb(p) + JVM_RSS_MB;
}

uint64_t jsl_runner__group_memory(const struct jsl_runner__profile *p)
{
	return ((uint64_t)rss_max_mb(p) + p->disk_mb + KERNEL_MB) << 20;
}

uint64_t jsl_runner__group_pids(const struct jsl_runner__profile *p)
{
	return (uint64_t)p->processes + JVM_THREADS + BOX_PIDS;
}

static void add_box(struct jsl_runner__command *c, const struct jsl_runner__host *host,
		    const struct jsl_runner__profile *p)
{
	if (host->isolation == JSL_ISOLATION_NONE) {
		add(c, "%s", host->box);
		add(c, "none");
	} else {
		add_bwrap(c, host, p);
		add(c, "sandbox");
	}
	add(c, "%llu", (unsigned long long)p->disk_mb << 20);
	add(c, "%u", p->inodes);
	add(c, "%llu", (unsigned long long)p->processes + JVM_THREADS);
	add(c, "%llu", ((unsigned long long)p->memory_mb * 2 + JVM_DATA_MB) << 20);
	add(c, "%llu", (unsigned long long)rss_max_mb(p) << 20);
	add(c, "--");
}

static void add_agent(struct jsl_runner__command *c, const struct jsl_runner__host *host,
		      const struct jsl_runner__profile *p)
{
	/* One that is not for this JVM is silently not used. */
	if (p->archive != NULL)
		add(c, "-XX:SharedArchiveFile=%s",
		    host->isolation == JSL_ISOLATION_NONE ? p->archive : ARCHIVE_IN_BOX);
	add(c, "-cp");
	add(c, "%s", jsl_runner__command_jar(host));
	add(c, "jsl.agent.Main");
	add(c, "%s", jsl_runner__command_mode(p->kind));
	if (p->kind == JSL_VM_ARCHIVER)
		add(c, "%s", jsl_runner__command_mode(p->archive_of));
}

static void add_run(struct jsl_runner__command *c, const struct jsl_runner__profile *p)
{
	/* A JVM that lives for a tenth of a second compiles less of its own start; loops
	 * are compiled as soon as ever, and programs that compute lose nothing. */
	static const char *const jit[] = {"-XX:Tier3InvocationThreshold=2000",
					  "-XX:Tier3MinInvocationThreshold=1000",
					  "-XX:Tier3CompileThreshold=20000", NULL};
	/* G1 starts with a fifth less CPU time, as only it maps the archived heap of
	 * JDK 17; Serial leaves more of a small heap to the program. A heap that begins
	 * small touches a tenth of the pages less. */
	static const char *const g1[] = {"-XX:+UseG1GC", "-XX:ParallelGCThreads=2",
					 "-XX:ConcGCThreads=1", "-Xms16m", NULL};
	static const char *const serial[] = {"-XX:+UseSerialGC", NULL};

	add_all(c, jit);
	add_all(c, p->memory_mb >= G1_MB_MIN ? g1 : serial);
}

static void add_java(struct jsl_runner__command *c, const struct jsl_runner__host *host,
		     const struct jsl_runner__profile *p)
{
	static const char *const common[] = {
		"-XX:-UsePerfData", "-XX:-UseContainerSupport",
		"-XX:+DisableAttachMechanism",
		"-Xlog:disable",		  /* not on a program's stdout */
		"-XX:+SuppressFatalErrorMessage", /* a crash is a signal, not a report */
		/* The archive of the JDK's classes where it was made to be: relocating it
		 * touches and copies all of it, a fifth of a JVM's start. JDK 11 has no
		 * such option. */
		"-XX:+IgnoreUnrecognizedVMOptions", "-XX:+UnlockDiagnosticVMOptions",
		"-XX:ArchiveRelocationMode=0", "-Djava.io.tmpdir=/tmp", NULL};
	/* Measured, CPU a compilation and RSS: C1 alone 14 ms and 148 MB, with C2 26 ms
	 * and 189 MB; a small young generation 15 ms and 105 MB. */
	static const char *const compiler[] = {
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms48m", "-Xmn24m",
		"-Xss8m", "-XX:+ExitOnOutOfMemoryError",
		/* For agent/Tasks.java. */
		"--add-exports=jdk.compiler/com.sun.tools.javac.api=ALL-UNNAMED", NULL};

	add(c, "%s", jdk_of(host, p)->java);
	add_all(c, common);
	if (p->kind == JSL_VM_COMPILER)
		add_all(c, compiler);
	else
		add_run(c, p);
	add(c, "-Xmx%um", p->memory_mb);
	add(c, "-XX:MaxMetaspaceSize=%um", metaspace_mb(p));
	add(c, "-XX:MaxDirectMemorySize=%um", direct_mb(p));
	add_agent(c, host, p);
}

const char *jsl_runner__command_mode(enum jsl_runner__kind kind)
{
	static const char *const modes[] = {[JSL_VM_COMPILER] = "compile",
					    [JSL_VM_RUN] = "run",
					    [JSL_VM_ARCHIVER] = "archive"};

	return modes[kind];
}

const char *jsl_runner__command_jar(const struct jsl_runner__host *host)
{
	return host->isolation == JSL_ISOLATION_NONE ? host->jar : JAR_IN_BOX;
}

int jsl_runner__command_init(struct jsl_runner__command *c,
			     const struct jsl_runner__host *host,
			     const struct jsl_runner__profile *profile)
{
	memset(c, 0, sizeof(*c));
	add_box(c, host, profile);
	add_java(c, host, profile);
	return c->failed ? -ENOMEM : 0;
}

void jsl_runner__command_deinit(struct jsl_runner__command *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->argv[i]);
	memset(c, 0, sizeof(*c));
}
