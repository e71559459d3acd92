/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_CONF_INT_H
#define JSL_SERVICE_CONF_INT_H

/*
 * Shared by the parts of the configuration reader:
 *
 *	conf_scan.c   our own pass over the text: what libconfuse lets through
 *	conf.c        libconfuse, from the text to the struct
 *	conf_file.c   reading files
 *	conf_secret.c the file with the secrets
 *	conf_keys.c   the table of keys, and the values' types and ranges
 *	conf_check.c  what can be told only with the whole file in hand
 *
 * libconfuse has no line numbers after the parse, so the scan leaves a mark for
 * every section and key.
 */

#include "service/conf.h"

/** Where one error goes; only the first is kept. */
struct jsl_conf__error {
	const char *path;
	char *text;
	size_t size;
	bool set;
};

/** A section or a key seen in the text. */
struct jsl_conf__mark {
	size_t parent; /* index of the section that it is in; JSL_CONF__ROOT */
	unsigned int line;
	bool section;
	char *name;
	char *title; /* of a section; "" for none */
};

#define JSL_CONF__ROOT SIZE_MAX

struct jsl_conf__marks {
	struct jsl_conf__mark *items;
	size_t n;
};

/** Write "FILE:LINE: text". Returns -EINVAL, for `return jsl_conf__fail(…)`. */
__attribute__((format(printf, 3, 4))) int
jsl_conf__fail(struct jsl_conf__error *err, unsigned int line, const char *fmt, ...);

/**
 * Read a regular file of at most @max bytes. *@ret_text is given and has a NUL
 * behind its *@ret_len bytes.
 *
 * Returns 0, -errno (with a line in @err), -ENOMEM.
 */
int jsl_conf__read_file(const char *path, size_t max, char **ret_text, size_t *ret_len,
			struct jsl_conf__error *err);

/** Likewise; -EPERM when others than the owner may read or write it. */
int jsl_conf__read_private(const char *path, size_t max, char **ret_text, size_t *ret_len,
			   struct jsl_conf__error *err);

/**
 * Check the @len bytes at @text (followed by a NUL) for what libconfuse would
 * let through, overwrite comments with spaces, and fill @marks.
 *
 * Returns 0, -EINVAL, -ENOMEM.
 */
int jsl_conf__scan(char *text, size_t len, struct jsl_conf__marks *marks,
		   struct jsl_conf__error *err);
void jsl_conf__marks_deinit(struct jsl_conf__marks *marks);

/** The mark of a section or key, or JSL_CONF__ROOT. */
size_t jsl_conf__mark_find(const struct jsl_conf__marks *marks, size_t parent,
			   const char *name, const char *title);

/** One key of a section: its type, its place in the struct, its range. */
enum jsl_conf__kind {
	JSL_CONF__U32,
	JSL_CONF__U64,
	JSL_CONF__BOOL,
	JSL_CONF__STR,
	JSL_CONF__ADDR,
	JSL_CONF__WORD /* one of words; stored as uint32_t */
};

struct jsl_conf__word {
	const char *word;
	uint32_t value;
};

struct jsl_conf__key {
	const char *name;
	enum jsl_conf__kind kind;
	size_t offset; /* into struct jsl_conf, _node or _jdk */
	uint64_t min, max;
	uint64_t value;			    /* the default of a number or word */
	const char *text;		    /* the default of a string; NULL: none */
	const struct jsl_conf__word *words; /* ends with a NULL word */
};

struct jsl_conf__section {
	const char *name;
	bool titled;
	const struct jsl_conf__key *keys; /* end with a NULL name */
};

/** All top-level sections; the last has a NULL name. */
extern const struct jsl_conf__section jsl_conf__sections[];

/** The section "jdk" inside of "runner". */
extern const struct jsl_conf__section jsl_conf__jdk;

/** Put the defaults of @keys into @object. Returns 0 or -ENOMEM. */
int jsl_conf__defaults(const struct jsl_conf__key *keys, void *object);

/** Convert @text to the value of @key in @object. Returns 0, -EINVAL, -ENOMEM. */
int jsl_conf__set(const struct jsl_conf__key *key, void *object, const char *text,
		  unsigned int line, struct jsl_conf__error *err);

/** A decimal number without sign and leading zero. Returns 0, -EINVAL, -ERANGE. */
int jsl_conf__number(uint64_t *ret_n, const char *text);

/** The checks over the whole. Returns 0 or -EINVAL. */
int jsl_conf__check(struct jsl_conf *conf, const struct jsl_conf__marks *marks,
		    struct jsl_conf__error *err);

#endif
