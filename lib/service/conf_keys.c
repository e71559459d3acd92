/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every key of the configuration: its type, default and range. A limit of 0 or
 * below never means "unlimited": the ranges start at 1 (runner.slots = 0 is the
 * number of cores).
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "service/conf_int.h"

#define DAY_MS UINT64_C(86400000)

#define NUM(kind_, name_, field, lo, hi, def)                                            \
	{                                                                                \
		.name = name_, .kind = kind_, .offset = offsetof(OBJ, field), .min = lo, \
		.max = hi, .value = def                                                  \
	}
#define U32(name_, field, lo, hi, def) NUM(JSL_CONF__U32, name_, field, lo, hi, def)
#define U64(name_, field, lo, hi, def) NUM(JSL_CONF__U64, name_, field, lo, hi, def)
#define BOOL(name_, field, def)	       NUM(JSL_CONF__BOOL, name_, field, 0, 1, def)
#define STR(name_, field, hi, def)                                                    \
	{                                                                             \
		.name = name_, .kind = JSL_CONF__STR, .offset = offsetof(OBJ, field), \
		.min = 1, .max = hi, .text = def                                      \
	}
#define WORD(name_, field, list, def)                                                  \
	{                                                                              \
		.name = name_, .kind = JSL_CONF__WORD, .offset = offsetof(OBJ, field), \
		.words = list, .value = def                                            \
	}
#define ADDR(name_, field)                                                            \
	{                                                                             \
		.name = name_, .kind = JSL_CONF__ADDR, .offset = offsetof(OBJ, field) \
	}
#define END        \
	{          \
		0, \
	}

#define PATH_BYTES 4095

static const struct jsl_conf__word trust_words[] = {
	{"auto", JSL_CONF_TRUST_AUTO}, {"yes", JSL_CONF_TRUST_YES},
	{"true", JSL_CONF_TRUST_YES},  {"no", JSL_CONF_TRUST_NO},
	{"false", JSL_CONF_TRUST_NO},  {0},
};
static const struct jsl_conf__word policy_words[] = {
	{"round-robin", JSL_QUEUE_ROUND_ROBIN},
	{"least-loaded", JSL_QUEUE_LEAST_LOADED},
	{0},
};
static const struct jsl_conf__word isolation_words[] = {
	{"sandbox", JSL_ISOLATION_SANDBOX},
	{"none", JSL_ISOLATION_NONE},
	{0},
};
static const struct jsl_conf__word cgroup_words[] = {
	{"auto", JSL_CGROUP_AUTO},
	{"none", JSL_CGROUP_NONE},
	{"required", JSL_CGROUP_REQUIRED},
	{0},
};

#define OBJ struct jsl_conf_node
static const struct jsl_conf__key peer_keys[] = {
	ADDR("address", addr),
	ADDR("http", http),
	BOOL("vote", vote, 1),
	BOOL("open", open, 0),
	STR("token-file", token_file, PATH_BYTES, NULL),
	END,
};
static const struct jsl_conf__key gateway_keys[] = {
	ADDR("address", addr),
	ADDR("http", http),
	BOOL("open", open, 0),
	STR("token-file", token_file, PATH_BYTES, NULL),
	STR("tls-cert", tls_cert, PATH_BYTES, NULL),
	STR("tls-key", tls_key, PATH_BYTES, NULL),
	END,
};
#undef OBJ

#define OBJ struct jsl_conf_jdk
static const struct jsl_conf__key jdk_keys[] = {
	STR("home", home, PATH_BYTES, NULL),
	END,
};
#undef OBJ

#define OBJ struct jsl_conf
static const struct jsl_conf__key cluster_keys[] = {
	STR("name", cluster.name, 64, "jsl"),
	STR("secret-file", cluster.secret_file, PATH_BYTES, NULL),
	END,
};
/* What is returned and what is written, with a verdict around them, is one result: or
 * a program could make a result that cannot be told. */
#define OUTPUT_KB_MAX 24576
_Static_assert(2 * (OUTPUT_KB_MAX * UINT64_C(1024)) + (8u << 20) <= JSL_RESULT_BYTES_MAX,
	       "a result holds all that a program may say");

