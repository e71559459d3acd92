/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BASE_CLEANUP_H
#define JSL_BASE_CLEANUP_H

/*
 * Locals that clean up after themselves, and the way to hand one over.
 *
 *	jsl_autofree char *buf = malloc(n);
 *	...
 *	*ret = jsl_steal(&buf);
 */

#include <stdlib.h>
#include <unistd.h>

static inline void jsl__freep(void *p)
{
	free(*(void **)p);
}

static inline void jsl__closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

#define jsl_autofree  __attribute__((cleanup(jsl__freep)))
#define jsl_autoclose __attribute__((cleanup(jsl__closep)))

#define jsl_steal(pp)                              \
	({                                         \
		__typeof__(*(pp)) stolen_ = *(pp); \
		*(pp) = NULL;                      \
		stolen_;                           \
	})

static inline int jsl_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#endif
