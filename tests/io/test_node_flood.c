/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A node under floods of datagrams that it must not obey: each kind is counted under
 * its cause, told in one line, and neither the leader nor its epoch changes.
 */

#include "config.h"

#include "election/election_state.h"
#include "gossip/state.h"
#include "node/node_int.h"
#include "node_ends.h"

#define FLOOD 1000
#define BURST 20 /* at once, so that the socket's buffer loses none */

struct packet {
	uint8_t data[JSL_WIRE_SEAL_MAX];
	size_t len;
};

static size_t encode(const char *cluster, struct jsl_wire_datagram *d, uint8_t *clear)
{
	size_t len;

	cluster_tag(cluster, d->cluster);
	ck_assert_int_eq(jsl_wire_datagram_encode(d, clear, JSL_WIRE_DATAGRAM_MAX, &len),
			 0);
	return len;
}

/* @d from @m to node 2, sealed if it can. */
static struct packet make(struct mole *m, const char *cluster,
			  struct jsl_wire_datagram *d)
{
	uint8_t clear[JSL_WIRE_DATAGRAM_MAX];
	struct packet p;
	size_t len = encode(cluster, d, clear);

	if (m->seal == NULL) {
		memcpy(p.data, clear, len);
		p.len = len;
		return p;
	}
	ck_assert_int_eq(jsl_wire_seal_close(m->seal, jsl_io_now_us(),
					     &m->ns->peers[1].addr, clear, len, p.data,
					     &p.len),
			 0);
	return p;
}

static void hash_voters(uint8_t hash[32])
{
	uint8_t ids[NODES * 8] = {[7] = 1, [15] = 2, [23] = 3};
	struct jsl_bytes parts[2] = {{CLUSTER, sizeof(CLUSTER)}, {ids, sizeof(ids)}};

	ck_assert_int_eq(jsl_io_sha256_parts(parts, 2, hash), 0);
}

static struct jsl_wire_datagram ping(const struct mole *m)
{
	return (struct jsl_wire_datagram){
		.body = JSL_WIRE_GOSSIP,
		.gossip = {.kind = JSL_GOSSIP_PING, .from = m->id, .boot = m->boot}};
}

static struct jsl_wire_datagram prepare(const struct mole *m, uint64_t epoch)
{
	struct jsl_wire_datagram d = {.body = JSL_WIRE_ELECTION,
				      .election = {.kind = JSL_ELECTION_PREPARE,
						   .from = m->id,
						   .to = 2,
						   .boot = m->boot,
						   .epoch = epoch}};

	hash_voters(d.election.config_hash);
	return d;
}

/* Send to node 2, and wait until it has them all. */
static void flood(struct mole *m, const struct packet *packets, size_t n_packets)
{
	for (size_t i = 0; i < FLOOD; i += BURST) {
		uint64_t before = stats_of(m->ns, 1).datagrams_in;

		for (size_t j = i; j < i + BURST; j++) {
			const struct packet *p = &packets[j % n_packets];

			jsl_io_udp_send(m->udp, &m->ns->peers[1].addr, p->data, p->len);
		}
		RUN_UNTIL(m->ns->base, stats_of(m->ns, 1).datagrams_in >= before + BURST);
	}
}

/* The flood is refused for @cause, and has no effect. */
static void refused(struct mole *m, const struct packet *packets, size_t n_packets,
		    enum jsl_node_cause cause)
{
	struct nodes *ns = m->ns;
	struct jsl_election_leader was, is;
	struct jsl_node_stats before = stats_of(ns, 1), after;
	unsigned warnings = ns->warnings[1];

