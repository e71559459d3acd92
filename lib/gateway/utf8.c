/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks and repairs UTF-8; see utf8.h. Each byte that begins no valid sequence
 * becomes one replacement character.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/utf8.h"

static const char replacement[] = "\xef\xbf\xbd";

#define REPLACEMENT_LEN (sizeof(replacement) - 1)

static bool is_tail(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* The length of the valid sequence at @p, or 0. RFC 3629, section 4. */
static size_t sequence(const unsigned char *p, size_t len)
{
	unsigned char c = p[0];

	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return len >= 2 && is_tail(p + 1, 1) ? 2 : 0;
	if (c >= 0xe0 && c <= 0xef) {
		if (len < 3 || !is_tail(p + 1, 2) || (c == 0xe0 && p[1] < 0xa0) ||
		    (c == 0xed && p[1] > 0x9f))
			return 0;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		if (len < 4 || !is_tail(p + 1, 3) || (c == 0xf0 && p[1] < 0x90) ||
		    (c == 0xf4 && p[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

int jsl_utf8_clean(const struct jsl_bytes *bytes, char **ret_text, size_t *ret_len)
{
	const unsigned char *in = bytes->data;
	size_t bad = 0, len = 0;
	char *text;

	for (size_t i = 0, n; i<bytes->len; i += n> 0 ? n : 1) {
		n = sequence(in + i, bytes->len - i);
		bad += n == 0;
	}
	*ret_text = NULL;
	*ret_len = bytes->len;
	if (bad == 0)
		return 0;
	text = malloc(bytes->len + bad * REPLACEMENT_LEN + 1);
	if (text == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < bytes->len;) {
		size_t n = sequence(in + i, bytes->len - i);

		memcpy(text + len, n > 0 ? (const char *)in + i : replacement,
		       n > 0 ? n : REPLACEMENT_LEN);
		len += n > 0 ? n : REPLACEMENT_LEN;
		i += n > 0 ? n : 1;
	}
	text[len] = '\0';
	*ret_text = text;
	*ret_len = len;
	return 0;
}

bool jsl_utf8_is_valid(struct jsl_bytes bytes)
{
	const unsigned char *in = bytes.data;

	for (size_t i = 0, n; i < bytes.len; i += n) {
		n = sequence(in + i, bytes.len - i);
		if (n == 0)
			return false;
	}
	return true;
}
