/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams: what goes in comes out, and what is not one is refused without harm.
 */

#include <string.h>

#include <jsl/err.h>

#include "../lib/suite.h"
#include "wire/datagram.h"
#include "wire_same.h"
#include "wire_samples.h"

#define ROUNDS 2000

static const uint8_t cluster[JSL_WIRE_CLUSTER_LEN] = "cluster";

static size_t encode(const struct jsl_wire_datagram *d, uint8_t *buf)
{
	size_t len = 0;

	ck_assert_int_eq(jsl_wire_datagram_encode(d, buf, JSL_WIRE_DATAGRAM_MAX, &len),
			 0);
	ck_assert_uint_le(len, JSL_WIRE_DATAGRAM_MAX);
	return len;
}

/* A datagram of the seed; @news is where its entries are. */
static struct jsl_wire_datagram sample(uint64_t seed, struct jsl_gossip_entry *news)
{
	struct jsl_wire_datagram d = {0};
	struct jsl_rng rng;

	jsl_rng_init(&rng, seed);
	memcpy(d.cluster, cluster, sizeof(cluster));
	if (any_bool(&rng)) {
		d.body = JSL_WIRE_ELECTION;
		d.election = any_election(&rng);
	} else {
		d.body = JSL_WIRE_GOSSIP;
		d.gossip = any_gossip(&rng, news);
		d.gossip.n_news = jsl_wire_gossip_fit(&d.gossip);
	}
	return d;
}

START_TEST(every_message_comes_out_as_it_went_in)
{
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX];
	struct jsl_wire_datagram out;
	uint8_t buf[JSL_WIRE_DATAGRAM_MAX];

	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		struct jsl_wire_datagram in = sample(seed, news);
		size_t len = encode(&in, buf);

		ck_assert_int_eq(jsl_wire_datagram_decode(buf, len, cluster, &out), 0);
		ck_assert_mem_eq(out.cluster, cluster, sizeof(cluster));
		ck_assert_int_eq(out.body, in.body);
		if (in.body == JSL_WIRE_ELECTION)
			same_election(&in.election, &out.election);
		else
			same_gossip(&in.gossip, &out.gossip);
	}
}
END_TEST

START_TEST(truncated_anywhere_is_refused_or_shorter)
{
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX];
	uint8_t buf[JSL_WIRE_DATAGRAM_MAX];
	struct jsl_wire_datagram out;

	for (uint64_t seed = 0; seed < 40; seed++) {
		struct jsl_wire_datagram in = sample(seed, news);
		size_t len = encode(&in, buf);

		for (size_t n = 0; n < len; n++) {
			int r = jsl_wire_datagram_decode(buf, n, cluster, &out);

			/* The body is the last field: without its end nothing of it
			 * is left. */
			ck_assert_msg(r == JSL_E_MALFORMED || r == JSL_WIRE_UNKNOWN,
				      "%zu of %zu: %d", n, len, r);
		}
	}
}
END_TEST

START_TEST(nothing_is_written_when_it_fails)
{
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX];
	uint8_t buf[JSL_WIRE_DATAGRAM_MAX];
	struct jsl_wire_datagram in, out, before;
	size_t len;

	memset(&out, 0x5a, sizeof(out));
	memcpy(&before, &out, sizeof(out));
	for (uint64_t seed = 0; seed < 40; seed++) {
		in = sample(seed, news);
		len = encode(&in, buf);
		if (jsl_wire_datagram_decode(buf, len - 1, cluster, &out) != 0)
			ck_assert_mem_eq(&out, &before, sizeof(out));
	}
	ck_assert_int_eq(jsl_wire_datagram_encode(&in, buf, 3, &len), JSL_E_LIMIT);
}
END_TEST

START_TEST(other_versions_keys_and_clusters_are_told_apart)
{
	static const uint8_t other[JSL_WIRE_CLUSTER_LEN] = "another";
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX];
	struct jsl_wire_datagram in = sample(1, news), out;
	uint8_t buf[JSL_WIRE_DATAGRAM_MAX];
	size_t len = encode(&in, buf);

	ck_assert_int_eq(jsl_wire_datagram_decode(buf, len, other, &out), JSL_E_CLUSTER);
	buf[2]++;
	ck_assert_int_eq(jsl_wire_datagram_decode(buf, len, cluster, &out),
			 JSL_E_VERSION);
	buf[2]--;
	buf[3] = 1;
	ck_assert_int_eq(jsl_wire_datagram_decode(buf, len, cluster, &out), JSL_E_SEALED);
	buf[3] = 0;
	buf[0] = 'X';
	ck_assert_int_eq(jsl_wire_datagram_decode(buf, len, cluster, &out),
			 JSL_E_MALFORMED);
}
END_TEST

