/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files beside the configuration, and the look-up of a node in it. Only
 * regular files are read, and never more than a bound: a path in a
 * configuration may name a FIFO or a device by mistake.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "service/conf_int.h"

static int read_all(const char *path, bool private, size_t max, char **ret_text,
		    size_t *ret_len)
{
	jsl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	jsl_autofree char *text = NULL;
	struct stat st;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENXIO;
	if (private && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return -EPERM;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	text = calloc(1, max + 1);
	if (text == NULL)
		return -ENOMEM;
	while (n < max) {
		ssize_t r = read(fd, text + n, max - n);

		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	*ret_text = jsl_steal(&text);
	*ret_len = n;
	return 0;
}

int jsl_conf__read_file(const char *path, size_t max, char **ret_text, size_t *ret_len,
			struct jsl_conf__error *err)
{
	int r = read_all(path, false, max, ret_text, ret_len);

	if (r < 0)
		jsl_conf__fail(err, 1, "%s",
			       r == -ENXIO ? "not a regular file" : strerror(-r));
	return r;
}

int jsl_conf__read_private(const char *path, size_t max, char **ret_text, size_t *ret_len,
			   struct jsl_conf__error *err)
{
	int r = read_all(path, true, max, ret_text, ret_len);

	if (r == -EPERM)
		jsl_conf__fail(err, 1,
			       "others than its owner may read or write it: chmod 600");
	else if (r < 0)
		jsl_conf__fail(err, 1, "%s",
			       r == -ENXIO ? "not a regular file" : strerror(-r));
	return r;
}

int jsl_conf_pick(const struct jsl_conf *conf, bool gateway, uint64_t id,
		  const struct jsl_conf_node **ret_node, char *errmsg, size_t errmsg_size)
{
	const struct jsl_conf_node *nodes = gateway ? conf->gateways : conf->peers;
	size_t n = gateway ? conf->n_gateways : conf->n_peers;
	struct jsl_conf__error err = {
		.path = conf->path, .text = errmsg, .size = errmsg_size};

	for (size_t i = 0; i < n; i++)
		if (nodes[i].id == id) {
			*ret_node = &nodes[i];
			return 0;
		}
	jsl_conf__fail(&err, 1, "there is no %s %llu", gateway ? "gateway" : "peer",
		       (unsigned long long)id);
	return -ENOENT;
}
