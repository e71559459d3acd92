/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be told only with the whole configuration in hand: unknown names,
 * ids and addresses that clash, and what must not be open to the world.
 */

#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jsl/node.h>

#include "service/conf_int.h"

/** HTTP's port, counted from the port of the address, when not given. */
#define HTTP_PORT_OFFSET 3

int jsl_conf__fail(struct jsl_conf__error *err, unsigned int line, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (err->set || err->size == 0)
		return -EINVAL;
	err->set = true;
	n = snprintf(err->text, err->size, "%s:%u: ", err->path, line);
	if (n < 0 || (size_t)n >= err->size)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(err->text + n, err->size - (size_t)n, fmt, ap);
	va_end(ap);
	for (unsigned char *p = (unsigned char *)err->text; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
	return -EINVAL;
}

static unsigned int line_of(const struct jsl_conf__marks *marks, const char *section,
			    const char *name)
{
	size_t at = jsl_conf__mark_find(marks, JSL_CONF__ROOT, section, "");

	if (at != JSL_CONF__ROOT)
		at = jsl_conf__mark_find(marks, at, name, "");
	return at != JSL_CONF__ROOT ? marks->items[at].line : 1;
}

static unsigned int node_line(const struct jsl_conf__marks *marks,
			      const struct jsl_conf_node *node, const char *kind,
			      const char *key)
{
	char id[24];
	size_t at;

	snprintf(id, sizeof(id), "%llu", (unsigned long long)node->id);
	at = jsl_conf__mark_find(marks, JSL_CONF__ROOT, kind, id);
	if (at != JSL_CONF__ROOT)
		at = jsl_conf__mark_find(marks, at, key, "");
	return at != JSL_CONF__ROOT ? marks->items[at].line : node->line;
}

/* The nodes are walked as one list, peers first. */
static size_t n_nodes(const struct jsl_conf *conf)
{
	return conf->n_peers + conf->n_gateways;
}

static struct jsl_conf_node *node_at(struct jsl_conf *conf, size_t i)
{
	return i < conf->n_peers ? &conf->peers[i] : &conf->gateways[i - conf->n_peers];
}

static const char *kind_at(const struct jsl_conf *conf, size_t i)
{
	return i < conf->n_peers ? "peer" : "gateway";
}

static int fill_http(struct jsl_conf_node *node, const char *kind,
		     const struct jsl_conf__marks *marks, struct jsl_conf__error *err)
{
	char text[JSL_ADDR_STR_MAX];

	if (node->addr.port == 0)
		return jsl_conf__fail(err, node->line, "%s %llu has no address", kind,
				      (unsigned long long)node->id);
	if (jsl_addr_is_any(&node->addr))
		return jsl_conf__fail(
			err, node_line(marks, node, kind, "address"),
			"address %s of %s %llu: not an address that others can reach",
			jsl_addr_str(&node->addr, text), kind,
			(unsigned long long)node->id);
	if (node->http.port != 0)
		return 0;
	if (node->addr.port > UINT16_MAX - HTTP_PORT_OFFSET)
		return jsl_conf__fail(
			err, node->line, "%s %llu needs http: its port + %d is no port",
			kind, (unsigned long long)node->id, HTTP_PORT_OFFSET);
	node->http = node->addr;
	node->http.port = (uint16_t)(node->addr.port + HTTP_PORT_OFFSET);
	return 0;
}

/* The loopback of one machine is not that of another. */
static bool on_one_machine(const struct jsl_conf_node *a, const struct jsl_conf_node *b)
{
	return jsl_addr_is_loopback(&a->addr) || jsl_addr_is_loopback(&b->addr) ||
	       memcmp(a->addr.ip, b->addr.ip, sizeof(a->addr.ip)) == 0;
}

static int check_pair(struct jsl_conf *conf, size_t i, size_t j,
		      const struct jsl_conf__marks *marks, struct jsl_conf__error *err)
{
	const struct jsl_conf_node *a = node_at(conf, i), *b = node_at(conf, j);
	const struct jsl_addr *theirs[] = {&a->addr, &a->http};
	const struct jsl_addr *ours[] = {&b->addr, &b->http};
	char text[JSL_ADDR_STR_MAX];

	if (a->id == b->id)
		return jsl_conf__fail(
			err, b->line, "id %llu is already that of a %s in line %u",
			(unsigned long long)b->id, kind_at(conf, i), a->line);
	for (int k = 0; k < 4; k++) {
		const char *key = (k & 1) != 0 ? "http" : "address";

		if (!jsl_addr_equal(theirs[k >> 1], ours[k & 1]) ||
		    (jsl_addr_is_loopback(ours[k & 1]) && !on_one_machine(a, b)))
			continue;
		return jsl_conf__fail(err, node_line(marks, b, kind_at(conf, j), key),
				      "%s %s of %s %llu is already that of %s %llu", key,
				      jsl_addr_str(ours[k & 1], text), kind_at(conf, j),
				      (unsigned long long)b->id, kind_at(conf, i),
				      (unsigned long long)a->id);
	}
	return 0;
}

static int check_open(struct jsl_conf *conf, size_t i,
		      const struct jsl_conf__marks *marks, struct jsl_conf__error *err)
{
	const struct jsl_conf_node *node = node_at(conf, i);
	const char *kind = kind_at(conf, i);
	char text[JSL_ADDR_STR_MAX];

	if (jsl_addr_equal(&node->addr, &node->http))
		return jsl_conf__fail(err, node_line(marks, node, kind, "http"),
				      "http and address of %s %llu are the same", kind,
				      (unsigned long long)node->id);
	if ((node->tls_cert == NULL) != (node->tls_key == NULL))
		return jsl_conf__fail(
			err,
			node_line(marks, node, kind,
				  node->tls_cert != NULL ? "tls-cert" : "tls-key"),
			"%s %llu needs both of tls-cert and tls-key", kind,
			(unsigned long long)node->id);
	if (!jsl_addr_is_loopback(&node->addr) && conf->cluster.secret_file == NULL)
		return jsl_conf__fail(err, node_line(marks, node, kind, "address"),
				      "address %s is not loopback: cluster needs a "
				      "secret-file",
				      jsl_addr_str(&node->addr, text));
	if (!jsl_addr_is_loopback(&node->http) && node->token_file == NULL && !node->open)
		return jsl_conf__fail(err, node_line(marks, node, kind, "http"),
				      "http %s of %s %llu is not loopback: it needs a "
				      "token-file, or open = true",
				      jsl_addr_str(&node->http, text), kind,
				      (unsigned long long)node->id);
	return 0;
}

static int check_nodes(struct jsl_conf *conf, const struct jsl_conf__marks *marks,
		       struct jsl_conf__error *err)
{
	size_t voters = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_nodes(conf); i++)
		r = fill_http(node_at(conf, i), kind_at(conf, i), marks, err);
	for (size_t j = 0; r == 0 && j < n_nodes(conf); j++) {
		for (size_t i = 0; r == 0 && i < j; i++)
			r = check_pair(conf, i, j, marks, err);
		if (r == 0)
			r = check_open(conf, j, marks, err);
	}
	if (r < 0)
		return r;
	for (size_t i = 0; i < conf->n_peers; i++) {
		voters += conf->peers[i].vote;
		if (voters > JSL_ELECTION_VOTERS_MAX)
			return jsl_conf__fail(err, conf->peers[i].line,
					      "more than %d peers with a vote",
					      JSL_ELECTION_VOTERS_MAX);
	}
	return voters > 0 ? 0 : jsl_conf__fail(err, 1, "there is no peer with a vote");
}

int jsl_conf__check(struct jsl_conf *conf, const struct jsl_conf__marks *marks,
		    struct jsl_conf__error *err)
{
	if (n_nodes(conf) > JSL_NODE_PEERS_MAX)
		return jsl_conf__fail(err, 1, "more than %d peers and gateways",
				      JSL_NODE_PEERS_MAX);
	if (conf->election.lease_ms < 3 * conf->election.heartbeat_ms)
		return jsl_conf__fail(
			err, line_of(marks, "election", "lease-ms"),
			"lease-ms = %llu: must be at least 3 x heartbeat-ms "
			"(%llu)",
			(unsigned long long)conf->election.lease_ms,
			(unsigned long long)conf->election.heartbeat_ms);
	if (conf->gossip.probe_timeout_ms >= conf->gossip.probe_interval_ms)
		return jsl_conf__fail(err, line_of(marks, "gossip", "probe-timeout-ms"),
				      "probe-timeout-ms = %llu: must be less than "
				      "probe-interval-ms (%llu)",
				      (unsigned long long)conf->gossip.probe_timeout_ms,
				      (unsigned long long)conf->gossip.probe_interval_ms);
	return check_nodes(conf, marks, err);
}