	ck_assert(jsl_node_is_leader(ns->node[1], &was));
	flood(m, packets, n_packets);
	RUN_UNTIL(ns->base, stats_of(ns, 1).datagrams_refused[cause] >=
				    before.datagrams_refused[cause] + FLOOD);
	after = stats_of(ns, 1);
	for (unsigned i = 0; i < JSL_NODE_CAUSES; i++)
		ck_assert_msg(after.datagrams_refused[i] - before.datagrams_refused[i] ==
				      (i == cause ? FLOOD : 0),
			      "%s: %ju of cause %s", jsl_node_cause_str(cause),
			      (uintmax_t)(after.datagrams_refused[i] -
					  before.datagrams_refused[i]),
			      jsl_node_cause_str((enum jsl_node_cause)i));
	ck_assert_uint_le(ns->warnings[1] - warnings, 1); /* not one for each */
	ck_assert(jsl_node_is_leader(ns->node[1], &is));
	ck_assert_uint_eq(is.epoch, was.epoch);
	ck_assert_uint_eq(jsl_node_leader(ns->node[0]).epoch, was.epoch);
	ck_assert_uint_eq(after.elections, before.elections);
}

/* Let node 2 and the mole know each other's tokens. */
static void meet(struct mole *m)
{
	struct jsl_wire_datagram d = ping(m);
	struct packet p = make(m, CLUSTER, &d);
	unsigned answers = m->answers;

	jsl_io_udp_send(m->udp, &m->ns->peers[1].addr, p.data, p.len);
	/* On a slow machine it says hello more than once before. */
	RUN_UNTIL(m->ns->base, m->answers > answers);
}

START_TEST(without_the_secret_nothing_gets_in)
{
	struct mole clear, other, foreign;
	struct jsl_wire_datagram d;
	struct packet p;
	struct nodes ns;

	nodes_init(&ns, SECRET);
	mole_init(&clear, &ns, 3, 30, NULL, NULL);
	d = prepare(&clear, 1000);
	p = make(&clear, CLUSTER, &d);
	refused(&clear, &p, 1, JSL_NODE_CLEAR);
	p.data[2] = 0;
	refused(&clear, &p, 1, JSL_NODE_VERSION);
	memset(&p, 0xa5, sizeof(p));
	p.len = 100;
	refused(&clear, &p, 1, JSL_NODE_MALFORMED);
	p.len = 0;
	refused(&clear, &p, 1, JSL_NODE_MALFORMED);
	mole_init(&other, &ns, 3, 30, "another secret of some bytes", CLUSTER);
	d = prepare(&other, 1000);
	p = make(&other, CLUSTER, &d);
	refused(&other, &p, 1, JSL_NODE_SECRET);
	mole_init(&foreign, &ns, 3, 30, SECRET, "elsewhere");
	d = prepare(&foreign, 1000);
	p = make(&foreign, "elsewhere", &d);
	refused(&foreign, &p, 1, JSL_NODE_CLUSTER);
	/* None of them was told anything. */
	ck_assert_uint_eq(clear.came + other.came + foreign.came, 0);
	mole_deinit(&clear);
	mole_deinit(&other);
	mole_deinit(&foreign);
	nodes_deinit(&ns);
}
END_TEST

START_TEST(captured_datagrams_are_of_no_use)
{
	static struct packet sent[50], bad[50];
	struct jsl_wire_datagram d;
	struct mole m, attacker;
	struct nodes ns;

	nodes_init(&ns, SECRET);
	mole_init(&m, &ns, 3, 30, SECRET, CLUSTER);
	mole_init(&attacker, &ns, 0, 0, NULL, NULL);
	meet(&m);
	d = ping(&m);
	for (size_t i = 0; i < 50; i++) {
		sent[i] = make(&m, CLUSTER, &d);
		jsl_io_udp_send(m.udp, &ns.peers[1].addr, sent[i].data, sent[i].len);
	}
	RUN_UNTIL(ns.base, m.answers >= 51); /* they were obeyed once: answered */
	refused(&attacker, sent, 50, JSL_NODE_REPLAYED);
	for (size_t i = 0; i < 50; i++) {
		bad[i] = make(&m, CLUSTER, &d); /* never sent as it is */
		bad[i].data[JSL_WIRE_SEAL_HEADER + i % 8] ^= 1;
	}
	refused(&attacker, bad, 50, JSL_NODE_FORGED);
	for (size_t i = 0; i < 50; i++)
		bad[i].len = i;
	refused(&attacker, bad, 50, JSL_NODE_MALFORMED);
	ck_assert_uint_eq(attacker.came, 0);
	mole_deinit(&m);
	mole_deinit(&attacker);
	nodes_deinit(&ns);
}
END_TEST

