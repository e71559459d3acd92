/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runner alone, without a cluster: a source never seen before until its answer, and
 * how many of them with every slot taken, beside javac and java on the same machine,
 * taking turns. The ratios are the figures.
 *
 *	bench/runner [ROUNDS [CACHE-DIR]]	(40, without class archives)
 */

#include "config.h"

#include <event2/event.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jsl/err.h>
#include <jsl/runner.h>

extern char **environ;

#define DIR_TEMPLATE "/tmp/jsl-bench-XXXXXX"

enum { ROUNDS_MAX = 10000 };

struct bench {
	struct event_base *base;
	struct jsl_runner *runner;
	char box[512], jar[512], dir[64];
	const char *cache_dir; /* NULL: no class archives */
	unsigned int serial;   /* makes each source another one */
	unsigned int pending;
	double warm[ROUNDS_MAX], peer[ROUNDS_MAX];
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "bench/runner: %s\n", what);
	exit(1);
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double children_cpu_ms(void)
{
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e3 +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e3;
}

static size_t write_source(struct bench *b, char *text, size_t size)
{
	int n = snprintf(text, size,
			 "import java.util.stream.IntStream;\n"
			 "public class Fresh {\n"
			 "    public static void main(String[] args) {\n"
			 "        int sum = IntStream.rangeClosed(1, 100)"
			 ".filter(i -> i %% 3 == 0).sum();\n"
			 "        System.out.println(\"%u: \" + sum);\n"
			 "    }\n"
			 "}\n",
			 ++b->serial);

	return (size_t)n;
}

static void on_done(void *arg, const struct jsl_result *r)
{
	struct bench *b = arg;

	if (r->status != JSL_STATUS_OK ||
	    memmem(r->output.data, r->output.len, ": 1683", 6) == NULL)
		die(r->message[0] != '\0' ? r->message : "a wrong answer");
	b->pending--;
	event_base_loopbreak(b->base);
}

static void submit(struct bench *b)
{
	char text[1024];
	struct jsl_bytes source = {text, write_source(b, text, sizeof(text))};
	struct jsl_spec spec = {.sources = &source, .n_sources = 1};
	struct jsl_runner_job *job;

	if (jsl_runner_run(b->runner, &spec, on_done, b, &job) != 0)
		die("a job was refused");
	b->pending++;
}

static double run_one(struct bench *b)
{
	double start = now_ms();

	submit(b);
	while (b->pending > 0)
		event_base_dispatch(b->base);
	return now_ms() - start;
}

static void start_runner(struct bench *b, bool warm)
{
	struct jsl_runner_opts opts = JSL_RUNNER_OPTS_INIT;
	char errmsg[256] = "out of memory";

	opts.base = b->base;
	opts.agent_jar = b->jar;
	opts.box = b->box;
	opts.cache_dir = b->cache_dir;
	opts.archive_after_ms = 100;
	if (jsl_runner_new(&b->runner, &opts, errmsg, sizeof(errmsg)) != 0)
		die(errmsg);
	jsl_runner_warm(b->runner, warm);
}

/** Until a JVM waits for every slot: what comes then finds the runner at rest. */
static void wait_ready(struct bench *b)
{
	uint32_t slots = jsl_runner_slots(b->runner), pool = slots < 4 ? slots : 4;
	struct jsl_runner_stats s;

	for (;;) {
		jsl_runner_stats(b->runner, &s);
		if (s.compilers_ready > 0 && s.pool_rehearsed >= pool)
			return;
		event_base_loop(b->base, EVLOOP_ONCE);
	}
}

/** Not to be part of what is measured. */
static void build_archive(struct bench *b)
{
	struct jsl_runner_stats s;

	start_runner(b, true);
	do {
		event_base_loop(b->base, EVLOOP_ONCE);
		jsl_runner_stats(b->runner, &s);
	} while (s.archive_builds + s.archived_starts == 0);
	jsl_runner_free(b->runner);
}

static void spawn_and_wait(char *const *argv)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		die(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
}

static double run_peer(struct bench *b)
{
	char text[1024], path[128];
	size_t len = write_source(b, text, sizeof(text));
	char *const javac[] = {(char[]){"javac"}, (char[]){"-d"}, b->dir, path, NULL};
	char *const java[] = {(char[]){"java"}, (char[]){"-cp"}, b->dir,
			      (char[]){"Fresh"}, NULL};
	double start;
	FILE *f;

	snprintf(path, sizeof(path), "%s/Fresh.java", b->dir);
	f = fopen(path, "we");
	if (f == NULL || fwrite(text, 1, len, f) != len || fclose(f) != 0)
		die(path);
	start = now_ms();
	spawn_and_wait(javac);
	spawn_and_wait(java);
	return now_ms() - start;
}

