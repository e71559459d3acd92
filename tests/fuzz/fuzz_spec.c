/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a spec.
 */

#include <jsl/job.h>

#include "round_trip.h"

FUZZ_ROUND_TRIP(spec)
