/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One datagram to the service manager; see notify.h. It never blocks: a manager
 * that does not read is not worth waiting for.
 */

#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "service/notify.h"

int jsl_notify(const char *path, const char *state)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	jsl_autoclose int fd = -1;
	socklen_t sa_len;
	size_t len;

	if (path == NULL || *path == '\0')
		return 0;
	len = strlen(path);
	if ((*path != '/' && *path != '@') || len < 2 || len >= sizeof(sa.sun_path))
		return -EINVAL;
	memcpy(sa.sun_path, path, len);
	if (*path == '@')
		sa.sun_path[0] = '\0';
	sa_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (*path == '/')
		sa_len++;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
		   sa_len) < 0)
		return -errno;
	return 0;
}
