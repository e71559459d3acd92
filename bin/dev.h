/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BIN_DEV_H
#define JSL_BIN_DEV_H

/*
 * jsl-gateway --dev: a peer and a gateway in one process, on loopback.
 */

#include "options.h"

/** Returns the exit status. */
int dev_run(const struct program *p, const struct options *o);

#endif
