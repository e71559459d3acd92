/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may ask: RFC 6750's bearer tokens. Several are good at once, so that one can be
 * replaced while clients still have the one before.
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "service/http_int.h"

static bool same(const struct jsl_conf_secrets *a, const struct jsl_conf_secrets *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

int jsl_http__tokens_load(struct jsl_http *h, char *errmsg, size_t size)
{
	struct jsl_conf_secrets tokens;
	int r;

	if (h->token_file == NULL)
		return 0;
	r = jsl_conf_read_tokens(&tokens, h->token_file, errmsg, size);
	if (r < 0)
		return r;
	if (h->tokens.n > 0 && !same(&h->tokens, &tokens))
		jsl_log_write(&h->log, JSL_LOG_INFO, "http", "%s: %zu tokens now",
			      h->token_file, tokens.n);
	jsl_conf_secrets_deinit(&h->tokens);
	h->tokens = tokens;
	return 0;
}

/* Takes the same time wherever the first difference is. */
static bool is(struct jsl_http__str given, struct jsl_bytes token)
{
	const char *text = token.data;
	volatile unsigned char diff = 0;

	if (given.len != token.len)
		return false;
	for (size_t i = 0; i < token.len; i++)
		diff |= (unsigned char)(given.p[i] ^ text[i]);
	return diff == 0;
}

bool jsl_http__token_ok(const struct jsl_conf_secrets *tokens,
			const struct jsl_http__head *head)
{
	static const char scheme[] = "Bearer ";
	size_t n = sizeof(scheme) - 1;
	struct jsl_http__str given = head->auth;
	bool ok = false;

	if (head->n_auth != 1 || given.len <= n || strncasecmp(given.p, scheme, n) != 0)
		return false;
	given.p += n;
	given.len -= n;
	for (size_t i = 0; i < tokens->n; i++)
		ok |= is(given, tokens->items[i]);
	return ok;
}
