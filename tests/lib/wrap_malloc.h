/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_WRAP_MALLOC_H
#define JSL_TESTS_WRAP_MALLOC_H

/*
 * Watches, and makes fail, what the library allocates. For programs linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc: calls out of shared libraries
 * are not seen.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static struct {
	bool on;
	size_t largest;	  /* bytes asked for at once */
	uint64_t count;	  /* allocations */
	uint64_t fail_at; /* this one fails; 0 = none */
} allocs;

/*
 * Begin to count; the @fail_at-th allocation fails. Until allocs_stop() nothing of
 * check's may be called: ck_assert() allocates too.
 */
static inline void allocs_watch(uint64_t fail_at)
{
	allocs.largest = 0;
	allocs.count = 0;
	allocs.fail_at = fail_at;
	allocs.on = true;
}

static inline void allocs_stop(void)
{
	allocs.on = false;
}

static inline bool allocs_fail(size_t size)
{
	if (!allocs.on)
		return false;
	if (size > allocs.largest)
		allocs.largest = size;
	return ++allocs.count == allocs.fail_at;
}

/*
 * Run @scenario with the first allocation failing, then the second, and so on until
 * none does. It returns 0, or the error that it met; anything else it finds wrong
 * is for abort(). Returns how many runs there were, or 0 if an error was swallowed
 * or came from nowhere.
 */
static inline uint64_t allocs_fail_each(int (*scenario)(void), int want)
{
	for (uint64_t k = 1;; k++) {
		int r;

		allocs_watch(k);
		r = scenario();
		allocs_stop();
		if (allocs.count < k)
			return r == 0 ? k : 0;
		if (r != want)
			return 0;
	}
}

void *__wrap_malloc(size_t size)
{
	return allocs_fail(size) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return allocs_fail(n * size) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return allocs_fail(size) ? NULL : __real_realloc(old, size);
}

#endif
