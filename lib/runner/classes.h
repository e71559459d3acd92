/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_CLASSES_H
#define JSL_RUNNER_CLASSES_H

/*
 * What compilers made, by the hash of what they made it from: the same sources with
 * other input or arguments skip javac. It is in our own memory, and only the frame of a
 * compiler is kept, which executes nothing: submitted code can neither write nor reach
 * it. Bounded by bytes; what was not used for longest goes first.
 */

#include <stddef.h>
#include <stdint.h>

#include <jsl/job.h>

#include "base/list.h"
#include "base/map.h"

struct evbuffer;
struct jsl_runner__jdk;

/** SHA-256. */
struct jsl_runner__classes_key {
	uint8_t bytes[32];
};

struct jsl_runner__classes {
	struct jsl_map map;
	struct jsl_list lru; /* the latest used first */
	size_t bytes, max_bytes;
};

/** @max_bytes of 0: keep nothing. */
void jsl_runner__classes_init(struct jsl_runner__classes *c, size_t max_bytes);
void jsl_runner__classes_deinit(struct jsl_runner__classes *c);

/**
 * The key of @sources, fields of a compile frame (so that nothing can be moved from one
 * file to another), which are to be compiled by @jdk.
 *
 * Returns 0; -ENOMEM; -EIO.
 */
int jsl_runner__classes_key(struct jsl_runner__classes_key *ret_key,
			    const struct jsl_runner__jdk *jdk, struct evbuffer *sources);

/**
 * Look @key up; what is found is now the latest used.
 *
 * Returns 1 with *@ret_compiled (borrowed, until the next call), or 0.
 */
int jsl_runner__classes_get(struct jsl_runner__classes *c,
			    const struct jsl_runner__classes_key *key,
			    struct jsl_bytes *ret_compiled);

/**
 * Keep @compiled (copied) under @key, in place of what is there. What would take more
 * than a quarter of the room, or finds no memory, is not kept.
 */
void jsl_runner__classes_put(struct jsl_runner__classes *c,
			     const struct jsl_runner__classes_key *key,
			     struct jsl_bytes compiled);

#endif
