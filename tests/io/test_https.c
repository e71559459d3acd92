/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTPS: the same gate and the same answers behind TLS, and what can go wrong with
 * certificates.
 */

#include "config.h"

#include <signal.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "../lib/suite.h"
#include "http_server.h"
#include "loop.h"

/* A directory with certificates of our own making. */
struct files {
	char dir[32], cert[48], key[48];
};

static void write_pair(const struct files *f, const char *name)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	FILE *cert_file = fopen(f->cert, "w"), *key_file = fopen(f->key, "w");
	X509 *cert = X509_new();

	ck_assert(key != NULL && cert != NULL && cert_file != NULL && key_file != NULL);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_pubkey(cert, key);
	ck_assert_int_gt(X509_sign(cert, key, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_X509(cert_file, cert), 1);
	ck_assert_int_eq(PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL),
			 1);
	fclose(cert_file);
	fclose(key_file);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void files_init(struct files *f)
{
	snprintf(f->dir, sizeof(f->dir), "/tmp/jsl-https.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	snprintf(f->cert, sizeof(f->cert), "%s/cert", f->dir);
	snprintf(f->key, sizeof(f->key), "%s/key", f->dir);
	write_pair(f, "first");
}

static void files_deinit(struct files *f)
{
	unlink(f->cert);
	unlink(f->key);
	rmdir(f->dir);
}

/* A client that shakes hands, writes and reads while the loop turns. */
struct tls_client {
	struct server *s;
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
	char text[65536];
	size_t len;
	bool ended; /* as TLS has it */
	bool cut;   /* otherwise */
};

static void tls_connect(struct tls_client *c, struct server *s, int max_version)
{
	struct client raw = client_open(s->base, s->port);

	memset(c, 0, sizeof(*c));
	c->s = s;
	c->fd = dup(raw.fd);
	client_close(&raw);
	evutil_make_socket_nonblocking(c->fd);
	c->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(c->ctx, max_version);
	SSL_CTX_set_min_proto_version(c->ctx, 0);
	SSL_CTX_set_security_level(c->ctx, 0); /* to offer what must be refused */
	c->ssl = SSL_new(c->ctx);
	SSL_set_fd(c->ssl, c->fd);
}

static void tls_close(struct tls_client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	close(c->fd);
}

static bool wants_more(const struct tls_client *c, int ret)
{
	int code = SSL_get_error(c->ssl, ret);

	return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE;
}

static int tls_shake(struct tls_client *c)
{
	int r = -1;

	for (int i = 0; i < 100000 && r != 1; i++) {
		event_base_loop(c->s->base, EVLOOP_NONBLOCK);
		r = SSL_connect(c->ssl);
		if (r != 1 && !wants_more(c, r))
			return -1;
	}
	return r == 1 ? 0 : -1;
}

static void tls_take(struct tls_client *c)
{
	int n = SSL_read(c->ssl, c->text + c->len, (int)(sizeof(c->text) - 1 - c->len));

	if (n > 0)
		c->len += (size_t)n;
	else if (SSL_get_error(c->ssl, n) == SSL_ERROR_ZERO_RETURN)
		c->ended = true;
	else if (!wants_more(c, n))
		c->cut = true;
	c->text[c->len] = '\0';
}

static void tls_send(struct tls_client *c, const char *text)
{
	ck_assert_int_eq(SSL_write(c->ssl, text, (int)strlen(text)), (int)strlen(text));
}

#define TLS_UNTIL(c, condition)                         \
	RUN_UNTIL((c)->s->base, ({                      \
			  if (!(c)->ended && !(c)->cut) \
				  tls_take(c);          \
			  condition;                    \
		  }))

static unsigned int count(const struct tls_client *c, const char *what)
{
	unsigned int n = 0;

	for (const char *p = c->text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void https_new(struct server *s, struct files *f)
{
	signal(SIGPIPE, SIG_IGN); /* as the server wants it */
	files_init(f);
	server_tls(s, f->cert, f->key);
}

START_TEST(answers_behind_tls)
{
	static const char get[] = "GET /hello HTTP/1.1\r\n" HOST "\r\n";
	static const char post[] =
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabcd";
	struct tls_client c;
	struct server s;
	struct files f;

	https_new(&s, &f);
	tls_connect(&c, &s, 0);
	ck_assert_int_eq(tls_shake(&c), 0);
	ck_assert_str_eq(SSL_get_version(c.ssl), "TLSv1.3");
	tls_send(&c, get);
	TLS_UNTIL(&c, count(&c, "\r\n\r\nhello\n") == 1);
	tls_send(&c, post); /* on the same connection */
	TLS_UNTIL(&c, count(&c, "\r\n\r\nabcd") == 1);
	c.len = 0;
	tls_send(&c, "GET /file HTTP/1.1\r\n" HOST "\r\n");
	TLS_UNTIL(&c, c.len > 32000);
	ck_assert_uint_eq(count(&c, "0123456789abcdef"), 2000);
	ck_assert_uint_eq(s.calls, 2);
	tls_close(&c);
	server_free(&s);
	files_deinit(&f);
}
END_TEST

START_TEST(gate_stands_behind_tls)
{
	static const struct {
		const char *request, *status;
	} rows[] = {
		{"GET /hello HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /nowhere HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 404 "},
		{"PUT /echo HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 405 "},
		{"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n",
		 "HTTP/1.1 413 "},
		{"GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 403 "},
		{"POST /echo HTTP/1.1\r\n" HOST
		 "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
		 "HTTP/1.1 400 "},
	};
	struct tls_client c;
	struct server s;
	struct files f;

	https_new(&s, &f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tls_connect(&c, &s, 0);
		ck_assert_int_eq(tls_shake(&c), 0);
		tls_send(&c, rows[i].request);
		TLS_UNTIL(&c, c.ended || c.cut);
		ck_assert_msg(strncmp(c.text, rows[i].status, 13) == 0, "%s: %s",
			      rows[i].request, c.text);
		ck_assert(c.ended); /* and the client knows that this was all */
		tls_close(&c);
	}
	ck_assert_uint_eq(s.calls, 0);
	server_free(&s);
	files_deinit(&f);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	struct tls_client c;
	struct server s;
	struct files f;

	https_new(&s, &f);
	tls_connect(&c, &s, 0);
	ck_assert_int_eq(tls_shake(&c), 0);
	tls_send(&c, "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"
		     "GET /hello HTTP/1.1\r\n" HOST "\r\n"
		     "GET /nowhere HTTP/1.1\r\n" HOST "\r\n");
	RUN_UNTIL(s.base, s.held != NULL);
	jsl_http_reply_text(s.held, 200, "slow");
	TLS_UNTIL(&c, c.ended || c.cut);
	ck_assert_uint_eq(count(&c, "HTTP/1.1 200 "), 2);
	ck_assert_uint_eq(count(&c, "HTTP/1.1 404 "), 1);
	ck_assert_ptr_null(strstr(strstr(c.text, "hello\n"), "slow\n"));
	tls_close(&c);
	server_free(&s);
	files_deinit(&f);
}
END_TEST

START_TEST(client_that_leaves_is_noticed)
{
	struct tls_client c;
	struct server s;
	struct files f;

	https_new(&s, &f);
	tls_connect(&c, &s, 0);
	ck_assert_int_eq(tls_shake(&c), 0);
	tls_send(&c, "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	RUN_UNTIL(s.base, s.held != NULL);
	tls_close(&c);
	RUN_UNTIL(s.base, s.gone == 1);
	server_free(&s);
	files_deinit(&f);
}
END_TEST

START_TEST(what_is_not_tls_gets_no_answer)
{
	struct jsl_http_stats stats;
	struct client c;
	struct server s;
	struct files f;

	https_new(&s, &f);
	c = client_open(s.base, s.port);
	ck_assert_int_gt(send(c.fd, "GET /hello HTTP/1.1\r\n" HOST "\r\n", 40, 0), 0);
	RUN_UNTIL(s.base, (jsl_http_stats(s.http, &stats), stats.connections == 1));
	RUN_UNTIL(s.base, (jsl_http_stats(s.http, &stats), stats.connections == 0));
	client_close(&c);
	/* One that never shakes hands, and one that stops in the middle. */
	c = client_open(s.base, s.port);
	ck_assert_int_eq(send(c.fd, "\x16\x03\x01", 3, 0), 3);
	RUN_UNTIL(s.base, (jsl_http_stats(s.http, &stats), stats.timeouts == 1));
	client_close(&c);
	ck_assert_uint_eq(stats.requests, 0);
	server_free(&s);
	files_deinit(&f);
}
END_TEST

START_TEST(old_versions_are_refused)
{
	struct tls_client c;
	struct server s;
	struct files f;

	https_new(&s, &f);
	tls_connect(&c, &s, TLS1_1_VERSION);
	ck_assert_int_eq(tls_shake(&c), -1);
	tls_close(&c);
	tls_connect(&c, &s, TLS1_2_VERSION);
	ck_assert_int_eq(tls_shake(&c), 0);
	tls_close(&c);
	server_free(&s);
	files_deinit(&f);
}
END_TEST

static void serves_as(struct server *s, const char *name)
{
	struct tls_client c;
	char subject[64];
	X509 *cert;

	tls_connect(&c, s, 0);
	ck_assert_int_eq(tls_shake(&c), 0);
	cert = SSL_get1_peer_certificate(c.ssl);
	X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof(subject));
	ck_assert_msg(strstr(subject, name) != NULL, "%s", subject);
	X509_free(cert);
	tls_close(&c);
}

START_TEST(certificate_is_replaced_without_a_stop)
{
	char errmsg[256] = "";
	struct server s;
	struct files f;

	https_new(&s, &f);
	serves_as(&s, "first");
	write_pair(&f, "second");
	serves_as(&s, "first");
	ck_assert_int_eq(jsl_http_reload(s.http, errmsg, sizeof(errmsg)), 0);
	serves_as(&s, "second");
	ck_assert_int_eq(truncate(f.cert, 20), 0);
	ck_assert_int_eq(jsl_http_reload(s.http, errmsg, sizeof(errmsg)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(errmsg, f.cert));
	serves_as(&s, "second");
	server_free(&s);
	files_deinit(&f);
}
END_TEST

/* What is said about a server with these files; it does not start. */
static void refused(const char *cert, const char *key, const char *path)
{
	const struct jsl_http_route route = {.path = "/", .fn = on_hello};
	struct event_base *base = event_base_new();
	struct jsl_http_opts opts = JSL_HTTP_OPTS_INIT;
	char errmsg[256] = "";
	struct jsl_http *h;

	opts.base = base;
	opts.routes = &route;
	opts.n_routes = 1;
	opts.tls_cert = cert;
	opts.tls_key = key;
	ck_assert_int_eq(jsl_addr_parse(&opts.addr, "127.0.0.1:0"), 0);
	ck_assert_int_eq(jsl_http_new(&h, &opts, errmsg, sizeof(errmsg)), -EINVAL);
	ck_assert_msg(strncmp(errmsg, path, strlen(path)) == 0 &&
			      strncmp(errmsg + strlen(path), ": ", 2) == 0 &&
			      strlen(errmsg) > strlen(path) + 5,
		      "'%s'", errmsg);
	ck_assert_ptr_null(strchr(errmsg, '\n'));
	event_base_free(base);
}

START_TEST(certificates_that_cannot_be_used_are_said_in_one_line)
{
	struct files f, g;

	files_init(&f);
	files_init(&g);
	refused("/nowhere/cert", f.key, "/nowhere/cert");
	refused(f.cert, "/nowhere/key", "/nowhere/key");
	refused(f.key, f.key, f.key);
	refused(f.cert, f.cert, f.cert);
	refused(f.cert, g.key, g.key); /* not of this certificate */
	refused("/dev/null", f.key, "/dev/null");
	files_deinit(&f);
	files_deinit(&g);
}
END_TEST

SUITE_MAIN("https", answers_behind_tls, gate_stands_behind_tls,
	   pipelined_requests_are_answered_in_order, client_that_leaves_is_noticed,
	   what_is_not_tls_gets_no_answer, old_versions_are_refused,
	   certificate_is_replaced_without_a_stop,
	   certificates_that_cannot_be_used_are_said_in_one_line)