/* Each datagram anew, since one is taken only once. */
static void refused_anew(struct mole *m, struct jsl_wire_datagram *d,
			 enum jsl_node_cause cause)
{
	static struct packet packets[FLOOD];

	for (size_t i = 0; i < FLOOD; i++)
		packets[i] = make(m, CLUSTER, d);
	refused(m, packets, FLOOD, cause);
}

START_TEST(other_lives_are_not_obeyed)
{
	struct mole m, early;
	struct jsl_wire_datagram d;
	struct packet p;
	struct nodes ns;
	unsigned warnings;
	uint64_t came;

	nodes_init(&ns, SECRET);
	mole_init(&early, &ns, 3, 29, SECRET, CLUSTER);
	d = prepare(&early, 1000);
	p = make(&early, CLUSTER, &d);
	warnings = ns.warnings[1];
	refused(&early, &p, 1, JSL_NODE_UNBOUND); /* says no token */
	/* A few are usual, and no reason to warn; so many are. */
	ck_assert_uint_eq(ns.warnings[1], warnings + 1);
	ck_assert_uint_ge(early.hellos, 1);
	/* The answers are few, and no larger than what they answer. */
	ck_assert_uint_lt(early.came, FLOOD / 2);
	ck_assert_uint_lt(early.bytes, early.came * p.len);
	mole_init(&m, &ns, 3, 30, SECRET, CLUSTER);
	meet(&m);
	d = prepare(&m, 1);
	p = make(&m, CLUSTER, &d);
	jsl_io_udp_send(m.udp, &ns.peers[1].addr, p.data, p.len);
	came = stats_of(&ns, 1).datagrams_in;
	RUN_UNTIL(ns.base, stats_of(&ns, 1).datagrams_in > came);
	d = prepare(&early, 1000);
	warnings = ns.warnings[1];
	refused_anew(&early, &d, JSL_NODE_STALE);
	ck_assert_uint_eq(ns.warnings[1], warnings + 1);
	mole_deinit(&m);
	mole_deinit(&early);
	nodes_deinit(&ns);
}
END_TEST

/* Epochs out of range, and far above what is known. */
static void contradict_the_election(struct mole *member, struct mole *stranger)
{
	struct jsl_wire_datagram d = prepare(member, 1000);
	struct jsl_election_leader leader;

	ck_assert(jsl_node_is_leader(member->ns->node[1], &leader));
	d.election.config_hash[0] ^= 1;
	refused_anew(member, &d, JSL_NODE_CONFIG);
	d = prepare(member, UINT64_MAX);
	refused_anew(member, &d, JSL_NODE_EPOCH);
	d = prepare(member, leader.epoch + JSL_ELECTION_JUMP + 1);
	refused_anew(member, &d, JSL_NODE_EPOCH);
	d = prepare(stranger, 1000);
	refused_anew(stranger, &d, JSL_NODE_STRANGER);
	d = prepare(member, 1000);
	d.election.vote.id = 77;
	refused_anew(member, &d, JSL_NODE_MALFORMED);
	d = prepare(member, 1000);
	d.election.lease_us = JSL_ELECTION_LEASE_MAX_US + 1;
	refused_anew(member, &d, JSL_NODE_MALFORMED);
}

static void contradict_the_gossip(struct mole *member)
{
	struct jsl_gossip_entry news = {.id = 9,
					.boot = 1,
					.incarnation = UINT64_C(1) << 60,
					.state = JSL_GOSSIP_FAILED,
					.accuser = 1};
	struct jsl_wire_datagram d = ping(member);

	d.gossip.news = &news;
	d.gossip.n_news = 1;
	refused_anew(member, &d, JSL_NODE_INCARNATION);
	news.incarnation = 1 + JSL_GOSSIP__INCARNATION_JUMP + 1;
	refused_anew(member, &d, JSL_NODE_INCARNATION);
	news.incarnation = 0;
	refused_anew(member, &d, JSL_NODE_INCARNATION);
	news.incarnation = 1;
	news.accuser = news.id;
	refused_anew(member, &d, JSL_NODE_MALFORMED);
	news.accuser = 0;
	refused_anew(member, &d, JSL_NODE_MALFORMED);
	news.accuser = 1;
	news.boot = JSL_GOSSIP__BOOT_MAX + 1;
	refused_anew(member, &d, JSL_NODE_EPOCH);
	d = ping(member);
	d.gossip.kind = JSL_GOSSIP_PING_REQ;
	refused_anew(member, &d, JSL_NODE_MALFORMED);
}

