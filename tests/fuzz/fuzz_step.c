/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what a node hears: its election and its gossip take every datagram that
 * decodes, time passes in between, and what always holds of each is checked after
 * every step. The input is a row of
 *
 *	time (1): below 128, milliseconds; else until the next deadline, and that much
 *	length (2, big endian) | datagram
 *
 * The node is voter 2 of 3, of the cluster whose hash is all 0x11.
 */

#include <string.h>

#include "election/election_int.h"
#include "fuzz.h"
#include "gossip/gossip_int.h"
#include "wire/datagram.h"

#define SELF	  2
#define HEAD	  3
#define STEPS_MAX 256 /* so that an input is fast */

static const uint8_t cluster[JSL_WIRE_CLUSTER_LEN] = "cluster";

struct node {
	struct jsl_election *e;
	struct jsl_gossip *g;
	uint64_t now_us;
};

static struct jsl_addr address(uint64_t id)
{
	return (struct jsl_addr){.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1},
				 .port = (uint16_t)(1 + id % 60000)};
}

static void step_election(struct node *n, enum jsl_election_event_type type,
			  const struct jsl_election_message *m)
{
	struct jsl_election_event ev = {.type = type, .now_us = n->now_us, .message = m};
	struct jsl_election_update up;

	MUST(jsl_election_step(n->e, &ev, &up) == 0);
	MUST(jsl_election__check(n->e));
}

static void step_gossip(struct node *n, enum jsl_gossip_event_type type,
			const struct jsl_gossip_message *m)
{
	struct jsl_gossip_event ev = {.type = type, .now_us = n->now_us, .message = m};
	struct jsl_gossip_update up;

	MUST(jsl_gossip_step(n->g, &ev, &up) == 0);
	MUST(jsl_gossip__check(n->g) == NULL);
}

static void start(struct node *n)
{
	struct jsl_election_opts eo = JSL_ELECTION_OPTS_INIT;
	struct jsl_gossip_opts go = JSL_GOSSIP_OPTS_INIT;
	const uint64_t voters[] = {1, 2, 3};

	eo.id = go.id = SELF;
	eo.boot = go.boot = 1;
	eo.voters = voters;
	eo.n_voters = 3;
	memset(eo.config_hash, 0x11, sizeof(eo.config_hash));
	go.addr = address(SELF);
	n->now_us = 1000000;
	MUST(jsl_election_new(&n->e, &eo) == 0 && jsl_gossip_new(&n->g, &go) == 0);
	step_election(n, JSL_ELECTION_EV_START, NULL);
	step_gossip(n, JSL_GOSSIP_EV_START, NULL);
}

static void pass(struct node *n, uint8_t time)
{
	uint64_t e = jsl_election_deadline(n->e), g = jsl_gossip_deadline(n->g);
	uint64_t next = e < g ? e : g;

	if (time >= 128 && next != UINT64_MAX && next > n->now_us)
		n->now_us = next;
	n->now_us += (time & 127) * UINT64_C(1000);
	if (n->now_us >= e)
		step_election(n, JSL_ELECTION_EV_TIMER, NULL);
	if (n->now_us >= g)
		step_gossip(n, JSL_GOSSIP_EV_TIMER, NULL);
}

static void hear(struct node *n, const uint8_t *data, size_t len)
{
	struct jsl_wire_datagram d;

	if (jsl_wire_datagram_decode(data, len, cluster, &d) != 0)
		return;
	if (d.body == JSL_WIRE_ELECTION) {
		step_election(n, JSL_ELECTION_EV_RECEIVE, &d.election);
	} else {
		d.gossip.from_addr = address(d.gossip.from);
		step_gossip(n, JSL_GOSSIP_EV_RECEIVE, &d.gossip);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct node n;

	start(&n);
	for (int i = 0; i < STEPS_MAX && size >= HEAD; i++) {
		size_t len = (size_t)data[1] << 8 | data[2];

		if (len > size - HEAD)
			len = size - HEAD;
		pass(&n, data[0]);
		hear(&n, data + HEAD, len);
		data += HEAD + len;
		size -= HEAD + len;
	}
	jsl_election_free(n.e);
	jsl_gossip_free(n.g);
	return 0;
}
