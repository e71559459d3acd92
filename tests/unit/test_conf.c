/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file: what it sets, and each thing that it is refused for,
 * with its line.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/conf.h"
#include "../lib/suite.h"

#define PEER "peer 1 { address = \"127.0.0.1:8010\" }\n"

static char path[64];
static char errmsg[JSL_CONF_ERRMSG_MAX];

static struct jsl_conf *load_bytes(const char *text, size_t len, int *ret_r)
{
	struct jsl_conf *conf = NULL;
	int fd;

	strcpy(path, "/tmp/jsl-test-conf-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	errmsg[0] = '\0';
	*ret_r = jsl_conf_load(&conf, path, errmsg, sizeof(errmsg));
	unlink(path);
	return conf;
}

static struct jsl_conf *load(const char *text)
{
	int r;
	struct jsl_conf *conf = load_bytes(text, strlen(text), &r);

	ck_assert_msg(r == 0, "%s", errmsg);
	return conf;
}

/* The text is refused at @line, and the reason has @words in it. */
static void refuse(const char *text, unsigned int line, const char *words)
{
	char start[96];
	int r;

	load_bytes(text, strlen(text), &r);
	snprintf(start, sizeof(start), "%s:%u: ", path, line);
	ck_assert_msg(r == -EINVAL, "%d for %s", r, text);
	ck_assert_msg(strncmp(errmsg, start, strlen(start)) == 0, "%s, not line %u: %s",
		      errmsg, line, text);
	ck_assert_msg(strstr(errmsg, words) != NULL, "%s has no '%s'", errmsg, words);
	ck_assert_msg(strchr(errmsg, '\n') == NULL, "%s", errmsg);
}

START_TEST(every_key_has_a_default)
{
	struct jsl_conf *conf = load(PEER);
	char text[JSL_ADDR_STR_MAX];

	ck_assert_str_eq(conf->cluster.name, "jsl");
	ck_assert_ptr_null(conf->cluster.secret_file);
	ck_assert_uint_eq(conf->n_peers, 1);
	ck_assert_uint_eq(conf->peers[0].id, 1);
	ck_assert(conf->peers[0].vote && !conf->peers[0].open);
	ck_assert_str_eq(jsl_addr_str(&conf->peers[0].http, text), "127.0.0.1:8013");
	ck_assert_uint_eq(conf->election.heartbeat_ms, 100);
	ck_assert_uint_eq(conf->election.lease_ms, 500);
	ck_assert_uint_eq(conf->election.trust_refused, JSL_CONF_TRUST_AUTO);
	ck_assert_uint_eq(conf->gossip.cleanup_ms, 30000);
	ck_assert_uint_eq(conf->queue.max_jobs, 10000);
	ck_assert_uint_eq(conf->queue.policy, JSL_QUEUE_ROUND_ROBIN);
	ck_assert_uint_eq(conf->runner.slots, 0);
	ck_assert_uint_eq(conf->runner.limits.wall_ms, 60000);
	ck_assert_uint_eq(conf->runner.limits.inodes, 1000);
	ck_assert_str_eq(conf->runner.user, "nobody");
	ck_assert_uint_eq(conf->runner.isolation, JSL_ISOLATION_SANDBOX);
	ck_assert_uint_eq(conf->runner.cgroup, JSL_CGROUP_AUTO);
	ck_assert(conf->runner.archive);
	ck_assert_uint_eq(conf->gateway.body_kb, 4096);
	ck_assert_uint_eq(conf->gateway.request_ms, 30000);
	ck_assert_uint_eq(conf->log.keep, 4);
	ck_assert_uint_eq(conf->cache.size_mb, 64);
	ck_assert(conf->cache.invalidate_on_leader_change);
	jsl_conf_free(conf);
}
END_TEST

START_TEST(reads_every_section)
{
	static const char text[] =
		"# comment { = \" ${X}\n"
		"cluster { name = \"demo \\\"x\\\"\" secret-file = '/etc/jsl/secret' } "
		"// more\n"
		"/* two\n lines */ peer 1 { address = 10.0.0.1:8010 open = yes\n"
		"  http = \"10.0.0.1:80\" }\n"
		"peer 9 { address = \"[::1]:8090\" vote = false }\r\n"
		"gateway 100 { address = \"127.0.0.1:8100\" http = \"0.0.0.0:8888\"\n"
		"  token-file = \"/etc/jsl/token\" }\n"
		"election { heartbeat-ms = 10 lease-ms = 30 finalize-ms = 1 "
		"trust-refused = no }\n"
		"queue { policy = \"least-loaded\" max-jobs = 1 }\n"
		"runner { isolation = none cgroup = required archive = no slots = 3 user "
		"= \"jsl\"\n"
		"  jdk \"21\" { home = \"/jdk21\" } jdk 17 { home = \"/jdk17\" } }\n"
		"cache { invalidate-on-leader-change = off }";
	struct jsl_conf *conf = load(text);

	ck_assert_str_eq(conf->cluster.name, "demo \"x\"");
	ck_assert_str_eq(conf->cluster.secret_file, "/etc/jsl/secret");
	ck_assert_uint_eq(conf->n_peers, 2);
	ck_assert(conf->peers[0].open && !conf->peers[1].vote);
	ck_assert_uint_eq(conf->peers[1].http.port, 8093);
	ck_assert_uint_eq(conf->n_gateways, 1);
	ck_assert_uint_eq(conf->gateways[0].http.port, 8888);
	ck_assert_str_eq(conf->gateways[0].token_file, "/etc/jsl/token");
	ck_assert_uint_eq(conf->election.finalize_ms, 1);
	ck_assert_uint_eq(conf->election.trust_refused, JSL_CONF_TRUST_NO);
	ck_assert_uint_eq(conf->queue.policy, JSL_QUEUE_LEAST_LOADED);
	ck_assert_uint_eq(conf->queue.max_jobs, 1);
	ck_assert_uint_eq(conf->runner.slots, 3);
	ck_assert_uint_eq(conf->runner.isolation, JSL_ISOLATION_NONE);
	ck_assert_uint_eq(conf->runner.cgroup, JSL_CGROUP_REQUIRED);
	ck_assert(!conf->runner.archive && conf->runner.n_jdks == 2);
	ck_assert_str_eq(conf->runner.jdks[1].name, "17");
	ck_assert_str_eq(conf->runner.jdks[1].home, "/jdk17");
	ck_assert(!conf->cache.invalidate_on_leader_change);
	jsl_conf_free(conf);
}
END_TEST

START_TEST(refuses_what_libconfuse_lets_through)
{
	refuse(PEER "queue {\n max-jobs = 5\n", 2, "not closed");
	refuse("runner { jdk \"21\" { home = \"/x\" }\n" PEER, 1, "not closed");
	refuse(PEER "queue { max-jobs = 010 }", 2, "leading zero");
	refuse(PEER "queue { max-jobs = 0x10 }", 2, "whole number");
	refuse(PEER "queue { max-jobs = \"007\" }", 2, "leading zero");
	refuse(PEER "cluster { name = \"${HOME}\" }", 2, "${");
	refuse(PEER "cluster { name = ${HOME} }", 2, "${");
	refuse(PEER "cluster { secret-file = 'a${b' }", 2, "${");
	refuse(PEER "\nqueue { max-jobs = 5\n max-jobs = 5 }", 4,
	       "repeated (first in line 3)");
	refuse(PEER "queue { max-jobs = 5 }\nqueue { max-mb = 5 }", 3,
	       "'queue' is repeated");
	refuse(PEER PEER, 2, "'peer 1' is repeated");
	refuse(PEER "cluster { name = \"open\n }", 2, "string is not closed");
	refuse(PEER "cluster { name = \"a\\n\" }", 2, "backslash");
	refuse(PEER "/* no end\n\n", 2, "comment is not closed");
	refuse(PEER "queue { max-jobs += 5 }", 2, "unexpected '+'");
	refuse(PEER "queue { max-jobs = 5; }", 2, "unexpected ';'");
	refuse(PEER "include(\"/etc/passwd\")", 2, "unexpected '('");
	refuse(PEER "queue|max-jobs = 5", 2, "unexpected '|'");
	refuse(PEER "}", 2, "closes nothing");
	refuse(PEER "queue {\n max-jobs }", 3, "unexpected '}'");
	refuse(PEER "queue { max-jobs =", 2, "end of the file");
	refuse(PEER "queue { = 5 }", 2, "unexpected '='");
	refuse(PEER "{ }", 2, "without a section's name");
	refuse(PEER "queue \x01{ }", 2, "byte 0x01");
}
END_TEST

START_TEST(refuses_a_nul)
{
	static const char text[] = PEER "queue { }\n\0queue { }";
	int r;

	load_bytes(text, sizeof(text) - 1, &r);
	ck_assert_int_eq(r, -EINVAL);
	ck_assert_ptr_nonnull(strstr(errmsg, ":3: unexpected byte 0x00"));
}
END_TEST

START_TEST(refuses_unknown_names)
{
	refuse(PEER "\nqueue {\n  max-job = 5 }", 4,
	       "unknown key 'max-job' in section 'queue'");
	refuse(PEER "/* 1\n 2 */\nquue { max-jobs = 5 }", 4, "unknown section 'quue'");
	refuse(PEER "max-jobs = 5", 2, "outside of a section");
	refuse(PEER "queue 1 { max-jobs = 5 }", 2, "has no name");
	refuse("peer { address = \"127.0.0.1:1\" }", 1, "needs a name");
	refuse(PEER "runner { jdk { home = \"/x\" } }", 2, "needs a name");
	refuse(PEER "runner { jdk 17 { hom = \"/x\" } }", 2, "unknown key 'hom'");
	refuse(PEER "runner { jdk 17 { } }", 2, "has no home");
	refuse(PEER "runner { jdk \"1 7\" { home = \"/x\" } }", 2, "a name is 1 to 32");
	refuse(PEER "runner { jdk \"a/b\" { home = \"/x\" } }", 2, "a name is 1 to 32");
	refuse(PEER "runner { jdk 012345678901234567890123456789012 { home = \"/x\" } }",
	       2, "a name is 1 to 32");
	refuse(PEER "jdk 17 { home = \"/x\" }", 2, "unknown section 'jdk'");
	refuse(PEER "queue { queue { } }", 2, "unknown section 'queue'");
}
END_TEST

START_TEST(refuses_bad_values)
{
	refuse(PEER "queue { max-jobs = 0 }", 2, "must be 1 to");
	refuse(PEER "queue { max-jobs = -1 }", 2, "not a whole number");
	refuse(PEER "queue { max-jobs = 1.5 }", 2, "not a whole number");
	refuse(PEER "queue { max-jobs = 99999999999999999999999 }", 2, "must be 1 to");
	refuse(PEER "election { finalize-ms = 0 }", 2, "must be 1 to 60000");
	refuse(PEER "queue { max-jobs = 5000000000 }", 2, "must be 1 to");
	refuse(PEER "queue { max-jobs = many }", 2, "not a whole number");
	refuse(PEER "queue { max-jobs = \"\" }", 2, "not a whole number");
	refuse(PEER "runner {\n wall-ms = 0 }", 3, "wall-ms");
	refuse(PEER "gateway-limits { body-kb = 0 }", 2, "body-kb");
	refuse(PEER "cache { size-mb = 0 }", 2, "size-mb");
	refuse(PEER "queue { policy = \"random\" }", 2, "round-robin, least-loaded");
	refuse(PEER "runner { isolation = \"docker\" }", 2, "sandbox, none");
	refuse(PEER "runner { cgroup = v3 }", 2, "auto, none, required");
	refuse(PEER "runner { archive = 2 }", 2, "true or false");
	refuse(PEER "cache { invalidate-on-leader-change = 2 }", 2, "true or false");
	refuse(PEER "cluster { name = \"\" }", 2, "1 to 64 bytes");
	refuse(PEER "election { heartbeat-ms = 100\n lease-ms = 299 }", 3,
	       "3 x heartbeat-ms");
	refuse(PEER "gossip { probe-interval-ms = 500 }", 1,
	       "less than probe-interval-ms");
}
END_TEST

START_TEST(refuses_bad_nodes)
{
	refuse("", 1, "no peer with a vote");
	refuse("peer 1 { address = \"127.0.0.1:1\" vote = false }", 1,
	       "no peer with a vote");
	refuse("peer 0 { address = \"127.0.0.1:1\" }", 1, "an id is a number from 1");
	refuse("peer 01 { address = \"127.0.0.1:1\" }", 1, "an id is a number from 1");
	refuse("peer one { address = \"127.0.0.1:1\" }", 1, "an id is a number from 1");
	refuse("peer 18446744073709551615 { address = \"127.0.0.1:1\" }", 1, "an id is");
	refuse("peer 18446744073709551616 { address = \"127.0.0.1:1\" }", 1, "an id is");
	refuse("\npeer 1 { }", 2, "has no address");
	refuse("peer 1 {\n address = \"localhost:1\" }", 2, "not an address");
	refuse("peer 1 {\n address = \"127.0.0.1:0\" }", 2, "not an address");
	refuse("peer 1 {\n address = \"127.0.0.1\" }", 2, "not an address");
	refuse("peer 1 { address = \"127.0.0.1:65533\" }", 1, "needs http");
	refuse("peer 1 { address = \"127.0.0.1:5\"\n http = \"127.0.0.1:5\" }", 2,
	       "the same");
	refuse(PEER "\ngateway 1 {\n address = \"127.0.0.1:9\" }", 3,
	       "already that of a peer");
	refuse(PEER "peer 2 {\n address = \"127.0.0.1:8010\" }", 3,
	       "already that of peer 1");
	refuse(PEER "peer 2 {\n address = \"127.0.0.1:8013\" }", 3,
	       "already that of peer 1");
	refuse(PEER
	       "gateway 2 {\n address = \"127.0.0.1:9\"\n http = \"127.0.0.1:8013\" }",
	       4, "already that of peer 1");
}
END_TEST

#define SECRET "cluster { secret-file = \"/s\" }\n" PEER
#define BEHIND_A_PROXY(id, host) \
	"gateway " id " {\n address = \"" host "\"\n http = \"127.0.0.1:8888\" }\n"

START_TEST(loopback_is_of_each_machine)
{
	jsl_conf_free(load(SECRET BEHIND_A_PROXY("101", "10.0.0.1:1")
				   BEHIND_A_PROXY("102", "10.0.0.2:1")));
	refuse(SECRET BEHIND_A_PROXY("101", "10.0.0.1:1")
		       BEHIND_A_PROXY("102", "10.0.0.1:9"),
	       8, "http 127.0.0.1:8888 of gateway 102 is already that of gateway 101");
}
END_TEST

START_TEST(refuses_to_be_open_by_accident)
{
	refuse("peer 1 {\n address = \"10.0.0.1:1\" }", 2, "secret-file");
	refuse("cluster { secret-file = \"/s\" } peer 1 {\n address = \"10.0.0.1:1\" }",
	       1, "token-file, or open = true");
	refuse("peer 1 { address = \"127.0.0.1:1\"\n http = \"0.0.0.0:4\" }", 2,
	       "token-file");
	refuse(PEER "gateway 2 { address = \"127.0.0.1:1\"\n\n http = \"10.0.0.1:80\" }",
	       4, "token-file");
	refuse(PEER "gateway 2 { address = \"127.0.0.1:1\" http = \"10.0.0.1:80\" open = "
		    "false }",
	       2, "token-file");
	refuse(PEER "gateway 2 { address = \"127.0.0.1:1\"\n tls-cert = \"/c\" }", 3,
	       "needs both of tls-cert and tls-key");
	refuse(PEER "gateway 2 { address = \"127.0.0.1:1\" tls-key = \"/c\" }", 2,
	       "needs both of tls-cert and tls-key");
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	struct jsl_conf *conf;

	strcpy(path, "/tmp/jsl-test-fifo-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(jsl_conf_load(&conf, path, errmsg, sizeof(errmsg)), -EISDIR);
	ck_assert_ptr_nonnull(strstr(errmsg, ":1: "));
	rmdir(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(jsl_conf_load(&conf, path, errmsg, sizeof(errmsg)), -ENXIO);
	ck_assert_ptr_nonnull(strstr(errmsg, "not a regular file"));
	unlink(path);
	ck_assert_int_eq(jsl_conf_load(&conf, path, errmsg, sizeof(errmsg)), -ENOENT);
	ck_assert_ptr_nonnull(strstr(errmsg, path));
	ck_assert_int_lt(jsl_conf_load(&conf, "/dev/zero", errmsg, sizeof(errmsg)), 0);
}
END_TEST

START_TEST(picks_a_node_by_id)
{
	struct jsl_conf *conf = load(PEER "gateway 2 { address = \"127.0.0.1:1\" }");
	const struct jsl_conf_node *node = NULL;

	ck_assert_int_eq(jsl_conf_pick(conf, false, 1, &node, errmsg, sizeof(errmsg)), 0);
	ck_assert_uint_eq(node->addr.port, 8010);
	ck_assert_int_eq(jsl_conf_pick(conf, false, 2, &node, errmsg, sizeof(errmsg)),
			 -ENOENT);
	ck_assert_ptr_nonnull(strstr(errmsg, "no peer 2"));
	ck_assert_int_eq(jsl_conf_pick(conf, true, 2, &node, errmsg, sizeof(errmsg)), 0);
	jsl_conf_free(conf);
}
END_TEST

SUITE_MAIN("conf", every_key_has_a_default, reads_every_section,
	   refuses_what_libconfuse_lets_through, refuses_a_nul, refuses_unknown_names,
	   refuses_bad_values, refuses_bad_nodes, loopback_is_of_each_machine,
	   refuses_to_be_open_by_accident, refuses_what_is_no_file, picks_a_node_by_id)
