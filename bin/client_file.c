/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small files read whole, with a bound: sources, standard input, and the token. A token
 * goes into a header, so it may hold nothing that could end one.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "client.h"

#define READ_STEP 65536u

int client_fd_read(int fd, size_t max, char **ret_data, size_t *ret_len)
{
	jsl_autofree char *data = NULL;
	size_t len = 0;

	for (;;) {
		char *grown = realloc(data, len + READ_STEP + 1);
		ssize_t n;

		if (grown == NULL)
			return -ENOMEM;
		data = grown;
		n = read(fd, data + len, READ_STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EBADF)
			return -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
	data[len] = '\0';
	*ret_data = jsl_steal(&data);
	*ret_len = len;
	return 0;
}

int client_file_read(const char *path, size_t max, char **ret_data, size_t *ret_len)
{
	jsl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return client_fd_read(fd, max, ret_data, ret_len);
}

int client_token_read(const char *path, char **ret_token)
{
	jsl_autofree char *token = NULL;
	size_t len = 0;
	int err = client_file_read(path, CLIENT_TOKEN_MAX, &token, &len);

	if (err != 0) {
		client_complain("%s: %s", path, strerror(-err));
		return -1;
	}
	while (len > 0 && strchr(" \t\r\n", token[len - 1]) != NULL)
		token[--len] = '\0';
	for (size_t i = 0; i < len; i++) {
		if (token[i] <= ' ' || token[i] > '~') {
			client_complain("%s: not a token: it has spaces or controls",
					path);
			return -1;
		}
	}
	if (len == 0) {
		client_complain("%s: no token in this file", path);
		return -1;
	}
	*ret_token = jsl_steal(&token);
	return 0;
}
