/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses and sockets; see sock.h.
 */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "io/sock.h"

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const struct jsl_addr *addr)
{
	return memcmp(addr->ip, v4_prefix, sizeof(v4_prefix)) == 0;
}

int jsl_io__family(const struct jsl_addr *addr)
{
	return is_v4(addr) ? AF_INET : AF_INET6;
}

int jsl_io__to_sockaddr(const struct jsl_addr *addr, int family,
			struct sockaddr_storage *ret_ss)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret_ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret_ss;

	if (family == AF_INET && !is_v4(addr))
		return -EAFNOSUPPORT;
	memset(ret_ss, 0, sizeof(*ret_ss));
	if (family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(addr->port);
		memcpy(&in->sin_addr, addr->ip + 12, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(addr->port);
	memcpy(&in6->sin6_addr, addr->ip, 16);
	return sizeof(*in6);
}

struct jsl_addr jsl_io__from_sockaddr(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	struct jsl_addr addr = {0};

	if (ss->ss_family == AF_INET) {
		memcpy(addr.ip, v4_prefix, sizeof(v4_prefix));
		memcpy(addr.ip + 12, &in->sin_addr, 4);
		addr.port = ntohs(in->sin_port);
	} else if (ss->ss_family == AF_INET6) {
		memcpy(addr.ip, &in6->sin6_addr, 16);
		addr.port = ntohs(in6->sin6_port);
	}
	return addr;
}

int jsl_io__socket(const struct jsl_addr *addr, int type)
{
	int family = jsl_io__family(addr);
	int off = 0;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	return fd;
}

int jsl_io__bind(int fd, const struct jsl_addr *addr)
{
	struct sockaddr_storage ss;
	int len = jsl_io__to_sockaddr(addr, jsl_io__family(addr), &ss);

	if (bind(fd, (struct sockaddr *)&ss, (socklen_t)len) < 0)
		return -errno;
	return 0;
}

struct jsl_addr jsl_io__bound(int fd)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return (struct jsl_addr){0};
	return jsl_io__from_sockaddr(&ss);
}

bool jsl_io__is_self(int fd)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);
	struct jsl_addr here = jsl_io__bound(fd), there;

	if (getpeername(fd, (struct sockaddr *)&ss, &len) < 0)
		return false;
	there = jsl_io__from_sockaddr(&ss);
	return jsl_addr_equal(&here, &there);
}