/* The header, then a protobuf body given as bytes. */
static int decode_body(const uint8_t *body, size_t body_len)
{
	uint8_t buf[JSL_WIRE_DATAGRAM_RECEIVE_MAX + 1] = {'J', 'S', 1, 0};
	struct jsl_wire_datagram out;

	memcpy(buf + 4, cluster, sizeof(cluster));
	memcpy(buf + JSL_WIRE_DATAGRAM_HEADER, body, body_len);
	return jsl_wire_datagram_decode(buf, JSL_WIRE_DATAGRAM_HEADER + body_len, cluster,
					&out);
}

START_TEST(unknown_kinds_and_bodies_are_positive)
{
	/* sender 7 and an unknown body, field 15 */
	static const uint8_t body[] = {0x08, 7, 0x7a, 2, 0x08, 1};
	/* sender 7, election {kind 99} */
	static const uint8_t kind[] = {0x08, 7, 0x1a, 2, 0x08, 99};
	/* sender 7, gossip {kind 99} */
	static const uint8_t gossip[] = {0x08, 7, 0x22, 2, 0x08, 99};
	/* sender 7, gossip {kind 1, news {state 9}} */
	static const uint8_t state[] = {0x08, 7, 0x22, 6, 0x08, 1, 0x32, 2, 0x20, 9};

	ck_assert_int_eq(decode_body(body, sizeof(body)), JSL_WIRE_UNKNOWN);
	ck_assert_int_eq(decode_body(kind, sizeof(kind)), JSL_WIRE_UNKNOWN);
	ck_assert_int_eq(decode_body(gossip, sizeof(gossip)), JSL_WIRE_UNKNOWN);
	ck_assert_int_eq(decode_body(state, sizeof(state)), JSL_WIRE_UNKNOWN);
}
END_TEST

START_TEST(unknown_fields_are_skipped)
{
	/* sender 7, field 100 (bytes "x"), election {kind 1, field 101 = 5} */
	static const uint8_t body[] = {0x08, 7,	   0xa2, 0x06, 1,    'x', 0x1a,
				       5,    0x08, 1,	 0xa8, 0x06, 5};

	ck_assert_int_eq(decode_body(body, sizeof(body)), 0);
}
END_TEST

START_TEST(fields_of_wrong_length_are_malformed)
{
	/* no sender */
	static const uint8_t nobody[] = {0x1a, 2, 0x08, 1};
	/* sender 7, election {kind 1, record_id of 3 bytes} */
	static const uint8_t record[] = {0x08, 7, 0x1a, 8, 0x08, 1, 0x82, 1, 3, 1, 2, 3};
	/* sender 7, gossip {kind 1, target_addr {ip of 1 byte}} */
	static const uint8_t addr[] = {0x08, 7, 0x22, 7, 0x08, 1, 0x22, 3, 0x0a, 1, 1};
	/* the same with ip of 4 bytes, port 65536 */
	static const uint8_t port[] = {0x08, 7, 0x22, 14, 0x08, 1,    0x22, 10,	  0x0a,
				       4,    1, 1,    1,  1,	0x10, 0x80, 0x80, 0x04};

	ck_assert_int_eq(decode_body(nobody, sizeof(nobody)), JSL_E_MALFORMED);
	ck_assert_int_eq(decode_body(record, sizeof(record)), JSL_E_MALFORMED);
	ck_assert_int_eq(decode_body(addr, sizeof(addr)), JSL_E_MALFORMED);
	ck_assert_int_eq(decode_body(port, sizeof(port)), JSL_E_MALFORMED);
}
END_TEST

