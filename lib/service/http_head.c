/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and judges the head of a request, by RFC 9112 at its strictest: where
 * two parsers could disagree about the framing, the answer is 400. No I/O.
 */

#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "service/http_int.h"

/* The grammar of a token, RFC 9110 5.6.2. */
static bool is_token(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)p[i]) &&
		    (p[i] == '\0' || strchr("!#$%&'*+-.^_`|~", p[i]) == NULL))
			return false;
	return len > 0;
}

static bool str_is(struct jsl_http__str s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.p, text, s.len) == 0;
}

int jsl_http__head_end(const char *data, size_t len, size_t scanned)
{
	size_t max = len < JSL_HTTP_HEAD_MAX ? len : JSL_HTTP_HEAD_MAX;

	for (size_t i = scanned; i < max; i++) {
		if (data[i] == '\0')
			return -400;
		if (data[i] != '\n')
			continue;
		if (i == 0 || data[i - 1] != '\r')
			return -400;
		if (i >= 3 && data[i - 2] == '\n')
			return (int)i + 1;
		if (i == 1)
			return -400; /* an empty line before the request */
	}
	return len >= JSL_HTTP_HEAD_MAX ? -431 : 0;
}

static int parse_target(struct jsl_http__head *head, const char *p, size_t len)
{
	const char *query;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)p[i] <= 0x20 || p[i] == 0x7f)
			return 400;
	if (len == 0)
		return 400;
	if (p[0] != '/')
		return 0; /* absolute, authority or asterisk form: nothing is there */
	query = memchr(p, '?', len);
	head->path.p = p;
	head->path.len = query != NULL ? (size_t)(query - p) : len;
	return 0;
}

static enum jsl_http__method method_of(const char *p, size_t len)
{
	if (len == 3 && memcmp(p, "GET", 3) == 0)
		return JSL_HTTP__GET;
	if (len == 4 && memcmp(p, "HEAD", 4) == 0)
		return JSL_HTTP__HEAD;
	if (len == 4 && memcmp(p, "POST", 4) == 0)
		return JSL_HTTP__POST;
	return JSL_HTTP__OTHER;
}

static int parse_request_line(struct jsl_http__head *head, const char *p, size_t len)
{
	static const char version[] = "HTTP/1.";
	const char *target = memchr(p, ' ', len), *end;
	size_t rest;

	if (target == NULL || !is_token(p, (size_t)(target - p)))
		return 400;
	head->method = method_of(p, (size_t)(target - p));
	target++;
	rest = len - (size_t)(target - p);
	end = memchr(target, ' ', rest);
	if (end == NULL || (size_t)(p + len - end - 1) != sizeof(version) ||
	    memcmp(end + 1, version, sizeof(version) - 1) != 0)
		return 400;
	if (p[len - 1] != '0' && p[len - 1] != '1')
		return 400;
	head->minor = p[len - 1] - '0';
	return parse_target(head, target, (size_t)(end - target));
}

static int parse_length(struct jsl_http__head *head, struct jsl_http__str v)
{
	if (head->has_length || v.len == 0 || v.len > 18)
		return 400;
	head->has_length = true;
	for (size_t i = 0; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return 400;
		head->length = head->length * 10 + (uint64_t)(v.p[i] - '0');
	}
	return 0;
}

static int take_header(struct jsl_http__head *head, struct jsl_http__str name,
		       struct jsl_http__str value)
{
	if (str_is(name, "Content-Length"))
		return parse_length(head, value);
	if (str_is(name, "Transfer-Encoding")) {
		if (head->chunked || head->minor == 0 || !str_is(value, "chunked"))
			return 400;
		head->chunked = true;
	} else if (str_is(name, "Host")) {
		head->n_host++;
		head->host = value;
	} else if (str_is(name, "Origin")) {
		head->n_origin++;
		head->origin = value;
	} else if (str_is(name, "Authorization")) {
		head->n_auth++;
		head->auth = value;
	}
	return 0;
}

static int parse_header(struct jsl_http__head *head, const char *p, size_t len)
{
	const char *colon = memchr(p, ':', len), *end = p + len;
	struct jsl_http__str name, value;

	if (colon == NULL || !is_token(p, (size_t)(colon - p)))
		return 400; /* a folded line begins with a space, which is no token */
	name = (struct jsl_http__str){p, (size_t)(colon - p)};
	p = colon + 1;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (const char *q = p; q < end; q++)
		if (((unsigned char)*q < 0x20 && *q != '\t') || *q == 0x7f)
			return 400;
	value = (struct jsl_http__str){p, (size_t)(end - p)};
	return take_header(head, name, value);
}

