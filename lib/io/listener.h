/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_LISTENER_H
#define JSL_IO_LISTENER_H

/*
 * Accepts links. The number of links is bounded, and that of strangers, which
 * have not been jsl_io_link_established() yet, is bounded more tightly: one more
 * takes the place of the oldest, so who only connects cannot keep others out.
 */

#include <jsl/addr.h>
#include <jsl/api.h>

#include "io/link.h"

struct jsl_io_listener;

/**
 * A link was accepted, made with the listener's options; it is given to the
 * callee, who sets its argument. May free the listener.
 */
typedef void (*jsl_io_listener_fn)(void *arg, struct jsl_io_link *l);

struct jsl_io_listener_opts {
	size_t size;
	struct jsl_addr addr;	      /* port 0: any */
	struct jsl_io_link_opts link; /* of the links accepted; has the base */
	uint32_t max_links;	      /* more than max_strangers, or they fill it */
	uint32_t max_strangers;
	jsl_io_listener_fn fn;
	void *arg;
};

#define JSL_IO_LISTENER_OPTS_INIT                                                       \
	{                                                                               \
		.size = sizeof(struct jsl_io_listener_opts),                            \
		.link = JSL_IO_LINK_OPTS_INIT, .max_links = 4096, .max_strangers = 256, \
	}

/**
 * Listen. *@ret_li is given.
 *
 * Returns 0; -EADDRINUSE and other -errno; -ENOMEM.
 */
int jsl_io_listener_new(struct jsl_io_listener **ret_li,
			const struct jsl_io_listener_opts *opts);

/** Stop listening; the links live on. NULL is fine. */
void jsl_io_listener_free(struct jsl_io_listener *li);

/** Where it listens, with the real port. */
struct jsl_addr jsl_io_listener_addr(const struct jsl_io_listener *li);

struct jsl_io_listener_stats {
	uint64_t accepted;
	uint64_t turned_away; /* closed at once, or as the oldest stranger */
	uint64_t full;	      /* those closed at once: there was no link of them */
	uint32_t links;
	uint32_t strangers;
};

void jsl_io_listener_stats(const struct jsl_io_listener *li,
			   struct jsl_io_listener_stats *ret_stats);

#endif
