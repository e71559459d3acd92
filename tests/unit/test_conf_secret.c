/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file with the secrets: what is taken, and the one line for what is not.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/suite.h"
#include "service/conf.h"

#define A "0123456789abcdef0123456789abcdef" /* 32 characters, the least */
#define B "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

static char errmsg[JSL_CONF_ERRMSG_MAX];

/* What is read: secrets, or tokens. */
static int (*read_file)(struct jsl_conf_secrets *s, const char *path, char *errmsg,
			size_t size) = jsl_conf_read_secrets;

/* Read a file of @len bytes. */
static int read_bytes(struct jsl_conf_secrets *s, const char *bytes, size_t len,
		      mode_t mode)
{
	char path[] = "/tmp/jsl-secret.XXXXXX";
	int fd = mkstemp(path), r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	errmsg[0] = '\0';
	r = read_file(s, path, errmsg, sizeof(errmsg));
	if (r < 0)
		ck_assert_int_eq(strncmp(errmsg, path, strlen(path)), 0);
	unlink(path);
	return r;
}

static int read_text(struct jsl_conf_secrets *s, const char *text)
{
	return read_bytes(s, text, strlen(text), 0600);
}

static void is(const struct jsl_conf_secrets *s, size_t i, const char *text)
{
	ck_assert_uint_gt(s->n, i);
	ck_assert_uint_eq(s->items[i].len, strlen(text));
	ck_assert_mem_eq(s->items[i].data, text, strlen(text));
}

START_TEST(each_line_is_a_secret)
{
	struct jsl_conf_secrets s;

	ck_assert_int_eq(read_text(&s, A), 0);
	ck_assert_uint_eq(s.n, 1);
	is(&s, 0, A);
	jsl_conf_secrets_deinit(&s);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_int_eq(
		read_text(&s, "# the new one\n" B "\r\n\n# the old one\n" A "\n"), 0);
	ck_assert_uint_eq(s.n, 2);
	is(&s, 0, B);
	is(&s, 1, A);
	jsl_conf_secrets_deinit(&s);
	ck_assert_int_eq(read_text(&s, A "\n" B "\n" A "1\n" B "1\n"), 0);
	ck_assert_uint_eq(s.n, JSL_NODE_SECRETS_MAX);
	jsl_conf_secrets_deinit(&s);
	jsl_conf_secrets_deinit(&s);
}
END_TEST

static void refused(const char *text, const char *why)
{
	struct jsl_conf_secrets s;

	ck_assert_int_eq(read_text(&s, text), -EINVAL);
	ck_assert_msg(strstr(errmsg, why) != NULL, "'%s' in '%s'", why, errmsg);
	ck_assert_ptr_null(strchr(errmsg, '\n'));
	ck_assert_ptr_null(strstr(errmsg, "0123456789")); /* and never the secret */
}

START_TEST(what_is_no_secret_is_said_in_one_line)
{
	char text[JSL_NODE_SECRET_MAX + 2];

	refused("", ":1: there is no secret");
	refused("\n\n# nothing\n", ":1: there is no secret");
	refused("0123456789abcdef0123456789abcde\n", ":1: a secret has 32 to 256");
	refused(A "\nshort\n", ":2: a secret has 32 to 256");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	refused(text, ":1: a secret has 32 to 256");
	refused(A " " B, ":1: a secret is one line");
	refused(A "\xc3\xa4\n", ":1: a secret is one line");
	refused(A "\n" A "1\n" A "2\n" A "3\n" A "4\n", ":5: more than 4 secrets");
}
END_TEST

START_TEST(file_of_others_is_refused)
{
	static const mode_t modes[] = {0640, 0604, 0660, 0610, 0666, 0777};
	struct jsl_conf_secrets s;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		ck_assert_int_eq(read_bytes(&s, A, strlen(A), modes[i]), -EPERM);
		ck_assert_ptr_nonnull(strstr(errmsg, "chmod 600"));
	}
	ck_assert_int_eq(read_bytes(&s, A, strlen(A), 0400), 0);
	jsl_conf_secrets_deinit(&s);
	ck_assert_int_eq(read_bytes(&s, A "\0" B, 2 * strlen(A) + 1, 0600), -EINVAL);
	ck_assert_int_eq(jsl_conf_read_secrets(&s, "/dev/zero", errmsg, sizeof(errmsg)),
			 -ENXIO);
	ck_assert_int_eq(jsl_conf_read_secrets(&s, "/tmp", errmsg, sizeof(errmsg)),
			 -EISDIR);
	ck_assert_int_eq(
		jsl_conf_read_secrets(&s, "/nowhere/at/all", errmsg, sizeof(errmsg)),
		-ENOENT);
}
END_TEST

START_TEST(long_file_is_not_read)
{
	static char text[8194];
	struct jsl_conf_secrets s;

	memset(text, '#', sizeof(text) - 1);
	ck_assert_int_eq(read_text(&s, text), -EFBIG);
}
END_TEST

START_TEST(tokens_are_shorter_or_longer_and_may_be_read)
{
	char text[JSL_CONF_TOKEN_MAX + 2];
	struct jsl_conf_secrets s;

	read_file = jsl_conf_read_tokens;
	ck_assert_int_eq(read_bytes(&s, "new-token\n" A "\r\n", 43, 0644), 0);
	ck_assert_uint_eq(s.n, 2);
	is(&s, 0, "new-token");
	is(&s, 1, A);
	jsl_conf_secrets_deinit(&s);
	memset(text, 'x', sizeof(text));
	text[JSL_CONF_TOKEN_MAX] = '\0';
	ck_assert_int_eq(read_text(&s, text), 0);
	jsl_conf_secrets_deinit(&s);
	text[JSL_CONF_TOKEN_MAX] = 'x';
	text[JSL_CONF_TOKEN_MAX + 1] = '\0';
	refused(text, ":1: a token has 8 to 1024");
	refused("shorter\n", ":1: a token has 8 to 1024");
	refused("two words\n", ":1: a token is one line");
	refused("", ":1: there is no token");
	refused("t-0000001\nt-0000002\nt-0000003\nt-0000004\nt-0000005\n",
		":5: more than 4 tokens");
	read_file = jsl_conf_read_secrets;
}
END_TEST

SUITE_MAIN("conf secret", tokens_are_shorter_or_longer_and_may_be_read,
	   each_line_is_a_secret, what_is_no_secret_is_said_in_one_line,
	   file_of_others_is_refused, long_file_is_not_read)
