/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a sealed datagram, and any bytes inside of a good one: what is
 * refused has no effect and no answer larger than itself, what is taken is taken
 * once.
 */

#include <string.h>

#include <jsl/err.h>

#include "fuzz.h"
#include "wire/seal.h"

#define NOW_US 1000000

static const uint8_t cluster[JSL_WIRE_CLUSTER_LEN] = "cluster";
static const struct jsl_addr addr = {.ip = {1}, .port = 8010};

static struct jsl_wire_seal *make(uint64_t id)
{
	static const char secret[] = "the same secret each time";
	struct jsl_bytes bytes = {secret, sizeof(secret)};
	struct jsl_wire_keyring keys;
	struct jsl_wire_seal_opts opts = {
		.size = sizeof(opts), .id = id, .boot = id, .keys = &keys};
	struct jsl_wire_seal *s;

	memcpy(opts.cluster, cluster, sizeof(cluster));
	memset(opts.random, (int)id, sizeof(opts.random));
	MUST(jsl_wire_keyring_init(&keys, &bytes, 1) == 0);
	MUST(jsl_wire_seal_new(&s, &opts) == 0);
	jsl_wire_keyring_deinit(&keys);
	return s;
}

static void decode(const struct jsl_wire_opened *o)
{
	struct jsl_wire_datagram d;

	MUST(o->len <= sizeof(o->clear));
	(void)jsl_wire_datagram_decode(o->clear, o->len, cluster, &d);
}

/* @data as it comes from the network. */
static void open_raw(struct jsl_wire_seal *s, const uint8_t *data, size_t size)
{
	static struct jsl_wire_opened o;
	int r = jsl_wire_seal_open(s, NOW_US, &addr, data, size, &o);

	MUST(o.reply_len <= (r == JSL_E_UNBOUND ? size : JSL_WIRE_SEAL_MAX));
	MUST(r >= 0 || r == JSL_E_UNBOUND || o.reply_len == 0);
	if (r == 0)
		decode(&o);
	if (r >= 0)
		MUST(jsl_wire_seal_open(s, NOW_US, &addr, data, size, &o) ==
		     JSL_E_REPLAYED);
}

/* @data inside of a datagram of somebody who has the secret. */
static void open_sealed(struct jsl_wire_seal *from, struct jsl_wire_seal *to,
			const uint8_t *data, size_t size)
{
	uint8_t clear[JSL_WIRE_DATAGRAM_MAX] = "JS\1", buf[JSL_WIRE_SEAL_MAX];
	static struct jsl_wire_opened o, hello;
	size_t len;

	if (size == 0 || size > sizeof(clear) - JSL_WIRE_DATAGRAM_HEADER)
		return;
	memcpy(clear + 4, cluster, sizeof(cluster));
	memcpy(clear + JSL_WIRE_DATAGRAM_HEADER, data, size);
	size += JSL_WIRE_DATAGRAM_HEADER;
	MUST(jsl_wire_seal_close(from, NOW_US, &addr, clear, size, buf, &len) == 0);
	MUST(jsl_wire_seal_open(to, NOW_US, &addr, buf, len, &o) == JSL_E_UNBOUND);
	MUST(jsl_wire_seal_open(from, NOW_US, &addr, o.reply, o.reply_len, &hello) ==
	     JSL_WIRE_HELLO_CAME);
	MUST(jsl_wire_seal_open(to, NOW_US, &addr, hello.reply, hello.reply_len, &o) ==
	     0);
	MUST(o.len == size && memcmp(o.clear, clear, size) == 0);
	decode(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsl_wire_seal *a = make(1), *b = make(2), *c = make(3);

	open_raw(b, data, size);
	open_sealed(a, c, data, size);
	jsl_wire_seal_free(a);
	jsl_wire_seal_free(b);
	jsl_wire_seal_free(c);
	return 0;
}
