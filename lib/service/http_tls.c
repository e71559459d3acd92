/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTPS: the certificate, and a bufferevent that decrypts before the gate sees
 * anything. What the gate says on the descriptor itself goes through here.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "service/http_int.h"

/* The newest reason that libssl has, without its codes; "PATH: reason" in @errmsg. */
static int fail(const char *path, char *errmsg, size_t size)
{
	unsigned long code = ERR_peek_error(); /* the first one: what was behind it */
	const char *why = ERR_reason_error_string(code);

	if (ERR_SYSTEM_ERROR(code))
		why = strerror(ERR_GET_REASON(code));
	snprintf(errmsg, size, "%s: %s", path, why != NULL ? why : "not usable");
	ERR_clear_error();
	return -EINVAL;
}

static int configure(SSL_CTX *ctx, const char *cert, const char *key, char *errmsg,
		     size_t size)
{
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
		return fail("TLS", errmsg, size);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_CIPHER_SERVER_PREFERENCE);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* No tickets: a client that never reads them would close with a reset. */
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return fail(cert, errmsg, size);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return fail(key, errmsg, size);
	return 0;
}

int jsl_http__tls_load(struct jsl_http *h, char *errmsg, size_t size)
{
	SSL_CTX *ctx;
	int r;

	if (h->tls_cert == NULL)
		return 0;
	ERR_clear_error();
	ctx = SSL_CTX_new(TLS_server_method());
	if (ctx == NULL)
		return fail("TLS", errmsg, size);
	r = configure(ctx, h->tls_cert, h->tls_key, errmsg, size);
	if (r < 0) {
		SSL_CTX_free(ctx);
		return r;
	}
	jsl_http__tls_drop(h); /* connections hold on to the one that they began with */
	h->tls = ctx;
	return 0;
}

void jsl_http__tls_drop(struct jsl_http *h)
{
	SSL_CTX_free(h->tls);
	h->tls = NULL;
}

struct bufferevent *jsl_http__tls_bev(struct jsl_http *h)
{
	SSL *ssl = SSL_new(h->tls);
	struct bufferevent *bev;

	if (ssl == NULL)
		return NULL;
	/* Frees the SSL, and evhttp then leaves the descriptor to it. */
	bev = bufferevent_openssl_socket_new(h->base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL) {
		SSL_free(ssl);
		return NULL;
	}
	/* Ends are told by Content-Length and chunks, not by TLS. */
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

bool jsl_http__send(struct jsl_http__conn *c, const char *data, size_t len)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
	bool sent;

	if (ssl == NULL)
		return send(bufferevent_getfd(c->bev), data, len,
			    MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
	if (!SSL_is_init_finished(ssl))
		return false;
	ERR_clear_error();
	sent = SSL_write(ssl, data, (int)len) == (int)len;
	ERR_clear_error();
	return sent;
}

void jsl_http__send_end(struct jsl_http__conn *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	if (ssl == NULL || !SSL_is_init_finished(ssl))
		return;
	ERR_clear_error();
	(void)SSL_shutdown(ssl);
	ERR_clear_error();
}
