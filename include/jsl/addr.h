/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_ADDR_H
#define JSL_ADDR_H

/**
 * @file
 * Where a node is reached: an IPv6 address (IPv4 as "::ffff:a.b.c.d", RFC 4291, 2.5.5.2)
 * and a port. A plain value without sockets behind it, so that the cores can carry it.
 * All zero means "none". The functions keep nothing and may be called from any thread.
 */

#include <stdbool.h>

#include <jsl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An address and a port. */
struct jsl_addr {
	uint8_t ip[16]; /**< network byte order */
	uint16_t port;	/**< host byte order */
};

/** Longest text of an address with its port, in bytes, with the final NUL. */
#define JSL_ADDR_STR_MAX 64

/**
 * Read "127.0.0.1:8010" or "[::1]:8010". Numeric only: nothing is resolved.
 *
 * @param[out] ret_addr what was read
 * @param text          borrowed; nothing may follow the port, which is 0 to 65535
 * @return 0; -EINVAL: it is no such text, @p ret_addr is untouched
 */
JSL_API int jsl_addr_parse(struct jsl_addr *ret_addr, const char *text);

/**
 * Write an address as text that jsl_addr_parse() reads.
 *
 * @param addr     borrowed
 * @param[out] buf of JSL_ADDR_STR_MAX bytes
 * @return @p buf
 */
JSL_API const char *jsl_addr_str(const struct jsl_addr *addr, char *buf);

/**
 * Whether an address is on the loopback interface.
 *
 * @param addr borrowed; its port does not matter
 * @return true for 127.0.0.0/8 and ::1
 */
JSL_API bool jsl_addr_is_loopback(const struct jsl_addr *addr);

/**
 * Whether an address is none to reach anybody at, but all of this host.
 *
 * @param addr borrowed; its port does not matter
 * @return true for 0.0.0.0 and ::
 */
JSL_API bool jsl_addr_is_any(const struct jsl_addr *addr);

/**
 * Whether two are the same address and port.
 *
 * @param a borrowed
 * @param b borrowed
 * @return true if they are
 */
JSL_API bool jsl_addr_equal(const struct jsl_addr *a, const struct jsl_addr *b);

#ifdef __cplusplus
}
#endif

#endif
