/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_SOCK_H
#define JSL_IO_SOCK_H

/*
 * Addresses and sockets, for udp.c, link.c and listener.c. Every socket is
 * non-blocking and closed on exec. An IPv4 address gets an IPv4 socket; one
 * bound to [::] takes both families.
 */

#include <stdbool.h>
#include <sys/socket.h>

#include <jsl/addr.h>

/** The family that reaches @addr: AF_INET or AF_INET6. */
int jsl_io__family(const struct jsl_addr *addr);

/**
 * @addr for a socket of @family into @ret_ss. Returns the length, or
 * -EAFNOSUPPORT for an IPv6 address on an IPv4 socket.
 */
int jsl_io__to_sockaddr(const struct jsl_addr *addr, int family,
			struct sockaddr_storage *ret_ss);

/** Anything but AF_INET and AF_INET6 reads as "none". */
struct jsl_addr jsl_io__from_sockaddr(const struct sockaddr_storage *ss);

/** A socket of @type (SOCK_…) that can reach or be bound to @addr, or -errno. */
int jsl_io__socket(const struct jsl_addr *addr, int type);

/** Bind @fd. Returns 0 or -errno. */
int jsl_io__bind(int fd, const struct jsl_addr *addr);

/** What @fd is bound to; "none" when it is not. */
struct jsl_addr jsl_io__bound(int fd);

/**
 * Whether @fd is connected to itself. Linux does that when a connect() to a port
 * where nobody listens is given that same port for its own end.
 */
bool jsl_io__is_self(int fd);

#endif
