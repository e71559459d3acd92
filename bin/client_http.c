/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request to the gateway. An answer is kept up to CLIENT_BODY_MAX, or handed
 * on piece by piece; the body of anything but a 200 is always kept, since it says
 * what went wrong.
 */

#include "config.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "client.h"

struct transfer {
	CURL *curl;
	const struct client_request *req;
	struct client_reply *reply;
	curl_mime *form;
	size_t size;	/* allocated for reply->data */
	bool too_large; /* to say so instead of what libcurl makes of it */
};

static void easy_cleanup(CURL **curl)
{
	curl_easy_cleanup(*curl);
}

static void slist_free(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

static void form_free(struct transfer *t)
{
	curl_mime_free(t->form);
}

static int keep(struct transfer *t, const char *data, size_t len)
{
	struct client_reply *reply = t->reply;

	if (len > CLIENT_BODY_MAX - reply->len) {
		t->too_large = true;
		return -1;
	}
	if (reply->len + len + 1 > t->size) {
		size_t size = 2 * (reply->len + len) + 1;
		char *grown = realloc(reply->data, size);

		if (grown == NULL)
			return -1;
		reply->data = grown;
		t->size = size;
	}
	memcpy(reply->data + reply->len, data, len);
	reply->len += len;
	reply->data[reply->len] = '\0';
	return 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * n;
	long status = 0;
	int err;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (t->req->sink != NULL && status == 200)
		err = t->req->sink(t->req->arg, data, len);
	else
		err = keep(t, data, len);
	return err == 0 ? len : 0;
}

/* Append "NAME: VALUE". Returns 0 or -1; the list stays the caller's. */
static int add_header(struct curl_slist **list, const char *name, const char *value)
{
	char line[CLIENT_TOKEN_MAX + 64];
	struct curl_slist *grown;
	int n = snprintf(line, sizeof(line), "%s%s", name, value);

	if (n < 0 || (size_t)n >= sizeof(line))
		return -1;
	grown = curl_slist_append(*list, line);
	if (grown == NULL)
		return -1;
	*list = grown;
	return 0;
}

static int set_form(struct transfer *t)
{
	t->form = curl_mime_init(t->curl);
	if (t->form == NULL)
		return -1;
	for (size_t i = 0; i < t->req->n_parts; i++) {
		const struct client_part *p = &t->req->parts[i];
		curl_mimepart *part = curl_mime_addpart(t->form);

		if (part == NULL || curl_mime_name(part, p->name) != CURLE_OK ||
		    curl_mime_filename(part, p->filename) != CURLE_OK ||
		    curl_mime_data(part, p->data, p->len) != CURLE_OK)
			return -1;
	}
	curl_easy_setopt(t->curl, CURLOPT_MIMEPOST, t->form);
	return 0;
}

static int set_headers(struct transfer *t, const struct client *c,
		       struct curl_slist **list)
{
	const struct client_request *req = t->req;

	if (req->accept != NULL && add_header(list, "Accept: ", req->accept) != 0)
		return -1;
	if (c->token != NULL && add_header(list, "Authorization: Bearer ", c->token) != 0)
		return -1;
	if (c->jdk != NULL && add_header(list, "JSL-JDK: ", c->jdk) != 0)
		return -1;
	for (size_t i = 0; i < req->n_headers; i++)
		if (add_header(list, req->headers[i].name, req->headers[i].value) != 0)
			return -1;
	/* No "Expect: 100-continue": one round trip less. */
	if ((req->content_type != NULL || req->parts != NULL) &&
	    add_header(list, "Expect:", "") != 0)
		return -1;
	if (req->parts != NULL && set_form(t) != 0)
		return -1;
	if (req->content_type != NULL) {
		if (add_header(list, "Content-Type: ", req->content_type) != 0)
			return -1;
		curl_easy_setopt(t->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, req->body);
		curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)req->body_len);
	}
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, *list);
	return 0;
}

static int set_url(CURL *curl, const struct client *c, const char *path)
{
	size_t len = strlen(c->gateway);
	size_t size = len + strlen(path) + 1;
	jsl_autofree char *url = malloc(size);

	if (url == NULL)
		return -1;
	while (len > 0 && c->gateway[len - 1] == '/')
		len--;
	snprintf(url, size, "%.*s%s", (int)len, c->gateway, path);
	return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK ? 0 : -1;
}

static void set_options(struct transfer *t, const struct client *c)
{
	CURL *curl = t->curl;

	if (c->ca_file != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, c->ca_file);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_DEFAULT_PROTOCOL, "http");
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)CLIENT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "jsl-client/" PACKAGE_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	/* A proxy cannot reach this machine's loopback, unless the user knows better. */
	if (getenv("no_proxy") == NULL && getenv("NO_PROXY") == NULL)
		curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
}

static void set_error(struct client_reply *reply, const char *text)
{
	snprintf(reply->error, sizeof(reply->error), "%s", text);
}

int client_fetch(const struct client *c, const struct client_request *req,
		 struct client_reply *ret_reply)
{
	__attribute__((cleanup(easy_cleanup))) CURL *curl = curl_easy_init();
	__attribute__((cleanup(slist_free))) struct curl_slist *headers = NULL;
	__attribute__((cleanup(form_free))) struct transfer t = {
		.curl = curl, .req = req, .reply = ret_reply};
	char text[CURL_ERROR_SIZE] = "";
	CURLcode code;

	*ret_reply = (struct client_reply){0};
	if (curl == NULL || keep(&t, "", 0) != 0 || set_url(curl, c, req->path) != 0 ||
	    set_headers(&t, c, &headers) != 0) {
		set_error(ret_reply, "out of memory");
		return -1;
	}
	set_options(&t, c);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
	code = curl_easy_perform(curl);
	if (code == CURLE_OK) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret_reply->status);
		return 0;
	}
	if (t.too_large)
		set_error(ret_reply, "the answer is too large");
	else
		set_error(ret_reply, *text != '\0' ? text : curl_easy_strerror(code));
	return -1;
}

void client_reply_free(struct client_reply *reply)
{
	free(reply->data);
	reply->data = NULL;
}

int client_reply_complain(const struct client *c, const struct client_reply *reply)
{
	size_t line = reply->data != NULL ? strcspn(reply->data, "\r\n") : 0;

	if (reply->status == 0)
		client_complain("%s: %s", c->gateway, reply->error);
	else if (line == 0 || reply->data[0] == '<')
		client_complain("%s: the gateway answered %ld", c->gateway,
				reply->status);
	else
		client_complain("%s: the gateway answered %ld: %.*s", c->gateway,
				reply->status, (int)(line < 500 ? line : 500),
				reply->data);
	return CLIENT_EXIT_CLUSTER;
}
