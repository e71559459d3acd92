/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the command line to the configuration of a peer that joins; see join.h.
 */

#include "config.h"

#include <netdb.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon.h"
#include "join.h"

/* A name server that is down must not keep the process from saying so. */
#define RESOLVE_S 5
/* Addresses of one name that are tried. */
#define RESOLVE_MAX 4
/* As in the configuration: HTTP is on the port that is so much higher. */
#define HTTP_PORT_OFFSET 3

static void take_found(struct join *j, const struct addrinfo *found, uint16_t port)
{
	size_t n = 0;

	for (; found != NULL && n < RESOLVE_MAX && j->n_addrs < JSL_NODE_JOIN_MAX;
	     found = found->ai_next, n++) {
		struct jsl_addr addr = {.port = port};

		if (found->ai_family == AF_INET6) {
			const struct sockaddr_in6 *in6 = (const void *)found->ai_addr;

			memcpy(addr.ip, &in6->sin6_addr, 16);
		} else {
			const struct sockaddr_in *in = (const void *)found->ai_addr;

			addr.ip[10] = addr.ip[11] = 0xff;
			memcpy(addr.ip + 12, &in->sin_addr, 4);
		}
		j->addrs[j->n_addrs++] = addr;
	}
}

/* In a thread of the C library's, which is given up when it takes too long. */
static int look_up(struct join *j, const char *program, const char *host, uint16_t port)
{
	static const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	static struct gaicb request; /* the thread may outlive this call */
	struct gaicb *list[1] = {&request};
	struct timespec limit = {.tv_sec = RESOLVE_S};
	int r;

	request = (struct gaicb){.ar_name = host, .ar_request = &hints};
	r = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
	if (r == 0) {
		(void)gai_suspend((const struct gaicb *const *)list, 1, &limit);
		r = gai_error(&request);
	}
	if (r == EAI_INPROGRESS)
		return daemon_fail(program, "--join %s: no answer from the name service",
				   host);
	if (r != 0)
		return daemon_fail(program, "--join %s: %s", host, gai_strerror(r));
	take_found(j, request.ar_result, port);
	freeaddrinfo(request.ar_result);
	return 0;
}

static int resolve(struct join *j, const char *program, const char *text)
{
	const char *colon = strrchr(text, ':');
	struct jsl_addr addr;
	unsigned long port;
	char *host, *end;
	int r;

	if (jsl_addr_parse(&addr, text) == 0 && addr.port != 0) {
		if (j->n_addrs < JSL_NODE_JOIN_MAX)
			j->addrs[j->n_addrs++] = addr;
		return 0;
	}
	port = colon != NULL ? strtoul(colon + 1, &end, 10) : 0;
	if (port == 0 || port > UINT16_MAX || *end != '\0' || colon == text ||
	    memchr(text, ':', (size_t)(colon - text)) != NULL)
		return daemon_fail(program, "--join %s: not HOST:PORT", text);
	host = strndup(text, (size_t)(colon - text));
	if (host == NULL)
		return daemon_fail(program, "out of memory");
	r = look_up(j, program, host, (uint16_t)port);
	if (r == 0)
		free(host); /* else the process ends, and the thread may still read it */
	return r;
}

/* Without a secret anybody could be a node: all stays on this machine. */
static int check_addr(const char *program, const char *option,
		      const struct jsl_addr *addr, const char *secret)
{
	char text[JSL_ADDR_STR_MAX];

	if (jsl_addr_is_loopback(addr) || secret != NULL)
		return 0;
	return daemon_fail(program, "%s %s is not loopback: --secret-file is needed",
			   option, jsl_addr_str(addr, text));
}

static int fill_self(struct jsl_conf_node *self, const char *program,
		     const struct options *o)
{
	assert(self != NULL);
	self->id = o->id;
	if (jsl_addr_parse(&self->addr, o->listen) < 0 || self->addr.port == 0)
		return daemon_fail(program, "--listen %s: not an address and port",
				   o->listen);
	if (jsl_addr_is_any(&self->addr))
		return daemon_fail(program,
				   "--listen %s: not an address that others can reach",
				   o->listen);
	if (o->http != NULL) {
		if (jsl_addr_parse(&self->http, o->http) < 0 ||
		    !jsl_addr_is_loopback(&self->http))
			return daemon_fail(program,
					   "--http %s: not a loopback address and port",
					   o->http);
		return 0;
	}
	if (self->addr.port > UINT16_MAX - HTTP_PORT_OFFSET)
		return daemon_fail(program, "--http is needed: %u + %d is no port",
				   self->addr.port, HTTP_PORT_OFFSET);
	(void)jsl_addr_parse(&self->http, "127.0.0.1:0");
	self->http.port = (uint16_t)(self->addr.port + HTTP_PORT_OFFSET);
	return 0;
}

static int load(struct jsl_conf **ret_conf, const char *program, const struct options *o)
{
	char errmsg[JSL_CONF_ERRMSG_MAX];
	const struct jsl_conf_node *node;

	if (o->config == NULL) {
		*ret_conf = jsl_conf_new();
		return *ret_conf != NULL ? 0 : daemon_fail(program, "out of memory");
	}
	if (jsl_conf_load(ret_conf, o->config, errmsg, sizeof(errmsg)) < 0)
		return daemon_fail(program, "%s", errmsg);
	if (jsl_conf_pick(*ret_conf, false, o->id, &node, errmsg, sizeof(errmsg)) == 0 ||
	    jsl_conf_pick(*ret_conf, true, o->id, &node, errmsg, sizeof(errmsg)) == 0)
		return daemon_fail(program,
				   "--join: %s has node %llu already: take "
				   "another --id, or leave --join out",
				   o->config, (unsigned long long)o->id);
	return 0;
}

/* The nodes of the file are not ours to know: they are found by gossip. */
static int replace_nodes(struct jsl_conf *conf, struct jsl_conf_node **ret_self)
{
	struct jsl_conf_node *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return -1;
	jsl_conf_drop_nodes(conf);
	conf->peers = *ret_self = self;
	conf->n_peers = 1;
	return 0;
}

static int set_string(char **where, const char *text)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	if (text == NULL)
		return 0;
	if (copy == NULL)
		return -1;
	free(*where);
	*where = copy;
	return 0;
}

int join_conf(struct join *ret_j, struct jsl_conf **ret_conf, const char *program,
	      const struct options *o)
{
	struct jsl_conf *conf = NULL;
	struct jsl_conf_node *self = NULL;
	int r = load(&conf, program, o);

	*ret_j = (struct join){0};
	if (r == 0 &&
	    (set_string(&conf->cluster.name, o->cluster) < 0 ||
	     set_string(&conf->cluster.secret_file, o->secret_file) < 0 ||
	     set_string(&conf->path, o->config != NULL ? o->config : "--listen") < 0 ||
	     replace_nodes(conf, &self) < 0))
		r = daemon_fail(program, "out of memory");
	if (r == 0)
		r = fill_self(self, program, o);
	for (size_t i = 0; r == 0 && i < o->n_join; i++)
		r = resolve(ret_j, program, o->join[i]);
	if (r == 0)
		r = check_addr(program, "--listen", &self->addr,
			       conf->cluster.secret_file);
	for (size_t i = 0; r == 0 && i < ret_j->n_addrs; i++)
		r = check_addr(program, "--join", &ret_j->addrs[i],
			       conf->cluster.secret_file);
	if (r != 0) {
		jsl_conf_free(conf);
		return r;
	}
	*ret_conf = conf;
	return 0;
}
