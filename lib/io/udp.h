/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_UDP_H
#define JSL_IO_UDP_H

/*
 * A UDP socket: datagrams come by callback, a bounded number per wake-up, and
 * go out at once. What cannot be sent is lost, as any datagram may be, and
 * counted.
 */

#include <jsl/addr.h>
#include <jsl/api.h>

struct event_base;
struct jsl_io_udp;

#define JSL_IO_UDP_DATA_MAX 2048 /* bytes of a datagram; longer ones are dropped */

/** A datagram came. @data is borrowed for the call. May free the socket. */
typedef void (*jsl_io_udp_fn)(void *arg, const struct jsl_addr *from, const void *data,
			      size_t len);

/**
 * Bind to @addr (port 0: any) on @base (borrowed). *@ret_u is given.
 *
 * Returns 0; -EADDRINUSE and other -errno; -ENOMEM.
 */
int jsl_io_udp_new(struct jsl_io_udp **ret_u, struct event_base *base,
		   const struct jsl_addr *addr, jsl_io_udp_fn fn, void *arg);

/** NULL is fine, and so is doing it inside the callback. */
void jsl_io_udp_free(struct jsl_io_udp *u);

/** Where it is bound, with the real port. */
struct jsl_addr jsl_io_udp_addr(const struct jsl_io_udp *u);

/** Send; a failure is counted and otherwise the same as a loss. */
void jsl_io_udp_send(struct jsl_io_udp *u, const struct jsl_addr *to, const void *data,
		     size_t len);

struct jsl_io_udp_stats {
	uint64_t received;
	uint64_t sent;
	uint64_t send_failed;	 /* no route, full buffer, refused earlier … */
	uint64_t receive_failed; /* ICMP errors and the like */
	uint64_t too_long;	 /* dropped: more than JSL_IO_UDP_DATA_MAX bytes */
};

void jsl_io_udp_stats(const struct jsl_io_udp *u, struct jsl_io_udp_stats *ret_stats);

#endif
