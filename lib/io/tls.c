/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS with pre-shared keys through libssl; see tls.h. libssl reads and writes the
 * socket through a BIO of our own: one that raises no SIGPIPE, and remembers what
 * tells an error of the socket from one of the protocol.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <jsl/err.h>

#include "io/tls_int.h"

#define SUITE "TLS_AES_256_GCM_SHA384"

static const uint8_t suite_id[2] = {0x13, 0x02};

struct jsl_io_tls {
	SSL_CTX *ctx;
	BIO_METHOD *method;
	struct jsl_io_tls_key keys[JSL_IO_TLS_KEYS_MAX];
	size_t n;
};

/* ---- the socket ---- */

static int on_write(BIO *bio, const char *data, int len)
{
	struct jsl_io__tls_end *end = BIO_get_data(bio);
	ssize_t n = send(end->fd, data, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(bio);
	else if (n < 0)
		end->err = -errno;
	return (int)n;
}

static int on_read(BIO *bio, char *data, int len)
{
	struct jsl_io__tls_end *end = BIO_get_data(bio);
	ssize_t n = recv(end->fd, data, (size_t)len, MSG_DONTWAIT);

	BIO_clear_retry_flags(bio);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	else if (n < 0)
		end->err = -errno;
	else if (n == 0)
		end->eof = true;
	else if (end->first < 0)
		end->first = (uint8_t)data[0];
	return (int)n;
}

static long on_ctrl(BIO *bio, int cmd, long n, void *arg)
{
	struct jsl_io__tls_end *end = BIO_get_data(bio);

	(void)n;
	(void)arg;
	if (cmd == BIO_CTRL_EOF)
		return end->eof;
	return cmd == BIO_CTRL_FLUSH; /* nothing is held back */
}

static BIO_METHOD *new_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket without signals");

	if (m != NULL && BIO_meth_set_write(m, on_write) == 1 &&
	    BIO_meth_set_read(m, on_read) == 1 && BIO_meth_set_ctrl(m, on_ctrl) == 1)
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* ---- keys ---- */

static SSL_SESSION *session_of(SSL *ssl, const struct jsl_io_tls_key *key)
{
	const SSL_CIPHER *suite = SSL_CIPHER_find(ssl, suite_id);
	SSL_SESSION *session = SSL_SESSION_new();

	if (session != NULL && suite != NULL &&
	    SSL_SESSION_set1_master_key(session, key->key, sizeof(key->key)) == 1 &&
	    SSL_SESSION_set_cipher(session, suite) == 1 &&
	    SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1)
		return session;
	SSL_SESSION_free(session);
	return NULL;
}

static struct jsl_io_tls *tls_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static void note_key(SSL *ssl, const struct jsl_io_tls_key *key)
{
	struct jsl_io__tls_end *end = SSL_get_app_data(ssl);

	end->keyed = true;
	memcpy(end->key_name, key->name, sizeof(end->key_name));
}

static int on_use_key(SSL *ssl, const EVP_MD *md, const unsigned char **ret_name,
		      size_t *ret_len, SSL_SESSION **ret_session)
{
	struct jsl_io_tls *tls = tls_of(ssl);

	note_key(ssl, &tls->keys[0]);
	(void)md; /* there is one suite, so one digest */
	*ret_name = tls->keys[0].name;
	*ret_len = sizeof(tls->keys[0].name);
	*ret_session = session_of(ssl, &tls->keys[0]);
	return *ret_session != NULL;
}

static int on_find_key(SSL *ssl, const unsigned char *name, size_t len,
		       SSL_SESSION **ret_session)
{
	struct jsl_io__tls_end *end = SSL_get_app_data(ssl);
	struct jsl_io_tls *tls = tls_of(ssl);

	*ret_session = NULL;
	for (size_t i = 0; i < tls->n; i++) {
		if (len != sizeof(tls->keys[i].name) ||
		    memcmp(name, tls->keys[i].name, len) != 0)
			continue;
		note_key(ssl, &tls->keys[i]);
		*ret_session = session_of(ssl, &tls->keys[i]);
		return *ret_session != NULL;
	}
	end->unknown_key = true;
	return 1; /* goes on without, and fails for want of a certificate */
}

static int set_options(struct jsl_io_tls *tls)
{
	SSL_CTX *ctx = tls->ctx;

	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, SUITE) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519") != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1)
		return -EIO;
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
					       SSL_OP_NO_RENEGOTIATION);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					    SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_psk_use_session_callback(ctx, on_use_key);
	SSL_CTX_set_psk_find_session_callback(ctx, on_find_key);
	SSL_CTX_set_app_data(ctx, tls);
	return 0;
}

void jsl_io_tls_set_keys(struct jsl_io_tls *tls, const struct jsl_io_tls_key *keys,
			 size_t n)
{
	assert(n > 0 && n <= JSL_IO_TLS_KEYS_MAX);
	OPENSSL_cleanse(tls->keys, sizeof(tls->keys));
	memcpy(tls->keys, keys, n * sizeof(*keys));
	tls->n = n;
}

