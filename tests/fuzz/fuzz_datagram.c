/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a datagram. What decodes must encode again and then stay the same.
 */

#include <string.h>

#include <jsl/err.h>

#include "fuzz.h"
#include "wire/datagram.h"

static const uint8_t cluster[JSL_WIRE_CLUSTER_LEN] = "cluster";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t first[JSL_WIRE_DATAGRAM_MAX], second[JSL_WIRE_DATAGRAM_MAX];
	struct jsl_wire_datagram d;
	size_t first_len, second_len;
	int r;

	if (jsl_wire_datagram_decode(data, size, cluster, &d) != 0)
		return 0;
	r = jsl_wire_datagram_encode(&d, first, sizeof(first), &first_len);
	if (r == JSL_E_LIMIT) { /* more is received than sent */
		MUST(d.body == JSL_WIRE_GOSSIP);
		d.gossip.n_news = jsl_wire_gossip_fit(&d.gossip);
		r = jsl_wire_datagram_encode(&d, first, sizeof(first), &first_len);
	}
	MUST(r == 0);
	MUST(jsl_wire_datagram_decode(first, first_len, cluster, &d) == 0);
	MUST(jsl_wire_datagram_encode(&d, second, sizeof(second), &second_len) == 0);
	MUST(first_len == second_len && memcmp(first, second, first_len) == 0);
	return 0;
}
