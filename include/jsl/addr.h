/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ADDR_H
#define JSL_ADDR_H

/*
 * Where a node is reached: an IPv6 address (IPv4 as ::ffff:a.b.c.d) and a
 * port. A plain value without sockets behind it, so that the cores can carry
 * it. All zero means "none".
 */

#include <stdbool.h>

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct jsl_addr {
	uint8_t ip[16];
	uint16_t port; /* host byte order */
};

/** Longest text of an address with its port, with the final NUL. */
#define JSL_ADDR_STR_MAX 64

/**
 * Read "127.0.0.1:8010" or "[::1]:8010". Numeric only: nothing is resolved.
 *
 * Returns 0, or -EINVAL with @ret_addr untouched.
 */
JSL_API int jsl_addr_parse(struct jsl_addr *ret_addr, const char *text);

/** Write @addr as text into @buf (of JSL_ADDR_STR_MAX) and return @buf. */
JSL_API const char *jsl_addr_str(const struct jsl_addr *addr, char *buf);

/** Whether @addr is on the loopback interface (127.0.0.0/8, ::1). */
JSL_API bool jsl_addr_is_loopback(const struct jsl_addr *addr);

/** Whether @addr is no address to reach anybody at (0.0.0.0, ::): all of this host. */
JSL_API bool jsl_addr_is_any(const struct jsl_addr *addr);

/** Whether the two are the same address and port. */
JSL_API bool jsl_addr_equal(const struct jsl_addr *a, const struct jsl_addr *b);

#ifdef __cplusplus
}
#endif

#endif