static void contradict(struct mole *member, struct mole *stranger)
{
	contradict_the_election(member, stranger);
	contradict_the_gossip(member);
}

START_TEST(members_that_contradict_are_not_obeyed)
{
	struct mole m, stranger;
	struct jsl_wire_datagram d;
	struct nodes ns;

	nodes_init(&ns, SECRET);
	mole_init(&m, &ns, 3, 30, SECRET, CLUSTER);
	mole_init(&stranger, &ns, 77, 1, SECRET, CLUSTER);
	meet(&m);
	meet(&stranger);
	contradict(&m, &stranger);
	/* One member in the name of another. */
	d = prepare(&stranger, 1000);
	d.election.from = 3;
	refused_anew(&stranger, &d, JSL_NODE_FORGED);
	mole_deinit(&m);
	mole_deinit(&stranger);
	nodes_deinit(&ns);
}
END_TEST

START_TEST(same_holds_in_clear)
{
	struct mole m, stranger, sealed;
	struct jsl_wire_datagram d;
	struct nodes ns;

	nodes_init(&ns, NULL);
	mole_init(&m, &ns, 3, 30, NULL, NULL);
	mole_init(&stranger, &ns, 77, 1, NULL, NULL);
	mole_init(&sealed, &ns, 3, 30, SECRET, CLUSTER);
	contradict(&m, &stranger);
	d = prepare(&sealed, 1000);
	refused_anew(&sealed, &d, JSL_NODE_SEALED);
	d = prepare(&m, 1000);
	d.election.from = 2;
	refused_anew(&m, &d, JSL_NODE_DUPLICATE);
	mole_deinit(&m);
	mole_deinit(&stranger);
	mole_deinit(&sealed);
	nodes_deinit(&ns);
}
END_TEST

static void keep_level(void *arg, enum jsl_log_level level, const char *module,
		       const char *text)
{
	(void)module;
	(void)text;
	*(enum jsl_log_level *)arg = level;
}

/* One flood must not hide another. */
START_TEST(each_kind_of_alarm_and_note_has_its_own_limit)
{
	static const struct {
		enum jsl_queue_note_type note; /* 0: an alarm */
		enum jsl_election_alarm alarm;
		enum jsl_log_level first;
	} rows[] = {
		{0, JSL_ELECTION_ALARM_CONFIG, JSL_LOG_ERROR},
		{0, JSL_ELECTION_ALARM_IMPOSTOR, JSL_LOG_ERROR},
		{JSL_QUEUE_NOTE_STALE, 0, JSL_LOG_WARN},
		{JSL_QUEUE_NOTE_IMPOSTOR, 0, JSL_LOG_ERROR},
	};
	enum jsl_log_level level;
	struct jsl_node *n = calloc(1, sizeof(*n));
	struct jsl_queue_note note = {0};

	ck_assert_ptr_nonnull(n);
	n->log = (struct jsl_log){keep_level, &level, JSL_LOG_VERBOSE};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int again = 0; again < 2; again++) {
			note.type = rows[i].note;
			if (rows[i].note != 0)
				jsl_node__world.note(n, &note);
			else
				jsl_node__world.alarm(n, rows[i].alarm, 7);
			ck_assert_int_eq(level, again ? JSL_LOG_VERBOSE : rows[i].first);
		}
	}
	free(n);
}
END_TEST

SUITE_MAIN("node flood", each_kind_of_alarm_and_note_has_its_own_limit,
	   without_the_secret_nothing_gets_in, captured_datagrams_are_of_no_use,
	   other_lives_are_not_obeyed, members_that_contradict_are_not_obeyed,
	   same_holds_in_clear)