START_TEST(more_than_the_limits_is_refused)
{
	uint8_t body[JSL_WIRE_DATAGRAM_RECEIVE_MAX] = {0x08, 7, 0x22, 0, 0x08, 1};
	size_t len = 6;

	/* One entry too many; each is {state 1}. */
	for (int i = 0; i < JSL_GOSSIP_NEWS_MAX + 1; i++, len += 4)
		memcpy(body + len, "\x32\x02\x20\x01", 4);
	body[3] = (uint8_t)(len - 4);
	ck_assert_int_eq(decode_body(body, len), JSL_E_LIMIT);
	body[3] = (uint8_t)(body[3] - 4);
	ck_assert_int_eq(decode_body(body, len - 4), 0);
	/* Longer than anything that is received. */
	ck_assert_int_eq(decode_body(body, JSL_WIRE_DATAGRAM_RECEIVE_MAX -
						   JSL_WIRE_DATAGRAM_HEADER + 1),
			 JSL_E_LIMIT);
}
END_TEST

START_TEST(swarm_of_tiny_entries_hits_the_arena)
{
	/* sender 7, gossip of 700 empty entries: 2 bytes each */
	enum { INNER = 1400 };
	uint8_t body[5 + INNER] = {0x08, 7, 0x22, 0x80 | (INNER & 0x7f), INNER >> 7};

	for (size_t i = 5; i < sizeof(body); i += 2)
		body[i] = 0x32;
	ck_assert_int_eq(decode_body(body, sizeof(body)), JSL_E_LIMIT);
}
END_TEST

START_TEST(entries_beyond_a_datagram_are_left_for_the_next)
{
	struct jsl_gossip_entry news[JSL_GOSSIP_NEWS_MAX + 4];
	struct jsl_wire_datagram in = {.body = JSL_WIRE_GOSSIP}, out;
	uint8_t buf[JSL_WIRE_DATAGRAM_MAX];
	struct jsl_rng rng;
	size_t len, fit;

	jsl_rng_init(&rng, 1);
	for (size_t i = 0; i < JSL_GOSSIP_NEWS_MAX + 4; i++) {
		news[i] = any_entry(&rng, 0);
		news[i].meta_len = 200;
	}
	in.gossip = (struct jsl_gossip_message){
		.kind = JSL_GOSSIP_NEWS, .from = 1, .news = news, .n_news = 16};
	ck_assert_int_eq(jsl_wire_datagram_encode(&in, buf, sizeof(buf), &len),
			 JSL_E_LIMIT);
	fit = jsl_wire_gossip_fit(&in.gossip);
	ck_assert_uint_ge(fit, 4);
	ck_assert_uint_le(fit, 6);
	in.gossip.n_news = fit + 1;
	ck_assert_int_eq(jsl_wire_datagram_encode(&in, buf, sizeof(buf), &len),
			 JSL_E_LIMIT);
	in.gossip.n_news = fit;
	len = encode(&in, buf);
	ck_assert_int_eq(jsl_wire_datagram_decode(buf, len, in.cluster, &out), 0);
	same_gossip(&in.gossip, &out.gossip);
	for (size_t i = 0; i < JSL_GOSSIP_NEWS_MAX + 4; i++)
		news[i] = (struct jsl_gossip_entry){.id = 1, .state = JSL_GOSSIP_ALIVE};
	in.gossip.n_news = JSL_GOSSIP_NEWS_MAX + 4;
	ck_assert_uint_eq(jsl_wire_gossip_fit(&in.gossip), JSL_GOSSIP_NEWS_MAX);
	ck_assert_int_eq(jsl_wire_datagram_encode(&in, buf, sizeof(buf), &len),
			 JSL_E_LIMIT);
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
	uint8_t body[256];
	struct jsl_rng rng;

	jsl_rng_init(&rng, 7);
	for (int i = 0; i < 20000; i++) {
		size_t len = jsl_rng_below(&rng, sizeof(body));

		for (size_t k = 0; k < len; k++)
			body[k] = (uint8_t)jsl_rng_next(&rng);
		(void)decode_body(body, len);
	}
}
END_TEST

SUITE_MAIN("wire datagram", every_message_comes_out_as_it_went_in,
	   truncated_anywhere_is_refused_or_shorter, nothing_is_written_when_it_fails,
	   other_versions_keys_and_clusters_are_told_apart,
	   unknown_kinds_and_bodies_are_positive, unknown_fields_are_skipped,
	   fields_of_wrong_length_are_malformed, more_than_the_limits_is_refused,
	   swarm_of_tiny_entries_hits_the_arena,
	   entries_beyond_a_datagram_are_left_for_the_next, random_bytes_do_no_harm)