int jsl_io_tls_new(struct jsl_io_tls **ret_tls, const struct jsl_io_tls_key *keys,
		   size_t n)
{
	struct jsl_io_tls *tls = calloc(1, sizeof(*tls));
	int r = -ENOMEM;

	if (tls == NULL)
		return -ENOMEM;
	tls->ctx = SSL_CTX_new(TLS_method());
	tls->method = new_method();
	if (tls->ctx != NULL && tls->method != NULL)
		r = set_options(tls);
	if (r < 0) {
		ERR_clear_error();
		jsl_io_tls_free(tls);
		return r;
	}
	jsl_io_tls_set_keys(tls, keys, n);
	*ret_tls = tls;
	return 0;
}

void jsl_io_tls_free(struct jsl_io_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	BIO_meth_free(tls->method);
	OPENSSL_cleanse(tls->keys, sizeof(tls->keys));
	free(tls);
}

/* ---- one end ---- */

int jsl_io__tls_open(struct jsl_io__tls_end *end, struct jsl_io_tls *tls, int fd,
		     bool server)
{
	SSL *ssl = SSL_new(tls->ctx);
	BIO *bio = ssl != NULL ? BIO_new(tls->method) : NULL;

	if (bio == NULL) {
		SSL_free(ssl);
		ERR_clear_error();
		return -ENOMEM;
	}
	*end = (struct jsl_io__tls_end){.ssl = ssl, .fd = fd, .first = -1};
	BIO_set_data(bio, end);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_app_data(ssl, end);
	if (server) {
		SSL_set_accept_state(ssl);
		return 0;
	}
	/* There is no authority: a certificate in the place of a key is refused. */
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	SSL_set_connect_state(ssl);
	return 0;
}

void jsl_io__tls_close(struct jsl_io__tls_end *end)
{
	SSL_free(end->ssl);
	end->ssl = NULL;
}

/* What was behind a failed call. */
static int error_of(struct jsl_io__tls_end *end, int ret)
{
	int code = SSL_get_error(end->ssl, ret);

	ERR_clear_error();
	if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE)
		return -EAGAIN;
	if (end->err < 0)
		return end->err;
	/* An end that was not announced is no end: bytes may have been cut off. */
	return end->eof ? -ECONNRESET : JSL_E_FORGED;
}

/* A handshake fails when there is no common key, in several ways. */
static int why_not(const struct jsl_io__tls_end *end, int err)
{
	enum { CHANGE_CIPHER = 0x14, ALERT = 0x15 };

	if (end->first >= 0 && end->first != JSL_IO__TLS_HANDSHAKE &&
	    end->first != ALERT && end->first != CHANGE_CIPHER)
		return JSL_E_CLEAR;
	if (end->unknown_key || end->first == ALERT)
		return JSL_E_SECRET;
	return err;
}

int jsl_io__tls_shake(struct jsl_io__tls_end *end, bool *ret_write)
{
	int n, r;

	ERR_clear_error();
	n = SSL_do_handshake(end->ssl);
	if (n == 1) /* with a key, that is, and not by a certificate */
		return SSL_session_reused(end->ssl) ? 0 : JSL_E_FORGED;
	*ret_write = SSL_want_write(end->ssl);
	r = error_of(end, n);
	return r == -EAGAIN ? r : why_not(end, r);
}

int jsl_io__tls_read(struct jsl_io__tls_end *end, void *buf, size_t len, size_t *ret_n)
{
	int n;

	ERR_clear_error();
	n = SSL_read_ex(end->ssl, buf, len, ret_n);
	if (n == 1)
		return 0;
	if (SSL_get_error(end->ssl, n) == SSL_ERROR_ZERO_RETURN)
		return JSL_IO__TLS_ENDED;
	return error_of(end, n);
}

int jsl_io__tls_write(struct jsl_io__tls_end *end, const void *buf, size_t len,
		      size_t *ret_n)
{
	int n;

	ERR_clear_error();
	n = SSL_write_ex(end->ssl, buf, len, ret_n);
	return n == 1 ? 0 : error_of(end, n);
}

bool jsl_io__tls_is_revoked(const struct jsl_io__tls_end *end)
{
	const struct jsl_io_tls *tls = tls_of(end->ssl);

	for (size_t i = 0; i < tls->n; i++)
		if (memcmp(end->key_name, tls->keys[i].name, sizeof(end->key_name)) == 0)
			return false;
	return end->keyed;
}

int jsl_io__tls_finish(struct jsl_io__tls_end *end)
{
	int n;

	ERR_clear_error();
	n = SSL_shutdown(end->ssl);
	if (n < 0 && error_of(end, n) == -EAGAIN)
		return -EAGAIN;
	return 0; /* a socket that fails is found by the reading side */
}
