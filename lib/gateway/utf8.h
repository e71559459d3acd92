/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_GATEWAY_UTF8_H
#define JSL_GATEWAY_UTF8_H

/*
 * UTF-8 out of any bytes: RFC 3629, without overlong forms and surrogates.
 */

#include <jsl/job.h>

/**
 * Replace what is not UTF-8 in @bytes by U+FFFD. When all of it is, *@ret_text is
 * NULL and nothing is copied; otherwise it is given, with *@ret_len bytes.
 *
 * Returns 0 or -ENOMEM.
 */
int jsl_utf8_clean(const struct jsl_bytes *bytes, char **ret_text, size_t *ret_len);

/** Whether all of @bytes is UTF-8. */
bool jsl_utf8_is_valid(struct jsl_bytes bytes);

#endif
