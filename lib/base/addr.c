/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses as plain values. Parsing is numeric: a name server that is down
 * must not be able to stop a cluster.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/addr.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static int parse_port(const char *text, uint16_t *ret_port)
{
	unsigned long port = 0;

	if (*text == '\0' || strlen(text) > 5)
		return -EINVAL;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		port = port * 10 + (unsigned long)(*text - '0');
	}
	if (port > UINT16_MAX)
		return -EINVAL;
	*ret_port = (uint16_t)port;
	return 0;
}

int jsl_addr_parse(struct jsl_addr *ret_addr, const char *text)
{
	struct jsl_addr addr = {0};
	char host[JSL_ADDR_STR_MAX];
	const char *colon = strrchr(text, ':');
	size_t len;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
		return -EINVAL;
	len = (size_t)(colon - text);
	if (parse_port(colon + 1, &addr.port) < 0)
		return -EINVAL;
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		memcpy(host, text + 1, len - 2);
		host[len - 2] = '\0';
		if (inet_pton(AF_INET6, host, addr.ip) != 1)
			return -EINVAL;
	} else {
		memcpy(host, text, len);
		host[len] = '\0';
		memcpy(addr.ip, v4_prefix, sizeof(v4_prefix));
		if (inet_pton(AF_INET, host, addr.ip + 12) != 1)
			return -EINVAL;
	}
	*ret_addr = addr;
	return 0;
}

static bool is_v4(const struct jsl_addr *addr)
{
	return memcmp(addr->ip, v4_prefix, sizeof(v4_prefix)) == 0;
}

const char *jsl_addr_str(const struct jsl_addr *addr, char *buf)
{
	char host[INET6_ADDRSTRLEN];

	if (is_v4(addr)) {
		inet_ntop(AF_INET, addr->ip + 12, host, sizeof(host));
		snprintf(buf, JSL_ADDR_STR_MAX, "%s:%u", host, addr->port);
	} else {
		inet_ntop(AF_INET6, addr->ip, host, sizeof(host));
		snprintf(buf, JSL_ADDR_STR_MAX, "[%s]:%u", host, addr->port);
	}
	return buf;
}

bool jsl_addr_is_loopback(const struct jsl_addr *addr)
{
	static const uint8_t v6_loopback[16] = {[15] = 1};

	if (is_v4(addr))
		return addr->ip[12] == 127;
	return memcmp(addr->ip, v6_loopback, sizeof(v6_loopback)) == 0;
}

bool jsl_addr_is_any(const struct jsl_addr *addr)
{
	static const uint8_t none[16];

	return memcmp(addr->ip + 12, none, 4) == 0 &&
	       (is_v4(addr) || memcmp(addr->ip, none, 12) == 0);
}

bool jsl_addr_equal(const struct jsl_addr *a, const struct jsl_addr *b)
{
	return a->port == b->port && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}