static const struct jsl_conf__key election_keys[] = {
	U64("heartbeat-ms", election.heartbeat_ms, 1, 60000, 100),
	U64("lease-ms", election.lease_ms, 3, 600000, 500),
	U64("finalize-ms", election.finalize_ms, 1, 60000, 50),
	U64("prepare-ms", election.prepare_ms, 1, 60000, 200),
	WORD("trust-refused", election.trust_refused, trust_words, JSL_CONF_TRUST_AUTO),
	END,
};
static const struct jsl_conf__key gossip_keys[] = {
	U64("probe-interval-ms", gossip.probe_interval_ms, 2, 600000, 1000),
	U64("probe-timeout-ms", gossip.probe_timeout_ms, 1, 600000, 500),
	U32("suspicion-mult", gossip.suspicion_mult, 1, 100, 4),
	U64("cleanup-ms", gossip.cleanup_ms, 1, DAY_MS, 30000),
	END,
};
static const struct jsl_conf__key queue_keys[] = {
	U32("max-jobs", queue.max_jobs, 1, 10000000, 10000),
	U32("max-mb", queue.max_mb, 1, 1048576, 256),
	U32("max-deaths", queue.max_deaths, 1, 100, 2),
	U64("inventory-wait-ms", queue.inventory_wait_ms, 1, 600000, 500),
	U64("resume-ms", queue.resume_ms, 1, 600000, 2000),
	U64("drain-ms", queue.drain_ms, 1, DAY_MS, 10000),
	U64("result-keep-ms", queue.result_keep_ms, 1, DAY_MS, 600000),
	WORD("policy", queue.policy, policy_words, JSL_QUEUE_ROUND_ROBIN),
	END,
};
static const struct jsl_conf__key runner_keys[] = {
	U32("slots", runner.slots, 0, 4096, 0),
	U32("compile-wall-ms", runner.limits.compile_wall_ms, 1, DAY_MS, 10000),
	U32("compile-memory-mb", runner.limits.compile_memory_mb, 1, 1048576, 256),
	U32("wall-ms", runner.limits.wall_ms, 1, DAY_MS, 60000),
	U32("cpu-ms", runner.limits.cpu_ms, 1, DAY_MS, 60000),
	U32("memory-mb", runner.limits.memory_mb, 1, 1048576, 256),
	U32("output-kb", runner.limits.output_kb, 1, OUTPUT_KB_MAX, 1024),
	U32("processes", runner.limits.processes, 1, 1000000, 64),
	U32("disk-mb", runner.limits.disk_mb, 1, 1048576, 16),
	U32("inodes", runner.limits.inodes, 1, 100000000, 1000),
	STR("user", runner.user, 255, "nobody"),
	WORD("isolation", runner.isolation, isolation_words, JSL_ISOLATION_SANDBOX),
	WORD("cgroup", runner.cgroup, cgroup_words, JSL_CGROUP_AUTO),
	BOOL("archive", runner.archive, 1),
	END,
};
static const struct jsl_conf__key limits_keys[] = {
	U32("body-kb", gateway.body_kb, 1, 49152, 4096),
	U64("queue-wait-ms", gateway.queue_wait_ms, 1, DAY_MS, 60000),
	U32("connections", gateway.connections, 1, 1000000, 1000),
	U64("request-ms", gateway.request_ms, 1, DAY_MS, 30000),
	END,
};
static const struct jsl_conf__key log_keys[] = {
	U32("size-mb", log.size_mb, 1, 1048576, 16),
	U32("keep", log.keep, 1, 1000, 4),
	END,
};
static const struct jsl_conf__key cache_keys[] = {
	U32("size-mb", cache.size_mb, 1, 1048576, 64),
	BOOL("invalidate-on-leader-change", cache.invalidate_on_leader_change, 1),
	END,
};
#undef OBJ

const struct jsl_conf__section jsl_conf__sections[] = {
	{"cluster", false, cluster_keys},
	{"peer", true, peer_keys},
	{"gateway", true, gateway_keys},
	{"election", false, election_keys},
	{"gossip", false, gossip_keys},
	{"queue", false, queue_keys},
	{"runner", false, runner_keys},
	{"gateway-limits", false, limits_keys},
	{"log", false, log_keys},
	{"cache", false, cache_keys},
	{0},
};

const struct jsl_conf__section jsl_conf__jdk = {"jdk", true, jdk_keys};

