/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SERVICE_NOTIFY_H
#define JSL_SERVICE_NOTIFY_H

/*
 * Readiness for Type=notify units, without libsystemd: one datagram to the
 * socket that $NOTIFY_SOCKET names (sd_notify(3)).
 */

/**
 * Tell @state ("READY=1", "STOPPING=1") to the socket at @path, which may be
 * abstract ("@…"). A NULL or empty @path is nobody to tell: fine.
 *
 * Returns 0, -EINVAL for a path that is none, or another -errno.
 */
int jsl_notify(const char *path, const char *state);

#endif