int jsl_http__head_parse(struct jsl_http__head *ret_head, const char *data, size_t len)
{
	struct jsl_http__head *head = ret_head;
	const char *end = data + len - 2; /* the empty line */
	unsigned int n = 0;

	*head = (struct jsl_http__head){0};
	while (data < end) {
		const char *eol = memchr(data, '\n', (size_t)(end - data));
		size_t line =
			(size_t)(eol - data) - 1; /* without CRLF: head_end saw to it */
		int r = n == 0 ? parse_request_line(head, data, line)
			       : parse_header(head, data, line);

		if (r != 0)
			return r;
		if (n++ > JSL_HTTP__HEADERS_MAX)
			return 400;
		data = eol + 1;
	}
	if (head->chunked && head->has_length)
		return 400;
	if (head->n_host > 1 || (head->n_host == 0 && head->minor > 0))
		return 400;
	/* evhttp reads no body here: it would take it for the next request */
	if (head->method == JSL_HTTP__HEAD && (head->chunked || head->length > 0))
		return 400;
	return 0;
}

/* "name", "name:80" or "[::1]:80" without its port. */
static struct jsl_http__str host_name(struct jsl_http__str host)
{
	const char *end = NULL;

	if (host.len > 0 && host.p[0] == '[') {
		end = memchr(host.p, ']', host.len);
		end = end != NULL ? end + 1 : NULL;
	} else {
		end = memchr(host.p, ':', host.len);
	}
	if (end != NULL)
		host.len = (size_t)(end - host.p);
	return host;
}

static bool is_loopback_host(struct jsl_http__str host)
{
	struct jsl_http__str name = host_name(host);
	struct jsl_addr addr;
	char text[64];

	if (str_is(name, "localhost") || str_is(name, "localhost."))
		return true;
	if (name.len > sizeof(text) - 3)
		return false;
	memcpy(text, name.p, name.len);
	strcpy(text + name.len, ":1");
	return jsl_addr_parse(&addr, text) == 0 && jsl_addr_is_loopback(&addr);
}

/* Whether "scheme://authority" names the authority that Host does. */
static bool same_origin(struct jsl_http__str origin, struct jsl_http__str host)
{
	static const struct {
		const char *scheme, *port;
	} schemes[] = {{"http://", ":80"}, {"https://", ":443"}};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i].scheme), m = strlen(schemes[i].port);
		struct jsl_http__str *both[] = {&origin, &host};

		if (origin.len <= n || strncasecmp(origin.p, schemes[i].scheme, n) != 0)
			continue;
		origin.p += n;
		origin.len -= n;
		for (int k = 0; k < 2; k++)
			if (both[k]->len > m && memcmp(both[k]->p + both[k]->len - m,
						       schemes[i].port, m) == 0)
				both[k]->len -= m;
		return origin.len == host.len &&
		       strncasecmp(origin.p, host.p, host.len) == 0;
	}
	return false;
}

static const struct jsl_http_route *find_route(const struct jsl_http__rules *rules,
					       struct jsl_http__str path)
{
	for (size_t i = 0; i < rules->n_routes; i++) {
		const char *known = rules->routes[i].path;

		if (strlen(known) == path.len && memcmp(known, path.p, path.len) == 0)
			return &rules->routes[i];
	}
	return NULL;
}

int jsl_http__judge(const struct jsl_http__rules *rules,
		    const struct jsl_http__head *head,
		    const struct jsl_http_route **ret_route)
{
	const struct jsl_http_route *route = NULL;

	if (head->path.len > 0)
		route = find_route(rules, head->path);
	*ret_route = route;
	if (rules->loopback && head->n_host > 0 && !is_loopback_host(head->host))
		return 403;
	if (head->n_origin > 1 ||
	    (head->n_origin == 1 && !same_origin(head->origin, head->host)))
		return 403;
	if (rules->tokens->n > 0 && !jsl_http__token_ok(rules->tokens, head))
		return 401;
	if (route == NULL)
		return 404;
	if (route->post ? head->method != JSL_HTTP__POST
			: head->method != JSL_HTTP__GET && head->method != JSL_HTTP__HEAD)
		return 405;
	return head->has_length && head->length > rules->body_max ? 413 : 0;
}
