/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a result.
 */

#include <jsl/job.h>

#include "round_trip.h"

FUZZ_ROUND_TRIP(result)
