/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_API_H
#define JSL_API_H

/*
 * What every public header starts from: visibility, and the version of the
 * headers that a program was compiled against.
 */

#include <stddef.h>
#include <stdint.h>

#define JSL_API __attribute__((visibility("default")))

#define JSL_VERSION_MAJOR 0
#define JSL_VERSION_MINOR 1
#define JSL_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the library in use, as "0.1.0". Borrowed, for ever. */
JSL_API const char *jsl_version(void);

#ifdef __cplusplus
}
#endif

#endif
