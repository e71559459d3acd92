/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_API_H
#define JSL_API_H

/**
 * @file
 * What every public header starts from: visibility, and the version of the
 * headers that a program was compiled against.
 */

#include <stddef.h>
#include <stdint.h>

/** Marks what libjsl exports. */
#define JSL_API __attribute__((visibility("default")))

#define JSL_VERSION_MAJOR 0 /**< of the headers; see jsl_version() */
#define JSL_VERSION_MINOR 1 /**< of the headers */
#define JSL_VERSION_PATCH 0 /**< of the headers */

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The version of the library in use; that of the headers is JSL_VERSION_MAJOR and the
 * like. From any thread.
 *
 * @return as "0.1.0"; borrowed, for ever
 */
JSL_API const char *jsl_version(void);

#ifdef __cplusplus
}
#endif

#endif