static void store(const struct jsl_conf__key *key, void *object, uint64_t value)
{
	void *at = (char *)object + key->offset;

	switch (key->kind) {
	case JSL_CONF__U64: *(uint64_t *)at = value; break;
	case JSL_CONF__BOOL: *(bool *)at = value != 0; break;
	case JSL_CONF__U32:
	case JSL_CONF__WORD: *(uint32_t *)at = (uint32_t)value; break;
	default: break;
	}
}

static int store_text(const struct jsl_conf__key *key, void *object, const char *text)
{
	char **at = (char **)((char *)object + key->offset);
	char *copy = strdup(text);

	if (copy == NULL)
		return -ENOMEM;
	free(*at);
	*at = copy;
	return 0;
}

int jsl_conf__defaults(const struct jsl_conf__key *keys, void *object)
{
	for (const struct jsl_conf__key *key = keys; key->name != NULL; key++) {
		store(key, object, key->value);
		if (key->text != NULL && store_text(key, object, key->text) < 0)
			return -ENOMEM;
	}
	return 0;
}

int jsl_conf__number(uint64_t *ret_n, const char *text)
{
	uint64_t n = 0;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -EINVAL;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
			return -ERANGE;
	}
	*ret_n = n;
	return 0;
}

static int set_number(const struct jsl_conf__key *key, void *object, const char *text,
		      unsigned int line, struct jsl_conf__error *err)
{
	uint64_t n = 0;
	int r = jsl_conf__number(&n, text);

	if (r == -EINVAL && text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return jsl_conf__fail(err, line, "%s = %s: a number has no leading zero",
				      key->name, text);
	if (r == -EINVAL)
		return jsl_conf__fail(err, line, "%s = %s: not a whole number", key->name,
				      text);
	if (r < 0 || n < key->min || n > key->max)
		return jsl_conf__fail(err, line, "%s = %s: must be %llu to %llu",
				      key->name, text, (unsigned long long)key->min,
				      (unsigned long long)key->max);
	store(key, object, n);
	return 0;
}

static int set_bool(const struct jsl_conf__key *key, void *object, const char *text,
		    unsigned int line, struct jsl_conf__error *err)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i]) == 0) {
			store(key, object, i & 1);
			return 0;
		}
	return jsl_conf__fail(err, line, "%s = %s: must be true or false", key->name,
			      text);
}

static int set_word(const struct jsl_conf__key *key, void *object, const char *text,
		    unsigned int line, struct jsl_conf__error *err)
{
	char list[128] = "";

	for (const struct jsl_conf__word *w = key->words; w->word != NULL; w++) {
		if (strcmp(text, w->word) == 0) {
			store(key, object, w->value);
			return 0;
		}
		if (w != key->words)
			strcat(list, ", ");
		strcat(list, w->word);
	}
	return jsl_conf__fail(err, line, "%s = %s: must be one of %s", key->name, text,
			      list);
}

static int set_addr(const struct jsl_conf__key *key, void *object, const char *text,
		    unsigned int line, struct jsl_conf__error *err)
{
	struct jsl_addr addr;

	if (jsl_addr_parse(&addr, text) < 0 || addr.port == 0)
		return jsl_conf__fail(err, line,
				      "%s = %s: not an address like 127.0.0.1:8010 or "
				      "[::1]:8010",
				      key->name, text);
	memcpy((char *)object + key->offset, &addr, sizeof(addr));
	return 0;
}

int jsl_conf__set(const struct jsl_conf__key *key, void *object, const char *text,
		  unsigned int line, struct jsl_conf__error *err)
{
	switch (key->kind) {
	case JSL_CONF__U32:
	case JSL_CONF__U64: return set_number(key, object, text, line, err);
	case JSL_CONF__BOOL: return set_bool(key, object, text, line, err);
	case JSL_CONF__WORD: return set_word(key, object, text, line, err);
	case JSL_CONF__ADDR: return set_addr(key, object, text, line, err);
	case JSL_CONF__STR: break;
	}
	if (strlen(text) < key->min || strlen(text) > key->max)
		return jsl_conf__fail(err, line, "%s: must have %llu to %llu bytes",
				      key->name, (unsigned long long)key->min,
				      (unsigned long long)key->max);
	return store_text(key, object, text);
}
