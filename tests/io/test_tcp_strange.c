/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who does not have the secret, has another one, or has one where none is known:
 * every such link ends, with its cause, before a frame was taken.
 */

#include "config.h"

#include <errno.h>

#include <openssl/x509.h>

#include <jsl/err.h>

#include "base/rng.h"
#include "tls_ends.h"

/* Both ends of a connection that cannot become one. */
static struct tls_pair meet(const char *client, const char *server)
{
	struct tls_pair t;

	tls_pair_init(&t, client, server);
	pair_connect(&t.p);
	send_text(&t.p.client, "hello", NULL);
	RUN_UNTIL(t.p.base, t.p.client.closed == 1 && t.p.server.closed == 1);
	ck_assert_uint_eq(t.p.server.frames, 0);
	ck_assert_uint_eq(t.p.client.frames, 0);
	return t;
}

START_TEST(another_secret_is_refused_by_both)
{
	struct tls_pair t = meet("one", "two");

	ck_assert_int_eq(t.p.server.why, JSL_IO_LINK_STRANGE);
	ck_assert_int_eq(t.p.server.err, JSL_E_SECRET);
	ck_assert_int_eq(t.p.client.why, JSL_IO_LINK_STRANGE);
	ck_assert_int_eq(t.p.client.err, JSL_E_SECRET);
	ck_assert_uint_eq(t.p.client.connected, 0);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(name_of_a_secret_is_not_the_secret)
{
	struct jsl_io_tls_key false_key = tls_key("one");
	struct tls_pair t;

	tls_pair_init(&t, "one", "one");
	false_key.key[0] ^= 1;
	jsl_io_tls_set_keys(t.client, &false_key, 1);
	pair_connect(&t.p);
	send_text(&t.p.client, "hello", NULL);
	RUN_UNTIL(t.p.base, t.p.client.closed == 1 && t.p.server.closed == 1);
	ck_assert_int_eq(t.p.server.why, JSL_IO_LINK_STRANGE);
	ck_assert_int_eq(t.p.server.err, JSL_E_FORGED);
	ck_assert_uint_eq(t.p.server.frames, 0);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(no_secret_is_refused_where_there_is_one)
{
	struct tls_pair t = meet(NULL, "one");

	ck_assert_int_eq(t.p.server.why, JSL_IO_LINK_STRANGE);
	ck_assert_int_eq(t.p.server.err, JSL_E_CLEAR);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(secret_is_refused_where_there_is_none)
{
	struct tls_pair t = meet("one", NULL);

	ck_assert_int_eq(t.p.server.why, JSL_IO_LINK_STRANGE);
	ck_assert_int_eq(t.p.server.err, JSL_E_SEALED);
	ck_assert_uint_eq(t.p.client.connected, 0);
	tls_pair_deinit(&t);
}
END_TEST

START_TEST(server_in_clear_is_noticed_by_its_first_byte)
{
	struct tls_pair t;

	tls_pair_init(&t, "one", NULL);
	pair_connect(&t.p);
	RUN_UNTIL(t.p.base, t.p.accepted == 1);
	send_text(&t.p.server, "hello", NULL);
	RUN_UNTIL(t.p.base, t.p.client.closed == 1);
	ck_assert_int_eq(t.p.client.why, JSL_IO_LINK_STRANGE);
	ck_assert_int_eq(t.p.client.err, JSL_E_CLEAR);
	tls_pair_deinit(&t);
}
END_TEST

/* A server with a certificate of its own making instead of the secret. */
static SSL *impostor(int fd)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *cert = X509_new();
	SSL *ssl;

	ck_assert(ctx != NULL && key != NULL && cert != NULL);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	ck_assert_int_gt(X509_sign(cert, key, NULL), 0);
	ck_assert_int_eq(SSL_CTX_use_certificate(ctx, cert), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(ctx, key), 1);
	ssl = SSL_new(ctx);
	ck_assert_int_eq(SSL_set_fd(ssl, fd), 1);
	SSL_CTX_free(ctx);
	EVP_PKEY_free(key);
	X509_free(cert);
	return ssl;
}

START_TEST(certificate_does_not_replace_the_secret)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;
	struct jsl_addr any;
	struct tls_pair t;
	SSL *ssl;

	tls_pair_init(&t, "one", "one");
	ck_assert_int_eq(jsl_addr_parse(&any, "127.0.0.1:0"), 0);
	ck_assert_int_eq(jsl_io__bind(fd, &any), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	t.p.addr = jsl_io__bound(fd);
	pair_connect(&t.p);
	send_text(&t.p.client, "hello", NULL);
	peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(peer, 0);
	ssl = impostor(peer);
	while (t.p.client.closed == 0) {
		(void)SSL_accept(ssl);
		event_base_loop(t.p.base, EVLOOP_NONBLOCK);
	}
	ck_assert_int_eq(t.p.client.why, JSL_IO_LINK_STRANGE);
	ck_assert_int_eq(t.p.client.err, JSL_E_FORGED);
	ck_assert_uint_eq(t.p.client.connected, 0);
	SSL_free(ssl);
	close(peer);
	close(fd);
	tls_pair_deinit(&t);
}
END_TEST

/* What becomes of a link whose other end sends @bytes, and then closes or waits. */
static struct end fate_of(const void *bytes, size_t len, bool then_close)
{
	struct tls_pair t;
	struct end e;
	int fd;

	tls_pair_init(&t, "one", "one");
	t.p.opts.stranger_timeout_us = SECONDS / 20;
	tls_pair_listen(&t, 16);
	fd = raw_connect(&t.p);
	(void)send(fd, bytes, len, MSG_NOSIGNAL);
	if (then_close)
		shutdown(fd, SHUT_WR);
	RUN_UNTIL(t.p.base, t.p.server.closed == 1);
	close(fd);
	e = t.p.server;
	ck_assert_uint_eq(e.frames, 0);
	tls_pair_deinit(&t);
	return e;
}

START_TEST(garbage_ends_the_link)
{
	uint8_t bytes[4096];
	struct jsl_rng rng;

	ck_assert_int_eq(fate_of("GET / HTTP/1.1\r\n\r\n", 18, false).err, JSL_E_CLEAR);
	jsl_rng_init(&rng, 7);
	for (unsigned i = 0; i < 300; i++) {
		size_t len = 5 + jsl_rng_below(&rng, sizeof(bytes) - 5);
		struct end e;

		for (size_t j = 0; j < len; j++)
			bytes[j] = (uint8_t)jsl_rng_next(&rng);
		if (i % 2 == 0) { /* a record, or even a ClientHello, to begin with */
			memcpy(bytes, "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11);
			len = i % 4 == 0 ? len : 11;
		}
		e = fate_of(bytes, len, true);
		ck_assert(e.why == JSL_IO_LINK_STRANGE || e.why == JSL_IO_LINK_RESET);
	}
}
END_TEST

/* The first flight of a client that has the secret. */
static size_t client_hello(uint8_t *buf, size_t size)
{
	struct jsl_io_tls *tls = tls_new("one");
	struct jsl_io__tls_end end;
	int fds[2];
	bool write;
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(jsl_io__tls_open(&end, tls, fds[0], false), 0);
	ck_assert_int_eq(jsl_io__tls_shake(&end, &write), -EAGAIN);
	n = recv(fds[1], buf, size, 0);
	ck_assert_int_gt(n, 100);
	jsl_io__tls_close(&end);
	jsl_io_tls_free(tls);
	close(fds[0]);
	close(fds[1]);
	return (size_t)n;
}

START_TEST(truncated_handshake_ends_the_link)
{
	uint8_t hello[2048];
	size_t len = client_hello(hello, sizeof(hello));

	for (size_t i = 0; i <= len; i += 7)
		ck_assert_int_eq(fate_of(hello, i, true).why, JSL_IO_LINK_RESET);
	/* And one that goes no further is given the stranger's time. */
	ck_assert_int_eq(fate_of(hello, 0, false).why, JSL_IO_LINK_TIMEOUT);
	ck_assert_int_eq(fate_of(hello, len / 2, false).why, JSL_IO_LINK_TIMEOUT);
	ck_assert_int_eq(fate_of(hello, len, false).why, JSL_IO_LINK_TIMEOUT);
}
END_TEST

START_TEST(changed_hello_is_refused)
{
	uint8_t hello[2048];
	size_t len = client_hello(hello, sizeof(hello));

	for (size_t i = 0; i < len; i += 3) {
		struct end e;

		hello[i] ^= 0x20;
		e = fate_of(hello, len, true);
		ck_assert(e.why == JSL_IO_LINK_STRANGE || e.why == JSL_IO_LINK_RESET);
		hello[i] ^= 0x20;
	}
}
END_TEST

START_TEST(slow_handshakes_keep_nobody_out)
{
	enum { SLOW = 12, PLACES = 4 };
	struct jsl_io_listener_stats stats;
	uint8_t hello[2048];
	struct tls_pair t;
	int fds[SLOW];

	(void)client_hello(hello, sizeof(hello));
	tls_pair_init(&t, "one", "one");
	tls_pair_listen(&t, PLACES);
	for (unsigned i = 0; i < SLOW; i++) {
		fds[i] = raw_connect(&t.p);
		ck_assert_int_eq(send(fds[i], hello, 1 + i, MSG_NOSIGNAL), 1 + i);
		RUN_UNTIL(t.p.base, t.p.accepted == i + 1);
	}
	jsl_io_listener_stats(t.p.listener, &stats);
	ck_assert_uint_le(stats.strangers, PLACES);
	ck_assert_uint_eq(stats.turned_away, SLOW - PLACES);
	memset(&t.p.server, 0, sizeof(t.p.server));
	t.p.server.establish = true;
	pair_connect(&t.p);
	send_text(&t.p.client, "hello", NULL);
	RUN_UNTIL(t.p.base, t.p.server.frames == 1);
	ck_assert_uint_eq(t.p.client.closed, 0);
	for (unsigned i = 0; i < SLOW; i++)
		close(fds[i]);
	RUN_UNTIL(t.p.base,
		  (jsl_io_listener_stats(t.p.listener, &stats), stats.links == 1));
	event_base_loop(t.p.base, EVLOOP_NONBLOCK); /* their ends are told and freed */
	tls_pair_deinit(&t);
}
END_TEST

SUITE_MAIN("tcp strange", another_secret_is_refused_by_both,
	   name_of_a_secret_is_not_the_secret, no_secret_is_refused_where_there_is_one,
	   secret_is_refused_where_there_is_none,
	   server_in_clear_is_noticed_by_its_first_byte,
	   certificate_does_not_replace_the_secret, garbage_ends_the_link,
	   truncated_handshake_ends_the_link, changed_hello_is_refused,
	   slow_handshakes_keep_nobody_out)
