/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections to a node from who must not have one: each is ended and counted under
 * its cause, and the leader stays.
 */

#include "config.h"

#include "io/link.h"
#include "io/tls.h"
#include "node_ends.h"
#include "wire/frame.h"

#define ROUNDS 100

/* The key that nodes make of @secret for TLS. */
static struct jsl_io_tls *tls_of(const char *secret)
{
	struct jsl_bytes bytes = {secret, strlen(secret)};
	struct jsl_wire_keyring ring;
	struct jsl_io_tls_key key;
	struct jsl_io_tls *tls;

	ck_assert_int_eq(jsl_wire_keyring_init(&ring, &bytes, 1), 0);
	memcpy(key.name, ring.keys[0].name, sizeof(key.name));
	ck_assert_int_eq(jsl_wire_key_derive(&ring.keys[0], "tls", NULL, 0, key.key), 0);
	ck_assert_int_eq(jsl_io_tls_new(&tls, &key, 1), 0);
	return tls;
}

static void on_frame(void *arg, struct jsl_io_link *l, const void *head, size_t len,
		     struct jsl_blob *payload)
{
	(void)arg;
	(void)l;
	(void)head;
	(void)len;
	(void)payload;
}

static void on_closed(void *arg, struct jsl_io_link *l, enum jsl_io_link_end end, int err)
{
	unsigned *closed = arg;

	(void)end;
	(void)err;
	jsl_io_link_free(l);
	(*closed)++;
}

/* Connect to node 2 with @tls and say @bytes as a head, many times, one by one. */
static void refused(struct nodes *ns, struct jsl_io_tls *tls, const void *bytes,
		    size_t len, enum jsl_node_cause cause)
{
	struct jsl_io_link_opts opts = JSL_IO_LINK_OPTS_INIT;
	struct jsl_node_stats before = stats_of(ns, 1), after;
	unsigned closed = 0, warnings = ns->warnings[1];
	struct jsl_election_leader was, is;
	struct jsl_io_link *l;

	opts.base = ns->base;
	opts.tls = tls;
	opts.callbacks.frame = on_frame;
	opts.callbacks.closed = on_closed;
	opts.arg = &closed;
	ck_assert(jsl_node_is_leader(ns->node[1], &was));
	for (unsigned i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(jsl_io_link_connect(&l, &ns->peers[1].addr, &opts), 0);
		ck_assert_int_eq(jsl_io_link_send(l, bytes, len, NULL), 0);
		RUN_UNTIL(ns->base, closed == i + 1);
	}
	RUN_UNTIL(ns->base, stats_of(ns, 1).links_refused[cause] >=
				    before.links_refused[cause] + ROUNDS);
	after = stats_of(ns, 1);
	for (unsigned i = 0; i < JSL_NODE_CAUSES; i++)
		ck_assert_msg(after.links_refused[i] - before.links_refused[i] ==
				      (i == cause ? ROUNDS : 0),
			      "%s: cause %s", jsl_node_cause_str(cause),
			      jsl_node_cause_str((enum jsl_node_cause)i));
	ck_assert_uint_le(ns->warnings[1] - warnings, 1);
	ck_assert(jsl_node_is_leader(ns->node[1], &is));
	ck_assert_uint_eq(is.epoch, was.epoch);
}

static void say_hello(struct nodes *ns, struct jsl_io_tls *tls,
		      const struct jsl_wire_hello *hello, enum jsl_node_cause cause)
{
	struct jsl_wire_frame f = {.type = JSL_WIRE_HELLO, .hello = *hello};
	struct jsl_wire_head head;

	ck_assert_int_eq(jsl_wire_frame_encode(&f, &head), 0);
	refused(ns, tls, head.data, head.len, cause);
	jsl_wire_head_deinit(&head);
}

/* Who is heard, and contradicts this cluster. */
static void contradict(struct nodes *ns, struct jsl_io_tls *tls)
{
	struct jsl_wire_hello good, h;

	jsl_wire_hello_init(&good);
	good.id = 3;
	good.boot = 1;
	cluster_tag(CLUSTER, good.cluster);
	h = good;
	cluster_tag("elsewhere", h.cluster);
	say_hello(ns, tls, &h, JSL_NODE_CLUSTER);
	h = good;
	h.config_hash[0] = 1;
	say_hello(ns, tls, &h, JSL_NODE_CONFIG);
	h = good;
	h.version_min = h.version_max = 99;
	say_hello(ns, tls, &h, JSL_NODE_VERSION);
	h = good;
	h.id = 2;
	say_hello(ns, tls, &h, JSL_NODE_DUPLICATE);
	refused(ns, tls, "\xff\xff\xff", 3, JSL_NODE_MALFORMED);
}

START_TEST(without_the_secret_there_is_no_connection)
{
	struct jsl_io_tls *good, *other;
	struct nodes ns;

	nodes_init(&ns, SECRET);
	good = tls_of(SECRET);
	other = tls_of("another secret of some bytes");
	refused(&ns, NULL, "hello", 5, JSL_NODE_CLEAR);
	refused(&ns, other, "hello", 5, JSL_NODE_SECRET);
	contradict(&ns, good);
	jsl_io_tls_free(good);
	jsl_io_tls_free(other);
	nodes_deinit(&ns);
}
END_TEST

