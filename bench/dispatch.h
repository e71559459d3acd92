/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_DISPATCH_H
#define BENCH_DISPATCH_H

/*
 * What the submitters of bench/dispatch.py have in common, whatever queue is behind
 * them: SIZE bytes a job, at most WINDOW of them on their way at a time, and an end
 * after COUNT jobs or SECONDS. The first jobs warm up and do not count. On stdout:
 *
 *	begin
 *	end JOBS NS P50_NS P99_NS	from submission to result; then it waits for a
 *signal
 *
 * A queue that answers no more ends by SIGALRM. Needs libc only.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DISPATCH_ARGS "SIZE WINDOW COUNT SECONDS"
#define DISPATCH_WARM 500 /* jobs */
#define DISPATCH_LATE 30  /* seconds */

struct dispatch {
	size_t size, window, total; /* total: with those that warm up */
	size_t started, done;
	uint64_t limit_ns, begin_ns;
	uint64_t *start_ns; /* by the number of the job */
	uint64_t *took_ns;  /* in the order of the results */
	bool over;
};

static inline void __attribute__((noreturn)) dispatch_die(const char *what)
{
	fprintf(stderr, "bench/dispatch: %s\n", what);
	exit(1);
}

static inline uint64_t dispatch_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/** @argv: the four of DISPATCH_ARGS. */
static inline void dispatch_init(struct dispatch *d, char **argv)
{
	unsigned long seconds = strtoul(argv[3], NULL, 10);

	*d = (struct dispatch){.size = strtoul(argv[0], NULL, 10),
			       .window = strtoul(argv[1], NULL, 10),
			       .total = DISPATCH_WARM + strtoul(argv[2], NULL, 10),
			       .limit_ns = (uint64_t)seconds * 1000000000};
	if (d->window == 0 || d->total == DISPATCH_WARM || seconds == 0)
		dispatch_die("usage: ... " DISPATCH_ARGS);
	d->start_ns = calloc(d->total, sizeof(*d->start_ns));
	d->took_ns = calloc(d->total, sizeof(*d->took_ns));
	if (d->start_ns == NULL || d->took_ns == NULL)
		dispatch_die("out of memory");
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm((unsigned)seconds + DISPATCH_LATE);
}

/** Whether to submit one more now; then its number is *@ret_job. */
static inline bool dispatch_next(struct dispatch *d, size_t *ret_job)
{
	if (d->over || d->started == d->total || d->started - d->done >= d->window)
		return false;
	*ret_job = d->started++;
	d->start_ns[*ret_job] = dispatch_now_ns();
	return true;
}

static inline int dispatch_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static inline void dispatch_tell(struct dispatch *d, uint64_t now_ns)
{
	size_t n = d->done - DISPATCH_WARM;
	uint64_t *took = d->took_ns + DISPATCH_WARM;

	qsort(took, n, sizeof(*took), dispatch_order);
	printf("end %zu %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", n, now_ns - d->begin_ns,
	       took[(n - 1) / 2], took[(n - 1) * 99 / 100]);
}

/** The result of @job is here. Returns false when that was the last one to wait for. */
static inline bool dispatch_result(struct dispatch *d, size_t job)
{
	uint64_t now_ns = dispatch_now_ns();

	if (d->over || job >= d->started)
		return false;
	d->took_ns[d->done++] = now_ns - d->start_ns[job];
	if (d->done == DISPATCH_WARM) {
		d->begin_ns = now_ns;
		puts("begin");
	}
	if (d->done < d->total &&
	    (d->done <= DISPATCH_WARM || now_ns - d->begin_ns < d->limit_ns))
		return true;
	d->over = true;
	dispatch_tell(d, now_ns);
	return false;
}

/** Stay, so that the bench can ask what it cost, until a signal ends the process. */
static inline void __attribute__((noreturn)) dispatch_rest(void)
{
	for (;;)
		pause();
}

#endif
