/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_NODE_ENDS_H
#define JSL_TESTS_NODE_ENDS_H

/*
 * Voters 1 and 2 of a cluster of three, real nodes on loopback, and who plays the
 * third one, or an attacker, by hand: a socket and, to be believed, a seal.
 */

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jsl/err.h>
#include <jsl/node.h>

#include "../lib/suite.h"
#include "io/hash.h"
#include "io/udp.h"
#include "free_addr.h"
#include "loop.h"
#include "wire/seal.h"

#define NODES	3
#define CLUSTER "nodes"
#define SECRET	"a secret of at least sixteen bytes"

struct nodes {
	struct event_base *base;
	char dir[64];
	struct jsl_node_peer peers[NODES];
	struct jsl_node *node[NODES]; /* [2] stays NULL */
	unsigned warnings[NODES];     /* lines of the summary from refuse.c */
	char last_warning[256];
};

static unsigned link_lines; /* of all nodes, about connections */

static inline void count_warning(void *arg, enum jsl_log_level level, const char *module,
				 const char *text)
{
	unsigned *warnings = arg;

	link_lines += strcmp(module, "link") == 0;
	if (level <= JSL_LOG_WARN && strstr(text, " is refused: ") != NULL)
		(*warnings)++;
}

static inline void nodes_start(struct nodes *ns, size_t i, const char *secret)
{
	struct jsl_node_opts opts = JSL_NODE_OPTS_INIT;
	struct jsl_bytes bytes = {secret, secret != NULL ? strlen(secret) : 0};
	char errmsg[256] = "";

	opts.base = ns->base;
	opts.log = (struct jsl_log){count_warning, &ns->warnings[i], JSL_LOG_VERBOSE};
	opts.cluster = CLUSTER;
	opts.id = ns->peers[i].id;
	opts.addr = ns->peers[i].addr;
	opts.peers = ns->peers;
	opts.n_peers = NODES;
	opts.data_dir = ns->dir;
	opts.secrets = &bytes;
	opts.n_secrets = secret != NULL;
	opts.lease_ms = 5000; /* it leads on also when this process gets no time */
	ck_assert_msg(jsl_node_new(&ns->node[i], &opts, errmsg, sizeof(errmsg)) == 0,
		      "%s", errmsg);
}

/* Both nodes, until they have a leader. */
static inline void nodes_init(struct nodes *ns, const char *secret)
{
	struct jsl_addr addrs[NODES];

	memset(ns, 0, sizeof(*ns));
	ns->base = event_base_new();
	snprintf(ns->dir, sizeof(ns->dir), "/tmp/jsl-nodes.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(ns->dir));
	free_addrs(addrs, NODES);
	for (size_t i = 0; i < NODES; i++)
		ns->peers[i] = (struct jsl_node_peer){
			.id = i + 1, .addr = addrs[i], .vote = true};
	nodes_start(ns, 0, secret);
	nodes_start(ns, 1, secret);
	RUN_UNTIL(ns->base, jsl_node_is_leader(ns->node[1], NULL) &&
				    jsl_node_role(ns->node[0]) == JSL_ELECTION_FOLLOWING);
}

static inline int remove_entry(const char *path, const struct stat *st, int type,
			       struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void nodes_deinit(struct nodes *ns)
{
	for (size_t i = 0; i < NODES; i++)
		jsl_node_free(ns->node[i]);
	event_base_free(ns->base);
	(void)nftw(ns->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Whoever is not a node: a socket, and what came last. */
struct mole {
	struct nodes *ns;
	struct jsl_io_udp *udp;
	struct jsl_wire_seal *seal;
	uint64_t id, boot;
	unsigned came, hellos, answers; /* answers: to be obeyed */
	size_t bytes;			/* of all that came */
};

static inline void mole_hears(void *arg, const struct jsl_addr *from, const void *data,
			      size_t len)
{
	static struct jsl_wire_opened o;
	struct mole *m = arg;
	int rc;

	m->came++;
	m->bytes += len;
	if (m->seal == NULL)
		return;
	rc = jsl_wire_seal_open(m->seal, jsl_io_now_us(), from, data, len, &o);
	m->hellos += rc == JSL_WIRE_HELLO_CAME;
	m->answers += rc == 0;
	if (o.reply_len > 0)
		jsl_io_udp_send(m->udp, from, o.reply, o.reply_len);
}

static inline void cluster_tag(const char *name, uint8_t tag[JSL_WIRE_CLUSTER_LEN])
{
	uint8_t hash[32];

	ck_assert_int_eq(jsl_io_sha256(name, strlen(name), hash), 0);
	memcpy(tag, hash, JSL_WIRE_CLUSTER_LEN);
}

/* One that seals as node @id of @cluster with @secret (NULL: it does not). */
static inline void mole_init(struct mole *m, struct nodes *ns, uint64_t id, uint64_t boot,
			     const char *secret, const char *cluster)
{
	struct jsl_wire_keyring keys;
	struct jsl_wire_seal_opts opts = {
		.size = sizeof(opts), .id = id, .boot = boot, .keys = &keys};
	struct jsl_addr any;

	*m = (struct mole){.ns = ns, .id = id, .boot = boot};
	ck_assert_int_eq(jsl_addr_parse(&any, "127.0.0.1:0"), 0);
	ck_assert_int_eq(jsl_io_udp_new(&m->udp, ns->base, &any, mole_hears, m), 0);
	if (secret == NULL)
		return;
	ck_assert_int_eq(jsl_wire_keyring_init(
				 &keys, &(struct jsl_bytes){secret, strlen(secret)}, 1),
			 0);
	cluster_tag(cluster, opts.cluster);
	memset(opts.random, (int)(id + boot), sizeof(opts.random));
	ck_assert_int_eq(jsl_wire_seal_new(&m->seal, &opts), 0);
}

static inline void mole_deinit(struct mole *m)
{
	jsl_io_udp_free(m->udp);
	jsl_wire_seal_free(m->seal);
}

static inline struct jsl_node_stats stats_of(const struct nodes *ns, size_t i)
{
	struct jsl_node_stats stats;

	jsl_node_stats(ns->node[i], &stats);
	return stats;
}

#endif