START_TEST(same_holds_in_clear)
{
	struct jsl_io_tls *tls;
	struct nodes ns;

	nodes_init(&ns, NULL);
	tls = tls_of(SECRET);
	refused(&ns, tls, "hello", 5, JSL_NODE_SEALED);
	contradict(&ns, NULL);
	jsl_io_tls_free(tls);
	nodes_deinit(&ns);
}
END_TEST

static struct jsl_io_link *connect_silent(struct nodes *ns, struct jsl_io_tls *tls,
					  unsigned *closed)
{
	struct jsl_io_link_opts opts = JSL_IO_LINK_OPTS_INIT;
	struct jsl_io_link *l;

	opts.base = ns->base;
	opts.tls = tls;
	opts.callbacks.frame = on_frame;
	opts.callbacks.closed = on_closed;
	opts.arg = closed;
	ck_assert_int_eq(jsl_io_link_connect(&l, &ns->peers[1].addr, &opts), 0);
	return l;
}

static uint64_t strangers(const struct nodes *ns)
{
	return stats_of(ns, 1).links_refused[JSL_NODE_STRANGER];
}

/* No line for each, one warning, and a count; also for those that make room. */
START_TEST(who_says_nothing_is_counted_and_fills_no_log)
{
	enum { MANY = 300, ROOM = 256 };
	struct jsl_io_link *many[MANY];
	unsigned closed = 0, lines;
	uint64_t before;
	struct nodes ns;

	nodes_init(&ns, NULL);
	lines = link_lines;
	for (unsigned i = 0; i < ROUNDS; i++) {
		many[0] = connect_silent(&ns, NULL, &closed);
		RUN_UNTIL(ns.base, stats_of(&ns, 1).strangers == 1);
		jsl_io_link_free(many[0]);
		RUN_UNTIL(ns.base, strangers(&ns) == i + 1);
	}
	before = strangers(&ns);
	for (unsigned i = 0; i < MANY; i++)
		many[i] = connect_silent(&ns, NULL, &closed);
	RUN_UNTIL(ns.base, closed == MANY - ROOM);
	ck_assert_uint_eq(strangers(&ns) - before, MANY - ROOM);
	ck_assert_uint_eq(stats_of(&ns, 1).strangers, ROOM);
	ck_assert_uint_ge(stats_of(&ns, 1).links, ROOM);
	ck_assert_uint_eq(ns.warnings[1], 1);
	ck_assert_uint_lt(link_lines - lines, ROUNDS / 2); /* those of real ones */
	for (unsigned i = MANY - ROOM; i < MANY; i++)
		jsl_io_link_free(many[i]);
	nodes_deinit(&ns);
}
END_TEST

/* A message of a later version is told from one that is broken. */
START_TEST(an_unknown_kind_of_message_ends_nothing)
{
	static const uint8_t later[] = {0xfa, 0x06, 0}; /* field 111, empty */
	struct jsl_node_stats after;
	unsigned closed = 0;
	struct jsl_io_link *l;
	struct nodes ns;

	nodes_init(&ns, NULL);
	l = connect_silent(&ns, NULL, &closed);
	for (unsigned i = 0; i < ROUNDS; i++)
		ck_assert_int_eq(jsl_io_link_send(l, later, sizeof(later), NULL), 0);
	RUN_UNTIL(ns.base, stats_of(&ns, 1).links_refused[JSL_NODE_UNKNOWN] == ROUNDS);
	after = stats_of(&ns, 1);
	ck_assert_uint_eq(after.frames_malformed, 0);
	ck_assert_uint_eq(after.strangers, 1);
	ck_assert_uint_eq(ns.warnings[1], 1);
	jsl_io_link_free(l);
	nodes_deinit(&ns);
}
END_TEST

static void set_secrets(struct jsl_node *n, const char *first, const char *second)
{
	struct jsl_bytes secrets[2] = {{first, strlen(first)}, {second, strlen(second)}};

	ck_assert_int_eq(jsl_node_set_secrets(n, secrets, second[0] != '\0' ? 2 : 1), 0);
}

/* A secret that leaked is taken away from who is connected with it, too. */
START_TEST(who_has_a_removed_secret_is_cut_off)
{
	static const uint8_t later[] = {0xfa, 0x06, 0};
	const char *const two = "a second secret of some bytes";
	struct jsl_io_tls *tls = tls_of(SECRET);
	struct jsl_io_link *l;
	unsigned closed = 0;
	struct nodes ns;

	nodes_init(&ns, SECRET);
	l = connect_silent(&ns, tls, &closed);
	ck_assert_int_eq(jsl_io_link_send(l, later, sizeof(later), NULL), 0);
	RUN_UNTIL(ns.base, stats_of(&ns, 1).links_refused[JSL_NODE_UNKNOWN] == 1);
	set_secrets(ns.node[1], two, SECRET);
	ck_assert_int_eq(jsl_io_link_send(l, later, sizeof(later), NULL), 0);
	RUN_UNTIL(ns.base, stats_of(&ns, 1).links_refused[JSL_NODE_UNKNOWN] == 2);
	set_secrets(ns.node[1], two, "");
	ck_assert_uint_eq(stats_of(&ns, 1).strangers, 0);
	RUN_UNTIL(ns.base, closed == 1);
	jsl_io_tls_free(tls);
	nodes_deinit(&ns);
}
END_TEST

SUITE_MAIN("node links", without_the_secret_there_is_no_connection, same_holds_in_clear,
	   who_says_nothing_is_counted_and_fills_no_log,
	   an_unknown_kind_of_message_ends_nothing, who_has_a_removed_secret_is_cut_off)
