/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_LOG_H
#define JSL_LOG_H

/*
 * Logging is a callback, silent by default. The library logs what an operator
 * wants to know and returns errors; it never prints.
 */

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

enum jsl_log_level {
	JSL_LOG_ERROR,	/* something failed that needs a person */
	JSL_LOG_WARN,	/* something failed and was dealt with */
	JSL_LOG_INFO,	/* a change of state: the summary log */
	JSL_LOG_VERBOSE /* every heartbeat heard, every table merged */
};

/**
 * @arg:    the pointer given beside the function
 * @module: short and fixed, "election"; borrowed for the call
 * @text:   one line without a newline, control characters escaped; borrowed
 */
typedef void (*jsl_log_fn)(void *arg, enum jsl_log_level level, const char *module,
			   const char *text);

/** Where an object logs to. A NULL fn is silent. */
struct jsl_log {
	jsl_log_fn fn;
	void *arg;
	enum jsl_log_level level; /* nothing above this is formatted */
};

#ifdef __cplusplus
}
#endif

#endif