static void remove_dir(const struct bench *b)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/Fresh.java", b->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/Fresh.class", b->dir);
	unlink(path);
	rmdir(b->dir);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *what, double *ms, unsigned int n)
{
	qsort(ms, n, sizeof(*ms), compare);
	printf("%-34s p50 %7.1f ms  p90 %7.1f ms  p99 %7.1f ms  (%u)\n", what, ms[n / 2],
	       ms[n * 9 / 10], ms[n * 99 / 100], n);
}

static void bench_cold(struct bench *b)
{
	start_runner(b, false);
	printf("%-34s     %7.1f ms\n", "runner, cold: first answer", run_one(b));
	jsl_runner_free(b->runner);
}

static void bench_latency(struct bench *b, unsigned int rounds)
{
	unsigned int peers = (rounds + 3) / 4;

	start_runner(b, true);
	for (unsigned int i = 0; i < rounds; i++) {
		wait_ready(b);
		b->warm[i] = run_one(b);
		if (i % 4 == 0)
			b->peer[i / 4] = run_peer(b);
	}
	jsl_runner_free(b->runner);
	print("runner, warm: fresh source", b->warm, rounds);
	print("javac + java", b->peer, peers);
	printf("%-34s     %7.3f\n", "ratio of the medians",
	       b->warm[rounds / 2] / b->peer[peers / 2]);
}

/** Wall and CPU time of @jobs jobs with every slot taken, all JVMs included. */
static void run_batch(struct bench *b, unsigned int jobs, double *ret_wall,
		      double *ret_cpu)
{
	double cpu = children_cpu_ms(), wall;

	start_runner(b, true);
	wait_ready(b);
	wall = now_ms();
	for (unsigned int i = 0; i < jobs; i++)
		submit(b);
	while (b->pending > 0)
		event_base_dispatch(b->base);
	*ret_wall = now_ms() - wall;
	wait_ready(b);
	jsl_runner_free(b->runner);
	*ret_cpu = children_cpu_ms() - cpu;
}

/** One javac and java after the other, as often as @jobs says, in a directory of its own.
 */
static void __attribute__((noreturn)) run_peers(struct bench *b, unsigned int jobs)
{
	if (mkdtemp(strcpy(b->dir, DIR_TEMPLATE)) == NULL)
		die("cannot start");
	while (jobs-- > 0)
		(void)run_peer(b);
	remove_dir(b);
	exit(0);
}

/** The same by javac and java, as many at once as the runner has slots. */
static void run_peer_batch(struct bench *b, unsigned int slots, unsigned int jobs,
			   double *ret_wall, double *ret_cpu)
{
	double cpu = children_cpu_ms(), wall = now_ms();
	int status;

	fflush(stdout); /* not once more by each child */
	for (unsigned int i = 0; i < slots; i++)
		if (fork() == 0)
			run_peers(b, jobs / slots);
	for (unsigned int i = 0; i < slots; i++)
		if (wait(&status) < 0 || status != 0)
			die("javac and java at once");
	*ret_wall = now_ms() - wall;
	*ret_cpu = children_cpu_ms() - cpu;
}

static void bench_throughput(struct bench *b, unsigned int jobs)
{
	unsigned int slots = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int peers = (jobs / 4 + slots) / slots * slots;
	double wall[2], cpu[2], peer_wall, peer_cpu;

	/* The difference between two batches is free of start and warm-up. */
	run_batch(b, jobs / 4, &wall[0], &cpu[0]);
	run_batch(b, jobs / 4 + jobs, &wall[1], &cpu[1]);
	printf("%-34s %7.1f jobs/s, CPU %.1f ms a job\n", "runner, every slot taken",
	       jobs * 1e3 / (wall[1] - wall[0]), (cpu[1] - cpu[0]) / jobs);
	run_peer_batch(b, slots, peers, &peer_wall, &peer_cpu);
	printf("%-34s %7.1f jobs/s, CPU %.1f ms a job\n", "javac + java, as many at once",
	       peers * 1e3 / peer_wall, peer_cpu / peers);
	printf("%-34s     %7.1f\n", "ratio of the jobs/s",
	       jobs / (wall[1] - wall[0]) / (peers / peer_wall));
}

int main(int argc, char **argv)
{
	static struct bench b = {.dir = DIR_TEMPLATE};
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 40;
	const char *build = getenv("JSL_BUILD");

	if (rounds == 0 || rounds > ROUNDS_MAX || build == NULL)
		die("usage: JSL_BUILD=DIR bench/runner [ROUNDS [CACHE-DIR]]");
	snprintf(b.jar, sizeof(b.jar), "%s/lib/runner/jsl-agent.jar", build);
	snprintf(b.box, sizeof(b.box), "%s/lib/runner/jsl-box", build);
	b.base = event_base_new();
	if (b.base == NULL || mkdtemp(b.dir) == NULL)
		die("cannot start");
	b.cache_dir = argc > 2 ? argv[2] : NULL;
	if (b.cache_dir != NULL)
		build_archive(&b);
	bench_cold(&b);
	bench_latency(&b, rounds);
	bench_throughput(&b, rounds);
	event_base_free(b.base);
	remove_dir(&b);
	return 0;
}
