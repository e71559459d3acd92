/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base64 (RFC 4648, section 4, padded), which carries output that is not UTF-8.
 * Strict: anything but whole, correctly padded groups is an error.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "client.h"

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

int client_base64_decode(const char *text, size_t len, char **ret_data, size_t *ret_len)
{
	size_t pad = 0, n = 0;
	jsl_autofree char *data = malloc(len / 4 * 3 + 1);

	if (data == NULL)
		return -ENOMEM;
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	if (len % 4 != 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t group = 0;

		for (size_t j = i; j < i + 4; j++) {
			int value = j >= len - pad ? 0 : digit(text[j]);

			if (value < 0)
				return -EINVAL;
			group = group << 6 | (uint32_t)value;
		}
		data[n++] = (char)(group >> 16);
		data[n++] = (char)(group >> 8);
		data[n++] = (char)group;
	}
	*ret_len = n - pad;
	*ret_data = jsl_steal(&data);
	return 0;
}
