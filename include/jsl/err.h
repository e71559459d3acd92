/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ERR_H
#define JSL_ERR_H

/**
 * @file
 * Errors. A function of this library returns 0 for success; a negative value
 * for an error, which is -errno or one of JSL_E… below and is forwarded
 * unchanged; a positive value for an outcome that this one function documents
 * and its caller handles.
 */

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What goes beyond errno; jsl_strerror() has a text for each. */
enum jsl_err {
	JSL_E_MALFORMED = -1000, /**< bytes from a peer that do not decode */
	JSL_E_VERSION = -1001,	 /**< a wire version that is not spoken here */
	JSL_E_CLUSTER = -1002,	 /**< the record or the sender is of another cluster */
	JSL_E_CONFIG = -1003,	 /**< the voter lists differ, or the options contradict */
	JSL_E_LIMIT = -1004,	 /**< a named limit would be exceeded */
	JSL_E_BUSY = -1005,	 /**< locked: another process runs under this id */
	JSL_E_SANDBOX = -1006,	 /**< an isolation layer cannot be set up */
	JSL_E_NO_JDK = -1007,	 /**< no usable JDK */
	JSL_E_CORRUPT = -1008,	 /**< a durable record that fails its checksum */
	JSL_E_CLEAR = -1009,	 /**< not authenticated, and a secret is set here */
	JSL_E_SEALED = -1010,	 /**< authenticated, and no secret is set here */
	JSL_E_SECRET = -1011,	 /**< authenticated with a secret unknown here */
	JSL_E_FORGED = -1012,	 /**< fails its authentication */
	JSL_E_REPLAYED = -1013,	 /**< was seen before */
	JSL_E_STALE = -1014,	 /**< from an earlier life of its sender */
	JSL_E_UNBOUND = -1015 /**< meant for another node, or another life of this one */
};

/**
 * The text for an error. From any thread.
 *
 * @param err negative, one of enum jsl_err or -errno
 * @return one line in English, without a final dot; "unknown error" for any other number.
 * Borrowed, for ever
 */
JSL_API const char *jsl_strerror(int err);

#ifdef __cplusplus
}
#endif

#endif
