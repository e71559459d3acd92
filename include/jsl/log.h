/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_LOG_H
#define JSL_LOG_H

/**
 * @file
 * Logging is a callback, silent by default. The library logs what an operator
 * wants to know and returns errors; it never prints.
 */

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How much a line matters, from the most to the least. */
enum jsl_log_level {
	JSL_LOG_ERROR,	/**< something failed that needs a person */
	JSL_LOG_WARN,	/**< something failed and was dealt with */
	JSL_LOG_INFO,	/**< a change of state: the summary log */
	JSL_LOG_VERBOSE /**< every heartbeat heard, every table merged */
};

/**
 * Takes a line of the log. Unlike other callbacks it comes in the middle of what is
 * logged: it may call nothing of the object that logs. From that object's thread.
 *
 * @param arg    the pointer given beside the function
 * @param level  at most that of struct jsl_log
 * @param module short and fixed, "election"; borrowed for the call
 * @param text   one line of at most 1023 bytes, without a newline, '?' for each control
 *               character; borrowed for the call
 */
typedef void (*jsl_log_fn)(void *arg, enum jsl_log_level level, const char *module,
			   const char *text);

/** Where an object logs to. */
struct jsl_log {
	jsl_log_fn fn;		  /**< NULL is silent */
	void *arg;		  /**< for fn; borrowed, outlives the object */
	enum jsl_log_level level; /**< nothing above this is formatted */
};

#ifdef __cplusplus
}
#endif

#endif
