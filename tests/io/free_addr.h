/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_FREE_ADDR_H
#define JSL_TESTS_FREE_ADDR_H

/*
 * Addresses for nodes that must know each other's before they start: free for UDP and
 * TCP a moment ago, and below the ports that the kernel gives to those who ask for
 * any, so that no connection takes one meanwhile.
 */

#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jsl/addr.h>

#include "io/random.h"

#define FREE_PORT_MIN 10000
#define FREE_PORTS    20000
#define FREE_ADDR_MAX 16

/* The two sockets in @fds, bound to @port, or false and none. */
static inline bool hold_port(uint16_t port, int fds[2])
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	bool held = true;

	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < 2; i++)
		held = held && bind(fds[i], (struct sockaddr *)&in, sizeof(in)) == 0;
	for (int i = 0; i < 2 && !held; i++)
		close(fds[i]);
	return held;
}

/* @n different ones; each is held until all are found. */
static inline void free_addrs(struct jsl_addr *addrs, size_t n)
{
	int fds[FREE_ADDR_MAX][2];
	char text[32];

	ck_assert_uint_le(n, FREE_ADDR_MAX);
	for (size_t i = 0; i < n; i++) {
		uint16_t port;

		do {
			ck_assert_int_eq(jsl_io_random(&port, sizeof(port)), 0);
			port = (uint16_t)(FREE_PORT_MIN + port % FREE_PORTS);
		} while (!hold_port(port, fds[i]));
		snprintf(text, sizeof(text), "127.0.0.1:%u", port);
		ck_assert_int_eq(jsl_addr_parse(&addrs[i], text), 0);
	}
	for (size_t i = 0; i < n; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
}

#endif
