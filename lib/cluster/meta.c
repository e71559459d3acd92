/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Metadata of a member; see meta.h.
 *
 *	0 version = 1   1 flags (bit 0: voter, 1: unfit)   2 role   3 unused
 *	4 slots (4)   8 leader epoch (8)   16 leader id (8)   24 app length (2)   26 app
 */

#include <string.h>

#include <jsl/err.h>

#include "cluster/meta.h"

#define META_VERSION 1
#define META_VOTER   0x01
#define META_UNFIT   0x02 /* nodes that do not know it take the worker for fit */
#define META_FIXED   26

static void put(uint8_t *buf, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *buf, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)buf[i] << (8 * i);
	return value;
}

size_t jsl_cluster_meta_encode(const struct jsl_cluster_meta *m, uint8_t *buf)
{
	buf[0] = META_VERSION;
	buf[1] = (uint8_t)((m->voter ? META_VOTER : 0) | (m->unfit ? META_UNFIT : 0));
	buf[2] = (uint8_t)m->role;
	buf[3] = 0;
	put(buf + 4, m->slots, 4);
	put(buf + 8, m->leader.epoch, 8);
	put(buf + 16, m->leader.id, 8);
	put(buf + 24, m->app_len, 2);
	memcpy(buf + META_FIXED, m->app, m->app_len);
	return META_FIXED + m->app_len;
}

int jsl_cluster_meta_decode(struct jsl_cluster_meta *ret_m, const void *data, size_t len)
{
	struct jsl_cluster_meta m = {0};
	const uint8_t *buf = data;

	if (len < META_FIXED || buf[0] < META_VERSION || buf[2] > JSL_ELECTION_OBSERVING)
		return JSL_E_MALFORMED;
	m.voter = buf[1] & META_VOTER;
	m.unfit = buf[1] & META_UNFIT;
	m.role = (enum jsl_election_role)buf[2];
	m.slots = (uint32_t)get(buf + 4, 4);
	m.leader.epoch = get(buf + 8, 8);
	m.leader.id = get(buf + 16, 8);
	m.app_len = (uint16_t)get(buf + 24, 2);
	if (m.app_len > sizeof(m.app) || m.app_len > len - META_FIXED)
		return JSL_E_MALFORMED;
	memcpy(m.app, buf + META_FIXED, m.app_len);
	*ret_m = m;
	return 0;
}

const void *jsl_cluster_meta_app(const void *data)
{
	return (const uint8_t *)data + META_FIXED;
}
